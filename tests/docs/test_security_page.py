"""What docs/security.md claims is shown by a test that exists, for every attacker and every question."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import DOCS, ROOT

PAGE = (DOCS / "security.md").read_text()
QUESTIONS = 17


def rows_under(heading: str) -> list[list[str]]:
    section = re.split(r"\n##? ", PAGE.partition(f"\n## {heading}\n")[2])[0]
    lines = (line for line in section.splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def named() -> list[str]:
    return sorted(set(re.findall(r"`(tests/[^`\s]+|test_\w+)`", PAGE)))


@pytest.mark.parametrize("test", named())
def test_each_test_the_page_names_exists(test: str) -> None:
    """As a folder, a file, or `file::function`; a bare name is one of the plane's doors, as the page says."""
    bare = test.startswith("test_")
    path, _, name = ("tests/contract/aws_plane/test_doors.py", "", test) if bare else test.partition("::")
    assert (ROOT / path).exists()
    assert not name or f"def {name}(" in (ROOT / path).read_text()


@pytest.mark.parametrize("heading", ["Who could attack, and what stops them", "What a penetration test would ask"])
def test_each_row_names_a_test_or_a_measurement(heading: str) -> None:
    shown = [row for row in rows_under(heading) if row[-1] != "test"]
    silent = [row for row in shown if "`tests/" not in row[-1] and "](#" not in row[-1]]
    assert shown
    assert silent == []


def test_every_question_has_its_row() -> None:
    numbers = [row[0] for row in rows_under("What a penetration test would ask") if row[0].isdecimal()]
    assert numbers == [str(number) for number in range(1, QUESTIONS + 1)]
