"""The figures of one run, and the JSON of its last line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bench.money import Bill, Work, monthly

if TYPE_CHECKING:
    from bench.burst import Burst
    from bench.cold import Start
    from bench.crossings import Crossings
    from bench.gate import Gated
    from bench.growth import Grown, Polled
    from bench.measure import Measured
    from bench.memory import Peak
    from bench.workspace_end import Ended
    from bench.workspace_load import Together
    from bench.workspaces import Acted

OPEN_CASES = (10, 100, 1000)
READS = ("GetItem", "BatchGetItem", "Query")
WRITES = ("PutItem", "UpdateItem", "DeleteItem")
OF = {
    "new_case": "new case → incident",
    "to_incident": "AWS comment → incident",
    "to_case": "incident edited with one comment → case",
    "echo": "echo of it (the case's own events)",
    "sweep": "sweep, nothing changed",
    "poll": "poll, nothing changed",
}
"""The rows the money model is made of."""


@dataclass(frozen=True)
class Figures:
    """`at`: the day; `load`: of the machine before, over a minute; `took_s` and `missing` by part."""

    at: str = ""
    load: float = 0.0
    took_s: dict[str, int] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    rows: list[Measured] = field(default_factory=list)
    grown: list[Grown] = field(default_factory=list)
    polled: list[Polled] = field(default_factory=list)
    bursts: list[Burst] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    peaks: list[Peak] = field(default_factory=list)
    crossings: list[Crossings] = field(default_factory=list)
    gated: list[Gated] = field(default_factory=list)
    acted: list[Acted] = field(default_factory=list)
    together: list[Together] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)

    def with_more(self, more: dict[str, list[Any]]) -> Figures:
        return replace(self, **{name: getattr(self, name) + found for name, found in more.items()})

    def bills(self) -> dict[int, Bill]:
        """Empty where the rows were not measured."""
        if not self.rows:
            return {}
        works = {name: _work(next(m for m in self.rows if m.row.name == row)) for name, row in OF.items()}
        return {cases: monthly(cases, works) for cases in OPEN_CASES}

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": [_row(m) for m in self.rows],
            "at": self.at,
            "took_s": self.took_s,
            "missing": self.missing,
            "growth": [asdict(each) for each in self.grown],
            "polls": [asdict(each) for each in self.polled],
            "bursts": [
                {
                    **asdict(b),
                    "floor_s": round(b.floor_s, 2),
                    "ratio": round(b.ratio, 2),
                    "live_p95_s": b.live_p95_s,
                    "aim_met": b.met,
                }
                for b in self.bursts
            ],
            "cold_starts": [
                {"function": s.function, "ratio": round(s.ratio, 2), "aim_met": s.met} for s in self.starts
            ],
            "memory": [asdict(each) for each in self.peaks],
            "workspaces": {
                "actions": [each.as_json() for each in self.acted],
                "at_once": [each.as_json() for each in self.together],
                "ended": [each.as_json() for each in self.ended],
            },
            "gate": [each.as_json() for each in self.gated],
            "crossings": [each.as_json() for each in self.crossings],
            "dollars_per_month": {cases: round(bill.total, 2) for cases, bill in self.bills().items()},
        }


def _row(m: Measured) -> dict[str, Any]:
    return {
        "name": m.row.name,
        "security_ir_calls": _per(m.counts.security_ir, m.per),
        "servicenow_calls": _per(m.counts.servicenow, m.per),
        "servicenow_inner_requests": _per(m.counts.inner, m.per),
        "other_aws_calls": _per(m.counts.other_aws, m.per),
        "file_transfers": m.counts.transfers,
        "floor_calls": m.row.floor.total,
        "ratio": round(m.ratio, 2),
        "aim_met": m.met,
        "lag_s": m.lag_s,
        "floor_s": m.floor_s,
    }


def _per(calls: int, events: int) -> float:
    return calls if events == 1 else round(calls / events, 2)


def _work(m: Measured) -> Work:
    """Per event; calls come in whole numbers."""

    def named(names: tuple[str, ...]) -> int:
        return -(-sum(m.counts.detail[f"dynamodb:{name}"] for name in names) // m.per)

    return Work(
        -(-m.counts.security_ir // m.per), -(-m.counts.servicenow // m.per), named(READS), named(WRITES),
        named(("TransactWriteItems",)), webhook=bool(m.counts.detail["events:PutEvents"]) and not m.row.polls,
    )  # fmt: skip
