from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

from integration.model import Investigation
from mappers import notes
from mappers.comments import reference_in, system_note
from tests.unit.mappers.records import CASE, MOMENT, SYS_ID

INVESTIGATION = Investigation(
    "inv-0123456789", "Summarization", "Root key", "**used** from 1.2.3.4", "Completed", MOMENT
)
SAID = {
    "conflict": (
        notes.conflict("title", "Old title", "case"),
        ["the title", "ServiceNow stays", "in AWS", "Old title"],
    ),
    "put_aside": (notes.put_aside(2, ["id1", "id2"]), ["2 comment(s)", "id1, id2", "goes on"]),
    "shortened": (
        notes.shortened("description", "Edited", "incident"),
        ["The description", "longer in AWS", "make it in AWS", "Edited"],
    ),
    "refused": (notes.refused("status", "Data Policy Exception"), ["The status", "Data Policy Exception"]),
    "overlap": (notes.overlap(["title"], SYS_ID), ["the title", "history"]),
    "too_large": (
        notes.too_large("a.zip", 9_000_000, "ab12", "AWS", "id1"),
        ["a.zip", "9,000,000", "ab12", "in AWS", "id1"],
    ),
    "attachment_failed": (notes.attachment_failed("a.zip", "id1"), ["a.zip", "malware"]),
    "file_unavailable": (notes.file_unavailable("a.zip", SYS_ID), ["a.zip", "virus"]),
    "empty_file": (notes.empty_file("a.txt", SYS_ID), ["a.txt", "empty"]),
    "too_many_files": (notes.too_many_files("a.txt", SYS_ID), ["a.txt", "as many"]),
    "files_stay": (notes.files_stay("2026-11-21"), ["More attachments", "stay in ServiceNow"]),
    "file_removed": (notes.file_removed("id1"), ["removed", "stays"]),
    "unreachable_status": (
        notes.unreachable_status("New", "Closed", aws_managed=False),
        ["New", "Closed", "No allowed way"],
    ),
    "closed_wall": (notes.closed_wall("8403556009"), ["closed"]),
    "reopened": (notes.reopened("8403556009"), ["cannot be reopened"]),
    "deleted": (notes.deleted(SYS_ID), ["cannot be read", "no longer kept in step"]),
    "case_closed_with": (
        notes.case_closed_with(SYS_ID, "Closed", "Solved", "Rotated"),
        ["Closed", "Solved", "Rotated"],
    ),
    "context": (notes.context(CASE), ["Resolver: Self"]),
    "investigation": (notes.investigation(INVESTIGATION), ["Root key", "**used** from 1.2.3.4", "completed"]),
    "watchers_stay": (notes.watchers_stay("0123"), ["stays here", "[watchers]"]),
    "overflow": (notes.overflow("title", "the rest"), ["title", "the rest"]),
    "unknown_kind": (notes.unknown_kind(kept=True), ["cannot be told", "sys_journal_field", "stays in ServiceNow"]),
    "unread_journal": (notes.unread_journal(), ["sys_journal_field", "does not reach AWS", "administrator"]),
    "pointer_refused": (
        notes.pointer_refused("arn:aws:security-ir:eu-west-1:1:case/840"),
        ["correlation_id", "Nothing was shared"],
    ),
    "tag_refused": (notes.tag_refused("8403556009"), ["tag", "Nothing was shared"]),
    "two_incidents": (notes.two_incidents("8403556009"), ["Two incidents"]),
}


@pytest.mark.parametrize("name", SAID)
def test_a_note_says_what_a_person_must_know_and_is_recognised(name):
    (kind, ref, text), parts = SAID[name]
    assert [part for part in parts if part not in text] == []
    reference = reference_in(system_note(kind, ref, text))
    assert reference is not None
    assert reference.kind == kind


def test_every_sentence_is_shown_here():
    made_there = {
        name
        for name, f in inspect.getmembers(notes, inspect.isfunction)
        if not name.startswith("_") and f.__module__ == notes.__name__
    }
    assert made_there == set(SAID)


def test_the_side_that_lost_is_told_who_won():
    assert "The value from AWS stays; this one stood in ServiceNow" in notes.conflict("title", "x", "incident")[2]


def test_aws_managed_cases_say_why_their_status_stays():
    assert "AWS responders set the status" in notes.unreachable_status("On Hold", "Submitted", aws_managed=True)[2]


def test_the_context_is_every_field_that_says_something_in_a_fixed_order():
    case = replace(
        CASE,
        values={
            "impactedAwsRegions": ("eu-central-1",),
            "impactedAccounts": ("111122223333", "444455556666"),
            "impactedServices": (),
            "threatActorIpAddresses": ("1.2.3.4",),
            "engagementType": "Investigation",
            "resolverType": "AWS",
            "pendingAction": "Customer",
            "reportedIncidentStartDate": "2026-11-21T12:00:00+00:00",
            "title": "never here",
        },
    )
    assert notes.context(case)[2].splitlines() == [
        "The case on AWS says:",
        "Engagement: Investigation",
        "Resolver: AWS",
        "Pending action: Customer",
        "Incident reported as started: 2026-11-21T12:00:00+00:00",
        "AWS accounts: 111122223333, 444455556666",
        "AWS Regions: eu-central-1",
        "Threat actor IP addresses: 1.2.3.4",
        "AWS responders set the status of this case; from here it can only be closed.",
    ]


def test_equal_context_has_equal_text():
    again = replace(CASE, values=dict(reversed(CASE.values.items())), status="Closed")
    assert notes.context(CASE) == notes.context(again)


def test_a_case_without_context_still_says_something():
    assert notes.context(replace(CASE, values={}))[2]
