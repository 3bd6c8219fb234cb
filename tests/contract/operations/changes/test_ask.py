"""A short job asks the gate, signed, and may end; what is wrong is a sentence and a code."""

from __future__ import annotations

import json
import time

import pytest
import responses
from click.testing import CliRunner

from integration.changes.gate.addresses import Allowed
from integration.changes.gate.intake import from_gitlab, from_url
from integration.changes.gate.signing import SIGNATURE, TIMESTAMP, holds
from integration.operations.app import cli

TOKEN, GATE = "k" * 43, "https://gate.example.com/prod/gate"
GITLAB = {
    "GITLAB_CI": "true", "CI_SERVER_URL": "https://gitlab.example.com", "CI_PROJECT_PATH": "octo/shop",
    "CI_PIPELINE_ID": "31", "CI_PROJECT_ID": "17", "CI_JOB_ID": "4",
}  # fmt: skip
JENKINS = {"JENKINS_URL": "https://ci.example.com", "JOB_NAME": "shop", "BUILD_TAG": "jenkins-shop-7"}
WANTED = ("--app", "shop", "--version", "2.3.0", "--environment", "production")


@pytest.fixture
def ask(monkeypatch):
    for name in ("GITHUB_ACTIONS", "CI", "GITLAB_CI", "JENKINS_URL", "TF_BUILD", "CIRCLECI", "CODEBUILD_BUILD_ID"):
        monkeypatch.delenv(name, raising=False)

    def typed(environ, *words):
        where = {"CHANGE_GATE_URL": GATE, "CHANGE_GATE_TOKEN": TOKEN}
        return CliRunner().invoke(cli, ["change", "ask", *WANTED, *words], env={**where, **environ})

    return typed


@pytest.fixture
def gate():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def sent(gate):
    """The one ask, whose signature holds."""
    [call] = gate.calls
    headers, body = call.request.headers, call.request.body
    assert holds(TOKEN, time.time(), headers[TIMESTAMP], headers[SIGNATURE], body)
    return call.request.url, json.loads(body)


def test_on_gitlab_the_gate_is_told_which_pipeline_waits(ask, gate):
    gate.post(f"{GATE}/gitlab", json={"accepted": True})
    done = ask(GITLAB, "--assignment-group", "DevOps Team")
    assert done.exit_code == 0, done.stderr
    _, body = sent(gate)
    asked = from_gitlab(body, Allowed(("gitlab.example.com",)), time.time())
    assert (asked.fault, asked.run.run, asked.wanted["assignment_group"]) == ("", "31", "DevOps Team")
    assert dict(asked.waiter.address) == {
        "server": "https://gitlab.example.com", "project": "17", "pipeline": "31", "environment": "production",
    }  # fmt: skip


def test_elsewhere_it_is_told_where_to_answer(ask, gate):
    gate.post(f"{GATE}/url", json={"accepted": True})
    assert ask(JENKINS, "--answer-to", "https://ci.example.com/webhook-step/x").exit_code == 0
    _, body = sent(gate)
    asked = from_url(body, Allowed(("ci.example.com",)), time.time())
    assert (asked.fault, asked.run.ci, asked.run.run) == ("", "jenkins", "jenkins-shop-7")


@pytest.mark.parametrize(
    ("environ", "words", "code", "said"),
    [
        (JENKINS, (), 2, "Nothing says where the answer goes"),
        ({}, ("--answer-to", "https://x"), 2, "no CI system is recognised"),
        (JENKINS, ("--answer-to", "https://x", "--gate-url", "http://gate"), 2, "no https address"),
    ],
)
def test_what_is_wrong_here_is_told_before_anybody_is_asked(ask, gate, environ, words, code, said):
    done = ask(environ, *words)
    assert (done.exit_code, said in done.stderr, len(gate.calls)) == (code, True, 0), done.stderr


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (401, {"error": "signature or token is not ours, or too old"}, 3, "not ours"),
        (400, {"error": "the address to answer to is on no list"}, 3, "on no list"),
        (503, {"error": "not taken; send it again"}, 5, "send it again"),
        (429, {"message": "Too Many Requests"}, 5, "Too Many Requests"),
    ],
)
def test_what_the_gate_says_no_to_is_told_in_its_words(ask, gate, status, body, code, said):
    gate.post(f"{GATE}/url", json=body, status=status)
    done = ask(JENKINS, "--answer-to", "https://ci.example.com/x")
    assert (done.exit_code, said in done.stderr) == (code, True), done.stderr
    assert TOKEN not in done.output + done.stderr


def test_text_of_the_other_side_is_no_command_of_the_ci(ask, gate):
    gate.post(f"{GATE}/url", json={"error": "x\n::add-mask::y"}, status=400)
    done = ask(JENKINS, "--answer-to", "https://ci.example.com/x")
    assert not any(line.startswith("::") for line in (done.output + done.stderr).splitlines())


def test_no_answer_is_told_with_the_code_for_it(ask, gate):
    done = ask(JENKINS, "--answer-to", "https://ci.example.com/x")
    assert (done.exit_code, "does not answer" in done.stderr) == (5, True)
