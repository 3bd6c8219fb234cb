"""Calls of moto take the connection that is free, and are hung up on where the answer is none."""

import socket
import threading
from collections import deque
from contextlib import closing

import pytest

from integration.aws_plane.http_server import Hangup, Request, Response, listening
from integration.aws_plane.moto_lines import MotoLines

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Tag: one\r\nX-Tag: two\r\n\r\nhi"
BROKEN = {
    "nothing": b"",
    "no status": b"what?\r\n\r\n",
    "no length": b"HTTP/1.1 200 OK\r\n\r\n",
    "half of it": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
}


def call(method="POST", body=b"asked"):
    return Request(method, "/", {}, body)


def one_answer(said):
    """The address of somebody who answers one connection so, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with listener, listener.accept()[0] as line:
            line.recv(4096)
            line.sendall(said)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_an_answer_comes_whole_with_its_headers():
    with closing(MotoLines(one_answer(WHOLE))) as lines:
        assert lines.ask(call(), {}) == Response(200, b"hi", {"Content-Length": "2", "X-Tag": "one, two"})


def test_to_a_question_for_the_head_no_body_comes():
    """Its length is that of a body it would have."""
    with closing(MotoLines(one_answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"))) as lines:
        assert lines.ask(call("HEAD"), {}).status == 404


@pytest.mark.parametrize("what", BROKEN)
def test_whatever_is_no_answer_is_a_connection_that_broke(what):
    with closing(MotoLines(one_answer(BROKEN[what]))) as lines, pytest.raises(Hangup):
        lines.ask(call(), {})


def test_where_nobody_listens_the_connection_broke():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(Hangup):
        MotoLines(url).ask(call(), {})


def test_calls_after_each_other_share_a_line_and_calls_at_once_do_not():
    """Each hears the answer to its own question."""
    ports, both = [], threading.Barrier(2, timeout=10)

    def answer(request):
        ports.append(request.source_port)
        if request.body.startswith(b"at once"):
            both.wait()
        return Response(200, request.body)

    said = {}
    with listening(answer) as server, closing(MotoLines(server.url)) as lines:
        for body in (b"first", b"second"):
            assert lines.ask(call(body=body), {}).body == body
        assert len(set(ports)) == 1

        def ask(body):
            said[body] = lines.ask(call(body=body), {}).body

        asking = [threading.Thread(target=ask, args=(body,)) for body in (b"at once", b"at once, too")]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert said == {body: body for body in said}
    assert (len(said), len(set(ports))) == (2, 2)


def test_a_line_that_is_in_use_when_the_plane_ends_is_closed_with_its_answer():
    """Whoever asked then would leave it open for ever."""
    asked, ended, hung_up = threading.Event(), threading.Event(), threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with listener, listener.accept()[0] as line:
            line.recv(4096)
            asked.set()
            ended.wait(10)
            line.sendall(WHOLE)
            if not line.recv(4096):
                hung_up.set()

    serving = threading.Thread(target=serve)
    serving.start()
    lines = MotoLines(f"http://127.0.0.1:{listener.getsockname()[1]}")
    asking = threading.Thread(target=lines.ask, args=(call(), {}))
    asking.start()
    assert asked.wait(10)
    lines.close()
    ended.set()
    asking.join()
    assert hung_up.wait(10)
    serving.join()


def test_a_line_that_another_call_took_first_is_not_missed(monkeypatch):
    """Two see that one is free, and one of them gets it."""

    class SeenByAnother(deque):
        def __bool__(self):
            return True

    lines = MotoLines(one_answer(WHOLE))
    monkeypatch.setattr(lines, "_free", SeenByAnother())
    with closing(lines):
        assert lines.ask(call(), {}).status == 200
