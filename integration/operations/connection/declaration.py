"""How the connection to one instance is deployed, operated and shown."""

from __future__ import annotations

from integration.connection.declaration import CONNECTION
from integration.operations.declaration import Operated, commands

CONNECTION_OPERATED = Operated(
    integration=CONNECTION,
    stack="integration.operations.connection.stack:ConnectionStack",
    grants="integration.operations.connection.grants:GRANTS",
    alarms="integration.operations.connection.alarms:ALARMS",
    accepted="integration.operations.connection.acknowledgements:ACCEPTED",
    types=(
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::SecretsManager::Secret",
    ),
    commands=commands(
        "integration.operations.connection.commands",
        "Operate",
        {
            "rotate": "Change the webhook token now.",
            "rotate-key": "Change the private key that signs us in to ServiceNow.",
        },
    ),
)
