"""`python -m integration.emulators.security_ir`: the emulator as a process (`kit.process`).

Events are signed with the secret in `EVENTS_SECRET`, where that is set.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from integration.emulators.kit.process import run

from .app import create_app
from .jobs import SECRET_VARIABLE, UNCHECKED
from .service import Service

if TYPE_CHECKING:
    from starlette.applications import Starlette


def main() -> None:
    parser = argparse.ArgumentParser(prog="security_ir", description="Emulated AWS Security Incident Response")
    parser.add_argument("--events-url", help="AWS endpoint whose default event bus gets native events")
    parser.add_argument("--account", default="111122223333")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--seed", type=int, default=1, help="of ids and of the order of lists")
    run(parser, _app)


def _app(options: argparse.Namespace, admin_token: str) -> Starlette:
    service = Service(
        account=options.account, region=options.region, seed=options.seed, events_url=options.events_url,
        events_secret=os.environ.pop(SECRET_VARIABLE, UNCHECKED),
    )  # fmt: skip
    return create_app(service, admin_token=admin_token)


if __name__ == "__main__":
    main()
