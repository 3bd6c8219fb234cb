"""Every package of the lock has a wheel for every machine we promise: nobody needs a compiler. Read offline."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from packaging import tags
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

REPOSITORY = Path(__file__).resolve().parents[3]
LOCK = (REPOSITORY / "requirements-dev.lock").read_text()
WHEELS = (REPOSITORY / "requirements-dev.wheels").read_text().split()
PYTHONS = (11, 12, 13, 14)
GLIBC = 28
"""2.28, as in Red Hat 8 and Debian 10; Amazon Linux 2023 has 2.34."""


def linux(arch):
    older = [f"manylinux2014_{arch}", f"linux_{arch}"]
    return [f"manylinux_2_{minor}_{arch}" for minor in range(GLIBC, 16, -1)] + older


MACHINES = {
    ("darwin", "arm64"): list(tags.mac_platforms((14, 0), "arm64")),
    ("darwin", "x86_64"): list(tags.mac_platforms((13, 0), "x86_64")),
    ("linux", "x86_64"): [*linux("x86_64"), "manylinux2010_x86_64", "manylinux1_x86_64"],
    ("linux", "aarch64"): linux("aarch64"),
}


def pinned():
    """(name, version, marker) of each line of the lock."""
    for line in re.findall(r"^([a-z0-9][^\\\n]+?) \\$", LOCK, re.MULTILINE):
        requirement = Requirement(line)
        yield canonicalize_name(requirement.name), str(requirement.specifier).removeprefix("=="), requirement.marker


def files():
    """(name, version) → the tags of its wheels."""
    found = defaultdict(set)
    for each in WHEELS:
        name, version, _, fits = parse_wheel_filename(each)
        found[name, str(version)] |= fits
    return found


def environment(system, arch, minor):
    return {
        "sys_platform": system, "platform_machine": arch, "platform_system": system.capitalize(), "os_name": "posix",
        "python_version": f"3.{minor}", "python_full_version": f"3.{minor}.5", "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }  # fmt: skip


@pytest.mark.parametrize("minor", PYTHONS)
@pytest.mark.parametrize(("system", "arch"), MACHINES, ids="-".join)
def test_everything_has_a_wheel_for(system, arch, minor):
    """The lock holds all three sets (deploy, local, development), so what holds for it holds for each."""
    platforms, there = MACHINES[system, arch], files()
    fits = {*tags.cpython_tags((3, minor), platforms=platforms)}
    fits |= {*tags.compatible_tags((3, minor), f"cp3{minor}", platforms)}
    here = environment(system, arch, minor)
    wanted = [(name, version) for name, version, marker in pinned() if marker is None or marker.evaluate(here)]
    assert len(wanted) > 100
    assert [each for each in wanted if not there[each] & fits] == []


def test_the_list_of_files_is_that_of_the_lock():
    """Made by the same `make lock`, and with no address in it."""
    assert {(name, version) for name, version, _ in pinned()} == set(files())
    assert "/" not in "".join(WHEELS)
