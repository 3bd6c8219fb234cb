"""What the client relies on, asked of the emulator and, where the environment names one, of a real instance.

Nothing here needs more than the integration user's roles; what only an emulator can be made to do stands beside.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from integration.clients.errors import Misconfigured, Refused
from integration.clients.servicenow.attachment import Attachments
from integration.clients.servicenow.batch import read_whole
from integration.clients.servicenow.journal import Journal
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.clients.servicenow.timestamp import from_timestamp
from tests.real.given import MARK

CLOSING = {"close_code": "Solution provided", "close_notes": "Made by a test."}


@pytest.fixture
def table(anywhere):
    return Table(anywhere)


@pytest.fixture
def incident(incident_anywhere):
    return incident_anywhere


def test_values_are_raw_and_labels_shown(table, incident):
    record = table.get("incident", incident.sys_id, ["state", "sys_created_on", "opened_by"])
    assert (record.value("state"), record.label("state")) == ("1", "New")
    assert abs(from_timestamp(record.value("sys_created_on")) - datetime.now(UTC)) < timedelta(minutes=5)
    assert len(record.value("opened_by")) == 32


def test_a_data_policy_refuses_one_action(table, incident):
    """The incident stays as it was, and the reason names what is missing."""
    with pytest.raises(Refused) as caught:
        table.update("incident", incident.sys_id, {"state": "6"})
    assert caught.value.fields
    assert table.get("incident", incident.sys_id).value("state") == "1"


def test_an_unknown_column_is_not_the_whole_table(table, incident):
    """The instance ignores the term and answers 200 with every record."""
    with pytest.raises(Misconfigured, match="ignored a term"):
        table.query("incident", Query().equals("u_no_such_column", "x"), ["number"])


def test_since_a_moment(table, incident):
    updated = from_timestamp(incident.value("sys_updated_on"))
    query = Query().equals("sys_id", incident.sys_id)
    assert len(table.query("incident", query.at_least("sys_updated_on", updated))) == 1
    assert table.query("incident", query.at_least("sys_updated_on", updated + timedelta(seconds=1))) == []


def test_an_entry_of_4000_characters_comes_back_whole(anywhere, table, incident):
    text = "x" * 3990 + " the end."
    table.update("incident", incident.sys_id, {"work_notes": text})
    assert [entry.value("value") for entry in Journal(anywhere).entries("incident", incident.sys_id)] == [text]


def test_record_journal_and_files_come_in_one_batch(anywhere, table, incident):
    table.update("incident", incident.sys_id, {"work_notes": "note"})
    Attachments(anywhere).upload("incident", incident.sys_id, "a.txt", "text/plain", [b"abc"], 3)
    whole = read_whole(anywhere, "incident", incident.sys_id, ["correlation_display"])
    assert whole.record.value("correlation_display") == MARK
    assert [entry.value("value") for entry in whole.journal] == ["note"]
    assert [file.value("file_name") for file in whole.attachments] == ["a.txt"]
    assert read_whole(anywhere, "incident", "f" * 32) is None


def test_a_file_goes_there_and_back(anywhere, incident):
    files, content = Attachments(anywhere), bytes(range(256)) * 2048
    pieces = [content[start : start + 70_000] for start in range(0, len(content), 70_000)]
    record = files.upload("incident", incident.sys_id, "Bericht & mehr ü.bin", "image/png", pieces, len(content))
    assert record.value("hash") == hashlib.sha256(content).hexdigest()
    (listed,) = files.list("incident", incident.sys_id)
    assert (listed.sys_id, listed.value("file_name")) == (record.sys_id, "Bericht & mehr ü.bin")
    with files.download(record.sys_id) as download:
        assert b"".join(download.iter()) == content
        assert download.sha256 == record.value("hash")
    assert files.delete(record.sys_id)
    assert files.get(record.sys_id) is None


def test_a_closed_record_keeps_its_fields_and_takes_notes(anywhere, table, incident):
    table.update("incident", incident.sys_id, {"state": "6", **CLOSING})
    assert table.update("incident", incident.sys_id, {"state": "7"}).value("state") == "7"
    assert (
        table.update("incident", incident.sys_id, {"short_description": "late"}).value("short_description") == "first"
    )
    table.update("incident", incident.sys_id, {"work_notes": "after all"})
    notes = [entry.value("value") for entry in Journal(anywhere).entries("incident", incident.sys_id)]
    assert "after all" in notes


def test_a_reference_takes_a_unique_name(table, incident):
    """Of a group with a name nobody else has, which every instance with demo data holds."""
    groups = table.query("sys_user_group", Query().equals("active", "true"), ["name"], limit=20)
    names = [group.value("name") for group in groups]
    unique = next(group for group in groups if names.count(group.value("name")) == 1)
    changed = table.update("incident", incident.sys_id, {"assignment_group": unique.value("name")})
    assert changed.value("assignment_group") == unique.sys_id
