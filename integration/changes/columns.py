"""A wish in columns of change_request, and what came back of it.

Choice values differ between instances (risk has three or four), so words of scales are compared by the label that comes
back. Nothing that was dropped or changed goes unsaid.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from integration.changes.key import LONGEST
from integration.changes.model import Kind
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.timestamp import to_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from integration.changes.model import Wish
    from integration.clients.servicenow.record import Record

FIXED = ("description", "implementation_plan", "backout_plan", "test_plan")
"""A standard change has these from its template; what is sent is ignored (docs: POST standard)."""
PLAIN = ("short_description", "assignment_group", "cmdb_ci", "justification", "parent", *FIXED)
PRIORITIES = {"critical": "1", "high": "2", "moderate": "3", "medium": "3", "low": "4"}
IMPACTS = {"high": "1", "medium": "2", "moderate": "2", "low": "3"}


def path_of(wish: Wish) -> str:
    """The path below which it is made; a model goes into the values."""
    if wish.model:
        return ""
    return f"standard/{wish.template}" if wish.kind is Kind.STANDARD else wish.kind.value


def alike(wish: Wish, now: datetime) -> Query:
    text = re.split(r"[\^\x00-\x1f\x7f]", wish.short_description)[0][:LONGEST].strip()
    alike = Query().equals("type", wish.kind.value).starts_with("short_description", text)
    return alike.at_least("sys_created_on", now - timedelta(seconds=5)).filtered_by("correlation_idISEMPTY")


def written(wish: Wish, now: datetime) -> tuple[dict[str, str], list[str]]:
    """What is sent, and which of it are labels."""
    by_template = wish.kind is Kind.STANDARD and not wish.model
    plain = {name: getattr(wish, name) for name in PLAIN if not (by_template and name in FIXED)}
    start, end = wish.planned(now)
    dates = {"start_date": to_timestamp(start), "end_date": to_timestamp(end)}
    model = {"chg_model": wish.model, "type": wish.kind.value} if wish.model else {}
    scales = {
        "priority": _on_scale(wish.priority, PRIORITIES),
        "impact": _on_scale(wish.impact, IMPACTS),
        "risk": _on_scale(wish.risk, {}),
    }
    values = {name: value for name, value in {**plain, **scales}.items() if value}
    labels = [name for name in scales if values.get(name) and not values[name].isdigit()]
    return {**values, **dates, **model}, labels


def _on_scale(text: str, words: Mapping[str, str]) -> str:
    """`1 - Critical` is 1; a word is its value where all instances agree on it, else a label."""
    number = re.match(r"\s*(\d+)\b", text)
    return number[1] if number else words.get(text.strip().casefold(), text.strip().title())


def asked(wish: Wish, values: Mapping[str, str]) -> dict[str, str]:
    """What the answer is compared with: also what a template may have of its own."""
    scales = {name: getattr(wish, name) for name in ("priority", "impact", "risk") if getattr(wish, name)}
    fixed = {name: getattr(wish, name) for name in FIXED if getattr(wish, name)}
    return {**values, **fixed, **scales}


def dropped(row: Record, sent: Mapping[str, str]) -> tuple[str, ...]:
    """`risk: asked High, is Moderate`. Actual times are the instance's own, and a state is judged by whoever moves."""
    left_out = ("state", "work_start", "work_end", "sys_id", "work_notes", "correlation_id", "correlation_display")
    compared = {name: value for name, value in sent.items() if value and name not in left_out}
    return tuple(
        f"{name}: asked {_short(value)}, is {_short(row.labels.get(name, '')) or 'empty'}"
        for name, value in compared.items()
        if not _is_kept(row.get(name, ""), row.labels.get(name, ""), value)
    )


def _is_kept(value: str, label: str, asked: str) -> bool:
    """By value, by label, or by the words of a label: `1 - Critical` is Critical."""
    wanted = asked.strip().casefold()
    return (
        wanted in {value.strip().casefold(), label.strip().casefold()} or wanted == label.partition(" - ")[2].casefold()
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
