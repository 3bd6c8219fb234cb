"""The README is short and true: its commands are there, and what it names answers."""

from __future__ import annotations

import re

from click.testing import CliRunner

from integration.operations.app import SECTIONS
from tests.docs.cli_page import command_named
from tests.docs.pages import ROOT, blocks

README = ROOT / "README.md"
SCREENS = 75
"""Lines: a screen and a half."""


def test_it_fits_a_screen_and_a_half():
    assert len(README.read_text().splitlines()) <= SCREENS


def test_what_it_names_answers():
    """Every command in backticks is one, and tells what it does."""
    commands = {name for section in SECTIONS.values() for name in section}
    named = commands & set(re.findall(r"`([a-z-]+)`", README.read_text()))
    assert {"check", "status", "destroy"} <= named
    for name in named:
        assert CliRunner().invoke(command_named(name), ["--help"]).exit_code == 0


def test_the_deployment_it_shows_is_one():
    """The options parse; the key file is what `keygen` makes."""
    [text] = [block.text for block in blocks(README) if "service-now" in block.text]
    shown = re.search(r"service-now (.*)", text.replace("\\\n", " "))[1]
    words = shown.replace("'", "").replace("@secret.txt", "secret").split()
    assert (
        command_named("service-now").make_context("service-now", words).params["private_key_path"].name == "private.key"
    )


def test_the_targets_it_names_are_made():
    targets = set(re.findall(r"(?:`|^)make ([a-z]+)", README.read_text(), re.MULTILINE))
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets - made == set()


def test_its_figures_are_those_of_their_evidence():
    """Each number in the text of a link stands on the page it leads to."""
    links = re.findall(r"\[([^]]*\d[^]]*)\]\((docs/[a-z-]+\.md)\)", README.read_text())
    assert links
    for text, page in links:
        there = set(re.findall(r"\d[\d,]*", (ROOT / page).read_text().replace(",", "")))
        assert {number.replace(",", "") for number in re.findall(r"\d[\d,]*", text)} <= there
