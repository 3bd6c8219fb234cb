"""The admin routes: the other side's people, the books, and the process that serves them."""

import json
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
import requests

ALICE = "arn:aws:iam::111122223333:user/alice"


@pytest.fixture
def case_id(emulator, create):
    return create()


def test_a_responder_works_a_case(emulator, client, case_id):
    """Everything only AWS can do, seen through the customer's API."""
    emulator.act(case_id, "status", status="Acknowledged")
    emulator.act(case_id, "pending-action", pendingAction="Customer")
    comment_id = emulator.act(case_id, "comment", body="Please confirm")["commentId"]
    emulator.act(case_id, "edit-comment", commentId=comment_id, body="Please confirm the owner")
    emulator.act(case_id, "fields", title="Renamed", impactedServices=["S3"], actualIncidentStartDate=1_767_000_000)
    emulator.act(case_id, "metadata", severity="high")
    emulator.admin("POST", f"/cases/{case_id}/attachments", params={"name": "report.pdf"}, data=b"%PDF")
    case = client.get_case(caseId=case_id)
    assert (case["caseStatus"], case["pendingAction"], case["title"]) == ("Acknowledged", "Customer", "Renamed")
    assert (case["impactedServices"], case["caseMetadata"]) == (["S3"], [{"key": "severity", "value": "high"}])
    assert case["actualIncidentStartDate"].timestamp() == 1_767_000_000
    (comment,) = client.list_comments(caseId=case_id)["items"]
    assert (comment["body"], comment["creator"]) == ("Please confirm the owner", "AWS Responder")
    (attachment,) = case["caseAttachments"]
    assert (attachment["fileName"], attachment["creator"]) == ("report.pdf", "AWS Responder")
    emulator.act(case_id, "status", status="Ready to Close")
    emulator.act(case_id, "close", closureCode="False Positive")
    case = client.get_case(caseId=case_id)
    assert (case["caseStatus"], case["closureCode"], case["pendingAction"]) == ("Closed", "False Positive", "None")
    emulator.admin("POST", f"/cases/{case_id}/status", json={"status": "Acknowledged"}, status=409)


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("status", {"status": "Reopened"}, 400),
        ("close", {"closureCode": "Because"}, 400),
        ("pending-action", {}, 400),
        ("comment", {"body": ""}, 400),
        ("edit-comment", {"body": "x", "commentId": "999999"}, 404),
        ("fields", {"caseStatus": "Closed"}, 400),
        ("fields", {"title": ""}, 400),
        ("investigation", {"investigationId": "7"}, 400),
        ("comment", {"body": "x", "as": "nobody"}, 400),
        ("scan", {"attachmentId": "x"}, 404),
        ("dance", {}, 404),
    ],
)
def test_an_act_that_cannot_be_is_refused(emulator, case_id, act, body, status):
    emulator.admin("POST", f"/cases/{case_id}/{act}", json=body, status=status)


def test_a_responder_opens_a_case_and_a_person_works_it_by_the_rules(emulator, client):
    case = {
        "resolverType": "AWS",
        "title": "Proactive finding",
        "description": "Found by triage.",
        "engagementType": "Security Incident",
        "reportedIncidentStartDate": 1_767_323_045,
        "impactedAccounts": ["111122223333"],
        "watchers": [],
    }
    case_id = emulator.admin("POST", "/cases", json=case)["caseId"]
    ask = {"as": ALICE, "input": {"caseId": case_id, "body": "Thank you"}}
    emulator.admin("POST", "/operations/CreateCaseComment", json=ask)
    assert client.list_comments(caseId=case_id)["items"][0]["creator"] == ALICE
    refused = {"as": ALICE, "input": {"caseId": case_id, "caseStatus": "Detection and Analysis"}}
    answer = emulator.admin("POST", "/operations/UpdateCaseStatus", json=refused, status=400)
    assert answer["code"] == "ValidationException"
    assert emulator.admin("POST", "/operations/CloseCase", json={"as": ALICE, "input": {"caseId": case_id}})


def test_the_state_holds_everything_there_is(emulator, client, case_id):
    client.create_case_comment(caseId=case_id, body="Hello")
    emulator.admin("POST", f"/cases/{case_id}/attachments", params={"name": "a.txt"}, data=b"hello")
    emulator.act(case_id, "tags", team="blue")
    (case,) = emulator.admin("GET", "/state")["cases"]
    assert (case["caseId"], case["tags"], len(case["comments"]), len(case["edits"])) == (
        case_id,
        {"team": "blue"},
        1,
        5,
    )
    (attachment,) = case["caseAttachments"]
    assert (attachment["sizeBytes"], attachment["sha256"][:8]) == (5, "2cf24dba")
    content = requests.get(
        f"{emulator.url}/_admin/cases/{case_id}/attachments/{attachment['attachmentId']}", timeout=10
    )
    assert content.content == b"hello"


def test_the_feed_tells_what_happened_by_number(emulator, client, create):
    start = emulator.admin("GET", "/changes")["last"]
    case_id = create()
    client.create_case_comment(caseId=case_id, body="Secret text")
    answer = emulator.admin("GET", f"/changes?since={start}&wait_s=5")
    assert [(change["kind"], change["caseId"]) for change in answer["changes"]] == [
        ("CaseCreated", case_id),
        ("CommentAdded", case_id),
    ]
    assert "Secret" not in json.dumps(answer)
    assert emulator.admin("GET", f"/changes?since={answer['last']}&wait_s=0.1")["changes"] == []
    emulator.admin("GET", "/changes?since=x", status=400)


def test_calls_are_counted_by_operation_and_outcome(emulator, client, create):
    case_id = create()
    client.get_case(caseId=case_id)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_case(caseId="0000000000")
    calls = emulator.admin("GET", "/calls")
    assert (calls["counts"], calls["total"]) == ({"CreateCase": 1, "GetCase": 2}, 3)
    assert calls["outcomes"]["GetCase"] == {"200": 1, "404": 1}
    assert calls["recent"][1]["caseId"] == case_id
    assert calls["recent"][1]["accessKeyId"] == "AKIDTEST"
    assert emulator.admin("GET", "/calls?recent=2")["recent"] == calls["recent"][1:]
    assert emulator.admin("GET", "/calls?recent=0") == {**calls, "recent": []}
    assert emulator.admin("DELETE", "/calls")["total"] == 0


def test_seeds_plant_days_numbers_and_given_cases(emulator, client):
    assert len(emulator.admin("POST", "/seed")["caseIds"]) == 2
    assert len(emulator.admin("POST", "/seed", json={"count": 60})["caseIds"]) == 60
    given = {
        "title": "Given",
        "status": "Closed",
        "closureCode": "Duplicate",
        "comments": [{"body": "Hello", "as": ALICE}],
        "attachments": [{"fileName": "a.txt", "text": "hello"}],
        "tags": {"a": "b"},
    }
    (case_id,) = emulator.admin("POST", "/seed", json={"cases": [given]})["caseIds"]
    case = emulator.case(case_id)
    assert (case["title"], case["caseStatus"], case["closureCode"]) == ("Given", "Closed", "Duplicate")
    assert (case["comments"][0]["creator"], case["tags"]) == (ALICE, {"a": "b"})
    pages = list(client.get_paginator("list_cases").paginate())
    assert [len(page["items"]) for page in pages] == [25, 25, 13]


@pytest.mark.parametrize("ask", [{"count": "two"}, {"cases": [7]}, {"cases": [{"as": "nobody"}]}, {"colour": "red"}])
def test_a_seed_that_cannot_be_planted_is_refused(emulator, ask):
    emulator.admin("POST", "/seed", json=ask, status=400)
    assert emulator.admin("GET", "/state")["cases"] == []


def test_a_reset_empties_cases_switches_and_faults(emulator, client, case_id):
    emulator.fault(operation="*", kind="500", times=None)
    emulator.config(latency_s=1)
    emulator.admin("POST", "/reset", json={"config": True})
    state = emulator.admin("GET", "/state")
    assert (state["cases"], state["faults"], state["config"]["latency_s"]) == ([], [], 0)
    assert len(state["memberships"]) == 1
    assert client.list_cases()["total"] == 0


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("GET", "/reset"), ("GET", "/cases/0000000000")])
def test_what_is_not_there_is_said(emulator, method, path):
    assert "error" in emulator.admin(method, path, status=404)


def listen(admin):
    """Until the process ends, which may be before it has heard the question."""
    with suppress(requests.ConnectionError):
        requests.get(f"{admin}/changes?since=9&wait_s=30", timeout=60)


def test_the_process_says_where_it_is_and_ends_when_told_although_somebody_listens():
    command = [
        sys.executable,
        "-m",
        "integration.emulators.security_ir",
        "--region",
        "eu-central-1",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline())
            assert requests.get(ready["admin"], timeout=10).json()["region"] == "eu-central-1"
            listener = threading.Thread(target=listen, args=(ready["admin"],))
            listener.start()
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        listener.join()
        assert (process.stdout.read(), process.stderr.read()) == ("", "")
