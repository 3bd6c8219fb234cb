"""What a pass would do, in words, for every situation of docs/concepts.md; and why it would do nothing.

In each of them nothing is claimed or written, and no text of a record is shown.
"""

import re
from pathlib import Path

import pytest

from integration.cases.link import CASE
from integration.clients.errors import Unavailable
from integration.operations.cases import plan_words
from integration.operations.cases.preview import preview
from tests.contract.operations import plan_scenes as a
from tests.contract.operations.plan_scenes import PRIVATE, Scene

PAGE = (Path(__file__).parents[3] / "docs" / "concepts.md").read_text()
ACTS, WAITS, SETTLES = (
    f"{plan_words.PLANNED[word]}." for word in (plan_words.ACTS, plan_words.WAITS, plan_words.SETTLES)
)
IN_STEP = "In step: a pass would do nothing; both sides are as they were last accepted."
REFUSED = [
    WAITS,
    "`title` is set on the incident: changed on the other side. Not now: a data policy",
    r"what was refused is tried again by itself from [\d: -]{16} UTC on",
]
TITLE_TO_INCIDENT = "`title` is set on the incident (short_description): the case changed"
TITLE_TO_CASE = "`title` is set on the case: the incident changed"
DECIDED = {
    "they may stand beside each other": (
        a.alike, [SETTLES, "`title`: both may stand beside each other: taken as accepted"]
    ),
    "changed | as before": (Scene.on_case, [ACTS, TITLE_TO_INCIDENT]),
    "as before | changed": (Scene.on_incident, [ACTS, TITLE_TO_CASE]),
    "changed | changed": (a.both_sides, [
        ACTS,
        "a note is said on the case: this side's value lost",
        "`title` is set on the case: both sides changed, and the policy decides",
    ]),
    "as before | as before": (a.nothing, [IN_STEP]),
}  # fmt: skip
HEARD = {
    "a case changed": (Scene.on_case, [ACTS, TITLE_TO_INCIDENT]),
    "the same, event lost": (Scene.on_case, [ACTS, TITLE_TO_INCIDENT]),
    "an incident changed": (Scene.on_incident, [ACTS, TITLE_TO_CASE]),
    "the same, webhook lost": (Scene.on_incident, [ACTS, TITLE_TO_CASE]),
    "a change no date shows (a comment on AWS)": (
        a.comment, [ACTS, r"the incident gets a work note, made of comment \d+: new on the case"]
    ),
    "a journal entry with a date of the past (an import)": (
        a.note, [ACTS, "the case gets a comment, made of journal entry [0-9a-f]{32}: new in the journal"]
    ),
    "something waits: a file being scanned, a refused change": (Scene.refused, REFUSED),
}  # fmt: skip
CANNOT = {
    "the instance": (a.silent, Unavailable),
    "one change": (Scene.refused, REFUSED),
    "one incident": (
        a.suspended,
        ["Nothing is written: the incident cannot be read; the pair is suspended until it can be read again."],
    ),
    "nobody foresaw it": (a.a_bug, [ACTS, TITLE_TO_INCIDENT]),
}  # fmt: skip


def rows(heading, cells, place=0):
    """The first cells of each row of a table below a heading, as the page has them; `place`: which table."""
    below = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    tables = re.findall(r"(?:^ *\|.*\n)+", below, re.MULTILINE)
    lines = tables[place].splitlines()[2:]
    found = [[cell.strip() for cell in line.strip().removeprefix("|").split("|")] for line in lines]
    return {" | ".join(filter(None, row[:cells])) for row in found}


UNREADABLE = ["Nothing is written: the incident cannot be read; a pass asks what else the table shows: .+"]
HIDDEN = {
    "shows others, up to five links miss theirs | is away for two minutes": (a.away, UNREADABLE),
    "shows others, more than five links miss theirs | is counted": (a.many_away, UNREADABLE),
    "shows nothing | is counted": (a.nothing_shown, UNREADABLE),
    "is not counted": (a.deleted, UNREADABLE),
}
"""Which of them it is shows in time, and to a pass alone, which counts."""


@pytest.mark.parametrize(("heading", "cells", "place", "table"), [
    ("One pass, step by step", 2, 0, DECIDED),
    ("How a pass comes about", 1, 0, HEARD),
    ("When something cannot be done", 1, 0, CANNOT),
    ("When something cannot be done", 2, 1, HIDDEN),
])  # fmt: skip
def test_every_row_of_the_page_has_its_plan(heading, cells, place, table):
    assert rows(heading, cells, place) == set(table)


SENTENCES = {
    "Comments and files are united by the ledger": (a.files, [
        ACTS,
        "file [0-9a-f]{32} is carried to the case: new on the incident",
        "file [0-9-]{36} is carried to the incident: new on the case",
    ]),
    "Watchers are added and removed on both sides": (
        a.watchers, [ACTS, "the watchers of the incident change (watch_list): added or removed on the case"]
    ),
    "a second event leaves a mark": (a.held, [
        r"Nothing now: the pair is claimed; another pass works on this pair, until [\d: -]{19} UTC at most; .+",
    ]),
    "in which a death at any point makes nothing double": (a.may_land, [
        r"Nothing now: a write may still land; its answer was lost; nothing is judged before [\d: -]{19} UTC.",
    ]),
    "an incident On Hold does not jump back when AWS moves on to containment": (
        a.on_hold, [SETTLES, "`status`: both may stand beside each other: taken as accepted"]
    ),
    "A closed case cannot be opened again": (a.closed_and_edited, [
        ACTS,
        "a note is said on the incident: the case is closed and takes nothing more",
        "`title`: there is no way to the other side: taken as it is, and said once",
    ]),
    "a case is closed last: after comments, files and the resolution have arrived": (a.ended, [
        ACTS,
        "the case gets a comment, made of journal entry [0-9a-f]{32}: new in the journal",
        "a note is said on the case: the case is about to be closed",
        "the status of the case becomes Closed: the incident changed",
    ]),
    "and only when the incident is Closed or Canceled": (a.ended_with_a_scan, [
        WAITS,
        "the status of the case becomes Closed: the incident changed. Not now: files are held by a scan",
    ]),
}  # fmt: skip
"""A sentence of the page → the situation it tells of."""


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_page_still_says_it(sentence):
    assert sentence.casefold() in " ".join(PAGE.split()).casefold()


SITUATIONS = {f"{name}: {row}": case for name, table in (
    ("decided", DECIDED), ("heard", HEARD), ("cannot", CANNOT), ("hidden", HIDDEN), ("said", SENTENCES)
) for row, case in table.items()}  # fmt: skip


@pytest.mark.parametrize(("arrange", "expected"), SITUATIONS.values(), ids=SITUATIONS)
def test_a_situation_of_the_page_in_words(arrange, expected):
    scene = Scene()
    arrange(scene)
    if expected is Unavailable:
        with pytest.raises(Unavailable):
            preview(scene.running.reconciler, scene.running.wake(CASE, scene.case_id, sweep=True))
        return
    told = scene.told()
    assert len(told) == len(expected), told
    for sentence, pattern in zip(told, expected, strict=True):
        assert sentence == pattern or re.fullmatch(pattern, sentence), told
    assert PRIVATE not in " ".join(told)
