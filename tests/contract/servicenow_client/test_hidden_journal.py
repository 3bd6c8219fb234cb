"""Journals hidden by access rules look empty. The adapter notices from the records, and says so instead of nothing."""

import pytest

from integration.case_sync import incidents as adapter
from integration.case_sync.errors import Misconfigured

HIDDEN = {"*": "empty"}


@pytest.fixture
def incidents(instance):
    """As a function's container has it: fresh, so that no journal was seen yet."""
    return lambda: adapter.ServiceNowIncidents(instance.http(), instance.url, "incident", (), instance.user_sys_id)


@pytest.fixture
def noted(instance, monkeypatch):
    """An incident with a work note, saved long enough ago."""
    monkeypatch.setattr(adapter, "ROWS_COME_S", -1)
    return instance.act("insert", values={"short_description": "s", "work_notes": "Seen?"})["record"]["sys_id"]


def test_a_record_that_shows_what_the_journal_hides_is_a_misconfiguration(instance, incidents, noted):
    instance.config(journal_access=HIDDEN)
    with pytest.raises(Misconfigured, match="hidden"):
        incidents().read(noted, None)


def test_also_where_only_late_entries_are_asked_for(instance, incidents, noted):
    """None of them is new, yet the old ones are not there either."""
    instance.config(journal_access=HIDDEN)
    with pytest.raises(Misconfigured, match="hidden"):
        incidents().read(noted, 4_000_000_000.0)


def test_nothing_is_said_where_a_journal_is_empty_or_its_rows_may_yet_come(instance, incidents):
    """A fresh entry's row may appear a moment later; a record without entries proves nothing."""
    silent = instance.act("insert", values={"short_description": "s"})["record"]["sys_id"]
    fresh = instance.act("insert", values={"short_description": "s", "work_notes": "Seen?"})["record"]["sys_id"]
    instance.config(journal_access=HIDDEN)
    assert incidents().read(silent, None).incident.journal == ()
    assert incidents().read(fresh, None).incident.journal == ()


def test_a_journal_that_was_seen_is_not_doubted_again(instance, incidents, noted):
    """The record's own text is read only until then, and is no label of the record."""
    known = incidents()
    read = known.read(noted, None).incident
    assert [entry.text for entry in read.journal] == ["Seen?"]
    assert "comments_and_work_notes" not in read.labels
    instance.config(journal_access=HIDDEN)
    assert known.read(noted, None).incident.journal == ()


def test_late_entries_may_be_none_in_an_open_journal(incidents, noted):
    assert incidents().read(noted, 4_000_000_000.0).incident.journal == ()
