"""The heart stays readable: no class grows into a place for everything, no file over what one sitting reads."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = ("integration/cases", "integration/reconcile")
METHODS_MOST, LINES_MOST = 15, 300
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def methods(kind: ast.ClassDef) -> int:
    return sum(isinstance(member, ast.FunctionDef) for member in kind.body)


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_no_class_and_no_file_of_the_heart_grows_beyond_a_sitting(path: Path) -> None:
    source = path.read_text()
    classes = {node.name: methods(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)}
    assert {name: count for name, count in classes.items() if count > METHODS_MOST} == {}
    assert source.count("\n") <= LINES_MOST
