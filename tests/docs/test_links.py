"""Links and anchors hold, and every page can be reached from the README."""

from __future__ import annotations

import re
from glob import glob
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DOCS, ROOT, all_pages, anchors, links

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = re.compile(r"https?://")
NAMED = re.compile(r"(?<![\w/.:-])(?:integration|lambdas|mappers|servicenow_setup|bench|tests|docs)/[\w./*-]+")
"""A path of ours, as sentences name it."""
NOT_HERE = {
    "tests/acceptance/service_now/test_service_now.py",  # of AWS's sample
    "tests/real/answers",  # made by `make contract-real`
}
FORMER = ROOT / "docs" / "decisions" / "old-names.md"


def _local(page):
    return [link for link in links(page) if not ELSEWHERE.match(link)]


def _target(page: Path, link: str) -> tuple[Path, str]:
    path, _, anchor = link.partition("#")
    return ((page.parent / path).resolve() if path else page), anchor


@pytest.mark.parametrize("page", all_pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    broken = []
    for link in _local(page):
        target, anchor = _target(page, link)
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_and_picture_is_reached_from_the_readme():
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        if page.suffix == ".md":
            waiting += [_target(page, link)[0] for link in _local(page)]
    mine = [path for path in DOCS.rglob("*") if path.suffix in {".md", ".svg", ".png", ".json"}]
    assert sorted(str(path.relative_to(ROOT)) for path in set(mine) - seen) == []


def test_every_old_name_leads_to_what_is_there():
    rows = re.findall(r"^\| `[\w./*-]+/[\w./*-]+` \| (.+) \|$", FORMER.read_text(), re.MULTILINE)
    now = {path for row in rows for path in re.findall(r"`([^`]+)`", row)}
    assert len(now) > 100
    assert sorted(path for path in now if not any(ROOT.glob(path))) == []


def test_every_path_that_pages_and_sources_name_is_there():
    """Files move, and sentences about them stay behind."""
    sources = [
        path
        for room in ("integration", "lambdas", "mappers", "servicenow_setup")
        for path in (ROOT / room).rglob("*.py")
    ]
    others = [ROOT / name for name in ("Makefile", "pyproject.toml", "renovate.json")]
    gone = {
        f"{path.relative_to(ROOT)}: {named}"
        for path in {*all_pages(), *sources, *others} - {FORMER}
        for named in (match.rstrip("./") for match in NAMED.findall(path.read_text()))
        if named not in NOT_HERE and not glob(named + "*", root_dir=ROOT)  # noqa: PTH207 - takes a `**` in a word, Path.glob does not
    }
    assert gone == set()


ROOMS = re.findall(
    r"^\| `([\w/]+/)` \|(.*)\|$", (DOCS / "architecture.md").read_text().partition("What runs")[0], re.MULTILINE
)


@pytest.mark.parametrize(("room", "told"), ROOMS, ids=[room for room, _ in ROOMS])
def test_a_room_has_the_modules_that_its_row_names(room, told):
    named = [name for name in re.findall(r"`([\w/.*]+)`", told) if name + "/" != room]
    assert [name for name in named if not any((ROOT / room).glob(f"{name.removesuffix('.py')}*"))] == []


def test_no_page_names_a_path_of_somebody_s_machine():
    found = [str(page) for page in all_pages() if re.search(r"/(?:work|home|Users|root)/", page.read_text())]
    assert found == []
