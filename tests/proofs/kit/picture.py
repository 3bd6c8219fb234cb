"""What stands in both systems, without what differs from run to run, and the difference of two such pictures."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from integration.cases.link import loads_link

if TYPE_CHECKING:
    from tests.fakes.running import Running

_NEUTRAL = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "<time>"),
    (re.compile(r"edited [0-9a-f]{12}"), "edited <stamp>"),
    (re.compile(r"-[0-9a-f]{12}(-\d+)?(?=\.)"), "-<id>"),
    (re.compile(r"shown-[0-9a-f]{24}-\d+|[0-9a-f]{32}"), "<sys_id>"),
    (re.compile(r"comment \d{6}"), "comment <id>"),
    (re.compile(r"^(\[Integration\] \S+ · \S+?)\.\d+(?=$|\n| · part)"), r"\1"),
)


def neutral(text: str) -> str:
    """Without ids, times and counters."""
    for pattern, word in _NEUTRAL:
        text = pattern.sub(word, text)
    return text


def picture(running: Running) -> dict[str, Any]:
    """Flat: one entry per thing that can differ."""
    shown: dict[str, Any] = {"dead letters": len(running.dead), "blocked": _blocked(running)}
    for number, record in enumerate(running.cases.records.values()):
        shown |= {f"case {number} {name}": value for name, value in _case(record).items()}
    for number, record in enumerate(running.incidents.records.values()):
        shown |= {f"incident {number} {name}": value for name, value in _incident(record).items()}
    return shown


def _blocked(running: Running) -> Counter[str]:
    links = [loads_link(row["doc"]) for row in running.links.rows.values() if row["doc"]]
    rows = [row for row in running.links.by_incident.values() if row.blocked]
    return Counter([neutral(key) for link in links for key in link.blocked] + ["incident"] * len(rows))


def _case(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "values": record["values"],
        "status": record["status"],
        "watchers": sorted(record["watchers"]),
        "comments": Counter(neutral(c["body"]) for c in record["comments"]),
        "files": Counter((neutral(f["name"]), f["content"]) for f in record["files"]),
        "tags": {key: neutral(value) for key, value in record["tags"].items()},
    }


def _incident(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "columns": {name: neutral(value) for name, value in record["columns"].items()},
        "journal": Counter((e["element"], neutral(e["text"])) for e in record["journal"]),
        "files": Counter((f["name"], f["content"]) for f in record["files"]),
    }


def differences(calm: dict[str, Any], other: dict[str, Any]) -> str:
    """In words; empty where both are alike."""
    names = [name for name in sorted(calm.keys() | other.keys()) if calm.get(name) != other.get(name)]
    return "; ".join(f"{name}: {_difference(calm.get(name), other.get(name))}" for name in names)


def _difference(calm: Any, other: Any) -> str:
    if isinstance(calm, Counter) and isinstance(other, Counter):
        return f"missing {list((calm - other).elements())}, too many {list((other - calm).elements())}"[:400]
    return f"{calm} against {other}"[:400]
