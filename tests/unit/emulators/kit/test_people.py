"""Whoever stands at the admin routes: what they ask is answered, whatever became of an earlier connection."""

from __future__ import annotations

import socket
import threading

import pytest

from integration.emulators.kit.people import People

CLOSE = b"Connection: close\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\n%sContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"


@pytest.fixture
def forgetful():
    """Answers what comes first over each connection and keeps it open unless told otherwise, but hangs up at whatever
    comes next, as every server does whose patience with an idle connection ends in that moment.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    serving = threading.Thread(target=_serve, args=(listener,))
    serving.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    serving.join()


def _serve(listener):
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        with line:
            closes = CLOSE if CLOSE in line.recv(1 << 16) else b""
            line.sendall(ANSWER % closes)
            if not closes:
                line.recv(1 << 16)


@pytest.mark.parametrize("method", ["GET", "PATCH", "POST"])
def test_a_connection_that_was_just_given_up_by_the_server_loses_no_request(forgetful, method):
    """Nobody could repeat a write whose connection broke: it may have been done."""
    people = People(forgetful, "system")
    assert [people.send(method, "config", timeout_s=5) for _ in range(3)] == [{}, {}, {}]
