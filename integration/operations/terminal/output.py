"""The one place that speaks to the person: progress on standard error, results on standard output.

Exit codes are for scripts; `--help` lists them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape as _escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from integration.operations.terminal.plain_text import plain
from integration.operations.terminal.streams import unheard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

DONE, NOT_IN_ORDER, USAGE, REFUSED, DEPLOYMENT_FAILED, NO_ANSWER, BUG, INTERRUPTED = 0, 1, 2, 3, 4, 5, 70, 130
NOT_READ = 141
"""As of a program that a closed pipe ended."""
PIPE_WIDTH = 160
"""Columns of a table where nobody sits at a terminal."""
NARROW = 80
PROGRAM = "./deploy_integrations_solution.py"
SIGNS = {"ok": "[green]ok[/]  ", "warn": "[yellow]warn[/]", "fail": "[red]fail[/]", "skip": "[dim]skip[/]"}
Tick = Callable[[str, int, int], None]
"""Told what is being done, how much is done, and how much there is (0: nobody knows)."""


@dataclass
class Output:
    """`quiet`: a machine listens (`--json`); only what goes wrong is said, and one JSON document at the end."""

    quiet: bool = False

    @property
    def _err(self) -> Console:
        """Made anew each time: tests and pipes swap the streams."""
        return Console(file=sys.stderr, highlight=False, soft_wrap=True)

    @property
    def _out(self) -> Console:
        """Sentences are broken by the terminal alone, so that a command in one can be copied whole."""
        piped = not sys.stdout.isatty()
        return Console(file=sys.stdout, highlight=False, soft_wrap=True, width=PIPE_WIDTH if piped else None)

    @property
    def narrow(self) -> bool:
        """Whether a table of four columns would break inside its cells."""
        return sys.stdout.isatty() and self._out.width < NARROW

    def say(self, sentence: str) -> None:
        if not self.quiet:
            self._tell(_shown(sentence))

    def warn(self, sentence: str) -> None:
        self._tell(f"[yellow]warning:[/] {_shown(sentence)}")

    def error(self, sentence: str, then: str = "") -> None:
        self._tell(f"[bold red]error:[/] {_shown(sentence)}")
        if then:
            self._tell(f"Next: {_shown(then)}")

    def _tell(self, line: str) -> None:
        """Who does not hear how far we are, or has no room for it, holds up nothing that is under way."""
        try:
            self._err.print(line)
        except OSError:
            unheard("stderr")

    def result(self, sentence: str) -> None:
        if not self.quiet:
            self._out.print(_shown(sentence))

    def document(self, content: Any) -> None:
        """The answer of `--json`: one document, whatever else was said."""
        click.echo(json.dumps(content, indent=2, default=_plain))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Cells are shown as they are, never read as markup. Without rows nothing is shown."""
        rows = list(rows)
        if self.quiet or not rows:
            return
        shown = Table(title=_shown(title), title_justify="left", header_style="bold", box=None, pad_edge=False)
        for column in columns:
            shown.add_column(_shown(column), overflow="fold")
        for row in rows:
            shown.add_row(*(SIGNS.get(str(cell), _shown(str(cell))) for cell in row))
        self._out.print(shown, soft_wrap=not sys.stdout.isatty())

    def verdict(self, subject: str, state: str, told: str, fix: str = "") -> None:
        """One line of a check, and what mends it."""
        if self.quiet:
            return
        self._out.print(f"{SIGNS[state]:>4}  {_shown(subject)}: {_shown(told)}")
        if fix and state != "ok":
            self._out.print(f"      → {_shown(fix)}")

    @contextmanager
    def step(self, title: str) -> Iterator[Tick]:
        """One step of long work: a line when it is over, a bar with what is going on until then."""
        console = self._err
        if self.quiet or not console.is_terminal or console.is_dumb_terminal:
            self.say(f"· {title}")
            yield lambda _what, _done, _all: None
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
            task = progress.add_task(_shown(title), total=None)

            def tick(what: str, done: int, total: int) -> None:
                progress.update(task, description=_shown(f"{title}: {what}"), completed=done, total=total or None)

            yield tick
        self.say(f"✓ {title}")

    def sure(self, question: str, *, yes: bool) -> None:
        """Ask before something is changed; without a terminal `--yes` must say it. Raises `click.Abort`."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise click.UsageError(f"{question} Nobody is there to ask: add --yes.")
        click.confirm(plain(question), abort=True, err=True)

    def sure_if_asked(self, question: str, *, yes: bool) -> None:
        """Ask only where somebody sits at a terminal."""
        if not yes and sys.stdin.isatty():
            click.confirm(plain(question), abort=True, err=True, default=True)


def _shown(text: str) -> str:
    """Foreign text, neither read as markup nor heard by the terminal."""
    return _escape(plain(text))


def _plain(content: Any) -> Any:
    return asdict(content) if is_dataclass(content) and not isinstance(content, type) else str(content)


def command(name: str, deployment: str = "", options: str = "") -> str:
    """How to call one of our commands for this deployment."""
    named = f" --name {deployment}" if deployment else ""
    return f"{PROGRAM} {name}{named}{' ' + options if options else ''}"


def many(number: int, thing: str) -> str:
    """`1 link`, `2 links`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def ago(moment: float | None) -> str:
    return f"{max(0, time.time() - moment):.0f} s ago" if moment else "unknown"
