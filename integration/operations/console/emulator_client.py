"""The people of both emulated systems as the console plays them; refusals come back in the systems' words."""

from __future__ import annotations

from typing import Any

from integration.emulators.security_ir.responders import Responders
from integration.emulators.servicenow.staff import Staff
from integration.operations.console.source import Refused, Unreadable


class EmulatorClient:
    """Made of both admin URLs. Every call raises `Refused` and `Unreadable`."""

    def __init__(self, security_ir: str, servicenow: str) -> None:
        manner: dict[str, Any] = {"refused": Refused, "silent": Unreadable, "timeout_s": 20}
        self.security_ir = Responders(security_ir, "Security IR", **manner)
        self.servicenow = Staff(servicenow, "ServiceNow", **manner)
