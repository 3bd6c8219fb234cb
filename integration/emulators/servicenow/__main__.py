"""`python -m integration.emulators.servicenow`: the emulator as a process (`kit.process`)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from integration.emulators.kit.process import run

from .app import create_app
from .service import Service
from .switches import Switches

if TYPE_CHECKING:
    from starlette.applications import Starlette


def main() -> None:
    parser = argparse.ArgumentParser(prog="servicenow", description="Emulated ServiceNow instance")
    parser.add_argument("--latency-ms", type=int, default=0, help="before every answer")
    parser.add_argument("--seed", type=int, help="of sys_ids and of anything left to chance")
    run(parser, _app)


def _app(options: argparse.Namespace, admin_token: str) -> Starlette:
    switches = Switches(latency_s=options.latency_ms / 1000)
    return create_app(Service(seed=options.seed, switches=switches), admin_token=admin_token)


if __name__ == "__main__":
    main()
