"""Rows that the version before the house's first move has stored: read and written again, nothing of them is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from integration.aws.item import from_item
from integration.cases.ledger_records import ledger_put, ledger_row
from integration.cases.link import loads_link

ROWS = [from_item(row) for row in json.loads((Path(__file__).parent / "rows.json").read_text())]
"""Made by `tests/e2e/before/rows.py`: links, one with a refused field, one whose incident is being made."""
CASES = [row for row in ROWS if row["PK"].startswith("Case#")]


def test_links_are_written_as_they_were() -> None:
    """Also for who goes back: the former version reads what this one writes."""
    stored: list[dict[str, Any]] = [json.loads(row["doc"]) for row in CASES if row["SK"] == "latest"]
    assert [json.loads(loads_link(json.dumps(each)).dumps()) for each in stored] == stored
    assert {"base", "blocked", "names", "sys_id"} <= {member for each in stored for member in each}


def test_ledger_rows_are_written_as_they_were() -> None:
    ledger = [row for row in CASES if row["SK"].startswith(("Comment#", "Journal#"))]
    assert [ledger_put(row["PK"].removeprefix("Case#"), ledger_row(row)).item for row in ledger] == ledger
    assert {"print", "peers", "why"} <= {member for row in ledger for member in row}
