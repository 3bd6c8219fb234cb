"""Whoever may comment or name a file must not be able to stall a link: a pass has 180 s and a seventh of a core."""

from __future__ import annotations

import heapq
import itertools
import time
from dataclasses import replace

import pytest

from integration.cases.plan.comments import body_fingerprint, comments_hash
from integration.model import IncidentAttachment
from integration.module import Module
from mappers.attachments import case_file_name
from mappers.comments import case_bodies, is_private, journal_texts, reference_in, system_notes
from mappers.mapping_rules import rules_for
from mappers.markup import neutral, plain, words
from mappers.text_split import cut, split
from mappers.transform import Transform, normal, one_line
from mappers.watchers import fit_for_case, parse_watch_list
from tests.budget import slowness
from tests.unit.mappers.records import COMMENT, ENTRY, MOMENT

ITSM = rules_for(Module.ITSM)
CHARACTERS, FEW, SECONDS = 100_000, 2000, 0.1
FILE = IncidentAttachment("0" * 32, "", 1, "", "available", "", "", MOMENT)

FUNCTIONS = {
    "neutral": neutral,
    "plain": plain,
    "formatted": lambda text: plain(f"[code]{text}[/code]"),
    "words": words,
    "one_line": one_line,
    "normal": normal,
    "lower": Transform("lower").to_incident,
    "list": Transform("list").to_case,
    "date": Transform("date").to_case,
    "cut": lambda text: cut(text, CHARACTERS // 2),
    "split": lambda text: split(text, 4000),
    "reference_in": reference_in,
    "is_private": lambda text: is_private(replace(ENTRY, text=text), ITSM),
    "case_bodies": lambda text: case_bodies(replace(ENTRY, text=text), "Beth", ITSM),
    "author": lambda text: journal_texts(replace(COMMENT, creator=text), ITSM),
    "journal_texts": lambda text: journal_texts(replace(COMMENT, body=text), ITSM),
    "system_notes": lambda text: system_notes("conflict", text[:200], text, 4000),
    "body_fingerprint": body_fingerprint,
    "comments_hash": lambda text: comments_hash([replace(COMMENT, body=text)]),
    "case_file_name": lambda text: case_file_name(replace(FILE, file_name=text)),
    "watch_list": parse_watch_list,
    "addresses": lambda text: fit_for_case([text, *text.split(",")]),
}
HTML = [
    "<a ",
    '<a =">" ',
    '<a ="',
    "<!--",
    "<!",
    "<?",
    "</",
    "<script",
    "<a href=x>",
    "</a>",
    "<template>",
    "<p hidden>",
]
BRACKETS = ["[code]", "[/code]", "[ ", "[\u200b", "[", "(", "[private", "{"]
SPACES = [" ", "\t", "\n", " \n", "\u200b", "\u3164", "\x00", "\xa0"]
SIGNS = ["&#9", "&", "&#x1", "&lt", "-", '="', "'", ">", "a.", "@", ",", "\U0001f1e6", "e\u0301", "\ufdfa", "\ud800"]
HEADERS = [
    "[AWS] a · ",
    "· 2026-11-21 12:03:11 UTC ",
    " · comment a",
    "[Integration] a · ",
    " · part 1/2",
    "-0123456789ab",
]
GRAMMAR = [*HTML, *BRACKETS, *SPACES, *SIGNS, *HEADERS]
BEGINNINGS = ["", "[AWS] a · 2026-11-21 12:03:11 UTC · comment a", "[Integration] a · ", "<pre>", "x <a href=y>"]
ENDS = ["", '">"', "'", "]", "</script", " · comment"]
PAIRS = [a + b for a, b in itertools.permutations(["<a ", '="', "'>", "<!--", "<script", "[", " ", "&", "</a>"], 2)]


def _shapes():
    """Each a beginning, what is repeated, and an end."""
    yield from itertools.product([""], GRAMMAR, ENDS[:2])
    yield from itertools.product([""], PAIRS, ["", "'"])
    yield from itertools.product(BEGINNINGS[1:], ["-", " · ", "<a ", "</a>", " "], ENDS)


def _text(shape, length):
    beginning, unit, end = shape
    return beginning + (unit * length)[: length - len(beginning) - len(end)] + end


@pytest.mark.parametrize("name", FUNCTIONS)
def test_foreign_text_takes_time_with_its_length_only(name):
    """The shapes that took longest on few characters, at full length; quadratic time would be seconds."""
    worst = heapq.nlargest(3, _shapes(), key=lambda shape: _taken(FUNCTIONS[name], _text(shape, FEW)))
    assert [shape for shape in worst if _slow(FUNCTIONS[name], _text(shape, CHARACTERS))] == []


def _slow(function, text):
    """Each of three times, by the processor as it was then: others may use it, too."""
    return all((taken := _taken(function, text)) > SECONDS and taken > SECONDS * slowness() for _ in range(3))


def _taken(function, text):
    """Processor time, so that a busy machine makes nothing slow."""
    started = time.process_time()
    function(text)
    return time.process_time() - started
