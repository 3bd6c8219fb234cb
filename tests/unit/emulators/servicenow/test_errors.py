"""The catalogue of refusals, page headers, and what a request must look like."""

from __future__ import annotations

import pytest

NO_RECORD = (404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
NO_LIST = "The payload is not valid JSON. rest_requests is a list of objects"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/now/table/nope", (400, "Invalid table nope", None)),
        ("POST", "/api/now/table/nope", (400, "Invalid table nope", None)),
        ("GET", "/api/now/nope", (400, "Requested URI does not represent any resource", None)),
        ("GET", "/api/now/v2/attachment", (400, "Requested URI does not represent any resource", None)),
        ("GET", "/nope", (400, "Requested URI does not represent any resource", None)),
        ("GET", "/api/now/table/incident/" + "0" * 32, NO_RECORD),
        ("PUT", "/api/now/table/incident", (405, "Method not supported", None)),
        ("POST", "/api/now/table/incident/x", (405, "Method not supported", None)),
        ("GET", "/api/now/v1/table/incident", NO_RECORD),
        ("POST", "/api/now/v1/batch?x", (400, "Exception while reading request", NO_LIST)),
        ("GET", "/api/now/batch", (405, "Method not supported", None)),
        ("GET", "/api/now/stats/nope", (400, "Invalid table nope", None)),
    ],
)  # fmt: skip
def test_a_refusal_stands_in_the_envelope(desk, method, path, expected):
    answer = desk(method, path, body={"rest_requests": 1})
    assert answer.refusal == expected
    assert answer.json["status"] == "failure"


@pytest.mark.parametrize("user", ["admin", "joe.employee"])
def test_a_table_without_its_plugin_is_invalid_for_everybody(desk, instance, user):
    instance.switches.sir_plugin = False
    instance.switched()
    assert desk("GET", "/api/now/table/sn_si_incident", user=user).refusal == (
        400,
        "Invalid table sn_si_incident",
        None,
    )


def test_an_empty_list_is_no_error_but_in_v1(desk):
    assert desk("GET", "/api/now/table/incident").result == []
    assert desk("GET", "/api/now/v2/table/incident").result == []


def test_the_status_of_unknown_paths_is_a_switch(desk, instance):
    instance.switches.unknown_path_status = 404
    assert desk("GET", "/api/nope").status == 404


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"content-type": "text/plain"}, b"{}", 415),
        ({"content-type": "application/x-www-form-urlencoded"}, b"a=b", 415),
        ({"accept": "text/html"}, b"{}", 406),
        ({"accept": "application/xml"}, b"{}", 406),
        ({"accept": "application/*"}, b"{}", 201),
        ({"content-type": "application/json; charset=utf-8"}, b"{}", 201),
        ({}, b"{not json", 400),
        ({}, b"'x'", 400),
        ({}, b'"text"', 400),
        ({}, b"", 201),
        ({}, b'[{"urgency": "1"}, {"urgency": "2"}]', 201),
        ({"x-no-response-body": "true"}, b"{}", 201),
    ],
)
def test_what_a_body_and_its_headers_must_be(desk, headers, body, status):
    answer = desk("POST", "/api/now/table/incident", body=body, headers=headers)
    assert answer.status == status
    assert (answer.raw == b"") is ("x-no-response-body" in headers)


def test_only_the_first_of_several_records_is_created(desk, instance):
    desk("POST", "/api/now/table/incident", body=[{"urgency": "1"}, {"urgency": "2"}])
    assert [row["urgency"] for row in instance.store.rows("incident")] == ["1"]


def test_a_body_beyond_the_limit_is_refused(desk, instance):
    instance.switches.max_body_bytes = 10
    assert desk("POST", "/api/now/table/incident", body={"description": "x" * 20}).status == 413


def test_the_method_may_stand_in_a_header(desk):
    sys_id = desk.incident()
    url = f"/api/now/table/incident/{sys_id}"
    assert (
        desk("POST", url, body={"urgency": "1"}, headers={"x-http-method-override": "PATCH"}).result["urgency"] == "1"
    )


def test_pages_carry_the_total_and_links(desk):
    for _ in range(5):
        desk.incident()
    answer = desk(
        "GET",
        "/api/now/table/incident?sysparm_limit=2&sysparm_offset=2&sysparm_query=ORDERBYnumber&sysparm_fields=number",
    )
    assert [row["number"] for row in answer.result] == ["INC0010003", "INC0010004"]
    assert answer.headers["X-Total-Count"] == "5"
    links = {
        part.split(";rel=")[1].strip('"'): part.split("sysparm_offset=")[1].split(">")[0]
        for part in answer.headers["Link"].split(",")
    }
    assert links == {"first": "0", "prev": "0", "next": "4", "last": "4"}


@pytest.mark.parametrize(
    ("parameter", "header"),
    [("sysparm_no_count=true", "X-Total-Count"), ("sysparm_suppress_pagination_header=true", "Link")],
)
def test_headers_can_be_asked_away(desk, parameter, header):
    assert header not in desk("GET", f"/api/now/table/incident?{parameter}").headers
    assert header in desk("GET", "/api/now/table/incident").headers


@pytest.mark.parametrize("limit", ["abc", "-1", ""])
def test_an_unreadable_limit_is_the_default(desk, limit):
    desk.incident()
    assert len(desk("GET", f"/api/now/table/incident?sysparm_limit={limit}").result) == 1


def test_a_rate_rule_counts_per_user_and_hour(desk, instance, clock):
    instance.switches.rate_limit_per_hour = 2
    statuses = [desk("GET", "/api/now/table/incident").status for _ in range(3)]
    answer = desk("GET", "/api/now/table/incident")
    assert statuses == [200, 200, 429]
    assert answer.refusal == (429, "Rate limit exceeded", "Rate limit of 2 requests per hour for Table API exceeded")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert desk("GET", "/api/now/table/incident", user="beth.anglin").status == 200
    clock.advance(3600)
    assert desk("GET", "/api/now/table/incident").headers["X-RateLimit-Limit"] == "2"


def test_statistics_count_and_group(desk):
    for urgency in ("1", "1", "3"):
        desk.incident(urgency=urgency)
    assert desk("GET", "/api/now/stats/incident?sysparm_count=true").result == {"stats": {"count": "3"}}
    grouped = desk(
        "GET", "/api/now/stats/incident?sysparm_count=true&sysparm_group_by=urgency&sysparm_max_fields=impact"
    ).result
    assert grouped == [
        {"stats": {"count": "2", "max": {"impact": "3"}}, "groupby_fields": [{"field": "urgency", "value": "1"}]},
        {"stats": {"count": "1", "max": {"impact": "3"}}, "groupby_fields": [{"field": "urgency", "value": "3"}]},
    ]  # fmt: skip


@pytest.mark.parametrize(("filtered", "count"), [(True, "0"), (False, "1")])
def test_whether_counts_obey_access_rules_is_a_switch(desk, instance, filtered, count):
    instance.switches.stats_acl_filtered = filtered
    desk.incident()
    answer = desk("GET", "/api/now/stats/incident?sysparm_count=true", user="joe.employee")
    assert answer.result["stats"]["count"] == count
