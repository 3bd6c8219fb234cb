"""Links and anchors hold, and every page can be reached from the README."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DOCS, ROOT, all_pages, anchors, links

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = re.compile(r"https?://")


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


def test_no_page_names_a_path_of_somebody_s_machine():
    found = [str(page) for page in all_pages() if re.search(r"/(?:work|home|Users|root)/", page.read_text())]
    assert found == []
