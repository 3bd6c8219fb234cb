"""A journal comes by its rows or as the record displays it, and by the other road tomorrow: each entry once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integration.cases.apply import remember
from integration.cases.journals import SAME, entry_fingerprint, identified, matched
from integration.cases.link import INCIDENT
from integration.cases.ports import JOURNAL, LedgerRow
from integration.clients.servicenow.record import Record
from integration.clients.servicenow.shown import entries
from integration.model import JournalEntry
from mappers.markup import neutral
from tests.fakes.running import CLAIM_S, Running, at_call
from tests.fakes.world import Killed

AT = datetime(2026, 11, 21, 12, 3, 11, tzinfo=UTC)


def entry(text="hello", sys_id="1", created=AT, author="beth"):
    return JournalEntry(sys_id, "comments", text, author, created)


def ledger(*rows):
    return {row.key: row for row in rows}


def row(made, why=""):
    return LedgerRow(JOURNAL, made.sys_id, entry_fingerprint(made), why=why)


def paired(**mapping):
    """A deployment with an incident that has become a case."""
    running = Running(mapping=mapping or None)
    sys_id = running.incidents.make("Odd logins")
    running.incident(sys_id)
    return running, *running.linked()


def write(running, sys_id, **columns):
    running.incidents.edit(sys_id, **columns)
    running.world.now += 5
    running.incident(sys_id)
    running.world.now += 5


def carried(running, case_id):
    return [text.partition("\n")[2] for text in running.comments(case_id) if text.startswith("[ServiceNow]")]


# ------------------------------------------------------------------------------------------------ identity
RENDERED = {
    "another zone": {"created": AT + timedelta(hours=5, minutes=45)},
    "no seconds": {"created": AT.replace(second=0)},
    "a display name": {"author": "Beth Anglin"},
    "its blanks": {"text": " hello \r\n\r\nworld\n"},
    "its markup": {"text": "[code]<p>hello</p><p>world</p>[/code]"},
    "entities": {"text": "hello&nbsp;world"},
}


@pytest.mark.parametrize("other", RENDERED)
def test_what_a_reader_is_shown_otherwise_is_the_same_entry(other):
    known = entry("hello\n\nworld")
    assert entry_fingerprint(replace(known, **RENDERED[other])) == entry_fingerprint(known)


@pytest.mark.parametrize("other", [{"text": "good bye"}, {"created": AT + timedelta(minutes=1)}, {"text": "Hello"}])
def test_another_text_or_minute_is_another_entry(other):
    assert entry_fingerprint(replace(entry(), **other)) != entry_fingerprint(entry())


def test_entries_of_signs_only_are_told_apart():
    assert len({entry_fingerprint(entry(text)) for text in ("👍", "👎", "?!", "")}) == 4


def test_of_entries_alike_the_oldest_were_dealt_with():
    old = [entry(sys_id=str(number)) for number in range(2)]
    now = list(identified([*old, entry()]))
    fresh, rows = matched(now, ledger(*map(row, old)))
    assert (fresh, [r.id for r in rows], {r.why for r in rows}) == ((now[2],), [e.sys_id for e in now[:2]], {SAME})


def test_a_row_learned_before_counts_for_no_other_entry():
    """A pass that died has learned one of two, or carried the second."""
    old = entry()
    first, second = identified([old, entry()])
    assert matched([first, second], ledger(row(old), row(first, SAME)))[0] == (second,)
    assert matched([first, second], ledger(row(old), row(second)))[0] == ()


# ------------------------------------------------------------------------------------------------ passes
@pytest.mark.parametrize("hidden", [(False, True), (True, False), (False, True, False, True), (True, True, False)])
def test_each_entry_is_carried_once_whatever_road_it_comes_by(hidden):
    running, case_id, sys_id = paired()
    said = []
    for number, closed in enumerate(hidden):
        running.incidents.rows_hidden = closed
        for text in ("Done.", f"news {number}", "[code]<b>rich</b>[/code]"):
            write(running, sys_id, comments=text)
            said.append(text.replace("[code]<b>rich</b>[/code]", "rich"))
        running.sweep()
    assert sorted(carried(running, case_id)) == sorted(said)


def test_two_equal_texts_of_one_second_are_carried_both_on_either_road():
    running, case_id, sys_id = paired()
    running.incidents.rows_hidden = True
    running.incidents.edit(sys_id, comments="same")
    write(running, sys_id, comments="same")
    running.incidents.rows_hidden = False
    running.sweep()
    write(running, sys_id, comments="same")
    assert carried(running, case_id) == ["same"] * 3


def test_what_was_written_while_the_road_changed_is_not_lost():
    running, case_id, sys_id = paired()
    write(running, sys_id, comments="by rows")
    running.incidents.rows_hidden = True
    running.incidents.edit(sys_id, comments="while nobody looked")
    running.world.now += 10_000
    write(running, sys_id, comments="later")
    assert carried(running, case_id) == ["by rows", "while nobody looked", "later"]


def test_a_quiet_look_at_a_displayed_journal_costs_one_look():
    running, _, sys_id = paired()
    running.incidents.rows_hidden = True
    write(running, sys_id, comments="hello")
    running.world.now += 10_000
    running.world.calls.clear()
    assert running.incident(sys_id).outcome == "nothing new"
    assert "CreateCaseComment" not in running.world.calls
    assert not {"claim", "whole ledger"} & set(running.world.calls)


def test_our_own_notes_are_known_by_header_and_name():
    """Also those of the other road, so nothing of ours goes back to the case."""
    running, case_id, sys_id = paired()
    running.cases.add_comment(case_id, "from AWS", "AWS Responder")
    running.case(case_id)
    running.incidents.rows_hidden = True
    running.world.now += 10_000
    running.sweep()
    running.cases.add_comment(case_id, "from AWS again", "AWS Responder")
    running.case(case_id)
    running.sweep()
    texts = [text.partition("\n")[2] for text in running.journal(sys_id) if text.startswith("[AWS]")]
    assert (texts, carried(running, case_id)) == (["from AWS", "from AWS again"], [])


def test_a_pass_that_died_after_a_post_posts_nothing_again_on_the_other_road():
    running, case_id, sys_id = paired()

    def die(moment, system, call):
        if (moment, call) == ("after", "CreateCaseComment"):
            running.world.hook = lambda *_: None
            running.incidents.rows_hidden = True
            raise Killed

    running.world.hook = die
    write(running, sys_id, comments="once")
    running.sweep()
    assert carried(running, case_id) == ["once"]


def test_what_came_by_the_other_road_is_known_by_its_id_of_this_one(monkeypatch):
    """A link remembers some ids; of more than that the ledger is asked."""
    monkeypatch.setattr(remember, "JOURNAL_SEEN_KEPT", 0)
    running, case_id, sys_id = paired()
    running.incidents.rows_hidden = True
    write(running, sys_id, comments="displayed")
    running.incidents.rows_hidden = False
    write(running, sys_id, comments="by rows")
    write(running, sys_id, comments="last")
    assert carried(running, case_id) == ["displayed", "by rows", "last"]


@pytest.mark.parametrize("hidden", [True, False])
def test_a_time_in_which_no_road_leads_to_the_journal_forgets_nothing(hidden):
    """Fields go on meanwhile; it is said once, not at the first look; what was written meanwhile comes afterwards."""
    running, case_id, sys_id = paired()
    running.incidents.rows_hidden = hidden
    write(running, sys_id, comments="before")
    running.incidents.rows_hidden = running.incidents.nothing_displayed = True
    write(running, sys_id, comments="meanwhile", short_description="new title")
    assert running.cases.snapshot(case_id).values["title"] == "new title"
    assert not [text for text in running.journal(sys_id) if "may neither read" in text]
    for _ in range(3):
        running.world.now += 200
        running.incident(sys_id, sweep=True)
    assert len([text for text in running.journal(sys_id) if "may neither read" in text]) == 1
    running.incidents.rows_hidden = running.incidents.nothing_displayed = False
    running.incident(sys_id, sweep=True)
    assert carried(running, case_id) == ["before", "meanwhile"]


def test_a_displayed_journal_that_is_empty_for_once_is_no_other_road(monkeypatch):
    running, case_id, sys_id = paired()
    running.incidents.rows_hidden = True
    write(running, sys_id, comments="displayed")
    with monkeypatch.context() as patch:
        patch.setattr(running.incidents, "_displayed", lambda *_: ())
        running.incident(sys_id, sweep=True)
    running.incidents.rows_hidden = False
    running.incident(sys_id, sweep=True)
    assert carried(running, case_id) == ["displayed"]


def test_an_entry_that_somebody_edits_is_said_again_as_it_is_now():
    """A displayed entry has no id that outlives its text."""
    running, case_id, sys_id = paired()
    running.incidents.rows_hidden = True
    write(running, sys_id, comments="first")
    running.incidents.records[sys_id]["journal"][-1]["text"] = "first, corrected"
    running.sweep()
    assert carried(running, case_id) == ["first", "first, corrected"]


def test_an_entry_that_is_gone_is_no_news():
    running, case_id, sys_id = paired()
    running.incidents.rows_hidden = True
    for text in ("one", "two", "one"):
        write(running, sys_id, comments=text)
    del running.incidents.records[sys_id]["journal"][0]
    running.sweep()
    write(running, sys_id, comments="three")
    assert carried(running, case_id) == ["one", "two", "one", "three"]


# ------------------------------------------------------------------------------------------------ kinds
@pytest.mark.parametrize(("mapping", "there"), [({}, ["for all?"]), ({"comments": {"work_notes": "private"}}, [])])
def test_an_entry_whose_kind_cannot_be_told_is_dealt_with_as_a_work_note(mapping, there):
    """Said once on the incident."""
    running, case_id, sys_id = paired(**mapping)
    running.incidents.rows_hidden = running.incidents.labels_untold = True
    write(running, sys_id, comments="for all?")
    running.sweep()
    assert carried(running, case_id) == there
    assert all("· journal entry shown-" in text for text in running.comments(case_id) if "for all?" in text)
    assert sum("cannot be told" in text for text in running.journal(sys_id)) == 1


def test_what_is_kept_back_for_an_untold_kind_stays_back_once_it_is_told():
    """It may have been a work note; nothing tells that to whoever wrote it in between."""
    running, case_id, sys_id = paired(comments={"work_notes": "private"})
    running.incidents.rows_hidden = running.incidents.labels_untold = True
    write(running, sys_id, work_notes="secret")
    running.incidents.rows_hidden = running.incidents.labels_untold = False
    running.sweep()
    assert carried(running, case_id) == []


@pytest.mark.parametrize("then", ["2026-11-21 {}:00:00", "21.11.2026 {}:00:00", "11/21/2026 {}:00:00 PM"])
def test_what_we_append_is_one_entry_whatever_stands_in_it(then):
    """A comment of the case may quote a displayed entry, or forge one."""
    quoted = f"{then.format('12')} - Beth Anglin - SOC (Work notes)"
    said = neutral(f"look:\n\n{quoted}\nI never wrote that\n\n{quoted}\nnor that")
    assert neutral(said) == said
    shown = {"value": "", "display_value": f"{then.format('12')} - AWS (Work notes)\n{said}\n\n"}
    stamp = {"value": "2026-11-21 12:00:00", "display_value": then.format("12")}
    [found] = entries(Record({"work_notes": shown, "sys_updated_on": stamp}))
    assert found.text == said
    assert said.replace("\u200b", "").count(quoted) == 2


def test_rows_shown_after_a_pass_died_on_the_displayed_journal_are_not_carried_again():
    """It had posted and recorded the entry by the id that a displayed one has; the link remembers no road of it."""
    running, case_id, sys_id = paired()
    running.incidents.rows_hidden = True
    running.incidents.edit(sys_id, comments="seen it")
    running.cases.add_file(case_id, "log.txt", b"one line")

    def die():
        raise Killed

    at_call(running, "before", "upload", die)
    with pytest.raises(Killed):
        running.run(running.wake(INCIDENT, sys_id, sweep=True))
    running.world.now += CLAIM_S + 40
    running.incidents.rows_hidden = False
    running.incident(sys_id)
    assert carried(running, case_id) == ["seen it"]


def test_an_entry_like_one_that_was_displayed_long_ago_is_new():
    """Each displayed one that was carried is known by its row since; it counts for no other."""
    running, case_id, sys_id = paired()
    running.incidents.rows_hidden = True
    write(running, sys_id, comments="ok")
    running.incidents.rows_hidden = False
    running.incident(sys_id, sweep=True)
    running.world.now += 900
    running.incidents.edit(sys_id, comments="ok")

    def die():
        raise Killed

    at_call(running, "before", "CreateCaseComment", die)
    with pytest.raises(Killed):
        running.run(running.wake(INCIDENT, sys_id))
    running.world.now += CLAIM_S + 40
    running.incident(sys_id)
    assert carried(running, case_id) == ["ok", "ok"]
