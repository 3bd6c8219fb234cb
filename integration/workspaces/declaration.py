"""Workspaces ordered in the catalog or by a call, as data."""

from __future__ import annotations

from integration.declaration import Function, Integration, Notification
from integration.workspaces import names as w

WORKSPACES = Integration(
    key="workspace",
    deploy="workspace deploy",
    stack=w.STACK,
    keeps=w.STATE_STACK,
    functions=(
        Function(owner=w.CREATOR, folder="workspace_creator", logical_id="SandboxSpaCreator"),
        Function(owner=w.BACKEND, folder="workspace_backend", logical_id="SandboxSpaBackend"),
        Function(owner=w.WORKER, folder="workspace_worker", logical_id="SandboxSpaWorker", signs_in=True),
        Function(owner=w.REAPER, folder="workspace_reaper", logical_id="SandboxSpaReaper"),
    ),
    queues=(w.QUEUE,),
    dead_letters_of=(w.SCHEDULE,),
    notifications=(Notification(tables=(w.ITEMS_TABLE,), event_types=(w.ORDERED,)),),
    setup="servicenow_setup.workspaces:records",
    roles=("itil",),
    metrics=w.METRICS,
    log_keys=w.LOG_KEYS,
)
