"""What tells of changes that pipelines asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from servicenow_setup.desired import ASYNC, business_rule
from servicenow_setup.scripts import rule_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicenow_setup.desired import Wanted
    from servicenow_setup.settings import SetupSettings

KIND = "rule/change_saved/change_request"
OURS = "correlation_idSTARTSWITHchg:^EQ"
"""Those of pipelines, whichever gate waits for them: others' changes start no rule of ours."""


def rules(settings: SetupSettings, *, inline: bool) -> Iterator[Wanted]:
    """One, for `servicenow_setup.desired`. What our own user writes the gate saw when it wrote it."""
    text = "Tells AWS of a pipeline's change. Filter, order and active are yours; the rest is restored."
    yield business_rule(
        settings,
        KIND,
        text,
        OURS,
        on=("update",),
        name=f"{settings.prefix} AWS change saved",
        collection="change_request",
        when=ASYNC,
        condition=f"gs.getUserID() != {json.dumps(settings.user_sys_id)}",
        script=rule_script(settings, "change_saved", inline=inline),
    )
