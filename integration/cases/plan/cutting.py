"""An edit of a text of which one side shows the beginning only: what the whole becomes. Pure.

What a side holds is known from the base: whatever it last showed that was not the whole text is a part of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT, value_fingerprint

if TYPE_CHECKING:
    from integration.cases.link import Pair
    from integration.cases.plan.synced import Synced
    from mappers.mapping_rules import FieldRule

END = 40
"""Characters at the end of an edited part by which its place in the whole is found."""


def rejoined(whole: str, edited: str) -> str | None:
    """`whole` with the edit of its beginning that made `edited`; None: the edit reached the end of what was shown, so
    nobody can tell where the rest belongs.
    """
    end = edited[-END:]
    if not end or whole.count(end) != 1:
        return None
    found = edited + whole[whole.index(end) + len(end) :]
    return found if found != whole else None


def uncut(rule: FieldRule, synced: Synced, base: Pair) -> Synced:
    """The field as it is to be judged where one side, edited alone, cannot hold what stands on the other."""
    on_case, on_incident = synced.now.case != base.case, synced.now.incident != base.incident
    if on_case == on_incident or synced.accepted:
        return synced
    side, other = (INCIDENT, CASE) if on_incident else (CASE, INCIDENT)
    edited, whole = _said(rule, synced, side), _said(rule, synced, other)
    shown = value_fingerprint(rule.case, whole)
    if not edited or not whole or not _rest(rule, synced, other) or base.on(side) == shown:
        return synced
    joined = rejoined(whole, edited)
    if joined is None or not _fits(rule, joined, other):
        back = synced.on_incident if other == CASE else synced.on_case
        return synced if back is None else replace(synced, keeps=other)
    if other == CASE:
        return replace(synced, on_case=joined, case_finals=(value_fingerprint(rule.case, joined),))
    return replace(synced, on_incident=joined, incident_finals=(value_fingerprint(rule.case, joined),))


def _said(rule: FieldRule, synced: Synced, side: str) -> str:
    """A side's text in the other's words."""
    said = rule.transform.to_case(synced.incident) if side == INCIDENT else rule.transform.to_incident(synced.case)
    return said if isinstance(said, str) else ""


def _rest(rule: FieldRule, synced: Synced, whole: str) -> str:
    """What the other side has no room for."""
    return rule.rest_for_incident(synced.case) if whole == CASE else rule.rest_for_case(synced.incident)


def _fits(rule: FieldRule, text: str, side: str) -> bool:
    return text == (rule.case_value_for(text) if side == CASE else rule.incident_value_for(text))
