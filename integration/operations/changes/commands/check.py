"""`change check`: what a pipeline needs, tried before it needs it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from integration.changes.outputs import harmless
from integration.operations.changes.reads import reads, tried
from integration.operations.changes.session import common, opened
from integration.operations.changes.wish import wish_options
from integration.operations.checking.verdict import fail
from integration.operations.terminal.output import NOT_IN_ORDER, Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.operations.changes.session import Session
    from integration.operations.checking.verdict import Verdict


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
    for verdict in reads(session.http):
        yield verdict
        if verdict.state == "fail":
            return
    yield tried("names", session.resolved, fail)
