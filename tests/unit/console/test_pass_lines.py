"""The one line per message: what went wrong is told by type, and only the unexpected dies."""

import io
import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.aws.settings import SettingsError
from integration.aws.telemetry import Telemetry
from integration.cases.audit import Report
from integration.cases.messages import handle
from integration.cases.wake import Wake
from integration.clients.errors import Misconfigured, Unavailable
from integration.operations.console.passes import pass_of_audit, pass_of_line
from integration.reconcile.audit import Outcome
from integration.reconcile.errors import Later
from mappers.problem import MappingError

EVENT = {
    "source": "security-ir", "detail-type": "CaseUpdated", "time": "2026-11-21T12:00:00Z", "detail": {"caseId": "4711"},
}  # fmt: skip


class Sqs:
    """Notes what becomes of a message."""

    meta = SimpleNamespace(endpoint_url="http://127.0.0.1:1")

    def __init__(self):
        self.done = []

    def send_message(self, **_):
        self.done.append("dead")

    def change_message_visibility(self, **_):
        self.done.append("wait")


def raised(error):
    """As a pass meets it, with the place it came from."""
    try:
        raise error
    except type(error) as met:
        return met


class Parts:
    """A function whose pass ends in `ends`: an error, or a report."""

    def __init__(self, ends, *, making=None):
        self.ends, self.making, self.sqs, self.stream = ends, making, Sqs(), io.StringIO()
        self.telemetry = Telemetry(f"told{id(self)}", "servicenow-integration", "error", self.stream)
        self.reconciler = self.runtime = self.table = self
        self.ready, self.rows = True, {}

    def put(self, row):
        self.rows[row["SK"]] = row

    @property
    def rules(self):
        if self.making:
            raise self.making
        return SimpleNamespace(table="incident")

    def run(self, wake, deadline):
        if isinstance(self.ends, Exception):
            return Outcome(Report(wake=wake, pass_id="p"), raised(self.ends))
        return Outcome(self.ends)

    def client(self, _service):
        return self.sqs

    @property
    def line(self):
        (line,) = self.stream.getvalue().splitlines()
        return json.loads(line)


def handled(parts, receives=1):
    record = {
        "messageId": "m", "receiptHandle": "r", "body": json.dumps(EVENT),
        "attributes": {"ApproximateReceiveCount": str(receives)}, "eventSourceARN": "arn:aws:sqs:us-east-1:1:queue",
    }  # fmt: skip
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 180_000)
    return handle({"Records": [record]}, context, parts)["batchItemFailures"]


MAKING = [SettingsError("aws", "parameter serviceNowClientId is missing"), MappingError([])]


@pytest.mark.parametrize("error", MAKING)
@pytest.mark.parametrize("receives", [1, 5, 900])
def test_what_fails_while_the_parts_are_made_waits(error, receives):
    """A missing parameter or a mapping that does not fit concerns everything: no message may die of it."""
    parts = Parts(None, making=error)
    assert handled(parts, receives) == [{"itemIdentifier": "m"}]
    assert parts.sqs.done == ["wait"]
    assert (parts.line["error"], parts.line["Misconfigured"], parts.line["ends"]) == ("Misconfigured", [1.0], "wait")


@pytest.mark.parametrize(("receives", "ends"), [(1, "wait"), (4, "wait"), (5, "dead")])
def test_the_unexpected_tells_its_place_and_dies_after_five_times(receives, ends):
    parts = Parts(KeyError("title of a case"))
    handled(parts, receives)
    line = parts.line
    assert (parts.sqs.done, line["ends"], line["error"], line["case_id"]) == ([ends], ends, "KeyError", "4711")
    assert any("raised" in frame for frame in line["place"])
    assert "title of a case" not in parts.stream.getvalue()


def test_an_expected_trouble_tells_whose_it_is_and_no_place():
    parts = Parts(Unavailable("servicenow", "hibernating"))
    handled(parts)
    line = parts.line
    assert (line["system"], line["exception"], line["Unavailable"]) == ("servicenow", "servicenow: hibernating", [1.0])
    assert "place" not in line


WAITS = [
    (
        Unavailable("servicenow", "hibernating"),
        2,
        {"error": "Unavailable", "said": "servicenow: hibernating", "tries": 2},
    ),
    (Misconfigured("servicenow", "no role"), 7, {"error": "Misconfigured", "said": "servicenow: no role", "tries": 7}),
    (KeyError("title of a case"), 3, {"error": "KeyError", "tries": 3}),
    (None, 3, {"tries": 3}),
    (Unavailable("servicenow", "hibernating"), 1, {"error": "Unavailable", "tries": 1}),
    (Later("not yet", 0), 9, None),
    (None, 1, None),
]


@pytest.mark.parametrize(("error", "receives", "row"), WAITS)
def test_what_waits_with_an_error_is_kept_for_status_until_it_is_over(error, receives, row):
    """By the record's id, from the first try on, without a text of a case; nothing is written where nothing failed."""
    parts = Parts(error or Report(wake=Wake("case", "4711", 0), pass_id="p"))
    handled(parts, receives)
    assert set(parts.rows) == ({"4711"} if row else set())
    if row:
        assert row.items() <= parts.rows["4711"].items()
        assert ("error" in parts.rows["4711"]) == (error is not None)
        assert "title of a case" not in json.dumps(parts.rows)


def test_a_line_and_the_page_tell_the_same():
    report = Report(
        wake=Wake("case", "4711", 0, sweep=True),
        pass_id="p",
        case_id="4711",
        sys_id="s" * 32,
        outcome="in step",
        reasons=["title: both changed"],
        done=["x"],
        lag_s=1.5,
    )
    parts = Parts(report)
    handled(parts)
    card = pass_of_line(parts.line, at=10, lag_ms=parts.line["SyncLag"][0])
    assert (card.case_id, card.side, card.trigger, card.outcome, card.lag_s) == (
        "4711",
        "case",
        "sweep",
        "in step",
        1.5,
    )
    assert (card.conflicts, card.retry_at, card.error) == (("title: both changed",), 0, "")


@given(st.dictionaries(st.sampled_from(["reasons", "done", "woken_by", "pass"]), st.just([])))
def test_any_audit_row_can_be_shown(what):
    """Rows of an older version may lack members."""
    item = {"PK": "Case#1", "SK": "Audit#12.500#p#q", "what": json.dumps(what)}
    card = pass_of_audit(item)
    assert (card.case_id, card.at, card.pass_id) == ("1", 12.5, "p#q")
