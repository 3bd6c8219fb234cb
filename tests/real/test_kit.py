"""The kit against an instance it knows nothing of but address and credentials: to the end, with faults, interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
import requests

from integration.operations.waiting import until
from tests.e2e.terminal import AS_IN_A_TERMINAL
from tests.real import __main__ as kit
from tests.real.day import ForeignPeople
from tests.real.given import MARK
from tests.real.kept import ANSWERS, differences
from tests.real.wire import Ledger

FAULTS = (
    {"kind": "429-json", "method": "PATCH", "table": "incident", "times": 2, "seconds": 1},
    {"kind": "500", "method": "GET", "table": "incident", "times": 2, "skip": 2},
    {"kind": "reset-before", "method": "GET", "table": "sys_journal_field", "times": 2},
    {"kind": "reset-after", "method": "DELETE", "table": "incident", "times": 2},
)
"""Each fewer times in a row than is tried."""


def started(foreign, folder, *arguments):
    return subprocess.Popen(
        [*AS_IN_A_TERMINAL, sys.executable, "-m", "tests.real", "--folder", folder, *arguments],
        env={**os.environ, **foreign.environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_short_form_asks_reports_keeps_and_leaves_nothing(foreign, tmp_path):
    """All that can be asked without a webhook is held by the strict emulator, whatever befalls single calls; answers
    kept of a real instance, if there are any, have the form of the emulator's.
    """
    for fault in FAULTS:
        foreign.fault(**fault)
    with started(foreign, tmp_path / "out", "--short", "--keep", tmp_path / "kept") as run:
        said, _ = run.communicate(timeout=400)
    assert run.returncode == kit.DONE, said
    assert foreign.left == set()
    (report,) = (tmp_path / "out").glob("*/report.json")
    told = json.loads(report.read_text())
    of_instance = {each["id"]: each for each in told["assumptions"] if each["side"] == "servicenow"}
    assert [each for each in of_instance.values() if each["standing"] == "broken"] == []
    assert {of_instance[name]["standing"] for name in ("journal-rows", "own-sys-id", "batch", "query-zone")} == {"held"}
    assert of_instance["event-travels"]["standing"] == "not askable"
    assert "| batch:" in report.with_suffix(".md").read_text()
    kept = (tmp_path / "kept" / "servicenow-itsm.json").read_text()
    assert not [
        word for word in (MARK, "aws_integration", "INC00", "System Administrator", "127.0.0.1") if word in kept
    ]
    for real in ANSWERS.glob("*.json"):
        assert differences(json.loads(real.read_text()), json.loads(kept)) == []


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_anywhere_the_next_run_takes_the_rest_away(foreign, tmp_path, ending):
    with started(foreign, tmp_path, "--short") as run:
        until(lambda: any(table == "incident" for table, _ in foreign.left))
        run.send_signal(ending)
        said, _ = run.communicate(timeout=60)
    assert run.returncode == (kit.INTERRUPTED if ending == signal.SIGINT else -ending), said
    assert bool(foreign.left) == (ending == signal.SIGKILL)
    with started(foreign, tmp_path, "--clean") as again:
        said, _ = again.communicate(timeout=60)
    assert again.returncode == kit.DONE, said
    assert foreign.left == set()


def test_a_creation_whose_answer_was_lost_is_found_by_its_mark(foreign, tmp_path):
    """Nobody knows its sys_id."""
    foreign.fault("reset-after", method="POST", table="incident")
    with pytest.raises(requests.ConnectionError):
        foreign.people.result("POST", "/api/now/table/incident", json={"short_description": f"{MARK} lost"})
    assert foreign.left != set()
    assert kit.run(foreign.given, tmp_path, None, short=True, only_clean=True) == kit.DONE
    assert foreign.left == set()


def test_what_the_instance_keeps_is_cancelled_marked_and_named_with_a_link(foreign, tmp_path):
    path = "/api/now/table/incident"
    sys_id = foreign.people.result("POST", path, json={"short_description": f"{MARK} kept"})["sys_id"]
    foreign.fault("403-acl", method="DELETE", table="incident", times=None)
    assert kit.run(foreign.given, tmp_path, None, short=True, only_clean=True) == kit.DONE
    link = f"{foreign.given.url}/nav_to.do?uri=incident.do?sys_id={sys_id}"
    assert link in (tmp_path / "report.md").read_text()
    row = foreign.people.result("GET", f"{path}/{sys_id}")
    assert (row["state"], row["correlation_display"]) == ("8", MARK)
    assert Ledger(tmp_path / "made.txt").entries() == [("incident", sys_id)]
    foreign.admin("DELETE", "faults")
    assert kit.run(foreign.given, tmp_path, None, short=True, only_clean=True) == kit.DONE
    assert foreign.left == set()


def test_people_of_the_day_act_and_look_by_the_api_alone(foreign):
    """The day itself needs the local system: `make contract-real` without `--short`."""
    day = ForeignPeople("", foreign.people, "incident")
    sys_id = day.new_incident(f"{MARK} day", "Made by a test.")
    day.edit(sys_id, work_notes="Key disabled.", correlation_id="arn:case/42")
    assert day.journal(sys_id) == ["Key disabled."]
    assert (day.case_of(sys_id), day.incident_of("42")["sys_id"]) == ("42", sys_id)
    assert (day.incident(sys_id)["state"], day.files(sys_id)) == (day.states["new"], [])
    assert day.incident_of("4") == {}
