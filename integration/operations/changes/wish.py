"""What a person wants of a change: options of the commands, a file beside them, and variables that texts name."""

from __future__ import annotations

import functools
import math
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from integration.changes.evidence import named
from integration.changes.model import Kind, Moves, OnWithdrawn, Wish
from integration.changes.states import Place
from integration.operations.changes.instance import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

F = TypeVar("F", bound="Callable[..., Any]")
EMERGENCY: Mapping[str, Any] = {"type": "emergency", "priority": "1 - Critical", "risk": "high", "timeout": 300.0}
PREFIX = "EMERGENCY: "
DEFAULTS: Mapping[str, Any] = {"type": "normal", "timeout": 3600.0, "poll_interval": 60.0, "duration": 3600.0}
LONGEST_S, YEARS = 366 * 86_400, range(1970, 3000)
_VARIABLE = re.compile(r"(?P<kept>\$)?\$\{(?P<name>\w+)\}")
_OTHERWISE = {
    "timeout": "timeout_s",
    "poll_interval": "interval_s",
    "duration": "duration_s",
    "parent_change": "parent",
}


class Moment(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-11-29T20:00Z", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no zone: add Z for UTC, or +01:00", param, ctx)
        if moment.year not in YEARS:
            self.fail(f"{value!r} is no time that a deployment is planned for", param, ctx)
        return moment.astimezone(UTC)


class Seconds(click.FloatRange):
    """At most a year: what is longer is a slip, and would end beyond any calendar."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is no number", param, ctx)
        return seconds


def _option(name: str, sentence: str, *more: str, **how: Any) -> Callable[[F], F]:
    """A text, where `how` says nothing else."""
    return click.option(f"--{name}", *more, help=sentence, **({"metavar": "TEXT"} | how if "type" not in how else how))


def _flag(name: str, sentence: str) -> Callable[[F], F]:
    return click.option(f"--{name}", is_flag=True, default=None, help=sentence)


def _seconds(name: str, least: float, sentence: str) -> Callable[[F], F]:
    return _option(name, sentence, type=Seconds(least, LONGEST_S), metavar="SECONDS")


_OPTIONS = (
    _option("app", "What is deployed; by it and the environment a re-run finds its change."),
    _option("version", "Which version of it."),
    _option("environment", "Where it is deployed.  [default: as the CI system calls it]"),
    _option("type", "[default: normal]", type=click.Choice([each.value for each in Kind])),
    _option("model", "A change model of the instance, by name, beside the type."),
    _option("template", "Of a standard change, by name or sys_id.", "--standard-change-template"),
    _option("short-description", "[default: Deploy APP VERSION to ENVIRONMENT]"),
    _option("description", "What else a reader should know."),
    _option("assignment-group", "By name or sys_id."),
    _option("cmdb-ci", "Configuration item, by name or sys_id."),
    _option("affected", "A further affected item, by name or sys_id; repeat it.", multiple=True),
    _option("priority", "As the instance shows it: `1 - Critical`."),
    _option("risk", "As the instance shows it: `high`."),
    _option("impact", "As the instance shows it: `1 - High`."),
    _option("implementation-plan", "How it is deployed."),
    _option("backout-plan", "How it is taken back."),
    _option("test-plan", "How it was tested, and will be."),
    _option("justification", "Why it is needed."),
    _option("parent-change", "Number or sys_id of the change this one belongs to."),
    click.option("--attachment", "attachments", multiple=True, metavar="[NAME=]FILE", help="Evidence; repeat it."),
    _option("start", "Planned start, with its zone.  [default: now]", type=Moment(), metavar="TIME"),
    _option("end", "Planned end.  [default: start + time-out + duration]", type=Moment(), metavar="TIME"),
    _seconds("timeout", 1, "How long to wait for approval.  [default: 3600]"),
    _seconds("poll-interval", 5, "Between two looks.  [default: 60]"),
    _seconds("duration", 1, "How long the command takes.  [default: 3600]"),
    _option("submit-state", "Which, where a model offers several to leave New for."),
    _option(
        "moves",
        "Who moves the change through its states.  [default: ours]",
        type=click.Choice([each.value for each in Moves]),
    ),
    _flag("pre-approved", "The model needs no approval."),
    _flag("cancel-on-timeout", "Cancel what nobody decided in time."),
    _option(
        "on-withdrawn",
        "What becomes of the command when its change is withdrawn.  [default: finish]",
        type=click.Choice([each.value for each in OnWithdrawn]),
    ),
    _flag("require-evidence", "Ask for approval only if every file was taken."),
    _flag("emergency", "Type emergency, priority 1, risk high, 300 s; wants a justification."),
    click.option(
        "--file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="TOML with any of these, by the same names; what is typed wins.",
    ),
)


FINDING = ("app", "environment")
"""What finds the change of a run."""
COURSE = (
    *FINDING, "version", "type", "model", "timeout", "poll_interval", "submit_state", "moves", "pre_approved",
    "cancel_on_timeout",
)  # fmt: skip
"""What decides how it goes on."""


def wish_options(*names: str) -> Callable[[F], F]:
    """Those of these names and `file`; without names all."""

    def add(function: F) -> F:
        for name, option in reversed(_options().items()):
            if not names or name in (*names, "file"):
                function = option(function)
        return function

    return add


@functools.cache
def _parameters() -> Mapping[str, click.Option]:
    """By the name that is the same in a file."""
    command = click.Command("wish")
    for option in _OPTIONS:
        option(command)
    return {each.name or "": each for each in command.params if isinstance(each, click.Option)}


def _options() -> dict[str, Callable[[F], F]]:
    return dict(zip(_parameters(), _OPTIONS, strict=True))


def wished(
    given: Mapping[str, Any], environ: Mapping[str, str], environment: str, *, whole: bool = True
) -> tuple[Wish, list[tuple[str, str]]]:
    """The wish, and the files to attach. `environment`: the CI system's; `whole`: all that finds the change of a run
    again has to be there. Raises `click.UsageError`.
    """
    wanted = {name: filled(value, environ) for name, value in _merged(given).items()}
    emergency = wanted.pop("emergency", None)
    if emergency:
        wanted = _as_an_emergency(wanted)
    wanted = {"environment": environment, **DEFAULTS, **wanted}
    known = {name: wanted.get(name, "") for name in ("app", "version", "environment")}
    missing = [f"--{name}" for name, value in known.items() if name in given and not value]
    if missing and whole:
        raise click.UsageError(f"missing: {', '.join(missing)}")
    files = list(wanted.pop("attachments", ()))
    wish = _wish({**wanted, **known}, makes="template" in given)
    return (replace(wish, short_description=PREFIX + wish.short_description) if emergency else wish), files


def _as_an_emergency(wanted: Mapping[str, Any]) -> dict[str, Any]:
    if not wanted.get("justification"):
        raise click.UsageError("an emergency is justified: add --justification")
    if wanted.get("type", EMERGENCY["type"]) != EMERGENCY["type"]:
        raise click.UsageError("--emergency is a type of its own: leave --type out")
    return {**EMERGENCY, **wanted}


def _merged(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is typed, before what the file says."""
    wanted = dict(_read(given["file"])) if given.get("file") else {}
    known = _parameters().keys() - {"file"}
    typed = {name: value for name, value in given.items() if name in known and value not in (None, ())}
    if "attachments" in typed:
        typed["attachments"] = [named(each) for each in typed["attachments"]]
    return {**wanted, **typed}


def _read(path: Path) -> Iterator[tuple[str, Any]]:
    """Each member checked as the option of its name is."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path} cannot be read: {error}") from error
    known = _parameters()
    for name, value in content.items():
        if name == "states" and isinstance(value, dict):
            yield name, tuple((str(state), str(place)) for state, place in value.items())
        elif name not in known or name == "file":
            raise click.UsageError(f"{path}: {name} is not known; there are {', '.join(sorted(known))}, states")
        elif isinstance(value, dict) or isinstance(value, list) != known[name].multiple:
            raise click.UsageError(f"{path}: {name} is {'a list' if known[name].multiple else 'one value'}")
        elif name == "attachments":
            yield name, [_attachment(path, each) for each in value]
        else:
            yield name, _cast(path, known[name], value)


def _cast(path: Path, option: click.Option, value: Any) -> Any:
    try:
        return option.type_cast_value(click.Context(click.Command("wish")), value)
    except click.BadParameter as bad:
        raise click.UsageError(f"{path}: {option.name}: {bad.message}") from None


def _attachment(path: Path, given: Any) -> tuple[str, str]:
    if isinstance(given, dict) and set(given) <= {"name", "file"} and given.get("file"):
        return str(given.get("name", "")), str(given["file"])
    if isinstance(given, str):
        return named(given)
    raise click.UsageError(f"{path}: an attachment is a file, or a table with name and file")


def filled(value: Any, environ: Mapping[str, str]) -> Any:
    """Texts with `${NAME}` replaced; `$${NAME}` stays. A credential of ours never gets into a record."""
    if isinstance(value, list | tuple):
        return type(value)(filled(each, environ) for each in value)
    if not isinstance(value, str):
        return value

    def replaced(found: re.Match[str]) -> str:
        if found["kept"]:
            return found[0][1:]
        name = found["name"]
        if name in PRIVATE:
            raise click.UsageError(f"${{{name}}} holds a credential, which a change must not show")
        if not environ.get(name):
            raise click.UsageError(f"${{{name}}} is not set: export {name}, or write $${{{name}}} for the text itself")
        return environ[name]

    return _VARIABLE.sub(replaced, value)


def _wish(wanted: dict[str, Any], *, makes: bool) -> Wish:
    kind = Kind(wanted.pop("type"))
    if makes and kind is Kind.STANDARD and not wanted.get("template"):
        raise click.UsageError("a standard change is made from a template: add --template, by its name")
    if kind is not Kind.STANDARD and wanted.get("template"):
        raise click.UsageError("a template is for the type standard: add --type standard, or leave --template out")
    for state, place in wanted.get("states", ()):
        if place not in set(Place):
            raise click.UsageError(f"states: {place} is no place of {state}; there are {', '.join(Place)}")
    start, end = wanted.get("start"), wanted.get("end")
    if end and end <= (start or datetime.now(UTC)):
        raise click.UsageError("--end is not after the start: name a later one, or leave it out")
    named_so = {_OTHERWISE.get(name, name): value for name, value in wanted.items()}
    named_so.setdefault("short_description", "Deploy {app} {version} to {environment}".format(**wanted))
    for name, kind_of in (("moves", Moves), ("on_withdrawn", OnWithdrawn)):
        if name in named_so:
            named_so[name] = kind_of(named_so[name])
    return Wish(kind=kind, **named_so)
