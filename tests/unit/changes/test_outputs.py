"""What later steps and the log of a CI get: values of known forms, and no command of that CI from foreign text."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from integration.changes.outputs import FILE, NAMES, harmless, harmless_document, shaped, summarised, told

VALUES = {
    "CHANGE_SYS_ID": "a" * 32, "CHANGE_NUMBER": "CHG0030001", "CHANGE_OUTCOME": "timed_out", "CHANGE_RECORDED": "true",
    "CHANGE_URL": "https://dev1.service-now.com/change_request.do?sys_id=" + "a" * 32, "CHANGE_STARTED": "false",
    "CHANGE_COMMAND_EXIT": "137",
}  # fmt: skip
HOSTILE = [
    "x\nevil=1", "::set-output name=x::y", "##vso[task.setvariable variable=PATH]x", "$(id)", "`id`", "'; id; '", "a b",
    "%0Aevil=1", "x]y;z",
]  # fmt: skip


@pytest.fixture
def printed():
    return []


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(path):
    return dict(each.split("=", 1) for each in path.read_text().splitlines())


def test_github_reads_them_from_its_file(folder, printed):
    (folder / "out").write_text("before=1\n")
    told("github", VALUES, {"GITHUB_OUTPUT": str(folder / "out")}, None, printed.append)
    assert lines(folder / "out") == {"before": "1", **VALUES}
    assert printed == []


def test_azure_hears_them_from_the_log(printed):
    told("azure", VALUES, {}, None, printed.append)
    heard = dict(
        re.fullmatch(r"##vso\[task\.setvariable variable=(\w+);isOutput=true\](.*)", each).groups() for each in printed
    )
    assert heard == VALUES


def test_circleci_finds_them_exported_in_the_next_step(folder, printed):
    told("circleci", VALUES, {"BASH_ENV": str(folder / "bash")}, None, printed.append)
    shell = "import json, os; print(json.dumps({n: v for n, v in os.environ.items() if n.startswith('CHANGE_')}))"
    done = subprocess.run(["sh", "-c", f'. ./bash; python3 -c "{shell}"'], cwd=folder, capture_output=True, check=True)
    assert json.loads(done.stdout) == VALUES


@pytest.mark.parametrize("ci", ["gitlab", "jenkins", "codebuild", "bitbucket"])
def test_others_read_them_from_a_file_that_holds_the_last_ones(folder, printed, ci):
    told(ci, VALUES | {"CHANGE_NUMBER": ""}, {}, None, printed.append)
    told(ci, VALUES, {}, None, printed.append)
    assert lines(folder / FILE) == VALUES


def test_without_a_system_only_a_file_that_is_named_is_written(folder, printed):
    told("", VALUES, {}, None, printed.append)
    assert list(folder.iterdir()) == []
    told("", VALUES, {}, folder / "named.env", printed.append)
    assert lines(folder / "named.env") == VALUES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_of_another_form_is_left_empty(name, value):
    """A number is foreign text, too; empty is what a step can test for."""
    assert shaped(VALUES | {name: value})[name] == ""
    assert set(shaped({})) == set(NAMES)


def test_the_summary_links_the_change(folder):
    summarised({"GITHUB_STEP_SUMMARY": str(folder / "s")}, VALUES, 82)
    assert (folder / "s").read_text() == (
        f"**Change [CHG0030001]({VALUES['CHANGE_URL']})**: timed_out, command not started, exit code 82\n\n"
    )
    summarised({}, VALUES, 82)


COMMANDS = [
    "::error::owned", "  ::add-mask::x", "a\n::set-env name=PATH::x", "##[error]x", "word ##vso[task.complete]x",
    "a\r##vso[build.updatebuildnumber]1", "##teamcity[buildStop]", "###[x", "a\u2028::stop-commands::t",
    "a\n\n  \t::warning::x", "x\x85::debug::y",
]  # fmt: skip


@pytest.mark.parametrize("text", COMMANDS)
def test_foreign_text_is_no_command(text):
    """GitHub trims a line before it looks for `::`, and like Azure finds `##…[` anywhere in one."""
    said = harmless(text)
    assert not re.search(r"##\w*\[", said)
    assert not any(re.match(r"\s*::", line) for line in said.splitlines())
    assert re.sub(r"\W", "", said) == re.sub(r"\W", "", text), "the words stay"


@pytest.mark.parametrize("text", COMMANDS)
def test_nor_is_it_one_in_a_document(text):
    for shown in (
        json.dumps(harmless_document({"a": [text], text: 1})),
        json.dumps(harmless_document({"a": text}), indent=2),
    ):
        assert not re.search(r"##\w*\[", shown)
        assert not any(re.match(r"\s*::", line) for line in shown.splitlines())


def test_plain_text_stays_as_it_is():
    assert (
        harmless("Rejected by Bow Ruggeri: not today (std::vector, C#)")
        == "Rejected by Bow Ruggeri: not today (std::vector, C#)"
    )
    assert harmless_document({"n": 1, "x": None, "t": True, "a": "b\nc"}) == {"n": 1, "x": None, "t": True, "a": "b\nc"}
