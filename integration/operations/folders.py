"""Folders on this machine for what can be made again: CDK CLI, bundles, templates, logs."""

from __future__ import annotations

import os
from pathlib import Path

from integration.operations.sources import REPOSITORY


def cache_folder(*parts: str) -> Path:
    """`.local/` of a clone; the user's cache where the package was installed. Made if it is not there."""
    if (REPOSITORY / "pyproject.toml").exists() and os.access(REPOSITORY, os.W_OK):
        root = REPOSITORY / ".local"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aws-servicenow-integrations"
    folder = root.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log_folder() -> Path:
    """For its owner only."""
    folder = cache_folder("log")
    folder.chmod(0o700)
    return folder
