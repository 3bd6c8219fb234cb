"""The commands know an integration of which the repository says nothing but a line in each registry."""

import os
import shutil
import subprocess
import sys

from tests.toy.installed import REPOSITORY, Toy, installed

TESTS = REPOSITORY / "tests"
OPERATIONS, STORY = TESTS / "contract" / "operations", TESTS / "toy" / "operated.py"


def test_a_toy_is_worked_polled_shown_replayed_and_destroyed(tmp_path):
    repository = installed(tmp_path, Toy())
    beside = repository / OPERATIONS.relative_to(REPOSITORY)
    beside.mkdir(parents=True)
    for source in (each for each in OPERATIONS.glob("*.py") if not each.name.startswith("test_")):
        shutil.copy(source, beside / source.name)
    for name in ("aws_costs_less.py", "conftest.py", "budget.py", "contract/near.py", "dealing.py", "due_table.py"):
        shutil.copy(TESTS / name, repository / "tests" / name)
    shutil.copy(STORY, beside / "test_operated.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:budget", beside],
        cwd=repository, check=False, env=os.environ | {"PYTHONPATH": str(repository)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
