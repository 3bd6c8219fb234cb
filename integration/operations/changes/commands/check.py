"""`change check`: what a pipeline needs, tried before it needs it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from integration.changes.model import BadWish
from integration.changes.outputs import harmless
from integration.changes.rows import APPROVERS
from integration.clients.errors import RemoteError
from integration.clients.servicenow.change import BASE, TABLE
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.operations.changes.session import ROLES, common, opened
from integration.operations.changes.wish import wish_options
from integration.operations.checking.verdict import Verdict, fail, ok, warn
from integration.operations.terminal.output import NOT_IN_ORDER, Output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.operations.changes.session import Session


@click.command()
@wish_options()
@common
def check(**given: Any) -> int:
    """Test sign-in, what may be read, and every name of the wish. Makes and changes nothing.

    \b
    Examples:
      ./deploy_integrations_solution.py change check --file change.toml
      ./deploy_integrations_solution.py change check --cmdb-ci prod-k8s-cluster --assignment-group "DevOps Team"
    """
    session, output, failed = opened(given, runless=True), Output(quiet=given["as_json"]), False
    verdicts = []
    for verdict in _verdicts(session):
        output.verdict(verdict.subject, verdict.state, harmless(verdict.told), harmless(verdict.fix))
        verdicts.append(verdict)
        failed = failed or verdict.state == "fail"
    session.document({"ok": not failed, "checks": [asdict(verdict) for verdict in verdicts]})
    return NOT_IN_ORDER if failed else 0


def _verdicts(session: Session) -> Iterator[Verdict]:
    """Of no use after the first that fails: nothing else is answered then."""
    table = Table(session.http)
    signed_in = _tried("changes", lambda: table.query(TABLE, Query(), ["number"], limit=1), fail)
    yield signed_in
    if signed_in.state == "fail":
        return
    yield _tried("API", lambda: session.http.call("GET", BASE, TABLE, {"sysparm_limit": "1"}), warn)
    yield _tried("approvals", lambda: table.query(APPROVERS, Query(), ["state"], limit=1), warn)
    yield _tried("names", session.resolved, fail)


def _tried(subject: str, look: Callable[[], object], otherwise: Callable[..., Verdict]) -> Verdict:
    try:
        look()
    except (RemoteError, BadWish) as error:
        return otherwise(subject, str(error), f"see that {ROLES}")
    return ok(subject, "as it should be")
