"""What the environment names: an instance, an administrator of it, and the integration's OAuth registration there."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from integration.clients.servicenow.transport import instance_url
from integration.module import Module
from integration.operations.checking.sign_in import Credentials
from integration.operations.deployment.key_file import read_key

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = {
    "SERVICENOW_TEST_URL": "the developer instance, an id or https://…",
    "SERVICENOW_TEST_USER": "an administrator there who may use basic authentication",
    "SERVICENOW_TEST_PASSWORD": "his password, or @file",
    "SERVICENOW_CLIENT_ID": "of the OAuth registration of docs/servicenow-setup.md",
    "SERVICENOW_CLIENT_SECRET": "its secret, or @file",
    "SERVICENOW_USER_SYS_ID": "of the integration user",
    "SERVICENOW_PRIVATE_KEY_PATH": "the key that signs it in",
}
MARK = "aws-servicenow-kit"
"""Begins the short description, or stands as correlation_display, of every record the kit makes."""
MARKED = f"short_descriptionSTARTSWITH{MARK}^NQcorrelation_display={MARK}"


class NotGiven(Exception):
    """The sentence names the variables."""


@dataclass(frozen=True)
class Given:
    """`url` is where calls go: the instance, or the wire before it."""

    url: str
    user: str
    password: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    user_sys_id: str
    key_path: Path
    module: Module = Module.ITSM

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.replace(":", "-")

    @property
    def credentials(self) -> Credentials:
        pem = read_key(self.key_path).pem
        return Credentials(self.url, self.client_id, self.client_secret, self.user_sys_id, pem)


def named(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether an instance is: who names it and forgets the rest is told so by `given`."""
    return bool(environment.get("SERVICENOW_TEST_URL"))


def given(environment: Mapping[str, str] = os.environ, module: Module = Module.ITSM) -> Given:
    """Raises `NotGiven`, and `Misconfigured` for what is no address."""
    missing = [f"{name} ({what})" for name, what in NAMES.items() if not environment.get(name)]
    if missing:
        raise NotGiven("set " + ", ".join(missing))
    url, user, password, client_id, secret, sys_id, key = (environment[name] for name in NAMES)
    return Given(instance_url(url), user, _secret(password), client_id, _secret(secret), sys_id, Path(key), module)


def _secret(text: str) -> str:
    return Path(text[1:]).read_text(encoding="utf-8").strip() if text.startswith("@") else text
