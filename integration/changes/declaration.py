"""Changes that pipelines ask for, as data; what stands on AWS is the gate's, without which they do as well."""

from __future__ import annotations

from integration.changes.gate import names as g
from integration.declaration import Function, Integration, Notification

CHANGES = Integration(
    key="change",
    deploy="change deploy",
    stack=g.STACK,
    functions=(
        Function(owner=g.GATE, folder="change_gate", logical_id="ServiceNowChangeGate", signs_in=True),
        Function(owner=g.FRONT_DOOR, folder="change_front_door", logical_id="ServiceNowChangeFrontDoor"),
    ),
    queues=(g.QUEUE,),
    dead_letters_of=(g.SCHEDULE,),
    notifications=(Notification(tables=(g.CHANGES_TABLE,), event_types=(g.UPDATED,)),),
    setup="servicenow_setup.change_requests:rules",
    roles=("itil",),
    metrics=g.METRICS,
    log_keys=g.LOG_KEYS,
)
