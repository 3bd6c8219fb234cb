"""How changes are asked for by pipelines, and how the gate is deployed, operated and shown."""

from __future__ import annotations

from integration.changes.declaration import CHANGES
from integration.changes.gate.names import SETTING_ANSWERS_TO
from integration.operations.declaration import Beside, Operated, commands

CHANGES_OPERATED = Operated(
    integration=CHANGES,
    tour="integration.operations.changes.tour:TOUR",
    trying="integration.operations.changes.trying:trying",
    beside=Beside(
        emulator="pipelines",
        services=("codepipeline", "states"),
        settings=lambda url: {SETTING_ANSWERS_TO: [url]},
        people="integration.operations.changes.waiting:Waiting",
    ),
    commands=commands(
        "integration.operations.changes.commands",
        "Pipelines",
        {"change": "Deploy only with an approved change: run, create, wait and more."},
    ),
    stack="integration.operations.changes.stack:GateStack",
    grants="integration.operations.changes.grants:GRANTS",
    alarms="integration.operations.changes.alarms:ALARMS",
    accepted="integration.operations.changes.acknowledgements:ACCEPTED",
    types=(
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Scheduler::Schedule",
        "AWS::Scheduler::ScheduleGroup",
        "AWS::SecretsManager::Secret",
    ),
    overview="integration.operations.changes.overview:overview",
    checks="integration.operations.changes.checks:CHECKS",
)
