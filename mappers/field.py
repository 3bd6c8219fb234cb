"""The rule of one scalar field: its value on the other side, and which values count as the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mappers.text_split import cut
from mappers.transform import TEXT, Transform

if TYPE_CHECKING:
    from integration.model import Value

Direction = Literal["both", "to_incident", "to_case"]
Policy = Literal["servicenow", "aws"]

_COLUMN_LENGTHS = (40, 80, 100, 160, 255, 1000, 4000, 8000)
"""Lengths text columns usually have. An instance whose column is shorter than configured cuts at one of these."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """`case` and `incident` name the field on each side; limits are in UTF-16 units, None: none that matters."""

    case: str
    incident: str
    direction: Direction = "both"
    policy: Policy = "servicenow"
    limit_case: int | None = None
    limit_incident: int | None = None
    transform: Transform = field(default_factory=lambda: Transform(TEXT))

    def incident_value_for(self, case_value: Value) -> str | None:
        """Within the column's limit; None: the incident has no word for it, so it is left as it is."""
        whole = self.transform.to_incident(case_value)
        return None if whole is None else _cut(whole, self.limit_incident)

    def case_value_for(self, incident_value: str) -> Value | None:
        """Within the case's limit; None: it cannot be said on AWS, which takes no empty text."""
        whole = self.transform.to_case(incident_value)
        return _cut(whole, self.limit_case) if isinstance(whole, str) else whole

    def rest_for_incident(self, case_value: Value) -> str:
        """What `incident_value_for` had to leave away; it goes into a note."""
        whole, said = self.transform.to_incident(case_value) or "", self.incident_value_for(case_value) or ""
        return whole[len(said) :]

    def rest_for_case(self, incident_value: str) -> str:
        """What `case_value_for` had to leave away; it goes into a note."""
        whole, said = self.transform.to_case(incident_value), self.case_value_for(incident_value)
        return whole[len(said) :] if isinstance(whole, str) and isinstance(said, str) else ""

    def accepted(self, case_value: Value, incident_value: str) -> bool:
        """Equal after translation, in either direction that this rule has; a cut at a limit counts as equal.

        A shorter beginning than the limit is no cut but somebody's edit.
        """
        translated = self.transform.to_incident(case_value)
        said = self.transform.to_incident(incident_value) if self.is_text else incident_value
        if translated is not None and said in {translated, *_cuts(translated, self.limit_incident)}:
            return True
        if self.direction == "to_incident" or not isinstance(case_value, str):
            return False
        back = self.transform.to_case(incident_value)
        return isinstance(back, str) and self._said(case_value) in {
            self._said(v) for v in (back, *_cuts(back, self.limit_case))
        }

    def ours_on_incident(self, case_value: Value) -> tuple[str, ...]:
        """What our write of this case value may have left in the column: it, and where a shorter column cuts it."""
        whole = self.incident_value_for(case_value)
        if whole is None:
            return ()
        shorter = (whole[:length].rstrip() for length in _COLUMN_LENGTHS if length < len(whole))
        return tuple(dict.fromkeys((whole, *shorter)))

    def ours_on_case(self, incident_value: str) -> tuple[Value, ...]:
        """What our write of this column value may have left on the case."""
        value = self.case_value_for(incident_value)
        return () if value is None else (value,)

    @property
    def is_text(self) -> bool:
        return self.transform.name in {TEXT, "line"}

    def _said(self, text: str) -> str:
        return str(self.transform.to_incident(text)) if self.is_text else text


def _cut(text: str, limit: int | None) -> str:
    """Without white space at its end, which ServiceNow would trim and a later look would take for an edit."""
    return cut(text, limit).rstrip() if limit is not None else text


def _cuts(text: str, limit: int | None) -> tuple[str, ...]:
    """By our count and by plain characters, as another writer or the instance itself would cut."""
    if limit is None:
        return ()
    return (_cut(text, limit), text[:limit].rstrip())
