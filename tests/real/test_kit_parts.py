"""The kit's own judgement: what is ours, what is written down, what an answer is worth, what is kept of it."""

from __future__ import annotations

import json
import subprocess
from xml.etree import ElementTree as ET

import pytest
import requests

from integration.emulators.servicenow import create_app, serve
from integration.operations.checking.assumptions import Assumption, assumptions
from integration.operations.checking.verdict import fail, ok, skip, warn
from integration.operations.local.credentials import new_key_pair
from tests.real import __main__ as kit
from tests.real import administrator, parts
from tests.real.cleaning import marked
from tests.real.given import MARK, NAMES, NotGiven, given, named
from tests.real.kept import asked, differences, replaced
from tests.real.report import document, markdown, standing
from tests.real.wire import Ledger, wire

EACH = Assumption("id", "says", "evidence", "if", "noticed", "servicenow", probe="journal", kit="test_journal")


def test_whoever_names_an_instance_is_told_what_else_is_missing():
    """Nobody's tests are skipped for a word that was forgotten."""
    assert not named({})
    address = {"SERVICENOW_TEST_URL": "dev1"}
    assert named(address)
    with pytest.raises(NotGiven, match="SERVICENOW_TEST_USER"):
        given(address)


def test_each_missing_variable_is_named():
    with pytest.raises(NotGiven) as told:
        given({"SERVICENOW_TEST_URL": "dev12345"})
    assert [name for name in NAMES if name in str(told.value)] == [n for n in NAMES if n != "SERVICENOW_TEST_URL"]


def test_without_an_instance_the_command_says_what_to_set(monkeypatch, capsys):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    assert kit.main([]) == kit.NOT_GIVEN
    assert "docs/real-instance.md" in capsys.readouterr().err


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    values = dict.fromkeys(NAMES, "x") | {"SERVICENOW_CLIENT_SECRET": f"@{tmp_path / 'secret'}"}
    assert given(values).client_secret == "s3cret"
    assert "s3cret" not in repr(given(values))


def test_an_instance_that_ignores_the_question_loses_nothing_of_others():
    """It answers with every incident; only marked ones are ours."""

    class Ignoring:
        def rows(self, *_):
            texts = ("theirs", f"{MARK} rules", f"about {MARK}")
            rows = [{"sys_id": text, "short_description": text, "correlation_display": ""} for text in texts]
            return [*rows, {"sys_id": "renamed", "short_description": "b", "correlation_display": MARK}]

    assert marked(Ignoring(), "incident") == [f"{MARK} rules", "renamed"]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([ok("journal", "seen")], "held"),
        ([ok("journal", "seen"), fail("test_journal", "differs", "")], "broken"),
        ([warn("journal", "by display")], "broken"),
        ([skip("journal", "hidden")], "not askable"),
        ([ok("batch", "of another")], "not askable"),
    ],
)
def test_an_assumption_stands_as_what_settles_it(verdicts, expected):
    told = standing(EACH, verdicts)
    assert told["standing"] == expected
    assert told["evidence"]


def test_the_report_tells_every_assumption_once():
    made = document("https://dev1.service-now.com", [fail("batch", "a | b\nc", "")], "to the end")
    assert [each["id"] for each in made["assumptions"]] == [each.id for each in assumptions()]
    assert "| batch | fail | a \\| b c |  |" in markdown(made)


def test_what_the_ledger_calls_settled_by_the_kit_the_kit_asks():
    """A test marked `real`, or a subject of the parts."""
    tests = "".join(path.read_text() for suite in parts.SUITES for path in suite.glob("test_*.py"))
    subjects = {parts.SETUP, parts.FOREIGN, parts.RULES, parts.ECHO}
    kits = {each.kit for each in assumptions()} - {""}
    assert {kit for kit in kits if f"def {kit}(" not in tests and kit not in subjects} == set()


def test_a_suite_that_did_not_run_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)
    values = dict.fromkeys(NAMES, "x")
    (verdict,) = parts.contract(given(values), tmp_path)
    assert (verdict.state, "contract.log" in verdict.told) == ("fail", True)


def test_a_test_without_an_answer_breaks_no_assumption():
    inner = "<failure message='integration.clients.servicenow.errors.Unavailable: no answer'/>"
    verdict = parts._told(ET.fromstring(f"<testcase name='test_a[real]'>{inner}</testcase>"))
    assert (verdict.subject, verdict.state) == (parts.SUITE, "fail")


def test_an_instance_that_does_not_answer_breaks_no_assumption(tmp_path, monkeypatch):
    """It is told, and the run ends."""
    pair = new_key_pair()
    (tmp_path / "key").write_text(pair.private_key)
    values = dict.fromkeys(NAMES, "x") | {"SERVICENOW_TEST_URL": "http://127.0.0.1:1"}
    target = given(values | {"SERVICENOW_PRIVATE_KEY_PATH": str(tmp_path / "key")})
    monkeypatch.setattr(administrator, "PAUSES_S", ())
    monkeypatch.setattr(parts, "contract", lambda *_: iter(()))
    assert kit.run(target, tmp_path, None, short=True) == kit.NOT_IN_ORDER
    told = json.loads((tmp_path / "report.json").read_text())
    assert {each["standing"] for each in told["assumptions"]} == {"not askable"}
    assert "reach" in {each["subject"] for each in told["verdicts"]}


@pytest.mark.parametrize(
    ("inner", "state"),
    [("", "ok"), ("<failure message='assert 1 == 2'/>", "fail"), ("<error message='refused'/>", "fail"),
     ("<skipped message='not here'/>", "skip")],
)  # fmt: skip
def test_a_test_becomes_a_line(inner, state):
    verdict = parts._told(ET.fromstring(f"<testcase name='test_a[real]'>{inner}</testcase>"))
    assert (verdict.subject, verdict.state) == ("test_a", state)


def test_what_is_made_is_written_down_before_it_is_answered(tmp_path):
    """With a sys_id of ours before it is sent, whatever becomes of it; else as the instance names it."""
    ledger, kept = Ledger(tmp_path / "made.txt"), []
    with serve(create_app()) as instance, wire(instance, ledger, lambda *call: kept.append(call[:2])) as url:
        requests.patch(f"{instance}/_admin/config", json={"async_delay_s": 0}, timeout=10).raise_for_status()
        table = f"{url}/api/now/table/incident"
        made = requests.post(table, json={"short_description": MARK}, auth=("admin", "admin"), timeout=10)
        sys_id = made.json()["result"]["sys_id"]
        requests.post(table, json={"sys_id": "a" * 32}, timeout=10)
        where = {"table_name": "incident", "table_sys_id": sys_id, "file_name": "a.txt"}
        file = requests.post(
            f"{url}/api/now/attachment/file", params=where, data=b"abc", auth=("admin", "admin"),
            headers={"Content-Type": "text/plain"}, timeout=10,
        )  # fmt: skip
        requests.get(table, auth=("admin", "admin"), timeout=10)
    assert ledger.entries() == [
        ("incident", sys_id), ("incident", "a" * 32), ("sys_attachment", file.json()["result"]["sys_id"]),
    ]  # fmt: skip
    assert [method for method, _ in kept] == ["POST", "POST", "POST", "GET"]


def test_a_connection_the_instance_cuts_is_cut_here(tmp_path):
    with wire("http://127.0.0.1:1", Ledger(tmp_path / "made.txt")) as url, pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/api/now/table/incident", timeout=10)


def test_a_line_cut_by_a_death_is_none(tmp_path):
    ledger = Ledger(tmp_path / "made.txt")
    ledger.add("incident", "a")
    ledger.add("incident", "a")
    with ledger.path.open("a") as file:
        file.write("incid")
    assert ledger.entries() == [("incident", "a")]


def test_names_and_texts_are_replaced_and_forms_stay():
    answer = {
        "number": "INC0010001", "caller": "Abel Tuter", "state": "6", "active": "true", "close_notes": "", "u_own": "x",
        "opened_by": {"link": "https://dev1.service-now.com/api/now/table/sys_user/1", "value": "0123456789abcdef" * 2},
        "sys_created_on": "2025-03-04 05:06:07", "list": [{"a": "one"}, {"a": "two"}],
    }  # fmt: skip
    assert replaced(answer) == {
        "number": "text", "caller": "text", "state": "1", "active": "true", "close_notes": "",
        "opened_by": {"link": "https://instance/0", "value": "0" * 32},
        "sys_created_on": "2026-01-01 00:00:00", "list": [{"a": "text"}],
    }  # fmt: skip
    path = f"/api/now/table/incident/{'a' * 32}?sysparm_query=caller=Abel&sysparm_limit=1"
    assert asked("GET", path) == "GET /api/now/table/incident/0?sysparm_limit&sysparm_query"


@pytest.mark.parametrize(
    ("emulated", "differs"),
    [
        ({"state": "1", "opened_by": {"value": "0"}}, False),
        ({"state": "", "opened_by": {"value": "0"}}, False),
        ({"opened_by": {"value": "0"}}, False),
        ({"state": "text", "opened_by": {"value": "0"}}, True),
        ({"state": "1", "opened_by": "0"}, True),
        ({"state": "1", "opened_by": ""}, False),
    ],
)
def test_the_emulator_is_held_to_the_forms_of_kept_answers(emulated, differs):
    """Columns it has not are the customer's; an empty one may be filled elsewhere, a reference too."""
    real = {
        "call": "GET x 200",
        "headers": [],
        "body": {"result": [{"state": "1", "opened_by": {"value": "0"}, "own": "1"}]},
    }
    ours = {**json.loads(json.dumps(real)), "body": {"result": [emulated]}}
    assert bool(differences([real], [ours])) == differs
    assert differences([real], []) == []


def test_other_headers_are_a_difference():
    real = {"call": "GET x 200", "headers": ["Content-Type", "X-Total-Count"], "body": None}
    assert len(differences([real], [{**real, "headers": ["Content-Type"]}])) == 1
