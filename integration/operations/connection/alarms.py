"""Alarms of the connection to one instance; docs/operations.md has a section for each key."""

from __future__ import annotations

from integration import names as n
from integration.operations.stacks.alarms import Alarm, api_metric, function_metric, own_metric

REFUSED_CALLS = 10
"""Webhook calls turned away within a quarter of an hour: the instance sends an old token, or somebody guesses."""
ALARMS = (
    Alarm(
        "RotationFailed",
        "The webhook token could not be rotated; the old one goes on working. Run `check`, then `rotate`.",
        lambda names: function_metric(names.token_rotation, "Errors"),
    ),
    Alarm(
        "WebhookFailed",
        "The webhook answered 5xx in two of three periods; the sweep carries what it lost. See the handler's log.",
        lambda names: api_metric(names, "5XXError"),
        periods=2,
        of=3,
    ),
    Alarm(
        "WebhookRefused",
        "Many webhook calls were turned away: the instance sends an old token (`check`), or somebody guesses.",
        lambda names: api_metric(names, "4XXError"),
        threshold=REFUSED_CALLS,
        periods=3,
        of=3,
    ),
    Alarm(
        "Misconfigured",
        "Credentials, scope, role or table are refused; nothing is synced and everything waits. Run `check`.",
        lambda names: own_metric(names, n.METRIC_MISCONFIGURED),
    ),
)
