"""`local`: both systems and the integration on this machine, for trying, showing and testing."""

from __future__ import annotations

import errno
import json
import signal
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from integration.module import Module
from integration.operations.commands.integrations import integrations
from integration.operations.declaration import load
from integration.operations.registry import OPERATED, chosen
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.options import MODULES, Secret
from integration.operations.terminal.output import command
from integration.operations.terminal.parts import LOCAL, need
from integration.registry import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.operations.local.credentials import Credentials
    from integration.operations.local.system import LocalSystem, Options
    from integration.operations.tour import Part


class NotStarted(click.ClickException):
    """What was to be started locally did not start; the message says which part and why."""

    exit_code = 4


_ENDING = (signal.SIGINT, signal.SIGTERM)
_out = Console()
_err = Console(stderr=True)
_CREDENTIALS = ("client_id", "client_secret", "user_sys_id", "private_key_path")
_REACHES_WITHIN_S = 10


def _url(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    """A base URL, without a path of its own."""
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/")):
        raise click.BadParameter(f"{value!r} is no base URL, such as https://dev12345.service-now.com", param=parameter)
    return value.rstrip("/")


@click.command()
@integrations(f"What to start besides the connection; repeat, or all.  [default: {' '.join(DEFAULT)}]", DEFAULT)
@click.option(
    "--module",
    type=MODULES,
    default="itsm",
    show_default=True,
    help="; ".join(f"{each}: {each.table}" for each in Module) + ".",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Of the webhook; 0 takes a free one.  [default: 0]"
)
@click.option("--console-port", type=click.IntRange(0, 65535), default=0, help="Of the web page; 0 takes a free one.")
@click.option("--tour", is_flag=True, help="Play a scripted day; exit code 0 only if all of it arrived.")
@click.option("--json", "as_json", is_flag=True, help="For machines: one JSON object on the last line.")
@click.option("--documented-roles", is_flag=True, help="Give the user the documented roles, not the smallest set.")
@click.option("--security-ir-url", callback=_url, default="", help="Another Security IR in place of the emulated one.")
@click.option("--servicenow-url", callback=_url, default="", help="Another instance in place of the emulated one.")
@click.option(
    "--client-id", envvar="SERVICENOW_CLIENT_ID", show_envvar=True, help="Of that instance's OAuth application."
)
@click.option(
    "--client-secret",
    type=Secret(),
    envvar="SERVICENOW_CLIENT_SECRET",
    show_envvar=True,
    help="Its secret: itself, @file, or - for standard input.",
)
@click.option("--user-sys-id", envvar="SERVICENOW_USER_SYS_ID", show_envvar=True, help="Of the integration user there.")
@click.option(
    "--private-key-path",
    envvar="SERVICENOW_PRIVATE_KEY_PATH",
    show_envvar=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="RSA key that signs us in there, PEM, unencrypted.",
)
def local(tour: bool, as_json: bool, console_port: int, **given: Any) -> None:
    """Run both systems and the integration on this machine, with a web page that shows them.

    Nothing else is needed: no AWS account, no ServiceNow instance. Ctrl-C ends it and leaves nothing behind.
    """
    if tour and (given["security_ir_url"] or given["servicenow_url"]):
        raise click.UsageError("--tour acts on both sides, so it needs both systems emulated: leave the --…-url out")
    need(LOCAL, "The local system")
    parts = _parts(given["integrations"]) if tour else []
    options = _options(given, {name: value for part in parts for name, value in part.settings.items()})
    from integration.operations.local.play import play  # noqa: PLC0415 - help answers without it

    with _interruptible(), _running(options) as running:
        if tour:
            play(running, parts, as_json=as_json)
        else:
            with _console(running, console_port) as url:
                _tell(running, url, as_json=as_json)
                _until_interrupted()


def _parts(keys: tuple[str, ...]) -> list[Part]:
    return [load(each.tour) for each in chosen(keys) if each.tour]


def _options(given: dict[str, Any], settings: dict[str, Any]) -> Options:
    from integration.operations.local.system import Elsewhere, Options  # noqa: PLC0415 - as above

    elsewhere = Elsewhere(given["security_ir_url"], given["servicenow_url"], _credentials(given))
    for option in ("security_ir_url", "servicenow_url"):
        _must_answer(given[option], "--" + option.replace("_", "-"))
    return Options(
        module=Module(given["module"]),
        integrations=given["integrations"],
        port=given["port"],
        elsewhere=elsewhere,
        documented_roles=given["documented_roles"],
        settings=settings,
    )


def _credentials(given: dict[str, Any]) -> Credentials | None:
    """For the instance of `--servicenow-url`; the emulated one gets some of its own, whatever the environment holds."""
    from integration.operations.deployment.key_file import read_key  # noqa: PLC0415 - help answers without cryptography
    from integration.operations.local.credentials import Credentials  # noqa: PLC0415 - as above

    if not given["servicenow_url"]:
        _refuse_superfluous()
        return None
    missing = [_flag(name) for name in _CREDENTIALS if not given[name]]
    if missing:
        raise click.UsageError(f"--servicenow-url needs {', '.join(missing)}")
    try:
        pem = read_key(given["private_key_path"]).pem.decode()
    except Failure as failure:
        raise click.UsageError(failure.sentence) from failure
    return Credentials(given["client_id"], given["user_sys_id"], given["client_secret"], pem)


def _refuse_superfluous() -> None:
    context = click.get_current_context()
    typed = [_flag(n) for n in _CREDENTIALS if context.get_parameter_source(n) is ParameterSource.COMMANDLINE]
    if typed:
        raise click.UsageError(f"{', '.join(typed)}: only together with --servicenow-url")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _must_answer(url: str, option: str) -> None:
    """Anything HTTP will do: whether it is the right system shows when it is used."""
    import requests  # noqa: PLC0415 - help answers without it

    if not url:
        return
    try:
        requests.get(url, timeout=_REACHES_WITHIN_S, allow_redirects=False)
    except requests.RequestException as error:
        raise click.UsageError(f"{option}: {url} does not answer ({type(error).__name__})") from error


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C and SIGTERM interrupt once; while all is taken down again both are ignored, so that nothing is left."""

    def interrupt(*_: object) -> None:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _console(running: LocalSystem, port: int) -> Iterator[str]:
    """Its URL; empty where a side is not emulated."""
    from integration.operations.console.local import serving  # noqa: PLC0415 - help answers without a server

    with ExitStack() as left:
        try:
            url = left.enter_context(serving(running, port))
        except OSError as error:
            raise click.UsageError(f"port {port} cannot be used for the console: {error.strerror}") from error
        yield url


def _until_interrupted() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        _err.print("Stopping.")


@contextmanager
def _running(options: Options) -> Iterator[LocalSystem]:
    """Starts with progress on standard error; what a person can mend is a sentence."""
    from integration.aws_plane.child import ChildFailed  # noqa: PLC0415 - help answers without moto
    from integration.aws_plane.deployment import DeploymentFailed  # noqa: PLC0415 - as above
    from integration.aws_plane.passthrough import NoCredentials  # noqa: PLC0415 - as above
    from integration.operations.deployment.synthesis import SynthesisFailed  # noqa: PLC0415 - as above
    from integration.operations.local.system import start  # noqa: PLC0415 - as above

    with ExitStack() as left:
        try:
            with _progress() as told:
                running = left.enter_context(start(options, told))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise click.UsageError(f"port {options.port} is in use; choose another, or none for a free one") from error
        except (DeploymentFailed, SynthesisFailed, ChildFailed, NoCredentials) as error:
            raise NotStarted(str(error)) from error
        yield running


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on a terminal, else a line per step."""
    if not _err.is_terminal:
        yield lambda what, _done: None if "/" in what else _err.print(what)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task("Starting", total=1.0)
        yield lambda what, done: bar.update(task, description=what.rpartition("/")[2][:50], completed=done)


def _tell(running: LocalSystem, console: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(running.as_json() | {"console": console}))
        return
    _out.print("[bold]Running.[/bold] Ctrl-C stops it.\n")
    for name, url in (
        ("Console", f"{console}  (opens one browser)" if console else _no_console(running)),
        ("Security IR", running.security_ir_url),
        ("ServiceNow", running.servicenow_url),
        ("Webhook", running.webhook_url),
        ("AWS endpoint", running.plane.aws_url),
        *((name.capitalize(), child.ready["url"]) for name, child in running.beside.items()),
    ):
        _out.print(f"  {name:<13} {url}", highlight=False, soft_wrap=True)
    _out.print("\nTry it:")
    for what, line in [_commands(running), *_trying(running)]:
        _out.print(f"\n  # {what}", highlight=False)
        click.echo(f"  {line}")


def _no_console(running: LocalSystem) -> str:
    emulated = running.security_ir_admin and running.servicenow_admin
    return "none of its own: `console`, in the shell below" if emulated else "none: a side is not emulated"


def _trying(running: LocalSystem) -> list[tuple[str, str]]:
    """(what it shows, a line for the shell), of each that was started."""
    started = [each for each in OPERATED if each.trying and each.integration.key in running.integrations]
    return [line for each in started for line in load(each.trying)(running)]


def _commands(running: LocalSystem) -> tuple[str, str]:
    return "status and every other command, in this shell", f"export {_exported(running)}; {command('status')}"


def _exported(running: LocalSystem) -> str:
    environment = running.plane.operator_environment()
    return " ".join(f"{name}={environment[name]}" for name in sorted(environment))
