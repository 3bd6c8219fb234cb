"""What a unit or contract test may take."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.budget import ALLOWED_S, LISTED

ROOT = Path(__file__).parents[3]
CONFTEST = """
from tests import budget
from tests.budget import Budget

budget.slowness = lambda: 1.0

def pytest_configure(config):
    allowed_s = {"unit": 0.05, "contract": 0.05}
    config.pluginmanager.register(Budget({"test_it.py::test_listed": "to be slow is what it is for"}, allowed_s))
"""
UNEVEN = """
slow_at_first = iter([10.0])
budget.slowness = lambda: next(slow_at_first, 1.0)
"""
GARBAGE = """
import gc

kept = [[] for _ in range(1_000_000)]

def test_while_others_left_much():
    for _ in range(5):
        gc.collect()
"""
TESTS = """
import subprocess, sys, time, pytest

used = []

def burn():
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass

@pytest.fixture
def dear():
    burn()

def test_fast(dear): ...
def test_listed(): burn()
@pytest.mark.parametrize("case", [1])
def test_slow(case): burn()
def test_first_to_use_something():
    used or burn()
    used.append(1)
def test_of_another_process():
    subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.1: pass"], check=True)
def test_wrong(): raise AssertionError("as it says")
"""


def run(folder, conftest, tests, kind="unit"):
    """A clone whose folder is named as one of ours is."""
    (folder / f"unit/{kind}").mkdir(parents=True)
    (folder / "unit/conftest.py").write_text(conftest)
    (folder / f"unit/{kind}/test_it.py").write_text(tests)
    clone = str(folder / "unit")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--rootdir", clone, clone]
    bare = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("more", "tests"),
    [(UNEVEN, TESTS.partition("def test_fast")[0] + "def test_slow(): burn()"), ("", GARBAGE)],
    ids=["uneven", "garbage"],
)
def test_what_is_not_the_tests_own_fails_nobody(tmp_path, more, tests):
    """A time is judged once, by the machine as it was then; garbage is looked for in all that other tests left."""
    done = run(tmp_path, CONFTEST + more, tests)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", ALLOWED_S)
def test_a_slow_test_fails_unless_it_is_listed_or_only_the_first_to_use_something(tmp_path, kind):
    """Fixtures and other processes are not counted, nor other tests wherever the clone lies; a test that fails says why
    itself.
    """
    (tmp_path / "unit").mkdir()
    (tmp_path / "unit/test_other.py").write_text(f"from {kind}.test_it import burn\ndef test_no_unit(): burn()\n")
    done = run(tmp_path, CONFTEST, TESTS, kind)
    told = {name: word for word, name in re.findall(r"^(PASSED|FAILED) \S+::(\S+)", done.stdout, re.MULTILINE)}
    failed = {name for name, word in told.items() if word == "FAILED"}
    assert (len(told), failed) == (7, {"test_slow[1]", "test_wrong"}), done.stdout
    assert f"s of processor time, a {kind} test has 0.05 s" in done.stdout
    assert "as it says" in done.stdout


def test_no_invented_example_is_measured_by_the_clock_on_the_wall():
    assert settings.default.deadline is None


def test_what_is_listed_is_there_and_says_why():
    for name, reason in LISTED.items():
        file, _, function = name.partition("::")
        paths = [path for kind in ALLOWED_S for path in (ROOT / "tests" / kind).rglob(file)]
        found = [path for path in paths if f"def {function}(" in path.read_text()]
        assert len(found) == 1, name
        assert reason
