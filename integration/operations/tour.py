"""What a scripted day is made of, whichever integration's it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TO_SN, TO_AWS, BOTH = "AWS → ServiceNow", "ServiceNow → AWS", "both"
Sweep = Callable[[], None]
"""Looks now for what no event told."""


@dataclass(frozen=True)
class Step:
    """`act` does it; `arrived` looks at the other side; both get the people. `quiet`: nothing may change, so it looks
    once all is at rest.
    """

    name: str
    direction: str
    act: Callable[[Any], object]
    arrived: Callable[[Any], bool]
    quiet: bool = False


@dataclass(frozen=True)
class Part:
    """Of one integration. `settings` are those its deployment is started with, `prepare` is done before the first step;
    `duplicates` counts at the end what stands more than once.
    """

    steps: Callable[[Any, Sweep], Sequence[Step]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Any], object] = lambda _people: None
    duplicates: Callable[[Any], int] = lambda _people: 0
