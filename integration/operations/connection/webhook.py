"""The API Gateway REST API of the webhook: POST /prod/webhook, authorizer, model of the body, access log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from integration import names as n
from integration.operations.stacks.rest_api import TLS, keep_execution_log, rest_api

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integration.declaration import Integration
    from integration.names import Names

AUTHORIZER_CACHE = Duration.seconds(60)
"""A token taken away is accepted for at most this long."""
RATE_PER_S, BURST = 20, 1000
"""An import of a thousand incidents passes at once; what is more than that the poll finds within a minute."""
TOKEN_FORM = "^([Bb][Ee][Aa][Rr][Ee][Rr] +)?[A-Za-z0-9._~+/=-]{43,512}$"  # noqa: S105 - an expression
"""What else an Authorization header says, API Gateway answers 401 itself, without a function. Wider than what we make
(48 letters and digits, then 43 of base64url): base64, base64url and hexadecimal tokens made by hand pass, no others.
"""
SYS_ID = "^[A-Za-z0-9_-]{1,64}$"
"""32 hexadecimal digits but for records that were imported with an id of their own."""

STRING = apigateway.JsonSchemaType.STRING


def event_schema(integrations: Iterable[Integration]) -> apigateway.JsonSchema:
    """Loose on purpose where the handler checks again: this only keeps noise from starting a function."""
    told = [each for one in integrations for each in one.notifications]
    event_types = [*dict.fromkeys(kind for each in told for kind in each.event_types), n.PING]
    tables = dict.fromkeys(table for each in told for table in each.tables)
    return apigateway.JsonSchema(
        schema=apigateway.JsonSchemaVersion.DRAFT4,
        title="IncidentEvent",
        type=apigateway.JsonSchemaType.OBJECT,
        required=["event_type"],
        properties={
            "event_type": apigateway.JsonSchema(type=STRING, enum=event_types),
            "sys_id": apigateway.JsonSchema(type=STRING, pattern=SYS_ID),
            **({"table": apigateway.JsonSchema(type=STRING, enum=list(tables))} if tables else {}),
        },
    )


class Webhook(Construct):
    """`url` is what ServiceNow posts to; `resource_prefix`, the API's id, marks our records there."""

    def __init__(
        self,
        scope: Construct,
        names: Names,
        authorizer: lambda_.IFunction,
        handler: lambda_.IFunction,
        allowed_ips: tuple[str, ...],
        schema: apigateway.JsonSchema,
    ) -> None:
        super().__init__(scope, "Webhook")
        self._schema = schema
        self.api = rest_api(
            self,
            names.webhook_api,
            "ServiceNow tells which incident to look at",
            rate_per_s=RATE_PER_S,
            burst=BURST,
            allowed_ips=allowed_ips,
        )
        self._route(authorizer, handler)
        keep_execution_log(self, self.api)
        self.url = self.api.deployment_stage.url_for_path(f"/{n.WEBHOOK_PATH}")
        self.resource_prefix = self.api.rest_api_id

    def _route(self, authorizer: lambda_.IFunction, handler: lambda_.IFunction) -> None:
        resource = self.api.root.add_resource(n.WEBHOOK_PATH)
        resource.add_cors_preflight(
            allow_origins=apigateway.Cors.ALL_ORIGINS,
            allow_methods=apigateway.Cors.ALL_METHODS,
            allow_headers=["Authorization", "Content-Type"],
        )
        model = self.api.add_model(
            "Event", content_type="application/json", model_name="IncidentEvent", schema=self._schema
        )
        resource.add_method(
            "POST",
            apigateway.LambdaIntegration(handler, allow_test_invoke=False),
            authorization_type=apigateway.AuthorizationType.CUSTOM,
            authorizer=apigateway.TokenAuthorizer(
                self,
                "Authorizer",
                handler=authorizer,
                validation_regex=TOKEN_FORM,
                results_cache_ttl=AUTHORIZER_CACHE,
            ),
            request_models={"application/json": model},
            request_validator=self.api.add_request_validator(
                "Validator", validate_request_body=True, validate_request_parameters=True
            ),
        )
        self._deploy_again_when_changed(model)

    def _deploy_again_when_changed(self, model: apigateway.Model) -> None:
        """CDK sees changed methods; a changed model, authorizer or TLS policy would wait for the next deployment."""
        written: apigateway.CfnModel = model.node.default_child  # type: ignore[assignment]  # what a Model wraps
        parts = {"model": Stack.of(self).resolve(written.schema), "cache_s": AUTHORIZER_CACHE.to_seconds()}
        parts |= {"tls": TLS, "token": TOKEN_FORM}
        deployment = self.api.latest_deployment
        assert deployment is not None
        deployment.add_to_logical_id(parts)
