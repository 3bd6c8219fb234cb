"""The kernel speaks of records, passes and messages: what they are about is each integration's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[3] / "integration" / "reconcile"
OTHERS = re.compile(r"\b(cases?|incidents?|journals?|links?|servicenow|security_?ir)\b", re.IGNORECASE)
MATCHES = re.compile(r"^ +case .*:$", re.MULTILINE)


@pytest.mark.parametrize("module", sorted(ROOM.glob("*.py")), ids=lambda module: module.stem)
def test_the_kernel_has_no_word_of_an_integration(module: Path) -> None:
    assert OTHERS.findall(MATCHES.sub("", module.read_text())) == []


def test_such_a_word_would_be_found() -> None:
    assert OTHERS.findall('sides = {"Incident": INCIDENT}  # of a case') == ["Incident", "INCIDENT", "case"]
