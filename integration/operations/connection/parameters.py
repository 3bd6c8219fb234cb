"""Template parameters and the SSM parameters made of them. The client secret is none of them: the CLI writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_ssm as ssm
from constructs import Construct

from integration import names as n
from integration.operations.stacks.choices import parameter

if TYPE_CHECKING:
    from integration.operations.stacks.deployment import Deployment


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
        self.values = {name: parameter(scope, name, value, description) for name, (value, description) in given.items()}
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
