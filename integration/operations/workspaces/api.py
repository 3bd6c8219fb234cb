"""The REST API of workspaces: `/workspaces` for machines with a key, `/w` for people with a link.

Functions are named, not referred to: their environment has the API's address, and neither could be made first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from integration.operations.stacks.rest_api import keep_execution_log, rest_api
from integration.workspaces import names as w
from integration.workspaces.api import KEY_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.names import Names

RATE_PER_S, BURST = 100, 500
"""An open page asks every three seconds; a class of fifty opens at once."""
KEY_RATE_PER_S, KEY_BURST = 50, 200
MACHINES = {
    "": ("GET", "POST"), "{id}": ("GET", "DELETE"), "{id}/extend": ("POST",), "{id}/links": ("POST",),
    "{id}/hand-over": ("POST",),
}  # fmt: skip
PEOPLE = {
    "": ("GET",), "page.js": ("GET",), "page.css": ("GET",), "me": ("GET",), "files": ("GET",), "session": ("POST",),
    "uploads": ("POST",), "downloads": ("POST",), "remove": ("POST",), "extend": ("POST",),
    "end": ("POST",),
}  # fmt: skip
REFUSED: dict[str, tuple[str, str, dict[str, str]]] = {
    "INVALID_API_KEY": (
        "403", f"the header {KEY_HEADER} is missing or wrong: `workspace deploy --endpoints` writes the key's file", {}
    ),
    "THROTTLED": ("429", "too much is asked at once: try again in a moment", {"Retry-After": "'1'"}),
    "MISSING_AUTHENTICATION_TOKEN": ("404", "there is no such address: see the API reference", {}),
}  # fmt: skip
"""What API Gateway answers by itself: status, sentence, headers. The last is its word for a path that is none."""
BOUND = tuple(f"execute-api:/*/*/{w.MACHINES}{rest}" for rest in ("", "/*"))
"""What `--allowed-ips` is about: people's links work from wherever they are."""


class Api(Construct):
    """`url`: of the stage, without a slash at its end."""

    def __init__(self, scope: Construct, names: Names, allowed_ips: tuple[str, ...]) -> None:
        super().__init__(scope, "RestApi")
        self._names = names
        self._api = rest_api(
            self, names.of(w.API), "Workspaces: for machines with a key, for people with a link",
            rate_per_s=RATE_PER_S, burst=BURST, allowed_ips=allowed_ips, bound=BOUND,
        )  # fmt: skip
        self._validator = self._api.add_request_validator(
            "Asked", validate_request_body=True, validate_request_parameters=True
        )
        self._add(w.MACHINES, MACHINES, w.CREATOR, key=True)
        self._add(w.PEOPLE, PEOPLE, w.BACKEND, key=False)
        self._refuse_in_our_words()
        keep_execution_log(self, self._api)
        self.key = self._key()
        self.url = self._api.deployment_stage.url_for_path("/").rstrip("/")

    def admit(self, function: lambda_.Function, first: str) -> None:
        """Let the API, and nobody else, call it for paths that begin so."""
        for construct_id, rest in (("Root", ""), ("Below", "/*")):
            lambda_.CfnPermission(
                self,
                f"{first}{construct_id}",
                action="lambda:InvokeFunction",
                function_name=function.function_arn,
                principal="apigateway.amazonaws.com",
                source_arn=self._api.arn_for_execute_api("*", f"/{first}{rest}"),
            )

    def _add(self, first: str, paths: Mapping[str, tuple[str, ...]], owner: str, *, key: bool) -> None:
        integration = self._integration(owner)
        for path, methods in paths.items():
            resource = self._api.root.resource_for_path(f"{first}/{path}" if path else first)
            for method in methods:
                resource.add_method(
                    method,
                    integration,
                    authorization_type=apigateway.AuthorizationType.NONE,
                    api_key_required=key,
                    request_validator=self._validator,
                )

    def _refuse_in_our_words(self) -> None:
        for kind, (status, sentence, headers) in REFUSED.items():
            self._api.add_gateway_response(
                kind.title().replace("_", ""), type=getattr(apigateway.ResponseType, kind), status_code=status,
                response_headers=headers, templates={"application/json": json.dumps({"error": sentence})},
            )  # fmt: skip

    def _integration(self, owner: str) -> apigateway.AwsIntegration:
        stack = Stack.of(self)
        function = (
            f"arn:{stack.partition}:lambda:{stack.region}:{stack.account}:function:{self._names.of(owner)}/invocations"
        )
        return apigateway.AwsIntegration(service="lambda", path=f"2015-03-31/functions/{function}", proxy=True)

    def _key(self) -> apigateway.ApiKey:
        """Without a value: API Gateway makes one, and no template shows it."""
        name = self._names.of(w.API_KEY)
        key = apigateway.ApiKey(self, "Key", api_key_name=name, description="POST /workspaces and the rest of machines")
        plan = apigateway.UsagePlan(
            self,
            "Plan",
            name=name,
            throttle=apigateway.ThrottleSettings(rate_limit=KEY_RATE_PER_S, burst_limit=KEY_BURST),
            api_stages=[apigateway.UsagePlanPerApiStage(api=self._api, stage=self._api.deployment_stage)],
        )
        plan.add_api_key(key)
        return key
