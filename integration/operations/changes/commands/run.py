"""`change run`: one command under one change."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from integration.changes import redaction
from integration.changes.command import Command, Log, Signals, must_be_there
from integration.changes.evidence import evidence_of
from integration.changes.plan import Finish, FinishPart, Look, Start, Stop, Wait, What
from integration.changes.reconciler import Course
from integration.clients.errors import RemoteError
from integration.operations.changes.instance import secrets, without_credentials
from integration.operations.changes.session import Session, common, opened, values_of
from integration.operations.changes.wish import wish_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.changes.model import Outcome
    from integration.changes.plan import Step

LOG_NAME = "command.log"
SEEN = ("CHANGE_NUMBER", "CHANGE_SYS_ID", "CHANGE_URL")


def command_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What `run` and `rollback` share."""
    for option in (
        click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND..."),
        click.option("--strict", is_flag=True, help="End with 86 if it deployed and the change does not say so."),
        click.option("--attach-log", is_flag=True, help="Attach the end of what the command writes, without secrets."),
    ):  # fmt: skip
        function = option(function)
    return wish_options()(common(function))


@click.command()
@command_options
def run(words: tuple[str, ...], **given: Any) -> int:
    """Ask for a change, wait for approval, run a command, close the change with its result.

    The command starts only while the change is approved, in its window and not on hold. A re-run of the same run of a
    pipeline finds its change again. The command sees CHANGE_NUMBER, CHANGE_SYS_ID and CHANGE_URL, and none of our
    credentials.

    \b
    Examples:
      ./deploy_integrations_solution.py change run --app shop --version 2.3.0 --environment production \\
        --cmdb-ci prod-k8s-cluster --assignment-group "DevOps Team" \\
        --attachment "Test Results=test-results.xml" -- ./deploy.sh --all
      ./deploy_integrations_solution.py change run --file change.toml --version "$VERSION" -- ./deploy.sh
      ./deploy_integrations_solution.py change run --file change.toml --version "$VERSION" --emergency \\
        --justification 'Closes ${CVE_ID}' -- ./deploy.sh
    """
    return carried_out(words, given)


def carried_out(
    words: tuple[str, ...], given: Mapping[str, Any], prepared: Callable[[Session], Session] = Session.resolved
) -> int:
    """The exit code. `prepared` may make another wish of it, once the instance can be asked."""
    must_be_there(words)
    wrapped = Wrapped(words, given)
    with Signals(wrapped.command) as clock:
        session = opened(given, clock)
        return session.concluded(lambda: wrapped.under(prepared(session)))


class Wrapped:
    """The command, what it may see, and what is kept of its output."""

    def __init__(self, words: tuple[str, ...], given: Mapping[str, Any]) -> None:
        self._environment = without_credentials(os.environ)
        known = redaction.secrets_of(os.environ, [*secrets(os.environ), given.get("notify_url") or ""])
        self._log = Log(known) if given["attach_log"] else None
        self.command = Command(words, self._environment, self._log)

    def under(self, session: Session) -> Outcome:
        """From the change's creation to its end, in parts whose time is kept."""
        course = Course(session.desk, session.wish, session.run, session.evidence, self.command)
        step: Step = Look(What.CHANGES)
        for name, until, then in (
            ("created", (Wait, Start), self._announced),
            ("waited", (Start,), self._let_see),
            ("command", (Finish, FinishPart), self._attached),
            ("recorded", (), None),
        ):
            began = time.monotonic()
            step = course.drive(*until)
            session.seconds[name] = round(time.monotonic() - began, 2)
            if isinstance(step, Stop):
                break
            then and then(session, course.outcome(step), step)
        return course.outcome(step)

    def _announced(self, session: Session, made: Outcome, step: Step) -> None:
        session.tell(made)
        if isinstance(step, Wait):
            session.call_approvers(made)

    def _let_see(self, _session: Session, made: Outcome, _step: Step) -> None:
        self._environment.update({name: value for name, value in values_of(made).items() if name in SEEN})

    def _attached(self, session: Session, made: Outcome, _step: Step) -> None:
        """Before the end, after which an instance may take no file. A log is worth no result."""
        if self._log is None or not made.started:
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / LOG_NAME
            path.write_bytes(self._log.content() or b"(nothing was written)\n")
            try:
                session.desk.changes.attach(made.sys_id, *evidence_of([(LOG_NAME, str(path))]))
            except RemoteError as error:
                session.teller.said(f"the log is not attached: {error}")
