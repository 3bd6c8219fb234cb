"""The journal of a record whose rows are hidden, as the record displays it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.journals import identified
from integration.clients.servicenow import shown
from integration.model import JournalEntry
from mappers.comments import NOTE_MARK, WORK_NOTES, reference_in

if TYPE_CHECKING:
    from integration.cases.instance_users import InstanceUsers
    from integration.clients.servicenow.record import Record


class DisplayedJournal:
    """Labels of the kinds are learned from columns and from our notes."""

    def __init__(self, users: InstanceUsers) -> None:
        self._users = users
        self._labels: dict[str, str] = {}

    def entries(self, record: Record) -> tuple[JournalEntry, ...]:
        """The whole of it."""
        found = shown.entries(record)
        ours = (e for e in found if not e.element and self._author(e) == self._users.own_names()[0])
        self._labels |= shown.labels_of(found)
        self._labels |= {e.label: WORK_NOTES for e in ours if e.text.startswith(NOTE_MARK)}
        return tuple(
            identified(
                JournalEntry("", entry.element, entry.text, self._author(entry), entry.created)
                for entry in shown.told(found, self._labels)
            )
        )

    def _author(self, entry: shown.Shown) -> str:
        """Ours by its user name, as rows have it. Where our own name is not shown to us, a header of ours is enough."""
        user_name, name = self._users.own_names()
        ours = entry.author in {user_name, name} if name else reference_in(entry.text) is not None
        return user_name if ours else entry.author
