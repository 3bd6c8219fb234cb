"""Checks the token exchange and tells each known failure apart.

Facts: docs of the JWT bearer grant and answers of real instances; an instance gives most faults one generic text, so
what can be measured here (the clock) is measured.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.aws.errors import SYSTEM as AWS
from integration.clients.errors import RemoteError, Unavailable, Untrusted
from integration.clients.servicenow.answer import server_date
from integration.clients.servicenow.auth import GRANT, JwtBearer, Signer
from integration.clients.servicenow.http import Http, instance_url
from integration.clients.servicenow.transport import Sending, Transport
from integration.operations.checking.pages import page_of
from integration.operations.checking.verdict import Verdict, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SIGN_IN, UNREACHABLE = "sign-in", "reach"
ALLOWED_SKEW_S = 10.0
"""Assertions are backdated by this; an instance may allow no skew beyond it."""
GENERIC = (
    "Compare client id and secret with the Application Registry; see that registration and user are active, that the "
    "JWT Verifier Map holds the certificate of this very key and it has not expired; the reason stands in the "
    "instance's System Log."
)


REPEATED = (
    "an assertion was refused and the next one taken, as if the first had been used before (jti)",
    "See that no proxy repeats requests, then try again.",
)
KNOWN = (
    (
        "access token to admin",
        "the integration user is an administrator, whom ServiceNow gives no token this way",
        "Take admin and security_admin away from the user, or use another one.",
    ),
    (
        "user not found",
        "no user is found by this sys_id",
        "In the OAuth registration set User field to Sys ID; see that --user-sys-id is of this instance.",
    ),
    ("invalid_client", "the client id or the client secret is wrong", "Copy both from the Application Registry."),
    ("expired", "the assertion had expired when it arrived", "Set the clock (NTP)."),
    ("jti", "the instance says that the assertion was used before", REPEATED[1]),
)
"""Part of the answer, lower case → what is wrong, and the fix."""


@dataclass(frozen=True)
class Credentials:
    """What signs us in to one instance; `instance` is an id or a base URL."""

    instance: str
    client_id: str
    client_secret: str = field(repr=False)
    user_sys_id: str
    key: bytes | Signer = field(repr=False)
    """The private key in PEM form, or what signs in its place."""
    audience: str = ""
    key_id: str = ""

    def auth(self, clock: Callable[[], float] = time.time) -> JwtBearer:
        return JwtBearer(
            self.client_id, self.client_secret, self.user_sys_id, self.key, self.audience or None, clock, self.key_id
        )

    def http(self) -> Http:
        return Http(instance_url(self.instance), self.auth())


@dataclass(frozen=True)
class Exchange:
    """One answer of the token endpoint. `skew_s`: how far the instance's clock is ahead of ours, if it told."""

    status: int
    body: Mapping[str, Any] = field(repr=False)
    skew_s: float | None
    page: tuple[str, str] | None = None
    """What answered in the instance's place, and the fix."""

    @property
    def good(self) -> bool:
        return bool(self.body.get("access_token"))

    @property
    def said(self) -> str:
        return f"{self.body.get('error', '')} {self.body.get('error_description', '')}".lower()


def exchange(credentials: Credentials, assertion: str) -> Exchange:
    """Raises `RemoteError` where there is no answer."""
    form = {
        "grant_type": GRANT, "assertion": assertion, "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }  # fmt: skip
    transport = Transport(instance_url(credentials.instance))
    sending = Sending("POST", "/oauth_token.do", "oauth_token", write=False, data=form)
    with transport.sent(sending) as response:
        content = transport.body(response, sending)
        moment = server_date(response.headers)
        skew = moment.timestamp() - time.time() if moment else None
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            page = page_of(response.status_code, response.headers, content)
            return Exchange(response.status_code, {}, skew, page)
        return Exchange(response.status_code, body, skew)


def sign_in(credentials: Credentials) -> Iterator[Verdict]:
    """Exchange, clock, and whether an assertion is taken twice."""
    try:
        auth = credentials.auth()
        assertion = auth.assertion()
        answer = exchange(credentials, assertion)
    except RemoteError as error:
        yield _not_asked(error)
        return
    if answer.page:
        yield fail(UNREACHABLE, *answer.page)
        return
    yield _clock(answer)
    if not answer.good:
        yield fail(SIGN_IN, *(REPEATED if _taken_afresh(credentials, answer) else failure_of(answer)))
        return
    yield ok(SIGN_IN, "the instance takes client, key and user")
    yield _replay(credentials, assertion)


def _not_asked(error: RemoteError) -> Verdict:
    """There is no answer of the instance, or no signature to ask with."""
    if isinstance(error, Untrusted):
        return fail(SIGN_IN, str(error), error.then)
    if error.system == AWS:
        return fail(SIGN_IN, str(error), "Allow kms:Sign with the signing key, to you and in the key's own policy.")
    if isinstance(error, Unavailable):
        fix = "Check --instance-id, and whether this machine may reach the instance."
        return fail(UNREACHABLE, error.reason, fix)
    return fail(SIGN_IN, str(error), "Check --instance-id and --private-key-path.")


def _taken_afresh(credentials: Credentials, answer: Exchange) -> bool:
    """Whether only that one assertion was refused. An instance that does not name the reason is asked once more."""
    if failure_of(answer)[1] != GENERIC:
        return False
    try:
        return exchange(credentials, credentials.auth().assertion()).good
    except RemoteError:
        return False


def failure_of(answer: Exchange) -> tuple[str, str]:
    """What is wrong, and the fix. What the instance names comes first, then what the clock explains."""
    if answer.page:
        return answer.page
    skew = answer.skew_s
    known = next((found for part, *found in KNOWN if part in answer.said), None)
    if known is None and skew is not None and abs(skew) > ALLOWED_SKEW_S:
        return f"this machine's clock is {abs(skew):.0f} s {_direction(skew)} the instance's", "Set the clock (NTP)."
    if known is None:
        return f"the instance refuses us without saying why ({answer.status})", GENERIC
    return known[0], known[1]


def _direction(skew_s: float) -> str:
    return "behind" if skew_s > 0 else "ahead of"


def _clock(answer: Exchange) -> Verdict:
    skew = answer.skew_s
    if skew is None:
        return warn("clock", "the instance's answers carry no Date", "Let proxies keep it: polls read it as a cursor.")
    if abs(skew) > ALLOWED_SKEW_S:
        told = f"this machine's clock is {abs(skew):.0f} s {_direction(skew)} the instance's"
        return warn("clock", told, "Set this machine's clock (NTP); the functions' clocks are kept by AWS.")
    return ok("clock", f"within {ALLOWED_SKEW_S:.0f} s of the instance's")


def _replay(credentials: Credentials, assertion: str) -> Verdict:
    """The same assertion once more: an instance with JTI verification does not take it."""
    try:
        again = exchange(credentials, assertion)
    except RemoteError as error:
        return warn("jti", f"not tried: {error}")
    if again.good:
        return warn(
            "jti", "the instance takes an assertion twice",
            "In the OAuth registration turn on Enable JTI verification, JTI claim jti.",
        )  # fmt: skip
    return ok("jti", "a replayed assertion is refused")
