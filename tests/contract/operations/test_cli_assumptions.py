"""The ledger of assumptions: data, page, probes and the emulators' switches say the same."""

import json
from pathlib import Path

import pytest

from integration.emulators.security_ir.switches import ASSUMED
from integration.emulators.security_ir.switches import SWITCHES as CASE_SWITCHES
from integration.emulators.servicenow.sources import SEEN
from integration.emulators.servicenow.switches import SWITCHES
from integration.operations.checking.assumptions import Assumption, assumptions
from integration.operations.checking.verdict import Verdict

DOCS = Path(__file__).resolve().parents[3] / "docs"
KNOBS = {
    "enforce_roles", "basic_auth", "mandatory", "sir_plugin", "async_delay_s", "async_jitter_s", "latency_s",
    "rate_limit_per_hour", "max_running", "serves_at_once", "password_grant",
}  # fmt: skip
"""Of what a test wants otherwise, or a customer decides: nothing about the platform is assumed by them."""
EACH = assumptions()


def unknown_of_cases():
    return {name for name, switch in CASE_SWITCHES.items() if switch.source == ASSUMED}


def unknown_of_incidents():
    """Without a source, or with one that is not published."""
    return {name for name, switch in SWITCHES.items() if not switch.source or SEEN in switch.source}


def test_every_entry_is_whole_and_named_once():
    assert len({each.id for each in EACH}) == len(EACH)
    for each in EACH:
        assert all([each.says, each.evidence, each.if_false, each.noticed]), each.id


def test_every_switch_of_the_emulators_that_stands_for_an_unknown_has_an_entry():
    named = {name for each in EACH for name in each.switches}
    there = set(SWITCHES) | set(CASE_SWITCHES)
    assert named - there == set()
    assert (unknown_of_incidents() - KNOBS | unknown_of_cases()) - named == set()
    assert KNOBS - set(SWITCHES) == set()


STANDINGS = [
    ("batch", [("batch", "ok")], "held"),
    ("batch", [("batch", "ok"), ("batch", "warn")], "broken"),
    ("batch", [("batch", "fail")], "broken"),
    ("batch", [("batch", "skip"), ("other", "ok")], "not asked"),
    ("", [("batch", "ok")], "not askable"),
]


@pytest.mark.parametrize(("probe", "told", "standing"), STANDINGS)
def test_an_entry_stands_as_its_line_does(probe, told, standing):
    entry = Assumption("x", "x", "x", "x", "x", "aws", probe)
    assert entry.standing([Verdict(subject, state, "") for subject, state in told]) == standing


def test_every_probe_is_a_line_of_check_and_its_json_tells_how_each_stands(run, deployed, instance, pair):
    """Before a deployment and after it."""
    before = run(
        "check", *instance.flags(pair[0]), "--json", "--only", "servicenow", "--incident-filter", "active=true"
    )
    after = run("check", "--json", "--only", "servicenow", "--no-probe")
    documents = [json.loads(done.stdout) for done in (before, after)]
    subjects = {verdict["subject"] for document in documents for verdict in document["checks"]}
    assert {each.probe for each in EACH} - {""} - subjects == set()
    told = {each["id"]: each["standing"] for each in documents[0]["assumptions"]}
    assert set(told) == {each.id for each in EACH}
    assert told["query-zone"] == told["batch"] == told["query-access"] == "held"
    assert told["event-travels"] == "not asked"
    assert told["ecc-queue"] == "not askable"
