"""The checks before a deployment changes anything: this machine, the account, the sign-in, the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.checking import aws_side
from integration.operations.checking.given import sys_id_remark
from integration.operations.checking.incident_filter import filter_terms
from integration.operations.checking.preflight import obstacles
from integration.operations.checking.setup_tables import setup_tables
from integration.operations.checking.sign_in import SIGN_IN, UNREACHABLE, sign_in
from integration.operations.terminal.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from integration.operations.checking.sign_in import Credentials
    from integration.operations.checking.verdict import Verdict
    from integration.operations.deployment.account import Account
    from integration.operations.deployment.request import Request
    from integration.operations.terminal.output import Output


def validate(request: Request, account: Account | None, credentials: Credentials, output: Output) -> list[Verdict]:
    with output.step("validate"):
        return list(_verdicts(request, account, credentials))


def try_set_up(request: Request, credentials: Credentials, verdicts: Sequence[Verdict], output: Output) -> None:
    """One inactive record of each of the set-up's tables, made and taken away: after a deployment it would be late.

    `verdicts` are those of `validate`. Raises `Failure` where the instance refuses one.
    """
    if request.setup == "none" or any(each.subject == UNREACHABLE for each in verdicts):
        return
    with output.step("try the set-up's tables"):
        tried = list(setup_tables(credentials.http(), request.module.table, request.user_sys_id, request.setup))
    _refuse(tried, output)


def remarks(request: Request, verdicts: Sequence[Verdict], output: Output) -> None:
    """Warnings are said; raises `Failure` with everything that fails."""
    for remark in (*request.warnings(), sys_id_remark(request.user_sys_id)):
        if remark:
            output.warn(remark)
    _refuse(verdicts, output)


def _refuse(verdicts: Sequence[Verdict], output: Output) -> None:
    for each in verdicts:
        if each.state == "warn":
            output.warn(f"{each.subject}: {each.told}{f' → {each.fix}' if each.fix else ''}")
    failed = [each for each in verdicts if each.state == "fail"]
    if failed:
        said = "\n".join(f"  {each.subject}: {each.told}\n      → {each.fix}" for each in failed)
        raise Failure(f"Nothing was changed, since this fails:\n{said}", "Mend it and run the same command again.")


def _verdicts(request: Request, account: Account | None, credentials: Credentials) -> Iterator[Verdict]:
    yield aws_side.node()
    if account:
        yield aws_side.identity(account)
        yield aws_side.membership(account)
        yield aws_side.bootstrap(account, request.qualifier)
        yield from obstacles(account, request.names, request.log_policy, request.alarm_topic, request.integrations)
    for verdict in sign_in(credentials):
        if verdict.subject == UNREACHABLE:
            # Only the functions must reach the instance; this machine may be shut out by an access list.
            yield verdict.as_warning("the instance was not asked anything from here")
            return
        yield verdict
        if verdict.subject == SIGN_IN and verdict.state == "fail":
            return
    yield from filter_terms(credentials.http(), request.module.table, request.incident_filter)
