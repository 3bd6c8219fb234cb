"""Add and remove watchers of the case, and remember who stands on both sides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from integration.cases.apply.refusals import guarded
from integration.cases.link import value_fingerprint

if TYPE_CHECKING:
    from integration.cases.apply.writer import Writer
    from integration.cases.link import Link
    from integration.cases.plan.watchers import Watchers


def announce_watchers(link: Link, plan: Watchers) -> None:
    """Before the write, added to what a dead claim left."""
    for side, addresses in plan.named.items():
        fingerprints = {value_fingerprint("watcher", address) for address in addresses}
        if fingerprints:
            link.watchers_named[side] = sorted(fingerprints.union(link.watchers_named.get(side, ())))


def change_watchers(writer: Writer, plan: Watchers) -> None:
    """Dies after the call: the sets are the same, whatever the base says."""
    guarded(writer, plan.key, plan.source, partial(writer.core.cases.update, writer.link.case_id, plan.changes))
    writer.done.append("watchers → case")
