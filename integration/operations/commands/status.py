"""`status`: prints how a deployment stands: stacks, queues, links, what waits and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from integration.operations.commands.status_document import status_of
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.terminal import options
from integration.operations.terminal.output import DONE, NOT_IN_ORDER, Output, ago, command, many

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from integration.operations.overview import Overview

IN_STEP = "Everything is in step."


@click.command()
@click.option("--links", "show_links", is_flag=True, help="Every link, not only those with a reason to look.")
@options.deployment
@options.as_json
def status(show_links: bool, as_json: bool, **where: Any) -> None:
    """Show stacks, queues and dead letters, the last poll, lag, links by state with reasons, and the rules.

    Exit code 1 where something wants looking at.

    \b
    Examples:
      ./deploy_integrations_solution.py status
      ./deploy_integrations_solution.py status --links --json
    """
    output = Output(quiet=as_json)
    deployed = find(open_account(where["profile"], where["region"]), where["names"])
    with output.step("look"):
        stands = status_of(deployed, every=show_links)
    found = stands.document
    if as_json:
        output.document(found)
    _show(output, found, stands.overviews, none="nothing yet" if show_links else "nothing wants a look")
    for sentence in found["attention"]:
        output.warn(sentence)
    if not found["attention"]:
        output.result(calm(found["queues"]))
    elif not as_json:
        output.say(f"Next: {command('replay', deployed.names.name)} or {command('check', deployed.names.name)}")
    raise click.exceptions.Exit(NOT_IN_ORDER if found["attention"] else DONE)


def calm(queues: Sequence[Mapping[str, Any]]) -> str:
    """What may be said where nothing wants looking at."""
    under_way = sum(x["waiting"] + x["in_flight"] + x["delayed"] for x in queues)
    return f"Nothing waits with an error; {many(under_way, 'event')} under way." if under_way else IN_STEP


def _show(output: Output, found: Mapping[str, Any], overviews: Mapping[str, Overview], *, none: str) -> None:
    """`none`: of an integration that has no row."""
    output.table("Stacks", ("stack", "status"), [(x["name"], x["status"]) for x in found["stacks"]])
    rows = [(x["name"], x["waiting"], x["in_flight"], x["delayed"], x["dead"]) for x in found["queues"]]
    output.table("Queues", ("queue", "waiting", "in work", "later", "dead"), rows)
    for key, shown in found["integrations"].items():
        columns = tuple(shown[0]) if shown else (key,)
        output.table(key.capitalize(), columns, [tuple(row.values()) for row in shown] or [(none,)])
    output.table("Alarms", ("", "alarm or receiver"), list(_alarms(found["alarms"])) or [("told", "nobody")])
    output.result(f"Last event from ServiceNow {ago(found['events']['last'])}.")
    for each in overviews.values():
        for line in each.lines:
            output.result(line)
        for table in each.tables:
            output.table(table.title, table.columns, table.rows)
    rules = [(x["name"], "yes" if x["active"] else "no", x["remark"] or "-") for x in found["rules"]["rules"]]
    output.table(f"Rules in ServiceNow, prefix {found['rules']['prefix']}", ("rule", "active", "remark"), rows=rules)


def _alarms(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from (("rings", name) for name in found["ringing"])
    for each in found["receivers"]:
        yield "told" if each["confirmed"] else "to be confirmed", each["address"]
