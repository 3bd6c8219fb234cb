"""What is told, and what cannot be."""

from __future__ import annotations

import io
import itertools
import json
import threading

import pytest

from integration import names as n
from integration.aws.redaction import WITHHELD, redacted
from integration.aws.telemetry import METRICS, Telemetry
from integration.clients.errors import Unavailable

NUMBER = itertools.count()


class Told:
    def __init__(self, level="error"):
        self.stream = io.StringIO()
        self.telemetry = Telemetry(f"function{next(NUMBER)}", "servicenow-integration", level, self.stream)

    @property
    def lines(self):
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


LEVELS = [
    ("debug", ["debug", "info", "warning", "error"]),
    ("info", ["info", "warning", "error"]),
    ("error", ["warning", "error"]),
]


@pytest.mark.parametrize(("level", "shown"), LEVELS)
def test_warnings_appear_at_every_level(level, shown):
    """`error` is the default of a deployment; a blocked action must not be silent there."""
    told = Told(level)
    for say in (
        told.telemetry.log.debug,
        told.telemetry.log.info,
        told.telemetry.log.warning,
        told.telemetry.log.error,
    ):
        say("said")
    assert [line["level"].lower() for line in told.lines] == shown


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="LOG_LEVEL"):
        Telemetry("f", "s", "loud")


def test_only_known_keys_pass():
    """A key nobody thought of may hold a title; it shows only that it was there."""
    told = Told()
    told.telemetry.log.warning("blocked", extra={"case_id": "1", "title": "Mr Smith", "reason": "says Mr Smith"})
    (line,) = told.lines
    assert (line["case_id"], line["title"], line["reason"]) == ("1", WITHHELD, WITHHELD)
    assert "Smith" not in told.stream.getvalue()


FOREIGN = [
    ("incident_number", "INC0010001", "Mr Smith 1"),
    ("sys_id", "a1" * 16, "a1" * 16 + "-more-than-an-id"),
    ("case_id", "0123456789", "the-cfo-is-suspected"),
    ("operation", "createSecret", "create a secret"),
    ("event_type", "IncidentUpdated", "Incident: Mr Smith"),
    ("table", "sn_si_incident", "Mr Smith"),
]


@pytest.mark.parametrize(("key", "good", "bad"), FOREIGN, ids=[key for key, *_ in FOREIGN])
def test_what_somebody_sent_is_shown_in_its_own_form_only(key, good, bad):
    """Whoever calls the webhook, puts a message on a queue or invokes a function may write anything there."""
    told = Told()
    for value in (good, "", bad, "-_Zx" * 11, f"{good}\n", [bad], {"a": bad}):
        told.telemetry.log.warning("x", extra={key: value})
        told.telemetry.emit({}, {key: value})
    shown = [line[key] for line in told.lines]
    assert shown == [each for each in (good, "", *[WITHHELD] * 5) for _ in range(2)]


def test_long_values_are_cut():
    assert len(redacted({"outcome": "x" * 10_000})["outcome"]) < 400
    assert len(redacted({"actions": list(range(100))})["actions"]) == 20


def test_an_exception_keeps_its_kind_and_place_only():
    """Its message may quote a record. Ours hold no texts by contract, so they are shown."""
    told = Told()
    for error in (KeyError("Mr Smith"), Unavailable("aws", "put_item: ThrottlingException")):
        try:
            raise error
        except (KeyError, Unavailable):
            told.telemetry.log.exception("failed", extra={"case_id": "1"})
    foreign, ours = told.lines
    assert (foreign["exception_name"], foreign["exception"]) == ("KeyError", WITHHELD)
    assert (ours["exception_name"], ours["exception"]) == ("Unavailable", "put_item: ThrottlingException")
    assert all("test_aws_telemetry.py" in line["place"][-1] for line in told.lines)
    assert "Smith" not in told.stream.getvalue()


def test_a_pass_is_one_line_that_is_also_metrics():
    """At every log level; the one dimension is the service, which alarms and dashboard read."""
    told = Told("error")
    told.telemetry.on_call("servicenow", "GET", "incident", "ok", 0.1)
    told.telemetry.on_call("servicenow", "PATCH", "incident", "refused", 0.1)
    told.telemetry.on_call("security_ir", "GetCase", "", "missing", 0.1)
    told.telemetry.emit({n.METRIC_LAG: 1500, "Passes": 1}, {"case_id": "1", "outcome": "applied", "text": "Mr Smith"})
    (line,) = told.lines
    directive = line["_aws"]["CloudWatchMetrics"][0]
    assert (directive["Namespace"], directive["Dimensions"]) == (n.METRIC_NAMESPACE, [["service"]])
    units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    counted = ("Passes", "ServiceNowCalls", "ServiceNowCallsFailed", "SecurityIrCalls")
    assert units == {"SyncLag": "Milliseconds"} | dict.fromkeys(counted, "Count")
    assert (line["service"], line["case_id"], line["outcome"]) == ("servicenow-integration", "1", "applied")
    assert line["calls"] == {"security_ir:missing": 1, "servicenow:ok": 1, "servicenow:refused": 1}
    assert line["text"] == WITHHELD


def test_calls_are_told_once():
    told = Told()
    told.telemetry.on_call("servicenow", "GET", "incident", "ok", 0.1)
    told.telemetry.emit({"Passes": 1}, {})
    told.telemetry.emit({"Passes": 1}, {})
    assert ["calls" in line for line in told.lines] == [True, False]


def test_a_pass_without_numbers_is_still_a_line():
    told = Told()
    told.telemetry.emit({}, {"case_id": "1"})
    assert told.lines == [{"case_id": "1", "service": "servicenow-integration"}]


def test_unknown_metrics_are_refused():
    """A metric named by what happens would grow without end, and cost."""
    with pytest.raises(ValueError, match="Case123"):
        Told().telemetry.emit({"Case123": 1}, {})


def test_every_metric_of_the_alarms_can_be_emitted():
    assert {n.METRIC_LAG, *n.METRICS_OF_WORK, *n.METRICS_OF_TROUBLE, *n.METRICS_OF_CALLS} <= METRICS


def test_calls_from_threads_are_all_counted():
    told = Told()

    def call():
        for _ in range(200):
            told.telemetry.on_call("servicenow", "GET", "incident", "ok", 0.0)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.telemetry.emit({}, {})
    assert told.lines[0]["calls"] == {"servicenow:ok": 800}


def test_passes_side_by_side_tell_their_own_calls():
    """Three passes of a batch run at once; each line says what that pass cost, and nothing is told twice."""
    told, together = Told(), threading.Barrier(3)

    def one(case_id):
        with told.telemetry.apart():
            together.wait(5)
            for _ in range(int(case_id)):
                told.telemetry.on_call("servicenow", "GET", "incident", "ok", 0.1)
            together.wait(5)
            told.telemetry.emit({"Passes": 1}, {"case_id": case_id})

    threads = [threading.Thread(target=one, args=(str(number),)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {line["case_id"]: line["calls"] for line in told.lines} == {
        str(number): {"servicenow:ok": number} for number in (1, 2, 3)
    }


def test_an_integration_has_metrics_and_log_keys_of_its_own():
    """What is declared passes, in lines and in the line per pass; what no one declared does not."""
    stream = io.StringIO()
    own = {"metrics": frozenset({"Orders"}), "log_keys": frozenset({"order"})}
    telemetry = Telemetry(f"function{next(NUMBER)}", "s", "info", stream, **own)
    telemetry.log.info("said", extra={"order": "o1", "wish": "a text"})
    telemetry.emit({"Orders": 1.0}, {"order": "o1", "wish": "a text"})
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["order"], line["wish"]) for line in lines] == [("o1", WITHHELD)] * 2
    assert lines[1]["Orders"] == [1.0]
    with pytest.raises(ValueError, match="Wishes"):
        telemetry.emit({"Wishes": 1.0}, {})
