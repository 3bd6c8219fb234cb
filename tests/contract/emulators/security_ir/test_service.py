"""What clients of Security Incident Response rely on, put to whatever answers: the emulator, or a real account.

With SECURITY_IR_CONTRACT_REAL=1 and AWS credentials these tests make self-managed cases and close them.
"""

import uuid

import pytest
import requests
from botocore.exceptions import ClientError

DETECTION, CONTAINMENT = "Detection and Analysis", "Containment, Eradication and Recovery"
UPLOAD = {"If-None-Match": "*", "Content-Type": "application/octet-stream"}


def refusal(call, **kwargs):
    """The error a call is refused with: HTTP status, code, and the whole answer."""
    with pytest.raises(ClientError) as refused:
        call(**kwargs)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer


def every(client, operation, member="items", **kwargs):
    return [item for page in client.get_paginator(operation).paginate(**kwargs) for item in page[member]]


def test_a_case_reads_back_as_it_was_created(client, create):
    case_id = create(
        title="Contract test: every member",
        watchers=[{"email": "soc@example.com", "name": "Ann", "jobTitle": "Analyst"}],
        impactedServices=["Amazon EC2"],
        impactedAwsRegions=[{"region": "us-east-1"}],
        threatActorIpAddresses=[{"ipAddress": "198.51.100.7", "userAgent": "curl"}],
    )
    case = client.get_case(caseId=case_id)
    assert (case["title"], case["caseStatus"], case["resolverType"]) == (
        "Contract test: every member",
        "Submitted",
        "Self",
    )
    assert case["watchers"] == [{"email": "soc@example.com", "name": "Ann", "jobTitle": "Analyst"}]
    assert case["impactedServices"] == ["Amazon EC2"]
    assert case["impactedAwsRegions"] == [{"region": "us-east-1"}]
    assert case["threatActorIpAddresses"] == [{"ipAddress": "198.51.100.7", "userAgent": "curl"}]
    assert case["reportedIncidentStartDate"].timestamp() == 1_767_323_045
    assert case["caseArn"].endswith(f":case/{case_id}")
    assert "caseId" not in case


def test_a_new_case_is_listed(client, create):
    case_id = create()
    listed = {item["caseId"]: item for item in every(client, "list_cases")}
    assert listed[case_id]["caseStatus"] == "Submitted"


def test_the_same_token_makes_one_case(client, create):
    token = str(uuid.uuid4())
    assert create(clientToken=token) == create(clientToken=token)
    assert refusal(create, clientToken=token, title="Another")[:2] == (409, "ConflictException")


def test_the_same_token_makes_one_comment(client, create):
    case_id, token = create(), str(uuid.uuid4())
    ids = {client.create_case_comment(caseId=case_id, body="Once", clientToken=token)["commentId"] for _ in range(2)}
    assert [comment["commentId"] for comment in every(client, "list_comments", caseId=case_id)] == list(ids)


def test_sixty_comments_come_in_pages_of_at_most_25_each_once(client, create):
    case_id = create()
    bodies = [f"Comment {index}" for index in range(60)]
    for body in bodies:
        client.create_case_comment(caseId=case_id, body=body)
    pages = list(client.get_paginator("list_comments").paginate(caseId=case_id))
    assert [len(page["items"]) for page in pages] == [25, 25, 10]
    assert {page["total"] for page in pages} == {60}
    assert sorted(item["body"] for page in pages for item in page["items"]) == sorted(bodies)


def test_a_broken_page_token_is_refused(client, create):
    status, code, _ = refusal(client.list_comments, caseId=create(), nextToken="broken")
    assert (status, code) == (423, "InvalidTokenException")


def test_a_comment_is_edited_in_place(client, create):
    case_id = create()
    comment_id = client.create_case_comment(caseId=case_id, body="First")["commentId"]
    answer = client.update_case_comment(caseId=case_id, commentId=comment_id, body="Second")
    assert (answer["commentId"], answer["body"]) == (comment_id, "Second")
    (comment,) = every(client, "list_comments", caseId=case_id)
    assert (comment["body"], comment["creator"]) == ("Second", comment["lastUpdatedBy"])
    assert comment["lastUpdatedDate"] >= comment["createdDate"]


def test_the_status_walks_legal_steps_and_refuses_a_jump(client, create):
    case_id = create()
    assert refusal(client.update_case_status, caseId=case_id, caseStatus=CONTAINMENT)[0] in {400, 409}
    for status in (DETECTION, CONTAINMENT):
        answer = client.update_case_status(caseId=case_id, caseStatus=status)
        assert (answer["caseStatus"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (status, 201)
    assert client.get_case(caseId=case_id)["caseStatus"] == CONTAINMENT


def test_closing_is_final(client, create):
    case_id = create()
    answer = client.close_case(caseId=case_id)
    assert answer["caseStatus"] == "Closed"
    case = client.get_case(caseId=case_id)
    assert (case["caseStatus"], case["closedDate"]) == ("Closed", answer["closedDate"])
    assert refusal(client.update_case_status, caseId=case_id, caseStatus=DETECTION)[0] in {400, 409}


def test_an_update_adds_and_removes(client, create):
    case_id = create(watchers=[{"email": "ann@example.com"}])
    client.update_case(
        caseId=case_id,
        title="Changed",
        watchersToAdd=[{"email": "bob@example.com"}],
        watchersToDelete=[{"email": "ann@example.com"}],
    )
    case = client.get_case(caseId=case_id)
    assert (case["title"], case["description"]) == ("Changed", "Made by an automated contract test.")
    assert [watcher["email"] for watcher in case["watchers"]] == ["bob@example.com"]


def test_a_wrong_member_is_named(client, create):
    status, code, answer = refusal(client.update_case, caseId=create(), impactedServicesToAdd=["EC2/VPC"])
    assert (status, code, answer["reason"]) == (400, "ValidationException", "FIELD_VALIDATION_FAILED")
    assert "impactedServicesToAdd" in answer["fieldList"][0]["name"]


def test_an_unknown_case_is_not_found(client):
    assert refusal(client.get_case, caseId="0000000000")[:2] == (404, "ResourceNotFoundException")


def test_tags_are_set_read_and_removed(client, create):
    case_id = create(tags={"servicenow:test": "incident/0"})
    arn = client.get_case(caseId=case_id)["caseArn"]
    client.tag_resource(resourceArn=arn, tags={"team": "blue & red"})
    tags = client.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == {"servicenow:test": "incident/0", "team": "blue & red"}
    client.untag_resource(resourceArn=arn, tagKeys=["team", "other"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"servicenow:test": "incident/0"}


def test_writes_leave_edits(client, create):
    case_id = create()
    client.create_case_comment(caseId=case_id, body="Hello")
    edits = every(client, "list_case_edits", caseId=case_id)
    assert any(edit["action"] == "Add comment" for edit in edits)


def test_a_fresh_case_has_no_investigations(client, create):
    assert every(client, "list_investigations", "investigationActions", caseId=create()) == []


def test_the_membership_is_active(client):
    members = every(client, "list_memberships")
    (active,) = [item for item in members if item["membershipStatus"] == "Active"]
    assert client.get_membership(membershipId=active["membershipId"])["membershipStatus"] == "Active"


def test_a_file_goes_up_with_exactly_the_three_headers_and_only_once(client, create):
    case_id = create()
    ask = {"caseId": case_id, "fileName": "evidence.txt", "contentLength": 5}
    url = client.get_case_attachment_upload_url(**ask)["attachmentPresignedUrl"]
    for headers in ({**UPLOAD, "Content-Type": "text/plain"}, {"Content-Type": UPLOAD["Content-Type"]}):
        assert requests.put(url, data=b"hello", headers=headers, timeout=10).status_code == 403
    assert requests.put(url, data=b"hello!", headers=UPLOAD, timeout=10).status_code == 403
    assert requests.put(url, data=iter([b"hello"]), headers=UPLOAD, timeout=10).status_code in {403, 411, 501}
    assert requests.put(url, data=b"hello", headers=UPLOAD, timeout=10).status_code == 200
    assert requests.put(url, data=b"hello", headers=UPLOAD, timeout=10).status_code == 412
    (attachment,) = client.get_case(caseId=case_id)["caseAttachments"]
    assert attachment["fileName"] == "evidence.txt"
    assert refusal(client.get_case_attachment_upload_url, **ask)[:2] == (409, "ConflictException")


@pytest.mark.parametrize("name", ["with space.txt", "umläut.txt", "a/b.txt", "x" * 256])
def test_a_file_name_outside_the_alphabet_is_refused(client, create, name):
    status, code, _ = refusal(client.get_case_attachment_upload_url, caseId=create(), fileName=name, contentLength=1)
    assert (status, code) == (400, "ValidationException")
