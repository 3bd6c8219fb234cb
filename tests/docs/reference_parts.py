"""The generated tables of docs/reference.md: names in the account, alarms."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from integration.names import Names
from integration.operations.registry import OPERATED
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integration.operations.declaration import Operated

COMMON_ALARMS = "integration.operations.stacks.alarms:common"
WHAT = {
    "state_stack": "stack: data key, table, key bucket; kept by `destroy`",
    "common_stack": "stack: bus and alarm topic",
    "servicenow_stack": "stack: everything else",
    "bus": "event bus",
    "table": "DynamoDB table of links",
    "poller": "function: looks for what events missed, every minute",
    "servicenow_client": "function: woken by cases",
    "security_ir_client": "function: woken by incidents",
    "notifications_handler": "function: webhook in, event out",
    "authorizer": "function: compares the webhook token",
    "resource_setup": "function: rules and REST message during a deployment",
    "token_rotation": "function: rotates the webhook token",
    "cases_queue": "queue of what happened on AWS",
    "incidents_queue": "queue of what happened in ServiceNow",
    "backfill_queue": "queue of new records and bulk first syncs, which edits overtake",
    "servicenow_client_rule": "rule: our events of changed cases → queue",
    "native_rule": "rule on the default bus: AWS's own events of other changes → queue",
    "native_new_cases_rule": "rule on the default bus: AWS's own events of new cases → the same queue",
    "new_records_rule": "rule: new records that our own events tell of → the queue that edits overtake",
    "security_ir_client_rule": "rule: events of changed and deleted incidents → queue",
    "notifications_rule": "rule: incident events, ids only → log group",
    "webhook_api": "REST API, `POST /prod/webhook`",
    "webhook_secret": "secret: the webhook token",
    "alarm_topic": "SNS topic of the alarms",
    "dashboard": "dashboard",
    "alarm_prefix": "before the key of each alarm",
    "telemetry_service": "value of the metrics' one dimension, `service`",
    "data_key_alias": "alias of the KMS key",
    "poll_schedule": "schedule of the poller, and its group",
    "notifications_log": "log group of incident events",
    "former_api_log_role": "role: API Gateway's logs, of earlier versions; `destroy --delete-data` takes it away",
    "parameter_prefix": "path of the SSM parameters",
    "case_tag": "tag on cases made from incidents; its value is `<table>/<sys_id>`",
}


def names_table() -> str:
    """Every name of a deployment, for the default one and for `--name blue`."""
    properties = [name for name, member in vars(Names).items() if isinstance(member, property)]
    rows = [f"| {WHAT[p]} | `{getattr(Names(), p)}` | `{getattr(Names('blue'), p)}` |" for p in properties]
    return "\n".join(["| what | name | with `--name blue` |", "|---|---|---|", *rows, ""])


def alarms(operated: Iterable[Operated] = OPERATED) -> dict[str, str]:
    """Key → meaning: common ones, then those that each record names; read without importing the CDK."""
    paths = [COMMON_ALARMS, *(each.alarms for each in operated if each.alarms)]
    files = [ROOT / f"{path.partition(':')[0].replace('.', '/')}.py" for path in paths]
    nodes = (node for path in files for node in ast.walk(ast.parse(path.read_text())))
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Alarm"]
    return {ast.literal_eval(call.args[0]): ast.literal_eval(call.args[1]) for call in calls}


def alarms_table() -> str:
    rows = [f"| `{key}` | {meaning} |" for key, meaning in alarms().items()]
    return "\n".join(["| alarm | meaning, and what to do |", "|---|---|", *rows, ""])
