"""Signs in to the instance as the environment says; a secret never stands in an argument."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.clients.errors import Misconfigured
from integration.clients.servicenow import auth, transport
from integration.clients.servicenow.http import Http, Patience, instance_url
from integration.operations.changes.notifying import VARIABLE
from integration.operations.terminal.failure import Failure, explained
from integration.operations.terminal.output import USAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ID, SECRET = "SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_SECRET"
USER, PASSWORD = "SERVICENOW_USERNAME", "SERVICENOW_PASSWORD"
SYS_ID, KEY, API_KEY = "SERVICENOW_USER_SYS_ID", "SERVICENOW_PRIVATE_KEY", "SERVICENOW_API_KEY"
CERTIFICATE, CERTIFICATE_KEY, AUTHORITIES = (
    "SERVICENOW_CLIENT_CERTIFICATE", "SERVICENOW_CLIENT_CERTIFICATE_KEY", "SERVICENOW_CA_BUNDLE",
)  # fmt: skip
FROM_FILE = ("_FILE", "_PATH")
"""A variable named so holds the path of a file with the value."""
PATIENCE = Patience(attempts=3, wait_s=10.0, total_s=30.0)
"""A run waits by itself, and watches its command meanwhile: no call may keep it from that for long."""


@dataclass(frozen=True, slots=True)
class Way:
    """`names`: the variables that are set for it, and no other of them is."""

    name: str
    names: tuple[str, ...]
    made: Callable[[Mapping[str, str]], auth.Auth]
    manner: transport.Manner = transport.BEARER


def _basic(values: Mapping[str, str]) -> auth.Auth:
    return auth.Presented(base64.b64encode(f"{values[USER]}:{values[PASSWORD]}".encode()).decode())


WAYS = (
    Way("client credentials", (ID, SECRET), lambda v: auth.client_credentials(v[ID], v[SECRET])),
    Way("JWT bearer", (ID, SECRET, SYS_ID, KEY), lambda v: auth.JwtBearer(v[ID], v[SECRET], v[SYS_ID], v[KEY])),
    Way(
        "password grant",
        (ID, SECRET, USER, PASSWORD),
        lambda v: auth.password_grant(v[ID], v[SECRET], v[USER], v[PASSWORD]),
    ),
    Way("API key", (API_KEY,), lambda v: auth.Presented(v[API_KEY]), transport.API_KEY),
    Way("basic authentication", (USER, PASSWORD), _basic, transport.BASIC),
)
BY_CERTIFICATE = Way("client certificate", (), lambda _: auth.Presented(""))
"""A certificate goes with each way; where none of them is given it signs in by itself."""
FILES = (CERTIFICATE, CERTIFICATE_KEY, AUTHORITIES)
CREDENTIALS = tuple(dict.fromkeys(name for way in WAYS for name in way.names))
SECRETS = (SECRET, PASSWORD, KEY, API_KEY)


PRIVATE = frozenset({
    VARIABLE, CERTIFICATE_KEY, *CREDENTIALS, *(name + end for name in CREDENTIALS for end in FROM_FILE),
})  # fmt: skip
"""What no command sees and no text shows, whichever way it is given."""


def without_credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """What a command may see of our environment."""
    return {name: value for name, value in environ.items() if name not in PRIVATE}


def secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Ours, to be replaced wherever a command writes them; a name with its password is one in base64."""
    values = _values(environ)
    pair = (f"{values[USER]}:{values[PASSWORD]}",) if {USER, PASSWORD} <= values.keys() else ()
    return (*(values[name] for name in SECRETS if name in values), *pair)


def connected(instance_id: str, environ: Mapping[str, str], **options: Any) -> Http:
    """Raises `Failure` for what is missing or makes no sense, `Misconfigured` for an address that is none."""
    values = _values(environ)
    way = _way(frozenset(values), certified=bool(environ.get(CERTIFICATE)))
    authorities, certificate, key = (_readable(environ, name) for name in (AUTHORITIES, CERTIFICATE, CERTIFICATE_KEY))
    tls = transport.Tls(authorities, certificate, key, AUTHORITIES)
    try:
        url = instance_url(instance_id)
    except Misconfigured as error:
        raise Failure(explained(error).sentence, "--instance-id dev12345, or SERVICENOW_INSTANCE_ID") from None
    return Http(url, way.made(values), patience=PATIENCE, manner=way.manner, tls=tls, **options)


def _values(environ: Mapping[str, str]) -> dict[str, str]:
    found = {name: environ.get(name, "").strip() or _from_file(name, environ) for name in CREDENTIALS}
    return {name: value for name, value in found.items() if value}


def _from_file(name: str, environ: Mapping[str, str]) -> str:
    for variable in (name + end for end in FROM_FILE):
        if path := environ.get(variable):
            try:
                return Path(path).expanduser().read_text(encoding="utf-8-sig").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise Failure(
                    f"The file that {variable} names cannot be read: {type(error).__name__}.", "", USAGE
                ) from None
    return ""


def _readable(environ: Mapping[str, str], name: str) -> str:
    path = environ.get(name, "")
    if path and not Path(path).is_file():
        raise Failure(f"{name} names a file that is not there: {path}.", "", USAGE)
    return path


def _way(given: frozenset[str], *, certified: bool) -> Way:
    if not given and certified:
        return BY_CERTIFICATE
    for way in WAYS:
        if given == frozenset(way.names):
            return way
    nearest = min(WAYS, key=lambda way: len(given.symmetric_difference(way.names))) if given else WAYS[0]
    missing, more = _listed(set(nearest.names) - given), _listed(given - set(nearest.names))
    then = " and ".join(part for part in (missing and f"set {missing}", more and f"unset {more}") if part)
    are = "are" if len(given) > 1 else "is"
    raise Failure(
        f"No way to sign in to ServiceNow is given: {_listed(given) or 'no variable of it'} {are} set.",
        f"For {nearest.name} {then}; or another way of docs/changes/README.md.",
        USAGE,
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
