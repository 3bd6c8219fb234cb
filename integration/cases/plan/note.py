"""A sentence of ours for people. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integration.cases.link import Link


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence of ours for people, on one side; `once` names it in the link's `notes_said`."""

    side: str
    kind: str
    ref: str
    text: str
    once: str = ""


def with_serial(link: Link, side: str, said: tuple[str, str, str]) -> Note:
    """A note that may be said again after a clean pass, and within one has no effect when repeated."""
    kind, ref, text = said
    return Note(side, kind, f"{ref}.{link.serial}", text)


def once(side: str, said: tuple[str, str, str]) -> Note:
    """A note that is said while it is not remembered as said."""
    kind, ref, text = said
    return Note(side, kind, ref, text, once=f"{kind}:{ref}")
