"""What every command of `change` works with, and how each ends: outputs, a sentence, a code."""

from __future__ import annotations

import functools
import json
import os
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from integration.changes import exits, outputs, steps
from integration.changes.command import Interrupted, NoCommand, Signals
from integration.changes.environment import NoRun, ci_of, job_of, run_of
from integration.changes.evidence import BadEvidence, evidence_of
from integration.changes.model import BadWish, Ending, Outcome, Run
from integration.changes.names import is_name, resolved
from integration.changes.reconciler import Desk
from integration.changes.records import Records
from integration.clients.errors import Misconfigured, RemoteError, Unavailable, Untrusted
from integration.clients.servicenow.change import TABLE
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.clients.servicenow.transport import is_address
from integration.operations.changes.instance import connected
from integration.operations.changes.name_cache import NameCache
from integration.operations.changes.notifying import VARIABLE, notify
from integration.operations.changes.reads import ROLES
from integration.operations.changes.wish import wished
from integration.operations.terminal.failure import Failure, explained
from integration.operations.terminal.options import Secret
from integration.operations.terminal.output import REFUSED, USAGE, Output, command
from integration.operations.terminal.streams import unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from integration.changes.model import Evidence, Wish
    from integration.clients.servicenow.http import Http

F = TypeVar("F", bound="Callable[..., Any]")
NOTHING = Outcome(code=0, outcome=Ending.REFUSED)
FINE = frozenset({Ending.DONE, Ending.READY, Ending.SUCCESSFUL})
AFTER_A_FAILURE = "look at what the command wrote; change rollback takes it back under a change of its own"
FILE = click.Path(dir_okay=False, path_type=Path)


def common(function: F) -> F:
    """Which run of which pipeline, which instance, and who is told."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON document on the last line of standard output."),
        click.option("--verbose", is_flag=True, help="Say every call to ServiceNow."),
        click.option(
            "--notify-url", type=Secret(), envvar=VARIABLE, show_envvar=True,
            help="Incoming webhook of a chat, told what somebody has to act on: itself (better not), @file or -.",
        ),
        click.option(
            "--outputs", type=FILE, help=f"Where outputs go.  [default: where the CI takes them, or {outputs.FILE}]"
        ),
        click.option(
            "--cache-dir", type=click.Path(file_okay=False, path_type=Path), envvar="CHANGE_CACHE_DIR",
            show_envvar=True, help="Keep sys_ids of names there for a day.",
        ),
        click.option("--part", default="", metavar="I/N", help="One of N parallel jobs.  [default: the CI system's]"),
        click.option("--key", default="", metavar="TEXT", help="Names this run, as in a re-run.  [default: the CI's]"),
        click.option(
            "--instance-id", required=True, envvar="SERVICENOW_INSTANCE_ID", show_envvar=True,
            help="First label of the instance's host (dev12345), or its base URL.",
        ),
    ):  # fmt: skip
        function = option(function)
    return _with_sentences(function)


def _with_sentences(function: F) -> F:
    """What is wrong before an instance is asked."""

    @functools.wraps(function)
    def call(*args: Any, **given: Any) -> Any:
        try:
            return function(*args, **given)
        except (NoRun, BadEvidence, BadWish) as error:
            raise Failure(_sentence(error), getattr(error, "then", ""), USAGE) from error
        except RemoteError as error:
            raise _explained(error) from error
        except NoCommand as error:
            raise Failure(_sentence(error), "", error.code) from error

    return call  # type: ignore[return-value]  # the same parameters


def _sentence(error: BaseException) -> str:
    return outputs.harmless(str(error)) + ("" if str(error).endswith(("?", ".")) else ".")


change_option = click.option(
    "--change", envvar="CHANGE_SYS_ID", show_envvar=True, metavar="NUMBER|SYS_ID",
    help="Which change.  [default: that of this run, by --app and --environment]",
)  # fmt: skip


class Teller:
    """The port of its name: on standard error, and kept for the document."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def said(self, sentence: str) -> None:
        self.sentences.append(sentence)
        Output().say(outputs.harmless(sentence))


class Calls:
    """Counts calls to the instance, and says them if wanted."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose, self._count, self._failed, self._seconds = verbose, 0, 0, 0.0

    def __call__(self, _system: str, operation: str, table: str, outcome: str, seconds: float) -> None:
        self._count += 1
        self._failed += outcome != "ok"
        self._seconds += seconds
        if self._verbose:
            Output().say(f"{operation} {table}: {outcome}, {seconds:.2f} s")

    def document(self) -> dict[str, Any]:
        return {"count": self._count, "failed": self._failed, "seconds": round(self._seconds, 2)}


@dataclass
class Session:
    """`seconds`: how long what took."""

    wish: Wish
    target: Run | str
    evidence: tuple[Evidence, ...]
    desk: Desk
    http: Http
    given: Mapping[str, Any]
    environ: Mapping[str, str]
    teller: Teller
    calls: Calls
    seconds: dict[str, float] = field(default_factory=dict)
    known: Outcome = NOTHING
    """What was told last, which stays true however it ends."""

    @property
    def run(self) -> Run:
        """Raises `BadWish` where a change was named in its place."""
        if isinstance(self.target, str):
            raise BadWish("this is about a run: leave --change out and CHANGE_SYS_ID unset")
        return self.target

    def resolved(self) -> Session:
        """With sys_ids for names. Raises `BadWish`."""
        self.wish = resolved(self.wish, self.http, NameCache(self.given["cache_dir"], self.http.base_url))
        return self

    def concluded(self, work: Callable[[], Outcome]) -> int:
        """The exit code. What the instance refuses, or does not answer, is an outcome like others."""
        try:
            return self.ended(work())
        except (RemoteError, BadWish) as error:
            known = _explained(error)
            outcome = replace(self.known, code=known.code, outcome=Ending.REFUSED, reason=known.sentence)
            return self.ended(outcome, then=known.then)
        except Interrupted as error:
            reason = f"{error}: the change stays as it is, and a re-run goes on with it"
            return self.ended(replace(self.known, code=error.code, reason=reason), word="interrupted")

    def ended(self, outcome: Outcome, *, then: str = "", word: str = "") -> int:
        code = outcome.code
        if not outcome.recorded:
            Output().warn("the change does not say what became of it: `change settle` writes it later")
            code = code or (exits.NOT_RECORDED if self.given.get("strict") else 0)
        self.tell(outcome, word)
        with _written("the summary of the job"):
            outputs.summarised(self.environ, values_of(outcome, word), code)
        if word or outcome.outcome not in FINE:
            self.notify(f"{_called(outcome, self.wish)} {word or outcome.outcome}: {outcome.reason}")
            then = then or _next(outcome, code)
            Output().error(outputs.harmless(outcome.reason or _result(outcome)), outputs.harmless(then))
        elif outcome.reason or outcome.outcome is not Ending.DONE:
            Output().say(outputs.harmless(outcome.reason or _result(outcome)))
        self.document(asdict(replace(outcome, code=code)) | {"outcome": word or outcome.outcome})
        return code

    def tell(self, outcome: Outcome, word: str = "") -> None:
        """Outputs for later steps, also while somebody is still waited for."""
        self.known = outcome
        values = values_of(outcome, word)
        with _written("outputs"):
            outputs.told(ci_of(self.environ), values, self.environ, self.given["outputs"], click.echo)

    def call_approvers(self, made: Outcome) -> None:
        """Once for all parts of a run."""
        part = self.run.part
        if part is None or part.index == 1:
            self.notify(f"{made.number} waits for approval: {made.url} ({self.wish.short_description})")

    def notify(self, text: str) -> None:
        if url := self.given.get("notify_url"):
            notify(url, text, Output().warn)

    def document(self, content: Mapping[str, Any]) -> None:
        if self.given["as_json"]:
            more = {"said": self.teller.sentences, "seconds": self.seconds, "calls": self.calls.document()}
            with _written("the document"):
                click.echo(json.dumps(outputs.harmless_document({**content, **more}), default=str))


@contextmanager
def _written(what: str) -> Iterator[None]:
    """What cannot be told to later steps changes nothing of what became of the deployment."""
    try:
        yield
    except OSError as error:
        where = f" to {error.filename}" if error.filename else ""
        Output().warn(f"{what} cannot be written{where}: {error.strerror}")
        _spared()


def _spared() -> None:
    """Standard output that is full is so at the command's start, and at our end, as well."""
    try:
        sys.stdout.flush()
    except OSError:
        unheard("stdout")


def opened(given: Mapping[str, Any], clock: Signals | None = None, *, runless: bool = False) -> Session:
    """Raises what is wrong with the input before the instance is asked. `runless`: it is about no change."""
    environ = dict(os.environ)
    if given.get("notify_url") and not is_address(given["notify_url"]):
        raise click.UsageError("--notify-url is no https address")
    named = given.get("change")
    found = None if named or runless else run_of(environ, given["key"], given["part"])
    wish, files = wished(given, environ, found.environment if found else "", whole=found is not None)
    evidence = evidence_of(files) if "attachments" in given else ()  # others' files need not be on this runner
    clock, teller = clock or Signals(), Teller()
    calls = Calls(verbose=given["verbose"])
    http = connected(given["instance_id"], environ, on_call=calls, sleep=clock.sleep)
    desk = Desk(Records(http, teller.said), teller, clock, job_of(environ))
    target = found or ("" if runless else _sys_id(http, str(named)))
    return Session(wish, target, evidence, desk, http, given, environ, teller, calls)


def _sys_id(http: Http, named: str) -> str:
    if not is_name(named):
        return named
    found = Table(http).query(TABLE, Query().equals("number", named), ["sys_id"], limit=2)
    if len(found) != 1:
        raise BadWish(f"there is no change {named}, or none we may see")
    return found[0].sys_id


def values_of(outcome: Outcome, word: str = "") -> dict[str, str]:
    return {
        "CHANGE_SYS_ID": outcome.sys_id,
        "CHANGE_NUMBER": outcome.number,
        "CHANGE_URL": outcome.url,
        "CHANGE_OUTCOME": word or outcome.outcome,
        "CHANGE_RECORDED": str(outcome.recorded).lower(),
        "CHANGE_STARTED": str(outcome.started).lower(),
        "CHANGE_COMMAND_EXIT": "" if outcome.command_exit is None else str(outcome.command_exit),
    }


def _explained(error: RemoteError | BadWish) -> Failure:
    """What a pipeline's owner does about it, who need not have an AWS account."""
    if isinstance(error, BadWish):
        return Failure(str(error), error.then or command("change check"))
    known = explained(error)
    if isinstance(error, Unavailable | Untrusted):
        return known
    roles = f"see that {ROLES}, then: " if isinstance(error, Misconfigured) else ""
    return Failure(known.sentence, roles + command("change check"), known.code)


def _next(outcome: Outcome, code: int) -> str:
    """A command's own code may be that of a refusal."""
    if outcome.outcome is Ending.UNSUCCESSFUL:
        return AFTER_A_FAILURE
    if outcome.reason == steps.NONE_YET:
        return command("change create", "", "--help")
    return exits.NEXT.get(code, command("change check") if code == REFUSED else "")


def _result(outcome: Outcome) -> str:
    """Where nothing else is to be said of it."""
    if outcome.outcome is Ending.READY:
        return f"{outcome.number or 'the item'} may be changed now"
    if outcome.command_exit is None:
        return outcome.outcome
    known = f", as {outcome.number} says" if outcome.recorded else ""
    return f"the command ended with {outcome.command_exit}{known}: {outcome.outcome}"


def _called(outcome: Outcome, wish: Wish) -> str:
    named = f"{outcome.number} ({outcome.url})" if outcome.number else "no change"
    return f"{named}, {wish.app} {wish.version} to {wish.environment}:" if wish.app else f"{named}:"
