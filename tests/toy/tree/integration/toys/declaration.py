"""The toy, as data."""

from __future__ import annotations

from integration.declaration import Function, Integration, Notification

TABLE, QUEUE, WORKER = "Toys", "ToyEvents", "ToyWorker"
GROUPS, SAVED, MARK = "sys_user_group", "ToySaved", "AWS toy"
MADE = "ToysMade"
ENV_TABLE, ENV_QUEUE = "TOY_TABLE", "TOY_QUEUE_URL"

TOY = Integration(
    key="toy",
    stack="ToyStack",
    functions=(Function(owner=WORKER, folder="toy_worker", logical_id="ToyWorker", signs_in=True),),
    queues=(QUEUE,),
    notifications=(Notification(tables=(GROUPS,), event_types=(SAVED,)),),
    setup="servicenow_setup.toys:rules",
    roles=("sn_incident_read",),
    marks=(MARK,),
    metrics=frozenset({MADE}),
    log_keys=frozenset({"toy"}),
)
