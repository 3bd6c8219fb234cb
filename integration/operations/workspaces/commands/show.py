"""`workspace show`: one workspace."""

from __future__ import annotations

from typing import Any

import click

from integration.operations.terminal import options
from integration.operations.workspaces.inventory import document
from integration.operations.workspaces.session import moment, opened

MOMENTS, SIZES = {"created", "ready", "expires"}, {"used", "quota"}


@click.command()
@click.argument("workspace")
@options.deployment
@options.as_json
def show(workspace: str, **given: Any) -> None:
    """Show one workspace: where it stands, its bucket, what it waits for. `workspace link` prints its links.

    WORKSPACE is its id, or how that begins.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace show 1b4e28ba
    """
    session = opened(given)
    row = session.row(workspace)
    blocked = {"reason": row.blocked.reason, "retry_at": round(row.blocked.retry_at)} if row.blocked else None
    shown = document(row) | {
        "bucket": row.bucket, "members": len(row.members), "notes": list(row.told), "blocked": blocked,
        "ending": str(row.ended or row.why or ""),
    }  # fmt: skip
    for name, value in shown.items():
        session.output.result(f"{name}: {_shown(name, value)}")
    if session.output.quiet:
        session.output.document(shown)


def _shown(name: str, value: Any) -> str:
    match value:
        case dict():
            return f"{value['reason']}; tried again {moment(value['retry_at'])} UTC"
        case list():
            return ", ".join(value) or "none"
        case int() if name not in MOMENTS:
            return f"{value:,} bytes" if name in SIZES else str(value)
    return f"{moment(value)} UTC" if name in MOMENTS and value else str(value or "none")
