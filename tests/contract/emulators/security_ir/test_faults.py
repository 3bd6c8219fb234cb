"""Faults of calls: what a client sees, and whether the call took effect."""

import pytest
import requests
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

UPLOAD = {"If-None-Match": "*", "Content-Type": "application/octet-stream"}


@pytest.fixture
def case_id(emulator, create):
    return create()


def comments(emulator, case_id):
    return [each["body"] for each in emulator.case(case_id)["comments"]]


@pytest.mark.parametrize(
    ("rule", "error", "effect"),
    [
        ({"kind": "reset-before"}, ConnectionClosedError, False),
        ({"kind": "reset-after"}, ConnectionClosedError, True),
        ({"kind": "timeout"}, ReadTimeoutError, False),
        ({"kind": "timeout-after"}, ReadTimeoutError, True),
        ({"kind": "html"}, ClientError, False),
        ({"kind": "500"}, ClientError, False),
        ({"kind": "429"}, ClientError, False),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_fault_shows_as_what_it_is_and_strikes_once(emulator, case_id, rule, error, effect):
    client = emulator.client(read_timeout=0.5)
    emulator.fault(operation="CreateCaseComment", **rule)
    with pytest.raises(error):
        client.create_case_comment(caseId=case_id, body="Hello")
    assert comments(emulator, case_id) == (["Hello"] if effect else [])
    client.create_case_comment(caseId=case_id, body="Again")


def test_a_repeat_after_an_unseen_effect_makes_one_comment(emulator, case_id):
    client = emulator.client(retries={"mode": "standard", "total_max_attempts": 3})
    emulator.fault(operation="CreateCaseComment", kind="reset-after", times=2)
    answer = client.create_case_comment(caseId=case_id, body="Hello", clientToken="one")
    assert answer["commentId"] == "000000"
    assert comments(emulator, case_id) == ["Hello"]


@pytest.mark.parametrize("rule", [{"kind": "truncated"}, {"kind": "html", "status": 200}])
def test_a_broken_body_with_status_200_looks_like_an_empty_success_to_boto3(emulator, case_id, rule):
    """botocore swallows JSON it cannot parse: a client must ask for the members it needs."""
    emulator.fault(operation="GetCase", **rule)
    answer = emulator.client().get_case(caseId=case_id)
    assert set(answer) == {"ResponseMetadata"}


def test_latency_delays_and_changes_nothing(emulator, case_id):
    emulator.fault(operation="GetCase", kind="latency", latency_s=1.0)
    with pytest.raises(ReadTimeoutError):
        emulator.client(read_timeout=0.2).get_case(caseId=case_id)
    assert emulator.client().get_case(caseId=case_id)["caseStatus"] == "Submitted"


def test_every_request_can_be_slow(emulator, case_id):
    emulator.config(latency_s=0.5)
    with pytest.raises(ReadTimeoutError):
        emulator.client(read_timeout=0.1).get_case(caseId=case_id)


@pytest.mark.parametrize(("kind", "stored"), [("reset-before", []), ("reset-after", ["a.txt"]), ("500", [])])
def test_uploads_fail_too(emulator, case_id, kind, stored):
    client = emulator.client()
    ask = {"caseId": case_id, "fileName": "a.txt", "contentLength": 5}
    url = client.get_case_attachment_upload_url(**ask)["attachmentPresignedUrl"]
    emulator.fault(operation="PutAttachment", kind=kind)
    if kind == "500":
        assert requests.put(url, data=b"hello", headers=UPLOAD, timeout=10).status_code == 500
    else:
        with pytest.raises(requests.ConnectionError):
            requests.put(url, data=b"hello", headers=UPLOAD, timeout=10)
    assert [each["fileName"] for each in client.get_case(caseId=case_id)["caseAttachments"]] == stored


def test_a_download_breaks_off(emulator, case_id):
    content = b"x" * 100_000
    params = {"name": "a.bin"}
    attachment_id = emulator.admin("POST", f"/cases/{case_id}/attachments", params=params, data=content)["attachmentId"]
    emulator.fault(operation="GetAttachment", kind="truncated")
    ask = {"caseId": case_id, "attachmentId": attachment_id}
    url = emulator.client().get_case_attachment_download_url(**ask)["attachmentPresignedUrl"]
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _ = requests.get(url, timeout=10).content
    assert requests.get(url, timeout=10).content == content


def test_rules_are_listed_and_cleared(emulator):
    emulator.fault(operation="*", kind="500", times=None)
    assert [rule["kind"] for rule in emulator.admin("GET", "/faults")["rules"]] == ["500"]
    emulator.admin("DELETE", "/faults")
    emulator.client().list_cases()
    emulator.admin("POST", "/faults", json={"operation": "*", "kind": "nonsense"}, status=400)
