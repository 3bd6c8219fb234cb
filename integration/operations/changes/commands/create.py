"""`change create`: the first step of a pipeline that takes them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from integration.changes import steps
from integration.changes.model import Ending, Kind
from integration.operations.changes.session import common, opened
from integration.operations.changes.wish import wish_options

if TYPE_CHECKING:
    from integration.changes.model import Outcome


@click.command()
@wish_options()
@common
def create(**given: Any) -> int:
    """Make the change of this run, or find it again; attach its files, and ask for approval.

    Later steps find it by --app and --environment, or by its outputs: CHANGE_SYS_ID and others.

    \b
    Examples:
      ./deploy_integrations_solution.py change create --app shop --version 2.3.0 --environment production \\
        --short-description 'Deploy shop v${VERSION}' --assignment-group "DevOps Team" --cmdb-ci prod-k8s-cluster
      ./deploy_integrations_solution.py change create --file change.toml --attachment security-scan.json --json
    """
    session = opened(given)

    def made() -> Outcome:
        whole = session.resolved()
        outcome = steps.create(whole.desk, whole.wish, whole.run, whole.evidence)
        if outcome.outcome is Ending.DONE and whole.wish.kind is not Kind.STANDARD:
            whole.call_approvers(outcome)
        return outcome

    return session.concluded(made)
