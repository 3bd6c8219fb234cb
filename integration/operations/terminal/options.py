"""Options that several commands share, each defined once."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from integration.module import Module
from integration.names import BadName, Names
from integration.operations.terminal.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")
LARGEST_SECRET_BYTES = 64 * 1024


class DeploymentName(click.ParamType[Names]):
    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Names:
        if isinstance(value, Names):
            return value
        try:
            return Names(value)
        except BadName as error:
            self.fail(str(error), param, ctx)


class Secret(click.ParamType[str]):
    """A text itself, `@file`, or `-` for standard input. What it holds is never shown."""

    name = "text|@file|-"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if text == "-":
            text = sys.stdin.readline()
        elif text.startswith("@"):
            text = self._file(Path(text[1:]).expanduser(), param, ctx)
        elif ctx and param and ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE:
            Output().warn(
                "a secret in an argument shows in the list of processes and the shell's history: @file or - hide it"
            )
        text = text.strip()
        if not text or "\n" in text:
            self.fail("holds nothing, or more than one line", param, ctx)
        return text

    def _file(self, path: Path, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            if os.name == "posix" and path.stat().st_mode & 0o077:
                Output().warn(f"{path} can be read by others on this machine: chmod 600 {path}")
            with path.open("rb") as file:
                return file.read(LARGEST_SECRET_BYTES).decode(
                    "utf-8-sig"
                )  # some editors on Windows put a mark in front
        except OSError as error:
            self.fail(f"{path} cannot be read: {error.strerror}", param, ctx)
        except UnicodeDecodeError:
            self.fail(f"{path} is not text", param, ctx)


def place(function: F) -> F:
    """`region`, `profile`: whose account, where."""
    for option in (
        click.option("--profile", metavar="PROFILE", help="AWS profile.  [default: AWS_PROFILE, or the environment]"),
        click.option("--region", metavar="REGION", help="AWS region.  [default: the profile's or AWS_REGION's]"),
    ):
        function = option(function)
    return function


def deployment(function: F) -> F:
    """`names`, `region`, `profile`: which deployment, where."""
    name = click.option(
        "--name", "names", type=DeploymentName(), default="", metavar="NAME",
        help="Which deployment, where an account has several.  [default: the one without a name]",
    )  # fmt: skip
    return name(place(function))


def gate(function: F) -> F:
    """Of the gate that pipelines wait at."""
    for option in (
        click.option(
            "--gate-allowed-ips",
            multiple=True,
            metavar="CIDR",
            help="Who may call the gate's hooks; repeat it or separate with commas.  [default: anybody who signs]",
        ),
        click.option(
            "--gate-answers-to",
            multiple=True,
            metavar="HOST[/PATH]",
            help="Where the gate may answer pipelines: api.github.com, dev.azure.com/acme; repeat it."
            "  [default: on AWS alone]",
        ),
    ):
        function = option(function)
    return function


def _all_of(*each: Callable[[F], F]) -> Callable[[F], F]:
    """The last one stands first in the help."""

    def add(function: F) -> F:
        for option in each:
            function = option(function)
        return function

    return add


log_level = click.option(
    "--log-level",
    type=click.Choice(["info", "debug", "error"]),
    help="How much the functions log. Warnings and one line per pass are logged at every level.  [default: error]",
)
alarms = _all_of(
    click.option("--alarm-topic", metavar="ARN", help="A topic of yours that is told, too: a pager's, a chat's."),
    click.option(
        "--alarm-email",
        multiple=True,
        metavar="ADDRESS",
        help="Who is told of alarms, once the mail of AWS is confirmed; repeat it.  [default: nobody]",
    ),
)
set_up = _all_of(
    click.option(
        "--log-policy",
        type=click.Choice(["group", "account"]),
        help="Whose policy lets EventBridge write the log of notifications: the log's own, or one of the account's"
        " ten.  [default: group]",
    ),
    click.option(
        "--setup",
        type=click.Choice(["rest", "update-set", "none"]),
        help="How rules get into ServiceNow: by our calls, by an update set you import, or not at all.  "
        "[default: rest]",
    ),
)
of_connection = _all_of(
    set_up,
    alarms,
    click.option(
        "--allowed-ips",
        multiple=True,
        metavar="CIDR",
        help="Who may call the webhook; repeat it or separate with commas.  [default: anybody with the token]",
    ),
)
"""Of what all integrations share."""
of_templates = _all_of(
    of_connection,
    click.option(
        "--mapping-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="TOML that changes the mapping; docs/mapping.md.  [default: mappers/service_now_sir_mapper.py alone]",
    ),
    click.option(
        "--case-tag", metavar="KEY[=VALUE]", help="Only cases with this tag become incidents.  [default: all]"
    ),
    click.option(
        "--incident-filter",
        metavar="QUERY",
        help="Encoded query: which incidents become cases. Each term is tried.  [default: all]",
    ),
)
"""What ends up in templates or in the settings they carry: the same for a deployment and for an export."""


signing_key = click.option(
    "--signing-key",
    metavar="ALIAS|ARN",
    help="Key of KMS that signs us in, in place of a private key (keygen --kms makes its certificate).",
)
qualifier = click.option(
    "--qualifier", default="", metavar="TEXT", help="Of the bootstrap.  [default: the deployed one, or the CDK's own]"
)


def guardrails(function: F) -> F:
    """What an organisation demands of whatever is deployed."""
    for option in (
        click.option("--security-groups", multiple=True, metavar="ID", help="Of the functions in these subnets."),
        click.option(
            "--subnets", multiple=True, metavar="ID",
            help="Run the functions in these subnets of a VPC; docs/install-aws.md says what they must reach there.",
        ),
        qualifier,
        click.option(
            "--permissions-boundary", default="", metavar="POLICY", help="Name of the policy that bounds every role."
        ),
        click.option(
            "--tag", "tags", multiple=True, metavar="KEY=VALUE", help="On every resource and stack; repeat it."
        ),
    ):  # fmt: skip
        function = option(function)
    return function


as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


def deploying(function: F) -> F:
    """How a deployment is gone about; `rollout.command` reads them."""
    for option in (
        as_json,
        yes,
        deployment,
        click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing."),
        click.option(
            "--lock",
            is_flag=True,
            help="After the set-up: name the roles the user needs no more, and ask the instance whether they are gone. "
            "Deploys nothing.",
        ),
        click.option(
            "--weaken", is_flag=True, help="Yes, take away a protection: filter, addresses, boundary, receivers."
        ),
    ):
        function = option(function)
    return function


MODULES = click.Choice([each.value for each in Module])


def credentials(*, required: bool) -> Callable[[F], F]:
    """The six flags of the published specification. Not required: what is deployed is taken."""

    def add(function: F) -> F:
        for option in reversed(_credentials(required=required)):
            function = option(function)
        return function

    return add


def _credentials(*, required: bool) -> list[Callable[[F], F]]:
    return [
        click.option("--instance-id", required=required, envvar="SERVICENOW_INSTANCE_ID", show_envvar=True,
                     help="First label of the instance's host (dev12345), or its base URL."),
        click.option("--client-id", required=required, envvar="SERVICENOW_CLIENT_ID", show_envvar=True,
                     help="Client id of the OAuth application in ServiceNow."),
        click.option("--client-secret", required=required, type=Secret(), envvar="SERVICENOW_CLIENT_SECRET",
                     show_envvar=True, help="Its secret: itself, @file, or - for standard input."),
        click.option("--user-sys-id", required=required, envvar="SERVICENOW_USER_SYS_ID", show_envvar=True,
                     help="sys_id of the integration user (not its user name)."),
        click.option("--private-key-path", envvar="SERVICENOW_PRIVATE_KEY_PATH", show_envvar=True,
                     type=click.Path(dir_okay=False, path_type=Path), help="RSA key that signs us in, PEM."),
        click.option("--integration-module", required=required, type=MODULES, envvar="SERVICENOW_MODULE",
                     show_envvar=True, help=" ".join(f"{each}: table {each.table}." for each in Module)),
    ]  # fmt: skip
