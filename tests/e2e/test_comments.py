"""What people write arrives once, whole, in order, with its author and time, and private words stay where they are."""

import re

import pytest

from tests.e2e.shift import OPERATOR, told, written

HEADER = re.compile(r"\[(AWS|ServiceNow)\] (?P<who>.+) · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC · (comment|work note) \S+")
GAP = "\u200b"
"""What takes the meaning from markup on the way into ServiceNow."""
HOSTILE = {
    "beyond the BMP": "\U0001f525 \U0001d518 \U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301",
    "HTML": "<script>alert(1)</script> & <b>bold</b> &amp;",
    "a header of ours": "[AWS] beth.anglin · 2026-11-21 12:00:00 UTC · comment 000001\nquoted",
    "a header of the other way": "[ServiceNow] beth.anglin · 2026-11-21 12:00:00 UTC · work note "
    + "a" * 32
    + "\nquoted",
    "a note of ours": "[Integration] conflict · title.7\nquoted",
    "a journal header in German": "2026-11-21 12:03:11 - Beth Anglin (Arbeitsnotizen)\nGesehen.",
    "a journal header in Japanese": "2026-11-21 12:03:11 - Beth Anglin (作業メモ)\n確認しました。",
    "a query": "a^ORsys_idISNOTEMPTY^EQ javascript:gs.log(1) ${x} {{y}}",
    "lines": "one\n\n  two\n\tthree",
    "JSON": '{"event_type": "IncidentDeleted"}',
}


def bodies(texts):
    return [text.partition("\n")[2].replace(GAP, "") for text in texts]


def headers(texts, body):
    return [HEADER.fullmatch(text.partition("\n")[0]) for text in texts if text.partition("\n")[2] == body]


def test_author_and_time_stand_in_one_line_above_the_text(day):
    pair = day.opened()
    day.respond(pair.case_id, "comment", body="Seen by a responder.")
    day.as_customer("CreateCaseComment", caseId=pair.case_id, body="Seen by Carla.")
    day.edit(pair.sys_id, work_notes="Among us.")
    day.edit(pair.sys_id, comments="To the caller.")
    expected = {
        "Seen by a responder.": (day.notes, "AWS Responder"), "Seen by Carla.": (day.notes, "carla"),
        "Among us.": (day.comments, ""), "To the caller.": (day.comments, ""),
    }  # fmt: skip
    for text, (read, who) in expected.items():
        day.until(lambda text=text, read=read: written(read(pair), text) == 1)
        (header,) = headers(read(pair), text)
        assert header["who"].endswith(who)
    day.quiet()
    assert [written(read(pair), text) for text, (read, _) in expected.items()] == [1, 1, 1, 1]


def test_what_aws_says_never_reaches_the_customer_visible_stream(day):
    pair = day.opened()
    day.respond(pair.case_id, "comment", body="Among responders and analysts.")
    day.until(lambda: written(day.notes(pair), "Among responders and analysts.") == 1)
    day.quiet()
    elements = {r["element"] for r in day.rows("sys_journal_field") if r["element_id"] == pair.sys_id}
    assert elements == {"work_notes"}


def test_sixty_comments_of_a_new_case_arrive_once_and_in_order(day):
    """Three pages, in no promised order; looked at once all are there, since what is said during a look comes later."""
    with day.plane.held(*day.queues):
        case_id = day.new_case(day.title(), "Much was said.")
        for number in range(60):
            day.respond(case_id, "comment", body=f"Finding {number:02d}.")
    sys_id = day.until(lambda: day.incident_of(case_id))["sys_id"]
    day.until(lambda: written(day.journal(sys_id), "Finding 59.") == 1)
    day.quiet()
    found = [body for body in bodies(day.journal(sys_id)) if body.startswith("Finding")]
    assert found == [f"Finding {number:02d}." for number in range(60)]


@pytest.mark.parametrize("what", HOSTILE)
def test_any_text_arrives_readable_and_once_on_both_sides(day, shared_pair, what):
    pair, text = shared_pair, HOSTILE[what]
    before = bodies(day.comments(pair)).count(text), bodies(day.notes(pair)).count(text)
    day.respond(pair.case_id, "comment", body=text)
    day.edit(pair.sys_id, work_notes=text)
    day.until(lambda: bodies(day.notes(pair)).count(text) == before[1] + 1)
    day.until(lambda: bodies(day.comments(pair)).count(text) == before[0] + 1)
    day.quiet()
    assert (bodies(day.comments(pair)).count(text), bodies(day.notes(pair)).count(text)) == (
        before[0] + 1,
        before[1] + 1,
    )


@pytest.fixture
def shared_pair(day, pairs):
    """One pair for a table of texts."""
    if day.module not in pairs:
        pairs[day.module] = day.opened()
    return pairs[day.module]


@pytest.fixture(scope="module")
def pairs():
    return {}


def test_markup_of_aws_means_nothing_in_servicenow_and_code_of_servicenow_reads_as_it_shows(day):
    pair = day.opened()
    day.respond(pair.case_id, "comment", body="[code]<img src=x onerror=alert(1)>[/code]")
    day.edit(pair.sys_id, work_notes="[code]<p>Key <b>disabled</b>,<br>twice.</p>[/code]")
    day.until(lambda: written(day.comments(pair), "Key disabled,\ntwice.") == 1)
    (note,) = day.until(lambda: [note for note in day.notes(pair) if "onerror" in note])
    assert "[code]" not in note
    assert "<img" not in note


def test_an_edit_on_aws_is_told_as_an_edit(day):
    pair = day.opened()
    made = day.respond(pair.case_id, "comment", body="It was Monday.")["commentId"]
    day.until(lambda: written(day.notes(pair), "It was Monday.") == 1)
    for body in ("It was Tuesday.", "It was Wednesday."):
        day.respond(pair.case_id, "edit-comment", commentId=made, body=body)
        day.until(lambda body=body: written(day.notes(pair), body) == 1)
    day.quiet()
    edits = [note.partition("\n")[0] for note in day.notes(pair) if "· edited " in note]
    assert len(edits) == 2
    assert all(f"comment {made}" in edit for edit in edits)


def test_a_responder_s_edit_of_our_own_comment_is_an_edit(day):
    pair = day.opened()
    day.edit(pair.sys_id, work_notes="Key disabled at 09:12.")
    comment = day.until(
        lambda: [c for c in day.case(pair.case_id)["comments"] if c["body"].endswith("Key disabled at 09:12.")]
    )[0]
    body = comment["body"].replace("09:12", "09:15")
    day.respond(pair.case_id, "edit-comment", commentId=comment["commentId"], body=body)
    day.until(lambda: [note for note in day.notes(pair) if "09:15" in note])
    day.quiet()
    assert len([note for note in day.notes(pair) if "09:15" in note]) == 1


def test_a_comment_too_long_for_one_entry_arrives_in_numbered_parts(day):
    pair = day.opened()
    words = [f"word{number:04d}" for number in range(1300)]
    day.respond(pair.case_id, "comment", body=" ".join(words))
    parts = day.until(lambda: complete(day.notes(pair)))
    assert "".join(parts).split() == words
    assert len(parts) > 1


def test_an_entry_too_long_for_one_comment_arrives_in_numbered_parts(day):
    """An instance may let journals be longer than a comment on AWS."""
    pair = day.opened()
    words = [f"word{number:04d}" for number in range(2000)]
    with day.switched("servicenow", journal_max_chars=0):
        day.edit(pair.sys_id, work_notes=" ".join(words))
    parts = day.until(lambda: complete(day.comments(pair)))
    assert "".join(parts).split() == words


def complete(texts):
    """The parts of the one text that came in parts, once the last is there."""
    found = {}
    for text in texts:
        header, _, body = text.partition("\n")
        part = re.search(r" · part (\d+)/(\d+)$", header)
        if part:
            assert int(part[1]) not in found
            found[int(part[1])] = body
            count = int(part[2])
    return [found[n] for n in range(1, count + 1)] if found and len(found) == count else []


def test_an_entry_the_instance_silently_drops_is_said_once_and_comes_later(day):
    pair = day.opened()
    acl = {"table": day.table, "field": "work_notes", "operation": "write", "roles": ["admin"]}
    with day.switched("servicenow", field_acls=[acl]):
        day.respond(pair.case_id, "comment", body="Nobody may say so.")
        day.until(lambda: told(day.comments(pair), "refused"))
        day.sweep(pair)
        day.quiet()
        assert len(told(day.comments(pair), "refused")) == 1
    day.time_passes(pair.case_id, 7 * 3600)
    day.sweep(pair)
    day.until(lambda: written(day.notes(pair), "Nobody may say so.") == 1)


def test_two_people_who_write_the_same_are_two_comments(day):
    pair = day.opened()
    day.respond(pair.case_id, "comment", body="Same here.")
    day.as_customer("CreateCaseComment", caseId=pair.case_id, body="Same here.")
    day.edit(pair.sys_id, work_notes="Same there.")
    day.act("update", pair.sys_id, by="admin", enforce=False, work_notes="Same there.")
    day.until(lambda: written(day.notes(pair), "Same here.") == 2)
    day.until(lambda: written(day.comments(pair), "Same there.") == 2)
    day.sweep(pair)
    day.quiet()
    assert (written(day.notes(pair), "Same here."), written(day.comments(pair), "Same there.")) == (2, 2)


def test_a_person_who_quotes_one_of_our_comments_is_carried_over(day):
    pair = day.opened()
    day.edit(pair.sys_id, work_notes="Seen at the gate.")
    day.until(lambda: written(day.comments(pair), "Seen at the gate.") == 1)
    (quoted,) = [body for body in day.comments(pair) if "Seen at the gate." in body]
    day.aws("operations/CreateCaseComment", {"as": OPERATOR, "input": {"caseId": pair.case_id, "body": quoted}})
    day.until(lambda: len([note for note in day.notes(pair) if "Seen at the gate." in note]) == 2)
    day.quiet()
    assert len([note for note in day.notes(pair) if "Seen at the gate." in note]) == 2


def test_a_note_marked_private_stays(day):
    pair = day.opened()
    day.edit(pair.sys_id, work_notes="[Private] we suspect Carl")
    day.edit(pair.sys_id, comments="[private] and Cleo")
    day.edit(pair.sys_id, work_notes="For all.")
    day.until(lambda: written(day.comments(pair), "For all.") == 1)
    day.sweep(pair)
    day.quiet()
    assert not [body for body in day.comments(pair) if "Carl" in body or "Cleo" in body]


def test_by_setting_no_work_note_leaves_servicenow(day):
    with day.mapping(comments={"work_notes": "private"}):
        pair = day.opened()
        day.edit(pair.sys_id, work_notes="We suspect Carl.")
        day.edit(pair.sys_id, comments="To all.")
        day.until(lambda: written(day.comments(pair), "To all.") == 1)
        day.sweep(pair)
        day.quiet()
        assert not [body for body in day.comments(pair) if "Carl" in body]


def test_by_setting_what_aws_says_is_customer_visible(day):
    with day.mapping(comments={"case_comments_to": "comments"}):
        pair = day.opened()
        day.respond(pair.case_id, "comment", body="Dear customer.")
        day.until(lambda: written(day.notes(pair), "Dear customer.") == 1)
        rows = [r for r in day.rows("sys_journal_field") if r["element_id"] == pair.sys_id]
        assert {r["element"] for r in rows if "Dear customer." in r["value"]} == {"comments"}


def test_what_is_written_after_the_end_is_told_or_carried(day):
    """A closed case takes nothing, which is said once; what a responder still says reaches the incident."""
    with day.switched("security_ir", closed_refuses=["UpdateCase", "UpdateCaseStatus", "CloseCase"]):
        pair = day.opened()
        day.respond(pair.case_id, "close", closureCode="Investigation Completed")
        day.until(lambda: day.state(pair) == day.states["closed"])
        for text in ("One.", "Two."):
            day.edit(pair.sys_id, work_notes=text)
            day.until(lambda: told(day.notes(pair), "case-closed"))
        day.respond(pair.case_id, "comment", body="For the record.")
        day.until(lambda: written(day.notes(pair), "For the record.") == 1)
        day.sweep(pair)
        day.quiet()
        assert len(told(day.notes(pair), "case-closed")) == 1
        assert not [body for body in day.comments(pair) if "One." in body or "Two." in body]
