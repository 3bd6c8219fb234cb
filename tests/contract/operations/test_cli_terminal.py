"""What reaches the terminal: nothing it could take for a command of a foreign text's, and what it can show."""

from __future__ import annotations

import io
import re
import sys

import pytest

from integration.clients.errors import Refused
from integration.operations.terminal import failure
from integration.operations.terminal.output import Output

HOSTILE = "a\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08\u202eevil\u2066\u200f\u2028z\x00\x7f"
"""Title, clearing, C1 introducer, overprinting, bidi, separators, NUL and DEL."""
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

WAYS = {
    "say": lambda output: output.say(HOSTILE),
    "warn": lambda output: output.warn(HOSTILE),
    "error": lambda output: output.error(HOSTILE, HOSTILE),
    "result": lambda output: output.result(HOSTILE),
    "document": lambda output: output.document({HOSTILE: HOSTILE}),
    "table": lambda output: output.table(HOSTILE, [HOSTILE, "b"], [[HOSTILE, 1]]),
    "verdict": lambda output: output.verdict(HOSTILE, "fail", HOSTILE, HOSTILE),
    "step": lambda output: output.step(HOSTILE).__enter__(),
}


def test_every_way_to_speak_is_here():
    spoken = {name for name in vars(Output) if not name.startswith("_")} - {"quiet", "narrow", "sure", "sure_if_asked"}
    assert spoken == set(WAYS)


@pytest.mark.parametrize("way", WAYS)
def test_foreign_text_is_said_without_it(capsys, way):
    WAYS[way](Output())
    out, err = capsys.readouterr()
    assert "evil" in out + err
    assert not FORBIDDEN.search(out + err)


ERRORS = [
    Refused("servicenow", HOSTILE),
    Refused("security_ir", HOSTILE, text="security-ir refused CreateCase (ValidationException)"),
    RuntimeError(HOSTILE),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__module__)
def test_an_error_is_said_without_it(capsys, error, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    failure.report(error)
    assert not FORBIDDEN.search(capsys.readouterr().err)


# --------------------------------------------------------------------------------------------------- kinds of terminals
COLOUR = re.compile(r"\x1b\[(?:\d+;)*[34]\d")
KINDS = {
    "colours": ({"TERM": "xterm-256color", "COLUMNS": "100"}, {"colour": True, "escapes": True, "narrow": False}),
    "NO_COLOR": ({"NO_COLOR": "1", "COLUMNS": "100"}, {"colour": False, "escapes": True, "narrow": False}),
    "dumb": ({"TERM": "dumb", "COLUMNS": "100"}, {"colour": False, "escapes": False, "narrow": False}),
    "40 columns": ({"COLUMNS": "40"}, {"colour": True, "escapes": True, "narrow": True}),
}
COMMAND = "./deploy_integrations_solution.py check --name second --profile somebody"


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def screen(monkeypatch):
    """Both streams on one terminal of this kind; everything one can say there."""

    def of(environment):
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"TERM": "xterm"} | environment).items():
            monkeypatch.setenv(name, value)
        shown, output = Screen(), Output()
        monkeypatch.setattr(sys, "stdout", shown)
        monkeypatch.setattr(sys, "stderr", shown)
        with output.step("validate") as tick:
            tick("looking", 1, 2)
        output.verdict("stack", "fail", "it is gone", COMMAND)
        output.warn("a remark")
        output.error("it did not work", COMMAND)
        output.table("title", ("stack", "type"), [("SecurityIncidentResponseState", "AWS::IAM::Role")])
        return shown.getvalue(), output.narrow

    return of


@pytest.mark.parametrize(("environment", "expected"), KINDS.values(), ids=KINDS)
def test_a_terminal_is_told_what_it_can_show(screen, environment, expected):
    shown, narrow = screen(environment)
    assert {"colour": bool(COLOUR.search(shown)), "escapes": "\x1b" in shown, "narrow": narrow} == expected
    assert "validate" in shown
    assert shown.count(COMMAND) == 2, "a command can be copied whole"
    assert all(len(line) <= 40 for line in shown.splitlines() if "IAM" in line) or not narrow


def test_a_dumb_terminal_hears_of_a_step_when_it_begins_and_of_no_bar(screen):
    shown, _ = screen(KINDS["dumb"][0])
    assert shown.splitlines()[0] == "· validate"


def test_a_file_gets_no_escapes_and_whole_lines(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    output = Output()
    output.error("x" * 100, COMMAND)
    output.table("title", ("stack", "type"), [("SecurityIncidentResponseState", "AWS::IAM::Role " * 5)])
    shown = "".join(capsys.readouterr())
    assert "\x1b" not in shown
    assert "x" * 100 in shown
    assert "AWS::IAM::Role " * 4 in shown
