"""What `make test` asks once more, and what is failed at once."""

from __future__ import annotations

import json

import pytest

from tests import everything

E2E = ["tests/e2e/test_a.py::test_x[a@b]", "tests/browser/test_b.py::test_y"]


@pytest.mark.parametrize(
    ("failed", "again"),
    [
        ([], []),
        (E2E, E2E),
        (["tests/unit/test_c.py::test_z"], []),
        ([*E2E, "tests/unit/test_c.py::test_z"], []),
        ([f"tests/e2e/test_a.py::test_{n}" for n in range(everything.FEW + 1)], []),
    ],
)
def test_only_a_few_tests_over_real_processes_are_asked_again(failed, again):
    """Else a fault of the code would have a second chance."""
    assert everything.asked_again(failed) == again


def test_a_failure_is_named_without_the_group_it_was_dealt_in(tmp_path, monkeypatch):
    monkeypatch.setattr(everything, "FAILED", tmp_path / "lastfailed")
    assert everything.failures() == []
    everything.FAILED.write_text(json.dumps({f"{E2E[0]}@itsm-1": True, E2E[1]: True}))
    assert everything.failures() == E2E
