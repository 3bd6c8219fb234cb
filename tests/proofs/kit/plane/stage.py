"""A running system for the proofs: real processes, their traffic watched, and time that can be let pass.

The two client functions get a timeout of 40 s in place of three minutes, and with it a claim of 60 s and a visibility
of 80 s: the same order, so that what follows a death can be waited for.
"""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws_plane.function import FunctionFailed
from integration.cases.poll_sources import POLL
from integration.module import Module
from integration.operations.local.system import LocalSystem, Options, start
from tests.e2e.shift import MANY_CASES, Shift
from tests.proofs.kit.plane.look import Look
from tests.proofs.kit.plane.traffic import Traffic, watched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from integration.aws_plane.event_sources import Poller
    from integration.aws_plane.output import Datum

TIMEOUT_S, VISIBILITY_S = 40, 80
HOURS_S = 7 * 3600
"""What was refused is due again by then."""


class Stage(Shift):
    """A day whose calls are watched. Moments are epoch seconds."""

    def __init__(self, running: LocalSystem, traffic: Traffic) -> None:
        super().__init__(running)
        self.traffic = traffic
        self.secret_word = f"Chalchiuhtlicue{uuid.uuid4().hex[:8]}"
        """For texts that no log may show."""

    @property
    def clients(self) -> tuple[str, str]:
        return self.names.servicenow_client, self.names.security_ir_client

    @property
    def pollers(self) -> list[Poller]:
        return [self.plane.poller(queue) for queue in self.queues]

    def look(self) -> Look:
        """Both systems as they are now, read once."""
        state = self.servicenow.tables(self.table, "sys_journal_field", "sys_attachment")
        return Look(self.table, self.cases(), state)

    @contextmanager
    def one_by_one(self) -> Iterator[None]:
        """Each process works on one message at a time, so that its calls are those of one event."""
        before = [poller.source for poller in self.pollers]
        for poller in self.pollers:
            poller.source = replace(poller.source, batch_size=1)
        try:
            yield
        finally:
            for poller, source in zip(self.pollers, before, strict=True):
                poller.source = source

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Messages wait meanwhile, so that all of them come at once and nobody is early. What fell due is delivered."""
        with self.plane.held(*self.queues):
            yield
            self.until(self.resting)
            self.until(lambda: not any(f.running for f in self.plane.functions))

    # ---- time
    def hours_pass(self, case_ids: Sequence[str] = ()) -> None:
        """As if a long time had gone by for these links (all where none is named): what waits comes back, what is due
        is looked at, the poller runs. Nobody works meanwhile, so no claim of a living process is moved.
        """
        with self._at_rest():
            for case_id in case_ids or self.linked():
                self.time_passes(case_id, HOURS_S)
            self._forget_polls()
        self.redeliver()
        self.poll_once()
        self.quiet(600)

    @contextmanager
    def _at_rest(self) -> Iterator[None]:
        with self.plane.held(*self.queues):
            self.until(
                lambda: not any(p.busy for p in self.pollers) and not any(f.running for f in self.plane.functions)
            )
            yield

    def _forget_polls(self) -> None:
        """What was published so long ago may be published again."""
        key = {"PK": {"S": POLL}, "SK": {"S": "latest"}}
        item = self._dynamodb.get_item(TableName=self.names.table, Key=key).get("Item")
        if item:
            state = json.loads(item["doc"]["S"])
            state["published"] = {key: at - HOURS_S for key, at in state["published"].items()}
            state["sweeps"] = {}
            self._dynamodb.put_item(TableName=self.names.table, Item=item | {"doc": {"S": json.dumps(state)}})

    def claims(self) -> int:
        """Links somebody holds, alive or dead."""
        return sum("owner" in item for item in self._items())

    def linked(self) -> list[str]:
        keys = [(item["PK"]["S"], item["SK"]["S"]) for item in self._items()]
        return [pk.partition("#")[2] for pk, sk in keys if pk.startswith("Case#") and sk == "latest"]

    def _items(self) -> list[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self.names.table)
        return [item for page in pages for item in page["Items"]]

    def poll_once(self) -> bool:
        """The scheduled look; whether it ended well. A poll that fails is followed by the next."""
        return not self.plane.functions[self.names.poller].invoke({}).error

    def scan_at_once(self) -> None:
        """Files on the AWS side are ready when they are there."""
        self.security_ir.send("PATCH", "config", json={"scan_delay_s": 0})

    def rotate(self) -> bool:
        """The webhook's token; whether that came to its end."""
        described = self.plane.boto3_client("secretsmanager").describe_secret(SecretId=self.names.webhook_secret)
        try:
            self.plane.rotations.rotate(described["ARN"])
        except (FunctionFailed, AssertionError):
            return False
        return True

    def still_clock(self) -> None:
        """The schedule fires no more: polls are those of the test."""
        self.plane.clock.run(running=False)

    # ---- what the functions told
    def told_since(self, moment: float) -> list[Datum]:
        return [datum for datum in self.plane.metrics() if datum.at >= moment]

    def metrics_since(self, moment: float) -> set[str]:
        """Names of those that counted something."""
        return {datum.name for datum in self.told_since(moment) if datum.value}

    def passes_since(self, moment: float) -> list[dict[str, Any]]:
        """One log line each."""
        lines: list[dict[str, Any]] = []
        for function in self.clients:
            told = [json.loads(line) for line in self.plane.logs(function) if line.startswith("{")]
            lines += [line for line in told if line.get("pass_id") and _at(line) >= moment]
        return lines

    def empty_queues(self) -> bool:
        return not self.left()

    def left(self) -> list[str]:
        """Queues that hold something, in words."""
        return [f"{depth.total} in {name}" for name, depth in self.plane.queues.items() if depth.total]


def _at(line: dict[str, Any]) -> float:
    return float(line.get("_aws", {}).get("Timestamp", 0)) / 1000


@contextmanager
def staged(module: str) -> Iterator[Stage]:
    with (
        start(Options(module=Module(module), settings=MANY_CASES)) as running,
        watched(running.plane, running.servicenow_url, running.security_ir_url) as (traffic, servicenow_url),
    ):
        stage = Stage(running, traffic)
        _shorten(stage)
        _move(stage, servicenow_url)
        yield stage


def _shorten(stage: Stage) -> None:
    for name in stage.clients:
        function = stage.plane.functions[name]
        variables = {**function.definition.variables, n.ENV_TIMEOUT_S: str(TIMEOUT_S)}
        function.replace(replace(function.definition, timeout_s=TIMEOUT_S, variables=variables))
    sqs = stage.plane.boto3_client("sqs")
    for queue in stage.queues:
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(VISIBILITY_S)})


def _move(stage: Stage, servicenow_url: str) -> None:
    """The functions know the instance by the address of the door before it."""
    name = stage.names.parameter_prefix + n.PARAM_INSTANCE
    stage.plane.boto3_client("ssm").put_parameter(Name=name, Value=servicenow_url, Overwrite=True)
    for function in (*stage.clients, stage.names.poller):
        known = stage.plane.functions[function]
        known.replace(known.definition)
        known.warm()
