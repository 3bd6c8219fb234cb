"""Presigned uploads and downloads over a real socket: what the file store sees, and what it makes of failures."""

from __future__ import annotations

import traceback
from types import SimpleNamespace

import pytest
import requests

from integration.clients.errors import Refused, Unavailable
from integration.clients.security_ir import stream
from integration.clients.security_ir.client import SecurityIr
from tests.unit.clients.recorded import recorded

CONTENT = bytes(range(256)) * 4096


def pieces(content=CONTENT, size=100_000):
    for start in range(0, len(content), size):
        yield content[start : start + size]


class Store:
    def __init__(self):
        self.status, self.headers, self.body = 200, {}, b""


@pytest.fixture
def store():
    made = Store()
    with recorded(lambda *_: (made.status, made.headers, made.body)) as (url, made.requests):
        made.address = f"{url}/file?X-Amz-Signature=presigned"
        yield made


@pytest.fixture
def session():
    with requests.Session() as made:
        yield made


def test_an_upload_has_exactly_the_signed_headers(store, session):
    stream.put(session, store.address, pieces(), len(CONTENT))
    method, _, headers, body = store.requests[0]
    assert (method, body) == ("PUT", CONTENT)
    assert (headers["If-None-Match"], headers["Content-Type"]) == ("*", "application/octet-stream")
    assert headers["Content-Length"] == str(len(CONTENT))
    assert not {"Transfer-Encoding", "Authorization"} & headers.keys()


def test_an_upload_that_was_done_before_is_done(store, session):
    """The same name and token lead to the same object; a crash after the upload must not end in a refusal."""
    store.status = 412
    stream.put(session, store.address, pieces(), len(CONTENT))


UPLOADS = [
    (403, Unavailable, False),
    (500, Unavailable, True),
    (503, Unavailable, True),
    (307, Unavailable, False),
    (400, Refused, None),
    (411, Refused, None),
]


@pytest.mark.parametrize(("status", "kind", "unknown"), UPLOADS)
def test_what_the_store_answers_to_an_upload(store, session, status, kind, unknown):
    """403 is an address that came too late: a new one is made for the next attempt."""
    store.status = status
    with pytest.raises(kind) as caught:
        stream.put(session, store.address, pieces(), len(CONTENT))
    assert getattr(caught.value, "outcome_unknown", None) is unknown


@pytest.mark.parametrize("announced", [len(CONTENT) - 1, len(CONTENT) + 1])
def test_a_file_of_another_length_is_not_sent_whole(store, session, announced):
    with pytest.raises(Unavailable):
        stream.put(session, store.address, pieces(), announced)
    assert all(len(body) < announced for *_, body in store.requests)


def test_a_download_is_streamed(store, session):
    store.body = CONTENT
    with stream.get(session, store.address) as content:
        parts = list(content.iter())
    assert content.size == len(CONTENT)
    assert b"".join(parts) == CONTENT
    assert max(map(len, parts)) <= 256 * 1024


def test_a_download_that_ends_early_is_an_error(store, session):
    store.body, store.headers = CONTENT, {"Content-Length": str(len(CONTENT) + 1)}
    with stream.get(session, store.address) as content, pytest.raises(Unavailable):
        list(content.iter())


DOWNLOADS = [(403, Unavailable), (503, Unavailable), (302, Unavailable), (404, Refused)]


@pytest.mark.parametrize(("status", "kind"), DOWNLOADS)
def test_what_the_store_answers_to_a_download(store, session, status, kind):
    store.status = status
    with pytest.raises(kind), stream.get(session, store.address):
        pass


PAGE = {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(("body", "headers"), [(b"", {}), (b"<html>Sign in</html>", PAGE)], ids=["nothing", "a page"])
def test_nothing_and_the_page_of_a_network_are_no_file(store, session, body, headers):
    """A case holds no empty file; a proxy answers 200 with a page of its own, without the store's request id."""
    store.body, store.headers = body, headers
    with pytest.raises(Unavailable), stream.get(session, store.address):
        pass


def test_a_page_that_somebody_attached_is_a_file(store, session):
    store.body, store.headers = b"<html>report</html>", {**PAGE, "x-amz-request-id": "4442587FB7D0A2F9"}
    with stream.get(session, store.address) as content:
        assert b"".join(content.iter()) == b"<html>report</html>"


def test_the_page_of_a_network_is_no_upload(store, session):
    store.headers = PAGE
    with pytest.raises(Unavailable):
        stream.put(session, store.address, pieces(), len(CONTENT))


def test_no_failure_shows_the_address(session):
    """Who has it can read or write the file until it expires."""
    gone = "http://127.0.0.1:1/file?X-Amz-Signature=presigned"
    with pytest.raises(Unavailable) as upload:
        stream.put(session, gone, pieces(), len(CONTENT))
    with pytest.raises(Unavailable) as download, stream.get(session, gone):
        pass
    for caught in (upload, download):
        assert "presigned" not in "".join(traceback.format_exception(caught.value))


def test_a_source_that_breaks_off_is_not_told_as_the_store_s_outage():
    """The file comes from the other system while it goes up: the error says whose it is, the metric blames nobody."""

    def broken():
        yield b"x"
        raise Unavailable("servicenow", "the download broke off")

    told = []
    client = SimpleNamespace(get_case_attachment_upload_url=lambda **_: {"attachmentPresignedUrl": "https://s/"})
    session = SimpleNamespace(put=lambda _address, data, **_: b"".join(data))
    service = SecurityIr(client, session, lambda *call: told.append(call[:4]))
    with pytest.raises(Unavailable) as caught:
        service.upload("1", "a.txt", 10, broken(), "token")
    assert caught.value.system == "servicenow"
    assert told[-1] == ("security_ir", "PutAttachment", "", "error")
