"""Whatever people, clocks, faults and deaths do, what must hold of a run's changes holds."""

import pytest

from tests.fakes.changes import IMPLEMENT
from tests.unit.changes.histories import History

SEEDS = 40


@pytest.mark.parametrize("parts", [0, 2, 5])
@pytest.mark.parametrize("tens", range(SEEDS // 10))
def test_histories(parts: int, tens: int) -> None:
    for seed in range(tens * 10, tens * 10 + 10):
        history = History(seed, parts)
        history.play()
        told = f"seed {seed}, parts {parts}: {history.changes.log[-40:]}"
        standing = history.changes.open()
        assert not history.broken, told
        assert len(standing) <= 1, told
        assert IMPLEMENT not in {each.state for each in standing}, told
