"""No control character of a foreign text reaches the terminal, by whatever way it is said."""

from __future__ import annotations

import re

import pytest

from integration.cases import errors as core
from integration.clients.security_ir import errors as security_ir
from integration.clients.servicenow import errors as servicenow
from integration.operations.terminal import failure
from integration.operations.terminal.output import Talk

HOSTILE = "a\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08\u202eevil\u2066\u200f\u2028z\x00\x7f"
"""Title, clearing, C1 introducer, overprinting, bidi, separators, NUL and DEL."""
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

WAYS = {
    "say": lambda talk: talk.say(HOSTILE),
    "warn": lambda talk: talk.warn(HOSTILE),
    "result": lambda talk: talk.result(HOSTILE),
    "document": lambda talk: talk.document({HOSTILE: HOSTILE}),
    "table": lambda talk: talk.table(HOSTILE, [HOSTILE, "b"], [[HOSTILE, 1]]),
    "verdict": lambda talk: talk.verdict(HOSTILE, "fail", HOSTILE, HOSTILE),
    "step": lambda talk: talk.step(HOSTILE).__enter__(),
}


def test_every_way_to_speak_is_here():
    spoken = {name for name in vars(Talk) if not name.startswith("_")} - {"quiet", "narrow", "sure", "sure_if_asked"}
    assert spoken == set(WAYS)


@pytest.mark.parametrize("way", WAYS)
def test_talk_says_foreign_text_without_it(capsys, way):
    WAYS[way](Talk())
    out, err = capsys.readouterr()
    assert "evil" in out + err
    assert not FORBIDDEN.search(out + err)


ERRORS = [
    servicenow.Refused(HOSTILE),
    security_ir.Refused("CreateCase", "ValidationException", HOSTILE),
    core.Refused("servicenow", HOSTILE),
    RuntimeError(HOSTILE),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__module__)
def test_an_error_is_said_without_it(capsys, error, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    failure._print(failure.Failure(failure._sentence(error), HOSTILE))
    assert not FORBIDDEN.search(capsys.readouterr().err)
