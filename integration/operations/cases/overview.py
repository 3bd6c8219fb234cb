"""What `status` says of cases: links, waiting messages, poll, lag and brake, read by key; no scan."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from integration import names as n
from integration.cases.brake import stopped_since
from integration.cases.link import CLOSED, LATEST, SUSPENDED, loads_link
from integration.names import DUE_INDEX, WAITING
from integration.operations.deployment.metric_query import newest, query, whole
from integration.operations.overview import Looks, Overview, Shown
from integration.operations.terminal.output import ago, command, many
from integration.reconcile.table_claims import DUE_SHARD
from integration.reconcile.verdict import longest_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from integration.aws.table import Table
    from integration.operations.deployment.deployed import Deployed

IN_STEP, WORKING, WAITING_AGAIN, BLOCKED, HELD_BACK, ENDED, UNLINKED = STANDINGS = (
    "in step", "working", "waiting", "blocked", "suspended", "closed", "not linked",
)  # fmt: skip
"""What `LinkStatus.standing` may be."""
COMES_BACK = "the last pass failed and comes back"
TRY_S = 5 * 60
"""Longer than a try takes."""
DAY = timedelta(days=1)
SILENT_S = 600
"""A poll starts every minute."""
FAR = 1 << 40
"""Epoch seconds nobody lives to see: everything with a due time is before it."""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How one link stands, for `status`, `replay` and the console. Times are epoch seconds; `lag_s` below 0: unknown.

    Without a state there is no link: a case or an incident alone. `waits`: why a message about it comes back, where
    somebody saw its pass.
    """

    case_id: str
    sys_id: str
    number: str
    table: str = ""
    state: str = ""
    changed: float = 0
    lag_s: float = -1
    due: float = 0
    held_until: float = 0
    """Until then a pass works on it, unless it died."""
    marked: bool = False
    unclean: bool = False
    rules: str = ""
    blocked: Mapping[str, str] = field(default_factory=dict)
    """What was refused (`field:title>incident`, …) → the other side's reason, fit for the operator only."""
    waits: str = ""

    def standing(self, now: float) -> str:
        """One word, the worst first."""
        if self.state == SUSPENDED:
            return HELD_BACK
        if self.blocked:
            return BLOCKED
        if self.reasons(now):
            return WAITING_AGAIN
        if self.held_until > now:
            return WORKING
        if self.state == CLOSED:
            return ENDED
        return IN_STEP if self.state and self.sys_id else UNLINKED

    def reasons(self, now: float) -> list[str]:
        """Why somebody might want to look; empty: in step."""
        said = [f"{what}: {why}" for what, why in self.blocked.items()]
        if self.state == SUSPENDED:
            said.append("suspended: the incident cannot be read, or two incidents claim the case")
        if self.unclean and not self.waits:
            said.append(COMES_BACK)
        if self.held_until and self.held_until <= now:
            said.append("a pass died; the next sweep takes over")
        return [*said, self.waits] if self.waits else said


def open_links(table: Table) -> Iterator[LinkStatus]:
    """Every link somebody will look at again, the soonest first: all but closed and ignored ones."""
    shard = Key("dueShard").eq(DUE_SHARD) & Key("due").lte(FAR)
    for item in table.query(shard, index=DUE_INDEX):
        if str(item["PK"]).startswith("Case#"):
            yield status_of_row(item)


def links_of(table: Table, case_ids: Iterable[str]) -> dict[str, LinkStatus]:
    """By case id; cases without a link are left out."""
    found = table.batch((f"Case#{case_id}", LATEST) for case_id in case_ids)
    return {each.case_id: each for each in map(status_of_row, found.values())}


def cases_of(table: Table, sys_ids: Iterable[str]) -> dict[str, str]:
    """sys_id of an incident → its case id; incidents without a case are left out."""
    found = table.batch((f"Incident#{sys_id}", LATEST) for sys_id in sys_ids)
    return {str(item["PK"]).partition("#")[2]: str(item["caseId"]) for item in found.values() if item.get("caseId")}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record whose message waits with an error: its last one, when, and after how many tries."""

    record: str
    error: str
    said: str
    at: float
    tries: int


def waiting(table: Table, now: float) -> list[Waiting]:
    """The newest first. What was not met for longer than a message waits between two tries is over."""
    rows = table.query(Key("PK").eq(WAITING))
    found = [
        Waiting(str(row["SK"]), str(row["error"]), str(row["said"]), float(row["at"]), int(row["tries"]))
        for row in rows
        if "error" in row and now - float(row["at"]) < longest_s(int(row["tries"])) + TRY_S
    ]
    return sorted(found, key=lambda each: -each.at)


def status_of_row(item: Mapping[str, Any]) -> LinkStatus:
    case_id = str(item["PK"]).partition("#")[2]
    link = loads_link(item.get("doc") or f'{{"case_id": "{case_id}"}}')
    return LinkStatus(
        case_id=case_id,
        sys_id=link.sys_id,
        number=link.number,
        table=link.table,
        state=link.state,
        changed=link.changed,
        lag_s=link.lag_s,
        due=float(item.get("due", 0)),
        held_until=float(item.get("expires", 0)) if item.get("owner") else 0,
        marked=bool(item.get("marked")),
        unclean=bool(item.get("unclean")),
        rules=link.rules,
        blocked={what: blocked.reason for what, blocked in link.blocked.items()},
    )


def brake(deployed: Deployed) -> dict[str, float | None]:
    since, held = stopped_since(deployed.table)
    return {"since": since, "held_since": held}


def poll(deployed: Deployed) -> dict[str, Any]:
    """The poller's cursor is the instance's clock at its last good look."""
    item = deployed.table.get("Poll", LATEST)
    state = json.loads(item["doc"]) if item else {}
    return {"last": state.get("incidents_since") or None}


def lag(deployed: Deployed, statuses: Sequence[LinkStatus]) -> dict[str, Any]:
    """Of the last day by the functions' metrics; without these, of each link's last change."""
    points = _metric_lag(deployed)
    if points:
        return points
    lags = sorted(each.lag_s for each in statuses if each.lag_s >= 0)
    if not lags:
        return {"p50_s": None, "p95_s": None, "from": "no change yet"}
    cuts = quantiles(lags, n=20, method="inclusive") if len(lags) > 1 else lags * 19
    return {"p50_s": cuts[9], "p95_s": cuts[18], "from": f"the last change of {len(lags)} links"}


def _metric_lag(deployed: Deployed) -> dict[str, Any] | None:
    ours = {"service": deployed.names.telemetry_service}
    queries = [query(stat, n.METRIC_NAMESPACE, n.METRIC_LAG, ours, stat, whole(DAY)) for stat in ("p50", "p95")]
    values = newest(deployed.client("cloudwatch"), queries, DAY)
    if len(values) < len(queries):
        return None
    return {"p50_s": values["p50"] / 1000, "p95_s": values["p95"] / 1000, "from": "the last day"}


def links(deployed: Deployed) -> tuple[list[LinkStatus], int]:
    """All links of the account's cases, and how many cases have none. The index adds what ListCases does not show."""
    case_ids = [str(case["caseId"]) for case in deployed.cases.security_ir.cases()]
    found = links_of(deployed.table, case_ids)
    unlinked = len(case_ids) - len(found)
    found |= {each.case_id: each for each in open_links(deployed.table) if each.case_id not in found}
    return sorted(found.values(), key=lambda each: each.case_id), unlinked


def link_rows(statuses: Sequence[LinkStatus], unlinked: int, *, every_link: bool) -> dict[str, Any]:
    now = time.time()
    rows = [
        {"case_id": x.case_id, "sys_id": x.sys_id, "incident_number": x.number, "state": x.state,
         "changed": x.changed or None, "lag_s": x.lag_s if x.lag_s >= 0 else None, "due": x.due or None,
         "reasons": x.reasons(now)}
        for x in statuses
    ]  # fmt: skip
    by_state = dict(Counter(x.state for x in statuses)) | ({"without link": unlinked} if unlinked else {})
    return {"by_state": by_state, "listed": [row for row in rows if every_link or row["reasons"]]}


def overview(deployed: Deployed, *, every: bool = False) -> Overview:
    """Top-level members of `status --json`, older than rows of an integration."""
    looks, name = Looks(), deployed.names.name
    statuses, unlinked = looks.part("the links", lambda: links(deployed), ([], 0))
    found = {
        "poll": looks.part("the last poll", lambda: poll(deployed), {"last": None}),
        "lag": looks.part(
            "the lag", lambda: lag(deployed, statuses), {"p50_s": None, "p95_s": None, "from": "nowhere"}
        ),
        "brake": looks.part("the brake", lambda: brake(deployed), {"since": None, "held_since": None}),
        "waiting": looks.part("what waits", lambda: [asdict(x) for x in waiting(deployed.table, time.time())], []),
        "links": link_rows(statuses, unlinked, every_link=every),
    }
    return Overview(
        document=found,
        attention=(*looks.attention, *_attention(found, name)),
        lines=(
            f"Last poll {ago(found['poll']['last'])}.",
            f"Lag p50 {_s(found['lag']['p50_s'])}, p95 {_s(found['lag']['p95_s'])} ({found['lag']['from']}).",
        ),
        tables=tuple(_tables(found["links"])),
    )


def _tables(found: Mapping[str, Any]) -> Iterator[Shown]:
    yield Shown("Links", ("state", "number"), tuple(sorted(found["by_state"].items())))
    reasons = tuple(
        (x["case_id"], x["incident_number"] or x["sys_id"] or "-", x["state"], "; ".join(x["reasons"]) or "-")
        for x in found["listed"]
    )
    yield Shown("Worth a look", ("case", "incident", "state", "why"), reasons)


def _s(seconds: float | None) -> str:
    return "unknown" if seconds is None else f"{seconds:.1f} s"


def _attention(found: Mapping[str, Any], name: str) -> Iterator[str]:
    last = found["poll"]["last"]
    if last and time.time() - last > SILENT_S:
        yield f"no good poll for {(time.time() - last) / 60:.0f} minutes: {command('check', name)}"
    if found["brake"]["since"]:
        yield f"too many new cases in an hour, so none are made: {command('resume', name)}"
    elif found["brake"]["held_since"]:
        yield f"one opener has too many new cases in an hour, so theirs wait: {command('resume', name)}"
    errors = found["waiting"]
    if errors:
        last = f"{errors[0]['error']}: {errors[0]['said']}" if errors[0]["said"] else errors[0]["error"]
        yield f"{many(len(errors), 'record')} waiting with an error, the last {last}: {command('check', name)}"
    held = [row for row in found["links"]["listed"] if row["reasons"]]
    if held:
        yield f"{many(len(held), 'link')} held up: {command('replay', name)}"
