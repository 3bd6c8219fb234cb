"""What passes leave on both sides and in the table: a later version finds it again by these words and ids."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integration.cases.ledger_records import ledger_put
from tests.fakes.running import Running
from tests.identity.golden import check


def day(module: str) -> Running:
    """Both ways: a record made of the other, comments, a file, a status, a conflict."""
    running = Running(module, own_tag="servicenow:default")
    case_id = running.cases.make("Root key used", description="Somebody used the root key.")
    running.cases.add_comment(case_id, "We look at it.")
    running.cases.add_file(case_id, "log.txt", b"one line")
    running.case(case_id)
    [sys_id] = running.incidents.records
    running.incidents.edit(sys_id, comments="Seen it.", work_notes="Only for us?")
    running.incidents.add_file(sys_id, "shot.png", b"pixels")
    running.incident(sys_id)
    running.incidents.edit(sys_id, short_description="Root key used twice")
    running.cases.update(case_id, {"title": "Root key used again"})
    running.case(case_id)
    running.incident(running.incidents.make("Odd logins", description="From everywhere."))
    return running


def left(running: Running) -> dict[str, Any]:
    cases, incidents = running.cases, running.incidents
    return {
        "tokens": sorted(f"{operation} {token}" for operation, token in cases.tokens),
        "cases": {
            case_id: {"tags": cases.tags(cases.arn(case_id)), "comments": running.comments(case_id)}
            for case_id in cases.records
        },
        "incidents": {
            sys_id: {
                "journal": running.journal(sys_id),
                "columns": {
                    name: value
                    for name, value in incidents.records[sys_id]["columns"].items()
                    if name.startswith("correlation")
                },
            }
            for sys_id in incidents.records
        },
        "links": {case_id: json.loads(raw["doc"]) for case_id, raw in running.links.rows.items()},
        "ledger": [
            ledger_put(case_id, row).item
            for case_id, entries in sorted(running.links.entries.items())
            for _, row in sorted(entries.items())
        ],
    }


@pytest.mark.parametrize("module", ["itsm", "ir"])
def test_a_day_leaves_the_same_words_ids_and_rows(module: str) -> None:
    check(f"day-{module}", left(day(module)))
