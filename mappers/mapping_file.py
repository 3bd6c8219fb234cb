"""Read a mapping file (TOML) and name every mistake with its line, before anything is deployed."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mappers.mapping_rules import rules_for
from mappers.problem import MappingError, Problem
from mappers.schema import problems_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from integration.module import Module

PARAMETER_BYTES = 4096
"""What a standard SSM parameter holds."""

KeyPath = tuple[str, ...]


def load(source: Path | str, module: Module | None = None) -> dict[str, Any]:
    """The overrides a mapping file holds, for `rules_for`; `source` is its path, or its text.

    With `module` the rules are built too, so that everything that does not fit together is found here.

    Raises:
        MappingError: with every problem, its line and what to do.
        OSError: the file cannot be read.
    """
    text = _read(source) if isinstance(source, Path) else source
    overrides = _parsed(text)
    problems = problems_of(overrides) or (_problems_of_rules(module, overrides) if module else [])
    if problems:
        raise MappingError(_with_lines(problems, text))
    return overrides


def to_json(overrides: Mapping[str, Any]) -> str:
    """Compact, for the settings parameter; in the order of the file, since the first of two equal choices counts."""
    return json.dumps(overrides, separators=(",", ":"), ensure_ascii=False)


def size_problem(settings: str) -> Problem | None:
    """A warning where the settings do not fit into a standard parameter any more."""
    size = len(settings.encode())
    if size <= PARAMETER_BYTES:
        return None
    fix = "Shorten the mapping, or let the parameter be an advanced one (8 KB, charged)."
    return Problem((), f"{size} bytes are more than the {PARAMETER_BYTES} of a standard parameter", fix)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise MappingError([Problem((), "the file is not UTF-8", "Save it as UTF-8.")]) from error


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else len(text.splitlines())
        raise MappingError([Problem((), f"this is not TOML: {error}", "Mend that line.", line)]) from error


def _problems_of_rules(module: Module, overrides: Mapping[str, Any]) -> Sequence[Problem]:
    try:
        rules_for(module, overrides)
    except MappingError as error:
        return error.problems
    return ()


def _with_lines(problems: Sequence[Problem], text: str) -> list[Problem]:
    lines = dict(_lines(text))
    return sorted(
        (replace(problem, line=_line_of(problem.path, lines)) for problem in problems), key=lambda p: p.line or 0
    )


def _line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    """The line of the key itself, or of the nearest table around it; None: it stands in no file."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


def _lines(text: str) -> Iterator[tuple[KeyPath, int]]:
    """Every table and key of a TOML document with its line: tomllib tells none, but each statement parses alone."""
    table: KeyPath = ()
    for number, statement in _statements(text):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _deepest(parsed)
            yield table, number
        else:
            yield from (((*table, *path), number) for path in _paths(parsed))


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """A statement ends with the first line up to which it is TOML by itself."""
    begun, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        start = start if begun else number
        begun += line + "\n"
        if _is_toml(begun):
            if begun.strip() and not begun.lstrip().startswith("#"):
                yield start, begun
            begun = ""


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _deepest(parsed: Mapping[str, Any]) -> KeyPath:
    path: list[str] = []
    inner: Any = parsed
    while isinstance(inner, dict) and inner:
        path.append(next(iter(inner)))
        inner = inner[path[-1]]
    return tuple(path)


def _paths(parsed: Mapping[str, Any]) -> Iterator[KeyPath]:
    """The paths of a key and of what an inline table holds."""
    for key, value in parsed.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *path) for path in _paths(value))
