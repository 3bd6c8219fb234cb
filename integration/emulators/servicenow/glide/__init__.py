"""Runs ServiceNow scripts (business rules, Script Includes) in a real JavaScript engine over a Glide shim.

`engine.py` is the Python side, the `.js` files beside it are the Glide side; the emulator supplies a `Host`.
What is missing or different from an instance is listed in `docs/emulators/glide.md`.
"""

from __future__ import annotations

from .engine import ScriptEngine, ScriptResult
from .host import Host

__all__ = ["Host", "ScriptEngine", "ScriptResult"]
