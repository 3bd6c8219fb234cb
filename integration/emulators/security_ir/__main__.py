"""`python -m integration.emulators.security_ir`: the emulator as a process.

Prints one JSON line when it answers, and ends on SIGTERM or SIGINT; with `--attached` also when its input ends, as it
does when whoever started it is gone. Events are signed with the secret in `EVENTS_SECRET`, where that is set.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading

from integration.emulators.kit.door import ADMIN

from .app import HOST, create_app, serve
from .jobs import SECRET_VARIABLE, UNCHECKED


def main() -> None:
    parser = argparse.ArgumentParser(prog="security_ir", description="Emulated AWS Security Incident Response")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    parser.add_argument("--host", choices=[HOST], default=HOST, help="loopback only")
    parser.add_argument("--events-url", help="AWS endpoint whose default event bus gets native events")
    parser.add_argument("--account", default="111122223333")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--seed", type=int, default=1, help="of ids and of the order of lists")
    parser.add_argument("--attached", action="store_true", help="end when standard input ends")
    options = parser.parse_args()
    ended, token = threading.Event(), secrets.token_urlsafe(24)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if options.attached:
        threading.Thread(target=_end_with_input, args=(ended,), daemon=True).start()
    app = create_app(
        account=options.account, region=options.region, seed=options.seed, events_url=options.events_url,
        events_secret=os.environ.pop(SECRET_VARIABLE, UNCHECKED), admin_token=token,
    )  # fmt: skip
    with serve(app, options.port) as url:
        sys.stdout.write(json.dumps({"url": url, "admin": f"{url}{ADMIN}/{token}"}) + "\n")
        sys.stdout.flush()
        ended.wait()


def _end_with_input(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
