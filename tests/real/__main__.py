"""`python -m tests.real`, behind `make contract-real`: what holds of our assumptions on a developer's instance.

docs/real-instance.md says what to set and what it writes. Ctrl-C ends it at any point; what was made is taken away
then, and what could not be, by the next run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import requests

from integration.clients.errors import RemoteError
from integration.module import Module
from integration.operations.checking.verdict import Verdict, fail
from integration.operations.terminal.failure import Failure
from servicenow_setup.errors import SetupError
from tests.real import parts, report
from tests.real.administrator import Administrator
from tests.real.cleaning import cleaned
from tests.real.day import day
from tests.real.given import Given, NotGiven, given
from tests.real.kept import Kept
from tests.real.wire import Ledger, wire

DONE, NOT_IN_ORDER, NOT_GIVEN, INTERRUPTED = 0, 1, 2, 130
Part = Callable[[], Iterator[Verdict]]


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 where everything was asked and nothing failed or stayed."""
    parser = argparse.ArgumentParser(prog="make contract-real", description=__doc__)
    parser.add_argument("--module", choices=[each.value for each in Module], default="itsm")
    parser.add_argument("--short", action="store_true", help="without the day of the local system")
    parser.add_argument("--clean", action="store_true", help="only take away what earlier runs left")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the answers, names and texts replaced")
    parser.add_argument("--folder", type=Path, default=Path(".local/real"), help="report and ledger [.local/real]")
    asked = parser.parse_args(arguments)
    try:
        target = given(module=Module(asked.module))
        target.credentials.auth()
    except (NotGiven, Failure, RemoteError, OSError) as problem:
        print(f"{str(problem).rstrip('.')}. See docs/real-instance.md.", file=sys.stderr)
        return NOT_GIVEN
    return run(target, asked.folder / target.host, asked.keep, short=asked.short, only_clean=asked.clean)


def run(target: Given, folder: Path, keep: Path | None, *, short: bool, only_clean: bool = False) -> int:
    ledger, kept = Ledger(folder / "made.txt"), Kept(target)
    verdicts: list[Verdict] = []
    ended = "to the end"
    with wire(target.url, ledger, kept.add if keep else None) as url:
        near = replace(target, url=url)
        admin = Administrator(url, target.user, target.password)
        chosen = {} if only_clean else _parts(near, admin, folder, short=short)
        try:
            _told(verdicts, "earlier runs", lambda: cleaned(near, target.url, admin, ledger))
            for name, part in chosen.items():
                _told(verdicts, name, part)
        except KeyboardInterrupt:
            ended = "interrupted"
        try:
            _told(verdicts, "taken away", lambda: cleaned(near, target.url, admin, ledger))
        except KeyboardInterrupt:
            ended = "interrupted, and what it made not all taken away: run it again"
        report.write(folder, target.url, verdicts, ended)
        if keep:
            kept.write(keep)
    print(f"Ended {ended}. {folder / 'report.md'} says what held.")
    if ended != "to the end":
        return INTERRUPTED
    return NOT_IN_ORDER if any(verdict.state == "fail" for verdict in verdicts) else DONE


def _parts(near: Given, admin: Administrator, folder: Path, *, short: bool) -> dict[str, Part]:
    chosen: dict[str, Part] = {
        "check": lambda: parts.check(near),
        "contract suite": lambda: parts.contract(near, folder),
        "set-up and rules": lambda: parts.setup(near, admin),
    }
    return chosen if short else {**chosen, "day": lambda: day(near, admin)}


def _told(verdicts: list[Verdict], name: str, part: Part) -> None:
    """What breaks one part off stops no other."""
    print(f"{name} …", flush=True)
    try:
        for verdict in part():
            verdicts.append(verdict)
            print(f"  {verdict.state:4} {verdict.subject}: {verdict.told}", flush=True)
    except (RemoteError, SetupError, requests.RequestException) as error:
        verdicts.append(fail(name, f"broken off: {error}", "Run it again."))
        print(f"  fail {name}: broken off ({type(error).__name__})", flush=True)


if __name__ == "__main__":
    sys.exit(main())
