"""`/workspaces`: what machines ask, and what they are told where they ask for nonsense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integration.clients.errors import Misconfigured, Unavailable
from integration.workspaces.model import DAY_S, Phase
from integration.workspaces.names import DELIVERY, MADE
from tests.fakes.workspace_edge import KEY, Edge, event, said

UNKNOWN = "00000000-0000-5000-8000-000000000000"


@pytest.fixture
def edge() -> Edge:
    return Edge()


def test_a_name_is_enough(edge: Edge) -> None:
    """201 with id, link, expiry; the same again: 200, the same workspace and link."""
    first = edge.machine("POST", "/workspaces", {"username": "your.name"})
    again = edge.machine("POST", "/workspaces", {"username": " Your.Name "})
    assert (first.status, again.status) == (201, 200)
    assert first.headers["Location"] == f"/workspaces/{first.body['workspace_id']}"
    assert first.body["phase"] == Phase.READY
    assert first.body["expires_at"] == edge.system.now + 14 * DAY_S
    assert {**again.body} == {**first.body}
    assert first.body["url"] + "#" == first.body["link"][: len(first.body["url"]) + 1]
    assert edge.token(first.body["link"])


def test_what_takes_longer_is_answered_with_where_to_ask(edge: Edge) -> None:
    """1.5 s are waited for; the rest is another pass's, woken at once."""

    def slow(_number: int, name: str) -> None:
        edge.system.now += 2 if name == "create bucket" else 0

    edge.system.at_call = slow
    answer = edge.machine("POST", "/workspaces", {"username": "ada"})
    assert (answer.status, answer.headers["Retry-After"]) == (202, "2")
    assert edge.woken == [answer.body["workspace_id"]]
    edge.system.at_call = lambda _number, _name: None
    assert edge.machine("POST", "/workspaces", {"username": "ada"}).status == 202
    edge.system.settle()
    shown = edge.machine("GET", answer.headers["Location"])
    assert (shown.status, shown.body["phase"]) == (200, Phase.READY)
    edge.system.at_rest()


def test_a_store_that_does_not_answer_is_no_failed_order(edge: Edge) -> None:
    edge.system.fails["create bucket"] = Unavailable("aws", "no answer")
    assert edge.machine("POST", "/workspaces", {"username": "ada"}).status == 202
    edge.system.fails.clear()
    edge.system.settle()
    assert edge.machine("POST", "/workspaces", {"username": "ada"}).status == 200


def test_a_team_has_a_link_each(edge: Edge) -> None:
    body = {"username": "ada", "kind": "team", "team": ["bob", "Çelik"], "cost_center": "CC-4711"}
    made = edge.machine("POST", "/workspaces", body).body
    assert len(set(made["links"])) == 3
    assert edge.system.buckets.buckets[made["bucket"]].tags["CostCenter"] == "CC-4711"
    names = [edge.person("GET", "/w/me", token=edge.token(link)).body["name"] for link in made["links"]]
    assert names == ["ada", "bob", "Çelik"]


def test_a_workspace_made_by_a_call_is_counted_like_any(edge: Edge) -> None:
    """With its time from call to delivery, and the line of its pass; the second call makes nothing."""
    made = edge.made()
    edge.made()
    lines = [json.loads(line) for line in edge.log.getvalue().splitlines() if DELIVERY in line]
    assert [(line["workspace"], line["phase"], line[MADE], line[DELIVERY]) for line in lines] == [
        (made["workspace_id"], "ready", [1.0], [0.0]),
    ]  # fmt: skip


def test_a_key_makes_a_call_the_same(edge: Edge) -> None:
    """Without one, each call makes another team's workspace; used for somebody else, it gives nobody's link away."""
    body = {"username": "ada", "kind": "demo", "idempotency_key": "run 7"}
    first, again = edge.machine("POST", "/workspaces", body), edge.machine("POST", "/workspaces", body)
    assert (first.status, again.status) == (201, 200)
    assert first.body["workspace_id"] == again.body["workspace_id"]
    other = edge.machine("POST", "/workspaces", {"username": "eve", "idempotency_key": "run 7"})
    assert (other.status, other.body["field"]) == (409, "idempotency_key")
    assert "link" not in other.body
    found = edge.machine("GET", "/workspaces", query={"order": "run 7"}).body["workspaces"]
    assert [each["workspace_id"] for each in found] == [first.body["workspace_id"]]


def test_what_is_being_removed_is_a_conflict(edge: Edge) -> None:
    made = edge.made()
    ended = edge.machine("DELETE", f"/workspaces/{made['workspace_id']}")
    assert (ended.status, ended.body["phase"], ended.body["ending"]) == (202, "ending", "asked")
    assert edge.woken == [made["workspace_id"]]
    answer = edge.machine("POST", "/workspaces", {"username": "ada"})
    assert (answer.status, answer.body["workspace_id"]) == (409, made["workspace_id"])
    edge.system.settle()
    gone = edge.machine("DELETE", f"/workspaces/{made['workspace_id']}")
    assert (gone.status, gone.body["phase"], gone.body["link"]) == (200, "gone", "")
    assert gone.body["proof"]
    new = edge.machine("POST", "/workspaces", {"username": "ada"})
    assert (new.status, new.body["workspace_id"] != made["workspace_id"]) == (201, True)


def test_extension_goes_beyond_what_the_page_may(edge: Edge) -> None:
    made = edge.made()
    path = f"/workspaces/{made['workspace_id']}/extend"
    longer = edge.machine("POST", path, {"days": 100})
    assert longer.body["expires_at"] == made["expires_at"] + 100 * DAY_S
    assert edge.machine("POST", path, {"days": 300}).status == 422
    edge.machine("DELETE", f"/workspaces/{made['workspace_id']}")
    edge.system.settle()
    assert edge.machine("POST", path, {"days": 1}).status == 409


def test_new_links_end_the_old_ones(edge: Edge) -> None:
    made = edge.made(kind="team", team=["bob"])
    path, token = f"/workspaces/{made['workspace_id']}/links", edge.token(made["links"][0])
    renewed = edge.machine("POST", path, {"username": "ADA"}).body
    assert (renewed["links"][0] != made["links"][0], renewed["links"][1] == made["links"][1]) == (True, True)
    assert edge.person("POST", "/w/session", {"link": made["links"][0]}).status == 403
    assert edge.person("GET", "/w/me", token=token).status == 403
    assert edge.token(renewed["links"][0])
    assert edge.token(made["links"][1])
    assert edge.machine("POST", path, {"username": "eve"}).status == 404
    both = edge.machine("POST", path).body["links"]
    assert set(both).isdisjoint({*made["links"], *renewed["links"]})


BAD_BODIES: list[tuple[Any, int, str]] = [
    (None, 422, "say for whom"),
    ({}, 422, "say for whom"),
    ("", 422, "say for whom"),
    ("{", 422, "no JSON object"),
    ("[1]", 422, "no JSON object"),
    ("[" * 9000, 422, "no JSON object"),
    ({"username": 7}, 422, "username is a text"),
    ({"username": "ada", "colour": "red"}, 422, "there are username, kind"),
    ({"username": "x" * 20_000}, 413, "more than 16384 bytes"),
    ({"username": ""}, 422, "say for whom"),
    ({"username": "x" * 65}, 422, "1 to 64 characters"),
    ({"username": "😀"}, 422, "cannot hold 😀 (U+1F600)"),
    ({"username": "../../etc/passwd"}, 422, "cannot hold / (U+002F)"),
    ({"username": ".."}, 422, "one letter or digit"),
    ({"username": "<script>"}, 422, "cannot hold < (U+003C)"),
    ({"username": "a\0b"}, 422, "character U+0000"),
    ({"username": "a\u202eb"}, 422, "character U+202E"),
    ('{"username": "a\\ud800"}', 422, "character U+D800"),
    ({"username": "ada", "days": 0}, 422, "1 to 365"),
    ({"username": "ada", "days": -1}, 422, "1 to 365"),
    ({"username": "ada", "days": 10_000}, 422, "1 to 365"),
    ({"username": "ada", "days": True}, 422, "whole number"),
    ({"username": "ada", "days": "14"}, 422, "whole number"),
    ('{"username": "ada", "days": NaN}', 422, "no JSON object"),
    ({"username": "ada", "kind": "palace"}, 422, "one of personal, team, demo, class"),
    ({"username": "ada", "team": ["bob"]}, 422, "say kind team"),
    ({"username": "ada", "kind": "team", "team": "bob"}, 422, "list of texts"),
    ({"username": "ada", "kind": "team", "team": [7]}, 422, "list of names"),
    ({"username": "ada", "kind": "team", "team": [".."]}, 422, "one letter or digit"),
    ({"username": "ada", "kind": "team", "team": [f"n{i}" for i in range(99)]}, 422, "members at most"),
    ({"username": "ada", "cost_center": "a\nb"}, 422, "cost_center has"),
    ({"username": "ada", "cost_center": "x" * 65}, 422, "cost_center has"),
]


@pytest.mark.parametrize(("body", "status", "sentence"), BAD_BODIES)
def test_a_bad_order_is_told_what_is_wrong(edge: Edge, body: Any, status: int, sentence: str) -> None:
    """4xx with a sentence; nothing is made, and nothing of it stands in the log."""
    answer = edge.machine("POST", "/workspaces", body)
    assert (answer.status, sentence in answer.body["error"]) == (status, True), answer
    assert not edge.system.rows()
    assert "request refused" in edge.log.getvalue()
    assert "passwd" not in edge.log.getvalue()


REQUESTS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("POST", "/workspaces", {"headers_too": {"Content-Type": "text/plain"}}, 415, "Content-Type: application/json"),
    ("POST", "/workspaces", {"raw": {"body": "ÿ", "isBase64Encoded": True}}, 422, "encoding"),
    ("POST", "/workspaces", {"raw": {"body": "\ud800"}}, 422, "encoding"),
    ("PUT", "/workspaces", {}, 405, "takes POST, GET"),
    ("GET", "/", {}, 404, "no such address"),
    ("GET", "/workspaces/../../etc", {}, 404, "no such address"),
    ("GET", "/workspaces", {}, 422, "name an order"),
    ("GET", "/workspaces", {"query": {"order": "x" * 300}}, 422, "name an order"),
    ("GET", "/workspaces", {"query": {"order": "nobody's"}}, 404, "no such order"),
    ("GET", f"/workspaces/{UNKNOWN}", {}, 404, "no workspace with this id"),
    ("GET", "/workspaces/latest", {}, 404, "no workspace with this id"),
    ("DELETE", f"/workspaces/{UNKNOWN}", {}, 404, "no workspace with this id"),
    ("POST", f"/workspaces/{UNKNOWN}/extend", {}, 404, "no workspace with this id"),
    ("POST", f"/workspaces/{UNKNOWN}/links", {}, 404, "no workspace with this id"),
]


@pytest.mark.parametrize(("method", "path", "more", "status", "sentence"), REQUESTS)
def test_a_bad_request_is_told_what_is_wrong(
    edge: Edge, method: str, path: str, more: dict[str, Any], status: int, sentence: str
) -> None:
    answer = edge.machine(
        method, path, {"username": "ada"} if method == "POST" and "extend" not in path else None, **more
    )
    assert (answer.status, sentence in answer.body["error"]) == (status, True), answer


ENDED: list[tuple[str, str, Any, int, str]] = [
    ("POST", "/extend", {"days": 3}, 409, "has ended: order another"),
    ("POST", "/links", {}, 409, "has ended"),
    ("POST", "/hand-over", {"username": "bob"}, 409, "in use"),
    ("GET", "", None, 200, ""),
    ("DELETE", "", None, 200, ""),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "sentence"), ENDED)
def test_what_ended_takes_no_wish(edge: Edge, method: str, path: str, body: Any, status: int, sentence: str) -> None:
    """It is shown with its proof; its link goes on to open a page that says so."""
    made = edge.made()
    address = f"/workspaces/{made['workspace_id']}"
    edge.machine("DELETE", address)
    edge.system.settle(edge.system.now + 4000)
    answer = edge.machine(method, f"{address}{path}", body)
    assert (answer.status, sentence in answer.body.get("error", "")) == (status, True), answer
    assert edge.person("GET", "/w/me", token=edge.token(made["link"])).body["proof"]


def test_a_refusal_is_logged_by_its_status_alone(edge: Edge) -> None:
    """Whatever was sent: no part of it can stand in a line that has these members only."""
    made = edge.made()
    token, before = edge.token(made["link"]), len(edge.log.getvalue())
    for body, *_ in BAD_BODIES:
        edge.machine("POST", "/workspaces", body)
    for body in ({"name": "../geheim", "size": 1}, {"name": "geheim", "size": 10**9}, {"geheim": 1}, "{geheim"):
        edge.person("POST", "/w/uploads", body, token)
    edge.person("POST", "/w/session", {"link": "geheim"})
    lines = [json.loads(line) for line in edge.log.getvalue()[before:].splitlines() if line]
    assert len(lines) == len(BAD_BODIES) + 5
    members = {"level", "location", "message", "timestamp", "service", "function", "status", "outcome"}
    assert {each["message"] for each in lines} == {"request refused"}
    assert {name for each in lines for name in each} == members


@pytest.mark.parametrize("key", [None, "", "wrong", KEY[:-1], "ä" * 40], ids=repr)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_the_key_nothing_is_told(edge: Edge, key: str | None, method: str) -> None:
    """403 says which header; the function looks itself, whatever stands before it."""
    headers = {} if key is None else {"x-api-key": key}
    answer = said(edge.machines.answer(event(method, "/workspaces", {"username": "ada"}, headers)))
    assert answer.status == 403
    assert "key" in answer.body["error"]
    assert edge.system.calls == []


@pytest.mark.parametrize("error", [Unavailable("aws", "no answer"), Misconfigured("aws", "access denied")])
def test_trouble_of_ours_is_not_the_callers(edge: Edge, error: Exception) -> None:
    edge.system.fails["transact"] = error
    answer = edge.machine("POST", "/workspaces", {"username": "ada"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5"), edge.system.calls


def test_an_order_that_stands_is_answered_with_two_calls(edge: Edge) -> None:
    edge.made()
    edge.system.calls.clear()
    edge.machine("POST", "/workspaces", {"username": "ada"})
    assert len(edge.system.calls) == 2, edge.system.calls


def test_a_new_one_is_answered_with_the_floor(edge: Edge) -> None:
    edge.made()
    assert len(edge.system.calls) == 12, edge.system.calls


def test_a_successor_is_named_and_gets_the_place(edge: Edge) -> None:
    """Without a name nothing changes; where a pass is at work, it is asked again."""
    one = edge.made("ada")
    path = f"/workspaces/{one['workspace_id']}/hand-over"
    assert edge.machine("POST", path, {}).status == 422
    row = edge.system.row(one["workspace_id"])
    edge.system.records.claim(row.id, "a pass", edge.system.now + 60, edge.system.now)
    assert edge.machine("POST", path, {"username": "grace"}).status == 409
    edge.system.now += 61
    handed = edge.machine("POST", path, {"username": "grace"})
    assert (handed.status, edge.person("POST", "/w/session", {"link": one["link"]}).status) == (200, 403)
    assert edge.person("GET", "/w/me", token=edge.token(handed.body["link"])).body["name"] == "grace"
