"""The published specification, row by row: no row is missing, and what is said to show it exists."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.pages import DOCS, ROOT

PAGE = DOCS / "evidence" / "the-published-specification.md"
ROWS = 111


def rows():
    text = PAGE.read_text().partition("## Where the specification contradicts itself")[0]
    return re.findall(r"^\| (\d+)(?:\u2013(\d+))? \| (.*) \| (.*) \|$", text, re.MULTILINE)


def test_every_row_is_there_once():
    numbers = [n for first, last, *_ in rows() for n in range(int(first), int(last or first) + 1)]
    assert numbers == list(range(1, ROWS + 1))


def test_the_tests_it_names_exist():
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", PAGE.read_text()))
    there = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert named - there == set()


def test_every_row_says_where():
    """A command, a test, a page or a file; what is otherwise gives its reason."""
    bare = [row[0] for row in rows() if not re.search(r"`|\]\(", row[3])]
    assert bare == []
    unexplained = [r[0] for r in rows() if "**otherwise**" in r[3] and len(r[3].partition("**otherwise**")[2]) < 12]
    assert unexplained == []


def test_security_shows_its_evidence():
    """Tests and folders named on the security page exist."""
    paths = re.findall(r"`(tests/[a-z_/.]+)`", (DOCS / "security.md").read_text())
    assert paths
    assert [path for path in paths if not Path(ROOT / path).exists()] == []
