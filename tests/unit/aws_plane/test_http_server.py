"""The plane's servers: they answer until they are closed, and leave nothing behind."""

import re
import socket
import threading
from urllib.parse import urlsplit

import pytest
import requests

from integration.aws_plane.http_server import Response, listening


def threads():
    return {thread.name for thread in threading.enumerate()} & {"tiny"}


def test_it_answers_until_it_is_closed():
    """Also one nobody ever asked ends, and closing twice is no error."""
    with listening(lambda request: Response(200, request.body), name="tiny") as asked:
        said = [requests.post(asked.url, data=word, timeout=5).text for word in ("a", "b")]
        assert (said, threads()) == (["a", "b"], {"tiny"})
    assert threads() == set()
    with pytest.raises(requests.ConnectionError):
        requests.get(asked.url, timeout=5)
    with listening(lambda _: Response(200), name="tiny"):
        pass
    assert threads() == set()
    asked.close()


def spoken(url, *parts):
    """What a plain socket reads once the server has hung up."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), 5) as line:
        for part in parts:
            line.sendall(part)
        return b"".join(iter(lambda: line.recv(4096), b""))


HEADS = {
    "two calls on one connection": (
        [b"GET /a HTTP/1.1\r\n\r\n", b"GET /b HTTP/1.1\r\nConnection: close\r\n\r\n"], [200, 200],
        "/a{} /b{'connection': 'close'} ",
    ),
    "no line of a request": ([b"what\r\n\r\n"], [400], ""),
    "another protocol": ([b"GET / SPDY/1\r\n\r\n"], [400], ""),
    "a body that waits for a word": (
        [b"PUT /c HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n", b"hi"],
        [100, 200],
        "/c{'expect': '100-continue', 'content-length': '2', 'connection': 'close'}hi ",
    ),
    "a header twice, and in another case": (
        [b"GET /d HTTP/1.1\r\nX-Tag:one\r\nx-tag:  two \r\nCONNECTION: Close\r\n\r\n"], [200],
        "/d{'x-tag': 'one, two', 'connection': 'Close'} ",
    ),
}  # fmt: skip
"""What is sent, the statuses, and what was made of it."""


@pytest.mark.parametrize("sent", HEADS)
def test_a_head_is_read_as_it_was_meant(sent):
    parts, statuses, seen = HEADS[sent]
    asked = []

    def answer(request):
        asked.append(f"{request.target}{request.headers}{request.body.decode()} ")
        return Response(200)

    with listening(answer, door=lambda _: "") as server:
        told = spoken(server.url, *parts)
    assert [int(each) for each in re.findall(rb"HTTP/1.1 (\d+)", told)] == statuses
    assert "".join(asked) == seen
