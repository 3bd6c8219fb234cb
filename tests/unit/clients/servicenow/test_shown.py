"""A displayed journal, taken apart into its entries whatever the reader's language and form of dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integration.clients.servicenow.record import Record
from integration.clients.servicenow.shown import Shown, entries, labels_of, shows, told

LANGUAGES = {
    "English": ("Additional comments", "Work notes", "2026-11-21 {}"),
    "customer's own": ("Additional comments (Customer visible)", "Work notes (IT (internal))", "2026-11-21 {}"),
    "German": ("Zusätzliche Kommentare", "Arbeitsnotizen", "21.11.2026 {}"),
    "French": ("Commentaires supplémentaires", "Notes de travail", "21/11/2026 {}"),
    "Portuguese": ("Comentários adicionais", "Anotações de trabalho", "21/11/2026 {}"),
    "Japanese": ("追加コメント", "作業メモ", "2026年11月21日 {}"),
}


def at(clock):
    return datetime.fromisoformat(f"2026-11-21 {clock}").replace(tzinfo=UTC)


def record(stamp="2026-11-21 {}", **texts):
    columns = {"sys_updated_on": {"value": "2026-11-21 18:30:00", "display_value": stamp.format("18:30:00")}}
    return Record(columns | {name: {"value": "", "display_value": text} for name, text in texts.items()})


def listed(*shown):
    """Newest first, as an instance joins them: (header, text)."""
    return "".join(f"{header}\n{text}\n\n" for header, text in shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_column_tells_the_kind_in_any_language(language):
    comments, notes, stamp = LANGUAGES[language]
    comment = (f"{stamp.format('12:00:00')} - Beth (Berlin) Anglin ({comments})", "hello\n\n  world")
    note = (f"{stamp.format('13:00:00')} - Fred ({notes})", "for us")
    found = entries(
        record(stamp, comments=listed(comment), work_notes=listed(note), comments_and_work_notes=listed(note, comment))
    )
    assert found == [
        Shown("comments", comments, "Beth (Berlin) Anglin", "hello\n\n  world", at("12:00:00")),
        Shown("work_notes", notes, "Fred", "for us", at("13:00:00")),
    ]
    assert labels_of(found) == {comments: "comments", notes: "work_notes"}


def test_what_only_the_joint_column_shows_has_the_kind_its_label_is_known_for():
    joint = listed(
        ("2026-11-21 14:00:00 - Fred (Arbeitsnotizen)", "c"),
        ("2026-11-21 13:00:00 - Fred (Kommentare)", "b"),
        ("2026-11-21 12:00:00 - Fred (Arbeitsnotizen)", "a"),
    )
    found = entries(record(comments_and_work_notes=joint))
    assert [(e.element, e.text) for e in found] == [("", "a"), ("", "b"), ("", "c")]
    assert [e.element for e in told(found, {"Arbeitsnotizen": "work_notes"})] == ["work_notes", "", "work_notes"]


def test_a_header_that_stands_there_twice_tells_no_kind():
    """The second may be a quote inside a work note: what follows it is the note's."""
    quoted = "2026-11-21 12:00:00 - Fred (Comments)"
    joint = listed(("2026-11-21 13:00:00 - Beth (Notes)", f"see\n\n{quoted}\nand keep it secret"), (quoted, "hello"))
    found = told(entries(record(comments_and_work_notes=joint)), {"Comments": "comments", "Notes": "work_notes"})
    assert [(e.element, e.text) for e in found] == [("", "hello"), ("", "and keep it secret"), ("work_notes", "see")]


def test_a_quote_of_an_older_entry_is_part_of_the_one_it_stands_in():
    quoted = "2026-11-21 11:00:00 - Fred (Work notes)"
    texts = [
        ("2026-11-21 13:00:00 - Beth (Work notes)", f"you wrote\n\n{quoted}\nfirst\n\nindeed"),
        ("2026-11-21 12:00:00 - Fred (Work notes)", "second"),
        (quoted, "first"),
    ]
    found = entries(record(work_notes=listed(*texts)))
    assert [e.text for e in found] == ["first", "second", texts[0][1]]


def test_a_header_within_a_paragraph_is_text():
    line = "2026-11-21 12:00:00 - Fred (Work notes)"
    assert [e.text for e in entries(record(work_notes=listed((line, f"he said:\n{line}\nok"))))] == [
        f"he said:\n{line}\nok"
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_two_equal_entries_of_one_second_are_two(end):
    header = "2026-11-21 12:00:00 - Fred (Work notes)"
    text = listed((header, "same"), (header, "same")).replace("\n", end)
    assert [e.text for e in entries(record(work_notes=text, comments_and_work_notes=text))] == ["same", "same"]


def test_nothing_shown_is_nothing():
    assert not shows(record(comments="", work_notes=" \n"))
    assert entries(record(comments="")) == []
    assert shows(record(comments_and_work_notes="2026-11-21 12:00:00 - Fred (Notes)\nx\n\n"))


def test_without_a_stamp_told_twice_nothing_is_taken_apart():
    assert entries(Record({"comments": {"value": "", "display_value": "soon - Fred (Notes)\nx\n\n"}})) == []
