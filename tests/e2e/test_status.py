"""Status and closure: every state of both tables, what stays as people left it, and every way to the end."""

import pytest

from integration.operations.cases.people import CLOSERS
from tests.e2e.shift import told, written

DETECTION, CONTAINMENT = "Detection and Analysis", "Containment, Eradication and Recovery"
REVIEW, READY = "Post-incident Activities", "Ready to Close"
SAYS = {
    "itsm": {"2": DETECTION, "3": DETECTION, "6": REVIEW, "7": "Closed", "8": "Closed"},
    "ir": {
        "16": DETECTION, "18": CONTAINMENT, "19": CONTAINMENT, "20": CONTAINMENT, "100": REVIEW, "3": "Closed",
        "7": "Closed",
    },
}  # fmt: skip
"""What a case becomes whose incident is set from its first state to this one."""
SHOWS = {
    "itsm": {"Acknowledged": "1", DETECTION: "2", CONTAINMENT: "2", REVIEW: "2", READY: "2", "Closed": "7"},
    "ir": {"Acknowledged": "10", DETECTION: "16", CONTAINMENT: "18", REVIEW: "100", READY: "100", "Closed": "3"},
}
"""What an incident shows while responders take its case through a life."""


def set_state(day, pair, state, **more):
    """As somebody who may, with the code and notes that closing asks for."""
    values = {"state": state, "close_code": day.close_code, "close_notes": "Keys rotated."} | more
    day.act("update", pair.sys_id, by=CLOSERS[day.table], **values)


def test_every_state_of_the_incident_reaches_the_case(day):
    """From the first state straight to each, however many legal steps that takes on AWS."""
    pairs = {state: day.reported() for state in SAYS[day.module]}
    for state, pair in pairs.items():
        set_state(day, pair, state)
    for state, pair in pairs.items():
        day.until(lambda state=state, pair=pair: day.status(pair) == SAYS[day.module][state])
    day.quiet()
    assert {state: day.state(pair) for state, pair in pairs.items()} == {state: state for state in pairs}


def test_every_status_of_the_case_reaches_the_incident(day):
    pair = day.opened()
    shown = {}
    for status in SHOWS[day.module]:
        day.respond(pair.case_id, "status", status=status)
        day.quiet()
        shown[status] = day.state(pair)
        assert day.status(pair) == status
    assert shown == SHOWS[day.module]


def test_on_hold_beside_containment_moves_nothing(itsm_day):
    """Put on hold, edited elsewhere, taken off hold: neither side's status moves, and the reason stays."""
    day = itsm_day
    pair = day.opened()
    day.respond(pair.case_id, "status", status=CONTAINMENT)
    day.until(lambda: day.state(pair) == "2")
    for state, reason in (("3", "4"), ("2", ""), ("3", "1")):
        day.edit(pair.sys_id, state=state, hold_reason=reason, work_notes=f"Now {state}.{reason}")
        day.respond(pair.case_id, "fields", description=f"Edited while {state}.{reason}")
        day.until(lambda s=state, r=reason: day.incident(pair.sys_id)["description"] == f"Edited while {s}.{r}")
        day.sweep(pair)
        day.quiet()
        assert (day.status(pair), day.state(pair)) == (CONTAINMENT, state)
        assert day.incident(pair.sys_id)["hold_reason"] == reason


CODES = {
    "itsm": {"Not Resolved": "No resolution provided", "Duplicate": "Duplicate", "False Positive": "Solution provided"},
    "ir": {
        "Investigation Completed": "Investigation completed", "Not Resolved": "Not resolved",
        "False Positive": "False positive",
    },
}  # fmt: skip


def test_a_case_closed_on_aws_closes_the_incident_with_code_and_notes(day):
    pairs = {code: day.opened() for code in CODES[day.module]}
    for code, pair in pairs.items():
        day.respond(pair.case_id, "comment", body="The last word.")
        day.respond(pair.case_id, "close", closureCode=code)
    for code, pair in pairs.items():
        day.until(lambda pair=pair: day.state(pair) == day.states["closed"])
        row = day.incident(pair.sys_id)
        assert (day.code_shown(pair.sys_id), row["active"]) == (CODES[day.module][code], "false")
        assert pair.case_id in row["close_notes"]
    day.quiet()
    assert [written(day.notes(pair), "The last word.") for pair in pairs.values()] == [1] * len(pairs)


OLD_CODES = ("Solved (Work Around)", "Solved (Permanently)", "Not Solved (Too Costly)", "Closed/Resolved by Caller")


def test_an_older_release_s_codes_come_from_the_mapping(itsm_day):
    """Before San Diego other codes were offered, which nobody below admin may look up: until the mapping names one,
    the refusal stands on the incident, since the closed case takes no word any more.
    """
    day = itsm_day
    with day.choices("incident", "close_code", OLD_CODES):
        pair = day.opened()
        day.respond(pair.case_id, "close", closureCode="Investigation Completed")
        day.until(lambda: told(day.notes(pair), "close_code") or told(day.notes(pair), "refused"))
        assert day.state(pair) == "1"
        with day.mapping(closure={"codes": ["Solved (Permanently)"]}):
            day.time_passes(pair.case_id, 7 * 3600)
            day.sweep(pair)
            day.until(lambda: day.state(pair) == "7")
        assert day.incident(pair.sys_id)["close_code"] == "Solved (Permanently)"


@pytest.mark.parametrize("how", ["drop", "403"])
def test_where_the_user_may_not_close_the_incident_is_resolved(itsm_day, how):
    """Refused or silently dropped, 7 becomes 6, once; and a later look does not try again."""
    day = itsm_day
    with day.switched("servicenow", close_by_itil=how):
        pair = day.opened()
        day.respond(pair.case_id, "close", closureCode="Investigation Completed")
        day.until(lambda: day.state(pair) == "6")
        day.quiet()
        version = day.incident(pair.sys_id)["sys_mod_count"]
        day.sweep(pair)
        day.quiet()
        row = day.incident(pair.sys_id)
        assert (row["state"], row["sys_mod_count"], row["close_code"]) == ("6", version, "Solution provided")
        assert day.status(pair) == "Closed"


def test_a_closed_incident_closes_the_case_after_its_last_words_and_files(day):
    """All of it saved at once: a closed case takes nothing any more."""
    pair = day.opened()
    file = {"name": "final.txt", "content_type": "text/plain", "content": "ZmluYWw="}
    day.act(
        "update", pair.sys_id, by=CLOSERS[day.table], files=[file], state=day.states["closed"],
        close_code=day.close_code, close_notes="Keys rotated.", work_notes="Closing now.",
    )  # fmt: skip
    day.until(lambda: day.status(pair) == "Closed")
    day.quiet()
    assert written(day.comments(pair), "Closing now.") == 1
    assert len([text for text in told(day.comments(pair), "Keys rotated.") if day.close_code in text]) == 1
    assert len(day.case(pair.case_id)["caseAttachments"]) == 1


def test_a_cancelled_incident_closes_its_case(day):
    pair = day.opened()
    set_state(day, pair, day.states["cancelled"])
    day.until(lambda: day.status(pair) == "Closed")
    day.quiet()
    assert day.state(pair) == day.states["cancelled"]


def test_a_reopened_incident_is_told_once_that_its_case_stays_closed(day):
    pair = day.opened()
    day.respond(pair.case_id, "close", closureCode="Investigation Completed")
    day.until(lambda: day.state(pair) == day.states["closed"])
    day.act("update", pair.sys_id, by="admin", enforce=False, state=day.states["working"], work_notes="It is not over.")
    day.until(lambda: told(day.notes(pair), "reopened"))
    day.edit(pair.sys_id, description="Still not over.")
    day.sweep(pair)
    day.quiet()
    assert len(told(day.notes(pair), "reopened")) == 1
    assert (day.status(pair), day.state(pair)) == ("Closed", day.states["working"])


def test_a_deleted_incident_suspends_its_link_and_is_said_on_the_case(day):
    """Nothing is deleted on AWS, and a link is suspended only if the record stays away for two minutes."""
    pair = day.opened()
    day.quiet()
    day.erase(pair.sys_id)
    day.until(lambda: day.link(pair.case_id).get("unreadable_since"))
    day.quiet()
    assert told(day.comments(pair), "suspended") == []
    day.time_passes(pair.case_id)
    day.redeliver()
    day.until(lambda: told(day.comments(pair), "suspended"))
    day.sweep(pair)
    day.quiet()
    assert len(told(day.comments(pair), "suspended")) == 1
    assert (day.link(pair.case_id)["state"], day.status(pair)) == ("suspended", "Submitted")


def test_an_aws_managed_case_takes_a_state_as_a_comment_and_only_closes(day):
    pair = day.opened(resolverType="AWS")
    day.edit(pair.sys_id, state=day.states["working"])
    day.until(lambda: told(day.comments(pair), "AWS responders set the status"))
    day.sweep(pair)
    day.quiet()
    assert len(told(day.comments(pair), "AWS responders set the status")) == 1
    assert (day.status(pair), day.state(pair)) == ("Submitted", day.states["working"])
    set_state(day, pair, day.states["closed"])
    day.until(lambda: day.status(pair) == "Closed")


def test_a_stateful_process_is_walked_state_by_state(ir_day):
    """Under it an instance refuses every jump: Draft to Contain is two steps, and from there to Closed four."""
    day = ir_day
    with day.switched("servicenow", sir_process="stateful"):
        pair = day.opened()
        day.respond(pair.case_id, "status", status=CONTAINMENT)
        day.until(lambda: day.state(pair) == "18")
        day.quiet()
        assert day.status(pair) == CONTAINMENT
        day.respond(pair.case_id, "close", closureCode="False Positive")
        day.until(lambda: day.state(pair) == "3")
        day.quiet()
        assert day.code_shown(pair.sys_id) == "False positive"
        assert told(day.comments(pair), "refused") == []


def test_a_step_back_that_a_stateful_process_refuses_is_said_once(ir_day):
    day = ir_day
    with day.switched("servicenow", sir_process="stateful"):
        pair = day.opened()
        day.respond(pair.case_id, "status", status=CONTAINMENT)
        day.until(lambda: day.state(pair) == "18")
        day.respond(pair.case_id, "status", status=DETECTION)
        day.until(lambda: told(day.comments(pair), "refused"))
        for _ in range(2):
            day.sweep(pair)
            day.quiet()
        assert len(told(day.comments(pair), "refused")) == 1
        assert (day.status(pair), day.state(pair)) == (DETECTION, "18")


def test_the_case_may_close_with_the_resolution_by_setting(itsm_day):
    day = itsm_day
    with day.mapping(case_closes_when="resolved"):
        pair = day.opened()
        set_state(day, pair, "6")
        day.until(lambda: day.status(pair) == "Closed")
        day.quiet()
        assert day.state(pair) == "6"
