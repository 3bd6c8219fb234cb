"""The proofs at quick depth, one test per part."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.proofs.cases import contention, crashes, histories, hostile, hours, poison, seeds, soak
from tests.proofs.kit.choices import Choices, shortest
from tests.proofs.kit.on_plane import as_part
from tests.proofs.kit.part import FULL, QUICK, Figures, Part
from tests.proofs.report import TOLD, last_line, page

if TYPE_CHECKING:
    from collections.abc import Callable

DEPTH = replace(QUICK, jobs=1)
PARTS = [module.PART for module in (seeds, crashes, histories, contention, poison, hostile, soak, hours)]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_nothing_is_found(part: Part) -> None:
    found = part.run(DEPTH, lambda _: None)
    assert not found.problems, "\n".join(found.problems)
    assert sum(found.numbers.values()) > 0


def test_a_history_is_the_same_each_time() -> None:
    first, second = (histories.played(10_000_003, histories.WILD)[0].story for _ in range(2))
    assert first == second


def test_a_broken_pass_is_caught_and_told_in_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof that cannot fail proves nothing: without the tag, a second incident is made for an incident's case."""
    monkeypatch.setattr("tests.fakes.world.FakeCases.tags", lambda *_: {})
    found = (histories.run_seeds([histories.WILD_FROM + number]) for number in range(80))
    assert any("incidents" in problem for each in found for problem in each.problems)


WORSE = [
    ("cases.reading.whole_due", lambda *_: False, "a journal row with a date"),
    ("cases.blocking.RETRY_CHANCE_S", 21_600.0, "minutes after its creation collided"),
    ("reconcile.verdict.LONGEST_S", 3_600, "still waits"),
    ("cases.ledger.matched", lambda entries, _: (tuple(entries), ()), "stands 2 times on the case"),
    (
        "cases.plan.watchers._addresses",
        lambda _, members, known, __: ({m: known.get(m, m) for m in members}, set()),
        "watch a",
    ),
    ("cases.plan.watchers.parse_watch_list", lambda text: tuple(text.split(",")), "watch a case"),
]


@pytest.mark.parametrize(("place", "worse", "told"), WORSE, ids=lambda what: what if isinstance(what, str) else "")
def test_days_without_what_keeps_them_in_step_are_found(
    place: str, worse: object, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"integration.{place}", worse)
    days = (hours.Day(seed).play() for seed in range(hours.steps(DEPTH)))
    assert any(told in problem for day in days for problem in day)


def test_failing_choices_are_shortened_to_what_matters() -> None:
    choices = list(range(1, 200))
    assert shortest(choices, lambda kept: 77 in kept and 150 in kept) == [77, 150]


def test_choices_that_have_run_out_are_calm() -> None:
    choices = Choices([])
    assert (choices.chance(0.99), choices.below(9), choices.pick("ab")) == (False, 0, "a")


def test_a_part_on_the_plane_that_breaks_off_fails_the_run_and_takes_nothing_with_it() -> None:
    """Its figures are lost, the others' are not."""

    def run(_: bool, show: Callable[[str], None]) -> Figures:
        show("begun")
        raise LookupError("no such process")

    shown: list[str] = []
    part = as_part("killed", SimpleNamespace(__doc__="Kills.", run=run), shown.append)
    found = part.run(FULL, lambda _: None)
    assert (part.name, part.title, part.steps(FULL), part.steps(QUICK)) == ("plane-killed", "Kills", 1, 0)
    assert found.problems == ["killed broke off: LookupError: no such process"]
    assert shown[0] == "killed: begun"


def test_the_page_shows_every_figure_and_every_finding() -> None:
    results = {
        "seeds": Figures(Counter(named_seeds=8), notes=["a seed: told"], seconds=2, ended="2026-11-21 16:00"),
        "plane-killed": Figures(Counter(crash_points=3, lost=1), ["a file is lost"], ["killed: by hand"]),
    }
    shown = page(FULL, results)
    for text in ("| seeds | 8 named seeds | 2026-11-21 16:00 | 2 |", "- a seed: told", "- killed: by hand",
                 "1 lines of findings", "- plane-killed: a file is lost\n\n| part |", '"crash_points": 3'):  # fmt: skip
        assert text in shown


def test_the_last_line_has_its_members_in_order() -> None:
    assert list(last_line({"lost": 1, "other": 2})) == list(TOLD)
