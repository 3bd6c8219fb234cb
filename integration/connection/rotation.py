"""The four steps of a token rotation, each safe to repeat and to be interrupted.

createSecret   a new token is AWSPENDING                 the authorizer takes it from now on
setSecret      the instance sends it                     current and pending are both taken
testSecret     the webhook really takes it
finishSecret   it is AWSCURRENT                          the former is taken for one more hour
"""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import SYSTEM, AwsError, error_for, raising_ours
from integration.aws.secrets import CURRENT, PENDING, Version
from integration.clients.errors import Misconfigured
from servicenow_setup.credential import mark_of, store_token, stored_mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger

    from integration.aws.secrets import WebhookToken
    from servicenow_setup.actual import Client

SETTLE_S = 12.0
"""An authorizer looks unknown tokens up at most every 10 s. So nobody may use the token before it is this old."""
TOKEN_BYTES = 32


class Rotation:
    """`client`: boto3 Secrets Manager; `instance` gives the Table API and the prefix of our credential there."""

    def __init__(
        self,
        client: Any,
        secret_id: str,
        token: WebhookToken,
        instance: Callable[[], tuple[Client, str]],
        probe: Callable[[str], bool],
        log: Logger,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._secret_id, self._token = client, secret_id, token
        self._instance, self._probe, self._log, self._sleep = instance, probe, log, sleep

    def step(self, name: str, request_token: str) -> None:
        """`request_token` is the id of the new version. Raises what the secret, the instance or the probe raise."""
        steps = {
            "createSecret": self._create,
            "setSecret": self._set,
            "testSecret": self._test,
            "finishSecret": self._finish,
        }
        stages = self._stages()
        if CURRENT in stages.get(request_token, ()):
            self._log.info("already rotated", extra={"operation": name})
            return
        if request_token not in stages or PENDING not in stages[request_token]:
            raise Misconfigured(SYSTEM, "the secret has no such pending version: start the rotation with `rotate`")
        steps[name](request_token)
        self._log.info("rotation step done", extra={"operation": name})

    def _stages(self) -> dict[str, list[str]]:
        stages: dict[str, list[str]] = self._called("describe_secret").get("VersionIdsToStages", {})
        return stages

    def _create(self, request_token: str) -> None:
        """A repeat finds the version filled: its content can be set only once."""
        if self._token.version(PENDING, request_token) is not None:
            return
        text = json.dumps({"token": secrets.token_urlsafe(TOKEN_BYTES)})
        try:
            self._client.put_secret_value(
                SecretId=self._secret_id, ClientRequestToken=request_token, SecretString=text, VersionStages=[PENDING]
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ResourceExistsException":
                raise error_for(error, "put_secret_value", write=True) from None
        except BotoCoreError as error:
            raise error_for(error, "put_secret_value", write=True) from None

    def _set(self, request_token: str) -> None:
        pending = self._pending(request_token)
        self._sleep(max(0.0, SETTLE_S - pending.age_s))
        self._hand_over(pending)

    def _test(self, request_token: str) -> None:
        if not self._probe(self._pending(request_token).token):
            self._log.warning("the webhook is closed to this function, so the token was not tried")

    def _finish(self, request_token: str) -> None:
        """A setup that ran meanwhile may have handed the old token over again."""
        self._hand_over(self._pending(request_token))
        [current] = [version for version, stages in self._stages().items() if CURRENT in stages]
        self._called(
            "update_secret_version_stage",
            VersionStage=CURRENT,
            MoveToVersionId=request_token,
            RemoveFromVersionId=current,
        )

    def _hand_over(self, version: Version) -> None:
        client, prefix = self._instance()
        if stored_mark(client, prefix) != mark_of(version.token):
            store_token(client, prefix, version.token)

    def _pending(self, request_token: str) -> Version:
        version = self._token.version(PENDING, request_token)
        if version is None:
            raise AwsError("the pending version has no value yet")
        return version

    def _called(self, operation: str, **arguments: str) -> dict[str, Any]:
        with raising_ours(operation, write=operation != "describe_secret"):
            answer: dict[str, Any] = getattr(self._client, operation)(SecretId=self._secret_id, **arguments)
        return answer
