"""Native events: what is emitted for what, in the documented shape, and how faults disturb it."""

import pytest

from integration.emulators.security_ir.people import ACTS, attach
from integration.emulators.security_ir.records import RESPONDER


def emitted(service):
    return [(each.event["detail-type"], each.event["detail"]) for each in service.outbox.events]


def test_events_carry_the_case_and_the_bare_account_of_its_actor(account, service):
    """Whoever acted in the account, the event shows the account id; AWS is named."""
    case_id = account.create()
    account("UpdateCaseStatus", caseId=case_id, caseStatus="Detection and Analysis")
    account("CreateCaseComment", caseId=case_id, body="Hello")
    account("UpdateCaseComment", caseId=case_id, commentId="000000", body="Hello!")
    ACTS["comment"](service, service.caller(RESPONDER), account.case(case_id), {"body": "We look"})
    account("CloseCase", caseId=case_id)
    assert emitted(service) == [
        ("Case Created", {"caseId": case_id, "createdBy": "111122223333"}),
        ("Case Updated", {"caseId": case_id, "updatedBy": "111122223333"}),
        ("Case Comment Added", {"caseId": case_id, "createdBy": "111122223333"}),
        ("Case Comment Updated", {"caseId": case_id, "updatedBy": "111122223333"}),
        ("Case Comment Added", {"caseId": case_id, "createdBy": RESPONDER}),
        ("Case Closed", {"caseId": case_id}),
    ]


def test_the_envelope_is_eventbridges(account, service):
    case_id = account.create()
    event = dict(service.outbox.events[0].event)
    assert len(event.pop("id")) == 36
    assert event == {
        "version": "0",
        "detail-type": "Case Created",
        "source": "aws.security-ir",
        "account": "111122223333",
        "time": "2026-11-21T12:00:00Z",
        "region": "us-east-1",
        "resources": [f"arn:aws:security-ir:us-east-1:111122223333:case/{case_id}"],
        "detail": {"caseId": case_id, "createdBy": "111122223333"},
    }


def test_a_scan_is_an_update_by_the_service_and_an_upload_is_silent(account, service):
    service.switches.update({"scan_delay_s": 0})
    case_id = account.create()
    attach(service, account.caller, account.case(case_id), "a.txt", b"hello")
    assert emitted(service)[1:] == [("Case Updated", {"caseId": case_id, "updatedBy": "security-ir.amazonaws.com"})]


def test_what_fires_an_event_can_be_switched(account, service):
    service.switches.update(
        {"emissions": {"CaseClosed": ["Case Closed", "Case Updated"], "TagsUpdated": ["Case Updated"]}}
    )
    case_id = account.create()
    account("TagResource", resourceArn=account.case(case_id).arn, tags={"a": "b"})
    account("CloseCase", caseId=case_id)
    assert [name for name, _ in emitted(service)] == ["Case Updated", "Case Closed", "Case Updated"]


def in_order(account, seconds):
    """Cases in the order in which their events fall due within so many seconds, as positions of creation."""
    cases = list(account.service.cases)
    account.clock.advance(seconds)
    return [cases.index(each.event["detail"]["caseId"]) for each in account.service.outbox.due(account.clock())]


@pytest.mark.parametrize(
    ("rule", "at_once", "in_the_end"),
    [
        ({"kind": "lost", "skip": 1}, [0, 2], [0, 2]),
        ({"kind": "doubled", "times": None}, [0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2]),
        ({"kind": "late", "delay_s": 5}, [1, 2], [1, 2, 0]),
        ({"kind": "disordered"}, [1, 0, 2], [1, 0, 2]),
        ({"kind": "disordered", "times": 2}, [2, 0, 1], [2, 0, 1]),
        ({"kind": "disordered", "skip": 2}, [0, 1], [0, 1, 2]),
    ],
)
def test_faults_lose_double_delay_and_swap_events(sender, rule, at_once, in_the_end):
    sender.service.faults.add({"event": "Case C*", **rule})
    for _ in range(3):
        sender.create()
    assert in_order(sender, 0) == at_once
    assert in_order(sender, 6) == in_the_end


def test_events_can_all_be_late(sender):
    sender.service.switches.update({"event_delay_s": 3})
    sender.create()
    assert in_order(sender, 2) == []
    assert in_order(sender, 2) == [0]
