"""API Gateway: collected into the plane's own front, where a change counts as soon as it is made.

A deployment snapshot is not kept: stage and methods are always the template's latest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from integration.aws_plane.api import ANY, PARAMETER, Api, Authorizer, Bucket, Method, Stage, Validator
from integration.aws_plane.iam import statements
from integration.aws_plane.resources.kinds import TAGS, Kind, Made, Resource, UnknownResource, nothing
from integration.aws_plane.webhook import function_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.aws_plane.world import World


def short_id(resource: Resource) -> str:
    """Ten characters, as API Gateway's."""
    return resource.named(None, 13)[-10:]


def _api(world: World, resource: Resource) -> Made:
    p = resource.properties
    if p.get("ApiKeySourceType", "HEADER") != "HEADER":
        raise UnknownResource(f"{resource.logical_id}: keys from {p['ApiKeySourceType']}")
    made = short_id(resource)
    api = world.apis.setdefault(made, Api(made, p["Name"], f"{made[:9]}0"))
    api.binary = tuple(p.get("BinaryMediaTypes", ()))
    api.policy = statements(_whole(world, made, p["Policy"]), f"{p['Name']}/policy") if "Policy" in p else []
    return Made(made, {"RootResourceId": api.root, "RestApiId": made})


def _whole(world: World, api: str, policy: Mapping[str, Any]) -> dict[str, Any]:
    """`execute-api:/…` means this API. Source: API Gateway developer guide, "API Gateway resource policies"."""
    text = json.dumps(policy).replace('"execute-api:/', f'"{world.place.arn("execute-api", api)}/')
    whole: dict[str, Any] = json.loads(text)
    return whole


def _drop_api(world: World, _resource: Resource, made: Made) -> None:
    del world.apis[made.physical_id]


def _of(world: World, resource: Resource) -> Api:
    return world.apis[resource.properties["RestApiId"]]


def _resource(world: World, resource: Resource) -> Made:
    p = resource.properties
    if "{" in p["PathPart"] and not PARAMETER.fullmatch(p["PathPart"]):
        raise UnknownResource(f"{resource.logical_id}: {p['PathPart']} is neither a word nor a path parameter")
    made = short_id(resource)
    _of(world, resource).parents[made] = (p["ParentId"], p["PathPart"])
    return Made(made, {"ResourceId": made})


def _method(world: World, resource: Resource) -> Made:
    p = resource.properties
    integration = p["Integration"]
    if integration["Type"] not in ("AWS_PROXY", "MOCK") or p.get("AuthorizationType") not in ("NONE", "CUSTOM"):
        raise UnknownResource(f"{resource.logical_id}: {integration['Type']}, {p.get('AuthorizationType')}")
    method = Method(
        p["HttpMethod"],
        p["AuthorizationType"],
        integration,
        p.get("AuthorizerId", ""),
        p.get("RequestValidatorId", ""),
        p.get("RequestModels", {}),
        _required(resource),
        key_required=bool(p.get("ApiKeyRequired")),
    )
    _of(world, resource).methods[p["ResourceId"], p["HttpMethod"]] = method
    return Made(resource.named(None, 100))


def _required(resource: Resource) -> tuple[str, ...]:
    """What a validator asks for: `header.name`, `querystring.name`, `path.name`."""
    needed = [name for name, required in resource.properties.get("RequestParameters", {}).items() if required]
    found = [name.removeprefix("method.request.") for name in needed]
    if strange := [name for name in found if name.partition(".")[0] not in ("header", "querystring", "path")]:
        raise UnknownResource(f"{resource.logical_id}: required parameter {', '.join(strange)}")
    return tuple(found)


def _drop_method(world: World, resource: Resource, _made: Made) -> None:
    p = resource.properties
    _of(world, resource).methods.pop((p["ResourceId"], p["HttpMethod"]), None)


def _authorizer(world: World, resource: Resource) -> Made:
    p = resource.properties
    prefix = "method.request.header."
    sources = [s.strip() for s in p["IdentitySource"].split(",")]
    strange = [s for s in sources if not s.startswith(prefix)]
    if strange:
        raise UnknownResource(f"{resource.logical_id}: identity source {', '.join(strange)}")
    made = short_id(resource)
    _of(world, resource).authorizers[made] = Authorizer(
        made,
        p["Type"],
        function_of(p["AuthorizerUri"]),
        tuple(s.removeprefix(prefix).lower() for s in sources),
        int(p.get("AuthorizerResultTtlInSeconds", 300)),
        p.get("IdentityValidationExpression", ""),
    )
    return Made(made, {"AuthorizerId": made})


def _validator(world: World, resource: Resource) -> Made:
    p, made = resource.properties, short_id(resource)
    _of(world, resource).validators[made] = Validator(
        bool(p.get("ValidateRequestBody")), bool(p.get("ValidateRequestParameters"))
    )
    return Made(made)


def _model(world: World, resource: Resource) -> Made:
    name = resource.named(resource.properties.get("Name"))
    _of(world, resource).models[name] = resource.properties["Schema"]
    return Made(name)


def _gateway_response(world: World, resource: Resource) -> Made:
    p = resource.properties
    _of(world, resource).gateway_responses[p["ResponseType"]] = p
    return Made(short_id(resource))


def _stage(world: World, resource: Resource) -> Made:
    p = resource.properties
    _of(world, resource).stages[p["StageName"]] = Stage(p["StageName"], _throttles(p.get("MethodSettings", [])))
    return Made(p["StageName"])


def _throttles(settings: list[Any]) -> dict[tuple[str, str], Bucket]:
    """By path and verb; `*` for all of them, which share one bucket. Slashes inside a path are written `~1`."""
    return {
        (_path(each["ResourcePath"]), each.get("HttpMethod", ANY)): Bucket(
            float(each["ThrottlingRateLimit"]), int(each["ThrottlingBurstLimit"])
        )
        for each in settings
        if "ThrottlingRateLimit" in each
    }


def _path(told: str) -> str:
    return ANY if told == "/*" else "/" + told.removeprefix("/").replace("~1", "/").removeprefix("/")


def _drop_stage(world: World, resource: Resource, made: Made) -> None:
    _of(world, resource).stages.pop(made.physical_id, None)


def _recorded(_world: World, resource: Resource) -> Made:
    return Made(short_id(resource))


def _kind(
    create: Callable[[World, Resource], Made], *used: str, drop: Any = nothing, ignored: dict[str, str] | None = None
) -> Kind:
    """Made again in the same place is a change."""
    return Kind(create, drop, used, ignored or {}, lambda world, resource, _made: create(world, resource))


_PEOPLE = {"Description": "for people"}
KINDS = {
    "AWS::ApiGateway::RestApi": _kind(
        _api, "Name", "Policy", "BinaryMediaTypes", "ApiKeySourceType", drop=_drop_api,
        ignored=TAGS | _PEOPLE | {
            "EndpointConfiguration": "there is one address here", "SecurityPolicy": "there is no TLS here",
            "EndpointAccessMode": "there is no TLS here",
        },
    ),
    "AWS::ApiGateway::Resource": _kind(_resource, "RestApiId", "ParentId", "PathPart"),
    "AWS::ApiGateway::Method": _kind(
        _method, "RestApiId", "ResourceId", "HttpMethod", "AuthorizationType", "AuthorizerId", "Integration",
        "Integration.Type", "Integration.Uri", "Integration.IntegrationResponses",
        "Integration.IntegrationResponses.StatusCode", "Integration.IntegrationResponses.ResponseParameters",
        "Integration.IntegrationResponses.ResponseTemplates", "RequestModels", "RequestParameters",
        "RequestValidatorId", "ApiKeyRequired",
        drop=_drop_method,
        ignored={
            "MethodResponses": "they only declare what the integration response then sets",
            "Integration.IntegrationHttpMethod": "always POST for a function",
            "Integration.RequestTemplates": "a mock answers the same whatever was asked",
        },
    ),
    "AWS::ApiGateway::Authorizer": _kind(
        _authorizer, "RestApiId", "Type", "AuthorizerUri", "IdentitySource", "AuthorizerResultTtlInSeconds",
        "IdentityValidationExpression",
        ignored={"Name": "for people"},
    ),
    "AWS::ApiGateway::RequestValidator": _kind(
        _validator, "RestApiId", "ValidateRequestBody", "ValidateRequestParameters", ignored={"Name": "for people"}
    ),
    "AWS::ApiGateway::Model": _kind(
        _model, "RestApiId", "Name", "Schema", ignored=_PEOPLE | {"ContentType": "the method's models name the type"}
    ),
    "AWS::ApiGateway::GatewayResponse": _kind(
        _gateway_response, "RestApiId", "ResponseType", "StatusCode", "ResponseParameters", "ResponseTemplates"
    ),
    "AWS::ApiGateway::Deployment": _kind(_recorded, "RestApiId", ignored=_PEOPLE),
    "AWS::ApiGateway::Stage": _kind(
        _stage, "RestApiId", "StageName", "MethodSettings", "MethodSettings.ResourcePath",
        "MethodSettings.HttpMethod", "MethodSettings.ThrottlingBurstLimit", "MethodSettings.ThrottlingRateLimit",
        drop=_drop_stage,
        ignored=TAGS | _PEOPLE | {
            "DeploymentId": "the latest is always the deployed one",
            "AccessLogSetting": "the plane keeps the statuses; the log group itself is made",
            "MethodSettings.DataTraceEnabled": "nothing is traced here",
            "MethodSettings.LoggingLevel": "nothing is logged here",
            "MethodSettings.MetricsEnabled": "the plane keeps the statuses",
            "TracingEnabled": "there is no X-Ray here",
        },
    ),
    "AWS::ApiGateway::Account": Kind(
        _recorded, nothing, (), {"CloudWatchRoleArn": "nothing is logged here"},
        lambda _world, _resource, made: made,
    ),
}  # fmt: skip
