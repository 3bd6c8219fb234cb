"""`remap`: brings links in step whose values a changed mapping no longer accepts.

A pass acts on what changed, so a pair nobody touches stays as it was accepted. This forgets, for such pairs only, that
they were accepted; the next pass then decides by the field's policy and keeps the losing value in a note.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from integration import names as n
from integration.aws.bus import Event
from integration.cases.declaration import CASES
from integration.cases.link import ACTIVE, Pair, value_fingerprint
from integration.cases.plan.synced import synced_fields
from integration.operations.cases.overview import open_links
from integration.operations.cases.plan_tables import show_plans
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.terminal import options
from integration.operations.terminal.output import Output, command, many
from integration.reconcile.claims import Ending

if TYPE_CHECKING:
    from integration.cases.plan.synced import Synced
    from integration.operations.cases.overview import LinkStatus
    from integration.operations.deployment.deployed import Deployed
    from integration.operations.terminal.output import Tick

CLAIM_S = 60.0


@click.command()
@click.option("--apply", "apply_now", is_flag=True, help="Do it. Without, it is counted and shown.")
@options.deployment
@options.yes
@options.as_json
def remap(apply_now: bool, yes: bool, as_json: bool, **where: Any) -> None:
    """Apply a changed mapping to pairs that are already in step; counted first.

    Deploy the mapping before, with `service-now --mapping-file` or by editing mappers/service_now_sir_mapper.py.

    \b
    Examples:
      ./deploy_integrations_solution.py remap
      ./deploy_integrations_solution.py remap --apply
    """
    output = Output(quiet=as_json)
    deployed = find(open_account(where["profile"], where["region"]), where["names"], CASES)
    with output.step("compare every open link with the mapping") as tick:
        found, unread = outdated(deployed, tick)
    counts = Counter((field, side) for one in found for field, side in one.fields)
    rows = [(field, f"written to the {side}", number) for (field, side), number in sorted(counts.items())]
    output.table(f"{many(len(found), 'link')} would change", ("field", "", "links"), rows)
    if unread:
        output.warn(f"{unread} links could not be read and are left as they are")
    done = 0
    if found and apply_now:
        output.sure_if_asked(f"Change {many(len(found), 'link')}?", yes=yes)
        with output.step("apply") as tick:
            done = apply(deployed, found, tick)
        output.result(f"{done} links are being changed; {len(found) - done} were at work and are left for another run.")
    elif found:
        fields = {one.case_id: [field for field, _ in one.fields] for one in found}
        show_plans(output, deployed, list(fields), forgotten=fields)
        output.say(f"Next: {command('remap', deployed.names.name, '--apply')}")
    else:
        output.result("Nothing would change.")
    if as_json:
        by_field = [{"field": field, "written": side, "links": number} for (field, side), number in counts.items()]
        output.document(
            {"links": [one.case_id for one in found], "fields": by_field, "changed": done, "unread": unread}
        )


@dataclass(frozen=True)
class Outdated:
    """One link; `fields`: (field, side that would be written)."""

    case_id: str
    fields: tuple[tuple[str, str], ...]


def outdated(deployed: Deployed, tick: Tick) -> tuple[list[Outdated], int]:
    """Links the mapping no longer accepts, and how many could not be read."""
    links = [link for link in open_links(deployed.table) if link.state == ACTIVE]
    found, unread = [], 0
    for place, link in enumerate(links):
        tick(link.case_id, place + 1, len(links))
        fields = _fields(deployed, link)
        if fields is None:
            unread += 1
        elif fields:
            found.append(Outdated(link.case_id, fields))
    return found, unread


def _fields(deployed: Deployed, status: LinkStatus) -> tuple[tuple[str, str], ...] | None:
    """None: one side cannot be read. What changed since is the next pass's business, not ours."""
    row = deployed.cases.links.get(status.case_id)
    case = deployed.cases.aws_side.read(status.case_id)
    seen = deployed.cases.instance_side.read(status.sys_id, time.time())
    if row is None or case is None or seen is None:
        return None
    return tuple(
        (synced.name, side)
        for synced in synced_fields(case, seen.incident, deployed.cases.rules)
        if synced.now == row.link.pair(synced.name) and (side := _written(synced))
    )


def _written(synced: Synced) -> str:
    """The side that would be written; empty: accepted as it is, or no legal way. A column that people left empty,
    where the case must have a text, is no fault of the mapping.
    """
    left_empty = synced.on_case is None and synced.now.incident == value_fingerprint(synced.name, "")
    if synced.accepted or left_empty:
        return ""
    to_case = synced.on_case is not None and (synced.policy == "servicenow" or synced.on_incident is None)
    return "case" if to_case else "incident" if synced.on_incident is not None else ""


def apply(deployed: Deployed, found: list[Outdated], tick: Tick) -> int:
    """How many links were free to be changed; each is then woken."""
    done = []
    for place, one in enumerate(found):
        tick(one.case_id, place + 1, len(found))
        if _forget(deployed, one):
            done.append(one.case_id)
    events = [Event(n.SOURCE_CASES, n.CASE_UPDATED, {"caseId": case_id, "sweep": True}) for case_id in done]
    if events:
        deployed.asking.send([(event, 0) for event in events])
    return len(done)


def _forget(deployed: Deployed, one: Outdated) -> bool:
    """Under a claim like any pass; a crash right after leaves the link to the next sweep, which does the rest."""
    owner, now = uuid.uuid4().hex, time.time()
    row = deployed.cases.links.claim(one.case_id, owner, now + CLAIM_S, now)
    if row is None:
        return False
    for field, _ in one.fields:
        row.link.base[field] = Pair()
    deployed.cases.links.release(owner, row.link, (), Ending(now, unclean=row.unfinished, despite_mark=True))
    return True
