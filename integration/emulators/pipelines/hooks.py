"""One-time addresses, as Jenkins' webhook-step makes them; behind each somebody checks the sender's signature.

The form is the gate's own: `X-Gate-Signature-256` over time, a full stop, and body, written here a second time.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from .exchange import Answer, Refused

if TYPE_CHECKING:
    from .exchange import Asked
    from .service import Service

OLDEST_S = 300


def take(service: Service, asked: Asked) -> Answer:
    """POST /hook/{name}."""
    hook = service.hooks.get(asked.path["name"])
    if hook is None or hook.state != "waiting":
        raise Refused(service.switches.hook_done_status, "nobody waits here")
    at = asked.headers.get("x-gate-timestamp", "")
    told = f"{at}.".encode() + asked.raw
    expected = "sha256=" + hmac.new(hook.token.encode(), told, hashlib.sha256).hexdigest()
    fresh = at.isdigit() and abs(service.clock() - int(at)) <= OLDEST_S
    if not fresh or not hmac.compare_digest(expected, asked.headers.get("x-gate-signature-256", "")):
        raise Refused(401, "the signature is not the gate's")
    service.answered(hook, str(asked.body.get("state")), asked.body)
    return Answer(200, {})
