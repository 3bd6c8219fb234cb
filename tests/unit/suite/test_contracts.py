"""The import contracts name what they are about: who comes later is either named or below a rule that needs no name."""

import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
RUNS = ("integration", "lambdas", "mappers")
CONTRACTS = {
    each["name"]: each
    for each in tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}


def first_lines():
    """Module → the first line of what it says of itself."""
    for path in (path for root in RUNS for path in (REPOSITORY / root).rglob("*.py")):
        with path.open() as lines:
            yield ".".join(path.relative_to(REPOSITORY).with_suffix("").parts), lines.readline()


def test_who_says_pure_is_held_to_it():
    """By its own name, or by that of a package it is in."""
    held = tuple(f"{each}." for each in CONTRACTS["What decides neither calls nor waits"]["source_modules"])
    pure = {module for module, said in first_lines() if "Pure" in said}
    assert len(pure) > 5
    assert {module for module in pure if not f"{module}.".startswith(held)} == set()


def test_the_emulators_and_the_plane_are_kept_from_all_that_is_ours():
    contract = CONTRACTS["The emulators and the plane import nothing of ours"]
    ours = {f"integration.{path.stem}" for path in (REPOSITORY / "integration").iterdir() if path.stem[0] not in "._"}
    assert ours - set(contract["source_modules"]) == {
        each for each in contract["forbidden_modules"] if each.startswith("integration.")
    }
