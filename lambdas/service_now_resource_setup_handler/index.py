"""The custom resource `Custom::ServiceNowResources`: Create, Update, Delete. Answers CloudFormation, and nobody else.

A repeat of any request is harmless. An event may name this deployment's instances only: see `wiring.own_url`.

A failed Create or Update fails the deployment, with the missing role in the reason. A failed Delete only warns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.cases.declaration import CASES
from integration.connection.custom_resource import FAILED, SUCCESS, OutOfTime, address, send, within
from integration.connection.instance_setup import EXPECTED, former_instance, set_up, tear_down
from integration.connection.runtime import runtime
from integration.connection.wiring import Connection, own_url
from integration.registry import foreign_marks, with_connection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools import Logger

TO_ANSWER_S = 20
"""Kept back from the function's time for the answer and its attempts."""


def handler(event: Mapping[str, Any], context: Any) -> None:
    log = runtime("resource_setup").telemetry.log
    address(event)
    physical_id = str(event.get("PhysicalResourceId") or f"servicenow-resources-{_name() or 'default'}")
    try:
        with within(context.get_remaining_time_in_millis() / 1000 - TO_ANSWER_S):
            outcome = _done(event, log)
    except Exception as error:  # the entry point: answered, not raised, for Lambda would repeat the work
        log.exception("set-up failed", extra={"operation": str(event.get("RequestType"))})
        outcome = {"status": FAILED, "reason": _reason(error)}
    send(event, physical_id, **outcome)


def _done(event: Mapping[str, Any], log: Logger) -> dict[str, Any]:
    if event["RequestType"] == "Delete":
        return {"status": SUCCESS, "reason": _torn_down(event, log)}
    there = _connection(event)
    own_url(there.settings, event["ResourceProperties"]["Instance"])
    return {"status": SUCCESS, "data": set_up(there, former_instance(event), log)}


def _connection(event: Mapping[str, Any]) -> Connection:
    """Made anew for each request: a deployment changes the parameters, and asks the same container again.

    The request names the integrations whose records are wanted; of before there were several, it names none.
    """
    keys = event.get("ResourceProperties", {}).get("Integrations", CASES.key)
    return Connection(runtime("resource_setup"), foreign_marks(CASES.key), with_connection(keys.split()))


def _torn_down(event: Mapping[str, Any], log: Logger) -> str:
    """From the instance the resource was made in: a rolled back update may have named another one since."""
    try:
        there = _connection(event)
        setup = there.setup
    except EXPECTED as error:
        log.warning("not removed", extra={"reason": str(error), "next": "delete the records by prefix"})
        return f"nothing was removed from ServiceNow: {error}"
    instance = event.get("ResourceProperties", {}).get("Instance") or there.settings.instance
    return tear_down(there.table, setup, instance, log)


def _reason(error: Exception) -> str:
    """Texts of our own errors hold no values; of any other only its kind is told."""
    told = (
        str(error) if isinstance(error, (*EXPECTED, OutOfTime)) else f"unexpected {type(error).__name__}, see the log"
    )
    option = f" --name {_name()}" if _name() else ""
    return f"{told} Next: ./deploy_integrations_solution.py check{option}"


def _name() -> str:
    return runtime("resource_setup").names.name
