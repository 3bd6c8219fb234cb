"""The client against a service that validates, pages, scans files and knows its lifecycle, over real HTTP."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import boto3
import pytest
from botocore.config import Config

from integration.cases.poll import Page
from integration.cases.poll_sources import PolledSources
from integration.clients.errors import Misconfigured, Missing, Refused, RemoteError, Unavailable
from integration.clients.security_ir.client import SecurityIr, connect
from integration.clients.security_ir.formats import canonical_ip, service_name
from integration.emulators.security_ir.cases import close_case, create_case

DETECTION, CONTAINMENT = "Detection and Analysis", "Containment, Eradication and Recovery"


def request(**changes):
    return {
        "resolverType": "Self", "title": "title", "description": "description", "engagementType": "Security Incident",
        "reportedIncidentStartDate": datetime(2026, 11, 21, tzinfo=UTC), "impactedAccounts": [], "watchers": [],
        **changes,
    }  # fmt: skip


@pytest.fixture
def case_id(account, service):
    return service.create(request(tags={"servicenow:default": "incident/1"}), uuid.uuid4().hex)


@pytest.fixture(scope="session")
def impatient(served):
    """Without botocore's own attempts, so that a test sees what one failure means."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=1)
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    return SecurityIr(session.client("security-ir", endpoint_url=served.url, config=config))


def test_a_case_is_made_once_for_one_token(account, service):
    """A crash between the call and the record of it repeats the call."""
    token = uuid.uuid4().hex
    first = service.create(request(), token)
    assert service.create(request(), token) == first
    assert [case["caseId"] for case in service.cases()] == [first]


def test_a_case_as_it_is_read(service, case_id):
    case = service.case(case_id)
    assert (case["title"], case["caseStatus"]) == ("title", "Submitted")
    assert service.tags(case["caseArn"]) == {"servicenow:default": "incident/1"}
    service.tag(case["caseArn"], {"more": "1"})
    assert service.tags(case["caseArn"])["more"] == "1"
    assert "ResponseMetadata" not in case


def test_no_case_is_none(account, service):
    assert service.case("9999999999") is None
    with pytest.raises(Missing):
        service.comment("9999999999", "text", "t")


def test_changes(service, case_id):
    service.update(
        case_id,
        title="new",
        threatActorIpAddressesToAdd=[{"ipAddress": canonical_ip("2001:db8::1")}],
        impactedServicesToAdd=[service_name("EC2/VPC")],
    )
    case = service.case(case_id)
    assert (case["title"], case["impactedServices"]) == ("new", ["EC2 VPC"])
    assert case["threatActorIpAddresses"][0]["ipAddress"] == "2001:0DB8:0000:0000:0000:0000:0000:0001"


def test_what_the_service_does_not_take_is_refused(service, case_id):
    with pytest.raises(Refused) as caught:
        service.update(case_id, title="x" * 301)
    assert caught.value.reason
    assert service.case(case_id)["title"] == "title"


def test_statuses_go_one_transition_at_a_time(service, case_id):
    with pytest.raises(Refused):
        service.set_status(case_id, CONTAINMENT)
    assert service.set_status(case_id, DETECTION) == DETECTION
    assert service.set_status(case_id, CONTAINMENT) == CONTAINMENT
    assert service.close(case_id) == "Closed"


def test_a_status_that_is_there_already_is_no_refusal(account, service, case_id):
    """The answer to the first attempt is lost, and botocore's second one is refused."""
    account.fault("UpdateCaseStatus", "reset-after")
    assert service.set_status(case_id, DETECTION) == DETECTION
    account.fault("CloseCase", "reset-after")
    assert service.close(case_id) == "Closed"


def test_a_closed_case_is_a_wall(service, case_id):
    service.close(case_id)
    for write in (lambda: service.comment(case_id, "late", "t"), lambda: service.update(case_id, title="late"),
                  lambda: service.set_status(case_id, DETECTION)):  # fmt: skip
        with pytest.raises(Refused):
            write()
    assert service.case(case_id)["caseStatus"] == "Closed"


class TestComments:
    def test_more_than_a_page(self, service, case_id):
        """The published sample stops at 25 and writes the rest again and again."""
        ids = [service.comment(case_id, f"text {number}", f"token {number}") for number in range(53)]
        found = service.comments(case_id)
        assert {each["commentId"] for each in found} == set(ids)
        assert len(found) == 53

    def test_one_token_is_one_comment(self, account, service, case_id):
        account.fault("CreateCaseComment", "reset-after")
        first = service.comment(case_id, "text", "token")
        assert service.comment(case_id, "text", "token") == first
        assert len(service.comments(case_id)) == 1

    def test_editing(self, service, case_id):
        comment_id = service.comment(case_id, "text", "token")
        service.edit_comment(case_id, comment_id, "better")
        assert [each["body"] for each in service.comments(case_id)] == ["better"]
        with pytest.raises(Missing):
            service.edit_comment(case_id, "999999", "x")

    def test_a_page_token_that_died_starts_over(self, account, service, case_id):
        for number in range(30):
            service.comment(case_id, f"text {number}", f"token {number}")
        account.fault("ListComments", "423", skip=1)
        assert len(service.comments(case_id)) == 30

    def test_an_audit_trail(self, service, case_id):
        service.comment(case_id, "text", "token")
        assert len(service.edits(case_id)) >= 1


class TestFiles:
    CONTENT = bytes(range(256)) * 2048

    def pieces(self):
        return [self.CONTENT[start : start + 70_000] for start in range(0, len(self.CONTENT), 70_000)]

    def test_there_and_back(self, service, case_id):
        service.upload(case_id, "report-0123.bin", len(self.CONTENT), self.pieces(), "token")
        (file,) = service.case(case_id)["caseAttachments"]
        assert (file["fileName"], file["attachmentStatus"]) == ("report-0123.bin", "Verified")
        with service.download(case_id, file["attachmentId"]) as content:
            assert content.size == len(self.CONTENT)
            assert b"".join(content.iter()) == self.CONTENT

    def test_the_same_upload_twice_is_one_file(self, service, case_id):
        """After a crash between the upload and the record of it."""
        for _ in range(2):
            service.upload(case_id, "a.bin", len(self.CONTENT), self.pieces(), "token")
        assert len(service.case(case_id)["caseAttachments"]) == 1

    def test_a_name_that_is_taken_is_refused(self, service, case_id):
        service.upload(case_id, "a.bin", 3, [b"abc"], "token")
        with pytest.raises(Refused):
            service.upload(case_id, "a.bin", 3, [b"abd"], "another token")

    def test_a_name_outside_the_alphabet_is_refused(self, service, case_id):
        with pytest.raises(Refused):
            service.upload(case_id, "a b.bin", 3, [b"abc"], "token")

    def test_a_source_that_breaks_off_leaves_nothing(self, service, case_id):
        def broken():
            yield b"a" * 1000
            raise LookupError

        with pytest.raises(LookupError):
            service.upload(case_id, "a.bin", 2000, broken(), "token")
        files = service.case(case_id).get("caseAttachments") or []
        assert not [file for file in files if file["attachmentStatus"] == "Verified"]

    def test_a_file_that_is_being_scanned_is_not_given_out(self, account, service, case_id):
        account.admin("PATCH", "config", {"scan_delay_s": None})
        service.upload(case_id, "a.bin", 3, [b"abc"], "token")
        (file,) = service.case(case_id)["caseAttachments"]
        assert file["attachmentStatus"] == "Pending"
        with pytest.raises(Refused), service.download(case_id, file["attachmentId"]):
            pass

    def test_an_unknown_file(self, service, case_id):
        with pytest.raises(RemoteError), service.download(case_id, str(uuid.uuid4()).upper()):
            pass


KINDS = [
    ("429", Unavailable, False),
    ("500", Unavailable, True),
    ("html", Unavailable, True),
    ("reset-before", Unavailable, True),
    ("reset-after", Unavailable, True),
    ("timeout", Unavailable, True),
    ("402", Refused, None),
    ("403", Misconfigured, None),
    ("inactive", Misconfigured, None),
    ("409", Refused, None),
]  # fmt: skip


class TestFaults:
    @pytest.mark.parametrize(("kind", "error", "unknown"), KINDS)
    def test_one_failure_and_what_it_means(self, account, impatient, case_id, kind, error, unknown):
        account.fault("UpdateCase", kind)
        with pytest.raises(RemoteError) as caught:
            impatient.update(case_id, title="new")
        assert type(caught.value) is error
        assert getattr(caught.value, "outcome_unknown", None) is unknown

    @pytest.mark.parametrize("operation", ["UpdateCase", "GetCase", "ListComments", "CreateCaseComment"])
    def test_a_page_with_status_200_is_no_answer(self, account, impatient, case_id, operation):
        """botocore takes it for success without members: an empty list, a write that never was."""
        account.fault(operation, "html", status=200)
        calls = {
            "UpdateCase": lambda: impatient.update(case_id, title="new"),
            "GetCase": lambda: impatient.case(case_id),
            "ListComments": lambda: impatient.comments(case_id),
            "CreateCaseComment": lambda: impatient.comment(case_id, "text", "token"),
        }
        with pytest.raises(Unavailable, match="not whole"):
            calls[operation]()

    def test_a_throttled_call_says_how_long(self, account, impatient, case_id):
        account.fault("GetCase", "429", retry_after_s=9)
        with pytest.raises(Unavailable) as caught:
            impatient.case(case_id)
        assert caught.value.retry_after_s == 9


def test_memberships_and_investigations(service, case_id):
    assert service.memberships()
    assert service.investigations(case_id) == []


@pytest.mark.parametrize(
    ("open_", "closed", "calls"), [(500, 0, [20, 20]), (500, 300, [30, 2, 30])], ids=["all in one poll", "in rounds"]
)
def test_a_poll_over_five_hundred_open_cases_lists_at_most_thirty_pages_and_each_case_once_a_round(
    account, served, emulated, open_, closed, calls
):
    asked = []
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    service = SecurityIr(connect(session, endpoint_url=served.url), on_call=lambda _, call, *__: asked.append(call))
    with emulated.lock:
        made = [create_case(emulated, emulated.system, request())["caseId"] for _ in range(open_ + closed)]
        for case_id in made[open_:]:
            close_case(emulated, emulated.system, {"caseId": case_id})
    sources = PolledSources(service, None, "incident", None, None, {}, "", str.isupper)
    page, rounds = Page([]), []
    for _ in calls:
        asked.clear()
        page = sources.cases(page.more)
        rounds.append((len(asked), [case.key for case in page.cases]))
    assert [number for number, _ in rounds] == calls
    assert sorted(key for _, keys in rounds[:-1] for key in keys) == sorted(made)
