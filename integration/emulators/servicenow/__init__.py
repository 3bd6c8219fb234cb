"""A ServiceNow instance, emulated over HTTP. What it does and does not do: docs/emulators/servicenow.md."""

from __future__ import annotations

from .app import create_app, serve
from .clock import Clock
from .config import Config
from .service import Instance

__all__ = ["Clock", "Config", "Instance", "create_app", "serve"]
