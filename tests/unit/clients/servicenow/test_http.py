"""How a call is made: as whom, how often, how many at a time, and what of it may be seen."""

from __future__ import annotations

import threading
import traceback
from datetime import UTC, datetime
from http import cookiejar

import pytest
import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError

from integration.clients.errors import Misconfigured, Missing, Refused, Unavailable
from integration.clients.servicenow import transport
from integration.clients.servicenow.errors import TokenRefused
from integration.clients.servicenow.http import Http, instance_url, may_repeat

URL = "https://dev12345.service-now.com"
PATH = "/api/now/table/incident"
BUSY = {"status": 503, "body": ""}
GOOD = {"json": {"result": []}}
DENIED = {"status": 401, "json": {"error": {"message": "User Not Authenticated"}}}


def answers(instance, *, method="GET", path=PATH, given):
    return [instance.add(method, URL + path, **answer) for answer in given]


def count(instance):
    return len(instance.calls)


REPEATS = [
    # what the instance does, how often a read is sent, how often a write is
    (BUSY, 3, 1),
    ({"status": 500, "body": ""}, 3, 1),
    ({"body": "<html>Hibernating</html>"}, 3, 1),
    ({"status": 202, "body": ""}, 3, 1),
    ({"status": 429, "body": ""}, 3, 3),
    ({"status": 429, "headers": {"Retry-After": "1"}}, 3, 3),
    ({"status": 429, "headers": {"Retry-After": "600"}}, 1, 1),
    ({"status": 503, "headers": {"Retry-After": "600"}}, 1, 1),
    ({"status": 400, "json": {"error": {"message": "bad"}}}, 1, 1),
    ({"status": 403, "json": {"error": {"message": "Operation Failed", "detail": "rule"}}}, 1, 1),
    ({"status": 302, "headers": {"Location": "https://sso.example"}}, 1, 1),
    ({"body": requests.ReadTimeout("…")}, 3, 1),
    ({"body": requests.ConnectionError(ProtocolError("aborted", ConnectionResetError()))}, 3, 1),
    ({"body": requests.ConnectTimeout("…")}, 3, 3),
    ({"body": requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))}, 3, 3),
    ({"body": requests.ConnectionError(MaxRetryError(None, "/", ConnectTimeoutError()))}, 3, 3),
    ({"body": requests.exceptions.ProxyError("…")}, 3, 3),
]


@pytest.mark.parametrize(("answer", "reads", "writes"), REPEATS)
def test_only_what_certainly_had_no_effect_is_repeated(http, instance, answer, reads, writes):
    """Reads are tried three times; a write only if it cannot have taken effect; nothing that must wait long."""
    for method, times in (("GET", reads), ("PATCH", writes)):
        instance.reset()
        instance.calls.reset()
        answers(instance, method=method, given=[answer])
        with pytest.raises((Unavailable, Misconfigured, Refused)):
            http.call(method, PATH, "incident")
        assert count(instance) == times


NO_ANSWER = [
    (requests.ReadTimeout("…"), True),
    (requests.ConnectionError(ProtocolError("aborted", ConnectionResetError())), True),
    (requests.exceptions.ChunkedEncodingError("…"), True),
    (requests.exceptions.SSLError("…"), True),
    (requests.ConnectTimeout("…"), False),
    (requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))), False),
    (requests.exceptions.ProxyError("…"), False),
]


@pytest.mark.parametrize(("error", "unknown"), NO_ANSWER)
def test_a_write_without_an_answer_may_have_landed(http, instance, error, unknown):
    """Unless no byte of it can have reached the instance."""
    answers(instance, method="POST", given=[{"body": error}])
    with pytest.raises(Unavailable) as caught:
        http.call("POST", PATH, "incident")
    assert caught.value.outcome_unknown is unknown


def test_the_next_attempt_can_succeed(http, instance, waits):
    answers(instance, given=[BUSY, {"status": 429, "headers": {"Retry-After": "1"}}, GOOD])
    assert http.call("GET", PATH, "incident").result == []
    assert waits[1] == 1
    assert all(0 <= wait <= 2 for wait in waits)


def test_a_refused_token_is_replaced_once(http, instance, tokens):
    """A refused request had no effect, so a write is sent again too."""
    answers(instance, method="PATCH", given=[DENIED, {"json": {"result": {"sys_id": "1"}}}])
    http.call("PATCH", PATH, "incident", body={"state": "2"})
    assert [call.request.headers["Authorization"] for call in instance.calls] == ["Bearer t1", "Bearer t2"]
    assert tokens.refusals == ["t1"]


def test_a_token_refused_twice_is_a_setting(http, instance):
    answers(instance, given=[DENIED])
    with pytest.raises(TokenRefused):
        http.call("GET", PATH, "incident")
    assert count(instance) == 2


def test_no_cookie_is_ever_sent(http, instance):
    """A shared session cookie would make the instance serve our calls one after the other, on one node."""
    answers(instance, given=[{**GOOD, "headers": {"Set-Cookie": "JSESSIONID=abc; Path=/"}}])
    http.call("GET", PATH, "incident")
    http.call("GET", PATH, "incident")
    assert not any("Cookie" in call.request.headers for call in instance.calls)


def test_no_cookie_is_read_and_the_environment_once(http, instance, monkeypatch):
    """Both are done anew with every call otherwise, in a third of its processor time."""
    read, parsed = [], []
    monkeypatch.setattr(requests.sessions, "get_environ_proxies", lambda *_, **__: read.append(1) or {})
    monkeypatch.setattr(cookiejar, "parse_ns_headers", lambda told: parsed.append(told) or [])
    answers(instance, given=[{**GOOD, "headers": {"Set-Cookie": "JSESSIONID=abc; Path=/"}}])
    for _ in range(3):
        http.call("GET", PATH, "incident")
    assert (read, parsed) == ([1], [])


def test_the_password_file_is_never_asked(http, instance, monkeypatch, tmp_path):
    """requests would take a password for the host from ~/.netrc and send it in place of our token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine dev12345.service-now.com login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    answers(instance, given=[GOOD])
    http.call("GET", PATH, "incident")
    assert instance.calls[0].request.headers["Authorization"] == "Bearer t1"


def test_a_redirect_is_not_followed(http, instance):
    """It would hand the token to another host."""
    answers(instance, given=[{"status": 302, "headers": {"Location": "https://evil.example/"}}])
    with pytest.raises(Misconfigured, match="redirect"):
        http.call("GET", PATH, "incident")
    assert count(instance) == 1


def test_every_request_is_told(http, instance, calls):
    """System, method, table, how it ended; nothing of what it carried."""
    answers(instance, given=[BUSY, GOOD])
    http.call("GET", PATH, "incident", {"sysparm_query": "number=INC1"})
    assert [told[:4] for told in calls] == [
        ("servicenow", "GET", "incident", "unavailable"),
        ("servicenow", "GET", "incident", "ok"),
    ]
    assert all(seconds >= 0 for *_, seconds in calls)


def test_failures_show_neither_query_nor_token(http, instance):
    """Not even the printed traceback with its causes: requests quotes the whole address."""
    name = "quarterly-numbers"
    error = requests.ConnectionError(MaxRetryError(None, f"{PATH}?file_name={name}", NewConnectionError(None, "x")))
    answers(instance, given=[{"body": error}])
    with pytest.raises(Unavailable) as caught:
        http.call("GET", PATH, "incident", {"file_name": name})
    shown = "".join(traceback.format_exception(caught.value))
    assert name not in shown
    assert "Bearer" not in shown


def test_an_endless_answer_is_given_up(http, instance, monkeypatch):
    monkeypatch.setattr(transport, "LARGEST_ANSWER_BYTES", 10)
    answers(instance, given=[{"body": '{"result": "longer than ten bytes"}'}])
    with pytest.raises(Unavailable, match="no end"):
        http.call("GET", PATH, "incident")


def test_the_instance_s_clock_is_remembered(http, instance):
    answers(instance, given=[{**GOOD, "headers": {"Date": "Sat, 21 Nov 2026 10:00:00 GMT"}}, GOOD])
    assert http.server_date is None
    http.call("GET", PATH, "incident")
    http.call("GET", PATH, "incident")
    assert http.server_date == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_a_connection_that_lay_idle_is_not_used_again(monkeypatch):
    """A function frozen for minutes does not notice that the other end left; a write would then end in doubt."""
    now = [1000.0]
    sender = transport.Transport(URL, clock=lambda: now[0])
    closed = []
    monkeypatch.setattr(sender._session, "close", lambda: closed.append(now[0]))
    for moment in (1010.0, 1020.0, 1080.0, 1090.0):
        now[0] = moment
        sender._drop_idle()
    assert closed == [1080.0]


def test_only_so_many_calls_run_at_a_time(tokens, instance):
    """An instance runs about four calls of everybody's; ours wait for each other instead of filling its queue."""
    running, most, together = [0], [0], threading.Barrier(2)
    lock = threading.Lock()

    def slow(_request):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        together.wait(5)  # passes only if two calls are under way at once
        with lock:
            running[0] -= 1
        return 200, {}, '{"result": []}'

    instance.add_callback("GET", URL + PATH, slow)
    http = Http(URL, tokens, parallel=2)
    threads = [threading.Thread(target=http.call, args=("GET", PATH, "incident")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 2


INSTANCES = [
    ("dev12345", "https://dev12345.service-now.com"),
    (" Dev12345 ", "https://dev12345.service-now.com"),
    ("my-company", "https://my-company.service-now.com"),
    ("https://dev12345.service-now.com/", "https://dev12345.service-now.com"),
    ("https://security.example.com", "https://security.example.com"),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("http://localhost:8080/", "http://localhost:8080"),
]


@pytest.mark.parametrize(("given", "url"), INSTANCES)
def test_an_instance_is_an_id_or_an_address(given, url):
    assert instance_url(given) == url


@pytest.mark.parametrize(
    "given",
    ["", "dev 12345", "http://dev12345.service-now.com", "https://x/path", "https://user:pw@x", "ftp://x", "https://",
     "dev12345.service-now.com", "-x", "https://x?y", "javascript:alert(1)",
     "https://[x"],
)  # fmt: skip
def test_anything_else_is_refused(given):
    """No plain http but to this machine, and nothing that hides a path, a query or a password."""
    with pytest.raises(Misconfigured, match="instance"):
        instance_url(given)


DECISIONS = [
    (Unavailable("servicenow", "x"), True),
    (Unavailable("servicenow", "x", retry_after_s=2), True),
    (Unavailable("servicenow", "x", retry_after_s=3), False),
    (Unavailable("servicenow", "x", outcome_unknown=True), False),
    (Misconfigured("servicenow", "x"), False),
    (TokenRefused("servicenow", "x"), False),
    (Refused("servicenow", "x"), False),
    (Missing("servicenow", "x"), False),
    (ValueError("x"), False),
]


@pytest.mark.parametrize(("error", "again"), DECISIONS)
def test_the_one_retry_decision(error, again):
    assert may_repeat(error) is again
