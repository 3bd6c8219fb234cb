"""A third emulated service, made in this file alone, has from the kit all that the two have."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import httpx
import pytest
import requests
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from integration.emulators.kit.app import application, serve
from integration.emulators.kit.clock import Clock
from integration.emulators.kit.line import KINDS, LineFault, called
from integration.emulators.kit.service import Service
from integration.emulators.kit.switches import Switches, switch

NOON = 1_790_000_400.0
TOKEN = "t"


# ---- the whole of it
@dataclass
class Manners(Switches):
    greeting: str = switch("Hello", "what it says", among=("Hello", "Goodbye"))


class Greeter(Service[Manners, LineFault]):
    NAME = "greeter"

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(Manners(), LineFault, clock)

    def state(self, **_: list[str]) -> dict[str, float]:
        return {"now": self.clock()}


async def greet(http):
    async def answer(service):
        service.changes.add(at=service.clock(), kind="Greeted")
        return PlainTextResponse(service.switches.greeting)

    return await called(http, "Greet", partial(answer, http.app.state.service))


ROUTES = [Route("/greet", greet)]
# ---- that was it


@pytest.fixture
def greeter():
    made = Greeter(Clock(at=NOON))
    yield made
    made.close()


@pytest.fixture
def ask(greeter):
    """(method, path, body) to (status, answer), past the network; in a thread, since a browser's test leaves a loop."""
    transport = httpx.ASGITransport(application(greeter, ROUTES, admin_token=TOKEN))

    async def asked(method, path, body=None):
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            found = await http.request(method, path.replace("/_admin", f"/_admin/{TOKEN}"), json=body)
        kind = found.headers.get("content-type", "")
        return found.status_code, found.json() if "json" in kind else found.text

    with ThreadPoolExecutor(1) as thread:
        yield lambda *given: thread.submit(lambda: asyncio.run(asked(*given))).result()


def test_its_switches_are_set_and_checked(ask):
    assert ask("PATCH", "/_admin/config", {"greeting": "Goodbye"}) == (200, {"latency_s": 0.0, "greeting": "Goodbye"})
    assert ask("GET", "/greet") == (200, "Goodbye")
    assert ask("PATCH", "/_admin/config", {"greeting": "Ahoy"})[0] == 400
    ask("POST", "/_admin/reset", {"config": True})
    assert ask("GET", "/greet") == (200, "Hello")


def test_its_clock_is_moved_forward_only(ask):
    assert ask("POST", "/_admin/clock", {"advance_s": 60}) == (200, {"now": NOON + 60})
    assert ask("POST", "/_admin/clock", {"advance_s": -1})[0] == 400
    assert ask("GET", "/_admin/state") == (200, {"now": NOON + 60})


def test_its_calls_and_changes_are_counted(ask):
    ask("GET", "/greet")
    told = ask("GET", "/_admin/calls")[1]
    assert (told["total"], told["counts"], told["outcomes"]) == (1, {"Greet": 1}, {"Greet": {"200": 1}})
    assert ask("GET", "/_admin/changes?kind=Greeted")[1] == {
        "changes": [{"n": 1, "at": NOON, "kind": "Greeted"}], "last": 1,
    }  # fmt: skip
    assert ask("DELETE", "/_admin/calls")[1]["total"] == 0


def test_its_door_lets_in_who_knows_the_token(greeter):
    app = application(greeter, ROUTES, admin_token=TOKEN)
    with serve(app) as url:
        assert requests.get(f"{url}/_admin/state", timeout=5).status_code == 403
        assert requests.get(f"{url}/_admin/{TOKEN}", timeout=5).json() == {"service": "greeter"}
        assert requests.get(f"{url}/_admin/{TOKEN}/nowhere", timeout=5).status_code == 404


def test_one_that_cannot_begin_is_told_by_name(greeter, monkeypatch):
    def fail():
        raise OSError("no room")

    monkeypatch.setattr(greeter, "start", fail)
    with pytest.raises(RuntimeError, match="the emulator greeter did not start"), serve(application(greeter, ROUTES)):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_faults_of_the_line_befall_it(greeter, kind):
    """What is cut has taken effect where the kind says so, and is counted by its name."""
    with serve(application(greeter, ROUTES)) as url:
        rule = {"operation": "Gr*", "kind": kind, "hold_s": 0}
        assert requests.post(f"{url}/_admin/faults", json=rule, timeout=5).json()["rules"][0]["kind"] == kind
        if kind == "latency":
            assert requests.get(f"{url}/greet", timeout=5).text == "Hello"
        else:
            with pytest.raises(requests.ConnectionError):
                requests.get(f"{url}/greet", timeout=5)
        assert greeter.changes.last == (kind == "latency" or kind.endswith("-after"))
        assert requests.get(f"{url}/_admin/faults", timeout=5).json() == {"rules": []}
        outcome = "200" if kind == "latency" else kind
        assert greeter.calls.as_json()["outcomes"] == {"Greet": {outcome: 1}}
