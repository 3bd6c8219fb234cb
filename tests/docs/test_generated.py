"""What is generated in docs/ is what the code says. Mend: `make docs`."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.docs import import_picture
from tests.docs.pages import DOCS, ROOT, between
from tests.docs.write import FILES, PARTS


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_generated_file_is_up_to_date(path):
    assert path.read_text() == FILES[path](), "run: make docs"


def test_every_page_that_says_it_is_written_is_written():
    said = {path for path in DOCS.rglob("*.md") if "written by `make docs`" in path.read_text()}
    assert DOCS / "mapping.md" in said
    assert said <= FILES.keys()


@pytest.mark.parametrize("part", PARTS, ids=lambda p: f"{p[0].name}: {p[1]}")
def test_a_generated_part_is_up_to_date(part):
    assert between(*part) == PARTS[part](), "run: make docs"


@pytest.mark.parametrize("path", sorted((DOCS / "images").glob("*.svg")), ids=lambda p: p.name)
def test_a_picture_is_well_formed_and_says_what_it_shows(path):
    root = ET.parse(path).getroot()
    assert root.get("viewBox")
    assert root.find("{http://www.w3.org/2000/svg}title").text


def test_every_module_has_its_room_in_the_picture():
    assert import_picture.roomless() == import_picture.LEFT_OUT


def test_every_example_has_its_section():
    named = {name for page, name in PARTS if page.name == "cookbook.md"}
    assert named == {path.stem for path in (DOCS / "examples").glob("*.toml")}


def test_help_keeps_its_examples_on_lines_of_their_own():
    """A raw docstring keeps click's mark as two letters, and the lines run together."""
    assert "\\b" not in (DOCS / "cli.md").read_text()
