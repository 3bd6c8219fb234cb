"""Fenced blocks: those marked `test` run; of the others, commands, options, modules and targets exist, data parses."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from itertools import takewhile

import click
import pytest

from integration.module import Module
from integration.operations.deployment.key_file import certificate_problem, read_key
from mappers.mapping_file import load
from tests.docs.cli_page import command_named, every_command
from tests.docs.pages import DOCS, ROOT, all_pages, blocks, prose

BLOCKS = [block for page in all_pages() for block in blocks(page)]
LANGUAGES = {"sh", "diff", "text", "json", "toml", "python", "mermaid", ""}
"""Without a language: output, or lines of pages that others own."""
OURS = re.compile(r"(?:\./)?deploy[_-]integrations[_-]solution(?:\.py)?$|^P$")
TOOLS = {
    "make", "python", "python3", "python3.13", "pip", "git", "cd", "export", ".", "sudo", "openssl", "ls", "curl",
    "aws", "npx", "[", "tar", "until", "sleep", "printf", "for", "done", "do", "sed", "npm", "jq",
    "sort", "uniq", "ruff", "cp", "lint-imports",
}  # fmt: skip
COMMANDS = every_command()
SCRIPTS = {each.name for each in (ROOT / "integration/operations/workspaces/scripts").glob("*.sh")}
"""At the root of the package."""


def of(language):
    chosen = [block for block in BLOCKS if block.info.split(" ")[0] == language]
    return pytest.mark.parametrize("block", chosen, ids=[block.where for block in chosen])


def lines_of(text):
    """Commands of a block: continued lines joined, comments and prompts away, joined commands apart."""
    joined = re.sub(r"\\\n\s*", " ", text)
    for line in joined.splitlines():
        words = shlex.split(line, comments=True)
        command: list[str] = []
        for word in [*words, "&&"]:
            if word in {"&&", ";", "|"}:
                if command:
                    yield command
                command = []
            elif word not in {">", ">>"}:
                command.append(word)


def test_every_block_says_what_it_is():
    assert [block.where for block in BLOCKS if block.info.split(" ")[0] not in LANGUAGES] == []


@of("sh")
def test_commands_are_known(block):
    own = set(re.findall(r"^(\w+)\(\) \{", block.page.read_text(), re.MULTILINE))
    for words in lines_of(block.text):
        name = words[0].partition("=")[0] if re.match(r"[A-Z_]+=", words[0]) else words[0]
        if OURS.search(name):
            assert problem_with(words[1:]) == ""
        elif name.endswith(".sh"):
            assert name.rpartition("/")[2] in SCRIPTS, words
        elif name == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), words
        else:
            known = name in TOOLS or name.removesuffix("()") in own or re.fullmatch("[A-Z_]+", name)
            assert known, f"unknown command {name}"
            if "-m" in words[:2] and words[2] not in {"venv", "pip"}:
                assert find_spec(words[2]) is not None, words


def problem_with(words):
    """Why our program would not take these words; empty: it would. `…` stands for what the reader fills in."""
    if not words or words[0].startswith("-"):
        return ""
    name = next((each for each in (" ".join(words[:2]), words[0]) if each in COMMANDS), "")
    if not name:
        return f"no command {words[0]}"
    known = options_of(name) | {"--help", "-h"}
    ours = takewhile(lambda word: word != "--", words[1:])
    wrong = [word for word in ours if word.startswith("-") and word != "-" and word not in known]
    return f"{name} has no {wrong}" if wrong else ""


def options_of(name):
    return {option for param in COMMANDS[name].params for option in (*param.opts, *param.secondary_opts)}


def test_inline_commands_are_known():
    """`P status --links` and the like, in prose and tables."""
    wrong = []
    for page in all_pages():
        for code in re.findall(r"`([^`\n]+)`", page.read_text()):
            words = code.replace("…", "").split()
            if words and OURS.search(words[0]) and (problem := problem_with([w for w in words[1:] if w])):
                wrong.append((page.name, code, problem))
    assert wrong == []


def test_every_option_named_anywhere_is_one_of_ours():
    """Options of other programs stand in blocks, or after that program's name."""
    known = {"--help", "--version"}
    for name in COMMANDS:
        known |= options_of(name)
    modules = {"--port", "--events-url", "--account", "--region", "--seed", "--out"}
    foreign = {"--no-previous-parameters", "--cloudformation-execution-policies"}
    wrong = [
        (page.name, option)
        for page in all_pages()
        for code in re.findall(r"`(--[a-z][^`\n]*)`", prose(page))
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", code)
        if option not in known | modules | foreign
    ]
    assert wrong == []


@of("json")
def test_json_parses(block):
    json.loads(block.text)


@of("toml")
def test_a_mapping_file_is_taken(block, tmp_path):
    tomllib.loads(block.text)
    path = tmp_path / "mapping.toml"
    path.write_text(block.text)
    module = Module.IR if '"100"' in block.text or '"19"' in block.text else Module.ITSM
    assert load(path, module)


@of("python")
def test_python_compiles_and_marked_python_runs(block):
    code = compile(block.text, block.where, "exec")
    if block.info.endswith("test"):
        exec(code, {})


MARKED = [block for block in BLOCKS if block.info == "sh test"]


@pytest.fixture
def folder(tmp_path):
    """A place with the program in it, as in a clone."""
    (tmp_path / "deploy_integrations_solution.py").symlink_to(ROOT / "deploy_integrations_solution.py")
    return tmp_path


@pytest.mark.parametrize("block", MARKED, ids=[block.where for block in MARKED])
def test_a_marked_block_runs(block, folder):
    done = run(block.text, folder)
    assert done.returncode == 0, done.stderr


def run(text, folder):
    here = {**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}  # noqa: PTH120 - a string
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], check=False, cwd=folder, env=here, capture_output=True, text=True
    )


def test_the_documented_openssl_pair_is_accepted(folder):
    """The two commands of the published specification give a key and a certificate that a deployment takes."""
    [block] = [b for b in MARKED if "openssl genrsa" in b.text and b.page == DOCS / "install-aws.md"]
    assert run(block.text, folder).returncode == 0
    key = read_key(folder / "private.key")
    assert (key.bits, certificate_problem(folder / "publickey.cer", key)) == (2048, "")


def test_the_documented_example_is_accepted():
    """The published specification, word for word, as far as reading the options goes; its key file is not there."""
    words = shlex.split("""--instance-id dev1234 --client-id test-1234 --client-secret "XXXXXXXXXXXXXXXXXXXX"
        --user-sys-id a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6 --private-key-path private.key
        --integration-module ir --log-level info""")
    context = command_named("service-now").make_context("service-now", words)
    assert context.params["integration_module"] == "ir"


def test_a_missing_option_is_named():
    """Of the five that a deployment cannot do without; a key of KMS may stand for the sixth, the private key."""
    five = ["instance-id", "client-id", "client-secret", "user-sys-id", "integration-module"]
    values = dict(zip(five, ["dev1", "c", "s", "u", "itsm"], strict=True))
    for left_out in five:
        words = [w for name, value in values.items() if name != left_out for w in (f"--{name}", value)]
        with pytest.raises(click.MissingParameter, match=left_out.replace("-", "_")):
            command_named("service-now").make_context("service-now", words)


def test_no_private_key_can_be_committed_by_accident():
    assert "*.key" in (ROOT / ".gitignore").read_text().splitlines()
