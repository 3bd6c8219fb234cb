"""Name, make, set, check and hand over a bucket. All of it may be done again: the same name, the same values."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from integration.clients.errors import Refused
from integration.workspaces.model import DAY_S, Found, NoteKey, Phase, Standing
from integration.workspaces.planner import NAMES_TRIED
from integration.workspaces.quota import settled

if TYPE_CHECKING:
    from integration.workspaces.attempt import Attempt
    from integration.workspaces.steps import Configure, Name

FRESH_S = 2.0
"""A request item read longer ago is read again before anything is handed over."""
_NO_TAG = re.compile(r"[^\w +\-=.:/@]")


def name(attempt: Attempt, step: Name) -> None:
    """Dies after: the recorded name is tried."""
    names = attempt.core.settings.buckets
    for number in range(step.attempt, NAMES_TRIED + 1):
        bucket = names.of(attempt.row.id, attempt.row.slug, number)
        row = replace(attempt.row, bucket=bucket, attempt=number)
        if attempt.core.records.name(attempt.owner, attempt.stored, row):
            attempt.row = attempt.stored = row
            return
    raise Refused("aws", "every name for the bucket is taken", code="BucketAlreadyExists")


def create(attempt: Attempt) -> None:
    """Dies after: it is ours already, tagged as it was made."""
    row = attempt.row
    tags = {"Workspace": row.id, "Deployment": attempt.core.settings.deployment, "Application": "workspaces"}
    tags |= {"CostCenter": _NO_TAG.sub("_", row.cost_center)[:256]} if row.cost_center else {}
    attempt.core.buckets.create(row.bucket, tags)
    attempt.found = Found()


def configure(attempt: Attempt, step: Configure) -> None:
    """Dies after: put again, same value."""
    attempt.core.buckets.configure(attempt.row.bucket, step.setting)
    left = tuple(each for each in attempt.seen.missing if each is not step.setting)
    attempt.found = replace(attempt.seen, missing=left)


def check(attempt: Attempt) -> None:
    """Dies after: the next check removes its file by name."""
    attempt.core.buckets.check(attempt.row.bucket)
    attempt.found = replace(attempt.seen, checked=True)


def deliver(attempt: Attempt) -> None:
    """Its time begins. Dies after: what its item is not told yet `told` shows."""
    row, now = attempt.row, attempt.now()
    if row.catalog and (attempt.order is None or now - attempt.order.seen_at > FRESH_S):
        attempt.read_order()
        if attempt.order is None or attempt.order.standing is not Standing.APPROVED:
            return
    attempt.row = replace(row, phase=Phase.READY, ready=now, lives_until=now + row.days * DAY_S, blocked=None)
    attempt.report.delivered_s = now - row.created
    if row.catalog:
        attempt.announce(NoteKey.DELIVERED)


def settle(attempt: Attempt) -> None:
    """Dies after: summed again. At most 99 reservations at a time; the rest at the next look."""
    row, now = attempt.row, attempt.now()
    uploads = attempt.core.records.uploads(row.id)
    present, after = attempt.core.buckets.versions(row.bucket)
    sizes = sum(each.size for each in present)
    while after:
        present, after = attempt.core.buckets.versions(row.bucket, after)
        sizes += sum(each.size for each in present)
    row = attempt.core.records.settle(attempt.owner, row, settled(row.used, sizes, uploads[:99], now), now)
    attempt.row = replace(row, blocked=None)
    attempt.stored = replace(attempt.stored, used=row.used, settled=row.settled, room=row.room)
