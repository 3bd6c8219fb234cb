"""How cases and incidents in step are deployed, operated and shown."""

from __future__ import annotations

from integration.cases.declaration import CASES
from integration.operations.declaration import Command, Operated

_COMMANDS = "integration.operations.cases.commands"

CASES_OPERATED = Operated(
    integration=CASES,
    stack="integration.operations.cases.stack:add",
    grants="integration.operations.cases.grants:GRANTS",
    alarms="integration.operations.cases.alarms:ALARMS",
    accepted="integration.operations.cases.acknowledgements:ACCEPTED",
    types=(
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Scheduler::Schedule",
        "AWS::Scheduler::ScheduleGroup",
    ),
    checks="integration.operations.cases.checks:CHECKS",
    overview="integration.operations.cases.overview:overview",
    tour="integration.operations.cases.tour:TOUR",
    pages="integration.operations.cases.pages:PAGES",
    commands=(
        Command(
            section="Operate",
            name="resume",
            sentence="Let incidents become cases again after too many in an hour.",
            path=f"{_COMMANDS}.resume",
        ),
        Command(
            section="Operate",
            name="backfill",
            sentence="Sync what was opened before the installation.",
            path=f"{_COMMANDS}.backfill",
        ),
        Command(
            section="Operate",
            name="remap",
            sentence="Apply a changed mapping to pairs already in step.",
            path=f"{_COMMANDS}.remap",
        ),
    ),
)
