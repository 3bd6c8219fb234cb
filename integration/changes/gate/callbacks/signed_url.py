"""An address of any pipeline's, such as the one-time address of Jenkins' webhook-step; the answer is signed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from integration.changes.gate.callbacks import DELIVERED, GONE
from integration.changes.gate.signing import signed
from integration.clients.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.changes.gate.hook_secrets import HookSecrets
    from integration.changes.gate.outbound import Outbound
    from integration.changes.gate.waiter import Answer, Waiter

SYSTEM = "url"
REASON_MOST = 1000
_DONE = (404, 409, 410, 422)
"""What a one-time address says once it was used."""


class SignedUrl:
    def __init__(self, out: Outbound, secrets: HookSecrets, clock: Callable[[], float] = time.time) -> None:
        self._out, self._secrets, self._clock = out, secrets, clock

    def __call__(self, waiter: Waiter, said: Answer) -> str:
        told = {"state": said.word, "number": said.number, "reason": said.told(REASON_MOST)}
        content = json.dumps(told).encode()
        headers = signed(self._secrets.token, self._clock(), content) | {"Content-Type": "application/json"}
        reply = self._out.send(SYSTEM, "POST", waiter.address["url"], headers, content)
        if reply.ok:
            return DELIVERED
        if reply.status in _DONE:
            return GONE
        raise Refused(SYSTEM, f"status {reply.status}", text=f"the address refused the answer (status {reply.status})")
