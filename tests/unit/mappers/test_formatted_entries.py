from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.markup import neutral, plain, words
from tests.unit.mappers.formatted import RENDERED

ROOT = Path(__file__).parents[3]
PYTHONS = sorted({sys.executable, *map(str, Path.home().glob(".pyenv/versions/3.1[1-9]*/bin/python"))})
READ = """import json
from mappers.markup import neutral, plain, words
from tests.unit.mappers.formatted import RENDERED
print(json.dumps([[neutral(entry), plain(entry), words(entry)] for entry, _ in RENDERED]))"""


@pytest.mark.parametrize(("entry", "shown"), RENDERED)
def test_formatted_entries_arrive_readable(entry, shown):
    assert plain(entry) == shown


@pytest.mark.parametrize("python", PYTHONS)
def test_every_python_reads_the_same(python):
    """`html.parser` is another one in every patch of Python, so nothing may depend on it."""
    read = subprocess.run([python, "-c", READ], cwd=ROOT, capture_output=True, check=True, timeout=60)
    assert json.loads(read.stdout) == [[neutral(entry), plain(entry), words(entry)] for entry, _ in RENDERED]


def test_no_parser_of_the_standard_library_is_asked():
    """So that the patch level of the functions' Python, which is AWS's matter, changes no text."""
    assert not any("html.parser" in file.read_text() for file in (ROOT / "mappers").glob("m*.py"))
    look = "import sys, mappers.comments; sys.exit('html.parser' in sys.modules)"
    subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=True, timeout=60)


@given(st.text("ab<>/!?-[]&#;x=\"' \n", max_size=80) | st.text(st.characters(), max_size=300))
def test_any_html_can_be_read(body):
    """A reader that raised would stop the whole link."""
    assert isinstance(plain(f"[code]{body}[/code]"), str)


@given(
    st.text("ab \u00e9\U0001f600", min_size=1, max_size=40), st.sampled_from(["<!-- {} -->", "<![if x]>{}", "<i {}>"])
)
def test_no_comment_or_tag_takes_the_text_behind_it_along(behind, markup):
    assert plain(f"[code]a{markup.format('mso 9')}{behind}z[/code]").endswith(" ".join(f"{behind}z".split()))
