"""The published specification, row by row: no row is missing, and what is said to show it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

PAGES = {
    "the-published-specification.md": 111, "the-pipelines-specification.md": 82,
    "the-workspaces-specification.md": 88,
}  # fmt: skip
"""Page → rows."""


def rows(page):
    text = (DOCS / "evidence" / page).read_text().partition("## Where the specification contradicts itself")[0]
    return re.findall(r"^\| (\d+)(?:\u2013(\d+))? \| (.*) \| (.*) \|$", text, re.MULTILINE)


each = pytest.mark.parametrize("page", PAGES)


@each
def test_every_row_is_there_once(page):
    numbers = [n for first, last, *_ in rows(page) for n in range(int(first), int(last or first) + 1)]
    assert numbers == list(range(1, PAGES[page] + 1))


@each
def test_the_tests_it_names_exist(page):
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", (DOCS / "evidence" / page).read_text()))
    there = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert named - there == set()


@each
def test_every_row_says_where(page):
    """A command, a test, a page or a file; what is otherwise gives its reason."""
    bare = [row[0] for row in rows(page) if not re.search(r"`|\]\(", row[3])]
    assert bare == []
    unexplained = [r[0] for r in rows(page) if "**otherwise**" in r[3] and len(r[3].partition("**otherwise**")[2]) < 12]
    assert unexplained == []


def test_security_shows_its_evidence():
    """Tests and folders named on the security page exist."""
    paths = re.findall(r"`(tests/[a-z_/.]+)`", (DOCS / "security.md").read_text())
    assert paths
    assert [path for path in paths if not Path(ROOT / path).exists()] == []
