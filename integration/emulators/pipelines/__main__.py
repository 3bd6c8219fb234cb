"""`python -m integration.emulators.pipelines`: the emulator as a process (`kit.process`)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from integration.emulators.kit.process import run

from .app import create_app
from .service import Service

if TYPE_CHECKING:
    from starlette.applications import Starlette


def main() -> None:
    parser = argparse.ArgumentParser(prog="pipelines", description="Emulated CI systems that wait for an answer")
    parser.add_argument("--app-id", default="1", help="of the GitHub App")
    parser.add_argument("--app-key", type=Path, help="its public key, a PEM file")
    run(parser, _app)


def _app(options: argparse.Namespace, admin_token: str) -> Starlette:
    key = options.app_key.read_text() if options.app_key else ""
    return create_app(Service(app_id=options.app_id, app_key=key), admin_token=admin_token)


if __name__ == "__main__":
    main()
