"""Create, Update, Delete of `Custom::ServiceNowResources`. Always answers CloudFormation, and nobody else.

A repeat of any request is harmless. An event may name this deployment's instances only: see `connection.own_url`.

A failed Create or Update fails the deployment, with the missing role in the reason. A failed Delete only warns.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3

from integration import names as n
from integration.connection.custom_resource import FAILED, SUCCESS, OutOfTime, address, send, within
from integration.connection.instance_setup import EXPECTED, former_instance, set_up, tear_down
from integration.connection.wiring import connection, own_url, telemetry_of, webhook_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws.telemetry import Telemetry

TO_ANSWER_S = 20
"""Kept back from the function's time for the answer and its attempts."""


def handler(event: Mapping[str, Any], context: Any) -> None:
    telemetry = telemetry_of("resource_setup")
    address(event)
    physical_id = str(event.get("PhysicalResourceId") or f"servicenow-resources-{_deployment()}")
    try:
        with within(context.get_remaining_time_in_millis() / 1000 - TO_ANSWER_S):
            outcome = _done(event, telemetry)
    except Exception as error:  # the entry point: answered, not raised, for Lambda would repeat the work
        telemetry.log.exception("set-up failed", extra={"operation": str(event.get("RequestType"))})
        outcome = {"status": FAILED, "reason": _reason(error)}
    send(event, physical_id, **outcome)


def _done(event: Mapping[str, Any], telemetry: Telemetry) -> dict[str, Any]:
    session = boto3.Session()
    if event["RequestType"] == "Delete":
        return {"status": SUCCESS, "reason": _torn_down(event, session, telemetry)}
    there = connection(session, telemetry)
    own_url(there.settings, event["ResourceProperties"]["Instance"])
    return {"status": SUCCESS, "data": set_up(there, webhook_token(session), former_instance(event), telemetry.log)}


def _torn_down(event: Mapping[str, Any], session: boto3.Session, telemetry: Telemetry) -> str:
    """From the instance the resource was made in: a rolled back update may have named another one since."""
    try:
        there = connection(session, telemetry)
    except EXPECTED as error:
        telemetry.log.warning("not removed", extra={"reason": str(error), "next": "delete the records by prefix"})
        return f"nothing was removed from ServiceNow: {error}"
    instance = event.get("ResourceProperties", {}).get("Instance") or there.settings.instance
    return tear_down(there, instance, telemetry.log)


def _reason(error: Exception) -> str:
    """Texts of our own errors hold no values; of any other only its kind is told."""
    told = (
        str(error) if isinstance(error, (*EXPECTED, OutOfTime)) else f"unexpected {type(error).__name__}, see the log"
    )
    name = os.environ.get(n.ENV_DEPLOYMENT, "")
    option = f" --name {name}" if name else ""
    return f"{told} Next: ./deploy_integrations_solution.py check{option}"


def _deployment() -> str:
    return os.environ.get(n.ENV_DEPLOYMENT) or "default"
