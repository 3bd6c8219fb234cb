"""What every REST API of ours has: throttle, TLS, logs that end, and who may knock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam

from integration import names as n
from integration.operations.stacks.log import log_group

if TYPE_CHECKING:
    from constructs import Construct

TLS = "SecurityPolicy_TLS13_1_2_2021_06"
"""TLS 1.2 or 1.3; unset, a Regional API takes TLS 1.0 too. Source: API Gateway, "Supported security policies"."""
EVERYTHING = "execute-api:/*"
ACCESS_LOG = {
    field: f"$context.{field}"
    for field in (
        "requestId", "ip", "requestTime", "httpMethod", "resourcePath", "status", "protocol", "tlsVersion",
        "responseLength",
    )
}  # fmt: skip
"""Words of every call's line; none of them holds a header."""


def rest_api(
    scope: Construct,
    name: str,
    description: str,
    *,
    rate_per_s: int,
    burst: int,
    allowed_ips: tuple[str, ...],
    bound: tuple[str, ...] = (EVERYTHING,),
) -> apigateway.RestApi:
    """The construct `Api` in `scope`, with its logs beside it. `bound`: what `allowed_ips` are about, as resources of
    `execute-api`.
    """
    access = log_group(scope, "AccessLog", f"/aws/apigateway/{name}")
    options = apigateway.StageOptions(
        stage_name=n.WEBHOOK_STAGE,
        throttling_rate_limit=rate_per_s,
        throttling_burst_limit=burst,
        metrics_enabled=False,  # those of the stage, which the alarms read, are there without
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        data_trace_enabled=False,
        access_log_destination=apigateway.LogGroupLogDestination(access),
        access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG)),
    )
    api = apigateway.RestApi(
        scope,
        "Api",
        rest_api_name=name,
        description=description,
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        cloud_watch_role=False,
        deploy_options=options,
        policy=_only_from(allowed_ips, bound) if allowed_ips else None,
    )
    api.node.try_remove_child("Endpoint")  # an output beside ours
    _insist_on_tls(api)
    return api


def _insist_on_tls(api: apigateway.RestApi) -> None:
    """An enhanced policy wants the access mode; STRICT compares the host of the handshake with the API's own."""
    written: apigateway.CfnRestApi = api.node.default_child  # type: ignore[assignment]  # what a RestApi wraps
    written.add_property_override("SecurityPolicy", TLS)
    written.add_property_override("EndpointAccessMode", "STRICT")


def keep_execution_log(scope: Construct, api: apigateway.RestApi) -> None:
    """API Gateway would make this group itself, without an end to what it keeps and left behind by a removal."""
    name = f"API-Gateway-Execution-Logs_{api.rest_api_id}/{n.WEBHOOK_STAGE}"
    api.deployment_stage.node.add_dependency(log_group(scope, "ExecutionLog", name))


def _only_from(networks: tuple[str, ...], bound: tuple[str, ...]) -> iam.PolicyDocument:
    """Everyone may knock, those from elsewhere are sent away: the authorizer still decides for the rest."""
    invoke = ["execute-api:Invoke"]
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                effect=iam.Effect.ALLOW, principals=[iam.AnyPrincipal()], actions=invoke, resources=[EVERYTHING]
            ),
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=invoke,
                resources=list(bound),
                conditions={"NotIpAddress": {"aws:SourceIp": list(networks)}},
            ),
        ]
    )
