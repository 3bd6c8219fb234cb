"""Files in pieces, both ways, and whole or not at all. A real socket where the bytes on the wire matter."""

from __future__ import annotations

import hashlib
import json

import pytest

from integration.clients.errors import Misconfigured, Missing, Refused, Unavailable
from integration.clients.servicenow.attachment import Attachments
from integration.clients.servicenow.http import Http
from tests.unit.clients.recorded import recorded

A = "a" * 32
CONTENT = bytes(range(256)) * 4096
"""1 MiB: more than one piece."""
HASH = hashlib.sha256(CONTENT).hexdigest()
UPLOAD = "/api/now/attachment/file"


def stored(**changes):
    target = {"table_name": "incident", "table_sys_id": A}
    row = {"sys_id": "f1", "file_name": "x.bin", "size_bytes": str(len(CONTENT)), "hash": HASH, "state": "available"}
    return target | row | changes


def pieces(content=CONTENT, size=100_000):
    for start in range(0, len(content), size):
        yield content[start : start + size]


class Server:
    """`answers` are (status, headers, body) by method and path."""

    def __init__(self):
        self.answers = {}

    def answer(self, method, path):
        return self.answers.get((method, path.partition("?")[0]), (500, {}, b""))


@pytest.fixture
def server():
    made = Server()
    with recorded(made.answer) as (made.url, made.requests):
        yield made


@pytest.fixture
def files(server, tokens, waits):
    return Attachments(Http(server.url, tokens, sleep=waits.append))


def answer(server, method, path, status, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    server.answers[method, path] = (status, headers, content)


def test_an_upload_is_streamed_with_its_length(server, files):
    """Raw bytes, the stored type, and no chunked coding."""
    answer(server, "POST", UPLOAD, 201, {"result": stored()})
    record = files.upload("incident", A, "x & y.bin", "image/png", pieces(), len(CONTENT))
    (_, path, headers, body) = server.requests[0]
    assert record.sys_id == "f1"
    assert body == CONTENT
    assert path == f"{UPLOAD}?table_name=incident&table_sys_id={A}&file_name=x+%26+y.bin"
    assert (headers["Content-Length"], headers["Content-Type"]) == (str(len(CONTENT)), "image/png")
    assert "Transfer-Encoding" not in headers


def test_an_empty_file(server, files):
    nothing = hashlib.sha256(b"").hexdigest()
    answer(server, "POST", UPLOAD, 201, {"result": stored(size_bytes="0", hash=nothing)})
    files.upload("incident", A, "x", "text/plain", iter(()), 0)
    assert server.requests[0][2]["Content-Length"] == "0"


@pytest.mark.parametrize("wrong", [{"hash": "0" * 64}, {"size_bytes": "7"}])
def test_what_was_stored_otherwise_is_removed_again(server, files, wrong):
    """A broken copy would stay on the incident for ever, beside the one of the next attempt."""
    answer(server, "POST", UPLOAD, 201, {"result": stored(**wrong)})
    answer(server, "DELETE", "/api/now/attachment/f1", 204, b"")
    with pytest.raises(Unavailable, match="another content"):
        files.upload("incident", A, "x", "text/plain", pieces(), len(CONTENT))
    assert [request[0] for request in server.requests] == ["POST", "DELETE"]


def test_a_hash_that_comes_later_is_not_missed(server, files):
    answer(server, "POST", UPLOAD, 201, {"result": stored(hash="", state="pending")})
    assert files.upload("incident", A, "x", "text/plain", pieces(), len(CONTENT))["state"] == "pending"


@pytest.mark.parametrize("announced", [len(CONTENT) - 1, len(CONTENT) + 1])
def test_a_file_of_another_length_is_not_sent_whole(server, files, announced):
    with pytest.raises(Unavailable, match="than announced"):
        files.upload("incident", A, "x", "text/plain", pieces(), announced)
    assert all(len(body) != announced or method != "POST" for method, _, _, body in server.requests)


def test_a_source_that_breaks_off_is_what_is_told(files):
    """Its own error passes through: it says which side is to blame."""

    def broken():
        yield CONTENT[:10]
        raise LookupError("the other side is gone")

    with pytest.raises(LookupError, match="gone"):
        files.upload("incident", A, "x", "text/plain", broken(), len(CONTENT))


REFUSALS = [
    (403, {"error": {"message": "User Not Authorized", "detail": None}}, Refused),
    (400, {"error": {"message": "extension not allowed", "detail": None}}, Refused),
    (413, b"<html>", Refused),
    (404, {"error": {"message": "No Record found", "detail": None}}, Missing),
    (403, {"error": {"message": "x", "detail": "Access to unscoped api is not allowed"}}, Misconfigured),
    (500, b"", Unavailable),
]


@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS)
def test_a_refused_upload_concerns_this_file(server, files, status, body, kind):
    """Sent once: what was read from the source cannot be read again."""
    answer(server, "POST", UPLOAD, status, body)
    with pytest.raises(kind) as caught:
        files.upload("incident", A, "secret.pdf", "text/plain", pieces(), len(CONTENT))
    assert type(caught.value) is kind
    assert "secret.pdf" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_refused_token_costs_one_attempt(server, files, tokens):
    answer(server, "POST", UPLOAD, 401, {"error": {"message": "User Not Authenticated"}})
    with pytest.raises(Unavailable) as caught:
        files.upload("incident", A, "x", "text/plain", pieces(), len(CONTENT))
    assert not caught.value.outcome_unknown
    assert tokens.refusals == ["t1"]


def test_a_download_is_streamed(server, files):
    answer(server, "GET", "/api/now/attachment/f1/file", 200, CONTENT, **{"Content-Type": "image/png"})
    with files.download("f1") as content:
        parts = list(content.iter())
        assert (content.size, content.content_type) == (len(CONTENT), "image/png")
    assert b"".join(parts) == CONTENT
    assert content.sha256 == HASH
    assert max(map(len, parts)) <= 256 * 1024
    assert server.requests[0][2]["Accept-Encoding"] == "identity"


def test_a_download_that_ends_early_is_an_error(server, files):
    """Never a shorter file on the other side."""
    answer(server, "GET", "/api/now/attachment/f1/file", 200, CONTENT, **{"Content-Length": str(len(CONTENT) + 1)})
    with files.download("f1") as content, pytest.raises(Unavailable):
        list(content.iter())


def test_a_download_of_nothing(server, files):
    answer(server, "GET", "/api/now/attachment/f1/file", 404, {"error": {"message": "No Record found"}})
    with pytest.raises(Missing), files.download("f1"):
        pass


def test_a_download_gives_its_turn_back(server, tokens):
    files = Attachments(Http(server.url, tokens, parallel=1))
    answer(server, "GET", "/api/now/attachment/f1/file", 200, b"x")
    for _ in range(2):
        with files.download("f1") as content:
            assert list(content.iter()) == [b"x"]


def test_the_list_holds_only_this_record_s_files(server, files):
    answer(server, "GET", "/api/now/attachment", 200, {"result": [stored()]}, **{"X-Total-Count": "1"})
    assert [record["file_name"] for record in files.list("incident", A)] == ["x.bin"]
    answer(server, "GET", "/api/now/attachment", 200, {"result": [stored(table_sys_id="b")]})
    with pytest.raises(Misconfigured):
        files.list("incident", A)


def test_get_and_delete(server, files):
    none = {"error": {"message": "No Record found"}}
    answer(server, "GET", "/api/now/attachment/f1", 200, {"result": stored()})
    answer(server, "GET", "/api/now/attachment/f2", 404, none)
    answer(server, "DELETE", "/api/now/attachment/f1", 204, b"")
    answer(server, "DELETE", "/api/now/attachment/f2", 404, none)
    assert files.get("f1")["hash"] == HASH
    assert files.get("f2") is None
    assert (files.delete("f1"), files.delete("f2")) == (True, False)
