"""What the commands that deploy share, from what was typed to the exit code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from integration.operations.deployment.account import Account, open_account
from integration.operations.deployment.cdk import Cdk
from integration.operations.deployment.request import request_of
from integration.operations.rollout.locking import lock
from integration.operations.rollout.plan import Outcome
from integration.operations.rollout.steps import Steps
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import DONE, NOT_IN_ORDER, Output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def carry_out(
    given: dict[str, Any], keys: Iterable[str], then: Callable[[Output], None] = lambda _output: None
) -> None:
    """Deploys these integrations, beside what stands; or plans, or locks, as was asked. `then`: once it is deployed.

    Raises `Exit`.
    """
    output, where = Output(quiet=given.pop("as_json")), (given.pop("profile"), given.pop("region"))
    dry_run, yes, locks = given.pop("dry_run"), given.pop("yes"), given.pop("lock")
    request = replace(request_of(**given), integrations=tuple(keys))
    if locks:
        verdicts = lock(open_account(*where), request.names, output, yes=yes)
        outcome = Outcome((), (), deployed=False, verdicts=verdicts)
    else:
        account = _account(*where, output, needed=not dry_run)
        steps = Steps(request, account, Cdk(account) if account else None, output)
        outcome = steps.plan() if dry_run else steps.run(yes=yes)
    if outcome.deployed:
        then(output)
    if output.quiet:
        output.document(outcome)
    failed = [verdict for verdict in outcome.verdicts if verdict.state == "fail"]
    raise click.exceptions.Exit(NOT_IN_ORDER if failed else DONE)


def _account(profile: str | None, region: str | None, output: Output, *, needed: bool) -> Account | None:
    """A dry run for which no profile is named does without, and says what it could not look at."""
    try:
        return open_account(profile, region)
    except Failure as failure:
        if needed or profile:
            raise
        output.warn(f"{failure.sentence} So this plan is for an account in which nothing is deployed. {failure.then}")
        return None
