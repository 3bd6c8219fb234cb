"""What goes wrong around a deployment: a sentence, the next thing to type, the right code, nothing deployed."""

from __future__ import annotations

import pytest

from tests.contract.pipelines.conftest import SECRET, STANDARD, WISH

RUN = "GITHUB_ACTIONS"


def nothing(_instance):
    """The instance is as it always is."""


def fault(kind, **rule):
    return lambda instance: instance.people.fault(kind=kind, times=None, **rule)


def switch(**switches):
    return lambda instance: instance.config(**switches)


def roles(*names):
    return lambda instance: instance.roles(*names)


LEAST = ("--app", "shop", "--version", "2.3.0", "--environment", "production")
MARKED = ("--", "touch", "deployed")
CASES = {
    # name: (words after `change run`, variables, how the instance is, code, what is said)
    "unset variable": ([*WISH, "--description", "${NOT_SET}", *MARKED], {}, nothing, 2, "NOT_SET} is not set: export"),
    "no CI and no key": ([*WISH, *MARKED], {RUN: ""}, nothing, 2, "name this run with --key"),
    "bad part": ([*WISH, "--part", "6/5", *MARKED], {}, nothing, 2, "'6/5' is no part such as 2/5"),
    "missing file": ([*WISH, "--attachment", "no.xml", *MARKED], {}, nothing, 2, "no.xml cannot be read"),
    "empty file": ([*WISH, "--attachment", "empty.xml", *MARKED], {}, nothing, 2, "empty.xml is empty"),
    "folder as file": ([*WISH, "--attachment", "folder", *MARKED], {}, nothing, 2, "folder is a folder"),
    "no command": ([*WISH], {}, nothing, 2, "Missing argument '-- COMMAND...'"),
    "command not found": ([*WISH, "--", "no-such-command"], {}, nothing, 127, "no-such-command is not there"),
    "command not executable": ([*WISH, "--", "./empty.xml"], {}, nothing, 126, "cannot be executed: chmod +x"),
    "end before start": (
        [*WISH, "--start", "2030-01-02T00:00Z", "--end", "2030-01-01T00:00Z", *MARKED],
        {},
        nothing,
        2,
        "not after the start",
    ),
    "standard without template": ([*WISH, "--type", "standard", *MARKED], {}, nothing, 2, "add --template"),
    "wrong type for a template": (
        [*WISH, "--template", "Deploy application", *MARKED],
        {},
        nothing,
        2,
        "--type standard",
    ),
    "no way to sign in": (
        [*WISH, *MARKED],
        {"SERVICENOW_CLIENT_SECRET": ""},
        nothing,
        2,
        "set SERVICENOW_CLIENT_SECRET",
    ),
    "an address that is none": (
        [*WISH, *MARKED],
        {"SERVICENOW_INSTANCE_ID": "http://x.example"},
        nothing,
        3,
        "https address",
    ),
    "a group that is missing": (
        [*WISH, "--assignment-group", "Nobody", *MARKED],
        {},
        nothing,
        3,
        "assignment group “Nobody”",
    ),
    "a group that is two": (
        [*WISH, "--assignment-group", "Database", *MARKED],
        {},
        nothing,
        3,
        "2 records are called “Database”",
    ),
    "an item that is missing": (
        [*WISH, "--cmdb-ci", "nothing", *MARKED],
        {},
        nothing,
        3,
        "configuration item “nothing”",
    ),
    "an item that is two": ([*WISH, "--cmdb-ci", "db-01", *MARKED], {}, nothing, 3, "2 records are called “db-01”"),
    "a template that is missing": (
        [*STANDARD, "--template", "x", *MARKED],
        {},
        nothing,
        3,
        "standard change template “x”",
    ),
    "a template that is two": (
        [*STANDARD, "--template", "Restart service", *MARKED],
        {},
        nothing,
        3,
        "2 records are called",
    ),
    "a retired template": ([*STANDARD, "--template", "Patch server", *MARKED], {}, nothing, 3, "is retired"),
    "no role for a template": ([*STANDARD, *MARKED], {}, roles("snc_internal"), 3, "that this user may see"),
    "no role": ([*LEAST, *MARKED], {}, roles("snc_internal"), 3, "role"),
    "no API for a standard change": ([*STANDARD, *MARKED], {}, switch(change_api=False), 3, "Change Management"),
    "rules let no state be written": (
        [*STANDARD, *MARKED],
        {},
        switch(change_steps="none"),
        3,
        "--moves people",
    ),
    "HTML": ([*STANDARD, "--timeout", "1", *MARKED], {}, fault("html-200", path="/api/*"), 5, "a sign-in page"),
    "truncated": (
        [*STANDARD, "--timeout", "1", *MARKED],
        {},
        fault("truncated-200", path="/api/*"),
        5,
        "not whole JSON",
    ),
    "hibernating": ([*STANDARD, "--timeout", "1", *MARKED], {}, fault("hibernation", path="/api/*"), 5, "ibernat"),
    "busy": ([*STANDARD, "--timeout", "1", *MARKED], {}, fault("429-json", path="/api/*"), 5, "too many requests"),
    "a token that is refused": (
        [*STANDARD, *MARKED],
        {},
        fault("401", path="/api/*"),
        3,
        "does not accept the access token",
    ),
}


@pytest.fixture
def files(tmp_path):
    (tmp_path / "empty.xml").touch()
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_a_sentence_and_deploys_nothing(change, instance, files, case):
    words, variables, bend, code, said = CASES[case]
    before = len(instance.changes())
    bend(instance)
    done = change("run", *words, **variables)
    assert done.exit_code == code, done.output
    assert said.lower() in " ".join(done.stderr.lower().split())
    assert SECRET not in done.output
    assert not (files / "deployed").exists()
    opened = [row for row in instance.changes() if row["state"] not in ("3", "4")]
    assert len(instance.changes()) == before or len(opened) <= before + 1


AROUND = {
    "a file the instance refuses": ([], 0, "does not take evidence.exe"),
    "the same where evidence is required": (["--require-evidence"], 3, "evidence.exe"),
}


@pytest.mark.parametrize("case", AROUND)
def test_a_file_the_instance_refuses_is_told_and_stops_only_where_it_is_required(change, instance, tmp_path, case):
    words, code, said = AROUND[case]
    instance.properties({"glide.attachment.extensions": "xml,json,txt,log"})
    (tmp_path / "evidence.exe").write_bytes(b"MZ")
    done = change("run", *STANDARD, "--attachment", "evidence.exe", "--json", *words, *MARKED)
    assert done.exit_code == code, done.stderr
    assert said in done.stderr
    assert (tmp_path / "deployed").exists() == (code == 0)


def test_what_the_instance_dropped_is_named(change):
    """A label that the instance has not leaves the field as it was."""
    done = change("run", *STANDARD, "--risk", "gigantic", "--json", *MARKED)
    assert done.exit_code == 0, done.stderr
    assert any("did not keep" in each for each in done.document["said"]), done.document["said"]


def test_a_change_of_another_version_is_not_taken(change, tmp_path):
    """A re-run of a run deploys what was approved, or nothing."""
    first = change("create", *WISH, "--json")
    assert first.exit_code == 0, first.stderr
    done = change("run", *WISH, "--version", "9.9.9", "--timeout", "1", "--json", *MARKED)
    assert (done.exit_code, done.document["outcome"]) == (85, "misplaced"), done.stderr
    assert "2.3.0" in done.document["reason"]
    assert not (tmp_path / "deployed").exists()


def test_no_api_but_the_table_s_makes_other_changes_and_says_so(change, instance):
    instance.config(change_api=False)
    done = change("create", *WISH, "--json")
    assert done.exit_code == 0, done.stderr
    assert any("Table API" in each for each in done.document["said"]), done.document["said"]
