"""Templates without the CDK CLI: this module, run with `--out DIR [--name n --module itsm …]`.

With `--deployment` instead of these options it reads a whole `Deployment` as JSON from standard input.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from aws_cdk import AssetStaging

from integration.module import Module
from integration.names import Names
from integration.operations.registry import startable
from integration.operations.stacks.deployment import LOG_LEVELS, SETUPS, Deployment
from integration.operations.synth.app import build, new_app
from integration.registry import DEFAULT


def synth(deployment: Deployment, outdir: Path) -> list[Path]:
    """Write the templates below `outdir`; their paths, in the order the stacks are deployed."""
    AssetStaging.clear_asset_hash_cache()  # else a second synthesis in one process believes its archive is there
    app = new_app(str(outdir))
    stacks = build(app, deployment)
    app.synth()
    return [outdir / stack.template_file for stack in stacks]


def main() -> None:
    """Print the paths as a JSON list."""
    options = _parser().parse_args()
    deployment = Deployment.from_json(sys.stdin.read()) if options.deployment else _of(options)
    print(json.dumps([str(path) for path in synth(deployment, options.out)]))


def _of(options: argparse.Namespace) -> Deployment:
    return Deployment(
        names=Names(options.name),
        integrations=tuple(getattr(options, "with")),
        module=Module(options.module),
        log_level=options.log_level,
        instance=options.instance,
        client_id=options.client_id,
        user_sys_id=options.user_sys_id,
        settings=options.settings,
        setup=options.setup,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--deployment", action="store_true")
    parser.add_argument("--name", default="")
    parser.add_argument("--with", nargs="*", choices=startable(), default=DEFAULT)
    parser.add_argument("--module", choices=[m.value for m in Module], default=Module.ITSM.value)
    parser.add_argument("--log-level", choices=LOG_LEVELS, default="error")
    parser.add_argument("--instance", default="")
    parser.add_argument("--client-id", default="")
    parser.add_argument("--user-sys-id", default="")
    parser.add_argument("--settings", default="{}")
    parser.add_argument("--setup", choices=SETUPS, default="rest")
    return parser


if __name__ == "__main__":
    main()
