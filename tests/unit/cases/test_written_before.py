"""What AWS's sample, or a former deployment of ours, wrote is not carried back; and nobody can hide behind it."""

from __future__ import annotations

import pytest

from tests.fakes.incidents import OWN_USER
from tests.fakes.running import Running

FROM_AWS, FROM_SERVICENOW = "[AWS Security Incident Response Update] contained", "[service-now Update] on it"
BEFORE, AFTER = -1000.0, 1000.0
"""Of the installation, seconds."""
FORMER_ROLE = "arn:aws:sts::111122223333:assumed-role/former/SecurityIncidentResponseClient"


def at_installation(case_made: float) -> tuple[Running, str, str]:
    """A pair in step whose case was made then, the installation being now."""
    running = Running()
    now = running.world.now
    case_id = running.cases.make("Odd logins")
    running.case(case_id)
    running.settings = type(running.settings)(claim_s=running.settings.claim_s, sweep_s=900, installed_at=now)
    running.cases.records[case_id]["created"] = now + case_made
    return running, case_id, next(iter(running.incidents.records))


@pytest.mark.parametrize(("case_made", "author", "carried"), [
    (BEFORE, OWN_USER, False), (BEFORE, "mallory", True), (AFTER, OWN_USER, True), (AFTER, "mallory", True),
])  # fmt: skip
def test_an_entry_of_the_sample_stays_by_its_user_on_an_old_case(case_made: float, author: str, carried: bool) -> None:
    """Under our user the sample wrote before us; whoever else begins a text so is a person."""
    running, case_id, sys_id = at_installation(case_made)
    running.incidents.edit(sys_id, by=author, work_notes=FROM_AWS)
    running.incident(sys_id)
    assert any(FROM_AWS in text for text in running.comments(case_id)) == carried
    running.sweep()
    assert sum(FROM_AWS in text for text in running.comments(case_id)) == carried


@pytest.mark.parametrize(("said", "carried"), [(BEFORE, False), (AFTER, True)])
def test_a_comment_of_the_sample_stays_where_it_is_from_before_us(said: float, carried: bool) -> None:
    """Its role is gone and known to nobody; AWS dates comments, so nobody writes into the past."""
    running, case_id, sys_id = at_installation(BEFORE)
    running.cases.add_comment(case_id, FROM_SERVICENOW)
    running.cases.records[case_id]["comments"][-1]["created"] += said
    running.case(case_id)
    assert any(FROM_SERVICENOW in text for text in running.journal(sys_id)) == carried


def mirrored_by_others() -> tuple[Running, str, str]:
    """Both ways, by a former deployment: other roles, another user; its table and tokens are gone."""
    running, case_id, sys_id = at_installation(BEFORE)
    running.cases.add_comment(case_id, "one")
    running.incidents.edit(sys_id, comments="two")
    running.incidents.edit(sys_id, work_notes="three " * 3000)
    running.sweep()
    for comment in running.cases.records[case_id]["comments"]:
        if comment["body"].startswith("[ServiceNow]"):
            comment["creator"] = FORMER_ROLE
    for entry in running.incidents.records[sys_id]["journal"]:
        if entry["text"].startswith("[AWS]"):
            entry["author"] = "former_integration"
    for rows in (running.links.rows, running.links.by_incident, running.links.entries, running.cases.tokens):
        rows.clear()
    return running, case_id, sys_id


def test_what_a_former_deployment_mirrored_is_not_doubled() -> None:
    """Known by its content: header and text are what we would write."""
    running, case_id, sys_id = mirrored_by_others()
    before = running.comments(case_id), running.journal(sys_id)
    running.sweep()
    running.sweep()
    assert (running.comments(case_id), running.journal(sys_id)) == before


def test_a_text_under_a_header_of_ours_that_says_something_else_is_a_persons() -> None:
    running, case_id, sys_id = mirrored_by_others()
    [copy] = [c for c in running.cases.records[case_id]["comments"] if c["body"].endswith("\ntwo")]
    copy["body"] += ", and more"
    running.sweep()
    assert any("two, and more" in text for text in running.journal(sys_id))
    assert sum(text.endswith("\ntwo") for text in running.comments(case_id)) == 1
