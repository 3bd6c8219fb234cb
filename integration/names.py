"""The names that stacks, functions, command line and local plane share.

The default deployment carries exactly the names of the published specification; a named one carries `-<name>` as a
suffix, and its parameters live one level deeper (`/SecurityIncidentResponse/<name>/…`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SOURCE_CASES = "security-ir"
SOURCE_INCIDENTS = "service-now"
NATIVE_SOURCE = "aws.security-ir"
CASE_CREATED, CASE_UPDATED = "CaseCreated", "CaseUpdated"
INCIDENT_CREATED, INCIDENT_UPDATED, INCIDENT_DELETED = "IncidentCreated", "IncidentUpdated", "IncidentDeleted"
NATIVE_DETAIL_TYPES = (
    "Case Created", "Case Updated", "Case Closed", "Case Comment Added", "Case Comment Created", "Case Comment Updated",
)  # fmt: skip
"""`Case Comment Created` stands in some localised pages for `Case Comment Added`; both are matched."""

NATIVE_NEW = "Case Created"
"""The one of them that a burst consists of."""
PING = "Ping"
"""An event type that the webhook answers and nobody hears: a probe of address and token."""

INCIDENT_PROBE = "IncidentProbe"
"""What the rule says of the record that `check` writes: the receiver remembers it, and nobody else hears it."""
PROBE_MARK = "arn:aws:security-ir:us-east-1:000000000000:case/0000000000"
"""`correlation_id` of that record: a case that cannot exist. Rules let it through, nothing makes a case of it."""
WAITING = "Waiting"
"""Rows of messages that wait with an error, one per record."""
HEARD, HEARD_EVENT, HEARD_PROBE = "Heard", "event", "probe"
"""Partition and sort keys of the table's rows that say when the instance last told us something."""

CORRELATION_DISPLAY = "AWS Security Incident Response"
METRIC_NAMESPACE = "SecurityIncidentResponse/ServiceNow"
METRIC_LAG = "SyncLag"
"""Milliseconds from the change at its source to its being applied on the other side."""
METRIC_FOUND_BY_POLL = "ChangesPolled"
"""Incidents that somebody else changed, as the poll finds them; an event should have told of each before."""
METRICS_OF_WORK = ("Passes", "Actions", "Echoes", "Polls", METRIC_FOUND_BY_POLL)
METRIC_MISCONFIGURED, METRIC_UNAVAILABLE = "Misconfigured", "Unavailable"
METRIC_CREATION_STOPPED, METRIC_SUSPENDED = "CreationStopped", "Suspended"
METRIC_ADOPTION_REFUSED = "AdoptionRefused"
METRIC_WATCHERS_STAY = "WatchersStay"
METRICS_OF_TROUBLE = (
    METRIC_MISCONFIGURED, METRIC_UNAVAILABLE, METRIC_CREATION_STOPPED, METRIC_SUSPENDED, METRIC_ADOPTION_REFUSED,
    METRIC_WATCHERS_STAY, "Conflicts", "Blocked", "Retries",
)  # fmt: skip
"""Counts, each with the one dimension `service` (`Names.telemetry_service`), which alarms and dashboard read."""
METRICS_OF_CALLS = ("ServiceNowCalls", "ServiceNowCallsFailed", "SecurityIrCalls", "SecurityIrCallsFailed")
"""All calls to a system, and those among them that did not end well; the log line says how each ended."""
DUE_INDEX = "due"
"""Sparse index of the table: partition `dueShard`, sort `due` (epoch seconds, a number)."""

# Environment of the functions. Values are names, ids and ARNs; never a secret.
ENV_TABLE = "TABLE_NAME"
ENV_BUS = "EVENT_BUS_NAME"
ENV_CLIENT_ROLES = "CLIENT_ROLES"
"""ARNs of the roles of the ServiceNow and of the Security IR client, in this order: who we are on AWS."""
ENV_PARAMETER_PREFIX = "PARAMETER_PREFIX"
ENV_MODULE = "INTEGRATION_MODULE"
ENV_DEPLOYMENT = "DEPLOYMENT_NAME"
ENV_LOG_LEVEL = "LOG_LEVEL"
ENV_TIMEOUT_S = "FUNCTION_TIMEOUT_S"
ENV_WEBHOOK_SECRET = "WEBHOOK_SECRET_ARN"  # noqa: S105 - the name of a variable
ENV_RESOURCE_PREFIX = "SERVICE_NOW_RESOURCE_PREFIX"
ENV_WEBHOOK_URL = "WEBHOOK_URL"
ENV_INSTANCE_PARAMETER = "SERVICE_NOW_INSTANCE_ID"
ENV_DATA_KEY = "DATA_KEY_ARN"
ENV_BUCKET_OWNER = "BUCKET_OWNER"
ENV_SETUP = "SETUP_MODE"
"""How rules get into the instance: `rest`, `update-set` or `none`."""
ENV_ANSWERS = "CUSTOM_RESOURCE_ANSWERS"
"""Where the local plane takes a custom resource's answers; no template gives it, and only loopback counts."""
ENV_REVISION = "CONFIGURATION_REVISION"
"""Changes with settings and credentials, so that warm functions start afresh after a deployment. Nobody reads it."""

DEAD_SUFFIX = "-dead"
"""A queue's dead-letter queue is named as the queue with this behind it."""
DUE_SHARD, DUE = "dueShard", "due"
REMOVE_AT = "removeAt"
"""Attribute of the table at whose time (epoch seconds) DynamoDB removes the row. Not `expires`: that ends a claim,
and a link must outlive its claims.
"""
KEY_OBJECT = "servicenow/private-key.pem"
"""Where the private key lies in the key bucket."""
WEBHOOK_STAGE, WEBHOOK_PATH = "prod", "webhook"
OUTPUT_CLIENT, OUTPUT_WEBHOOK = "ServiceNowClientLambdaArn", "ServiceNowWebhookUrl"
OUTPUT_PREFIX = "ServiceNowResourcePrefix"
OUTPUT_KEY_BUCKET, OUTPUT_DATA_KEY = "KeyBucketName", "DataKeyArn"


class BadName(ValueError):
    """The deployment's name cannot be part of AWS names; the message says which letters can."""


@dataclass(frozen=True)
class Names:
    """All names of one deployment. `name` is empty for the default one."""

    name: str = ""

    def __post_init__(self) -> None:
        if self.name and not re.fullmatch(r"[a-z][a-z0-9-]{0,15}", self.name):
            raise BadName("a deployment name has 1 to 16 of a-z, 0-9 and -, and starts with a letter")

    def _(self, base: str) -> str:
        return f"{base}-{self.name}" if self.name else base

    def of(self, declared: str) -> str:
        """The physical name of what an integration declares: by an attribute of this class, else by itself."""
        return str(getattr(self, declared)) if hasattr(Names, declared) else self._(declared)

    @property
    def state_stack(self) -> str:
        return self._("SecurityIncidentResponseState")

    @property
    def common_stack(self) -> str:
        return self._("SecurityIncidentResponseCommon")

    @property
    def servicenow_stack(self) -> str:
        return self._("SecurityIncidentResponseServiceNow")

    @property
    def bus(self) -> str:
        return self._("security-incident-event-bus")

    @property
    def table(self) -> str:
        return self._("SecurityIncidentResponseLinks")

    @property
    def poller(self) -> str:
        return self._("SecurityIncidentResponsePoller")

    @property
    def servicenow_client(self) -> str:
        return self._("SecurityIncidentResponseServiceNowClient")

    @property
    def security_ir_client(self) -> str:
        return self._("SecurityIncidentResponseClient")

    @property
    def notifications_handler(self) -> str:
        return self._("ServiceNowNotificationsHandler")

    @property
    def authorizer(self) -> str:
        return self._("ServiceNowWebhookAuthorizer")

    @property
    def resource_setup(self) -> str:
        return self._("ServiceNowResourceSetupLambda")

    @property
    def token_rotation(self) -> str:
        return self._("ServiceNowWebhookTokenRotation")

    @property
    def cases_queue(self) -> str:
        """What happened on AWS; wakes the ServiceNow client."""
        return self._("SecurityIncidentResponseCaseEvents")

    @property
    def incidents_queue(self) -> str:
        """What happened in ServiceNow; wakes the Security IR client."""
        return self._("SecurityIncidentResponseIncidentEvents")

    @property
    def backfill_queue(self) -> str:
        """New records and bulk first syncs; wakes the Security IR client, and edits overtake it."""
        return self._("SecurityIncidentResponseBackfill")

    @property
    def servicenow_client_rule(self) -> str:
        return self._("service-now-client-rule")

    @property
    def native_rule(self) -> str:
        """On the default bus: AWS's own events."""
        return self._("security-ir-native-rule")

    @property
    def security_ir_client_rule(self) -> str:
        return self._("security-ir-client-rule")

    @property
    def new_records_rule(self) -> str:
        """What our own events say is new; to the backfill queue, so that edits overtake it."""
        return self._("security-ir-new-records-rule")

    @property
    def native_new_cases_rule(self) -> str:
        """On the default bus: the same of AWS's own events."""
        return self._("security-ir-native-new-cases-rule")

    @property
    def notifications_rule(self) -> str:
        return self._("ServiceNowNotificationsRule")

    @property
    def notifications_log(self) -> str:
        return f"/aws/events/{self.notifications_rule}"

    @property
    def webhook_api(self) -> str:
        return self._("ServiceNowWebhookApi")

    @property
    def webhook_secret(self) -> str:
        return self._("SecurityIncidentResponse/ServiceNowWebhookToken")

    @property
    def alarm_topic(self) -> str:
        return self._("SecurityIncidentResponseAlarms")

    @property
    def dashboard(self) -> str:
        return self._("SecurityIncidentResponse")

    @property
    def alarm_prefix(self) -> str:
        """Before the key of every alarm."""
        return f"SecurityIncidentResponse-{self.name}-" if self.name else "SecurityIncidentResponse-"

    @property
    def telemetry_service(self) -> str:
        """The one dimension `service` of every metric of ours; the same for all functions of a deployment."""
        return self._("servicenow-integration")

    @property
    def data_key_alias(self) -> str:
        return self._("alias/security-incident-response")

    @property
    def poll_schedule(self) -> str:
        return self._("SecurityIncidentResponsePoll")

    @property
    def former_api_log_role(self) -> str:
        """As deployments before 2026-12 named it; one of today has no name of ours."""
        return self._("SecurityIncidentResponseApiGatewayLogs")

    @property
    def parameter_prefix(self) -> str:
        """With a trailing slash; every parameter of the deployment stands directly below it."""
        return f"/SecurityIncidentResponse/{self.name}/" if self.name else "/SecurityIncidentResponse/"

    @property
    def case_tag(self) -> str:
        """The tag on cases this deployment made; its value is `<table>/<sys_id>`."""
        return f"servicenow:{self.name or 'default'}"


# The last path element of each parameter.
PARAM_INSTANCE = "serviceNowInstanceId"
PARAM_CLIENT_ID = "serviceNowClientId"
PARAM_CLIENT_SECRET = "serviceNowClientSecret"  # noqa: S105 - a parameter's name; SecureString, created by the CLI
PARAM_USER = "serviceNowUserId"
PARAM_KEY_BUCKET = "privateKeyAssetBucket"
PARAM_KEY_OBJECT = "privateKeyAssetKey"
PARAM_FORMER = "formerInstances"
"""StringList, created by the CLI once the instance changes: what the set-up function may clean besides the present."""
PARAM_SETTINGS = "settings"
"""JSON of what may change without new code: mapping overrides, filter, limits."""
SIGNING_KEY = "signing_key"
"""In the settings: ARN of the KMS key that signs us in, where no private key does."""
