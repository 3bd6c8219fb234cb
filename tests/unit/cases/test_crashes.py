"""Deaths and lost answers that the crash sweep found to do harm, each by its name."""

from __future__ import annotations

from functools import partial

import pytest

from integration.clients.errors import Refused, Unavailable
from tests.fakes.running import Running, at_call
from tests.fakes.world import Killed

WORKING = {"itsm": "2", "ir": "16"}
NEW = {"itsm": "1", "ir": "10"}
CLOSED = {"itsm": "7", "ir": "3"}
CONTAINED = "18"


def die() -> None:
    raise Killed


def throttled() -> None:
    raise Unavailable("security_ir", "429")


def told(texts: list[str], kind: str) -> list[str]:
    return [text for text in texts if text.startswith(f"[Integration] {kind}")]


def columns(running: Running, sys_id: str) -> dict[str, str]:
    found: dict[str, str] = running.incidents.records[sys_id]["columns"]
    return found


def test_a_conflict_is_told_once_though_the_field_had_to_wait(running: Running, pair: tuple[str, str]) -> None:
    """The note stands, then AWS throttles the field: the next pass finds its own note by the token."""
    case_id, sys_id = pair
    running.cases.records[case_id]["values"]["title"] = "from AWS"
    running.incidents.edit(sys_id, short_description="from ServiceNow")
    at_call(running, "before", "UpdateCase", throttled)
    running.case(case_id)
    assert running.cases.records[case_id]["values"]["title"] == "from ServiceNow"
    assert len(told(running.comments(case_id), "conflict")) == 1


def test_a_death_before_its_note_leaves_no_disagreement_untold(running: Running, pair: tuple[str, str]) -> None:
    """Nothing leads the case back to Submitted: the base may not move on before that is said."""
    _, sys_id = pair
    running.incidents.edit(sys_id, state=WORKING[running.rules.module])
    running.incident(sys_id)
    running.incidents.edit(sys_id, state=NEW[running.rules.module])
    at_call(running, "before", "update", die)
    running.incident(sys_id)
    assert len(told(running.journal(sys_id), "status")) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_refusal_is_told_once_whatever_happens_to_the_telling(
    running: Running, pair: tuple[str, str], moment: str
) -> None:
    case_id, _ = pair
    running.incidents.refuse = lambda _, values: "not so" if "short_description" in values else None
    running.cases.records[case_id]["values"]["title"] = "unwelcome"
    at_call(running, moment, "CreateCaseComment", throttled)
    running.case(case_id)
    running.sweep()
    assert len(told(running.comments(case_id), "refused")) == 1


@pytest.mark.parametrize("later", [0.0, 59.0])
def test_a_refusal_told_in_servicenow_is_told_once_though_its_answer_is_lost(
    running: Running, pair: tuple[str, str], later: float
) -> None:
    """The note was no part of the plan; still it is announced, so that its successor waits."""
    _, sys_id = pair
    running.cases.refuse = lambda call: "not so" if call == "CreateCaseComment" else None
    running.incidents.edit(sys_id, work_notes="unwelcome")
    running.incidents.losing.append(later)
    running.incident(sys_id)
    running.sweep()
    assert len(told(running.journal(sys_id), "refused")) == 1


def test_a_change_of_context_is_told_once_though_its_answer_is_lost(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    before = len(told(running.journal(sys_id), "context"))
    running.cases.records[case_id]["values"]["pendingAction"] = "Customer"
    at_call(running, "after", "update", die)
    running.case(case_id)
    assert len(told(running.journal(sys_id), "context")) == before + 1


def test_a_death_after_the_closure_leaves_nothing_behind(running: Running, pair: tuple[str, str]) -> None:
    """The last words stand on the case already: they are not taken for words that came too late."""
    case_id, sys_id = pair
    closed = CLOSED[running.rules.module]
    running.incidents.add_file(sys_id, "log.txt", b"1")
    running.incidents.edit(sys_id, work_notes="last words", state=closed, close_code="Solved", close_notes="done")
    at_call(running, "after", "CloseCase", die)
    running.incident(sys_id)
    running.sweep()
    assert sum("last words" in comment for comment in running.comments(case_id)) == 1
    assert told(running.journal(sys_id), "case-closed") == []


def test_what_stays_behind_a_closed_case_is_told_though_the_telling_had_to_wait(
    running: Running, pair: tuple[str, str]
) -> None:
    case_id, sys_id = pair
    running.cases.records[case_id]["status"] = "Closed"
    running.case(case_id)
    running.incidents.edit(sys_id, work_notes="too late")
    at_call(running, "before", "update", throttled)
    running.incident(sys_id)
    assert len(told(running.journal(sys_id), "case-closed")) == 1


def test_an_entry_in_the_ledger_is_not_posted_again(running: Running, pair: tuple[str, str]) -> None:
    """AWS may forget tokens; what the ledger knows needs none."""
    case_id, sys_id = pair
    running.incidents.edit(sys_id, work_notes="seen at the gate")
    running.cases.records[case_id]["values"]["title"] = "t2"
    at_call(running, "before", "update", throttled)
    running.world.calls.clear()
    running.incident(sys_id)
    assert running.world.calls["aws.CreateCaseComment"] == 1


def test_a_half_walked_status_is_not_read_as_an_edit() -> None:
    """The first hop is made, the second refused: the hop is ours, so nobody's value has lost anything."""
    running = Running("ir")
    running.case(running.cases.make("Root key used"))
    case_id, sys_id = running.linked()
    running.incidents.edit(sys_id, state=CONTAINED)

    def refuse() -> None:
        raise Refused("security_ir", "not now")

    at_call(running, "before", "UpdateCaseStatus", refuse, number=2)
    running.incident(sys_id)
    assert running.status(case_id) == "Detection and Analysis"
    running.world.hook = lambda *_: None
    running.incident(sys_id, forced=True)
    assert running.status(case_id) == "Containment, Eradication and Recovery"
    assert told(running.comments(case_id) + running.journal(sys_id), "conflict") == []


def test_a_hop_before_a_death_is_not_read_as_an_edit() -> None:
    running = Running("ir")
    running.case(running.cases.make("Root key used"))
    case_id, sys_id = running.linked()
    running.incidents.edit(sys_id, state=CONTAINED)
    at_call(running, "after", "UpdateCaseStatus", die)
    running.incident(sys_id)
    assert running.status(case_id) == "Containment, Eradication and Recovery"
    assert told(running.comments(case_id) + running.journal(sys_id), "conflict") == []


def test_a_person_s_edit_to_a_value_we_could_not_write_is_an_edit(running: Running, pair: tuple[str, str]) -> None:
    """The PATCH was answered with 429: its names are taken back, or an edit to that very value would look like ours."""
    case_id, _ = pair
    running.cases.records[case_id]["values"]["title"] = "A"
    at_call(running, "before", "update", throttled)
    with pytest.raises(Unavailable):
        running.run(running.wake("case", case_id))
    assert running.links.get(case_id).link.intents == {"title": []}


# ------------------------------------------------------------------------------------------------ refused and dropped
def test_an_incident_that_takes_no_update_at_all_holds_up_nothing(running: Running, pair: tuple[str, str]) -> None:
    """Notes, fields, columns and watchers are refused: all blocked, and the other direction goes on."""
    case_id, sys_id = pair
    running.incidents.refuse = lambda *_: "read-only"
    running.cases.records[case_id]["values"] |= {"title": "t2", "pendingAction": "Customer"}
    running.cases.records[case_id]["watchers"] = {"ann@out.example"}
    running.cases.add_comment(case_id, "hello")
    running.incidents.edit(sys_id, description="d2")
    report = running.case(case_id)
    assert report.outcome == "in step"
    assert running.cases.records[case_id]["values"]["description"] == "d2"
    assert {key.partition(":")[0] for key in running.links.get(case_id).link.blocked} == {
        "comment",
        "field",
        "watchers",
    }


def test_a_watcher_the_instance_does_not_take_stays_on_the_case(running: Running, pair: tuple[str, str]) -> None:
    """Missing in the watch list because it was dropped, not because somebody removed it."""
    case_id, _ = pair
    running.incidents.drop = {"watch_list"}
    running.cases.records[case_id]["watchers"] = {"ann@out.example"}
    running.case(case_id)
    running.sweep()
    assert running.cases.records[case_id]["watchers"] == {"ann@out.example"}
    assert len(told(running.comments(case_id), "refused")) == 1


def test_a_watcher_aws_does_not_take_stays_on_the_incident(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.refuse = lambda call: "no more watchers" if call == "UpdateCase" else None
    running.incidents.edit(sys_id, watch_list="ann@out.example")
    running.incident(sys_id)
    running.sweep()
    assert columns(running, sys_id)["watch_list"] == "ann@out.example"
    assert len(told(running.journal(sys_id), "refused")) == 1
    (block,) = running.links.get(case_id).link.blocked.values()
    assert "ann" not in block.source


def test_a_reference_the_instance_drops_is_not_written_again_and_again(running: Running) -> None:
    running.incidents.drop = {"correlation_id", "correlation_display"}
    running.incident(running.incidents.make("Odd logins"))
    running.sweep()
    before = running.world.writes
    running.sweep()
    assert running.world.writes == before


def test_somebody_s_save_at_the_moment_of_ours_is_told_once(running: Running, pair: tuple[str, str]) -> None:
    """No API writes conditionally: what may have been replaced is said, since it cannot be prevented."""
    case_id, sys_id = pair
    running.cases.records[case_id]["values"]["title"] = "from AWS"
    at_call(running, "before", "update", lambda: running.incidents.edit(sys_id, short_description="from a person"))
    running.case(case_id)
    running.sweep()
    assert len(told(running.journal(sys_id), "overlap")) == 1


def test_a_second_save_at_the_moment_of_ours_is_told_too(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    for number in range(2):
        running.cases.records[case_id]["values"]["title"] = f"from AWS {number}"
        save = partial(running.incidents.edit, sys_id, short_description=f"from a person {number}")
        at_call(running, "before", "update", save)
        running.case(case_id)
        running.sweep()
    assert len(told(running.journal(sys_id), "overlap")) == 2


@pytest.mark.parametrize("number", [1, 3], ids=["with the rest", "alone"])
def test_an_end_at_the_moment_of_our_status_is_carried_over(
    running: Running, pair: tuple[str, str], number: int
) -> None:
    """A closed record drops our state without a word and answers well, with an end that is not what we sent: it is
    somebody's, so the case follows it.
    """
    case_id, sys_id = pair
    running.cases.records[case_id]["status"] = "Post-incident Activities"
    if number > 1:
        running.cases.records[case_id]["values"]["title"] = "curse"
    running.incidents.refuse = lambda _, values: "no" if values.get("short_description") == "curse" else None
    closing = {"state": "7", "close_code": "Duplicate"}
    at_call(running, "before", "update", lambda: running.incidents.edit(sys_id, **closing), number)
    running.case(case_id)
    assert (running.status(case_id), running.state(sys_id)) == ("Closed", "7")


@pytest.mark.parametrize("curse", [False, True], ids=["with the rest", "alone"])
def test_an_edit_at_the_moment_of_one_of_ours_that_is_dropped_is_a_conflict(
    running: Running, pair: tuple[str, str], *, curse: bool
) -> None:
    """A rule drops our text without a word, and the answer has the other's, which is no way of storing ours."""
    case_id, sys_id = pair
    running.incidents.drop_on[sys_id] = {"description"}
    running.cases.records[case_id]["values"]["description"] = "from AWS"
    if curse:
        running.cases.records[case_id]["values"]["title"] = "curse"
    running.incidents.refuse = lambda _, values: "no" if values.get("short_description") == "curse" else None
    save = partial(running.incidents.edit, sys_id, description="from a person")
    at_call(running, "before", "update", save, 3 if curse else 1)
    running.case(case_id)
    running.sweep()
    assert running.cases.records[case_id]["values"]["description"] == "from a person"
    assert len(told(running.comments(case_id), "conflict")) == 1


def test_a_field_saved_at_the_moment_of_our_write_is_carried_over(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.add_comment(case_id, "hello")
    at_call(running, "before", "update", lambda: running.incidents.edit(sys_id, description="from a person"))
    running.case(case_id)
    assert running.cases.records[case_id]["values"]["description"] == "from a person"


def test_a_save_before_our_note_keeps_its_field(running: Running, pair: tuple[str, str]) -> None:
    """The append shows that somebody saved meanwhile: the title is not written over theirs, but planned anew."""
    case_id, sys_id = pair
    running.cases.records[case_id]["values"]["title"] = "from AWS"
    running.cases.add_comment(case_id, "hello")
    at_call(running, "before", "update", lambda: running.incidents.edit(sys_id, short_description="from a person"))
    running.case(case_id)
    assert columns(running, sys_id)["short_description"] == "from a person"
    assert len(told(running.comments(case_id), "conflict")) == 1


def test_a_comment_edited_before_its_row_was_stored_is_told_as_edited(running: Running, pair: tuple[str, str]) -> None:
    """Its entry stands in the journal, its ledger row does not, and by now it says something else."""
    case_id, sys_id = pair
    made = running.cases.add_comment(case_id, "it was Monday")
    at_call(running, "after", "update", die)
    with pytest.raises(Killed):
        running.run(running.wake("case", case_id))
    running.world.now += 300
    running.cases.edit_comment(case_id, made, "it was Tuesday")
    running.case(case_id)
    bodies = [text.partition("\n")[2] for text in running.journal(sys_id) if text.startswith("[AWS]")]
    assert bodies == ["it was Monday", "it was Tuesday"]


def test_a_failed_adoption_leaves_no_half_made_link(running: Running) -> None:
    """The kept request holds the base; a link stored without it would take our own first title for an edit of AWS."""
    sys_id = running.incidents.make("first title", description="d")
    at_call(running, "after", "CreateCase", die)
    with pytest.raises(Killed):
        running.run(running.wake("incident", sys_id))
    (case_id,) = running.cases.records
    at_call(running, "before", "get incident", throttled)
    with pytest.raises(Unavailable):
        running.run(running.wake("case", case_id))
    running.world.hook = lambda *_: None
    running.world.now += 300
    running.incidents.edit(sys_id, short_description="second title")
    running.incident(sys_id)
    assert running.cases.records[case_id]["values"]["title"] == "second title"
    assert told(running.comments(case_id) + running.journal(sys_id), "conflict") == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_join_whose_answer_is_lost_keeps_the_base(running: Running, moment: str) -> None:
    sys_id = running.incidents.make("first title", description="d")
    at_call(running, moment, "join", throttled)
    running.incident(sys_id)
    running.world.now += 300
    running.incidents.edit(sys_id, short_description="second title")
    running.sweep()
    ((_, case),) = running.cases.records.items()
    assert case["values"]["title"] == "second title"
    assert told([c["body"] for c in case["comments"]] + running.journal(sys_id), "conflict") == []


def test_a_watch_list_saved_at_the_moment_of_our_write_is_told(running: Running, pair: tuple[str, str]) -> None:
    """A PATCH replaces the whole list."""
    case_id, sys_id = pair
    running.cases.records[case_id]["watchers"] = {"ann@out.example"}
    at_call(running, "before", "update", lambda: running.incidents.edit(sys_id, watch_list="bob@out.example"))
    running.case(case_id)
    assert len(told(running.journal(sys_id), "overlap")) == 1


def test_an_incident_set_back_while_its_status_was_half_walked_is_told() -> None:
    """The first hop cannot be undone, so what the person went back to cannot be reached any more."""
    running = Running()
    running.case(running.cases.make("Root key used"))
    case_id, sys_id = running.linked()
    running.incidents.edit(sys_id, state="6")
    at_call(running, "after", "UpdateCaseStatus", die)
    with pytest.raises(Killed):
        running.run(running.wake("incident", sys_id))
    running.world.now += 300
    running.incidents.edit(sys_id, state="1")
    running.incident(sys_id)
    assert (running.status(case_id), running.state(sys_id)) == ("Detection and Analysis", "1")
    assert len(told(running.journal(sys_id), "status")) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_watcher_we_were_about_to_add_is_not_taken_for_somebody_s(
    running: Running, pair: tuple[str, str], moment: str
) -> None:
    """A pass adds what the incident lists and dies; meanwhile the address is taken off the list again."""
    case_id, sys_id = pair
    running.incidents.edit(sys_id, watch_list="ann@out.example")
    at_call(running, moment, "UpdateCase", die)
    with pytest.raises(Killed):
        running.run(running.wake("incident", sys_id))
    running.world.now += 300
    running.incidents.edit(sys_id, watch_list="")
    running.incident(sys_id)
    assert running.cases.records[case_id]["watchers"] == set()
    assert columns(running, sys_id)["watch_list"] == ""


def test_a_watcher_whose_addition_failed_is_added_later(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.incidents.edit(sys_id, watch_list="ann@out.example")
    at_call(running, "before", "UpdateCase", die)
    running.incident(sys_id)
    assert running.cases.records[case_id]["watchers"] == {"ann@out.example"}
    assert columns(running, sys_id)["watch_list"] == "ann@out.example"


def test_a_watcher_taken_off_before_the_first_clean_pass_stays_off(running: Running) -> None:
    """What CreateCase was sent is the base of watchers too."""
    sys_id = running.incidents.make("Odd logins", description="d", watch_list="ann@out.example")
    at_call(running, "after", "join", die)
    with pytest.raises(Killed):
        running.run(running.wake("incident", sys_id))
    running.world.now += 300
    running.incidents.edit(sys_id, watch_list="")
    running.incident(sys_id)
    ((_, case),) = running.cases.records.items()
    assert case["watchers"] == set()
    assert columns(running, sys_id)["watch_list"] == ""
