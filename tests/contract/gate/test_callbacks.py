"""Each answer over HTTP, to a system that checks signature and token: taken, doubled, late, lost, refused."""

from __future__ import annotations

import pytest

from integration.changes.gate.callbacks import DELIVERED, GONE
from integration.changes.gate.waiter import Answer
from integration.clients.errors import Misconfigured, Refused, RemoteError, Unavailable
from integration.emulators.kit.line import KINDS as LINE
from tests.contract.gate.begun import KINDS, of_aws
from tests.contract.gate.conftest import ENVIRONMENT, Members, waiter

YES, NO = (
    Answer(True, "CHG0030001 is approved", "CHG0030001"),
    Answer(False, "ada said no: not on Friday", "CHG0030001"),
)
OF_AWS = {"codepipeline", "step-functions"}
OVER_HTTP = sorted(set(KINDS) - {"codepipeline", "task"})


@pytest.fixture
def begun(request, url, people, out, secrets):
    return KINDS[request.param](url, people, out, secrets)


def whole(answers):
    return " ".join(str(value) for each in answers for value in each.values())


@pytest.mark.parametrize("begun", KINDS, indirect=True)
@pytest.mark.parametrize("answer", [YES, NO], ids=["approved", "rejected"])
def test_an_answer_arrives_in_the_systems_own_words(begun, answer):
    """With the reason, where the system shows one."""
    assert begun.callback(begun.waiter, answer) == DELIVERED
    [said] = begun.said()
    assert begun.words[answer.approved] in said.values()
    if begun.operation != "AzureEvent":
        assert answer.reason in whole([said])


@pytest.mark.parametrize("begun", KINDS, indirect=True)
def test_a_second_answer_counts_as_delivered_and_changes_nothing(begun):
    """Whoever died before it was remembered sends it again; that it is done already is no error."""
    begun.callback(begun.waiter, YES)
    assert begun.callback(begun.waiter, NO) == GONE
    assert len(begun.said()) == 1


@pytest.mark.parametrize("begun", KINDS, indirect=True)
@pytest.mark.parametrize("kind", ["reset-after", "timeout-after"])
def test_an_answer_whose_reply_was_lost_is_sent_again_without_a_second_effect(begun, people, monkeypatch, kind):
    monkeypatch.setattr("integration.changes.gate.outbound.TIMEOUT_S", 0.2)
    people.fault(operation=begun.operation, kind=kind, hold_s=0.5)
    with pytest.raises(Unavailable):
        begun.callback(begun.waiter, YES)
    assert begun.callback(begun.waiter, YES) in {GONE, DELIVERED}
    assert len(begun.said()) == 1


@pytest.mark.parametrize("begun", KINDS, indirect=True)
@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 429, "retry_after": "7"}], ids=str)
def test_a_busy_system_is_tried_again_later(begun, people, fault):
    people.fault(operation=begun.operation, kind="status", **fault)
    with pytest.raises(Unavailable) as raised:
        begun.callback(begun.waiter, YES)
    assert begun.said() == []
    if begun.waiter.kind not in OF_AWS:
        assert raised.value.retry_after_s == (7 if fault["status"] == 429 else None)
    assert begun.callback(begun.waiter, YES) == DELIVERED


@pytest.mark.parametrize("begun", OVER_HTTP, indirect=True)
@pytest.mark.parametrize("kind", [kind for kind in LINE if kind.endswith(("before", "timeout"))])
def test_an_answer_that_got_lost_on_its_way_is_tried_again(begun, people, monkeypatch, kind):
    monkeypatch.setattr("integration.changes.gate.outbound.TIMEOUT_S", 0.2)
    people.fault(operation=begun.operation, kind=kind, hold_s=0.5)
    with pytest.raises(Unavailable):
        begun.callback(begun.waiter, YES)
    assert begun.said() == []


@pytest.mark.parametrize("begun", OVER_HTTP, indirect=True)
@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_let_in_says_that_a_setting_is_wrong(begun, people, status):
    people.fault(operation=begun.operation, kind="status", status=status, times=2)
    with pytest.raises(Misconfigured, match="does not let the gate in"):
        begun.callback(begun.waiter, YES)


@pytest.mark.parametrize("begun", OVER_HTTP, indirect=True)
def test_a_redirect_is_not_followed(begun, people, url):
    """It would carry token and answer to whom nobody listed."""
    people.fault(operation=begun.operation, kind="redirect", location=f"{url}/hook/elsewhere")
    with pytest.raises(Refused, match="redirect"):
        begun.callback(begun.waiter, YES)
    assert begun.said() == []
    assert "Hook" not in people.send("GET", "calls")["counts"] or begun.operation == "Hook"


@pytest.mark.parametrize("begun", ["github", "gitlab", "azure", "url"], indirect=True)
@pytest.mark.parametrize("status", [400, 418])
def test_a_refusal_of_one_that_still_waits_is_told_as_one(begun, people, status):
    """Not taken for done: the pipeline waits, and somebody must look."""
    people.fault(operation=begun.operation, kind="status", status=status)
    with pytest.raises(Refused):
        begun.callback(begun.waiter, NO)
    assert begun.said() == []


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_run_of_github_that_waits_for_nothing_more_is_gone(url, people, out, secrets, status):
    people.send("PATCH", "config", json={"github_done_status": status})
    begun = KINDS["github"](url, people, out, secrets)
    begun.callback(begun.waiter, NO)
    assert begun.callback(begun.waiter, YES) == GONE


def test_an_installation_token_is_asked_for_once_and_again_when_it_is_not_taken(url, people, out, secrets, service):
    begun = KINDS["github"](url, people, out, secrets)
    begun.callback(begun.waiter, YES)
    begun.callback(begun.waiter, YES)
    assert people.send("GET", "calls")["counts"]["GitHubToken"] == 1
    service.installations["5"].tokens.clear()
    begun.callback(begun.waiter, YES)
    assert people.send("GET", "calls")["counts"]["GitHubToken"] == 2


def test_a_github_app_with_another_key_gets_no_token(url, people, out):
    from tests.keys import pem, rsa_key

    other = Members()
    other.members["github"]["private_key"] = pem(rsa_key("other")).decode()
    begun = KINDS["github"](url, people, out, other)
    with pytest.raises(Misconfigured):
        begun.callback(begun.waiter, YES)
    other.members["github"]["private_key"] = "no key"
    with pytest.raises(Misconfigured, match=r"github\.private_key"):
        begun.callback(begun.waiter, YES)


def test_a_repository_outside_the_installation_is_not_answered(url, people, out, secrets, service):
    begun = KINDS["github"](url, people, out, secrets)
    service.installations["5"].repositories = ("octo/other",)
    assert begun.callback(begun.waiter, YES) == GONE
    assert begun.said() == []


def test_gitlabs_job_is_started_once_it_is_approved_and_not_when_it_is_rejected(url, people, out, secrets):
    """Approval alone starts nothing there."""
    begun = KINDS["gitlab"](url, people, out, secrets)
    begun.callback(begun.waiter, YES)
    assert people.send("GET", "state")["jobs"]["9"]["status"] == "pending"
    again = KINDS["gitlab"](url, people, out, secrets)
    again.callback(again.waiter, NO)
    assert people.send("GET", "state")["jobs"]["9"]["status"] == "failed"


def test_gitlabs_job_that_was_approved_and_not_started_is_started_by_the_next_try(url, people, out, secrets):
    begun = KINDS["gitlab"](url, people, out, secrets)
    people.fault(operation="GitLabPlay", kind="status", status=500)
    with pytest.raises(Unavailable):
        begun.callback(begun.waiter, YES)
    assert begun.callback(begun.waiter, YES) == DELIVERED
    assert people.send("GET", "state")["jobs"]["9"]["status"] == "pending"


def test_azures_token_is_good_for_two_days(url, people, out, secrets):
    begun = KINDS["azure"](url, people, out, secrets)
    people.send("POST", "clock", json={"advance_s": 48 * 3600 + 1})
    with pytest.raises(Misconfigured):
        begun.callback(begun.waiter, YES)


def test_an_answer_signed_with_another_key_is_not_taken(url, people, out):
    begun = KINDS["url"](url, people, out, Members({"token": "x" * 43}))
    with pytest.raises(Misconfigured):
        begun.callback(begun.waiter, YES)
    assert begun.said() == []


def test_a_pipeline_shows_how_its_approval_stands(url, people, out, secrets):
    """A token while it waits; afterwards how it ended, with the reason."""
    begun, client = KINDS["codepipeline"](url, people, out, secrets), of_aws("codepipeline", url)

    def stands():
        [stage] = client.get_pipeline_state(name="shop")["stageStates"]
        [action] = stage["actionStates"]
        return action["latestExecution"]

    assert stands() == {"status": "InProgress", "token": begun.waiter.secret}
    begun.callback(begun.waiter, NO)
    assert stands() == {"status": "Failed", "summary": NO.reason}
    with pytest.raises(client.exceptions.PipelineNotFoundException):
        client.get_pipeline_state(name="other")


def test_a_tasks_token_counts_until_it_is_answered(url, people, out, secrets):
    begun, client = KINDS["task"](url, people, out, secrets), of_aws("stepfunctions", url)
    client.send_task_heartbeat(taskToken=begun.waiter.secret)
    begun.callback(begun.waiter, YES)
    with pytest.raises(client.exceptions.TaskTimedOut):
        client.send_task_heartbeat(taskToken=begun.waiter.secret)


@pytest.mark.parametrize("begun", ["codepipeline", "task"], indirect=True)
def test_a_wait_on_aws_that_ended_takes_no_answer_any_more(begun, people):
    people.send("POST", "clock", json={"advance_s": 8 * 86_400})
    assert begun.callback(begun.waiter, YES) == GONE
    assert begun.said() == []


@pytest.mark.parametrize("begun", ["codepipeline", "task"], indirect=True)
def test_a_right_that_is_missing_on_aws_is_a_setting(begun, people):
    for operation in ("PutApprovalResult", "SendTaskFailure"):
        people.fault(operation=operation, kind="status", status=403, times=1)
    with pytest.raises(RemoteError) as raised:
        begun.callback(begun.waiter, NO)
    assert not isinstance(raised.value, Unavailable)
    assert begun.said() == []


def test_a_long_reason_is_cut_where_the_system_takes_no_more(url, people, out, secrets):
    begun = KINDS["github"](url, people, out, secrets)
    assert begun.callback(begun.waiter, Answer(False, "word " * 900, "CHG1")) == DELIVERED
    [said] = begun.said()
    assert len(said["comment"]) == 1024
    assert said["environment_name"] == ENVIRONMENT


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/elsewhere", "https://other.example/hook", "file:///etc/passwd"]
)
def test_an_address_on_no_list_is_not_called(out, secrets, address):
    from integration.changes.gate.callbacks.signed_url import SignedUrl

    with pytest.raises(Refused):
        SignedUrl(out, secrets)(waiter("url", {"url": address}), YES)
