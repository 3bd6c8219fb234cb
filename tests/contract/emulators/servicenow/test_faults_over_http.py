"""Faults as a client meets them on the wire, and what they leave behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from integration.operations.waiting import until

TABLE = "/api/now/table/incident"


def fault(api, **rule) -> None:
    assert api("POST", "/_admin/faults", json=rule).ok


def create(api) -> requests.Response:
    return api("POST", TABLE, json={"short_description": "f"})


def count(api) -> int:
    return len(api("GET", "/_admin/state?table=incident").json()["tables"]["incident"])


@pytest.mark.parametrize(
    ("kind", "status", "made"),
    [
        ("401", 401, 0), ("403-unscoped", 403, 0), ("403-acl", 403, 0), ("429-json", 429, 0), ("429-html", 429, 0),
        ("500", 500, 0), ("500-after-commit", 500, 1), ("html-200", 200, 0), ("hibernation", 200, 0),
        ("202-empty", 202, 0), ("truncated-200", 200, 1), ("latency", 201, 1),
    ],
)  # fmt: skip
def test_an_answer_says_nothing_about_the_effect(emulated, kind, status, made):
    fault(emulated, kind=kind, method="POST", table="incident")
    assert create(emulated).status_code == status
    assert count(emulated) == made
    assert create(emulated).status_code == 201


@pytest.mark.parametrize(("kind", "made"), [("reset-before", 0), ("reset-after", 1), ("timeout", 0)])
def test_a_connection_ends_without_an_answer(emulated, kind, made):
    fault(emulated, kind=kind, method="POST", seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        create(emulated)
    until(lambda: count(emulated) == made)
    assert create(emulated).status_code == 201


def test_an_effect_may_land_after_the_line_was_cut(emulated):
    fault(emulated, kind="commit-late", method="POST", seconds=0.3)
    with pytest.raises(requests.ConnectionError):
        create(emulated)
    assert count(emulated) == 0
    until(lambda: count(emulated) == 1)


def test_a_truncated_list_is_no_json(emulated):
    create(emulated)
    fault(emulated, kind="truncated-200", method="GET", table="incident")
    response = emulated("GET", TABLE)
    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    assert "Transaction cancelled" in response.text


def test_faults_can_be_listed_and_taken_back(emulated):
    fault(emulated, kind="500", path="/api/now/table/*", times=None)
    assert [create(emulated).status_code for _ in range(2)] == [500, 500]
    assert emulated("GET", "/_admin/faults").json()["rules"][0]["kind"] == "500"
    emulated("DELETE", "/_admin/faults")
    assert create(emulated).status_code == 201
    assert emulated("POST", "/_admin/faults", json={"kind": "gremlins"}).status_code == 400


def test_too_long_addresses_are_answered_in_html(emulated):
    response = emulated("GET", f"{TABLE}?sysparm_query=sys_idIN{'0' * 9000}")
    assert (response.status_code, response.text[:6]) == (414, "<html>")


def test_more_calls_at_once_than_allowed_are_turned_away(emulated):
    emulated("PATCH", "/_admin/config", json={"max_running": 1})
    fault(emulated, kind="latency", method="GET", table="incident", seconds=1)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(requests.get, emulated.url + TABLE, auth=("admin", "admin"), timeout=10)
        until(lambda: emulated("GET", "/_admin/calls").json()["counts"] == {"GET incident": 1})
        assert create(emulated).status_code == 429
        assert slow.result().status_code == 200
    assert create(emulated).status_code == 201


def test_what_did_not_get_answered_is_counted_apart(emulated):
    emulated("DELETE", "/_admin/calls")
    fault(emulated, kind="reset-before", method="POST")
    with pytest.raises(requests.ConnectionError):
        create(emulated)
    create(emulated)
    counted = emulated("GET", "/_admin/calls").json()
    assert counted["outcomes"] == {"POST incident": {"reset-before": 1, "201": 1}}
