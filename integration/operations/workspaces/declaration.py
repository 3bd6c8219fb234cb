"""How workspaces are deployed, operated and shown."""

from __future__ import annotations

from integration.operations.declaration import Operated, commands
from integration.workspaces.declaration import WORKSPACES

WORKSPACES_OPERATED = Operated(
    integration=WORKSPACES,
    commands=commands(
        "integration.operations.workspaces.commands",
        "Workspaces",
        {"workspace": "Make, look at and end workspaces: deploy, create, list, end and more."},
    ),
    checks="integration.operations.workspaces.checks:CHECKS",
    overview="integration.operations.workspaces.overview:overview",
    tour="integration.operations.workspaces.tour:TOUR",
    trying="integration.operations.workspaces.trying:trying",
    stack="integration.operations.workspaces.stack:WorkspaceStack",
    grants="integration.operations.workspaces.grants:GRANTS",
    alarms="integration.operations.workspaces.alarms:ALARMS",
    accepted="integration.operations.workspaces.acknowledgements:ACCEPTED",
    types=(
        "AWS::ApiGateway::ApiKey",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
        "AWS::ApiGateway::UsagePlan",
        "AWS::ApiGateway::UsagePlanKey",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Scheduler::Schedule",
        "AWS::Scheduler::ScheduleGroup",
        "AWS::SecretsManager::Secret",
    ),
)
