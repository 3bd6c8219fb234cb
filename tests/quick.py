"""`make quick`: what changed since the last commit, linted and tried by the nearest tests that need no local system.

A test is as near as the shortest chain of imports from it to what changed. The nearest run first. What does not fit
into half a minute, or may take longer than its kind, is left to `make test`, and counted. Pages written from the code
are compared before all of them.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from collections import deque
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.budget import LISTED, is_in

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[1]
ROOTS = ("integration", "lambdas", "mappers", "servicenow_setup", "bench", "tests")
TESTS = ("tests/unit", "tests/contract", "tests/stacks")
GENERATED = REPOSITORY / "tests/docs/test_generated.py"
"""It reads all our imports, options and names, so any of our files may be the one that a page was written from."""
BUDGET_S = 16.0
"""For tests; linters and collecting take the rest of the half minute."""
LEFT = "no time for it: make test runs it"


def main(base: str) -> int:
    changed = [REPOSITORY / name for name in changes(base)]
    python = [file for file in changed if file.suffix == ".py" and file.exists()]
    if python:
        names = [str(file) for file in python]
        for words in (["check", "--quiet"], ["format", "--check", "--quiet"]):
            if code := subprocess.run([sys.executable, "-m", "ruff", *words, *names], check=False).returncode:
                return code
    near = nearest(changed)
    if not near:
        print("Nothing that one of these tests reads has changed.")
        return 0
    return int(pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *map(str, near)], plugins=[Budget()]))


def changes(base: str) -> list[str]:
    """Paths that differ from `base` in the work tree, and new ones that git does not ignore."""
    seen = ""
    for words in (["diff", "--name-only", base], ["ls-files", "--others", "--exclude-standard"]):
        seen += subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return sorted(set(seen.split()))


def nearest(changed: list[Path]) -> list[Path]:
    """Test files that import what changed, directly or not; nearest first, after the one of generated pages."""
    found = [(distance, test) for test in test_files() if (distance := _distance(test, set(changed))) is not None]
    written = [GENERATED] if any(file.suffix == ".py" for file in changed) else []
    return written + [test for _, test in sorted(found)]


def test_files() -> list[Path]:
    return [file for folder in TESTS for file in sorted((REPOSITORY / folder).rglob("test_*.py"))]


def _distance(test: Path, changed: set[Path]) -> int | None:
    """Steps from a test over imports to a changed file; what is no code counts for the code beside it and above."""
    data = [file for file in changed if file.suffix not in (".py", ".md")]
    folders = {folder for file in data for folder in file.parents[:2] if folder != REPOSITORY}
    waiting, seen = deque([(test, 0)]), {test}
    while waiting:
        file, steps = waiting.popleft()
        if file in changed or file.parent in folders:
            return steps
        for imported in imports(file) - seen:
            seen.add(imported)
            waiting.append((imported, steps + 1))
    return None


@cache
def imports(file: Path) -> frozenset[Path]:
    """Our files that a file imports, and a test's conftests."""
    names = set()
    for node in _statements(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    own = {place for name in names if name.split(".")[0] in ROOTS and (place := _file_of(name))}
    if file.name.startswith("test_"):
        own |= {each for parent in file.parents if (each := parent / "conftest.py").exists()}
    return frozenset(own)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """At any depth, without their expressions, of which there are ten times as many and which import nothing."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        yield (statement := waiting.pop())
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(statement, part, ())


@cache
def _file_of(module: str) -> Path | None:
    place = REPOSITORY / module.replace(".", "/")
    return next((each for each in (place.with_suffix(".py"), place / "__init__.py") if each.exists()), None)


class Budget:
    """A pytest plugin that leaves out what is known to take long, and what begins after the time is up, which runs from
    the first test.
    """

    def pytest_collection_finish(self) -> None:
        self.began = time.monotonic()

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if is_in(LISTED, item) or time.monotonic() - self.began > BUDGET_S:
            pytest.skip(LEFT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else "HEAD"))
