"""Histories invented at random: what always holds, holds at the end of each, and nothing that arrived is lost."""

from __future__ import annotations

import pytest

from integration.workspaces.model import Phase
from tests.proofs.kit.choices import Choices, shortest
from tests.unit.workspaces.histories import History, fails

SEEDS = 24


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_happens(seed: int) -> None:
    """At most one personal workspace each, no bucket without row and tags, no file deleted that the archive lacks,
    half-made is finished or removed, each note once, a second pass writes nothing.

    What fails is told as its shortest story.
    """
    history = History(Choices(seed))
    try:
        history.play()
    except AssertionError as error:
        short = History(Choices(shortest(history.choices.played, fails, 300)))
        with pytest.raises(AssertionError):
            short.play()
        raise AssertionError("\n".join([f"seed {seed}: {error}", *short.told])) from error


def test_the_histories_are_no_idle_ones() -> None:
    """Deaths, lost answers, late uploads, extensions in the middle: each stands in some of them."""
    histories = [History(Choices(seed)) for seed in range(8)]
    for history in histories:
        history.play()
    told = " ".join(line for history in histories for line in history.told)
    words = (
        "death before, death after, answer lost, fails, … during, extend, end, arrives, withdrawn, news of it is lost"
    )
    for word in words.split(", "):
        assert word in told, word
    assert any(row.deleting and row.phase is Phase.GONE for each in histories for row in each.system.rows().values())
    assert any(key.split("/")[1] == "files" for each in histories for key in each.system.buckets.archive)
