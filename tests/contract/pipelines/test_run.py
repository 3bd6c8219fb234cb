"""`change run` from end to end: one change, one deployment, its true result."""

from __future__ import annotations

import json

import pytest

from integration.changes import reconciler
from integration.operations.waiting import until
from tests.contract.pipelines.conftest import PATIENCE_S, SECRET, STANDARD, WISH

CLOSED, NEW = "3", "-5"


def test_a_standard_change_deploys_and_is_closed(change, instance, outputs, tmp_path):
    instance.config(change_worker_delay_s=0.0, change_flow_delay_s=0.0)
    done = change("run", *STANDARD, "--json", "--", "sh", "-c", "echo $CHANGE_NUMBER $CHANGE_SYS_ID > seen")
    assert done.exit_code == 0, done.stderr
    row = instance.change(done.document["number"])
    assert (row["state"], row["close_code"]) == (CLOSED, "successful")
    assert (tmp_path / "seen").read_text() == f"{row['number']} {row['sys_id']}\n"
    assert outputs() == {
        "CHANGE_SYS_ID": row["sys_id"], "CHANGE_NUMBER": row["number"], "CHANGE_URL": done.document["url"],
        "CHANGE_OUTCOME": "successful", "CHANGE_RECORDED": "true", "CHANGE_STARTED": "true",
        "CHANGE_COMMAND_EXIT": "0",
    }  # fmt: skip
    assert row["number"] in (tmp_path / "summary").read_text()
    assert done.stderr.endswith(f"the command ended with 0, as {row['number']} says: successful\n")
    assert set(done.document["seconds"]) == {"created", "waited", "command", "recorded"}
    calls = done.document["calls"]
    assert (calls["failed"], calls["count"]) == (0, 9), "eight, and one for names"


@pytest.mark.usefixtures("approving")
def test_a_normal_change_waits_for_people(change, instance, tmp_path):
    (tmp_path / "results.xml").write_text("<tests/>")
    done = change("run", *WISH, "--attachment", "Test Results=results.xml", "--json", "--", "touch", "deployed")
    assert done.exit_code == 0, done.stderr
    row = instance.change(done.document["number"])
    assert (row["state"], row["close_code"], row["approval"]) == (CLOSED, "successful", "approved")
    assert instance.files(row["sys_id"]) == {"Test Results.xml"}
    assert (tmp_path / "deployed").exists()


@pytest.mark.parametrize("code", [7, 3])
def test_a_failed_deployment_keeps_its_code_and_is_closed_as_failed(change, instance, code):
    """Also one that would be a refusal of ours, after which comes something else."""
    done = change("run", *STANDARD, "--json", "--", "sh", "-c", f"exit {code}")
    document = done.document
    assert (done.exit_code, document["outcome"], document["command_exit"]) == (code, "unsuccessful", code)
    assert f"the command ended with {code}, as {document['number']} says: unsuccessful\nNext: look" in done.stderr
    assert instance.change(document["number"])["close_code"] == "unsuccessful"


def test_a_code_that_would_mean_ours_is_told_apart(change, outputs):
    done = change("run", *STANDARD, "--", "sh", "-c", "exit 82")
    assert done.exit_code == 1
    assert (outputs()["CHANGE_COMMAND_EXIT"], outputs()["CHANGE_STARTED"]) == ("82", "true")


def test_a_rejection_ends_it_with_who_and_why(change, instance, meanwhile, tmp_path):
    """A person rejects as soon as asked; the words are foreign text."""

    def reject():
        (row,) = until(lambda: [each for each in instance.of_run(tmp_path.name) if each["approval"] == "requested"])
        instance.people.on_change("christen.mitchell", "reject", row["sys_id"], comments="::error::not\n##[x]today")

    person = meanwhile(reject)
    done = change("run", *WISH, "--timeout", PATIENCE_S, "--json", "--", "touch", "deployed")
    person.join()
    assert done.exit_code == 80, done.stderr
    assert "Christen Mitchell" in done.document["reason"]
    assert "##[" not in done.output
    assert not any(line.strip().startswith("::") for line in done.output.splitlines())
    assert not (tmp_path / "deployed").exists()


def test_a_re_run_after_success_makes_a_change_of_its_own(change, instance):
    first, again = (change("run", *STANDARD, "--json", "--", "true") for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.document["number"] != again.document["number"]
    assert instance.change(again.document["number"])["state"] == CLOSED


def test_a_re_run_of_one_that_still_waits_goes_on_with_it(change, instance):
    """Timed out: the change stays, and the next try finds it."""
    first = change("run", *WISH, "--timeout", "1", "--json", "--", "true")
    again = change("run", *WISH, "--timeout", "1", "--json", "--", "true", GITHUB_RUN_ATTEMPT="2")
    assert (first.exit_code, again.exit_code) == (82, 82), again.stderr
    assert first.document["number"] == again.document["number"]
    assert "Next: a re-run goes on with the same change" in first.stderr


STRICT = {"by default": ([], 0), "strict": (["--strict"], 86)}


@pytest.mark.parametrize("how", STRICT)
def test_what_deployed_and_cannot_be_recorded_is_told_and_settled_later(change, instance, outputs, monkeypatch, how):
    """The deployment is what it is; a failed one would keep its own code."""
    words, code = STRICT[how]
    monkeypatch.setattr(reconciler, "OWED_S", 0.5)
    broken = {"kind": "500", "method": "PATCH", "path": "/api/*", "times": None}
    monkeypatch.setenv("BREAK", json.dumps(broken))
    script = f"curl -sf -XPOST {instance.people.url}/faults -H 'Content-Type: application/json' -d \"$BREAK\""
    done = change("run", *STANDARD, *words, "--json", "--", "sh", "-c", script)
    assert done.exit_code == code, done.stderr
    assert "change settle" in done.stderr
    assert (outputs()["CHANGE_RECORDED"], outputs()["CHANGE_COMMAND_EXIT"]) == ("false", "0")
    instance.people.send("DELETE", "faults")
    settled = change("settle", *STANDARD[:2], *STANDARD[4:10], "--outcome", "successful")
    assert settled.exit_code == 0, settled.stderr
    assert instance.change(done.document["number"])["close_code"] == "successful"


def test_the_log_goes_to_the_record_without_secrets(change, instance, monkeypatch):
    monkeypatch.setenv("NPM_TOKEN", "npm-0123456789")
    script = "printf '%s' a-secret-of; sleep 0.1; echo -the-pipeline; echo token $NPM_TOKEN"
    done = change("run", *STANDARD, "--attach-log", "--json", "--", "sh", "-c", script)
    assert done.exit_code == 0, done.stderr
    sys_id = done.document["sys_id"]
    assert instance.files(sys_id) == {"command.log"}
    text = json.dumps(instance.people.tables("sys_attachment_doc", "sys_attachment"))
    assert SECRET not in text
    assert "npm-0123456789" not in text


def test_the_command_sees_none_of_our_credentials(change, tmp_path):
    change("run", *STANDARD, "--", "sh", "-c", "env > seen")
    seen = (tmp_path / "seen").read_text()
    assert SECRET not in seen
    assert "SERVICENOW_CLIENT" not in seen
    assert "SERVICENOW_INSTANCE_ID" in seen
