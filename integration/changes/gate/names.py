"""The gate's own names: what stands on AWS, what it counts, what it hears."""

from __future__ import annotations

STACK = "ServiceNowChangeStack"
TABLE, QUEUE, TOPIC = "ServiceNowChanges", "ServiceNowChangeEvents", "ServiceNowChangeApprovals"
GATE, FRONT_DOOR = "ServiceNowChangeGate", "ServiceNowChangeFrontDoor"
API, SCHEDULE = "ServiceNowChangeGateApi", "ServiceNowChangeSweep"
RULE, RULE_REQUESTED = "service-now-change-rule", "service-now-change-requested-rule"
SECRET = "SecurityIncidentResponse/ServiceNowChangeGate"  # noqa: S105 - a name
OUTPUT_HOOKS, OUTPUT_QUEUE = "ServiceNowChangeGateUrl", "ServiceNowChangeQueueUrl"
OUTPUT_TOPIC = "ServiceNowChangeApprovalsTopicArn"
HOOKS = "gate"
"""First part of the hooks' path."""
CHANGES_TABLE = "change_request"
UPDATED, REQUESTED, ASKED_EVENT, DUE = "ChangeUpdated", "ChangeRequested", "ChangeAsked", "ChangeDue"
"""The instance tells of a change; somebody on AWS asks for one; the front door took an ask; the sweep found a row."""
ENV_TABLE, ENV_QUEUE, ENV_SECRET = "CHANGES_TABLE", "CHANGES_QUEUE_URL", "CHANGES_SECRET_ARN"
SETTING_ANSWERS_TO, SETTING_ALLOWED_IPS = "gate_answers_to", "gate_allowed_ips"

ASKED, ANSWERED, FAILED, REJECTED = "ChangeAsks", "ChangeAnswers", "ChangeAnswersFailed", "ChangesRejected"
NOT_MADE, FORGOTTEN, WAITED = "ChangesNotMade", "ChangesForgotten", "ChangeWait"
METRICS = frozenset({ASKED, ANSWERED, FAILED, REJECTED, NOT_MADE, FORGOTTEN, WAITED})
"""`ChangeWait`: seconds that the longest waits by now."""
LOG_KEYS = frozenset({"woken", "looked"})
