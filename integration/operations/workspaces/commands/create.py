"""`workspace create`: what POST /workspaces does, for one person or for a file of names."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from integration.clients.errors import RemoteError, Unavailable
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import NO_ANSWER, NOT_IN_ORDER, USAGE, many
from integration.operations.workspaces.machine import AT_ONCE
from integration.operations.workspaces.session import moment, opened
from integration.workspaces.model import BadOrder, WorkspaceKind
from integration.workspaces.naming import NAME_MOST, person_of

if TYPE_CHECKING:
    from integration.operations.terminal.output import Output
    from integration.operations.workspaces.machine import Machine

NAMES_MOST = 1000
NAMES = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--user", "users", multiple=True, metavar="NAME", help="For whom; of several, a file.")
@click.option("--names", "listed", type=NAMES, help="For many: a file with a name a line.")
@click.option(
    "--kind",
    type=click.Choice([each.value for each in WorkspaceKind]),
    help="What for.  [default: personal; of --names: class]",
)
@click.option("--team", multiple=True, metavar="NAME", help="Who shares it, each with a link of his own; repeat.")
@click.option("--days", type=click.IntRange(1), help="How long it lives.  [default: 14]")
@click.option("--cost-center", metavar="TEXT", help="A tag of its bucket, for the bill.")
@click.option("--key", metavar="TEXT", help="Asked again with the same, nothing is made twice.  [default: a new one]")
@options.deployment
@options.as_json
def create(users: tuple[str, ...], listed: Path | None, key: str | None, **given: Any) -> None:
    """Make a workspace, or join the one its person has; print its link, which opens it for whoever has it.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace create --user your.name
      ./deploy_integrations_solution.py workspace create --user ada --kind team --team grace --team joan --days 30
      ./deploy_integrations_solution.py workspace create --names class.txt --cost-center 4711 --key spring-class
    """
    people = _people(users, listed)
    kind = given.pop("kind") or (WorkspaceKind.CLASS if listed else WorkspaceKind.PERSONAL)
    asked = {"kind": kind, "team": list(given.pop("team")), **{k: given.pop(k) for k in ("days", "cost_center")}}
    session, key = opened(given), key or uuid.uuid4().hex
    bodies = [
        {"username": who, "idempotency_key": f"{key}/{number}", **{k: v for k, v in asked.items() if v}}
        for number, who in enumerate(people)
    ]
    documents = _made(session.machine, bodies, key)
    failed = [each for each in documents if "error" in each]
    _show(session.output, documents)
    if failed:
        session.output.warn(f"{many(len(failed), 'workspace')} not made; mend that, and repeat with --key {key}")
    if session.output.quiet:
        session.output.document({"key": key, "workspaces": documents})
    raise click.exceptions.Exit(NOT_IN_ORDER if failed else 0)


def _people(users: tuple[str, ...], names: Path | None) -> list[str]:
    """Checked before any is made. Raises `Failure`."""
    if len(users) != (names is None):
        raise Failure("Say for whom: one --user NAME, or --names FILE for many.", "… --user your.name", USAGE)
    people = _listed(names) if names else list(users)
    for person in people:
        try:
            person_of(person)
        except BadOrder as bad:
            shown = repr(person[:NAME_MOST]) + "…" * (len(person) > NAME_MOST)
            raise Failure(f"{shown} cannot be a name: {bad}.", "Mend it; nothing was made.", USAGE) from None
    return people


def _listed(names: Path) -> list[str]:
    try:
        lines = [line.strip() for line in names.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError:
        raise Failure(f"{names} is not UTF-8.", "Save it as UTF-8, a name a line.", USAGE) from None
    people = list(dict.fromkeys(filter(None, lines)))
    if not 1 <= len(people) <= NAMES_MOST:
        raise Failure(f"{names} holds {many(len(people), 'name')}; 1 to {NAMES_MOST} fit.", "A name a line.", USAGE)
    return people


def _made(machine: Machine, bodies: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    def one(body: dict[str, Any]) -> dict[str, Any]:
        try:
            made = machine.call("POST", "/workspaces", body)
        except (Failure, RemoteError) as error:
            if len(bodies) > 1:
                return {"username": body["username"], "error": str(error)}
            if isinstance(error, Unavailable):
                raise Failure(f"{error}.", f"Repeat with --key {key}: nothing is made twice.", NO_ANSWER) from None
            raise
        return {"username": body["username"], **made}

    with ThreadPoolExecutor(AT_ONCE) as beside:
        return list(beside.map(one, bodies))


def _show(output: Output, documents: list[dict[str, Any]]) -> None:
    for each in documents:
        if "error" in each:
            output.warn(f"{each['username']}: {each['error']}")
        elif each.get("phase") == "ready":
            output.result(f"{each['username']}, until {moment(each['expires_at'])} UTC: {each['link']}")
        else:
            output.result(f"{each['username']}: {each['workspace_id']} is being made; its link: {each['link']}")
