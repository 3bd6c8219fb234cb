"""`python -m integration.emulators.servicenow`: the emulator as a process.

Prints one JSON line when it answers, and ends on SIGTERM or SIGINT; with `--attached` also when its input ends, as it
does when whoever started it is gone.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
import threading

from integration.emulators.kit.door import ADMIN

from .app import create_app, serve
from .service import Service
from .switches import Switches


def main() -> None:
    parser = argparse.ArgumentParser(prog="servicenow", description="Emulated ServiceNow instance")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    parser.add_argument("--latency-ms", type=int, default=0, help="before every answer")
    parser.add_argument("--seed", type=int, help="of sys_ids and of anything left to chance")
    parser.add_argument("--attached", action="store_true", help="end when standard input ends")
    options = parser.parse_args()
    ended, token = threading.Event(), secrets.token_urlsafe(24)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if options.attached:
        threading.Thread(target=_end_with_input, args=(ended,), daemon=True).start()
    service = Service(seed=options.seed, switches=Switches(latency_s=options.latency_ms / 1000))
    with serve(create_app(service, admin_token=token), options.port) as url:
        sys.stdout.write(json.dumps({"url": url, "admin": f"{url}{ADMIN}/{token}"}) + "\n")
        sys.stdout.flush()
        ended.wait()


def _end_with_input(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
