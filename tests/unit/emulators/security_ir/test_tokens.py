"""clientToken: asked twice, done once."""

import pytest

from integration.emulators.security_ir.errors import ApiError

FROM = [
    ("CreateCaseComment", {"body": "Hello"}, {"body": "Other"}, "commentId"),
    (
        "GetCaseAttachmentUploadUrl",
        {"fileName": "a", "contentLength": 1},
        {"fileName": "b", "contentLength": 1},
        "attachmentPresignedUrl",
    ),
]


@pytest.mark.parametrize(("operation", "ask", "other", "member"), FROM)
def test_a_repeat_gets_the_first_answer_and_another_request_a_conflict(account, operation, ask, other, member):
    case_id = account.create()
    first = account(operation, caseId=case_id, clientToken="token", **ask)
    account("CloseCase", caseId=case_id)
    assert account(operation, caseId=case_id, clientToken="token", **ask) == first, "also after the case has closed"
    for changed in ({"caseId": case_id, **other}, {"caseId": account.create(), **ask}):
        with pytest.raises(ApiError) as refused:
            account(operation, clientToken="token", **changed)
        assert refused.value.code == "ConflictException"
    assert member in first


def test_a_case_is_created_once_per_token(account):
    first, second, third = (account.create(clientToken=token) for token in ("one", "one", "two"))
    assert first == second != third
    assert account("ListCases")["total"] == 2


def test_a_refused_request_leaves_its_token_free(account):
    case_id = account.create()
    account("CloseCase", caseId=case_id)
    with pytest.raises(ApiError):
        account("CreateCaseComment", caseId=case_id, clientToken="token", body="Hello")
    account("CreateCaseComment", caseId=account.create(), clientToken="token", body="Hello")


def test_the_same_token_serves_different_operations(account):
    case_id = account.create(clientToken="token")
    assert account("CreateCaseComment", caseId=case_id, clientToken="token", body="Hello") == {"commentId": "000000"}
