"""`/w`: the page's questions. Whoever holds a link may use one workspace, and is told no more than that."""

from __future__ import annotations

import json
import random
import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from integration.clients.errors import Unavailable
from integration.connection.authorizer import Refusals
from integration.workspaces.model import ADDRESS_S, DAY_S, Why
from integration.workspaces.people import TOO_OLD
from tests.fakes.workspace_edge import SECRET, Edge

ASKED = (
    ("GET", "me"), ("GET", "files"), ("POST", "uploads"), ("POST", "downloads"), ("POST", "remove"),
    ("POST", "extend"), ("POST", "end"),
)  # fmt: skip
NOT_SIGNED_IN = "this session is over: open your personal link again, or the new one if it was renewed"
CHANGES = (("uploads", {"name": "a", "size": 1}), ("downloads", {"name": "a"}), ("remove", {"name": "a"}))


@pytest.fixture
def edge() -> Edge:
    return Edge()


def listed(edge: Edge, token: str) -> dict[str, int]:
    answer = edge.person("GET", "/w/files", token=token)
    assert answer.status == 200, answer
    return {each["name"]: each["size"] for each in answer.body["files"]}


def test_a_link_is_exchanged_for_a_bearer_that_opens_one_workspace(edge: Edge) -> None:
    _, ada = edge.signed_in("Ada")
    _, bob = edge.signed_in("Bob")
    edge.put(ada, "hers.txt")
    assert (listed(edge, ada), listed(edge, bob)) == ({"hers.txt": 4}, {})
    me = edge.person("GET", "/w/me", token=ada).body
    assert (me["name"], me["phase"], me["expires_at"], me["now"]) == (
        "Ada", "ready", edge.system.now + 14 * DAY_S, edge.system.now,
    )  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_nothing_is_told_to_whoever_is_not_signed_in(edge: Edge, method: str, path: str) -> None:
    """Alike for no bearer, a wrong one, another workspace's with another's signature, and one of nine hours ago."""
    _, ada = edge.signed_in("ada")
    _, bob = edge.signed_in("bob")
    body = {} if method == "POST" else None
    mixed = ".".join([*bob.split(".")[:3], ada.split(".")[3]])
    for token in ("", "x", mixed, ada[:-1] + ("A" if ada[-1] != "A" else "B"), "a" * 9000):
        answer = edge.person(method, f"/w/{path}", body, token)
        assert (answer.status, answer.body["error"]) == (403, NOT_SIGNED_IN)
    edge.system.now += 9 * 3600
    assert edge.person(method, f"/w/{path}", body, ada).status == 403


def test_a_link_guessed_a_thousand_times_opens_nothing(edge: Edge) -> None:
    """Each is answered as a link of a workspace that never was; none stands in a log."""
    made = edge.made()
    prefix, invented, told = made["link"][:-43], random.Random(7), set()
    guesses = [prefix + "".join(invented.choices("abcXYZ019-_", k=43)) for _ in range(1000)]
    for guess in guesses:
        answer = edge.person("POST", "/w/session", {"link": guess})
        told.add((answer.status, answer.body["error"]))
    logged = edge.log.getvalue()
    assert [guess for guess in guesses if guess in logged] == []
    unknown = edge.person("POST", "/w/session", {"link": f"0{made['link'].partition('#')[2][1:]}"})
    assert told == {(unknown.status, unknown.body["error"])} == {(403, TOO_OLD)}


def test_a_renewed_link_ends_the_old_one_and_its_session_at_once(edge: Edge) -> None:
    made = edge.made()
    token = edge.token(made["link"])
    edge.renew(made["workspace_id"])
    assert edge.person("POST", "/w/session", {"link": made["link"]}).status == 403
    assert edge.person("GET", "/w/files", token=token).status == 403
    assert edge.person("POST", "/w/uploads", {"name": "a", "size": 1}, token).status == 403
    assert edge.token(edge.made()["link"])


def test_a_pass_at_work_does_not_bring_old_links_back(edge: Edge) -> None:
    """The renewal is written while a pass holds the row; what the pass writes then leaves it alone."""
    made = edge.made()

    def renew(_number: int, name: str) -> None:
        if name == "close bucket":
            edge.system.unobserved(lambda: edge.renew(made["workspace_id"]))

    edge.machine("DELETE", f"/workspaces/{made['workspace_id']}")
    edge.system.at_call = renew
    edge.system.settle()
    assert edge.system.row(made["workspace_id"]).phase == "gone"
    assert edge.person("POST", "/w/session", {"link": made["link"]}).status == 403


# ------------------------------------------------------------------------------------------------ files
NAMES = [
    "a b.txt", "grün.txt", "a#?%&+.txt", "100 %25.txt", "文件/表.csv", "🎉.png", "folder/sub/x.txt", "-", "'\"<b>",
    "e\u0301.txt", "x" * 255,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_files_name_comes_back_as_it_was_given(edge: Edge, name: str) -> None:
    _, token = edge.signed_in()
    before = len(edge.log.getvalue())
    assert edge.put(token, name).status == 200
    assert listed(edge, token) == {unicodedata.normalize("NFC", name): 4}
    assert edge.person("POST", "/w/downloads", {"name": name}, token).status == 200
    assert name not in edge.log.getvalue()[before:]


BAD_UPLOADS: list[tuple[Any, int, str]] = [
    ({}, 422, "name says which file"),
    ({"name": "a"}, 422, "size is the file's size"),
    ({"name": "a", "size": -1}, 422, "size is the file's size"),
    ({"name": "a", "size": "1"}, 422, "size is a whole number"),
    ({"name": "a", "size": 1.5}, 422, "size is a whole number"),
    ({"name": "a", "size": True}, 422, "size is a whole number"),
    ({"name": "", "size": 1}, 422, "1 to 900 bytes"),
    ({"name": "../x", "size": 1}, 422, "none that is . or .."),
    ({"name": "/x", "size": 1}, 422, "no empty part"),
    ({"name": "a//b", "size": 1}, 422, "no empty part"),
    ({"name": "a/", "size": 1}, 422, "no empty part"),
    ({"name": "x" * 1025, "size": 1}, 422, "1 to 900 bytes, this has 1025"),
    ({"name": "x" * 256, "size": 1}, 422, "at most 255 bytes"),
    ({"name": "a\0", "size": 1}, 422, "U+0000"),
    ({"name": "a\u202egnp.exe", "size": 1}, 422, "U+202E"),
    ('{"name": "\\udc00", "size": 1}', 422, "U+DC00"),
    ({"name": "${filename}", "size": 1}, 422, "S3 would put another name in its place"),
    ({"name": "a", "size": 1001}, 413, "at most 1000 bytes"),
    ({"name": "a", "size": 10**40}, 413, "at most 1000 bytes"),
    ({"name": "a" * 17_000, "size": 1}, 413, "more than 16384"),
    ({"name": "a", "size": 1, "key": "b"}, 422, "there are name, size, type"),
]


@pytest.mark.parametrize(("body", "status", "sentence"), BAD_UPLOADS)
def test_a_bad_upload_reserves_nothing(edge: Edge, body: Any, status: int, sentence: str) -> None:
    workspace, token = edge.signed_in()
    answer = edge.person("POST", "/w/uploads", body, token)
    assert (answer.status, sentence in answer.body["error"]) == (status, True), answer
    assert edge.system.row(workspace).room == 1000


def test_an_address_is_for_the_very_name_size_and_kind(edge: Edge) -> None:
    """What is no kind of file goes as bytes; an empty file is one, too."""
    _, token = edge.signed_in()
    kinds = {"text/plain": "text/plain", "": None, "text/html; charset=x": None, "a/b\r\nX: y": None}
    for given, signed in kinds.items():
        answer = edge.person("POST", "/w/uploads", {"name": "e\u0301", "size": 0, "type": given}, token)
        fields = {"key": "é", "Content-Type": signed or "application/octet-stream", "x-size": "0"}
        assert (answer.status, answer.body["fields"]) == (200, fields)
        assert answer.body["expires_at"] == edge.system.now + ADDRESS_S


def test_the_quota_is_taken_before_an_address_is_given(edge: Edge) -> None:
    """Ten ask for 400 of 1000 bytes: two get an address, though nothing has arrived; later it is free again."""
    workspace, token = edge.signed_in()
    answers = [edge.person("POST", "/w/uploads", {"name": f"f{i}", "size": 400}, token) for i in range(10)]
    assert [each.status for each in answers] == [200, 200, *[413] * 8]
    assert answers[-1].body["room"] == 200
    edge.system.now += ADDRESS_S + 1
    edge.system.look(workspace)
    row = edge.system.row(workspace)
    assert row.room == row.quota - row.used > 900
    edge.system.at_rest()


def test_a_signature_that_fails_gives_its_room_back_in_time(edge: Edge) -> None:
    workspace, token = edge.signed_in()

    def fail(*_asked: object) -> Any:
        raise Unavailable("aws", "no answer")

    edge.files.upload = fail  # type: ignore[method-assign]
    assert edge.person("POST", "/w/uploads", {"name": "a", "size": 400}, token).status == 503
    assert edge.system.row(workspace).room == 600
    edge.system.now += ADDRESS_S + 1
    edge.system.look(workspace)
    row = edge.system.row(workspace)
    assert row.room == row.quota - row.used > 900


def test_a_removal_can_be_undone(edge: Edge) -> None:
    _, token = edge.signed_in()
    edge.put(token, "a.txt", b"first")
    edge.put(token, "a.txt", b"second!")
    assert edge.person("POST", "/w/remove", {"name": "a.txt"}, token).status == 200
    assert listed(edge, token) == {}
    undone = edge.person("POST", "/w/remove", {"name": "a.txt", "undo": True}, token)
    assert (undone.status, undone.body) == (200, {"removed": False})
    assert listed(edge, token) == {"a.txt": 7}
    for name in ("a.txt", "never"):
        again = edge.person("POST", "/w/remove", {"name": name, "undo": True}, token)
        assert (again.status, again.body["error"]) == (404, "this file is not removed")


# ------------------------------------------------------------------------------------------------ its life
def test_from_the_second_it_expires_no_address_is_given(edge: Edge) -> None:
    """The page still shows what there is, until the removal begins, and that it ends."""
    _, token = edge.signed_in(days=1)
    edge.system.now += DAY_S - 3600
    made = edge.made()
    token = edge.token(made["link"])
    edge.put(token, "a.txt")
    edge.system.now += 3600
    for path, body in CHANGES:
        answer = edge.person("POST", f"/w/{path}", body, token)
        assert (answer.status, "has ended, or is about to" in answer.body["error"]) == (409, True), path
    shown = edge.person("GET", "/w/files", token=token).body
    assert ([each["name"] for each in shown["files"]], shown["phase"], shown["extends"]) == (["a.txt"], "ending", True)


def test_an_extension_on_the_page_stays_within_the_maximum(edge: Edge) -> None:
    """By 14 days a click; the last brings it to 60 in all, and beyond that the catalog is named."""
    made = edge.made()
    token = edge.token(made["link"])
    lives = []
    for _ in range(4):
        answer = edge.person("POST", "/w/extend", {}, token)
        lives.append((answer.body["expires_at"] - made["expires_at"]) / DAY_S)
    assert lives == [14, 28, 42, 46]
    beyond = edge.person("POST", "/w/extend", {}, token)
    assert (beyond.status, "ordered in the catalog" in beyond.body["error"]) == (422, True)
    assert edge.person("POST", "/w/extend", {"days": 0}, token).status == 422


def test_whoever_leaves_does_not_stay_by_a_click(edge: Edge) -> None:
    """Where the end of all a person has is ordered, neither page nor machine extends; an end by hand hides it not."""
    workspace, token = edge.signed_in()
    edge.system.records.end(workspace, Why.LEFT, edge.system.now)
    assert edge.person("GET", "/w/files", token=token).body["extends"] is False
    edge.person("POST", "/w/end", {}, token)
    edge.machine("DELETE", f"/workspaces/{workspace}")
    for answer in (
        edge.person("POST", "/w/extend", {}, token),
        edge.machine("POST", f"/workspaces/{workspace}/extend", {}),
    ):
        assert (answer.status, "unless that order is taken back" in answer.body["error"]) == (409, True)
    assert edge.system.row(workspace).ended is Why.LEFT


def test_ending_is_told_until_its_proof(edge: Edge) -> None:
    """Asked for, it can be taken back until files are removed; then 409, then the proof, and no file is shown."""
    workspace, token = edge.signed_in()
    edge.put(token, "a.txt")
    ended = edge.person("POST", "/w/end", {}, token)
    assert (ended.status, ended.body["phase"]) == (202, "ending")
    assert edge.woken == [workspace]
    assert edge.person("POST", "/w/extend", {}, token).body["phase"] == "ready"
    assert edge.put(token, "b.txt").status == 200
    edge.person("POST", "/w/end", {}, token)
    edge.system.settle(edge.system.now + ADDRESS_S + 600)
    token = edge.token(edge.link(edge.system.row(workspace), edge.system.row(workspace).members[0]))
    gone = edge.person("GET", "/w/files", token=token).body
    assert (gone["phase"], gone["files"], gone["extends"]) == ("gone", [], False)
    assert gone["proof"]
    assert edge.person("POST", "/w/extend", {}, token).status == 409
    assert edge.person("POST", "/w/end", {}, token).body["phase"] == "gone"
    assert edge.put(token, "c.txt").status == 409


def test_what_is_being_made_says_so(edge: Edge) -> None:
    """A link given with 202 opens a page that waits; only files are refused."""
    edge.system.fails["create bucket"] = Unavailable("aws", "no answer")
    made = edge.machine("POST", "/workspaces", {"username": "ada"}).body
    token = edge.token(made["link"])
    assert edge.person("GET", "/w/me", token=token).body["phase"] == "making"
    assert edge.person("GET", "/w/files", token=token).body["files"] == []
    refused = edge.put(token, "a")
    assert (refused.status, "not ready yet" in refused.body["error"]) == (409, True)
    edge.system.records.end(made["workspace_id"], Why.ASKED, edge.system.now)
    assert "has ended" in edge.put(token, "a").body["error"]


def test_calls_stay_at_the_floor(edge: Edge) -> None:
    """Beside what the store of files takes: two for an address, one for a list, two for an extension."""
    _, token = edge.signed_in()
    asked = {
        ("POST", "/w/uploads"): ({"name": "a", "size": 1}, 2),
        ("GET", "/w/files"): (None, 1),
        ("POST", "/w/downloads"): ({"name": "a"}, 1),
        ("POST", "/w/extend"): ({}, 2),
    }
    for (method, path), (body, most) in asked.items():
        edge.system.calls.clear()
        assert edge.person(method, path, body, token).status == 200
        assert len(edge.system.calls) == most, (path, edge.system.calls)


# ------------------------------------------------------------------------------------------------ the page
@pytest.mark.parametrize(
    ("path", "kind"), [("/w", "text/html"), ("/w/page.js", "text/javascript"), ("/w/page.css", "text/css")]
)
def test_the_page_lets_nothing_in_but_its_own(edge: Edge, path: str, kind: str) -> None:
    answer = edge.person("GET", path)
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src data:")
    assert "connect-src 'self' https://files.example;" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_is_small_and_writes_no_markup(edge: Edge) -> None:
    texts = [edge.person("GET", path).body for path in ("/w", "/w/page.js", "/w/page.css")]
    assert sum(len(text.encode()) for text in texts) <= 40 * 1024
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage"):
        assert word not in texts[1]
    assert "style=" not in texts[0]
    assert "onclick=" not in texts[0]


def test_whoever_guesses_fills_no_log(edge: Edge) -> None:
    """The first refusal is told at once, then those of a minute together."""
    now = [0.0]
    people, before = replace(edge.people, refusals=Refusals(lambda: now[0])), len(edge.log.getvalue())
    for second in range(150):
        now[0] = float(second)
        people.answer({"httpMethod": "GET", "path": "/w/me", "headers": {"Authorization": "Bearer x"}})
    lines = [json.loads(line) for line in edge.log.getvalue()[before:].splitlines()]
    assert [line.get("count", 1) for line in lines] == [1, 60, 60]


def test_no_secret_and_no_name_stands_in_the_log(edge: Edge) -> None:
    made = edge.made("Ада")
    token = edge.token(made["link"])
    edge.put(token, "geheim.txt")
    edge.person("POST", "/w/uploads", {"name": "geheim.txt", "size": 10**9}, token)
    edge.person("POST", "/w/session", {"link": made["link"] + "x"})
    log = edge.log.getvalue()
    assert "request refused" in log
    for word in ("Ада", "\\u0410", "geheim", token, made["link"][-43:], SECRET):
        assert word not in log
