"""HTTP around the operations: signatures, principals, statuses and headers, seen by a real client."""

import hashlib
import json
import threading
from datetime import UTC, datetime

import pytest
import requests
from botocore.exceptions import ClientError

ALICE = "arn:aws:iam::111122223333:user/alice"
CLIENT_ROLE = "arn:aws:sts::111122223333:assumed-role/ClientRole/SecurityIncidentResponseClient"
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=" + "0" * 64
)
UPLOAD = {"If-None-Match": "*", "Content-Type": "application/octet-stream"}


def case_of(**changes):
    return {
        "resolverType": "Self",
        "title": "Title",
        "description": "Description",
        "engagementType": "Security Incident",
        "reportedIncidentStartDate": datetime(2026, 11, 21, 12, tzinfo=UTC),
        "impactedAccounts": [],
        "watchers": [],
    } | changes


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "MissingAuthenticationTokenException"),
        ({"Authorization": "Bearer x"}, "InvalidSignatureException"),
        ({"Authorization": SIGNED.format("events")}, "InvalidSignatureException"),
    ],
)
def test_a_request_not_signed_for_the_service_is_refused(emulator, headers, code):
    answer = requests.post(f"{emulator.url}/v1/list-cases", headers=headers, timeout=10)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (403, code)


def test_answers_carry_a_request_id_and_plain_json_times(emulator):
    """Epoch seconds with a fraction, as a number."""
    case_id = emulator.client().create_case(**case_of())["caseId"]
    headers = {"Authorization": SIGNED.format("security-ir")}
    answer = requests.get(f"{emulator.url}/v1/cases/{case_id}/get-case", headers=headers, timeout=10)
    assert isinstance(answer.json()["createdDate"], float)
    assert len(answer.headers["x-amzn-RequestId"]) == 36
    assert answer.headers["x-amz-apigw-id"]


@pytest.mark.parametrize("arn_form", ["{}", "quoted"])
def test_a_decoded_arn_is_served_too(emulator, arn_form):
    client = emulator.client()
    case_id = client.create_case(**case_of(tags={"a": "b"}))["caseId"]
    arn = client.get_case(caseId=case_id)["caseArn"]
    path = arn if arn_form == "{}" else requests.utils.quote(arn, safe="")
    headers = {"Authorization": SIGNED.format("security-ir")}
    assert requests.get(f"{emulator.url}/v1/tags/{path}", headers=headers, timeout=10).json() == {"tags": {"a": "b"}}


def test_the_principal_of_the_plane_is_the_creator(emulator):
    as_role, as_account = emulator.client(principal=CLIENT_ROLE), emulator.client()
    case_id = as_role.create_case(**case_of())["caseId"]
    as_role.create_case_comment(caseId=case_id, body="role")
    as_account.create_case_comment(caseId=case_id, body="account")
    emulator.config(principals={"AKIDALICE": ALICE})
    emulator.client(access_key="AKIDALICE").update_case_comment(caseId=case_id, commentId="000001", body="alice")
    comments = {each["body"]: each for each in as_role.list_comments(caseId=case_id)["items"]}
    assert comments["role"]["creator"] == CLIENT_ROLE
    assert (comments["alice"]["creator"], comments["alice"]["lastUpdatedBy"]) == ("111122223333", ALICE)
    with pytest.raises(ClientError, match="principal"):
        emulator.client(principal="nobody in particular").list_cases()


def test_every_error_of_the_model_reaches_the_client_typed(emulator):
    client = emulator.client()
    kinds = {
        "400": client.exceptions.ValidationException,
        "inactive": client.exceptions.SecurityIncidentResponseNotActiveException,
        "402": client.exceptions.ServiceQuotaExceededException,
        "403": client.exceptions.AccessDeniedException,
        "404": client.exceptions.ResourceNotFoundException,
        "409": client.exceptions.ConflictException,
        "423": client.exceptions.InvalidTokenException,
        "429": client.exceptions.ThrottlingException,
        "500": client.exceptions.InternalServerException,
    }
    for kind, error in kinds.items():
        emulator.fault(operation="ListCases", kind=kind, retry_after_s=7)
        with pytest.raises(error) as refused:
            client.list_cases()
        if kind in {"429", "500"}:
            assert refused.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"
    assert client.list_cases()["total"] == 0


def test_too_many_calls_are_throttled_per_operation(emulator):
    emulator.config(rate_limit_per_s=1)
    client = emulator.client()
    client.list_cases()
    with pytest.raises(client.exceptions.ThrottlingException):
        client.list_cases()
    client.list_memberships()
    emulator.clock.advance(1)
    client.list_cases()


def test_investigations_page_and_take_feedback(emulator):
    client = emulator.client()
    case_id = client.create_case(**case_of())["caseId"]
    ids = {emulator.act(case_id, "investigation", title=f"Step {index}")["investigationId"] for index in range(30)}
    pages = list(client.get_paginator("list_investigations").paginate(caseId=case_id))
    assert {each["investigationId"] for page in pages for each in page["investigationActions"]} == ids
    assert len(pages) == 2
    chosen = min(ids)
    client.send_feedback(caseId=case_id, resultId=chosen, usefulness="USEFUL", comment="Thanks")
    listed = [
        each
        for page in client.get_paginator("list_investigations").paginate(caseId=case_id)
        for each in page["investigationActions"]
    ]
    (feedback,) = [each["feedback"] for each in listed if "feedback" in each]
    assert (feedback["usefulness"], feedback["comment"]) == ("USEFUL", "Thanks")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.send_feedback(caseId=case_id, resultId="inv-0000000000", usefulness="USEFUL")


def test_a_resolver_changes_once(emulator):
    client = emulator.client()
    case_id = client.create_case(**case_of())["caseId"]
    answer = client.update_resolver_type(caseId=case_id, resolverType="AWS")
    assert (answer["resolverType"], answer["caseStatus"]) == ("AWS", "Submitted")
    with pytest.raises(client.exceptions.ConflictException):
        client.update_resolver_type(caseId=case_id, resolverType="Self")


def test_memberships_end_and_come_back(emulator):
    client = emulator.client()
    (item,) = client.list_memberships()["items"]
    named = {"membershipId": item["membershipId"]}
    team = [{"name": f"Person {n}", "jobTitle": "Analyst", "email": f"p{n}@example.com"} for n in "ab"]
    with pytest.raises(client.exceptions.ConflictException):
        client.create_membership(membershipName="second", incidentResponseTeam=team)
    client.update_membership(
        **named,
        membershipName="renamed",
        membershipAccountsConfigurationsUpdate={"organizationalUnitsToAdd": ["ou-abcd-12345678"]},
    )
    client.cancel_membership(**named)
    membership = client.get_membership(**named)
    assert (membership["membershipName"], membership["membershipStatus"]) == ("renamed", "Cancelled")
    assert membership["membershipAccountsConfigurations"]["organizationalUnits"] == ["ou-abcd-12345678"]
    client.update_membership(**named, undoMembershipCancellation=True)
    assert client.get_membership(**named)["membershipStatus"] == "Active"
    details = client.batch_get_member_account_details(**named, accountIds=["111122223333", "999999999999"])
    assert ([each["accountId"] for each in details["items"]], len(details["errors"])) == (["111122223333"], 1)
    emulator.admin("PATCH", f"/memberships/{item['membershipId']}", json={"findings": {"findingsTriaged": 4}})
    window = {"startDate": datetime(2026, 11, 1, tzinfo=UTC), "endDate": datetime(2026, 11, 2, tzinfo=UTC)}
    assert client.get_finding_metrics(**named, **window)["findingsTriaged"] == 4


def test_an_inactive_membership_stops_everything(emulator):
    client = emulator.client()
    (item,) = client.list_memberships()["items"]
    emulator.admin("PATCH", f"/memberships/{item['membershipId']}", json={"membershipStatus": "Terminated"})
    with pytest.raises(client.exceptions.SecurityIncidentResponseNotActiveException):
        client.list_cases()


def upload(client, case_id, name, content):
    ask = {"caseId": case_id, "fileName": name, "contentLength": len(content)}
    url = client.get_case_attachment_upload_url(**ask)["attachmentPresignedUrl"]
    assert requests.put(url, data=content, headers=UPLOAD, timeout=30).status_code == 200


def test_a_file_comes_back_byte_for_byte(emulator):
    client = emulator.client()
    case_id = client.create_case(**case_of())["caseId"]
    content = bytes(range(256)) * 12_000
    upload(client, case_id, "memory.dump", content)
    (listed,) = emulator.case(case_id)["caseAttachments"]
    assert (listed["sizeBytes"], listed["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    url = client.get_case_attachment_download_url(caseId=case_id, attachmentId=listed["attachmentId"])
    assert requests.get(url["attachmentPresignedUrl"], timeout=30).content == content


def test_a_file_waits_for_its_scan_and_malware_fails(emulator):
    client = emulator.client()
    emulator.config(scan_delay_s=None)
    case_id = client.create_case(**case_of())["caseId"]
    upload(client, case_id, "clean.txt", b"hello")
    eicar = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    upload(client, case_id, "virus.com", eicar)
    ids = {each["fileName"]: each["attachmentId"] for each in client.get_case(caseId=case_id)["caseAttachments"]}
    with pytest.raises(client.exceptions.ValidationException, match="still pending"):
        client.get_case_attachment_download_url(caseId=case_id, attachmentId=ids["clean.txt"])
    emulator.act(case_id, "scan")
    statuses = {
        each["fileName"]: each["attachmentStatus"] for each in client.get_case(caseId=case_id)["caseAttachments"]
    }
    assert statuses == {"clean.txt": "Verified", "virus.com": "Failed"}


def test_urls_expire(emulator):
    client = emulator.client()
    case_id = client.create_case(**case_of())["caseId"]
    ask = {"caseId": case_id, "fileName": "late.txt", "contentLength": 5}
    url = client.get_case_attachment_upload_url(**ask)["attachmentPresignedUrl"]
    emulator.admin("POST", "/clock", json={"advance_s": 901})
    answer = requests.put(url, data=b"hello", headers=UPLOAD, timeout=10)
    assert (answer.status_code, "expired" in answer.text) == (403, True)


def test_an_upload_broken_off_leaves_nothing(emulator):
    """The caller dies half way: no attachment, and the same URL still works."""
    client = emulator.client()
    case_id = client.create_case(**case_of())["caseId"]
    ask = {"caseId": case_id, "fileName": "half.txt", "contentLength": 10}
    url = client.get_case_attachment_upload_url(**ask)["attachmentPresignedUrl"]

    class Half:
        """Promises ten bytes and dies after five."""

        def __init__(self):
            self.given = False

        def __len__(self):
            return 10

        def read(self, *_):
            if self.given:
                raise OSError("the caller died")
            self.given = True
            return b"hello"

    with pytest.raises(OSError, match="died"):
        requests.put(url, data=Half(), headers=UPLOAD, timeout=10)
    assert client.get_case(caseId=case_id)["caseAttachments"] == []
    assert requests.put(url, data=b"0123456789", headers=UPLOAD, timeout=10).status_code == 200


def test_callers_in_parallel_lose_nothing(emulator):
    case_id = emulator.client().create_case(**case_of())["caseId"]

    def write(number):
        client = emulator.client()
        for index in range(10):
            client.create_case_comment(caseId=case_id, body=f"{number}/{index}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = {each["body"] for each in emulator.case(case_id)["comments"]}
    assert bodies == {f"{number}/{index}" for number in range(4) for index in range(10)}


def test_errors_name_the_wrong_members_on_the_wire(emulator):
    headers = {"Authorization": SIGNED.format("security-ir")}
    answer = requests.post(
        f"{emulator.url}/v1/create-case", data=json.dumps({"title": ""}), headers=headers, timeout=10
    )
    assert answer.headers["x-amzn-ErrorType"] == "ValidationException"
    names = {field["name"] for field in answer.json()["fieldList"]}
    assert {"/title", "/description", "/watchers"} <= names
