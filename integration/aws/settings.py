"""The settings of a deployment: SSM parameters below its prefix, and the private key they point to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.errors import SYSTEM, raising_ours
from integration.clients.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_KEY_BYTES = 64 * 1024
_COMMAND = "./deploy_integrations_solution.py"


class SettingsError(Misconfigured):
    """A parameter is missing or makes no sense; the message names it and the command that mends it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`instance` is an id or a base URL; `values` is the JSON object of the parameter `settings`.

    `former_instances` are those the deployment was, or was to be, with before.
    """

    instance: str
    client_id: str
    client_secret: str = field(repr=False)
    user_sys_id: str
    key_bucket: str
    key_object: str
    values: Mapping[str, Any] = field(default_factory=dict)
    former_instances: tuple[str, ...] = ()


def load(ssm: Any, prefix: str) -> Settings:
    """All parameters directly below `prefix` (it ends with /), decrypted; one call while they are ten or fewer."""
    path = prefix.rstrip("/")
    with raising_ours("get_parameters_by_path"):
        pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path, WithDecryption=True, Recursive=False)
        entries = [entry for page in pages for entry in page["Parameters"]]

    found: dict[str, str] = {entry["Name"].rpartition("/")[2]: entry["Value"].strip() for entry in entries}

    def required(name: str) -> str:
        if not found.get(name):
            raise SettingsError(SYSTEM, _mend(prefix, name, "is missing or empty"))
        return found[name]

    return Settings(
        instance=required(n.PARAM_INSTANCE),
        client_id=required(n.PARAM_CLIENT_ID),
        client_secret=required(n.PARAM_CLIENT_SECRET),
        user_sys_id=required(n.PARAM_USER),
        key_bucket=required(n.PARAM_KEY_BUCKET),
        key_object=required(n.PARAM_KEY_OBJECT),
        values=parsed_values(prefix, found.get(n.PARAM_SETTINGS) or "{}"),
        former_instances=tuple(filter(None, found.get(n.PARAM_FORMER, "").split(","))),
    )


def load_values(ssm: Any, prefix: str) -> Mapping[str, Any]:
    """Only what stands in the parameter `settings`; for functions that need no credentials."""
    with raising_ours("get_parameter"):
        answer = ssm.get_parameter(Name=prefix + n.PARAM_SETTINGS)
    return parsed_values(prefix, answer["Parameter"]["Value"])


def parsed_values(prefix: str, text: str) -> Mapping[str, Any]:
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise SettingsError(SYSTEM, _mend(prefix, n.PARAM_SETTINGS, "is not a JSON object"))
    return values


def private_key(s3: Any, settings: Settings, owner: str) -> bytes:
    """The PEM file, from a bucket of this account only (`owner` is its id)."""
    with raising_ours("get_object of the private key"):
        answer = s3.get_object(Bucket=settings.key_bucket, Key=settings.key_object, ExpectedBucketOwner=owner)
        content: bytes = answer["Body"].read(LARGEST_KEY_BYTES)
    return content


def _mend(prefix: str, name: str, fault: str) -> str:
    deployment = prefix.removeprefix("/SecurityIncidentResponse").strip("/")
    option = f" --name {deployment}" if deployment else ""
    return f"parameter {prefix}{name} {fault}: `{_COMMAND} check{option}` names the command that writes it again"
