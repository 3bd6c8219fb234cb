"""From options, a file and variables to a wish; what makes no sense is wrong usage before anything is asked."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest

from integration.changes.model import Kind, Moves, OnWithdrawn
from integration.operations.changes.wish import wish_options, wished

HERE = {"app": "shop", "version": "2.3.0", "environment": "production"}
TARGETS = ("app", "version", "environment")


@pytest.fixture
def typed():
    """What click makes of words, with the defaults it gives."""

    def parsed(*words):
        found = {}
        command = click.Command("wish", callback=lambda **given: found.update(given))
        wish_options()(command).main(["--app", "shop", "--version", "2.3.0", *words], standalone_mode=False)
        return found

    return parsed


@pytest.fixture
def toml(tmp_path):
    def written(text):
        (tmp_path / "change.toml").write_text(text)
        return ["--file", str(tmp_path / "change.toml")]

    return written


def test_the_least_is_an_application_a_version_and_an_environment(typed):
    wish, files = wished(typed(), {}, "production")
    assert (wish.app, wish.version, wish.environment, wish.kind) == ("shop", "2.3.0", "production", Kind.NORMAL)
    assert wish.short_description == "Deploy shop 2.3.0 to production"
    assert (wish.timeout_s, wish.interval_s, wish.duration_s) == (3600, 60, 3600)
    assert files == []


WRONG = {
    "no number": ("timeout = 'soon'", "timeout: 'soon' is not a valid float range"),
    "no number at all": ("timeout = nan", "timeout: nan is no number"),
    "out of any calendar": ("start = 0001-01-01T00:00:00+14:00", "is no time that a deployment is planned for"),
    "no time": ("start = 12:00:00", "is no time such as"),
    "no choice": ("moves = 'nobody'", "moves: 'nobody' is not one of"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_in_a_file_is_told_with_the_file(typed, toml, what):
    text, said = WRONG[what]
    with pytest.raises(click.UsageError) as error:
        wished(typed(*toml(text)), {}, "production")
    assert "change.toml: " in error.value.message
    assert said in error.value.message


EVERY = """
type = "standard"
template = "app-deployment-template"
short_description = "Deploy ${APP_NAME} v${VERSION}"
assignment_group = "DevOps Team"
cmdb_ci = "production-k8s-cluster"
affected = ["db-1", "db-2"]
implementation_plan = "Deploy via Helm chart"
parent_change = "CHG0030001"
timeout = 300
poll_interval = 15
moves = "people"
on_withdrawn = "terminate"
require_evidence = true
start = 2026-11-29T20:00:00Z
end = "2026-11-29T22:00:00+01:00"
attachments = [{name = "Test Results", file = "test-results.xml"}, "security-scan.json"]

[states]
10 = "ready"
"""


def test_a_file_says_it_in_the_words_of_the_options(typed, toml):
    wish, files = wished(typed(*toml(EVERY)), {"APP_NAME": "shop", "VERSION": "9"}, "production")
    assert wish.kind is Kind.STANDARD
    assert wish.short_description == "Deploy shop v9"
    assert (wish.template, wish.parent, wish.affected) == ("app-deployment-template", "CHG0030001", ("db-1", "db-2"))
    assert (wish.timeout_s, wish.interval_s) == (300, 15)
    assert (wish.moves, wish.on_withdrawn, wish.require_evidence) == (Moves.PEOPLE, OnWithdrawn.TERMINATE, True)
    assert wish.start == datetime(2026, 11, 29, 20, tzinfo=UTC)
    assert wish.end == datetime(2026, 11, 29, 21, tzinfo=UTC)
    assert wish.states == (("10", "ready"),)
    assert files == [("Test Results", "test-results.xml"), ("", "security-scan.json")]


def test_what_is_typed_wins_over_the_file(typed, toml):
    given = typed(*toml(EVERY), "--timeout", "60", "--attachment", "log=x.txt", "--environment", "blue")
    wish, files = wished(given, {"APP_NAME": "a", "VERSION": "1"}, "production")
    assert (wish.timeout_s, wish.interval_s, wish.environment) == (60, 15, "blue")
    assert files == [("log", "x.txt")]


def test_an_emergency_is_quick_urgent_and_justified(typed):
    wish, _ = wished(
        typed("--emergency", "--justification", "CVE", "--short-description", "Patch ${CVE}"), {"CVE": "CVE-1"}, "p"
    )
    assert (wish.kind, wish.priority, wish.risk, wish.timeout_s) == (Kind.EMERGENCY, "1 - Critical", "high", 300)
    assert wish.short_description == "EMERGENCY: Patch CVE-1"
    slower, _ = wished(typed("--emergency", "--justification", "CVE", "--timeout", "900"), {}, "p")
    assert slower.timeout_s == 900


def test_two_dollars_keep_a_text_as_it_is(typed):
    wish, _ = wished(typed("--description", "$${HOME} and ${HOME}"), {"HOME": "/root"}, "p")
    assert wish.description == "${HOME} and /root"


BAD = {
    "unset variable": (["--description", "${NOT_SET}"], "", "NOT_SET} is not set: export"),
    "empty variable": (["--description", "${EMPTY}"], "", "EMPTY} is not set"),
    "a credential": (["--description", "${SERVICENOW_CLIENT_SECRET}"], "", "holds a credential"),
    "a credential in a file": ([], 'justification = "${SERVICENOW_PASSWORD_FILE}"', "holds a credential"),
    "end before start": (["--start", "2026-11-29T20:00Z", "--end", "2026-11-29T19:00Z"], "", "--end is not after"),
    "end in the past": (["--end", "2020-01-01T00:00Z"], "", "--end is not after"),
    "a time without a zone": (["--start", "2026-11-29T20:00"], "", "has no zone"),
    "no time": (["--start", "tomorrow"], "", "is no time such as"),
    "wrong type": (["--type", "minor"], "", "'minor' is not one of"),
    "wrong type for a template": (["--type", "normal", "--template", "t"], "", "template is for the type standard"),
    "standard without a template": (["--type", "standard"], "", "add --template"),
    "an emergency nobody justified": (["--emergency"], "", "add --justification"),
    "an emergency of another type": (
        ["--emergency", "--justification", "j", "--type", "normal"],
        "",
        "leave --type out",
    ),
    "polling too fast": (["--poll-interval", "1"], "", "is not in the range 5<=x"),
    "no time at all": (["--timeout", "0"], "", "is not in the range 1<=x"),
    "an unknown word in a file": ([], 'short_decription = "x"', "short_decription is not known; there are affected"),
    "a file in a file": ([], 'file = "x"', "file is not known"),
    "another type in a file": ([], "timeout = []", "timeout is one value"),
    "a text for a list": ([], "affected = 'db-1'", "affected is a list"),
    "a word for a number": ([], "timeout = 'soon'", "'soon' is not a valid float range"),
    "a broken file": ([], "app = ", "cannot be read"),
    "a bad attachment": ([], "attachments = [{path = 'x'}]", "an attachment is a file"),
    "an unknown place": ([], "[states]\n10 = 'somewhere'", "somewhere is no place"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_makes_no_sense_is_wrong_usage(typed, toml, case):
    words, file, sentence = BAD[case]
    with pytest.raises(click.UsageError) as error:
        wished(
            typed(*words, *(toml(file) if file else ())), {"EMPTY": "", "SERVICENOW_CLIENT_SECRET": "s"}, "production"
        )
    assert sentence in error.value.format_message()
    assert error.value.exit_code == 2


def test_a_file_that_is_not_there_is_said(typed):
    with pytest.raises(click.UsageError, match=r"nowhere\.toml cannot be read"):
        wished(typed("--file", "nowhere.toml"), {}, "p")


@pytest.mark.parametrize("name", TARGETS)
def test_what_finds_the_change_again_must_be_there(name):
    given = dict.fromkeys(TARGETS, "x") | {name: None}
    with pytest.raises(click.UsageError, match=f"missing: --{name}"):
        wished(given, {}, "")


def test_a_change_that_is_named_needs_nothing_to_find_it():
    assert wished({}, {}, "", whole=False)[0].app == ""
    assert wished({"app": None, "environment": None}, {}, "", whole=False)[0].version == ""
