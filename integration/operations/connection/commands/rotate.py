"""`rotate`: replaces the webhook token now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import error_for, raising_ours
from integration.aws.secrets import CURRENT, PREVIOUS
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import NO_ANSWER, Output, command

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.operations.terminal.output import Tick

PATIENCE_S, LOOK_S = 300.0, 3.0
"""The function has five minutes."""


@click.command()
@click.option("--now", "at_once", is_flag=True, help="Refuse the former token at once, not after an hour.")
@options.deployment
@options.yes
@options.as_json
def rotate(at_once: bool, yes: bool, as_json: bool, **where: Any) -> None:
    """Change the token that ServiceNow sends to the webhook. It also changes by itself, every 30 days by default.

    The former token counts for another hour, so that nothing on its way is lost. With --now it counts for two more
    minutes at most (what API Gateway and the authorizer remember).

    \b
    Examples:
      ./deploy_integrations_solution.py rotate
      ./deploy_integrations_solution.py rotate --now --yes
    """
    output = Output(quiet=as_json)
    deployed = find(open_account(where["profile"], where["region"]), where["names"])
    output.sure_if_asked("Change the webhook token?", yes=yes)
    rotation = Rotation(deployed.client("secretsmanager"), deployed.names.webhook_secret, deployed.names.name)
    with output.step("rotate") as tick:
        version = rotation.run(tick)
    dropped = rotation.drop_previous() if at_once else False
    output.result("The webhook token is changed." + (" The former one is dropped." if dropped else ""))
    if as_json:
        output.document({"version": version, "previous_dropped": dropped})


class Rotation:
    """`client`: boto3 Secrets Manager. The token itself is never read here."""

    def __init__(
        self, client: Any, secret: str, deployment: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:  # fmt: skip
        self._client, self._secret, self._deployment, self._sleep = client, secret, deployment, sleep

    def run(self, tick: Tick) -> str:
        """The new version's id, once it is the current one. Raises `Failure` where that does not come about."""
        wanted = self._begun()
        until = time.monotonic() + PATIENCE_S
        while CURRENT not in self._stages().get(wanted, ()):
            if time.monotonic() > until:
                raise Failure(
                    "The rotation does not come to its end; the former token goes on working.",
                    f"{command('check', self._deployment)}, then rotate again. The rotation function's log says why.",
                    NO_ANSWER,
                )
            tick("the new token goes to ServiceNow", 0, 0)
            self._sleep(LOOK_S)
        return wanted

    def drop_previous(self) -> bool:
        """False: there was none."""
        former = [version for version, stages in self._stages().items() if PREVIOUS in stages]
        for version in former:
            self._call("update_secret_version_stage", VersionStage=PREVIOUS, RemoveFromVersionId=version)
        return bool(former)

    def _begun(self) -> str:
        try:
            return str(self._client.rotate_secret(SecretId=self._secret, RotateImmediately=True)["VersionId"])
        except ClientError as error:
            said = str(error.response.get("Error", {}).get("Message", ""))
            if "isn't complete" in said or "previous rotation" in said.lower():
                raise Failure(
                    "An earlier rotation is not complete; Secrets Manager goes on with it now.",
                    f"Wait a minute, then {command('rotate', self._deployment)}",
                    NO_ANSWER,
                ) from None
            raise error_for(error, "rotate_secret") from None
        except BotoCoreError as error:
            raise error_for(error, "rotate_secret") from None

    def _stages(self) -> dict[str, list[str]]:
        stages: dict[str, list[str]] = self._call("describe_secret").get("VersionIdsToStages") or {}
        return stages

    def _call(self, operation: str, **asked: str) -> dict[str, Any]:
        with raising_ours(operation):
            answer: dict[str, Any] = getattr(self._client, operation)(SecretId=self._secret, **asked)
        return answer
