"""Measures what grows with a case: calls per new comment, size of the table's items, pages of the poll."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.conditions import one_at_a_time, settled
from bench.counters import Books
from bench.measure import measured
from bench.rows import poll
from bench.workload import Scene
from integration.operations.waiting import until

if TYPE_CHECKING:
    from bench.counters import Counts
    from integration.operations.local.system import LocalSystem

PAGE = 25
ITEM_AIM_BYTES = 10 * 1024
_TIMEOUT_S = 300
_PER_COMMENT_S, _LOOK_S, _TRIES = 1.0, 0.5, 3
"""Tries: a container may start anew in one, and a busy machine makes a pass read anew what grew old meanwhile."""
JOURNAL, _LONG_AGO = "sys_journal_field", "2026-01-01 00:00:00"


@dataclass(frozen=True)
class Grown:
    """Calls for one more comment on a case that has `comments` in step already; the link's item after it, in bytes."""

    comments: int
    servicenow: int
    table: int
    security_ir: int
    link_bytes: int


@dataclass(frozen=True)
class Polled:
    """One poll over `cases` closed cases of which none changed."""

    cases: int
    list_calls: int
    other_aws: int
    servicenow: int

    @property
    def pages(self) -> int:
        return math.ceil(self.cases / PAGE)


def with_comments(running: LocalSystem, sizes: tuple[int, ...]) -> list[Grown]:
    """One case that grows; without latency, since calls are counted."""
    scene, found, there = Scene(running), [], 0
    scene.new_case()
    until(scene.incident_exists, what="the growing case's incident")
    sys_id = scene.people.incident_of(scene.case)["sys_id"]
    for size in sizes:
        for number in range(there, size - 1):
            scene.people.respond(scene.case, "comment", body=f"finding {number}")
        there = size
        until(partial(_reached, scene, sys_id, size), 120 + size * _PER_COMMENT_S, f"{size} comments", _LOOK_S)
        settled(running, _TIMEOUT_S)
        _age(running, sys_id)
        found.append(_one_more(running, scene))
    return found


def _age(running: LocalSystem, sys_id: str) -> None:
    """What was said in minutes is dated back to where nobody reads it again: a case grows over days."""
    instance = running.people().servicenow
    rows = [row for row in instance.rows(JOURNAL) if row["element_id"] == sys_id]
    aged = {JOURNAL: [{**row, "sys_created_on": _LONG_AGO} for row in rows]}
    instance.send("POST", "seed", json=aged)


def _reached(scene: Scene, sys_id: str, comments: int) -> bool:
    return len(scene.people.journal(sys_id)) >= comments - 1


def _one_more(running: LocalSystem, scene: Scene) -> Grown:
    settled(running, 300)
    books = Books(running)
    with one_at_a_time(running):
        tries = [_counted(books, running, scene) for _ in range(_TRIES)]
    counts = min((each for each in tries if not each.cold), key=_all, default=tries[-1])
    table = sum(n for name, n in counts.detail.items() if name.startswith("dynamodb:"))
    size = len(scene.people.case(scene.case)["comments"])
    return Grown(size, counts.servicenow, table, counts.security_ir, _bytes(item_of(running, f"Case#{scene.case}")))


def _counted(books: Books, running: LocalSystem, scene: Scene) -> Counts:
    books.open()
    scene.comment_on_case()
    until(scene.comment_in_journal, 60, what="one comment more")
    settled(running)
    return books.read()


def _all(counts: Counts) -> int:
    return counts.aws + counts.servicenow


def item_of(running: LocalSystem, key: str) -> dict[str, Any]:
    """The link's item as the table holds it."""
    client = running.plane.boto3_client("dynamodb")
    answer = client.get_item(TableName=running.names.table, Key={"PK": {"S": key}, "SK": {"S": "latest"}})
    item: dict[str, Any] = answer["Item"]
    return item


def _bytes(item: dict[str, Any]) -> int:
    """Names and values, as DynamoDB counts them, give or take the numbers."""
    return sum(len(name) + len(json.dumps(next(iter(value.values())))) for name, value in item.items())


def polls(running: LocalSystem, cases: int) -> Polled:
    """Closed cases, planted without events, that changed before the last poll."""
    scene = Scene(running)
    settled(running)
    account = running.people().security_ir
    with account.switched(emissions={}), one_at_a_time(running):
        _plant(running, cases)
        scene.poll_knew_everything()
        counts = measured(poll(), scene).counts
    total = int(account.send("GET")["cases"])
    return Polled(total, counts.detail["security-ir:ListCases"], counts.other_aws, counts.servicenow)


def _plant(running: LocalSystem, cases: int) -> None:
    body = {"cases": [{"title": f"Old {number}", "status": "Closed"} for number in range(cases)]}
    running.people().security_ir.send("POST", "seed", json=body, timeout_s=_TIMEOUT_S)
