"""Several requests in one: in sequence, each with a fate of its own."""

from __future__ import annotations

import base64
import json

JSON_HEADERS = [{"name": "Content-Type", "value": "application/json"}, {"name": "Accept", "value": "application/json"}]


def part(number: str, method: str, url: str, body: object = None, **more: object) -> dict[str, object]:
    encoded = base64.b64encode(json.dumps(body).encode()).decode() if body is not None else ""
    return {"id": number, "method": method, "url": url, "headers": JSON_HEADERS, "body": encoded, **more}


def send(desk, *parts: dict[str, object], user: str = "admin"):
    return desk("POST", "/api/now/v1/batch", user=user, body={"batch_request_id": 7, "rest_requests": list(parts)})


def test_parts_are_served_in_order_and_fail_alone(desk, instance):
    sys_id = desk.incident()
    url = f"/api/now/table/incident/{sys_id}?sysparm_fields=urgency"
    answer = send(
        desk,
        part("a", "PATCH", url, {"urgency": "1"}),
        part("b", "GET", "/api/now/table/nope"),
        part("c", "GET", url, exclude_response_headers=True),
        part("d", "DELETE", f"/api/now/table/incident/{sys_id}"),
    )
    assert (answer.status, answer.json["batch_request_id"], answer.json["unserviced_requests"]) == (200, "7", [])
    served = {each["id"]: each for each in answer.json["serviced_requests"]}
    assert [(key, each["status_code"]) for key, each in served.items()] == [
        ("a", 200),
        ("b", 400),
        ("c", 200),
        ("d", 204),
    ]
    assert json.loads(base64.b64decode(served["c"]["body"])) == {"result": {"urgency": "1"}}
    assert (served["c"]["headers"], served["b"]["error_message"]) == ([], "Invalid table nope")
    assert {each["name"] for each in served["a"]["headers"]} >= {"Content-Type", "X-Is-Logged-In"}
    assert (served["d"]["status_text"], served["d"]["body"]) == ("No Content", "")
    assert instance.calls.as_json()["counts"] == {
        "batch PATCH incident": 1, "batch GET nope": 1, "batch GET incident": 1, "batch DELETE incident": 1,
    }  # fmt: skip


def test_headers_are_not_inherited(desk):
    sys_id = desk.incident()
    answer = send(desk, {**part("a", "PATCH", f"/api/now/table/incident/{sys_id}", {"urgency": "1"}), "headers": []})
    assert answer.json["serviced_requests"][0]["status_code"] == 415


def test_parts_act_as_the_caller_of_the_batch(desk):
    sys_id = desk.incident()
    answer = send(desk, part("a", "GET", f"/api/now/table/incident/{sys_id}"), user="joe.employee")
    assert answer.json["serviced_requests"][0]["status_code"] == 404


def test_what_time_leaves_out_is_named(desk, instance):
    instance.switches.batch_serves_at_most = 1
    answer = send(desk, *(part(number, "POST", "/api/now/table/incident", {}) for number in "abc"))
    assert [each["id"] for each in answer.json["serviced_requests"]] == ["a"]
    assert answer.json["unserviced_requests"] == ["b", "c"]
    assert len(instance.store.rows("incident")) == 1


def test_a_batch_that_is_too_large_or_unreadable_does_nothing(desk, instance):
    create = part("a", "POST", "/api/now/table/incident", {})
    assert send(desk, create, {**create, "body": "not base64!"}).status == 400
    assert send(desk, create, {**create, "url": "https://elsewhere.example/"}).status == 400
    instance.switches.batch_max_bytes = 10
    assert send(desk, create).status == 413
    assert instance.store.rows("incident") == []


def test_a_batch_within_a_batch_is_no_resource(desk):
    answer = send(desk, part("a", "POST", "/api/now/v1/batch", {"rest_requests": []}))
    assert answer.json["serviced_requests"][0]["status_code"] == 400
