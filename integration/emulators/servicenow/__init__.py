"""A ServiceNow instance, emulated over HTTP. What it does and does not do: docs/emulators/servicenow.md."""

from __future__ import annotations

from integration.emulators.kit.app import serve

from .app import create_app
from .clock import Clock
from .service import Service
from .switches import Switches

__all__ = ["Clock", "Service", "Switches", "create_app", "serve"]
