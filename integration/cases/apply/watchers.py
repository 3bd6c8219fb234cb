"""Add and remove watchers of the case, and remember who stands on both sides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

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


def change_watchers(writer: Writer, plan: Watchers) -> bool:
    """Whether the case now has them. Dies after the call: the sets are the same, whatever the base says."""
    if not plan.changes:
        writer.link.blocked.pop(plan.key, None)
        return True
    writer.guarded(plan.key, plan.source, partial(writer.cases.update, writer.link.case_id, plan.changes))
    writer.done.append("watchers → case")
    return plan.key not in writer.link.blocked


def remember_watchers(link: Link, plan: Watchers, *, done: bool) -> None:
    """Not where a side refused: an address it did not take would then look like one it has removed."""
    link.watchers_named = {}
    if plan.both is not None and done:
        link.watchers = sorted(value_fingerprint("watcher", address) for address in plan.both)
        link.watchers_known = None if plan.known is None else dict(plan.known)
        link.watchers_seen = dict(plan.shown)
        link.watchers_kept = {side: fingerprints for side, fingerprints in plan.kept.items() if fingerprints}
