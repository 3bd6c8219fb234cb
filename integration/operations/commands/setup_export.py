"""`setup-export`: the ServiceNow records as an update set."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from integration.cases.declaration import CASES
from integration.module import Module
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import USAGE, Output
from integration.registry import foreign_marks
from servicenow_setup.errors import BadSetting
from servicenow_setup.export import update_set
from servicenow_setup.settings import SetupSettings

if TYPE_CHECKING:
    from typing import TextIO

API_HOST = re.compile(r"https://(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")


@click.command(name="setup-export")
@click.option("--module", type=options.MODULES, help="Table of the rules.  [default: the deployed one]")
@click.option("--webhook-url", help="Output ServiceNowWebhookUrl.  [default: the deployed one]")
@click.option("--user-sys-id", help="The integration user, whose writes are skipped.  [default: the deployed one]")
@click.option("--incident-filter", default="", help="Encoded query of the rules.  [default: the deployed one]")
@click.option("--account-id", metavar="ID", help="Account the records are marked with.  [default: the caller's]")
@click.option("--out", type=click.File("w", encoding="utf-8"), default="-", help="File.  [default: standard output]")
@options.deployment
def setup_export(out: TextIO, **given: Any) -> None:
    """Write the rules and the REST message as an update set XML.

    For --setup update-set: an administrator reviews and imports it, and the integration user needs no right to create
    rules. Its head says what to do after the import, and how to take it back.

    \b
    Examples:
      ./deploy_integrations_solution.py setup-export > update-set.xml
      ./deploy_integrations_solution.py setup-export --module itsm --user-sys-id 8b3fede183cbfe90e020f7a6feaad387 \
          --webhook-url https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/webhook --account-id 123456789012
    """
    try:
        settings = _given(given) if given["webhook_url"] else _deployed(given)
    except BadSetting as error:
        raise Failure(f"{error}.", "setup-export --help", USAGE) from None
    out.write(update_set(settings, datetime.now(UTC)))
    Output().say(f"Update set for {settings.table}, prefix {settings.prefix}. It holds no secret.")


def _deployed(given: dict[str, Any]) -> SetupSettings:
    return find(open_account(given["profile"], given["region"]), given["names"]).connection.setup


def _given(given: dict[str, Any]) -> SetupSettings:
    """Before or without a deployment; the prefix is the REST API's id, the first label of its host."""
    missing = [name for name in ("module", "user_sys_id") if not given[name]]
    if missing:
        raise click.UsageError(f"With --webhook-url give --{' and --'.join(missing).replace('_', '-')} too.")
    parts = API_HOST.match(given["webhook_url"])
    if parts is None:
        raise click.UsageError("--webhook-url is not the address of an API Gateway REST API.")
    if given["account_id"] and not re.fullmatch(r"\d{12}", given["account_id"]):
        raise click.UsageError("--account-id is the twelve digits of an AWS account.")
    account = given["account_id"] or open_account(given["profile"], given["region"] or parts["region"]).account_id
    return SetupSettings(
        prefix=parts["api"],
        owner=f"{account}/{parts['region']}/{given['names'].name or 'default'}",
        table=Module(given["module"]).table,
        webhook_url=given["webhook_url"],
        user_sys_id=given["user_sys_id"],
        incident_filter=given["incident_filter"],
        foreign_marks=foreign_marks(CASES.key),
    )
