"""What tells of toys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicenow_setup.desired import ASYNC, Wanted, described, wanted
from servicenow_setup.scripts import rule_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicenow_setup.settings import SetupSettings

KIND = "rule/toy_saved/sys_user_group"


def rules(settings: SetupSettings, *, inline: bool) -> Iterator[Wanted]:
    values = {
        "name": f"{settings.prefix} AWS toy saved", "collection": "sys_user_group", "when": ASYNC, "order": "200",
        "filter_condition": "nameSTARTSWITHToy^EQ", "active": "true", "advanced": "true", "condition": "",
        "action_insert": "true", "action_update": "true", "action_delete": "false", "action_query": "false",
        "script": rule_script(settings, "toy_saved", inline=inline),
        "description": described(settings, KIND, "Tells AWS of toys."),
    }  # fmt: skip
    yield wanted(settings, KIND, "sys_script", values)
