"""How much a column holds, where a published source says so; longer values are cut without a word.

Lengths that stand in `tables.py` and `task_tables.py` only are assumed, rather too small than too large; the switch
`assumed_lengths` lets them go.
"""

from __future__ import annotations

from dataclasses import dataclass

SDK = "https://servicenow.github.io/sdk/api/restmessage-api"

ENFORCED_TO = 255
"""Above it the database keeps more than the dictionary says (the switch `long_columns_cut`)."""


@dataclass(frozen=True, slots=True)
class Length:
    """`source`: an address, or repository and path."""

    characters: int
    source: str


PUBLISHED: dict[str, Length] = {
    "sys_rest_message.name": Length(40, SDK),
    "sys_rest_message.rest_endpoint": Length(200, SDK),
    "sys_rest_message.description": Length(1000, SDK),
    "sys_rest_message_fn.function_name": Length(100, SDK),
    "sys_rest_message_fn.rest_endpoint": Length(200, SDK),
}
