"""The list of addresses that answers may go to. Whoever asks names one; only the deployment says which count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.aws.errors import SYSTEM
from integration.changes.gate.names import SETTING_ANSWERS_TO
from integration.clients.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENTRY = re.compile(
    r"(?P<scheme>http://(?=127\.0\.0\.1:|localhost:)|(https://)?)(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)(:(?P<port>\d{1,5}))?"
    r"(?P<path>(/[A-Za-z0-9._~-]+)*)/?",
    re.ASCII,
)
_URL = re.compile(
    r"(?P<scheme>https?://)(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)(:(?P<port>\d{1,5}))?(?P<path>(/[A-Za-z0-9._~+=,:@-]*)*)"
    r"(\?[A-Za-z0-9._~%+=&,:@/-]*)?",
    re.ASCII,
)
LONGEST = 2000


class NotAllowed(ValueError):
    """The message says what to do, and quotes no address."""


class BadEntry(ValueError):
    """An entry of the list that names no host."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """`entries`: `host`, `host:port`, each with the path that must come first: `dev.azure.com/acme`.

    https everywhere; `http://` is for loopback alone, where the local system is. Raises `BadEntry`.
    """

    entries: tuple[str, ...]

    def __post_init__(self) -> None:
        for entry in self.entries:
            if not _ENTRY.fullmatch(entry):
                raise BadEntry(f"{entry!r} is no host, with or without a path: api.github.com, dev.azure.com/acme")

    def checked(self, url: str) -> str:
        """`url` itself. Raises `NotAllowed`: of another form than an address needs, or on no list."""
        parts = _URL.fullmatch(url) if len(url) <= LONGEST else None
        if parts is None or ".." in parts["path"]:
            raise NotAllowed("the address to answer to is no plain https address")
        if not any(_within(parts, entry) for entry in map(_ENTRY.fullmatch, self.entries) if entry):
            raise NotAllowed("the address to answer to is on no list: `change deploy --gate-answers-to HOST`")
        return url


def listed(settings: Mapping[str, Any]) -> Allowed:
    """Of a deployment's settings. Raises `Misconfigured`."""
    try:
        return Allowed(tuple(settings.get(SETTING_ANSWERS_TO) or ()))
    except BadEntry as error:
        raise Misconfigured(SYSTEM, str(error)) from None


def _within(url: re.Match[str], entry: re.Match[str]) -> bool:
    scheme = entry["scheme"] or "https://"
    place = scheme, entry["host"].lower(), entry["port"]
    if (url["scheme"], url["host"].lower(), url["port"]) != place:
        return False
    return f"{url['path']}/".startswith(f"{entry['path']}/")
