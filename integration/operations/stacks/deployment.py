"""The parameters of one deployment. None is secret: they end up in templates and in the context of the CDK CLI."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from integration import names as n
from integration.module import Module
from integration.names import Names
from integration.operations.sources import REPOSITORY
from integration.registry import DEFAULT

LOG_LEVELS = ("info", "debug", "error")
SETUPS = ("rest", "update-set", "none")
LOG_POLICIES = ("group", "account")
"""Whose policy lets EventBridge write into the log of notifications."""
LISTS = ("integrations", "allowed_ips", "alarm_emails", "subnets", "security_groups")
LARGEST_PARAMETER = 8192
"""Characters an advanced SSM parameter holds."""


class BadDeployment(ValueError):
    """A value no template can carry; the message names it and what is allowed."""


@dataclass(frozen=True)
class Deployment:
    """One deployment; `code` is the bundle, or the repository itself where nothing is deployed (tests, local plane).

    `settings` is the JSON text of the parameter `settings`. `revision` is any text that changes with the credentials
    (parameter version, object version), never made from them. `api_log_role` is off where the account's API Gateway
    already has a role for logs that is not ours: it is one setting per account and region. `permissions_boundary` names
    a policy of the account; `qualifier` is that of a bootstrap with another one than the CDK's own.
    """

    names: Names = field(default_factory=Names)
    integrations: tuple[str, ...] = DEFAULT
    """Keys; the connection comes along."""
    module: Module = Module.ITSM
    log_level: str = "error"
    instance: str = ""
    client_id: str = ""
    user_sys_id: str = ""
    settings: str = "{}"
    alarm_emails: tuple[str, ...] = ()
    alarm_topic: str = ""
    allowed_ips: tuple[str, ...] = ()
    setup: str = "rest"
    log_policy: str = "group"
    tags: tuple[tuple[str, str], ...] = ()
    permissions_boundary: str = ""
    qualifier: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    code: Path = REPOSITORY
    revision: str = ""
    api_log_role: bool = True
    account: str = ""
    region: str = ""

    def __post_init__(self) -> None:
        if self.log_level not in LOG_LEVELS:
            raise BadDeployment(f"log level {self.log_level!r} is none of {', '.join(LOG_LEVELS)}")
        if self.setup not in SETUPS:
            raise BadDeployment(f"setup {self.setup!r} is none of {', '.join(SETUPS)}")
        if self.log_policy not in LOG_POLICIES:
            raise BadDeployment(f"log policy {self.log_policy!r} is none of {', '.join(LOG_POLICIES)}")
        _check_settings(self.settings)
        if bool(self.subnets) != bool(self.security_groups):
            raise BadDeployment("functions in a VPC need subnets and security groups, both")
        _check_networks(self.allowed_ips)

    @property
    def configuration_digest(self) -> str:
        """12 hex digits that change whenever a warm function would go on with old settings or credentials."""
        told = [self.settings, self.instance, self.client_id, self.user_sys_id, self.revision]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]

    @property
    def signing_key(self) -> str:
        """ARN of the KMS key that signs in place of the private key; empty: none does."""
        return str(json.loads(self.settings).get(n.SIGNING_KEY) or "")

    def as_json(self) -> str:
        """One line for the process that makes templates; `from_json` reads it back."""
        plain = asdict(self) | {"names": self.names.name, "code": str(self.code)}
        return json.dumps(plain, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Deployment:
        plain: dict[str, Any] = json.loads(text)
        return cls(
            **plain
            | {
                "names": Names(plain["names"]),
                "module": Module(plain["module"]),
                **{name: tuple(plain[name]) for name in LISTS},
                "tags": tuple((key, value) for key, value in plain["tags"]),
                "code": Path(plain["code"]),
            }
        )


def _check_settings(text: str) -> None:
    if len(text) > LARGEST_PARAMETER:
        raise BadDeployment(f"settings have {len(text)} characters, a parameter holds {LARGEST_PARAMETER}")
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise BadDeployment(f"settings are not JSON: {error}") from error
    if not isinstance(settings, dict):
        raise BadDeployment("settings are not a JSON object")


def _check_networks(networks: tuple[str, ...]) -> None:
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise BadDeployment(f"allowed address: {error}") from error
