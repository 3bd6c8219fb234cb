"""The connection to one instance, as data; every deployment has it."""

from __future__ import annotations

from integration.declaration import Function, Integration

CONNECTION = Integration(
    key="connection",
    stack="servicenow_stack",
    dead_letters_of=("notifications_rule",),
    functions=(
        Function(
            owner="notifications_handler",
            folder="service_now_notifications_handler",
            logical_id="ServiceNowNotificationsHandler",
        ),
        Function(
            owner="authorizer",
            folder="service_now_webhook_authorizer",
            logical_id="ServiceNowWebhookAuthorizer",
            alarms=("Throttles",),  # it refuses by raising, and what it cannot do is the webhook's 5xx
        ),
        Function(
            owner="resource_setup",
            folder="service_now_resource_setup_handler",
            logical_id="ServiceNowResourceSetupHandler",
            signs_in=True,
        ),
        Function(
            owner="token_rotation",
            folder="service_now_token_rotation",
            logical_id="ServiceNowTokenRotation",
            signs_in=True,
            alarms=(),
        ),
    ),
)
