"""Template parameters and the SSM parameters made of them. The client secret is none of them: the CLI writes it."""

from __future__ import annotations

from aws_cdk import CfnParameter
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from integration import names as n
from integration.model import Module
from integration.operations.stacks.deployment import LOG_LEVELS, Deployment


class Choices(Construct):
    """`integrationModule` and `logLevel`."""

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        super().__init__(scope, "Choices")
        self.module = _parameter(
            scope, "integrationModule", deployment.module.value, "ServiceNow module", [m.value for m in Module]
        )
        self.log_level = _parameter(
            scope, "logLevel", deployment.log_level, "How much the functions log", list(LOG_LEVELS)
        )


class Parameters(Construct):
    """What the functions read below the deployment's path, but the secret. `values`: the template parameters."""

    def __init__(self, scope: Construct, deployment: Deployment, key_bucket_name: str) -> None:
        super().__init__(scope, "Parameters")
        self._prefix = deployment.names.parameter_prefix
        given = {
            n.PARAM_INSTANCE: (deployment.instance, "First label of the instance's host, or its base URL"),
            n.PARAM_CLIENT_ID: (deployment.client_id, "Client id of the OAuth registration"),
            n.PARAM_USER: (deployment.user_sys_id, "sys_id of the integration user"),
        }
        self.values = {
            name: _parameter(scope, name, value, description) for name, (value, description) in given.items()
        }
        for name, value in self.values.items():
            self._store(name, value)
        self._store(n.PARAM_KEY_BUCKET, key_bucket_name)
        self._store(n.PARAM_KEY_OBJECT, n.KEY_OBJECT)
        self._store(n.PARAM_SETTINGS, deployment.settings)

    def _store(self, name: str, value: str) -> None:
        ssm.CfnParameter(
            self,
            name[0].upper() + name[1:],
            name=self._prefix + name,
            type="String",
            value=value,
            tier="Intelligent-Tiering",  # over 4 KiB is advanced, and an advanced one cannot be made standard again
        )


def _parameter(scope: Construct, name: str, default: str, description: str, allowed: list[str] | None = None) -> str:
    """The value of a template parameter; without a default CloudFormation insists on one."""
    return CfnParameter(
        scope, name, default=default or None, description=description, allowed_values=allowed, min_length=1
    ).value_as_string
