"""AWS Security Incident Response, emulated over HTTP. What it does and does not do: docs/emulators/security_ir.md."""

from __future__ import annotations

from .app import create_app, serve
from .clock import Clock
from .service import Service

__all__ = ["Clock", "Service", "create_app", "serve"]
