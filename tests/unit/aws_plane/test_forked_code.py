"""What functions import is imported once for all of them, and is never old, foreign, or made for another function."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from integration.aws_plane import forking
from integration.aws_plane.environment import Environment
from integration.aws_plane.hours import Hours
from integration.operations.waiting import until

REPOSITORY = Path(__file__).resolve().parents[3]
LIBRARY = """
import time
from pathlib import Path

with Path(__file__).with_name("imported").open("a") as told:
    told.write("library\\n")
SAYS = "%s"

def now(clock=time.time):
    return clock()
"""
FUNCTION = """
import library
import os
from pathlib import Path

with Path(__file__).with_name("imported").open("a") as told:
    told.write("function\\n")
COLOUR = os.environ.get("COLOUR")

def handler(event, context):
    return {"says": library.SAYS, "colour": COLOUR, "now": library.now(), "parent": os.getppid()}
"""


@pytest.fixture
def folder(tmp_path):
    return bundle(tmp_path / "code", "one")


def bundle(folder, says):
    """Written a while ago, as code mostly was."""
    folder.mkdir()
    written(folder / "library.py", LIBRARY % says, -60)
    written(folder / "tiny.py", FUNCTION, -60)
    return folder


def written(path, text, after_s):
    path.write_text(text)
    moment = time.time() + after_s
    os.utime(path, (moment, moment))


@pytest.fixture
def answer():
    """Of an environment of its own."""
    environments = []

    def ask(folder, hours=None, **variables):
        path = hours.environment(str(folder)) if hours else {"PYTHONPATH": str(folder)}
        environments.append(
            Environment("tiny.handler", {"PATH": os.defpath, **path, **variables}, folder, lambda _: None)
        )
        return environments[-1].invoke(json.dumps({}).encode(), "arn:aws:lambda:::function:tiny", 20).answer

    ask.end = lambda: [environment.kill() for environment in environments]
    yield ask
    ask.end()


def test_a_library_is_imported_once_and_the_function_by_each_process(answer, folder):
    """Which reads its own variables as it is loaded."""
    colours = [answer(folder, COLOUR=colour)["colour"] for colour in ("red", "blue", "green")]
    assert colours == ["red", "blue", "green"]
    assert (folder / "imported").read_text().split() == ["library", "function", "function", "function"]


def test_changed_code_is_what_runs(answer, folder):
    said = [answer(folder)["says"]]
    written(folder / "library.py", LIBRARY % "another", 0)
    said += [answer(folder)["says"], answer(folder)["says"]]
    assert said == ["one", "another", "another"]


def test_a_process_with_old_code_ends_with_the_last_function_that_runs_it(answer, folder):
    old = answer(folder)["parent"]
    written(folder / "library.py", LIBRARY % "another", 0)
    assert answer(folder)["parent"] != old
    os.kill(old, 0)
    answer.end()
    until(lambda: not there(old))


def there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_code_of_this_moment_is_not_kept(answer, folder):
    """It may have changed between its import and the look at its file."""
    written(folder / "library.py", LIBRARY % "one", 60)
    assert [answer(folder)["says"] for _ in range(2)] == ["one", "one"]
    assert (folder / "imported").read_text().split() == ["library", "function"] * 2


def test_another_folder_is_other_code(answer, folder, tmp_path):
    other = bundle(tmp_path / "other", "two")
    assert [answer(each)["says"] for each in (folder, other, folder)] == ["one", "two", "one"]


def test_code_that_cannot_be_imported_is_told_by_the_function_and_mended(answer, folder):
    written(folder / "library.py", "raise ValueError('not yet')", -60)
    assert "not yet" in answer(folder)["errorMessage"]
    written(folder / "library.py", LIBRARY % "mended", -30)
    assert answer(folder)["says"] == "mended"


def test_a_clock_that_was_kept_at_import_follows_its_own_plane(answer, folder, tmp_path):
    ahead = []
    for hour in (0, 5):
        hours = Hours(tmp_path / f"clock {hour}")
        hours.forward(hour * 3600)
        ahead.append(round((answer(folder, hours)["now"] - time.time()) / 3600))
    assert ahead == [0, 5]
    assert (folder / "imported").read_text().split().count("library") == 1


PREPARING = """
import importlib, json, os, sys, threading
from importlib.util import module_from_spec, spec_from_file_location

spec = spec_from_file_location("forking", sys.argv[1])
forking = module_from_spec(spec)
spec.loader.exec_module(forking)
for name in forking.PRELOADED:
    importlib.import_module(name)
forking.read_models()

class Variables(dict):
    def asked(self, name, default=None):
        read.append(name)
        return default
    get = __getitem__ = __contains__ = asked

read, made = [], []
code = forking.Code(sys.argv[2])
before, os.environ = os.environ, Variables()
sys.addaudithook(lambda event, _: made.append(event) if event in {"socket.__new__", "_thread.start_new_thread"} else 0)
for module in sys.argv[3:]:
    code.prepare(module)
told = {"read": read[:], "made": made[:], "threads": threading.active_count()}
os.environ, known = before, set(sys.modules)
for module in sys.argv[3:]:
    importlib.import_module(module)
print(json.dumps(told | {"anew": sorted(set(sys.modules) - known)}))
"""


def test_what_our_functions_import_is_there_and_took_nothing_of_the_moment():
    """No variable was read, no socket and no thread made before the fork; a function adds its own module alone."""
    modules = sorted(f"lambdas.{each.parent.name}.index" for each in REPOSITORY.glob("lambdas/*/index.py"))
    told = subprocess.check_output(
        [sys.executable, "-P", "-c", PREPARING, forking.__file__, str(REPOSITORY), *modules],
        env={"PATH": os.defpath, "AWS_DEFAULT_REGION": "us-east-1"},
    )
    assert json.loads(told) == {"read": [], "made": [], "threads": 1, "anew": modules}
