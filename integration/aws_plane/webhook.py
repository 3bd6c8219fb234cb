"""API Gateway in front of the functions: resource policy, authorizer and its cache, key, throttle, validation, proxy.

Source: API Gateway developer guide for REST APIs: "Lambda authorizers", "Request validation", "Lambda proxy
integration", "Gateway responses", "Authorization flow"; Lambda developer guide, "Handling Lambda errors with an API
Gateway API". Paths are `/{stage}/…` on the plane's own address, and
`/{api id}/{stage}/…` for every API but the first, since they share this address.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import uuid4

import jsonschema

from integration.aws_plane.concurrency import Throttled
from integration.aws_plane.gateway_responses import SPENT, TOO_FAST, Refusal
from integration.aws_plane.http_server import Request, Response
from integration.aws_plane.iam import Principal, Statement, UnknownPolicy, judge, statements
from integration.aws_plane.proxy_event import event, proxied
from integration.aws_plane.usage import Over, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.aws_plane.api import Api, Authorizer, Method
    from integration.aws_plane.authority import Place
    from integration.aws_plane.environment import Outcome
    from integration.aws_plane.functions import Functions
    from integration.aws_plane.usage import ApiKey

LARGEST_BODY = 10 * 1024 * 1024
ANYONE = Principal("AWS", ("*",))


@dataclass(frozen=True)
class Seen:
    """One request on its way through one method of one stage; `template` is its resource's path."""

    api: Api
    stage: str
    path: str
    template: str
    resource: str
    values: Mapping[str, str]
    method: Method
    request: Request
    request_id: str
    key: ApiKey | None = None

    @property
    def arn_path(self) -> str:
        return f"{self.stage}/{self.request.method}{self.path}"


@dataclass(frozen=True)
class Permit:
    """What an authorizer said, kept until `until` (monotonic seconds)."""

    until: float
    policy: list[Statement]
    context: Mapping[str, Any]
    principal: str


@dataclass
class Front:
    apis: dict[str, Api]
    functions: Functions
    place: Place
    usage: Usage = field(default_factory=Usage)
    now: Callable[[], float] = time.time
    source_ip: Callable[[Request], str] = lambda request: request.source_ip
    statuses: list[int] = field(default_factory=list)
    """Of every answer, oldest first."""
    _permits: dict[tuple[str, ...], Permit] = field(default_factory=dict)

    def answer(self, request: Request) -> Response:
        try:
            response = self._through(request)
        except Refusal as refusal:
            response = self._refused(request, refusal)
        self.statuses.append(response.status)
        return response

    def forget_permits(self) -> None:
        self._permits.clear()

    def _through(self, request: Request) -> Response:
        seen = self._find(request)
        self._check_policy(seen)
        permit = self._authorize(seen) if seen.method.authorization == "CUSTOM" else None
        seen = replace(seen, key=self._key(seen)) if seen.method.key_required else seen
        throttle = seen.api.stages[seen.stage].throttle(seen.template, seen.method.verb)
        if throttle and not throttle.take():
            raise Refusal(*TOO_FAST)
        self._validate(seen)
        if seen.method.integration["Type"] == "MOCK":
            return _mock(seen.method)
        return self._integrate(seen, permit)

    def _find(self, request: Request) -> Seen:
        """An unknown path or verb is answered as a call without credentials, as on AWS."""
        apis, request = self._named(request)
        _, stage, *rest = request.path.split("/", 2)
        path = "/" + "".join(rest)
        for api in apis:
            found = api.resource_at(path) if stage in api.stages else None
            if found is None:
                continue
            resource, values = found
            method = api.methods.get((resource, request.method)) or api.methods.get((resource, "ANY"))
            if method:
                if len(request.body) > LARGEST_BODY:
                    raise Refusal("REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException")
                template = api.path_of(resource)
                return Seen(api, stage, path, template, resource, values, method, request, str(uuid4()))
        raise Refusal(
            "MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"
        )

    def _named(self, request: Request) -> tuple[list[Api], Request]:
        """The APIs an address may mean, and the request as the API sees it."""
        _, name, *rest = request.target.split("/", 2)
        if name in self.apis:
            return [self.apis[name]], replace(request, target="/" + "".join(rest))
        return list(self.apis.values())[:1], request

    def _key(self, seen: Seen) -> ApiKey:
        try:
            place = (seen.api.id, seen.stage, f"{seen.template}/{seen.method.verb}")
            key = self.usage.admitted(seen.request.headers, place, self.now)
        except Over as over:
            raise Refusal(*(SPENT if over.quota else TOO_FAST)) from None
        if key is None:
            raise Refusal("INVALID_API_KEY", 403, "Forbidden", "ForbiddenException")
        return key

    def _arn(self, seen: Seen) -> str:
        return self.place.arn("execute-api", f"{seen.api.id}/{seen.arn_path}")

    def _check_policy(self, seen: Seen) -> None:
        if not seen.api.policy:
            return
        context = {"aws:SourceIp": self.source_ip(seen.request), "aws:SecureTransport": "true"}
        verdict = judge([], seen.api.policy, ANYONE, "execute-api:Invoke", self._arn(seen), context)
        if verdict.explicit_deny or not verdict.allowed:
            how = " with an explicit deny" if verdict.explicit_deny else ""
            message = (
                f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {self._arn(seen)}{how}"
            )
            raise Refusal("ACCESS_DENIED", 403, message, "AccessDeniedException", capital=True)

    def _authorize(self, seen: Seen) -> Permit:
        authorizer = seen.api.authorizers[seen.method.authorizer]
        identity = tuple(seen.request.headers.get(name, "") for name in authorizer.identity)
        if not all(identity) or not re.search(authorizer.form, identity[0]):
            raise Refusal("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException")
        cached = self._permits.get((authorizer.id, *identity))
        permit = cached if cached and cached.until > time.monotonic() else self._ask(seen, authorizer, identity)
        verdict = judge([*permit.policy], [], ANYONE, "execute-api:Invoke", self._arn(seen), {})
        if not verdict.allowed:
            how = " with an explicit deny" if verdict.explicit_deny else ""
            message = f"User is not authorized to access this resource{how}"
            raise Refusal("ACCESS_DENIED", 403, message, "AccessDeniedException", capital=True)
        return permit

    def _ask(self, seen: Seen, authorizer: Authorizer, identity: tuple[str, ...]) -> Permit:
        asked = self._given(seen, None) | {"type": authorizer.kind, "methodArn": self._arn(seen)}
        if authorizer.kind == "TOKEN":
            asked = {"type": "TOKEN", "methodArn": self._arn(seen), "authorizationToken": identity[0]}
        else:
            asked.pop("body")
            asked.pop("isBase64Encoded")
        arn = self.place.arn("execute-api", f"{seen.api.id}/authorizers/{authorizer.id}")
        try:
            outcome = self._invoke(authorizer.function, asked, arn)
        except Throttled:
            raise Refusal("AUTHORIZER_FAILURE", 500, None, "AuthorizerConfigurationException") from None
        permit = self._permit(outcome, authorizer.ttl_s)
        if authorizer.ttl_s:
            self._permits[authorizer.id, *identity] = permit
        return permit

    def age(self, seconds: float) -> None:
        """What authorizers said is kept that much shorter."""
        self._permits = {key: replace(p, until=p.until - seconds) for key, p in list(self._permits.items())}

    @staticmethod
    def _permit(outcome: Outcome, ttl_s: int) -> Permit:
        """An authorizer that raises `Unauthorized` says 401; any other failure or shape is its misconfiguration."""
        answer: Any = outcome.answer
        if outcome.error and isinstance(answer, dict) and answer.get("errorMessage") == "Unauthorized":
            raise Refusal("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException")
        if outcome.error:
            raise Refusal("AUTHORIZER_FAILURE", 500, None, "AuthorizerConfigurationException")
        try:
            policy = statements(answer["policyDocument"], "authorizer")
            context = answer.get("context") or {}
            assert all(isinstance(v, str | int | float | bool) for v in context.values())
            return Permit(time.monotonic() + ttl_s, policy, context, answer["principalId"])
        except (KeyError, TypeError, AttributeError, AssertionError, UnknownPolicy) as error:
            message = "AuthorizerConfigurationException"
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR", 500, None, message) from error

    def _validate(self, seen: Seen) -> None:
        """A body of another content type than a model's is not validated, as on AWS; JSON is what none says."""
        validator = seen.api.validators.get(seen.method.validator)
        if validator is None:
            return
        if validator.parameters:
            self._require(seen)
        if not validator.body:
            return
        given = seen.request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        name = seen.method.models.get(given) or seen.method.models.get("$default")
        if name is None:
            return
        try:
            jsonschema.Draft4Validator(seen.api.models[name]).validate(json.loads(seen.request.body))
        except (ValueError, RecursionError, jsonschema.ValidationError):
            raise Refusal("BAD_REQUEST_BODY", 400, "Invalid request body", "BadRequestException") from None

    def _require(self, seen: Seen) -> None:
        asked = parse_qs(seen.request.query, keep_blank_values=True)
        there = {f"header.{name}" for name, text in seen.request.headers.items() if text}
        there |= {f"querystring.{name}" for name in asked} | {f"path.{name}" for name in seen.values}
        wanted = (name.lower() if name.startswith("header.") else name for name in seen.method.required)
        named = dict(zip(wanted, seen.method.required, strict=True))
        missing = [told.partition(".")[2] for name, told in named.items() if name not in there]
        if missing:
            message = f"Missing required request parameters: [{', '.join(missing)}]"
            raise Refusal("BAD_REQUEST_PARAMETERS", 400, message, "BadRequestException")

    def _integrate(self, seen: Seen, permit: Permit | None) -> Response:
        source = self.place.arn("execute-api", f"{seen.api.id}/{seen.arn_path}")
        try:
            outcome = self._invoke(function_of(seen.method.integration["Uri"]), self._given(seen, permit), source)
        except Throttled:
            raise Refusal("INTEGRATION_FAILURE", 500, "Internal server error", "InternalServerErrorException") from None
        answer: Any = outcome.answer
        if "Task timed out" in str(answer) and outcome.error:
            raise Refusal("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", "InternalServerErrorException")
        known = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
        if outcome.error or not isinstance(answer, dict) or "statusCode" not in answer or set(answer) - known:
            raise Refusal("INTEGRATION_FAILURE", 502, "Internal server error", "InternalServerErrorException")
        return proxied(answer, seen)

    def _invoke(self, name: str, given: Mapping[str, Any], source_arn: str) -> Outcome:
        """The function's own policy must let this API in, else AWS answers 500. Raises Throttled."""
        function = self.functions[name]
        service = Principal("Service", ("apigateway.amazonaws.com",))
        context = {"aws:SourceArn": source_arn, "aws:SourceAccount": self.place.account}
        arn = function.definition.arn
        if not judge([], function.permissions, service, "lambda:InvokeFunction", arn, context).allowed:
            raise Refusal("API_CONFIGURATION_ERROR", 500, "Internal server error", "InternalServerErrorException")
        return function.invoke(given)

    def _given(self, seen: Seen, permit: Permit | None) -> dict[str, Any]:
        return event(seen, permit, self.place, self.source_ip(seen.request))

    def _refused(self, request: Request, refusal: Refusal) -> Response:
        apis, request = self._named(request)
        stage = request.path.split("/")[1] if "/" in request.path else ""
        api = next((a for a in apis if stage in a.stages), None)
        return refusal.answer(api.gateway_responses if api else {})


def _mock(method: Method) -> Response:
    """The first integration response: our mocks have one."""
    given = method.integration["IntegrationResponses"][0]
    parameters = given.get("ResponseParameters") or {}
    headers = {k.removeprefix("method.response.header."): v.strip("'") for k, v in parameters.items()}
    text = (given.get("ResponseTemplates") or {}).get("application/json", "")
    return Response(int(given["StatusCode"]), text.encode(), headers)


def function_of(uri: str) -> str:
    """`arn:…:lambda:path/2015-03-31/functions/<function ARN>/invocations` → the function's name."""
    return uri.split("/functions/")[1].removesuffix("/invocations").rpartition(":")[2]
