"""How cases and incidents in step are deployed, operated and shown."""

from __future__ import annotations

from integration.cases.declaration import CASES
from integration.operations.declaration import Operated, commands

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
    trying="integration.operations.cases.trying:trying",
    pages="integration.operations.cases.pages:PAGES",
    commands=commands(
        "integration.operations.cases.commands",
        "Operate",
        {
            "plan": "Show what a pass would do now to one pair, and why.",
            "resume": "Let incidents become cases again after too many in an hour.",
            "backfill": "Sync what was opened before the installation.",
            "remap": "Apply a changed mapping to pairs already in step.",
        },
    ),
)
