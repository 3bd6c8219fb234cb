from __future__ import annotations

import pytest

from integration.clients.errors import Misconfigured
from integration.clients.servicenow.record import Record

SHOWN = [
    ("2", "2", "2"),
    ({"value": "2", "display_value": "In Progress"}, "2", "In Progress"),
    ({"link": "https://x/api/now/table/sys_user/u1", "value": "u1"}, "u1", "u1"),
    ({"display_value": "Abel", "link": "https://x/…"}, "Abel", "Abel"),
    ({"value": "", "display_value": None}, "", ""),
    ({"value": "", "display_value": "UNKNOWN"}, "", "UNKNOWN"),
    (None, "", ""),
    ("", "", ""),
    (True, "true", "true"),
    (3, "3", "3"),
]


@pytest.mark.parametrize(("column", "value", "label"), SHOWN)
def test_every_way_to_show_a_value(column, value, label):
    record = Record({"f": column})
    assert (record.value("f"), record["f"], record.label("f")) == (value, value, label)


def test_a_missing_column_is_no_empty_column():
    """A column this user may not read is left out; taking it for empty would clear it on the other side."""
    record = Record({"sys_id": "1"})
    with pytest.raises(Misconfigured, match="close_notes"):
        record.value("close_notes")
    with pytest.raises(Misconfigured):
        record.label("close_notes")
    assert (record.has("close_notes"), "close_notes" in record, record.get("close_notes")) == (False, False, None)


def test_it_is_a_mapping_of_raw_values():
    record = Record({"sys_id": "1", "state": {"value": "2", "display_value": "In Progress"}})
    assert dict(record) == {"sys_id": "1", "state": "2"}
    assert record.labels == {"sys_id": "1", "state": "In Progress"}
    assert record.sys_id == "1"


def test_its_repr_shows_no_text():
    assert repr(Record({"sys_id": "1", "description": "secret"})) == "Record(1, 2 columns)"


def test_whole_numbers_are_written_as_elsewhere():
    """Change Management has typed values: `-5.0` is the state -5, and `false` is a text."""
    record = Record({"state": {"value": -5.0, "display_value": "New"}, "on_hold": {"value": False}, "half": 0.5})
    assert (record.value("state"), record.label("state"), record.value("on_hold")) == ("-5", "New", "false")
    assert record.value("half") == "0.5"
