"""A call that stays in its thread is answered as one over the line, which is taken where anything bends it."""

import pytest
import requests

from tests.contract.near import Near

FORM = {"grant_type": "password", "client_id": "nobody", "client_secret": "x", "username": "a", "password": "b"}
CALLS = {
    "a state": ("GET", "/_admin/state", {}),
    "an overview that is packed": ("GET", "/_admin/config", {"headers": {"Accept-Encoding": "gzip"}}),
    "a switch that is none": ("PATCH", "/_admin/config", {"json": {"no_such_switch": 1}}),
    "no JSON": ("PATCH", "/_admin/config", {"data": b"{", "headers": {"Content-Type": "application/json"}}),
    "no admin route": ("GET", "/_admin/nowhere", {}),
    "a page's form": ("POST", "/_admin/reset", {"data": "a=b", "headers": {"Content-Type": "text/plain"}}),
    "another origin": ("GET", "/_admin/state", {"headers": {"Origin": "https://example.com"}}),
    "a token that is refused": ("POST", "/oauth_token.do", {"data": FORM}),
    "nobody's rows": ("GET", "/api/now/table/incident", {"params": {"sysparm_query": "number=ÄÖ^active=true"}}),
    "a query of nobody": ("HEAD", "/api/now/table/incident", {}),
    "no API": ("GET", "/api/nowhere%20at all", {}),
}


@pytest.fixture
def session():
    """Reads no proxy of the machine."""
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.fixture
def here(instance, _servicenow_server):
    return Near(*_servicenow_server)


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_is_the_same_near_and_over_the_line(instance, session, call):
    """The line is taken for the machine's other name; cookies are new each time, and the clock may go on."""
    method, path, more = CALLS[call]
    far = session.request(method, instance.url.replace("127.0.0.1", "localhost") + path, **more)
    session.cookies.clear()
    near = session.request(method, instance.url + path, **more)
    assert (near.status_code, near.reason, near.content) == (far.status_code, far.reason, far.content)
    assert sorted(name.lower() for name in near.headers) == sorted(name.lower() for name in far.headers)
    assert sorted(near.cookies.keys()) == sorted(far.cookies.keys())


@pytest.mark.parametrize(
    ("bent", "is_near"), [({}, True), ({"latency_s": 0.001}, False), ({"serves_at_once": 1}, False)]
)
def test_a_switch_that_bends_the_line_is_met_there(instance, here, bent, is_near):
    instance.config(**bent)
    assert here.takes(asked(f"{instance.url}/api/now/table/incident"), {}) is is_near


def test_a_fault_is_met_on_the_line(instance, session):
    instance.admin("POST", "/faults", kind="reset-before", table="incident")
    with pytest.raises(requests.ConnectionError):
        session.get(f"{instance.url}/api/now/table/incident")
    assert session.get(f"{instance.url}/api/now/table/incident").status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "proxies"),
    [
        ("/api/now/attachment/1/file", None, {}),
        ("/_admin/changes?wait_s=1", None, {}),
        ("/api/now/attachment/file", iter([b"a"]), {}),
        ("/api/now/table/incident", None, {"http": "http://127.0.0.1:1"}),
    ],
)
def test_what_streams_or_waits_and_what_a_proxy_takes_goes_over_the_line(here, path, body, proxies):
    assert not here.takes(asked(here.url + path, body), proxies)


def asked(url, body=None):
    return requests.Request("POST" if body else "GET", url, data=body).prepare()
