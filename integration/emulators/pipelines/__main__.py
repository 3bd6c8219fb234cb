"""`python -m integration.emulators.pipelines`: the emulator as a process (`kit.process`)."""

from __future__ import annotations

import argparse

from integration.emulators.kit.process import run

from .app import create_app


def main() -> None:
    parser = argparse.ArgumentParser(prog="pipelines", description="Emulated CI systems that wait for an answer")
    run(parser, lambda _options, admin_token: create_app(admin_token=admin_token))


if __name__ == "__main__":
    main()
