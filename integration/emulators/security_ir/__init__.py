"""AWS Security Incident Response, emulated over HTTP. What it does and does not do: docs/emulators/security_ir.md."""

from __future__ import annotations

from integration.emulators.kit.app import serve
from integration.emulators.kit.clock import Clock

from .app import create_app
from .service import Service
from .switches import Switches

__all__ = ["Clock", "Service", "Switches", "create_app", "serve"]
