"""Secrets Manager rotation: the four steps against the function of the template, and what DescribeSecret says of it.

Source: Secrets Manager user guide, "Lambda function rotation"; API reference, RotateSecret, DescribeSecret.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws_plane import error_shapes
from integration.aws_plane.concurrency import Throttled
from integration.aws_plane.function import FunctionFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.aws_plane.calls import Call
    from integration.aws_plane.environment import Outcome
    from integration.aws_plane.functions import Functions
    from integration.aws_plane.gateway import Caller
    from integration.aws_plane.http_server import Request, Response

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
TRIES, PAUSE_S = 60, 0.2
"""While a function has no room; each try waits for one as long as the function's own timeout."""


@dataclass
class Rotation:
    secret_arn: str
    function: str
    rules: Mapping[str, Any]
    pending: str = ""
    """Version announced as AWSPENDING while its rotation runs."""
    running: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Rotations:
    functions: Functions
    secrets: Any
    """A client for moto's Secrets Manager, as AWS itself."""
    _by_arn: dict[str, Rotation] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, rotation: Rotation) -> None:
        self._by_arn[rotation.secret_arn] = rotation

    def remove(self, secret_arn: str) -> None:
        self._by_arn.pop(secret_arn, None)

    def rotate(self, secret_arn: str, token: str = "") -> None:
        """Raises FunctionFailed where a step fails, and AssertionError where the steps did not end in AWSCURRENT."""
        rotation = self._by_arn[secret_arn]
        version = token or str(uuid4())
        with rotation.running:
            rotation.pending = version
            try:
                for step in STEPS:
                    self._step(rotation, step, version)
            finally:
                rotation.pending = ""
        stages = self.secrets.describe_secret(SecretId=secret_arn)["VersionIdsToStages"].get(version, [])
        assert "AWSCURRENT" in stages, f"rotation of {secret_arn} ended without making {version} current"

    def _step(self, rotation: Rotation, step: str, version: str) -> None:
        event = {"Step": step, "SecretId": rotation.secret_arn, "ClientRequestToken": version, "RotationToken": None}
        outcome = self._invoked(rotation.function, {k: v for k, v in event.items() if v})
        if outcome.error:
            raise FunctionFailed(rotation.function, outcome)

    def _invoked(self, function: str, event: Mapping[str, Any]) -> Outcome:
        """Asked again where the function has no room. Source: Lambda developer guide, "How Lambda handles errors and
        retries with asynchronous invocation": throttled events are tried again. Raises Throttled at last.
        """
        for _ in range(TRIES - 1):
            with suppress(Throttled):
                return self.functions[function].invoke(event)
            time.sleep(PAUSE_S)
        return self.functions[function].invoke(event)

    def test(self, secret_arn: str) -> None:
        """What a schedule that does not rotate at once does instead: `testSecret` on a copy of the current value.

        Raises FunctionFailed. Source: API reference, RotateSecret, `RotateImmediately`.
        """
        rotation, version = self._by_arn[secret_arn], str(uuid4())
        with rotation.running:
            value = self.secrets.get_secret_value(SecretId=secret_arn)["SecretString"]
            named = {"SecretId": secret_arn, "VersionStages": ["AWSPENDING"]}
            self.secrets.put_secret_value(**named, ClientRequestToken=version, SecretString=value)
            try:
                self._step(rotation, "testSecret", version)
            finally:
                self.secrets.update_secret_version_stage(
                    SecretId=secret_arn, VersionStage="AWSPENDING", RemoveFromVersionId=version
                )

    def rotate_later(self, secret_arn: str, token: str = "") -> None:
        """As AWS does: the caller is answered at once, a failure shows in the log and in `failures`."""
        self._later(lambda: self.rotate(secret_arn, token))

    def test_later(self, secret_arn: str) -> None:
        self._later(lambda: self.test(secret_arn))

    def _later(self, work: Callable[[], None]) -> None:
        threading.Thread(target=self._quietly, args=(work,), name="rotation", daemon=True).start()

    def _quietly(self, work: Callable[[], None]) -> None:
        """A plane that ends meanwhile takes functions and secrets away: a failure like others."""
        try:
            work()
        except (FunctionFailed, Throttled, AssertionError, KeyError, ClientError, BotoCoreError) as error:
            self.failures.append(str(error))

    def answer_rotate(self, call: Call, _caller: Caller, _request: Request) -> Response:
        """RotateSecret."""
        described = self.secrets.describe_secret(SecretId=call.parameters["SecretId"])
        rotation = self._by_arn.get(described["ARN"])
        if rotation is None:
            return error_shapes.error(
                "secretsmanager", 400, "InvalidRequestException", "No Lambda rotation function ARN is set."
            )
        version = call.parameters.get("ClientRequestToken") or str(uuid4())
        if rotation.pending:
            message = "A previous rotation isn't complete. That rotation will be reattempted."
            return error_shapes.error("secretsmanager", 400, "InvalidRequestException", message)
        if call.parameters.get("RotateImmediately", True):
            self.rotate_later(described["ARN"], version)
        return error_shapes.answer({"ARN": described["ARN"], "Name": described["Name"], "VersionId": version})

    def after_describe(self, _call: Call, _request: Request, response: Response) -> Response:
        """DescribeSecret: moto knows nothing of our rotation; the announced version has no value yet."""
        plain = json.loads(response.body)
        rotation = self._by_arn.get(plain.get("ARN", ""))
        if response.status != 200 or rotation is None:
            return response
        plain |= self._told(rotation)
        stages = plain.setdefault("VersionIdsToStages", {})
        if rotation.pending and rotation.pending not in stages:
            stages[rotation.pending] = ["AWSPENDING"]
        return error_shapes.answer(plain)

    def after_list(self, _call: Call, _request: Request, response: Response) -> Response:
        """ListSecrets."""
        plain = json.loads(response.body)
        for each in plain.get("SecretList", []):
            if rotation := self._by_arn.get(each["ARN"]):
                each.update(self._told(rotation))
        return error_shapes.answer(plain, response.status)

    def _told(self, rotation: Rotation) -> dict[str, Any]:
        arn = self.functions[rotation.function].definition.arn
        return {"RotationEnabled": True, "RotationLambdaARN": arn, "RotationRules": rotation.rules}
