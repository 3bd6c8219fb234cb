"""Runs an emulator as a process, which says on one JSON line where it answers.

It ends on SIGTERM or SIGINT; with `--attached` also when its input ends, as it does when whoever started it is gone.
"""

from __future__ import annotations

import json
import secrets
import signal
import sys
import threading
from typing import TYPE_CHECKING

from .app import serve
from .door import ADMIN

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from starlette.applications import Starlette


def run(parser: ArgumentParser, app: Callable[[Namespace, str], Starlette]) -> None:
    """`app` is made of the options and the admin token."""
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    parser.add_argument("--attached", action="store_true", help="end when standard input ends")
    options = parser.parse_args()
    ended, token = threading.Event(), secrets.token_urlsafe(24)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if options.attached:
        threading.Thread(target=_end_with_input, args=(ended,), daemon=True).start()
    with serve(app(options, token), options.port) as url:
        sys.stdout.write(json.dumps({"url": url, "admin": f"{url}{ADMIN}/{token}"}) + "\n")
        sys.stdout.flush()
        ended.wait()


def _end_with_input(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()
