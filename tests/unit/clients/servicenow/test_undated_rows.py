"""A row whose time is missing or odd is a row: one value of one record stalls nothing."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from integration.cases.instance_side import ServiceNowIncidents
from tests.unit.clients.servicenow.conftest import URL

SYS_ID = "a" * 32
MADE = datetime(2026, 11, 21, 10, tzinfo=UTC)
ROWS = {
    "sys_journal_field": {"element": "comments", "value": "imported", "name": "incident", "element_id": SYS_ID},
    "attachment": {"file_name": "a.txt", "size_bytes": "3", "table_name": "incident", "table_sys_id": SYS_ID},
}


def shown(columns):
    return {name: {"value": value, "display_value": value} for name, value in columns.items()}


def batch(stamp, of_record):
    def answer(request):
        parts = []
        for part in json.loads(request.body)["rest_requests"]:
            name = next((name for name in ROWS if name in part["url"]), "")
            row = ROWS.get(name, {}) | {"sys_id": "b" * 32, "sys_created_on": stamp, "sys_created_by": "import"}
            columns = dict.fromkeys(ServiceNowIncidents(None, "i", "incident", (), "u")._columns, "")
            columns |= {"sys_id": SYS_ID, "sys_created_on": of_record, "sys_updated_on": of_record}
            result = [row if name == "attachment" else shown(row)] if name else shown(columns)
            body = base64.b64encode(json.dumps({"result": result}).encode()).decode()
            parts.append({"id": part["id"], "status_code": 200, "headers": [], "body": body})
        return 200, {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}, json.dumps({"serviced_requests": parts})

    return answer


@pytest.mark.parametrize("stamp", ["", "21.11.2026 10:00", "2026-13-41 25:61:61"])
def test_a_row_without_time_takes_its_record_s(instance, http, stamp):
    instance.add_callback("POST", f"{URL}/api/now/v1/batch", batch(stamp, "2026-11-21 10:00:00"))
    incident = ServiceNowIncidents(http, "i", "incident", (), "u").read(SYS_ID, None).incident
    assert [(entry.text, entry.created) for entry in incident.journal] == [("imported", MADE)]
    assert [(file.file_name, file.created) for file in incident.attachments] == [("a.txt", MADE)]


def test_a_record_without_any_time_is_read_too(instance, http):
    instance.add_callback("POST", f"{URL}/api/now/v1/batch", batch("", ""))
    incident = ServiceNowIncidents(http, "i", "incident", (), "u").read(SYS_ID, None).incident
    assert (incident.created, incident.updated, incident.opened) == (None, None, None)
    assert [entry.text for entry in incident.journal] == ["imported"]
