"""`workspace end`: archive workspaces, then remove them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import click

from integration.clients.errors import RemoteError
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import NOT_IN_ORDER, USAGE, many
from integration.operations.workspaces.inventory import document
from integration.operations.workspaces.machine import AT_ONCE
from integration.operations.workspaces.session import Who, opened
from integration.workspaces.model import Phase, WorkspaceKind
from integration.workspaces.naming import person_of

if TYPE_CHECKING:
    from integration.operations.workspaces.session import Session
    from integration.workspaces.model import Row


@click.command()
@click.option("--id", "workspaces", multiple=True, metavar="ID", help="This one, by its id or how it begins; repeat.")
@click.option("--order", metavar="NUMBER", help="All of this request item (RITM0010001), or of its sys_id.")
@click.option("--person", type=Who(), metavar="NAME", help="All of this person, as ordered by name.")
@click.option("--all-of-class", is_flag=True, help="All workspaces of classes.")
@click.option("--all", "everything", is_flag=True, help="All there are.")
@click.option("--now", is_flag=True, help="Cut off uploads that are under way; else they have their 15 minutes.")
@options.deployment
@options.yes
@options.as_json
def end(now: bool, yes: bool, **given: Any) -> None:
    """Archive the files of workspaces, remove their buckets, prove that they are gone.

    What arrives meanwhile is archived too; nothing is deleted that the archive lacks. Until the first file is deleted
    `workspace extend` brings one back.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace end --id 1b4e28ba
      ./deploy_integrations_solution.py workspace end --all-of-class --yes
    """
    choice = {name: given.pop(name) for name in ("workspaces", "order", "person", "all_of_class", "everything")}
    if not any(choice.values()):
        raise Failure("Nothing was chosen.", "Say which: --id, --order, --person, --all-of-class or --all.", USAGE)
    session = opened(given)
    rows = _chosen(session, **choice)
    session.output.table("To be ended", ("workspace", "kind", "bucket"), [(r.id, r.kind, r.bucket) for r in rows])
    failed = _ended(session, rows, now=now, yes=yes) if rows else []
    told = f"{many(len(rows) - len(failed), 'workspace')} being archived and removed."
    session.output.result(told if rows else "Nothing is to be ended: none that is left was chosen by this.")
    if session.output.quiet:
        session.output.document({"ended": [document(row) for row in rows if row.id not in failed], "failed": failed})
    raise click.exceptions.Exit(NOT_IN_ORDER if failed else 0)


def _chosen(
    session: Session, workspaces: tuple[str, ...], order: str | None, person: str | None, *, all_of_class: bool,
    everything: bool,
) -> list[Row]:  # fmt: skip
    alive = [row for row in session.inventory.rows() if row.phase is not Phase.GONE]
    named = {session.row(each).id for each in workspaces}
    digest = person_of(person).digest if person else ""
    return [
        row
        for row in alive
        if everything
        or row.id in named
        or (order and order in {row.number, row.order, row.bulk})
        or (digest and row.person == digest)
        or (all_of_class and row.kind is WorkspaceKind.CLASS)
    ]


def _ended(session: Session, rows: list[Row], *, now: bool, yes: bool) -> list[str]:
    """Those that could not be; the others are."""
    session.output.sure(f"Archive and remove {many(len(rows), 'workspace')}?", yes=yes)
    query = {"now": "true"} if now else {}

    def one(row: Row) -> str:
        """Why not."""
        try:
            session.machine.call("DELETE", f"/workspaces/{row.id}", None, **query)
        except (Failure, RemoteError) as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(AT_ONCE) as beside:
        failed = [(row.id, why) for row, why in zip(rows, beside.map(one, rows), strict=True) if why]
    for workspace, why in failed:
        session.output.warn(f"{workspace}: {why}")
    return [workspace for workspace, _ in failed]
