"""Interprets one HTTP answer: the parsed body, or the error whose type says who must act.

Texts and statuses: docs of the Table API, recorded answers of real instances (see docs/emulators/servicenow.md for what
is not settled). Descriptions are only used to tell a setting from a rule; everything they do not settle stays `Refused`
for writes and `Misconfigured` for reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from integration.clients.errors import Misconfigured, Missing, Refused, RemoteError, Unavailable
from integration.clients.servicenow.errors import SYSTEM, NoSuchApi, TokenRefused
from integration.clients.servicenow.page import known_page

_NO_API = "the instance does not offer this API"
_SETTINGS = (
    ("access to unscoped api is not allowed", "the OAuth client is securely scoped: add the auth scope useraccount"),
    ("unauthorized to access table", "the integration user has no role that may use this table"),
    (
        "insufficient rights to query records",
        "the integration user may not search by a column of this query, or the column does not exist",
    ),
    ("invalid table", "the instance has no such table, or its plugin is not active"),
    ("does not represent any resource", _NO_API),
    ("scopeaccessnotgranted", "a cross-scope privilege is missing in the instance (restricted caller access)"),
)
"""Part of the answer's text, lower case → what an administrator must know."""
_SIGN_IN = ("saml", "sso", "login", "auth", "adfs")
"""Parts of an address that a redirect to an identity provider has."""

_BY_CHANCE = (
    "unique key violation", "duplicate key", "duplicate entry", "error during insert", "error during update",
    "deadlock", "lock wait timeout",
)  # fmt: skip
"""Part of what an instance says where its database, and no rule, refused: a repeat gets another number or its turn."""
_ABORTED = "was aborted by business rule"
"""It had no effect, whatever the status: scripted APIs answer 500 to what their script did not catch."""
_TOO_LARGE = (413, 414)
_LABELS = re.compile(r"[^:：^]+[:：][^:：^]+[:：](?P<labels>[^:：^]+)")  # noqa: RUF001 - Japanese and Chinese texts have it
"""A data policy's text in any language: its name, what is wrong, the labels of the columns. Rules are named with ^."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: 2xx with the JSON object it promised. `body` is empty for 204."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def result(self) -> Any:
        return self.body.get("result")

    @property
    def total(self) -> int | None:
        """Rows the query found before access rules hid some; None: the instance did not count."""
        text = self.headers.get("X-Total-Count", "")
        return int(text) if text.isdigit() else None


def understood(status: int, headers: Mapping[str, str], content: bytes, *, write: bool, call: str) -> Answer:
    """The answer, or a raised `RemoteError`. `headers` ignores case; `call` names method and table for messages."""
    body = _parsed(content)
    where = _where(call, status, headers)
    if 200 <= status < 300 and (status == 204 or _whole(status, body)):
        return Answer(status, headers, body or {})
    page = "" if body is not None else known_page(content)
    raise _failure(status, headers, body, page, write=write, where=where)


def _whole(status: int, body: Mapping[str, Any] | None) -> bool:
    """202 is no success where the request was queued behind others of its session: nobody will tell its outcome. Where
    a worker was begun it can be asked.
    """
    result = (body or {}).get("result")
    told = status != 202 or (isinstance(result, Mapping) and "worker" in result)
    return told and body is not None and "error" not in body


def _failure(
    status: int, headers: Mapping[str, str], body: Mapping[str, Any] | None, page: str, *, write: bool, where: str
) -> RemoteError:
    if status == 429:
        return Unavailable(SYSTEM, f"too many requests{where}", retry_after_s=retry_after(headers))
    message, detail = _said(body)
    setting = _setting(status, f"{message} {detail}".lower(), headers, has_body=body is not None)
    if setting:
        return (NoSuchApi if setting == _NO_API else Misconfigured)(SYSTEM, f"{setting}{where}")
    if status == 401 or (status == 403 and "API level ACL" in detail):
        denied = "the instance does not accept the access token"
        unfit = "the instance lets the user of the access token not into this API: a role is missing"
        return TokenRefused(SYSTEM, f"{denied if status == 401 else unfit}{where}")
    by_rule = _ABORTED in message.lower()
    if status < 400 or (status >= 500 and not by_rule) or (body is None and status not in _TOO_LARGE):
        reason = "the instance failed" if body and status >= 500 else page or "the answer is not whole JSON"
        return Unavailable(SYSTEM, f"{reason}{where}", retry_after_s=retry_after(headers), outcome_unknown=write)
    return _refusal(status, message, detail, write=write, where=where)


def _refusal(status: int, message: str, detail: str, *, write: bool, where: str) -> RemoteError:
    too_large = "the request is larger than the instance accepts" if status in _TOO_LARGE else ""
    reason = _sentence(message, detail) or too_large or f"HTTP {status}"
    text = f"ServiceNow refused a request{where}"
    if status == 404:
        return Missing(SYSTEM, reason, text=text)
    if status == 403 and not write:
        return Misconfigured(
            SYSTEM,
            "the integration user may not read this: a role is missing, or its machine identity access or a restricted "
            f"caller access does not list it{where}",
        )
    labels = _LABELS.fullmatch(detail) if status == 403 else None
    named = re.split("[,、]", labels["labels"]) if labels else []
    by_chance = any(part in f"{message} {detail}".lower() for part in _BY_CHANCE)
    return Refused(SYSTEM, reason, tuple(label.strip() for label in named), text=text, by_chance=by_chance)


def _setting(status: int, text: str, headers: Mapping[str, str], *, has_body: bool) -> str:
    """What an administrator must know, if this is about a setting; a redirect always is, and so is a refusal by
    something that does not speak JSON: a filter of addresses refuses every path alike, and nothing had an effect.
    """
    if 300 <= status < 400:
        to = headers.get("Location", "").lower()
        if any(part in to for part in _SIGN_IN):
            return "the instance sends API calls to a sign-in page: except /api and /oauth_token.do from single sign-on"
        return "the instance redirects elsewhere; check its id and address"
    if status in (403, 407) and not has_body:
        return "the instance, or a proxy before it, does not let this address in: add it to the allowed addresses"
    if status < 400:
        return ""
    return next((advice for part, advice in _SETTINGS if part in text), "")


def _parsed(content: bytes) -> Mapping[str, Any] | None:
    """None for HTML, truncated JSON, an empty answer, and JSON that is no object."""
    try:
        body = json.loads(content)
    except ValueError:
        return None
    return body if isinstance(body, Mapping) else None


def _said(body: Mapping[str, Any] | None) -> tuple[str, str]:
    error = (body or {}).get("error")
    if isinstance(error, Mapping):
        return str(error.get("message") or ""), str(error.get("detail") or "")
    return str(error or ""), str((body or {}).get("error_description") or "")


def _sentence(*parts: str) -> str:
    """At most 500 characters on one line, none that steers a terminal, as it may be shown on a record."""
    text = " ".join(": ".join(part for part in parts if part).split())
    return "".join(filter(str.isprintable, text))[:500]


def _where(call: str, status: int, headers: Mapping[str, str]) -> str:
    transaction = headers.get("X-Transaction-ID", "")
    named = f", transaction {transaction}" if re.fullmatch(r"[0-9a-f]{8,40}", transaction) else ""
    return f" ({call}: {status}{named})"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the instance asks to wait: `Retry-After` as seconds or date, else `X-RateLimit-Reset` (epoch)."""
    text = headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    now = server_date(headers) or datetime.now(UTC)
    reset = headers.get("X-RateLimit-Reset", "").strip()
    until = _date(text) or (datetime.fromtimestamp(int(reset), UTC) if reset.isdigit() and len(reset) < 12 else None)
    return max(0.0, (until - now).total_seconds()) if until else None


def server_date(headers: Mapping[str, str]) -> datetime | None:
    """The instance's clock when it answered; None where a proxy dropped the header."""
    return _date(headers.get("Date", ""))


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
