"""Pipelines of a local system that wait at the gate, and what lets them ask it: who stands there in tours and tests."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from integration.changes.gate import names as g
from integration.emulators.kit.people import People

if TYPE_CHECKING:
    from integration.operations.local.system import LocalSystem

EMULATOR = "pipelines"


class Waiting(People):
    """`hooks` and `token` are what a person writes into the settings of a CI system, from the stack and its secret."""

    def __init__(self, running: LocalSystem) -> None:
        super().__init__(running.beside[EMULATOR].ready["admin"], EMULATOR)
        self._running = running

    @cached_property
    def outputs(self) -> dict[str, str]:
        found: dict[str, str] = self._running.plane.stack(self._running.names.of(g.STACK)).outputs
        return found

    @property
    def hooks(self) -> str:
        return self.outputs[g.OUTPUT_HOOKS]

    @cached_property
    def token(self) -> str:
        read = self._client("secretsmanager").get_secret_value(SecretId=self._running.names.of(g.SECRET))
        return str(json.loads(read["SecretString"])["token"])

    def answers(self, kind: str, name: str) -> list[dict[str, Any]]:
        """What one that waits was told, oldest first."""
        answers: list[dict[str, Any]] = self.send("GET", "state")[kind][name]["answers"]
        return answers

    def hook(self, name: str) -> str:
        """An address at which somebody waits for one answer of the gate."""
        return str(self.send("POST", "hooks", json={"name": name, "secret": self.token})["url"])

    def approval(self, pipeline: str, **wanted: str) -> None:
        """A manual approval of CodePipeline begins to wait, and tells its topic."""
        told = {"pipeline": pipeline, "stage": "Deploy", "action": "Change", "token": f"token-of-{pipeline}"}
        message = self.send("POST", "codepipeline/approvals", json={**told, "customData": json.dumps(wanted)})
        topic = self.outputs[g.OUTPUT_TOPIC]
        self._client("sns").publish(TopicArn=topic, Message=json.dumps(message))

    def task(self, token: str, run: str, **change: str) -> None:
        """A task of Step Functions begins to wait, and sends its token to the gate's queue."""
        self.send("POST", "stepfunctions/tasks", json={"token": token})
        body = json.dumps({"task_token": token, "run": run, "change": change})
        self._client("sqs").send_message(QueueUrl=self.outputs[g.OUTPUT_QUEUE], MessageBody=body)

    def _client(self, service: str) -> Any:
        return self._running.plane.boto3_client(service)
