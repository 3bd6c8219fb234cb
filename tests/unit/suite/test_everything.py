"""What runs beside the tests, what `make test` asks once more, and what is failed at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from tests import everything

E2E = ["tests/e2e/test_a.py::test_x[a@b]", "tests/browser/test_b.py::test_y"]


@pytest.mark.parametrize(
    ("failed", "again"),
    [
        ([], []),
        (E2E, E2E),
        (["tests/unit/test_c.py::test_z"], []),
        ([*E2E, "tests/unit/test_c.py::test_z"], []),
        ([f"tests/e2e/test_a.py::test_{n}" for n in range(everything.FEW + 1)], []),
    ],
)
def test_only_a_few_tests_over_real_processes_are_asked_again(failed, again):
    """Else a fault of the code would have a second chance."""
    assert everything.asked_again(failed) == again


def test_a_failure_is_named_without_the_group_it_was_dealt_in(tmp_path, monkeypatch):
    monkeypatch.setattr(everything, "FAILED", tmp_path / "lastfailed")
    assert everything.failures() == []
    everything.FAILED.write_text(json.dumps({f"{E2E[0]}@itsm-1": True, E2E[1]: True}))
    assert everything.failures() == E2E


@pytest.mark.parametrize(("asked", "fails"), [(["a", "b"], ["b"]), (["a", "missing"], ["a", "missing"])])
def test_only_what_fails_the_second_time_is_said_to(tmp_path, monkeypatch, asked, fails):
    """One that passed alone is a race, whatever became of another."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_c.py").write_text("def test_a():\n    pass\n\ndef test_b():\n    assert not 1\n")
    named = "test_c.py::test_{}".format
    assert everything.fails_again([named(each) for each in asked]) == [named(each) for each in fails]


def says(word, code):
    return sys.executable, "-c", f"print('said {word}'); raise SystemExit({code})"


@pytest.fixture
def tests():
    """Tests that take forever; an interruption ends them, also where a shell's `&` has it ignored here."""
    hear = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", f"{hear}; print('ready'); signal.pause()"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


def test_what_linters_refuse_ends_the_tests_at_once(tests, monkeypatch, capsys):
    """CI tells it in its first seconds."""
    monkeypatch.setattr(everything, "LINT", says("lint", 1))
    monkeypatch.setattr(everything, "OWN_PYTHON", says("own", 1))
    [name] = everything.beside(tests)
    assert tests.wait(30) in {1, -signal.SIGINT}
    assert ("said lint" in name, "said lint\n" in capsys.readouterr().out) == (True, True)


def test_the_functions_own_python_fails_the_run_and_lets_the_tests_go_on(tests, monkeypatch, capsys):
    monkeypatch.setattr(everything, "LINT", says("lint", 0))
    monkeypatch.setattr(everything, "OWN_PYTHON", says("own", 2))
    [name] = everything.beside(tests)
    assert tests.poll() is None
    out = capsys.readouterr().out
    assert ("said own" in name, "said lint\n" in out, "said own\n" in out) == (True, True, True)
