"""The figures that the pictures show, in docs/performance.json: taken from a new run only where they moved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.burst import Burst
    from bench.figures import Figures

STORE = Path(__file__).resolve().parent.parent / "docs" / "performance.json"
NOISE = 0.15
"""Of a burst's seconds, which belong to the machine. Calls are exact, and so are the dollars made of them."""
POINTS = 40
"""Of a burst's line: a picture shows no more."""


def keep(found: Figures) -> dict[str, Any]:
    """By picture, as stored afterwards; what was not measured this time stays as it was."""
    known = stored()
    moved = {name: now for name, now in shown(found).items() if now and not same(known.get(name), now)}
    STORE.write_text(as_text(known | moved))
    return known | moved


def stored() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(STORE.read_text()) if STORE.exists() else {}
    return known


def as_text(pictures: dict[str, Any]) -> str:
    """A line for each picture's part, so that a change shows where it is."""
    parts = (
        f" {json.dumps(name)}: [\n" + ",\n".join(f"  {json.dumps(part)}" for part in parts) + "\n ]"
        for name, parts in pictures.items()
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def shown(found: Figures) -> dict[str, list[dict[str, Any]]]:
    systems = ("security_ir", "other_aws", "servicenow")
    return {
        "calls": [
            {"work": m.row.name, "floor": m.row.floor.total}
            | {part: round(getattr(m.counts, part) / m.per, 2) for part in systems}
            for m in found.rows
        ],
        "growth": [
            {"comments": g.comments, "servicenow": g.servicenow, "table": g.table, "security_ir": g.security_ir}
            for g in found.grown
        ],
        "burst": [_burst(each) for each in found.bursts],
        "money": [
            {"cases": cases, "dollars": {service: round(dollars, 2) for service, dollars in bill.parts.items()}}
            for cases, bill in found.bills().items()
        ],
    }  # fmt: skip


def _burst(burst: Burst) -> dict[str, Any]:
    every = max(1, len(burst.progress) // POINTS)
    points = [*burst.progress[::every], *burst.progress[-1:]]
    return {
        "records": f"{burst.count} {burst.name}", "latency_s": burst.latency_s, "floor_s": round(burst.floor_s, 1),
        "progress": [[round(at, 1), done] for at, done in dict.fromkeys(points)],
    }  # fmt: skip


def same(before: Any, now: Any) -> bool:
    """The same but for noise: seconds within it; of a burst's line its end."""
    if isinstance(now, dict):
        return isinstance(before, dict) and before.keys() == now.keys() and all(
            _near(before[name], value) if name == "floor_s"
            else _near(before[name][-1][0], value[-1][0]) if name == "progress" and value and before[name]
            else same(before[name], value)
            for name, value in now.items()
        )  # fmt: skip
    if isinstance(now, list):
        return isinstance(before, list) and len(before) == len(now) and all(map(same, before, now))
    return bool(before == now)


def _near(before: float, now: float) -> bool:
    return abs(now - before) <= NOISE * before
