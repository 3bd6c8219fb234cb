"""Cases and incidents in step, as data."""

from __future__ import annotations

from integration import names as n
from integration.declaration import Function, Integration, Key, Notification
from integration.module import Module

CASES = Integration(
    key="cases",
    deploy="service-now",
    stack="servicenow_stack",
    output=n.OUTPUT_CLIENT,
    functions=(
        Function(owner="poller", folder="security_ir_poller", logical_id="SecurityIrPoller", signs_in=True),
        Function(owner="servicenow_client", folder="service_now_client", logical_id="ServiceNowClient", signs_in=True),
        Function(owner="security_ir_client", folder="security_ir_client", logical_id="SecurityIrClient", signs_in=True),
    ),
    queues=("cases_queue", "incidents_queue", "backfill_queue"),
    dead_letters_of=("poll_schedule",),
    notifications=(
        Notification(
            tables=tuple(module.table for module in Module),
            event_types=(n.INCIDENT_CREATED, n.INCIDENT_UPDATED, n.INCIDENT_DELETED, n.INCIDENT_PROBE),
            keys=(
                Key(name="incident_number"),
                Key(name="attachment_action", words=("added", "updated", "deleted")),
            ),
        ),
    ),
    setup="servicenow_setup.cases:case_rules",
    setup_settings=("incident_filter",),
    marks=(n.CORRELATION_DISPLAY,),
)
