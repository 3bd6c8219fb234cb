"""The line in a description that marks a record as ours and keeps what we last wrote where customers may write too.

`[aws-security-ir owner:123456789012/eu-west-1/default prefix:a1b2c3d4e5 kind:rule/incident_saved/incident set:…]`
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

START = "[aws-security-ir owner:"
_FORM = re.compile(
    r"\[aws-security-ir owner:(?P<owner>\S+) prefix:(?P<prefix>\S+) kind:(?P<kind>\S+)(?: set:(?P<set>\S+))?\]"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """`written`: column → digest of the value we last wrote there, for the columns customers may change."""

    owner: str
    prefix: str
    kind: str
    written: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        pairs = ",".join(f"{name}={mark}" for name, mark in self.written.items())
        return f"{START}{self.owner} prefix:{self.prefix} kind:{self.kind}{' set:' + pairs if pairs else ''}]"


def marker_in(description: str) -> Marker | None:
    found = _FORM.search(description)
    if found is None:
        return None
    pairs = (pair.partition("=") for pair in (found["set"] or "").split(",") if pair)
    return Marker(found["owner"], found["prefix"], found["kind"], {name: mark for name, _, mark in pairs})


def digest(value: str) -> str:
    """Short: it tells our own value from a person's, not one attacker's from another's."""
    return hashlib.sha256(value.encode()).hexdigest()[:10]
