"""Checks that no message of an integration was put aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.checking.verdict import Verdict, ok, warn
from integration.operations.deployment.queues import Queues
from integration.operations.terminal.output import command, many
from integration.registry import dead_letter_queues

if TYPE_CHECKING:
    from integration.declaration import Integration
    from integration.operations.deployment.deployed import Deployed


def dead_letters(deployed: Deployed, subject: str, integration: Integration, what: str) -> Verdict:
    """`what`: which messages its queues hold."""
    queues = Queues(deployed.client("sqs"))
    found = {queue: queues.depths(queue)["waiting"] for queue in dead_letter_queues(deployed.names, (integration,))}
    if dead := sum(found.values()):
        return warn(subject, f"{many(dead, 'dead letter')}: {what}", command("replay", deployed.names.name))
    return ok(subject, "no dead letters")
