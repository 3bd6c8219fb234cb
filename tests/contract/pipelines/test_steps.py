"""The steps one by one, and what a person or a chat sees of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from integration.changes import reconciler
from integration.operations.waiting import until
from tests.contract.pipelines.conftest import PROGRAM, STANDARD, WISH

TARGET = ("--app", "shop", "--version", "2.3.0", "--environment", "production")
FINDING = ("--app", "shop", "--environment", "production")


@pytest.mark.usefixtures("approving")
def test_a_change_goes_through_every_step_by_its_outputs(change, instance, outputs, tmp_path):
    """Each finds it by CHANGE_SYS_ID, as a later job has it in its environment."""
    (tmp_path / "smoke.xml").write_text("<tests/>")
    assert change("create", *WISH).exit_code == 0
    number = outputs()["CHANGE_NUMBER"]
    told = {"CHANGE_SYS_ID": outputs()["CHANGE_SYS_ID"]}
    steps = [
        ("wait",), ("start",), ("note", "Half of ${REGION} is done"), ("attach", "Smoke test=smoke.xml"),
        ("close", "--exit-code", "0"),
    ]  # fmt: skip
    codes = [change(*words, **told, REGION="Europe").exit_code for words in steps]
    assert codes == [0] * len(steps)
    row = instance.change(number)
    assert (row["state"], row["close_code"]) == ("3", "successful")
    assert any("Half of Europe is done" in note for note in instance.notes(row["sys_id"]))
    assert instance.files(row["sys_id"]) == {"Smoke test.xml"}


TEXTS = {
    "short_description": "Deploy shop v2.3.0", "description": "What else", "implementation_plan": "Via Helm chart",
    "backout_plan": "Rollback to v2.2.0", "test_plan": "Unit tests passed", "justification": "New features",
}  # fmt: skip


def test_what_is_asked_for_stands_on_the_record(change, instance):
    """Each text, names as the records they stand for, labels and numbers as the values of their choices. And each call
    is said.
    """
    parent = change("create", *STANDARD, "--key", "parent", "--json").document["number"]
    words = [word for name, text in TEXTS.items() for word in (f"--{name.replace('_', '-')}", text)]
    done = change(
        "create", *TARGET, *words, "--assignment-group", "DevOps Team", "--cmdb-ci", "prod-k8s-cluster", "--type",
        "normal", "--priority", "1 - Critical", "--risk", "low", "--impact", "2", "--parent-change", parent,
        "--json", "--verbose",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    row = instance.change(done.document["number"])
    assert {name: row[name] for name in TEXTS} == TEXTS
    assert (row["type"], row["priority"], row["risk"], row["impact"]) == ("normal", "1", "4", "2")
    named = {"assignment_group": "sys_user_group", "cmdb_ci": "cmdb_ci"}
    names = [instance.people.rows(table, sys_id=row[column])[0]["name"] for column, table in named.items()]
    assert names == ["DevOps Team", "prod-k8s-cluster"]
    assert instance.change(parent)["sys_id"] == row["parent"]
    assert done.stderr.count("change_request: ok, ") >= 3
    assert done.document["calls"]["count"] == done.stderr.count(": ok, ")


def test_a_step_finds_the_change_of_its_run_or_says_there_is_none(change):
    assert change("wait", *TARGET).exit_code == 85
    made = change("create", *WISH, "--json").document
    assert change("status", *FINDING, "--json").document["changes"][0]["number"] == made["number"]
    assert change("status", "--change", made["number"], "--json").document["changes"][0]["sys_id"] == made["sys_id"]
    assert made["number"] in change("status", *FINDING).stdout
    assert change("status", "--change", "CHG9999999").exit_code == 2
    assert change("status", "--app", "other", "--environment", "production").exit_code == 1


def test_a_later_job_needs_no_file_of_the_one_that_made_the_change(change, tmp_path):
    """The same file tells both what is deployed; the evidence stayed on another runner."""
    (tmp_path / "results.xml").write_text("<tests/>")
    wish = (*WISH[:6], "--file", "change.toml")
    (tmp_path / "change.toml").write_text('assignment_group = "DevOps Team"\nattachments = ["results.xml"]\n')
    assert change("create", *wish).exit_code == 0
    (tmp_path / "results.xml").unlink()
    done = change("wait", *wish, "--timeout", "1", "--json")
    assert (done.exit_code, done.document["outcome"]) == (82, "timed_out"), done.stderr


def test_what_is_not_approved_is_not_started(change, instance):
    made = change("create", *WISH, "--json").document
    done = change("start", *TARGET, "--json")
    assert done.exit_code == 85, done.stderr
    assert instance.change(made["number"])["state"] == "-4"


def test_a_cancelled_change_has_its_reason(change, instance):
    made = change("create", *WISH, "--json").document
    assert change("cancel", *FINDING, "--reason", "The release of ${WHO} was withdrawn", WHO="Anna").exit_code == 0
    assert instance.change(made["number"])["state"] == "4"
    assert any("release of Anna" in note for note in instance.notes(made["sys_id"]))


def test_a_rollback_has_a_change_of_its_own_under_the_failed_one(change, instance, tmp_path):
    """Pattern five: the failed one is closed as that, the rollback as successful."""
    failed = change("run", *STANDARD, "--json", "--", "false").document
    done = change("rollback", *STANDARD, "--json", "--", "touch", "back")
    assert done.exit_code == 0, done.stderr
    row = instance.change(done.document["number"])
    assert (row["parent"], row["close_code"]) == (failed["sys_id"], "successful")
    assert instance.change(failed["number"])["close_code"] == "unsuccessful"
    assert (tmp_path / "back").exists()


def test_without_a_failed_one_there_is_nothing_to_roll_back(change, tmp_path):
    done = change("rollback", *STANDARD, "--", "touch", "back")
    assert done.exit_code == 3
    assert "nothing to roll back" in done.stderr
    assert not (tmp_path / "back").exists()


def test_a_window_is_shown_before_anything_is_built(change, instance):
    before = len(instance.changes())
    done = change("window", "--cmdb-ci", "payments-api", "--duration", "1800", "--json")
    assert (done.exit_code, done.document["outcome"]) == (0, "ready"), done.stderr
    assert change("window", "--cmdb-ci", "nothing").exit_code == 3
    assert change("window").exit_code == 2
    assert len(instance.changes()) == before


def test_check_tells_what_a_pipeline_lacks(change, instance):
    good = change("check", *WISH)
    assert good.exit_code == 0, good.output
    bad = change("check", "--assignment-group", "Database", "--json")
    assert (bad.exit_code, bad.document["checks"][-1]["state"]) == (1, "fail")
    instance.config(change_api=False)
    assert change("check", "--json").exit_code == 0
    without = change("check", "--json", SERVICENOW_CLIENT_SECRET="wrong")
    assert [each["state"] for each in without.document["checks"]] == ["fail"]


# ---------------------------------------------------------------------------------------------------- people meanwhile
@pytest.mark.parametrize("how", ["finish", "terminate"])
def test_a_change_withdrawn_while_the_command_runs(change, instance, meanwhile, monkeypatch, tmp_path, how):
    """It is told, and by default let end: a deployment cut in the middle helps nobody."""
    monkeypatch.setattr(reconciler, "RUNNING_S", 0.1)

    def hold():
        until((tmp_path / "there").exists)
        (row,) = instance.of_run(tmp_path.name)
        instance.people.on_change("christen.mitchell", "hold", row["sys_id"], reason="Freeze ##vso[x]")
        until(lambda: how == "terminate" or instance.notes(row["sys_id"]))
        (tmp_path / "go").touch()

    person = meanwhile(hold)
    script = "touch there; while [ ! -f go ]; do sleep 0.05; done; sleep 0.6; touch whole"
    done = change("run", *STANDARD, "--on-withdrawn", how, "--json", "--", "sh", "-c", script)
    person.join()
    assert done.exit_code == 84, done.stderr
    assert (tmp_path / "whole").exists() == (how == "finish")
    assert "Freeze" in done.output
    assert "##vso" not in done.output


@pytest.mark.usefixtures("approving")
def test_where_rules_let_no_state_be_written_people_move_it(change, instance, meanwhile, tmp_path):
    instance.config(change_steps="none")
    over = threading.Event()

    def move():
        while not over.is_set():
            for row in instance.of_run(tmp_path.name):
                steps = {"-5": "-4", "-2": "-1"}
                if row["state"] in steps:
                    instance.people.on_change("christen.mitchell", "move", row["sys_id"], state=steps[row["state"]])
            over.wait(0.1)

    person = meanwhile(move)
    done = change("run", *WISH, "--moves", "people", "--json", "--", "touch", "deployed")
    over.set()
    person.join()
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "deployed").exists()
    assert instance.change(done.document["number"])["close_code"] == "successful"


class Chat(BaseHTTPRequestHandler):
    heard: list[str] = []  # noqa: RUF012 - emptied by the fixture

    def do_POST(self):
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def chat():
    """Its address, and what it heard."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Chat)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    Chat.heard.clear()
    yield f"http://127.0.0.1:{server.server_port}/services/T0/B0/s3cret", Chat.heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_emergency_calls_somebody_at_once(change, instance, chat):
    """Pattern two: urgent values, 300 s, a justification, and the chat hears the number and its link; then the end."""
    url, heard = chat
    done = change(
        "run", *WISH, "--emergency", "--justification", "Closes ${CVE_ID}", "--short-description", "Patch ${CVE_ID}",
        "--timeout", "1", "--json", "--", "touch", "deployed", CVE_ID="CVE-2026-1", CHANGE_NOTIFY_URL=url,
    )  # fmt: skip
    assert done.exit_code == 82, done.stderr
    row = instance.change(done.document["number"])
    assert (row["type"], row["priority"], row["short_description"]) == ("emergency", "1", "EMERGENCY: Patch CVE-2026-1")
    asked, ended = heard
    assert row["number"] in asked
    assert row["sys_id"] in asked
    assert "timed_out" in ended
    assert "s3cret" not in done.output


def test_who_takes_the_steps_one_by_one_calls_somebody_as_well(change, chat):
    url, heard = chat
    made = change("create", *WISH, "--json", CHANGE_NOTIFY_URL=url).document
    change("create", *WISH, "--part", "2/2", CHANGE_NOTIFY_URL=url)
    assert len(heard) == 1, "the other jobs of the run call nobody again"
    assert made["number"] in heard[0]
    assert change("wait", *TARGET, "--timeout", "1", CHANGE_NOTIFY_URL=url).exit_code == 82
    assert "timed_out" in heard[1]


def test_a_creation_that_failed_calls_somebody_too(change, chat):
    url, heard = chat
    assert change("run", *WISH, "--cmdb-ci", "nothing", "--", "true", CHANGE_NOTIFY_URL=url).exit_code == 3
    assert len(heard) == 1
    assert "nothing" in heard[0]


# -------------------------------------------------------------------------------------------------------- large files
def test_sixty_megabytes_stream_through(environ, instance, tmp_path, change):
    """The whole program, within 100 MiB at its peak."""
    instance.properties({"com.glide.attachment.max_size": "100"})
    with (tmp_path / "large.bin").open("wb") as file:
        os.truncate(file.fileno(), 60 * 1024 * 1024)
    made = change("create", *WISH, "--json").document
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)\n"
        "sys.exit(done.returncode)"
    )
    words = [sys.executable, "-c", code, *PROGRAM, "attach", "large.bin", "--change", made["sys_id"]]
    done = subprocess.run(words, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stderr.split()[-1]) < 100 * 1024
    assert instance.files(made["sys_id"]) == {"large.bin"}
