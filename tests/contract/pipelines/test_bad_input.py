"""What goes wrong around a deployment: a sentence, the next thing to type, the right code, nothing deployed."""

from __future__ import annotations

from hashlib import sha256

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
        "not after the start: name a later one",
    ),
    "a time beyond any calendar": (
        [*WISH, "--end", "9999-12-31T23:59:59Z", *MARKED],
        {},
        nothing,
        2,
        "is no time that",
    ),
    "a time-out that is no number": ([*WISH, "--timeout", "nan", *MARKED], {}, nothing, 2, "'nan' is no number"),
    "an endless time-out": ([*WISH, "--duration", "inf", *MARKED], {}, nothing, 2, "inf is not in the range"),
    "an empty file's path": ([*WISH, "--attachment", "", *MARKED], {}, nothing, 2, "is its variable empty?"),
    "an empty path with a name": ([*WISH, "--attachment", "log=", *MARKED], {}, nothing, 2, "is its variable empty?"),
    "a time without a zone": ([*WISH, "--start", "2030-01-01", *MARKED], {}, nothing, 2, "has no zone: add Z"),
    "an emergency without a reason": ([*WISH[:-2], "--emergency", *MARKED], {}, nothing, 2, "add --justification"),
    "no version": ([*WISH[:2], *MARKED], {}, nothing, 2, "missing: --version, --environment"),
    "two files of one name": (
        [*WISH, "--attachment", "a.xml", "--attachment", "folder/a.xml", *MARKED],
        {},
        nothing,
        2,
        "two files are called a.xml: name them apart, as name=file",
    ),
    "a wish that is not there": ([*WISH, "--file", "no.toml", *MARKED], {}, nothing, 2, "no.toml cannot be read"),
    "a wish in no form": ([*WISH, "--file", "a.xml", *MARKED], {}, nothing, 2, "a.xml cannot be read"),
    "a wish with what nobody knows": (
        [*WISH, "--file", "odd.toml", *MARKED],
        {},
        nothing,
        2,
        "appp is not known; there are affected, app,",
    ),
    "a chat that is no address": (
        [*WISH, *MARKED],
        {"CHANGE_NOTIFY_URL": "ftp://x"},
        nothing,
        2,
        "--notify-url is no https address",
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
        "https address without a path. Next: --instance-id dev12345",
    ),
    "a name nobody can be called": (
        [*WISH, "--cmdb-ci", "a^b", *MARKED],
        {},
        nothing,
        3,
        "cannot be looked up by that",
    ),
    "a model that is missing": ([*LEAST, "--model", "Perfect", *MARKED], {}, nothing, 3, "change model “Perfect”"),
    "a parent that is missing": ([*LEAST, "--parent-change", "CHG7", *MARKED], {}, nothing, 3, "Next: --parent-change"),
    "a group that is missing": (
        [*WISH, "--assignment-group", "Nobody", *MARKED],
        {},
        nothing,
        3,
        "assignment group “Nobody” that this user may see Next: --assignment-group takes a name",
    ),
    "a group that is two": (
        [*WISH, "--assignment-group", "Database", *MARKED],
        {},
        nothing,
        3,
        "Next: --assignment-group 1c4bf958e7ddbc8babcbc1279d5023c0, or another of them",
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
    "no role": ([*LEAST, *MARKED], {}, roles("snc_internal"), 3, "a role is missing (POST change_request: 403"),
    "no API for a standard change": ([*STANDARD, *MARKED], {}, switch(change_api=False), 3, "activate com.snc."),
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
    "empty": ([*STANDARD, "--timeout", "1", *MARKED], {}, fault("202-empty", path="/api/*"), 5, "Next: Try again"),
    "busy, as a page": ([*STANDARD, "--timeout", "1", *MARKED], {}, fault("429-html", path="/api/*"), 5, "too many"),
    "failing": ([*STANDARD, "--timeout", "1", *MARKED], {}, fault("500", path="/api/*"), 5, "the instance failed"),
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
    for each in ("a.xml", "folder/a.xml"):
        (tmp_path / each).write_text("<tests/>")
    (tmp_path / "odd.toml").write_text('appp = "x"')
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_a_sentence_and_deploys_nothing(change, instance, files, case):
    words, variables, bend, code, said = CASES[case]
    before = len(instance.changes())
    bend(instance)
    done = change("run", *words, **variables)
    assert done.exit_code == code, done.output
    assert said.lower() in " ".join(done.stderr.lower().split()), done.stderr
    assert SECRET not in done.output
    assert code in (2, 126, 127) or "Next: " in done.stderr
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
    (row,) = instance.of_run(tmp_path.name)
    assert (row["state"] == "-5") == bool(words), "nobody is asked without evidence that is required"
    assert any(sha256(b"MZ").hexdigest() in note for note in instance.notes(row["sys_id"])), "the note carries its hash"


FOUND = ("--app", "shop", "--environment", "production")
STEPS = {
    # words after `change`: code, what is said
    "a change that is not there": (("status", "--change", "CHG9999999"), 2, "there is no change CHG9999999"),
    "one that is no name of any": (("start", "--change", "nonsense"), 2, "there is no change nonsense"),
    "a run without a change": (("wait", *LEAST), 85, "change create --help"),
    "the same, to start": (("start", *LEAST), 85, "`change create` makes one"),
    "the same, to close": (("close", *LEAST, "--exit-code", "0"), 85, "no change of this run has begun"),
    "the same, to note": (("note", "x", *FOUND), 3, "`change create` makes one"),
    "the same, to cancel": (("cancel", *FOUND, "--reason", "x"), 3, "`change create` makes one"),
    "the same, to take back": (("rollback", *LEAST, "--", "true"), 3, "there is nothing to roll back"),
    "a variable that is not set": (("note", "${NOPE}", *FOUND), 2, "${NOPE} is not set: export NOPE"),
    "a file that is not there": (("attach", "no.xml", *FOUND), 2, "no.xml cannot be read"),
    "no result": (("close", *LEAST), 2, "Missing option '--exit-code'"),
    "no run, no change": (("status",), 2, "missing: --app, --environment"),
    "no item": (("window",), 2, "name the item: --cmdb-ci"),
    "an item that is missing": (("window", "--cmdb-ci", "nothing"), 3, "configuration item “nothing”"),
    "no gate": (("ask", *LEAST), 2, "--gate-url"),
}


@pytest.mark.parametrize("case", STEPS)
def test_bad_input_of_a_single_step_is_a_sentence_too(change, instance, case):
    words, code, said = STEPS[case]
    before = instance.changes()
    done = change(*words)
    assert done.exit_code == code, done.output
    assert said in " ".join(done.stderr.split())
    assert instance.changes() == before


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
