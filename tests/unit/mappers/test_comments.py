from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.module import Module
from mappers.comments import (
    Reference,
    body_digest,
    case_bodies,
    edit_stamp,
    is_mirrored,
    is_private,
    journal_texts,
    reference_in,
    system_note,
    system_notes,
)
from mappers.mapping_rules import rules_for
from mappers.markup import neutral
from mappers.text_split import cut, split, units
from tests.unit.mappers.records import COMMENT, ENTRY, MOMENT, SYS_ID, with_limits

ITSM = rules_for(Module.ITSM)
BODIES = st.text(st.characters(), max_size=3000) | st.text("a \n[]code</>é👩🏽‍💻🇩🇪", max_size=3000)


def _text(entry):
    return entry.split("\n", 1)[1]


# -------------------------------------------------------------------------------- headers
def test_a_comment_says_who_wrote_it_and_when(rules):
    assert journal_texts(COMMENT, rules) == (
        "[AWS] AWS Responder · 2026-11-21 12:03:11 UTC · comment 000123\nLooks contained",
    )


def test_an_entry_says_who_wrote_it_and_when(rules):
    assert case_bodies(ENTRY, "Beth Anglin", rules) == (
        f"[ServiceNow] Beth Anglin · 2026-11-21 12:03:11 UTC · work note {SYS_ID}\nLooks contained",
    )
    assert case_bodies(replace(ENTRY, element="comments"), "", rules)[0].startswith(
        f"[ServiceNow] beth.anglin · 2026-11-21 12:03:11 UTC · comment {SYS_ID}\n"
    )


def test_times_are_utc_wherever_they_come_from(rules):
    there = datetime(2026, 11, 21, 23, 3, 11, tzinfo=timezone(timedelta(hours=11)))
    assert "2026-11-21 12:03:11 UTC" in journal_texts(replace(COMMENT, created=there), rules)[0]


AUTHORS = [
    ("arn:aws:sts::111122223333:assumed-role/Analyst/beth", "beth"),
    ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
    ("111122223333", "111122223333"),
    ("a · b\nc", "a b c"),
    ("", "unknown"),
]


@pytest.mark.parametrize(("creator", "shown"), AUTHORS)
def test_an_author_is_one_short_line(rules, creator, shown):
    assert journal_texts(replace(COMMENT, creator=creator), rules)[0].startswith(f"[AWS] {shown} · 2026")


def test_an_edit_names_its_editor_and_has_a_reference_of_its_own(rules):
    edited = replace(COMMENT, body="Contained", updated=MOMENT + timedelta(minutes=2), updated_by="111122223333")
    (entry,) = journal_texts(edited, rules, edited=True)
    stamp = edit_stamp(edited)
    assert entry == f"[AWS] 111122223333 · 2026-11-21 12:05:11 UTC · comment 000123 · edited {stamp}\nContained"
    assert reference_in(entry) == Reference("comment", f"000123@{stamp}")


def test_every_edit_has_another_stamp():
    """Back to a former text a second later is a further edit; another text in the same second is too."""
    later = replace(COMMENT, updated=MOMENT + timedelta(seconds=1))
    other = replace(COMMENT, body="Other")
    assert len({edit_stamp(c) for c in (COMMENT, later, other)}) == 3
    assert edit_stamp(COMMENT) == edit_stamp(replace(COMMENT))


# -------------------------------------------------------------------------------- references
REFERENCES = [
    ("[AWS] AWS Responder · 2026-11-21 12:03:11 UTC · comment 000123\nx", Reference("comment", "000123")),
    ("[AWS] a · 2026-11-21 12:03:11 UTC · comment 000123 · part 2/3\r\nx", Reference("comment", "000123", 2, 3)),
    (f"[ServiceNow] b · 2026-11-21 12:03:11 UTC · comment {SYS_ID}", Reference("journal", SYS_ID)),
    (f"[ServiceNow] b · 2026-11-21 12:03:11 UTC · work note {SYS_ID} · part 1/2", Reference("journal", SYS_ID, 1, 2)),
    ("[Integration] conflict · title.7\nBoth sides", Reference("conflict", "title.7")),
    ("[AWS Security Incident Response Update] Case status updated", Reference("sample", "")),
    ("[service-now Update] anything", Reference("sample", "")),
    ("", None),
    ("[AWS] a · yesterday · comment 000123\nx", None),
    ("[AWS] a · 2026-11-21 12:03:11 UTC · comment 000123 and more\nx", None),
    (" [AWS] a · 2026-11-21 12:03:11 UTC · comment 000123\nx", None),
    ("> [AWS] a · 2026-11-21 12:03:11 UTC · comment 000123\nx", None),
    ("[Integration] conflict\nx", None),
    ("[aws] a · 2026-11-21 12:03:11 UTC · comment 000123\nx", None),
]


@pytest.mark.parametrize(("text", "reference"), REFERENCES)
def test_a_reference_is_exactly_our_first_line(text, reference):
    assert reference_in(text) == reference


@given(BODIES)
def test_what_we_write_parses_back(body):
    for entry in journal_texts(replace(COMMENT, body=body), ITSM):
        assert reference_in(entry).ref == "000123"
    for entry in case_bodies(replace(ENTRY, text=body), "Beth", ITSM):
        assert (reference_in(entry).kind, reference_in(entry).ref) == ("journal", SYS_ID)


@given(BODIES.filter(lambda text: reference_in(text) is None))
def test_a_header_quoted_further_down_is_not_recognised(body):
    quoted = journal_texts(COMMENT, ITSM)[0]
    assert reference_in(f"{body}\n{quoted}") is None


def test_a_header_quoted_on_the_first_line_is_parsed():
    """Text alone cannot tell the two apart; the core checks who wrote it."""
    quoted = journal_texts(COMMENT, ITSM)[0]
    assert reference_in(quoted + "\nI agree") == Reference("comment", "000123")


# -------------------------------------------------------------------------------- splitting
@given(BODIES, st.integers(500, 900))
def test_a_long_comment_is_split_in_order_and_loses_nothing(body, limit):
    body = neutral(body)
    entries = journal_texts(replace(COMMENT, body=body), with_limits(ITSM, limit))
    assert "".join(_text(entry) for entry in entries) == body
    assert all(units(entry) <= limit for entry in entries)
    if len(entries) > 1:
        parts = [(reference_in(entry).part, reference_in(entry).parts) for entry in entries]
        assert parts == [(n, len(entries)) for n in range(1, len(entries) + 1)]


def test_an_entry_over_what_aws_takes_is_split(rules):
    entries = case_bodies(replace(ENTRY, text="word " * 6000), "Beth", rules)
    assert "".join(_text(entry) for entry in entries) == "word " * 6000
    assert len(entries) == 3
    assert all(len(entry) <= 12000 for entry in entries)


def test_a_part_ends_before_white_space():
    """ServiceNow may trim what an entry ends with; what stands inside it stays."""
    assert split("aaaa bbbb cccc", 10) == ("aaaa bbbb", " cccc")


CLUSTERS = ["e\u0301", "👩🏽‍💻", "🇩🇪", "\r\n", "❤️"]


@pytest.mark.parametrize("cluster", CLUSTERS, ids=ascii)
def test_what_is_seen_as_one_character_stays_whole(cluster):
    pieces = split(cluster * 50, 31)
    assert "".join(pieces) == cluster * 50
    assert all(piece == cluster * (len(piece) // len(cluster)) for piece in pieces)


@given(st.text(st.characters(), max_size=200), st.integers(2, 40))
def test_pieces_join_and_fit(text, limit):
    pieces = split(text, limit)
    assert "".join(pieces) == text
    assert all(0 < units(piece) <= limit for piece in pieces)
    assert text.startswith(cut(text, limit))
    assert units(cut(text, limit)) <= limit


# -------------------------------------------------------------------------------- markup
DROPPED_BY_SOME = [
    "[\x00code]",
    "<\x00script>",
    "[\xadcode]",
    "[c\u2060ode]",
    "<\u200b\xadscript>",
    "[\u200b/code\ufeff]",
]


@pytest.mark.parametrize("text", DROPPED_BY_SOME, ids=ascii)
def test_no_character_an_instance_may_drop_hides_a_tag(text):
    """Only the gap we set ourselves stands in a tag; control characters go altogether."""
    assert neutral(text) in {"[\u200bcode]", "<\u200bscript>", "[\u200b/code]"}
    assert neutral(neutral(text)) == neutral(text)


def test_lines_and_columns_stay():
    assert neutral("a\tb\r\nc\x85d\x1b[31me\x9b") == "a\tb\r\nc\x85d[31me"


HARMLESS = ["[code]<script>x</script>[/code]", "[ /CODE ]", "<img src=x onerror=y>", "<!--x-->", "a<b", "</p>", "<?php"]


@pytest.mark.parametrize("text", HARMLESS)
def test_markup_from_aws_cannot_execute_and_reads_the_same(text):
    shown = neutral(text)
    assert "[code]" not in shown.lower().replace(" ", "")
    assert not any(f"<{c}" in shown for c in ("s", "i", "!", "b", "/", "?"))
    assert shown.replace("\u200b", "") == text


def test_plain_text_stays_untouched():
    text = "if a < b and c <3 [see code] [x] 1<2"
    assert neutral(text) == text


# -------------------------------------------------------------------------------- what goes at all
PRIVATE = [
    ("[private] for us", True),
    ("  [PRIVATE]\nfor us", True),
    ("[code]<p>[private] for us</p>[/code]", True),
    ("\u200b[private] do not tell", True),
    ("\ufeff\u2060\u00ad[pri\u200bvate] do not tell", True),
    ("\u3164\u2800\ufe0f[private]", True),
    ("[ private ] spaces inside", True),
    ("\uff3bprivate\uff3d full width", True),
    ("\u3010Private\u3011 (PRIVATE) other brackets", True),
    ("(private) other brackets", True),
    ("**[private]** _[private]_ emphasis", True),
    ("[**private**]", True),
    ("> [private] quoted", True),
    ("- \u2022 \U0001f512 [private] after signs", True),
    ("[\U0001d429\U0001d42b\U0001d422\U0001d42f\U0001d41a\U0001d42d\U0001d41e] styled letters", True),
    ("<p>[private] HTML without code tags</p>", True),
    ("[code]<!-- draft --><style>p{}</style>&#8203;<p>[private] x</p>[/code]", True),
    ("[code]<ul><li>[private] x</li></ul>[/code]", True),
    ("[code]<img src='logo.png' alt='Logo'><a href='https://a.example'></a>[private] x[/code]", True),
    ("[code]<table><tr><td></td><td>[private] x</td></tr></table>[/code]", True),
    ("[code]<div style='display: none'>preview</div><p>[private] x</p>[/code]", True),
    ("[code]<p hidden>preview<p>[private] x[/code]", True),
    ("[code][private] never closed", True),
    ("[code]&#91;private&#93; x[/code]", True),
    ("not [private]", False),
    ("Hello,\n[private] below a greeting", False),
    ("1. [private]", False),
    ("[privateer] ahoy", False),
    ("[code]<p>not <b>[private]</b></p>[/code]", False),
    ("private", False),
    ("", False),
]


@pytest.mark.parametrize(("text", "private"), PRIVATE)
@pytest.mark.parametrize("element", ["comments", "work_notes"])
def test_an_entry_can_be_kept_in_servicenow(rules, element, text, private):
    """By what a person reads at its beginning; in doubt it stays, since AWS deletes no comment."""
    assert is_private(replace(ENTRY, element=element, text=text), rules) is private


MARKS = [
    ("intern:", "\u200b- INTERN: x", True),
    ("intern:", "internal", False),
    ("**", "** x", True),
    ("**", "* x", False),
    ("(x)", "[X] y", True),
    ("###", "- ### y", True),
]


@pytest.mark.parametrize(("mark", "text", "private"), MARKS)
def test_the_mark_can_be_another(mark, text, private):
    rules = rules_for(Module.ITSM, {"comments": {"private_prefix": mark}})
    assert is_private(replace(ENTRY, text=text), rules) is private


UNSEEN = st.text("\u200b\u200d\u2060\ufeff\u00ad\u3164\ufe0f \t\n\x00", max_size=30)
WRAPPED = st.sampled_from(
    ["{}", "[code]{}[/code]", "[code]<p>{}</p>[/code]", "[code]<!--x--><li>{}[/code]", "> **{}**"]
)


@given(UNSEEN, UNSEEN, WRAPPED)
def test_nothing_that_nobody_sees_lets_a_private_entry_out(before, inside, wrapped):
    text = before + wrapped.format(f"{before}[{inside}priv{inside}ate{inside}] for us")
    assert is_private(replace(ENTRY, text=text), ITSM)


def test_all_work_notes_can_be_kept_in_servicenow():
    rules = rules_for(Module.ITSM, {"comments": {"work_notes": "private"}})
    assert is_private(ENTRY, rules)
    assert not is_private(replace(ENTRY, element="comments"), rules)


def test_which_journals_are_mirrored(rules):
    assert is_mirrored(ENTRY, rules)
    only = rules_for(Module.ITSM, {"comments": {"mirrored": ["comments"]}})
    assert not is_mirrored(ENTRY, only)
    assert is_mirrored(replace(ENTRY, element="comments"), only)


# -------------------------------------------------------------------------------- notes of ours
def test_a_note_parses_back_whatever_its_reference():
    note = system_note("conflict", "two words", "[code]x[/code]")
    assert reference_in(note) == Reference("conflict", "two-words")
    assert "[code]" not in note


def test_a_long_note_comes_in_parts():
    parts = system_notes("conflict", "description", "x" * 900, 500)
    assert [reference_in(part) for part in parts] == [Reference("conflict", "description", n, 3) for n in (1, 2, 3)]
    assert "".join(_text(part) for part in parts) == "x" * 900


def test_a_digest_takes_any_text():
    assert body_digest("\ud800") != body_digest("x")
    assert len(body_digest("")) == 64
