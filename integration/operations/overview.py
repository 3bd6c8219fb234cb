"""What an integration says of itself to an operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Overview:
    """`rows` have the same words each, and ids for values; `attention`: sentences, each with what to do next."""

    rows: tuple[Mapping[str, Any], ...] = ()
    attention: tuple[str, ...] = ()
