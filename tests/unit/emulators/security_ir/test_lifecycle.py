"""What may follow what in the life of a case."""

import pytest

from integration.emulators.security_ir.errors import ApiError
from integration.emulators.security_ir.people import ACTS
from integration.emulators.security_ir.records import RESPONDER

SUBMITTED, DETECTION = "Submitted", "Detection and Analysis"
CONTAINMENT, POST = "Containment, Eradication and Recovery", "Post-incident Activities"
SETTABLE = (SUBMITTED, DETECTION, CONTAINMENT, POST)
ALL = (*SETTABLE, "Acknowledged", "Ready to Close")
LEGAL = {
    (SUBMITTED, DETECTION), (DETECTION, CONTAINMENT), (DETECTION, POST), (CONTAINMENT, DETECTION), (CONTAINMENT, POST),
    (POST, CONTAINMENT), (POST, DETECTION),
}  # fmt: skip


def responder_sets(account, case_id, status):
    ACTS["status"](account.service, account.service.caller(RESPONDER), account.case(case_id), {"status": status})


@pytest.mark.parametrize("target", SETTABLE)
@pytest.mark.parametrize("start", ALL)
def test_a_customer_takes_only_the_documented_steps(account, start, target):
    case_id = account.create()
    account.case(case_id).fields["caseStatus"] = start
    if (start, target) in LEGAL:
        assert account("UpdateCaseStatus", caseId=case_id, caseStatus=target) == {"caseStatus": target}
    else:
        with pytest.raises(ApiError) as refused:
            account("UpdateCaseStatus", caseId=case_id, caseStatus=target)
        assert (refused.value.code, refused.value.members["reason"]) == ("ValidationException", "OTHER")
        assert account("GetCase", caseId=case_id)["caseStatus"] == start


def test_the_refusal_of_a_step_can_be_a_conflict_instead(account, service):
    service.switches.update({"status_refusal": "ConflictException"})
    with pytest.raises(ApiError) as refused:
        account("UpdateCaseStatus", caseId=account.create(), caseStatus=POST)
    assert refused.value.status == 409


def test_the_status_of_an_aws_supported_case_is_not_the_customers(account):
    case_id = account.create(resolverType="AWS")
    with pytest.raises(ApiError, match="CloseCase"):
        account("UpdateCaseStatus", caseId=case_id, caseStatus=DETECTION)
    assert account("CloseCase", caseId=case_id)["caseStatus"] == "Closed"


@pytest.mark.parametrize("status", ALL)
def test_a_case_closes_from_anywhere(account, status):
    case_id = account.create()
    if status != SUBMITTED:
        responder_sets(account, case_id, status)
    answer = account("CloseCase", caseId=case_id)
    assert answer == {"caseStatus": "Closed", "closedDate": account.clock()}


WRITES = {
    "UpdateCase": {"title": "Other"},
    "UpdateCaseStatus": {"caseStatus": DETECTION},
    "UpdateResolverType": {"resolverType": "AWS"},
    "CloseCase": {},
    "CreateCaseComment": {"body": "Hello"},
    "UpdateCaseComment": {"commentId": "000000", "body": "Hello"},
    "GetCaseAttachmentUploadUrl": {"fileName": "a.txt", "contentLength": 1},
}


@pytest.mark.parametrize("operation", WRITES)
def test_a_closed_case_refuses_writes_unless_switched(account, service, operation):
    case_id = account.create()
    account("CreateCaseComment", caseId=case_id, body="First")
    account("CloseCase", caseId=case_id)
    with pytest.raises(ApiError) as refused:
        account(operation, caseId=case_id, **WRITES[operation])
    assert (refused.value.code, refused.value.members["resourceId"]) == ("ConflictException", case_id)
    service.switches.update({"closed_refuses": []})
    if operation == "UpdateCaseStatus":
        with pytest.raises(ApiError, match="cannot go from Closed"):
            account(operation, caseId=case_id, **WRITES[operation])
    else:
        account(operation, caseId=case_id, **WRITES[operation])
    assert account("GetCase", caseId=case_id)["caseStatus"] == "Closed"


def test_a_closed_case_is_read_and_tagged(account):
    case_id = account.create()
    account("CloseCase", caseId=case_id)
    account("TagResource", resourceArn=account.case(case_id).arn, tags={"a": "b"})
    for operation in ("GetCase", "ListComments", "ListCaseEdits"):
        account(operation, caseId=case_id)


def test_a_responder_cannot_reopen(account):
    case_id = account.create()
    account("CloseCase", caseId=case_id)
    with pytest.raises(ApiError, match="closed"):
        responder_sets(account, case_id, DETECTION)


def test_the_resolver_goes_from_self_to_aws_and_never_back(account):
    case_id = account.create()
    with pytest.raises(ApiError, match="Self to AWS only"):
        account("UpdateResolverType", caseId=case_id, resolverType="Self")
    answer = account("UpdateResolverType", caseId=case_id, resolverType="AWS")
    assert answer == {"caseId": case_id, "caseStatus": SUBMITTED, "resolverType": "AWS"}
    for target in ("AWS", "Self"):
        with pytest.raises(ApiError, match="Self to AWS only"):
            account("UpdateResolverType", caseId=case_id, resolverType=target)


def test_lists_change_by_additions_and_removals(account):
    case_id = account.create(watchers=[{"email": "ann@example.com"}, {"email": "bob@example.com"}])
    account(
        "UpdateCase",
        caseId=case_id,
        watchersToAdd=[{"email": "cid@example.com"}, {"email": "ann@example.com", "name": "Ann"}],
        watchersToDelete=[{"email": "bob@example.com"}, {"email": "nobody@example.com"}],
        impactedServicesToAdd=["EC2", "EC2"],
        impactedAccountsToDelete=["111122223333"],
    )
    case = account("GetCase", caseId=case_id)
    assert case["watchers"] == [{"email": "ann@example.com", "name": "Ann"}, {"email": "cid@example.com"}]
    assert (case["impactedServices"], case["impactedAccounts"]) == (["EC2"], [])


def test_the_last_region_stays_unless_switched(account, service):
    case_id = account.create()
    gone = {"caseId": case_id, "title": "Other", "impactedAwsRegionsToDelete": [{"region": "us-east-1"}]}
    with pytest.raises(ApiError, match="Region must remain"):
        account("UpdateCase", **gone)
    assert account("GetCase", caseId=case_id)["title"] == "Title", "a refused update changes nothing"
    service.switches.update({"last_region_stays": False})
    account("UpdateCase", **gone)
    assert account("GetCase", caseId=case_id)["impactedAwsRegions"] == []


def test_a_list_does_not_grow_beyond_what_get_case_can_show(account):
    case_id = account.create(watchers=[{"email": f"w{index}@example.com"} for index in range(30)])
    with pytest.raises(ApiError, match="at most 30 watchers"):
        account("UpdateCase", caseId=case_id, watchersToAdd=[{"email": "one.more@example.com"}])


def test_metadata_is_added_to_and_replaced_by_key(account):
    case_id = account.create()
    account("UpdateCase", caseId=case_id, caseMetadata=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}])
    account("UpdateCase", caseId=case_id, caseMetadata=[{"key": "a", "value": "2"}])
    assert account("GetCase", caseId=case_id)["caseMetadata"] == [
        {"key": "a", "value": "2"},
        {"key": "b", "value": "1"},
    ]


def test_comments_leave_the_date_of_the_case_alone_unless_switched(account, service):
    case_id = account.create()
    created = account("GetCase", caseId=case_id)["lastUpdatedDate"]
    account.clock.advance(60)
    account("CreateCaseComment", caseId=case_id, body="Hello")
    assert account("GetCase", caseId=case_id)["lastUpdatedDate"] == created
    service.switches.update({"last_updated_ignores": []})
    account("CreateCaseComment", caseId=case_id, body="Hello")
    assert account("GetCase", caseId=case_id)["lastUpdatedDate"] == created + 60


def test_comment_ids_are_six_digits_and_start_again_in_every_case(account):
    ids = [account("CreateCaseComment", caseId=account.create(), body="Hello")["commentId"] for _ in range(2)]
    assert ids == ["000000", "000000"]


def test_case_ids_repeat_with_the_seed_and_not_within_an_account(account, service):
    ids = [account.create() for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(len(each) == 10 for each in ids)
    service.reset()
    assert account.create() == ids[0]


def test_every_write_is_in_the_edits_with_its_principal(account):
    case_id = account.create()
    account("CreateCaseComment", caseId=case_id, body="Hello")
    responder_sets(account, case_id, "Acknowledged")
    edits = account.case(case_id).edits
    assert [(edit["action"], edit["principal"]) for edit in edits] == [
        ("Create case", account.caller.principal),
        ("Add comment", account.caller.principal),
        ("Update case status", RESPONDER),
    ]


def test_without_a_live_membership_cases_are_out_of_reach(account, service):
    membership_id = next(iter(service.memberships))
    account("CancelMembership", membershipId=membership_id)
    assert account("ListCases")["total"] == 0, "a cancelled membership serves until it ends"
    service.memberships[membership_id].fields["membershipStatus"] = "Terminated"
    with pytest.raises(ApiError) as refused:
        account("ListCases")
    assert refused.value.code == "SecurityIncidentResponseNotActiveException"
    assert account("ListMemberships")["items"][0]["membershipStatus"] == "Terminated"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:security-ir:us-east-1:111122223333:case/0000000000",
        "arn:aws:security-ir:eu-west-1:111122223333:case/{case_id}",
        "arn:aws:security-ir:us-east-1:999999999999:case/{case_id}",
        "arn:aws:security-ir:us-east-1:111122223333:membership/m-0123456789",
    ],
)
def test_tags_of_what_is_not_here_are_not_found(account, arn):
    with pytest.raises(ApiError, match="not found"):
        account("ListTagsForResource", resourceArn=arn.format(case_id=account.create()))


def test_reserved_tag_keys_are_refused(account):
    with pytest.raises(ApiError, match="reserved"):
        account.create(tags={"aws:cloudformation": "x"})
