"""The client over canned answers of the API, checked against its model by botocore's stubber."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime

import boto3
import botocore.session
import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber

from integration.clients.errors import Misconfigured, Missing, Refused, RemoteError, Unavailable
from integration.clients.security_ir.client import CONFIG, SecurityIr, connect

CASE = "1234567890"
ARN = f"arn:aws:security-ir:us-east-1:111122223333:case/{CASE}"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def session():
    return boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")


@pytest.fixture
def client(session):
    return connect(session)


@pytest.fixture
def stub(client):
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def calls():
    return []


@pytest.fixture
def service(client, calls):
    return SecurityIr(client, on_call=lambda *told: calls.append(told))


def comment(number):
    return {"commentId": f"{number:06d}", "body": f"b{number}"}


FAILURES = [
    # code, HTTP status, type for GetCase, type for CreateCaseComment, type for CreateCase
    ("ValidationException", 400, Refused, Refused, Refused),
    ("ConflictException", 409, Refused, Refused, Refused),
    ("ResourceNotFoundException", 404, None, Missing, Missing),
    ("ServiceQuotaExceededException", 402, Refused, Refused, Misconfigured),
    ("SecurityIncidentResponseNotActiveException", 400, Misconfigured, Misconfigured, Misconfigured),
    ("AccessDeniedException", 403, Misconfigured, Misconfigured, Misconfigured),
    ("ExpiredTokenException", 403, Misconfigured, Misconfigured, Misconfigured),
    ("UnrecognizedClientException", 403, Misconfigured, Misconfigured, Misconfigured),
    ("ThrottlingException", 429, Unavailable, Unavailable, Unavailable),
    ("InternalServerException", 500, Unavailable, Unavailable, Unavailable),
    ("Unknown", 503, Unavailable, Unavailable, Unavailable),
]


TRANSPORT = [
    (EndpointConnectionError(endpoint_url="https://x"), Unavailable, False),
    (ConnectTimeoutError(endpoint_url="https://x"), Unavailable, False),
    (ReadTimeoutError(endpoint_url="https://x"), Unavailable, True),
    (NoCredentialsError(), Misconfigured, None),
]  # fmt: skip


class TestMeanings:
    @pytest.mark.parametrize(("code", "status", "read", "write", "create"), FAILURES)
    def test_the_type_says_who_must_act(self, service, stub, code, status, read, write, create):
        """A quota of the account stops everything, one of a case only this; a missing case is no failure of a read."""
        for operation in ("get_case", "create_case_comment", "create_case"):
            stub.add_client_error(operation, code, "told", status)
        if read is None:
            assert service.case(CASE) is None
        else:
            assert self.kind(service.case, CASE) is read
        assert self.kind(service.comment, CASE, "text", "t") is write
        assert self.kind(service.create, minimal_case(), "t") is create

    @staticmethod
    def kind(call, *arguments):
        with pytest.raises(RemoteError) as caught:
            call(*arguments)
        return type(caught.value)

    @pytest.mark.parametrize(("code", "status", "unknown"), [
        ("ThrottlingException", 429, False), ("InternalServerException", 500, True), ("Odd", 502, True),
    ])  # fmt: skip
    def test_only_a_write_that_was_begun_may_have_landed(self, service, stub, code, status, unknown):
        for operation in ("get_case", "create_case_comment"):
            stub.add_client_error(operation, code, "", status)
        with pytest.raises(Unavailable) as read:
            service.case(CASE)
        with pytest.raises(Unavailable) as write:
            service.comment(CASE, "text", "t")
        assert (read.value.outcome_unknown, write.value.outcome_unknown) == (False, unknown)

    def test_the_service_may_say_how_long_to_wait(self, service, stub):
        told = {"HTTPHeaders": {"retry-after": "17"}}
        stub.add_client_error("get_case", "ThrottlingException", "", 429, response_meta=told)
        with pytest.raises(Unavailable) as caught:
            service.case(CASE)
        assert caught.value.retry_after_s == 17

    def test_what_the_service_said_stays_out_of_messages(self, service, stub):
        """A validation message may quote what was sent; it stands in `reason` and nowhere else."""
        field = {"name": "title", "message": "Mr Smith is too long"}
        members = {"message": "about Mr Smith", "reason": "FIELD_VALIDATION_FAILED", "fieldList": [field]}
        stub.add_client_error("update_case", "ValidationException", "about Mr Smith", 400, modeled_fields=members)
        with pytest.raises(Refused) as caught:
            service.update(CASE, title="Mr Smith")
        assert caught.value.reason == "about Mr Smith; title: Mr Smith is too long"
        assert (caught.value.code, caught.value.fields) == ("ValidationException", ("title",))
        assert "about Mr" not in "".join(traceback.format_exception(caught.value))

    def test_a_value_of_the_wrong_kind_is_refused_without_quoting_it(self, service):
        with pytest.raises(Refused) as caught:
            service.comment(CASE, {"a": "secret words"}, "t")
        assert "secret words" not in str(caught.value) + caught.value.reason

    @pytest.mark.parametrize(("error", "kind", "unknown"), TRANSPORT)
    def test_no_answer_at_all(self, client, service, error, kind, unknown):
        def fail(**_):
            raise error

        client.meta.events.register("before-send.security-ir", fail)
        client.meta.events.register("needs-retry.security-ir", lambda **_: None)
        with pytest.raises(RemoteError) as caught:
            service.comment(CASE, "text", "t")
        assert type(caught.value) is kind
        assert getattr(caught.value, "outcome_unknown", None) is unknown


def minimal_case():
    return {
        "resolverType": "Self", "title": "t", "description": "d", "engagementType": "Security Incident",
        "reportedIncidentStartDate": NOW, "impactedAccounts": [], "watchers": [],
    }  # fmt: skip


class TestPages:
    def test_all_pages_are_read(self, service, stub):
        """The published sample stops after the first 25 comments."""
        first, second = [comment(n) for n in range(25)], [comment(n) for n in range(25, 30)]
        stub.add_response("list_comments", {"items": first, "nextToken": "n1"}, {"caseId": CASE, "maxResults": 25})
        stub.add_response("list_comments", {"items": second}, {"caseId": CASE, "maxResults": 25, "nextToken": "n1"})
        assert [found["commentId"] for found in service.comments(CASE)] == [f"{n:06d}" for n in range(30)]

    def test_an_item_on_two_pages_comes_once(self, service, stub):
        """Pages have no documented order, so a new comment may push an old one onto the next page."""
        stub.add_response("list_comments", {"items": [comment(1), comment(2)], "nextToken": "n"})
        stub.add_response("list_comments", {"items": [comment(2), comment(3)]})
        assert [found["body"] for found in service.comments(CASE)] == ["b1", "b2", "b3"]

    def test_a_token_that_is_no_longer_taken_starts_over_once(self, service, stub):
        stub.add_response("list_comments", {"items": [comment(1)], "nextToken": "n"})
        stub.add_client_error("list_comments", "InvalidTokenException", "", 423)
        stub.add_response("list_comments", {"items": [comment(1), comment(2)]}, {"caseId": CASE, "maxResults": 25})
        assert [found["body"] for found in service.comments(CASE)] == ["b1", "b2"]

    def test_a_second_time_is_the_service_s_trouble(self, service, stub):
        for _ in range(2):
            stub.add_response("list_comments", {"items": [], "nextToken": "n"})
            stub.add_client_error("list_comments", "InvalidTokenException", "", 423)
        with pytest.raises(Unavailable):
            service.comments(CASE)

    def test_cases_are_read_as_they_are_wanted(self, service, stub):
        stub.add_response("list_cases", {"items": [{"caseId": CASE}], "nextToken": "n"}, {"maxResults": 25})
        assert next(service.cases())["caseId"] == CASE

    def test_a_long_list_of_cases_is_read_in_parts(self, service, stub):
        """A poll may ask thirty times; the next goes on from the token it was left."""
        stub.add_response("list_cases", {"items": [{"caseId": CASE}], "nextToken": "n1"}, {"maxResults": 25})
        stub.add_response("list_cases", {"items": [], "nextToken": "n2"}, {"maxResults": 25, "nextToken": "n1"})
        some = service.some_cases("", 2)
        assert ([case["caseId"] for case in some.items], some.more, some.anew) == ([CASE], "n2", False)
        stub.add_response("list_cases", {"items": []}, {"maxResults": 25, "nextToken": "n2"})
        assert service.some_cases("n2", 2).more == ""

    def test_a_token_that_did_not_outlive_the_last_poll_begins_the_list_anew(self, service, stub):
        """Whether one does is nowhere documented."""
        stub.add_client_error("list_cases", "InvalidTokenException", "", 423)
        stub.add_response("list_cases", {"items": [{"caseId": CASE}]}, {"maxResults": 25})
        some = service.some_cases("old", 30)
        assert ([case["caseId"] for case in some.items], some.more, some.anew) == ([CASE], "", True)

    def test_edits_have_no_id_and_are_all_kept(self, service, stub):
        edit = {"eventTimestamp": NOW, "principal": "111122223333", "action": "Add comment", "message": "long enough"}
        stub.add_response("list_case_edits", {"items": [edit, {**edit, "action": "Edit"}]})
        assert len(service.edits(CASE)) == 2

    def test_investigations_and_memberships(self, service, stub):
        action = {"investigationId": "inv-0123456789", "actionType": "Evidence", "title": "t", "content": "c",
                  "status": "Completed", "lastUpdated": NOW}  # fmt: skip
        stub.add_response("list_investigations", {"investigationActions": [action]})
        stub.add_response("list_memberships", {"items": [{"membershipId": "m-0123456789"}]})
        assert service.investigations(CASE)[0]["investigationId"] == "inv-0123456789"
        assert service.memberships() == [{"membershipId": "m-0123456789"}]


HALF_ANSWERS = [
    ("get_case", lambda service: service.case(CASE)),
    ("list_cases", lambda service: list(service.cases())),
    ("list_comments", lambda service: service.comments(CASE)),
    ("list_case_edits", lambda service: service.edits(CASE)),
    ("list_memberships", lambda service: service.memberships()),
    ("update_case_status", lambda service: service.set_status(CASE, "Detection and Analysis")),
    ("close_case", lambda service: service.close(CASE)),
]


@pytest.mark.parametrize(("operation", "call"), HALF_ANSWERS)
def test_an_answer_without_members_is_no_answer(service, stub, operation, call):
    """botocore makes one of HTML and of truncated JSON; an empty list of comments or tags would follow from it."""
    stub.add_response(operation, {})
    with pytest.raises(Unavailable, match="not whole"):
        call(service)


STATUS = [
    ("update_case_status", "Post-incident Activities"),
    ("close_case", "Closed"),
]  # fmt: skip


class TestWrites:
    def test_the_caller_s_token_is_sent(self, service, stub):
        """A token made here would be another one after a crash, and the case would be made twice."""
        stub.add_response("create_case", {"caseId": CASE}, {**minimal_case(), "clientToken": "tok"})
        stub.add_response(
            "create_case_comment", {"commentId": "000001"}, {"caseId": CASE, "body": "b", "clientToken": "tok2"}
        )
        assert service.create(minimal_case(), "tok") == CASE
        assert service.comment(CASE, "b", "tok2") == "000001"

    def test_plain_writes(self, service, stub):
        stub.add_response("update_case", {}, {"caseId": CASE, "title": "t"})
        stub.add_response("update_case_comment", {"commentId": "000001"},
                          {"caseId": CASE, "commentId": "000001", "body": "b"})  # fmt: skip
        stub.add_response("tag_resource", {}, {"resourceArn": ARN, "tags": {"k": "v"}})
        stub.add_response("list_tags_for_resource", {"tags": {"k": "v"}}, {"resourceArn": ARN})
        service.update(CASE, title="t")
        service.edit_comment(CASE, "000001", "b")
        service.tag(ARN, {"k": "v"})
        assert service.tags(ARN) == {"k": "v"}

    @pytest.mark.parametrize(("operation", "wanted"), STATUS)
    def test_the_status_that_came_back_is_told(self, service, stub, operation, wanted):
        stub.add_response(operation, {"caseStatus": wanted})
        assert self.set(service, wanted) == wanted

    @pytest.mark.parametrize(("operation", "wanted"), STATUS)
    def test_a_refusal_after_a_lost_answer_is_none(self, service, stub, operation, wanted):
        """botocore repeats a call whose answer was lost, and the repeat finds the case where it was to go."""
        stub.add_client_error(operation, "ConflictException", "", 409)
        stub.add_response("get_case", {"caseStatus": wanted})
        assert self.set(service, wanted) == wanted

    @pytest.mark.parametrize(("operation", "wanted"), STATUS)
    @pytest.mark.parametrize("code", ["ConflictException", "ValidationException"])
    def test_a_refusal_is_told_where_the_case_is_elsewhere(self, service, stub, operation, wanted, code):
        stub.add_client_error(operation, code, "", 400)
        stub.add_response("get_case", {"caseStatus": "Submitted"})
        with pytest.raises(Refused) as caught:
            self.set(service, wanted)
        assert caught.value.code == code

    @staticmethod
    def set(service, wanted):
        return service.close(CASE) if wanted == "Closed" else service.set_status(CASE, wanted)


def test_every_call_is_told(service, stub, calls):
    stub.add_response("get_case", {"caseStatus": "Submitted"})
    stub.add_client_error("get_case", "ResourceNotFoundException", "", 404)
    service.case(CASE)
    service.case(CASE)
    assert [told[:4] for told in calls] == [
        ("security_ir", "GetCase", "", "ok"),
        ("security_ir", "GetCase", "", "missing"),
    ]


def test_time_limits_and_retries_are_stated():
    """botocore changed its defaults between versions; ours must not change with it."""
    assert CONFIG.retries == {"mode": "standard", "total_max_attempts": 3}
    assert (CONFIG.connect_timeout, CONFIG.read_timeout) == (5, 30)


def test_every_operation_we_name_exists():
    model = botocore.session.get_session().get_service_model("security-ir")
    from integration.clients.security_ir.client import TELLING

    assert set(TELLING) <= set(model.operation_names)
    for operation, members in TELLING.items():
        assert members <= set(model.operation_model(operation).output_shape.members) | {"total"}
