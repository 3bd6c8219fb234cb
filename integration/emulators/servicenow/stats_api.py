"""`/api/now/stats`: counts, sums and the like, whole or by groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import invalid_table
from .exchange import Response, json_response, only
from .table_api import Call, asked_query, check_accept

if TYPE_CHECKING:
    from collections.abc import Callable

    from .store import Row

_NUMBERS: dict[str, Callable[[list[float]], float]] = {
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "sum": sum,
}


def stats(call: Call, table: str) -> Response:
    """Whether a real instance applies access rules to counts is not known; `stats_acl_filtered` says."""
    check_accept(call.request)
    only(call.request, "GET")
    if table not in call.service.schema:
        raise invalid_table(table)
    call.service.access.check_listing(call.session, table)
    rows = call.service.search(call.session, table, asked_query(call, table))
    if call.service.switches.stats_acl_filtered:
        rows = [row for row in rows if call.service.access.sees(call.session, table, row)]
    names = _names(call, "sysparm_group_by")
    if not names:
        return json_response({"result": {"stats": _measured(call, rows)}})
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name, "") for name in names), []).append(row)
    result = [
        {
            "stats": _measured(call, members),
            "groupby_fields": [{"field": name, "value": value} for name, value in zip(names, key, strict=True)],
        }
        for key, members in groups.items()
    ]
    return json_response({"result": result})


def _names(call: Call, parameter: str) -> list[str]:
    return [name for name in call.request.parameter(parameter).split(",") if name]


def _measured(call: Call, rows: list[Row]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if call.request.flag("sysparm_count"):
        found["count"] = str(len(rows))
    for name, measure in _NUMBERS.items():
        fields = _names(call, f"sysparm_{name}_fields")
        if fields:
            found[name] = {field: _number(measure, rows, field) for field in fields}
    return found


def _number(measure: Callable[[list[float]], float], rows: list[Row], field: str) -> str:
    values = [float(row[field]) for row in rows if row.get(field, "").lstrip("-").isdigit()]
    return f"{measure(values):g}" if values else ""
