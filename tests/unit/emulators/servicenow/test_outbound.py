"""Calls the instance makes, and what may befall them. A small server on loopback takes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import jsonschema
import pytest

from integration.aws_plane.http_server import Request, Response, listening
from integration.emulators.servicenow.clock import Clock
from integration.emulators.servicenow.outbound import Outbound
from integration.operations.waiting import until


@pytest.fixture
def receiver():
    """(url, bodies as they arrived)."""
    arrived: list[tuple[str, str]] = []

    def taken(asked: Request) -> Response:
        arrived.append((asked.body.decode(), asked.headers.get("authorization", "")))
        return Response(202, b"{}", {"X-Mark": "m"})

    with listening(taken) as server:
        yield f"{server.url}/hook", arrived


@pytest.fixture
def outbound():
    made = Outbound(Clock(at=0))
    yield made
    made.stop()


def request(url: str, body: str = "b") -> dict[str, object]:
    return {
        "method": "POST",
        "url": url,
        "headers": [["Authorization", "Bearer t0ken"]],
        "body": body,
        "timeout_ms": 3000,
    }


def test_a_call_is_made_answered_and_recorded_without_its_secret(outbound, receiver):
    url, arrived = receiver
    answer = outbound.send(request(url))
    assert (answer["status"], answer["body"], answer["error"], answer["headers"]["X-Mark"]) == (202, "{}", "", "m")
    assert arrived == [("b", "Bearer t0ken")]
    (entry,) = outbound.log_as_json()
    assert (entry["status"], entry["body"], entry["headers"]["User-Agent"]) == (202, "b", "ServiceNow/1.0")
    assert "t0ken" not in str(entry)


def test_a_call_is_under_way_from_its_announcement_to_its_answer(outbound, receiver):
    url, arrived = receiver
    call = outbound.sending(request(url))
    assert (outbound.settle(0), arrived) == (False, [])
    assert call()["status"] == 202
    assert (outbound.settle(0), outbound.sent) == (True, 1)


def test_no_answer_is_status_0_and_not_an_exception(outbound):
    for url in ("http://127.0.0.1:9/", "not a url"):
        answer = outbound.send(request(url))
        assert (answer["status"], answer["error"] != "") == (0, True)


@pytest.mark.parametrize(("kind", "status", "times"), [("lost", 0, 0), ("doubled", 202, 2), ("late", 202, 1)])
def test_a_fault_befalls_the_calls_it_matches(outbound, receiver, kind, status, times):
    url, arrived = receiver
    outbound.faults.add({"kind": kind, "url": "*/hook", "seconds": 0.05})
    assert outbound.send(request(f"{url}/other"))["status"] == 202
    assert outbound.send(request(url, "faulty"))["status"] == status
    assert outbound.send(request(url))["status"] == 202
    assert [body for body, _ in arrived].count("faulty") == times
    assert outbound.faults.as_json() == []


def test_a_disordered_call_arrives_behind_the_next(outbound, receiver):
    url, arrived = receiver
    outbound.faults.add({"kind": "disordered", "seconds": 5})
    with ThreadPoolExecutor() as pool:
        first = pool.submit(outbound.send, request(url, "first"))
        until(lambda: not outbound.faults.as_json(), 5, look_s=0.005)
        outbound.send(request(url, "second"))
        first.result(5)
    assert [body for body, _ in arrived] == ["second", "first"]


def test_an_unknown_fault_is_refused(outbound):
    with pytest.raises(jsonschema.ValidationError, match="'lost', 'doubled', 'late', 'disordered'"):
        outbound.faults.add({"kind": "eaten"})
