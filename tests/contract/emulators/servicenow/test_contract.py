"""What a client of ServiceNow may rely on, and what it must not: asked of the emulator and of a real instance."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid

import pytest
import requests

TABLE = "/api/now/table/incident"
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@pytest.fixture
def key() -> str:
    return f"contract-{uuid.uuid4()}"


def test_a_record_is_created_with_text_values_and_an_address(api, key):
    response = api("POST", TABLE, json={"short_description": "contract", "correlation_id": key, "urgency": 2})
    made = response.json()["result"]
    api.made.append(made["sys_id"])
    assert response.status_code == 201
    assert response.headers["Location"].endswith(f"/table/incident/{made['sys_id']}")
    assert (made["urgency"], made["active"], made["sys_mod_count"], made["assigned_to"]) == ("2", "true", "0", "")
    assert STAMP.fullmatch(made["sys_created_on"])
    assert set(made["opened_by"]) == {"link", "value"}


def test_a_client_chosen_sys_id_is_kept_and_a_second_record_with_it_refused(api):
    mine = uuid.uuid4().hex
    assert api.incident(sys_id=mine)["sys_id"] == mine
    assert api("POST", TABLE, json={"sys_id": mine}).status_code == 403


def test_every_answer_can_be_traced(api):
    response = api("GET", f"{TABLE}?sysparm_limit=1")
    assert re.fullmatch(r"[0-9a-f]{12,32}", response.headers["X-Transaction-ID"])
    assert response.headers["X-Is-Logged-In"] == "true"
    assert response.headers["Content-Type"].startswith("application/json")
    assert "Date" in response.headers


def test_the_total_and_links_come_with_a_list(api, key):
    for _ in range(3):
        api.incident(correlation_id=key)
    query = f"{TABLE}?sysparm_query=correlation_id={key}^ORDERBYnumber&sysparm_limit=2&sysparm_fields=number"
    response = api("GET", query)
    assert response.headers["X-Total-Count"] == "3"
    assert {"first", "next", "last"} <= set(response.links)
    assert len(requests.get(response.links["next"]["url"], auth=api.http.auth, timeout=70).json()["result"]) == 1
    assert "X-Total-Count" not in api("GET", f"{query}&sysparm_no_count=true").headers


def test_an_unknown_field_in_a_query_returns_more_than_was_asked(api, key):
    api.incident(correlation_id=key)
    assert len(api.result("GET", f"{TABLE}?sysparm_query=no_such_field=banana&sysparm_limit=1")) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/api/now/table/no_such_table", 400, "Invalid table no_such_table"),
        ("GET", f"{TABLE}/{'0' * 32}", 404, "No Record found"),
        ("PATCH", f"{TABLE}/{'0' * 32}", 404, "No Record found"),
        ("DELETE", f"{TABLE}/{'0' * 32}", 404, "No Record found"),
    ],
)
def test_refusals_have_their_envelope(api, method, path, status, message):
    response = api(method, path, json={})
    body = response.json()
    assert (response.status_code, body["error"]["message"], body["status"]) == (status, message, "failure")


def test_without_credentials_nobody_is_told_anything(api):
    response = requests.get(f"{api.url}{TABLE}", headers={"Accept": "application/json"}, timeout=70)
    assert (response.status_code, response.json()["error"]["message"]) == (401, "User Not Authenticated")


def test_display_and_stored_values_come_together(api, key):
    made = api.incident(correlation_id=key)
    shown = api.result("GET", f"{TABLE}/{made['sys_id']}?sysparm_display_value=all&sysparm_exclude_reference_link=true")
    assert shown["state"] == {"display_value": "New", "value": "1"}
    assert set(shown["opened_by"]) == {"display_value", "value"}
    assert shown["sys_created_on"]["value"] == made["sys_created_on"]


def test_only_effective_changes_count(api):
    made = api.incident(short_description="a")
    url = f"{TABLE}/{made['sys_id']}?sysparm_fields=sys_mod_count"
    assert api.result("PATCH", url, json={"short_description": "b"}) == {"sys_mod_count": "1"}
    assert api.result("PATCH", url, json={"short_description": "b"}) == {"sys_mod_count": "1"}


def test_a_journal_entry_is_a_row_of_its_own_with_its_author(api):
    made = api.incident()
    api.result("PATCH", f"{TABLE}/{made['sys_id']}", json={"work_notes": "one", "comments": "two"})
    query = f"/api/now/table/sys_journal_field?sysparm_query=element_id={made['sys_id']}^elementINcomments,work_notes"
    entries = api.result("GET", query)
    assert {(row["element"], row["value"], row["sys_created_by"]) for row in entries} == {
        ("work_notes", "one", api.http.auth[0]), ("comments", "two", api.http.auth[0]),
    }  # fmt: skip
    assert api.result("GET", f"{TABLE}/{made['sys_id']}")["work_notes"] == ""


def test_resolving_without_details_is_a_policy_exception_in_labels(api):
    made = api.incident()
    response = api("PATCH", f"{TABLE}/{made['sys_id']}", json={"state": "6"})
    error = response.json()["error"]
    assert (response.status_code, error["message"]) == (403, "Operation Failed")
    assert error["detail"].startswith("Data Policy Exception: \n\tThe following fields are mandatory: ")


def test_priority_follows_impact_and_urgency(api):
    assert api.incident(impact="1", urgency="1", priority="5")["priority"] == "1"


def test_a_file_keeps_its_bytes_and_its_hash(api):
    made = api.incident()
    content = bytes(range(256)) * 40
    query = f"table_name=incident&table_sys_id={made['sys_id']}&file_name=f.bin"
    headers = {"Content-Type": "application/octet-stream"}
    file = api.result("POST", f"/api/now/attachment/file?{query}", data=content, headers=headers)
    assert (file["size_bytes"], file["hash"]) == (str(len(content)), hashlib.sha256(content).hexdigest())
    fetched = api("GET", f"/api/now/attachment/{file['sys_id']}/file")
    assert (fetched.content, fetched.headers["Content-Type"]) == (content, "application/octet-stream")
    listed = api.result("GET", f"/api/now/attachment?sysparm_query=table_sys_id={made['sys_id']}^table_name=incident")
    assert [each["sys_id"] for each in listed] == [file["sys_id"]]
    assert api("DELETE", f"/api/now/attachment/{file['sys_id']}").status_code == 204
    assert api("GET", f"/api/now/attachment/{file['sys_id']}").status_code == 404


def test_a_form_uploads_too(api):
    made = api.incident()
    fields = {
        "table_name": (None, "incident"),
        "table_sys_id": (None, made["sys_id"]),
        "f": ("a.txt", b"abc", "text/plain"),
    }
    file = api.result("POST", "/api/now/attachment/upload", files=fields)
    assert (file["file_name"], file["size_bytes"], file["content_type"]) == ("a.txt", "3", "text/plain")


def test_a_batch_serves_each_part_for_itself(api):
    made = api.incident()
    accept = [{"name": "Accept", "value": "application/json"}]
    parts = [
        {"id": "1", "method": "GET", "url": f"{TABLE}/{made['sys_id']}?sysparm_fields=number", "headers": accept},
        {"id": "2", "method": "GET", "url": "/api/now/table/no_such_table", "headers": accept},
    ]
    body = api("POST", "/api/now/v1/batch", json={"batch_request_id": "9", "rest_requests": parts}).json()
    served = {each["id"]: each for each in body["serviced_requests"]}
    assert (body["batch_request_id"], served["1"]["status_code"], served["2"]["status_code"]) == ("9", 200, 400)
    assert json.loads(base64.b64decode(served["1"]["body"]))["result"] == {"number": made["number"]}


def test_counts_come_without_records(api, key):
    api.incident(correlation_id=key)
    assert api.result("GET", f"/api/now/stats/incident?sysparm_count=true&sysparm_query=correlation_id={key}") == {
        "stats": {"count": "1"}
    }
