"""sys_ids of what an instance is seeded with."""

from __future__ import annotations

import hashlib


def fixed_id(kind: str, name: str) -> str:
    """The same sys_id on every start, so that tools may be configured once."""
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()[:32]
