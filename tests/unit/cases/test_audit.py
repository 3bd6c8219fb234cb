"""What a pass changed stays beside its link for a time, also where the pass then failed: ids and words, no texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from boto3.dynamodb.conditions import Key
from moto import mock_aws

from integration.aws.errors import connect
from integration.aws.table import Table
from integration.cases.records import LinkRecords
from integration.clients.errors import Unavailable
from integration.names import REMOVE_AT
from integration.reconcile.audit import AUDIT_KEPT_S, AUDITED_MOST
from integration.reconcile.hold import SLICE_S
from tests.fakes.running import FUNCTION_S, Running, at_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PRIVATE = "private words"
ROW_BYTES_MOST = 20_000


class Trail:
    """The audit rows in the order they were written, with what they keep."""

    def __init__(self, rows: Callable[[], list[dict[str, Any]]]) -> None:
        self._rows, self._seen = rows, 0

    def new(self) -> list[dict[str, Any]]:
        """Those since the last look."""
        rows = self._rows()
        fresh, self._seen = rows[self._seen :], len(rows)
        return fresh


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        dynamodb = connect(boto3.Session(region_name="us-east-1"), "dynamodb")
        keys = {"PK": "HASH", "SK": "RANGE"}
        dynamodb.create_table(
            TableName="links",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        )
        yield Table(dynamodb, "links")


@pytest.fixture(params=["fakes", "the table"])
def kept(request: pytest.FixtureRequest) -> tuple[Running, Trail]:
    """A case and its incident in step, and what is noted from now on."""
    running = Running()
    rows: Callable[[], list[dict[str, Any]]] = lambda: list(running.world.links.audit)  # noqa: E731 - one of two
    if request.param == "the table":
        table = request.getfixturevalue("table")
        running.links = LinkRecords(table, None)  # type: ignore[assignment,arg-type]  # makes no case: needs no box
        rows = lambda: _of(table, running)  # noqa: E731
    running.case(running.cases.make("Root key used"))
    running.world.now += 3600
    trail = Trail(rows)
    trail.new()
    return running, trail


def _of(table: Table, running: Running) -> list[dict[str, Any]]:
    case_id, _ = running.linked()
    items = list(table.query(Key("PK").eq(f"Case#{case_id}") & Key("SK").begins_with("Audit#")))
    for item in items:
        what = json.loads(item["what"])
        assert item["SK"] == f"Audit#{what['at']:.3f}#{what['pass']}"
        assert item[REMOVE_AT] == int(what["at"] + AUDIT_KEPT_S)
    return [json.loads(item["what"]) for item in items]


def fails(running: Running, call: str, number: int = 1) -> None:
    """This call fails once, the `number`th time it is made, before it has any effect."""

    def refuse() -> None:
        raise Unavailable("servicenow", "429")

    at_call(running, "before", call, refuse, number)


def test_what_a_pass_wrote_before_it_failed_is_noted(kept: tuple[Running, Trail]) -> None:
    """Two comments, of which the second meets a busy instance: the failed pass names the first, the next the second."""
    running, trail = kept
    case_id, _ = running.linked()
    first, second = (running.cases.add_comment(case_id, f"{PRIVATE} {n}") for n in range(2))
    fails(running, "update", number=2)
    running.case(case_id)
    failed, ended = trail.new()
    assert (failed["outcome"], ended["outcome"]) == ("Unavailable", "in step")
    assert failed["pass"] != ended["pass"]
    assert failed["ids"] == {f"Comment#{first}": [first]}
    assert ended["ids"] == {f"Comment#{second}": [second]}
    assert failed["done"] == ended["done"] == ["comment → journal entry"]


def test_a_pass_that_ran_out_of_time_says_how_far_it_came(kept: tuple[Running, Trail]) -> None:
    running, trail = kept
    case_id, _ = running.linked()
    ids = [running.cases.add_comment(case_id, f"{PRIVATE} {n}") for n in range(2)]
    late = FUNCTION_S - SLICE_S + 1

    def hook(when: str, _: str, name: str) -> None:
        if (when, name) == ("after", "update"):
            running.world.now += late

    running.world.hook = hook
    running.case(case_id)
    assert [(each["outcome"], list(each["ids"])) for each in trail.new()] == [
        ("Later", [f"Comment#{ids[0]}"]),
        ("in step", [f"Comment#{ids[1]}"]),
    ]


def test_nothing_is_noted_of_a_pass_that_changed_nothing(kept: tuple[Running, Trail]) -> None:
    running, trail = kept
    case_id, sys_id = running.linked()
    running.case(case_id, sweep=True)
    fails(running, "read")
    running.incident(sys_id, sweep=True)
    assert trail.new() == []


def test_a_row_names_entries_and_files_of_both_sides(kept: tuple[Running, Trail]) -> None:
    """Comment, journal entry and attachments by their ids, fields by their names, and whose edit woke the pass."""
    running, trail = kept
    case_id, sys_id = running.linked()
    comment = running.cases.add_comment(case_id, PRIVATE)
    on_case = running.cases.add_file(case_id, f"{PRIVATE}.txt", b"evidence")
    running.incidents.edit(sys_id, work_notes=PRIVATE, short_description=PRIVATE)
    on_incident = running.incidents.add_file(sys_id, f"{PRIVATE}.log", b"more")
    entry = running.incidents.records[sys_id]["journal"][-1]["sys_id"]
    running.incident(sys_id, sweep=True)
    (row,) = trail.new()
    copied = {file["id"] for file in running.cases.records[case_id]["files"]} - {on_case}
    uploaded = {file["sys_id"] for file in running.incidents.records[sys_id]["files"]} - {on_incident}
    posted = [c["id"] for c in running.cases.records[case_id]["comments"] if c["id"] != comment]
    assert row["ids"] == {
        f"Comment#{comment}": [comment],
        f"Journal#{entry}": posted,
        f"CaseFile#{on_case}": [*uploaded],
        f"IncidentFile#{on_incident}": [*copied],
    }
    assert (row["woken_by"], row["outcome"]) == ("incident", "in step")
    assert "title → case" in row["done"]
    assert PRIVATE not in json.dumps(row)


def test_a_suspension_is_noted(kept: tuple[Running, Trail]) -> None:
    running, trail = kept
    case_id, sys_id = running.linked()
    running.incidents.make("another one, so that something can be read")
    del running.incidents.records[sys_id]
    running.case(case_id, sweep=True)
    (row,) = trail.new()
    assert row["outcome"].startswith("suspended")
    (key,) = row["ids"]
    assert key.startswith("Comment#")


def test_a_row_stays_small_however_much_was_done(kept: tuple[Running, Trail]) -> None:
    """It names the first hundred and counts the others; the ledger knows each."""
    running, trail = kept
    case_id, sys_id = running.linked()
    for number in range(AUDITED_MOST + 50):
        running.incidents.edit(sys_id, work_notes=f"{PRIVATE} {number}")
    running.incident(sys_id)
    (row,) = trail.new()
    assert len(row["ids"]) == len(row["done"]) == AUDITED_MOST
    assert row["more"] == 100
    assert len(json.dumps(row)) < ROW_BYTES_MOST
    assert len(running.comments(case_id)) == AUDITED_MOST + 50
