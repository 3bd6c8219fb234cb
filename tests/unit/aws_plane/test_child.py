"""The plane's processes find our modules wherever the command was typed."""

import os
import resource
import signal
import subprocess

import pytest

from integration.aws_plane.child import ROOT, Child, ChildFailed
from integration.aws_plane.environment import Environment
from integration.aws_plane.fork_server import ForkServer
from integration.operations.waiting import until

COUNTED_BY_SELECT = 1024


@pytest.mark.parametrize("there", [(), ("integration.py", "json.py")], ids=["nothing", "names_of_modules"])
def test_the_folder_it_was_started_in_decides_nothing(tmp_path, monkeypatch, there):
    """The module imports ours and json, and says nothing: it is its end that is told, not what it did not find."""
    for name in there:
        (tmp_path / name).write_text("raise SystemExit('imported from where somebody stood')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    child = Child("integration.emulators.kit.door")
    with pytest.raises(ChildFailed) as ended:
        _ = child.ready
    child.stop()
    child.process.stdout.close()
    assert str(ended.value) == "integration.emulators.kit.door did not start: "


def test_a_warning_in_the_same_breath_hides_no_readiness(monkeypatch):
    monkeypatch.setattr("integration.aws_plane.child.READY_WITHIN_S", 10)
    child = Child("tests.unit.aws_plane.two_lines")
    assert child.ready == {"ready": True}
    child.stop()


@pytest.fixture
def many_files():
    """As many open as `select` can tell apart."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = max(soft, 2 * COUNTED_BY_SELECT)
    if hard != resource.RLIM_INFINITY and allowed > hard:
        pytest.skip(f"this machine lets a process open {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    opened = [os.open(os.devnull, os.O_RDONLY)]
    while opened[-1] < COUNTED_BY_SELECT:
        opened.append(os.dup(opened[0]))
    yield
    for each in opened:
        os.close(each)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_process_starts_another_however_many_files_it_has_open(many_files, monkeypatch):
    """One with a dozen systems has more than a thousand, before its first fork server or after."""
    monkeypatch.setattr("integration.aws_plane.child.FORK_SERVER", ForkServer())
    child = Child("tests.unit.aws_plane.two_lines")
    assert child.ready == {"ready": True}
    child.stop()


FUNCTION = """
def handler(event, context):
    import sys
    return "library" in sys.modules
"""
PROGRAM = """
import json, os, sys
import library

def main():
    print(json.dumps({"arguments": sys.argv[1:], "colour": os.environ["COLOUR"], "folder": os.getcwd()}), flush=True)
    sys.stdin.read()
    print("its input has ended", flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Of the path of who starts it; whoever imports its library leaves a word."""
    library = f"with open({str(tmp_path / 'imported')!r}, 'a') as told: told.write('library ')"
    for name, text in (("library.py", library), ("tiny.py", PROGRAM), ("function.py", FUNCTION)):
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (1, 1))  # code of this moment is not kept
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "tiny"


@pytest.mark.parametrize(("forked", "imports"), [(True, 1), (False, 2)])
def test_children_of_one_program_have_what_each_was_given(program, tmp_path, monkeypatch, forked, imports):
    """Forked or not; where they are forked, what they import is imported once."""
    monkeypatch.setattr("integration.aws_plane.child.forks", lambda: forked)
    monkeypatch.chdir(tmp_path)
    children = [Child(program, ["--colour", colour], {"COLOUR": colour}) for colour in ("red", "blue")]
    told = [dict(child.ready) for child in children]
    for child in children:
        child.stop()
    assert told == [
        {"arguments": ["--colour", colour], "colour": colour, "folder": str(tmp_path)} for colour in ("red", "blue")
    ]
    assert (tmp_path / "imported").read_text().split() == ["library"] * imports


def test_its_input_ends_with_whoever_started_it(program):
    child = Child(program, (), {"COLOUR": "red"})
    assert child.ready
    child.process.stdin.close()
    assert child.process.wait(10) == 0
    until(lambda: list(child.last_lines) == ["its input has ended"])
    child.stop()


def test_a_killed_one_tells_its_signal(program):
    child = Child(program, (), {"COLOUR": "red"})
    assert child.ready
    with pytest.raises(subprocess.TimeoutExpired):
        child.process.wait(0.01)
    child.process.kill()
    assert child.process.wait(10) == -signal.SIGKILL
    child.stop()


def test_a_function_of_the_same_path_has_nothing_of_what_it_imports(program, tmp_path):
    """Its memory is counted."""
    child = Child(program, (), {"COLOUR": "red"})
    path = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    assert child.ready
    function = Environment("function.handler", path, tmp_path, lambda _: None)
    assert function.invoke(b"{}", "arn:aws:lambda:::function:f", 20).answer is False
    function.kill()
    child.stop()
