"""The gate over its real rows, the changes in memory, and callbacks that write down what was answered."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field

import boto3
import pytest
from moto import mock_aws
from moto.core import models

from integration.aws.encryption import Envelope
from integration.aws.errors import connect
from integration.aws.table import Table
from integration.changes.gate.gate import Gate
from integration.changes.gate.rows import Rows
from integration.changes.gate.waiter import Ask, Kind, Waiter
from integration.changes.model import Run
from tests.due_table import make_due_table
from tests.fakes.changes import EPOCH, FakeChanges

RUN = Run(ci="key", server="", project="", run="execution-1")
WANTED = {"app": "shop", "version": "2.3.0", "environment": "production"}
CLAIM_S = 200.0


@pytest.fixture(scope="module")
def account():
    """Of moto, one for a module: each test has a table of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setattr(models, "RESPONSES_METHODS", [])
        with mock_aws():
            yield boto3.Session(region_name="us-east-1")


@pytest.fixture(scope="module")
def key(account):
    return connect(account, "kms").create_key()["KeyMetadata"]["Arn"]


@dataclass
class Answers:
    """What was answered whom; `failing`: what the next ones raise."""

    said: list = field(default_factory=list)
    failing: list = field(default_factory=list)
    hook: object = lambda: None

    def __call__(self, waiter, answer):
        if self.failing:
            raise self.failing.pop(0)
        self.said.append((str(waiter.kind), answer.word, answer.reason))
        self.hook()
        return "delivered"

    @property
    def words(self):
        return [word for _, word, _ in self.said]


@dataclass
class World:
    gate: Gate
    rows: Rows
    table: Table
    changes: FakeChanges
    answers: Answers
    calls: Counter

    @property
    def now(self):
        return self.gate.clock()

    @property
    def deadline(self):
        return self.now + 180

    def later(self, seconds):
        self.changes.time.at += seconds

    def ask(self, waits_s=86_400.0, kind="step-functions", token="task-token", run=RUN, fault="", **wanted):
        waiter = Waiter(kind=Kind(kind), address={}, secret=token, ends=self.now + waits_s)
        return Ask(run=run, wanted={**WANTED, **wanted}, waiter=waiter, fault=fault)

    def asked(self, **how):
        return self.gate.asked(self.ask(**how), self.deadline)

    def told(self):
        """The rule of the instance told of the one change."""
        return self.gate.changed(self.changes.only().sys_id, self.deadline)

    def items(self):
        return list(self.table._client.scan(TableName=self.table.name)["Items"])


@pytest.fixture
def world(account, key):
    client, name = connect(account, "dynamodb"), f"changes-{uuid.uuid4().hex}"
    make_due_table(client, name)
    calls = Counter()
    client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.update([model.name]))
    table, changes, answers = Table(client, name), FakeChanges(), Answers()
    rows = Rows(table, Envelope(connect(account, "kms"), key))
    gate = Gate(
        rows, changes, lambda wish: wish, dict.fromkeys(Kind, answers),
        lambda: EPOCH.timestamp() + changes.time.at, CLAIM_S,
    )  # fmt: skip
    return World(gate, rows, table, changes, answers, calls)
