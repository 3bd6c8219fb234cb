"""What the core may rely on of a journal, by its rows and as the record displays it; held by twin and adapter."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from integration.cases.journals import entry_fingerprint
from tests.contract.cases.places import PERSON
from tests.contract.cases.test_port_incidents import read, texts
from tests.fakes.incidents import OWN_USER


def test_the_journal_is_read_from_a_second_on_that_second_included(snow):
    """Entries are dated to the second, so a reading from within a second overlaps the whole of it."""
    key = snow.make()
    snow.port.update(key, {"work_notes": "early"})
    snow.seconds_pass(2)
    snow.port.update(key, {"work_notes": "late"})
    late = read(snow, key).journal[-1].created.timestamp()
    assert late == int(late)
    assert texts(snow, key) == ["early", "late"]
    assert texts(snow, key, late) == ["late"]
    assert texts(snow, key, late + 0.9) == ["late"]
    assert texts(snow, key, late + 1) == []
    assert texts(snow, key, late - 600) == ["early", "late"]


def test_whose_entry_it_is(snow):
    key = snow.make()
    snow.edit(key, comments="theirs")
    snow.port.update(key, {"work_notes": "ours"})
    assert {e.text: (e.author, snow.port.own(e.author)) for e in read(snow, key).journal} == {
        "theirs": (PERSON, False),
        "ours": (OWN_USER, True),
    }


def test_a_look_says_what_the_time_is_there(snow):
    key = snow.make()
    snow.seconds_pass(3)
    snow.port.update(key, {"work_notes": "now"})
    looked = snow.port.read(key, None)
    assert 0 <= looked.at - looked.incident.journal[-1].created.timestamp() < 60


def test_an_entry_of_ours_is_cut_at_four_thousand_characters(snow):
    key = snow.make()
    snow.port.update(key, {"work_notes": "x" * 4001})
    assert [len(text) for text in texts(snow, key)] == [4000]


@pytest.fixture(params=["by rows", "as displayed"])
def road(request, snow):
    with snow.rows_hidden() if request.param == "as displayed" else nullcontext():
        yield snow


def entries(snow, key, since=None):
    return [(entry.element, entry.text, snow.port.own(entry.author)) for entry in read(snow, key, since).journal]


def test_a_journal_comes_by_its_rows_or_as_the_record_displays_it(road):
    """Kinds, texts, whose they are and their times are the same; of authors only we are known by name."""
    key = road.make()
    road.edit(key, comments="hello\n\n  world")
    road.seconds_pass(1)
    road.port.update(key, {"work_notes": "[Integration] context · 1\nours"})
    road.seconds_pass(1)
    road.edit(key, work_notes="[code]<b>rich</b>[/code] <text>")
    road.seconds_pass(100)
    looked = road.port.read(key, None)
    assert entries(road, key) == [
        ("comments", "hello\n\n  world", False),
        ("work_notes", "[Integration] context · 1\nours", True),
        ("work_notes", "[code]<b>rich</b>[/code] <text>", False),
    ]
    first, *_, last = [entry.created.timestamp() for entry in looked.incident.journal]
    assert 2 <= last - first < 100 <= looked.at - last
    assert not looked.unread


def test_equal_entries_of_one_second_are_as_many_as_there_are(road):
    key = road.make()
    for _ in range(2):
        road.edit(key, work_notes="same")
    road.edit(key, comments="same")
    looked = read(road, key).journal
    assert len({entry.sys_id for entry in looked}) == 3
    assert sorted(entry.element for entry in looked) == ["comments", "work_notes", "work_notes"]
    assert [e.sys_id for e in read(road, key).journal] == [e.sys_id for e in looked]


def test_an_entry_keeps_its_id_whatever_comes_later(road):
    key = road.make()
    road.edit(key, comments="same")
    [first] = read(road, key).journal
    road.edit(key, comments="same")
    road.edit(key, comments="other")
    assert first.sys_id in {entry.sys_id for entry in read(road, key).journal}


def test_whether_an_entry_is_known_can_be_told_on_either_road(snow):
    """By its fingerprint, whose parts neither the reader's zone nor the author's name changes."""
    key = snow.make()
    snow.edit(key, comments="hello", work_notes="[code]<p>world</p>[/code]")
    by_rows = read(snow, key).journal
    with snow.rows_hidden():
        displayed = snow.port.read(key, None)
    assert displayed.shown
    assert sorted(map(entry_fingerprint, displayed.incident.journal)) == sorted(map(entry_fingerprint, by_rows))


def test_a_hidden_journal_is_displayed_whole_once_there_is_something_late(snow):
    """Nothing late means that the rows are not missed, so the road stays what it was."""
    key = snow.make()
    snow.edit(key, comments="early")
    snow.seconds_pass(100)
    snow.edit(key, comments="late")
    with snow.rows_hidden():
        late = read(snow, key).journal[-1].created.timestamp()
        assert texts(snow, key, late) == ["early", "late"]
        assert (texts(snow, key, late + 1), snow.port.read(key, late + 1).shown) == ([], False)


def test_a_record_without_entries_shows_an_empty_journal(road):
    looked = road.port.read(road.make(), None)
    assert (looked.incident.journal, looked.shown, looked.unread) == ((), False, False)
