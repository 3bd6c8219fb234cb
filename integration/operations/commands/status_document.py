"""The content of `status` as one plain document. A part that cannot be read does not hide the others."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration import registry
from integration.clients.servicenow.table import Table
from integration.operations.declaration import load
from integration.operations.deployment.cloudformation import Stacks, all_names
from integration.operations.deployment.metric_query import newest, query
from integration.operations.deployment.queues import Queues
from integration.operations.deployment.receivers import alarms
from integration.operations.overview import Looks, Overview
from integration.operations.registry import OPERATED
from integration.operations.terminal.output import command, many
from servicenow_setup.actual import read
from servicenow_setup.apply import planned
from servicenow_setup.errors import Locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from integration.operations.deployment.deployed import Deployed

OLD = timedelta(minutes=15)
"""Longer than a message that was tried pauses on its first day, and a try: somebody should have had it."""
NO_ALARMS: dict[str, Any] = {"ringing": [], "receivers": []}


@dataclass(frozen=True)
class Status:
    """`document` is for `--json`; `overviews` are by key."""

    document: dict[str, Any]
    overviews: dict[str, Overview]


def status_of(deployed: Deployed, *, every: bool = False) -> Status:
    """Keys of the document: deployment, stacks, alarms, queues, events, rules, integrations, `attention`, and those
    that overviews add. `every`: also rows that nobody has to look at.
    """
    looks = Looks()
    found = {
        "deployment": {
            "name": deployed.names.name or "default",
            "account": deployed.account.account_id,
            "region": deployed.account.region,
            "module": deployed.environment[n.ENV_MODULE],
            "webhook_url": deployed.environment[n.ENV_WEBHOOK_URL],
        },
        "stacks": looks.part("the stacks", lambda: _stacks(deployed), []),
        "alarms": looks.part("the alarms", lambda: asdict(alarms(deployed.account, deployed.names)), NO_ALARMS),
        "queues": looks.part("the queues", lambda: _queues(deployed), []),
        "events": looks.part("the last event", lambda: _events(deployed), {"last": None}),
        "rules": looks.part(
            "the rules", lambda: _rules(deployed), {"prefix": deployed.environment[n.ENV_RESOURCE_PREFIX], "rules": []}
        ),
    }
    overviews = _overviews(deployed, looks, every=every)
    for each in overviews.values():
        found |= each.document
    found["integrations"] = {
        key: [dict(row) for row in each.rows] for key, each in overviews.items() if each.rows is not None
    }
    found["attention"] = [
        *looks.attention,
        *_attention(found, deployed.names.name),
        *(sentence for each in overviews.values() for sentence in each.attention),
        *_rules_attention(found["rules"]["rules"], deployed.names.name),
    ]
    return Status(found, overviews)


def _overviews(deployed: Deployed, looks: Looks, *, every: bool) -> dict[str, Overview]:
    """Of each that has one, by key."""
    there = {
        each.integration.key: partial(load(each.overview), deployed, every=every)
        for each in OPERATED
        if each.overview and each.integration in deployed.integrations
    }
    return {key: looks.part(key, look, Overview()) for key, look in there.items()}


def _stacks(deployed: Deployed) -> list[dict[str, Any]]:
    stacks = Stacks(deployed.account)
    found = [(name, stacks.get(name)) for name in all_names(deployed.names, deployed.integrations)]
    return [
        {"name": name, "status": stack.status if stack else "absent", "usable": bool(stack and stack.usable)}
        for name, stack in found
    ]


def _queues(deployed: Deployed) -> list[dict[str, Any]]:
    """Dead letters stand with the queue they were meant for."""
    queues, live = Queues(deployed.client("sqs")), registry.queues(deployed.names, deployed.integrations)
    ages = _ages(deployed, live)
    rows = []
    for dead in registry.dead_letter_queues(deployed.names, deployed.integrations):
        name = dead.removesuffix(n.DEAD_SUFFIX)
        depths = queues.depths(name) if name in live else {"waiting": 0, "in_flight": 0, "delayed": 0}
        rows.append({"name": name, **depths, "dead": queues.depths(dead)["waiting"], "oldest_s": ages.get(name)})
    return rows


def _ages(deployed: Deployed, queues: Sequence[str]) -> dict[str, float]:
    """How long the oldest message of a queue has been there, as CloudWatch last knew; without a figure left out."""
    wanted = [
        query(f"q{number}", "AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}, "Maximum", 60)
        for number, queue in enumerate(queues)
    ]
    values = newest(deployed.client("cloudwatch"), wanted, OLD)
    return {queue: values[f"q{number}"] for number, queue in enumerate(queues) if f"q{number}" in values}


def _events(deployed: Deployed) -> dict[str, Any]:
    """When the instance last told us of a change; to the minute."""
    item = deployed.table.get(n.HEARD, n.HEARD_EVENT)
    return {"last": item["at"] if item else None}


def _rules(deployed: Deployed) -> dict[str, Any]:
    """Name, whether it is active, and what differs from what we set up."""
    table, settings = Table(deployed.connection.http), deployed.connection.setup
    actual = read(table, settings)
    try:
        changes = planned(table, settings, actual)
    except Locked:
        return {"prefix": settings.prefix, "rules": []}
    remarks: dict[str, list[str]] = {}
    for kept in changes.kept:
        remarks.setdefault(kept.found.name, []).append(f"{kept.field} changed in the instance")
    for change in changes.writes:
        remarks.setdefault(change.name, []).append(f"{change.verb} is due")
    there = [found for found in actual.ours if found.table == "sys_script"]
    rules = [
        {"name": x.name, "active": x.values["active"] == "true", "remark": ", ".join(remarks.pop(x.name, []))}
        for x in there
    ]
    rules += [{"name": name, "active": False, "remark": ", ".join(said)} for name, said in remarks.items()]
    return {"prefix": settings.prefix, "rules": rules}


def _attention(found: dict[str, Any], name: str) -> list[str]:
    said = [f"stack {x['name']} is {x['status']}" for x in found["stacks"] if not x["usable"]]
    said += [f"alarm {name} rings: docs/operations.md" for name in found["alarms"]["ringing"]]
    said += [
        f"{each['address']} has not confirmed, so no alarm reaches it: {command('check', name, '--only aws')}"
        for each in found["alarms"]["receivers"]
        if not each["confirmed"]
    ]
    dead = sum(queue["dead"] for queue in found["queues"])
    if dead:
        said.append(f"{many(dead, 'dead letter')}: {command('replay', name)}")
    said += [
        f"events wait in {queue['name']} for {queue['oldest_s'] / 60:.0f} minutes: {command('check', name)}"
        for queue in found["queues"]
        if (queue["oldest_s"] or 0) > OLD.total_seconds()
    ]
    return said


def _rules_attention(rules: Sequence[dict[str, Any]], name: str) -> Iterator[str]:
    wrong = [x for x in rules if not x["active"] or "is due" in x["remark"]]
    if wrong:
        yield f"{many(len(wrong), 'record')} in ServiceNow not as wanted: {command('check', name)}"
