"""What docs/security.md says an item of the table holds, and what of an item is not as it says."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from integration.model import CaseStatus
from tests.docs.pages import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEADING = "### What an item of the table holds\n"
STATUSES = "|".join(map(re.escape, CaseStatus))
FORMS = {
    "ids and names of records": r"[A-Za-z0-9_.:/#+-]{0,300}(?:@(?:None|[\d.]*)){0,2}",
    "SHA-256": r"[0-9a-f]{12}|[0-9a-f]{64}|",
    "an edit's id with its SHA-256": r"[\w-]{1,100}@[0-9a-f]{12}",
    "statuses, raw": rf"{STATUSES}|-?\d{{1,3}}|",
    "a status and what the instance calls a state": rf"(?:{STATUSES})\..{{1,100}}\.\d+",
    "words of ours": r"[A-Za-z_]?[A-Za-z0-9_ :,;.>→()'-]{0,120}",
    "a sentence of the other side or ours": r"(?s:.{0,300})",
    "what KMS encrypted": r"(?s:.*)",
    "times, counts, marks": "",
}
"""Of texts; numbers and marks may stand anywhere. Names within a member are ids or words of ours."""


@cache
def documented() -> Mapping[str, tuple[str, ...]]:
    """Member → its forms."""
    section = (DOCS / "security.md").read_text().partition(HEADING)[2].partition("\n#")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {name: tuple(holds.split("; ")) for members, holds in rows for name in re.findall(r"`(\w+)`", members)}


def unnamed(item: Mapping[str, Any]) -> list[str]:
    """Members the page does not name, or that hold what it does not say.

    A case's id names one, too, and `by` goes before an opener's digest.
    """
    found = []
    for member, value in item.items():
        forms = documented().get("caseId" if re.fullmatch(r"\d{10}", member) else member.partition(" ")[0])
        if forms is None:
            found.append(member)
            continue
        fits = re.compile("|".join(f"(?:{FORMS[form]})" for form in forms))
        named = re.compile(f"{FORMS['ids and names of records']}|{FORMS['words of ours']}")
        found += [f"{member}: {text}" for text in texts_in(value) if not fits.fullmatch(text)]
        found += [f"{member}: {name}" for name in names_in(value) if not named.fullmatch(name)]
    return found


def texts_in(value: Any) -> Iterator[str]:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple | set) else ()
    for member in members:
        yield from texts_in(member)
    if isinstance(value, str):
        yield value


def names_in(value: Any) -> Iterator[str]:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple | set) else ()
    for member in members:
        yield from names_in(member)
    if isinstance(value, dict):
        yield from value
