"""What one edit costs does not depend on how much a case has seen; nor does the size of its link."""

import pytest

from integration.cases.link import added, gained, set_hash
from tests.fakes.running import Running

NAMES = [f"finding {number}" for number in range(1000)]


def full(comments, files=0):
    running = Running()
    case_id = running.cases.make("Grown")
    for text in NAMES[:comments]:
        running.cases.add_comment(case_id, text)
    for number in range(files):
        running.cases.add_file(case_id, f"{'long-name-' * 20}{number}.txt", b"evidence")
    running.case(case_id)
    running.world.now += 3600
    return running, *running.linked()


def cost(running, act):
    before = running.world.calls.copy()
    act()
    return running.world.calls - before


@pytest.mark.parametrize("comments", [0, 1, 25, 1000])
def test_a_new_comment_costs_one_look_at_each_side_and_one_write(comments):
    running, case_id, sys_id = full(comments)
    running.cases.add_comment(case_id, "one more")
    spent = cost(running, lambda: running.case(case_id))
    assert spent["servicenow.read"] == spent["servicenow.update"] == 1
    assert {name: count for name, count in spent.items() if "ledger" in name} == {}
    assert sum("one more" in text for text in running.journal(sys_id)) == 1


@pytest.mark.parametrize("comments", [1, 1000])
def test_a_work_note_does_not_read_the_comments(comments):
    running, case_id, sys_id = full(comments)
    running.incidents.edit(sys_id, work_notes="seen")
    spent = cost(running, lambda: running.incident(sys_id))
    assert spent["aws.ListComments"] == 0
    assert spent["aws.CreateCaseComment"] == 1
    assert running.comments(case_id)[-1].endswith("seen")


def test_a_comment_the_incident_s_pass_left_unread_still_finds_its_look():
    """Its event comes late, after a pass that did not read the comments has ended well."""
    running, case_id, sys_id = full(1)
    running.cases.add_comment(case_id, "late")
    event = running.wake("case", case_id)
    running.world.now += 30
    running.incidents.edit(sys_id, work_notes="seen")
    running.incident(sys_id)
    running.world.now += 30
    running.deliver(event)
    assert sum(text.endswith("late") for text in running.journal(sys_id)) == 1


def test_a_link_at_every_limit_is_below_ten_kilobytes():
    running, case_id, sys_id = full(1000, files=50)
    for number in range(30):
        running.incidents.edit(sys_id, work_notes=f"note {number}", short_description=f"title {number}")
        running.incident(sys_id)
    link = running.links.get(case_id).link
    assert len(link.dumps()) < 10 * 1024


def test_an_edited_comment_is_no_new_one():
    """The sums of hashes tell an addition from anything else; then the ledger is asked."""
    running, case_id, sys_id = full(30)
    running.cases.edit_comment(case_id, "000003", "finding 3, corrected")
    running.cases.add_comment(case_id, "one more")
    spent = cost(running, lambda: running.case(case_id))
    assert sum(count for name, count in spent.items() if "ledger" in name) >= 1
    assert sum("finding 3, corrected" in text for text in running.journal(sys_id)) == 1
    assert sum("one more" in text for text in running.journal(sys_id)) == 1


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([], [], 0),
        (["a"], ["a"], 0),
        ([], ["a", "b"], 2),
        (["a"], ["a", "b", "c"], 2),
        (["b", "a"], ["a", "b"], 0),
        (["a"], ["b"], None),
        (["a", "b"], ["a"], None),
        (["a", "x"], ["a", "b", "c"], None),
        (["b"], ["a", "b"], None),
    ],
)
def test_only_what_came_last_counts_as_gained(before, now, expected):
    assert gained(set_hash(before), now) == expected


def test_adding_to_a_hash_is_hashing_the_whole():
    assert added(set_hash(["a"]), ["b", "c"]) == set_hash(["c", "a", "b"])
