"""An integration that lives in the tests alone, beside cases on the plane: `tests/toy/story.py` says what is done."""

import os
import subprocess
import sys
from pathlib import Path

from tests.toy.installed import Toy, installed

STORY = Path(__file__).parents[1] / "toy" / "story.py"


def test_a_toy_is_deployed_heard_polled_claimed_shown_replayed_and_destroyed(tmp_path):
    repository = installed(tmp_path, Toy())
    done = subprocess.run(
        [sys.executable, STORY], cwd=repository, env=os.environ | {"PYTHONPATH": str(repository)}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
