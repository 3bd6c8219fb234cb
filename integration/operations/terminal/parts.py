"""Optional packages of some commands: deploying needs neither the emulators' nor the web page's."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import USAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

WEB = ("starlette", "uvicorn")
LOCAL = (*WEB, "moto", "python_multipart", "jsonschema")
"""Modules of requirements-local.txt without which nothing works; for the Lambda client and quickjs others stand in."""
INSTALL = "python -m pip install -r requirements-local.txt"


def need(modules: Iterable[str], what: str) -> None:
    """Raises `Failure` with what to install."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise Failure(f"{what} needs packages that are not installed: {', '.join(missing)}.", INSTALL, USAGE)
