"""The text of docs/permissions.md, from the rights that each record names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration import names as n
from integration.names import Names
from integration.operations import registry
from integration.operations.stacks.permissions import IN_A_VPC, WITH_SIGNING_KEY, Grant

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = """# What each role may do

Generated from each `grants.py` below `integration/operations/`, from which the roles in the templates are made too.
Names are those of the default deployment.
The stack's secret holds the webhook's token, in the gate's stack the hooks' keys, in workspaces' what signs links.
Rights marked *implicit* are used by AWS in the role's name: the queue's poller, KMS behind a table, logs.
"""
TABLE = ("| actions | on | what for |", "|---|---|---|")
WORDS = {
    "suffix": "",
    "partition": "aws",
    "region": "<region>",
    "account": "<account>",
    "due_index": n.DUE_INDEX,
    "key_object": n.KEY_OBJECT,
    "dead": n.DEAD_SUFFIX,
    "data_key": "<the data key>",
    "signing_key": "<the signing key>",
    "key_bucket": "<the key bucket>",
    "secret": "<the stack's secret>",
    "buckets": "sandbox-spa-",
    "archive": "arn:aws:s3:::<the archive>",
    "files_role": "<the role of files>",
    "api_key": "<the key's id>",
}


def markdown() -> str:
    """The whole page."""
    vpc = f"With `--subnets` each function besides: {_code(IN_A_VPC.actions)} on `*`, {IN_A_VPC.reason}.\n"
    kms = "With `--signing-key` every role that reads the private key has in place of that:\n"
    signing = "\n".join([kms, *TABLE, *(_row(grant, "") for grant in WITH_SIGNING_KEY.values()), ""])
    return "\n".join([HEAD, vpc, signing, *(_section(*each) for each in registry.grants().items())])


def _section(owner: str, grants: Iterable[Grant]) -> str:
    name = Names().of(owner)
    rows = [_row(grant, name) for grant in grants]
    return "\n".join([f"## `{name}`\n", *TABLE, *rows, ""])


def _row(grant: Grant, function: str) -> str:
    names = Names()
    path = names.parameter_prefix.rstrip("/")
    resources = [text.format(names=names, function=function, path=path, **WORDS) for text in grant.resources]
    via = f", through {' and '.join(grant.via)} only" if grant.via else ""
    rows = f", rows `{'`, `'.join(grant.rows)}` only" if grant.rows else ""
    mark = " *(implicit)*" if grant.implicit else ""
    return f"| {_code(grant.actions)} | {_code(resources)} | {grant.reason}{via}{rows}{mark} |"


def _code(texts: tuple[str, ...] | list[str]) -> str:
    return " ".join(f"`{text}`" for text in texts)
