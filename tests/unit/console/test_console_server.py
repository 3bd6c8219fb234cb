"""The server: whom it answers, what it lets be written, and how it says that it cannot read."""

import json
import socket
from contextlib import contextmanager

import pytest
import requests

from integration.operations.console.app import create_app
from integration.operations.console.feed import Feed
from integration.operations.console.server import serve
from integration.operations.console.snapshot import PassCard, Snapshot, Switch
from integration.operations.console.source import Refused, Unreadable
from integration.operations.console.stream import Watch


@contextmanager
def client_of(app):
    """Requests to a running console; `ours` are the headers that its own page sends."""
    with serve(app) as url, requests.Session() as session:
        html = session.get(app.state.keys.address(url), timeout=10).text
        token = html.partition('name="console-token" content="')[2].partition('"')[0]
        yield Client(url, session, {"Origin": url, "X-Console-Token": token})


class Client:
    def __init__(self, url, session, ours):
        self.url, self.session, self.ours = url, session, ours

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, **more):
        return self.request("POST", path, **more)

    def request(self, method, path, **more):
        return self.session.request(method, self.url + path, timeout=10, **more)


class Fixed:
    """A source with one picture, or with none."""

    pace_s = 0.0

    def __init__(self, trouble=""):
        self.trouble, self.feed, self.looks = trouble, Feed(), 0

    def snapshot(self):
        self.looks += 1
        if self.trouble:
            raise Unreadable(self.trouble)
        return Snapshot("local", "itsm", "", "here")

    def traffic(self, after):
        return self.feed.after(after)

    def detail(self, case_id, sys_id):
        return {"case": None, "incident": None, "link": None, "passes": []}

    def plan(self, case_id, sys_id):
        if self.trouble:
            raise Unreadable(self.trouble)
        return {"case_id": case_id, "said": "In step."}


class Noted:
    """Actions that note what was asked."""

    def __init__(self):
        self.asked = []

    def switches(self):
        return [Switch("servicenow_down", "ServiceNow down", "", "incidents", on=False)]

    def turn(self, key, *, on):
        self.asked.append((key, on))
        return "done"

    def act(self, name, given):
        if name == "nobody":
            raise Refused("Nobody can nobody.")
        self.asked.append((name, given))
        return {}

    def attach(self, side, key, name, content):
        self.asked.append((side, key, name, content))


@pytest.fixture(scope="module")
def console():
    """One for all who only ask; a server takes a third of a second to end."""
    noted = Noted()
    with client_of(create_app(Fixed(), noted)) as client:
        yield client, noted


@pytest.fixture(scope="module")
def read_only():
    app = create_app(Fixed(), None)
    with client_of(app) as client:
        yield app, client


@pytest.fixture
def page(console):
    return console[0]


@pytest.fixture
def noted(console):
    console[1].asked.clear()
    return console[1]


def test_our_own_page_may_write(page, noted):
    assert page.post("/api/act/case.create", json={"title": "x"}, headers=page.ours).status_code == 200
    assert page.post("/api/switch/servicenow_down", json={"on": "true"}, headers=page.ours).json() == {"said": "done"}
    page.post("/api/attach/case/1?name=a.txt", data=b"x", headers=page.ours)
    assert noted.asked == [("case.create", {"title": "x"}), ("servicenow_down", True), ("case", "1", "a.txt", b"x")]


FOREIGN = [
    ("another page", {"Origin": "http://evil.example"}),
    ("no origin", {"Origin": ""}),
    ("another port of this machine", {"Origin": "http://127.0.0.1:9"}),
    ("no token", {"X-Console-Token": ""}),
    ("another token", {"X-Console-Token": "guess"}),
    ("a name that leads here", {"Host": "evil.example:8000", "Origin": "http://evil.example:8000"}),
    ("a page of another site", {"Sec-Fetch-Site": "cross-site"}),
]


@pytest.mark.parametrize("headers", [headers for _, headers in FOREIGN], ids=[name for name, _ in FOREIGN])
def test_nobody_else_may_write(page, noted, headers):
    answer = page.post("/api/act/case.create", json={"title": "x"}, headers=page.ours | headers)
    assert (answer.status_code, noted.asked) == (403, [])


@pytest.mark.parametrize("path", ["/", "/api/picture", "/static/main.js"])
def test_a_name_that_leads_here_reads_nothing(page, path):
    """DNS rebinding would make any name our origin."""
    assert page.get(path, headers={"Host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/act/case.create", "/api/switch/servicenow_down", "/api/attach/case/1", "/"])
def test_read_only_has_no_route_that_writes(read_only, method, path):
    app, client = read_only
    assert [route for route in app.routes if "POST" in (getattr(route, "methods", None) or ())] == []
    assert client.ours["X-Console-Token"] == ""
    assert client.request(method, path, json={}, headers=client.ours).status_code == 403


REFUSED = [("/api/act/nobody", b"{}"), ("/api/act/case.create", b"no json"), ("/api/act/case.create", b'{"a": 1}')]


@pytest.mark.parametrize(("path", "content"), REFUSED)
def test_a_refusal_is_a_sentence(page, path, content):
    answer = page.post(path, data=content, headers=page.ours)
    assert answer.status_code == 409
    assert answer.json()["error"].endswith(".")


def test_too_much_is_refused_before_it_is_all_here(page, noted):
    assert page.post("/api/act/case.create", data=b"x" * 300_000, headers=page.ours).status_code == 409
    assert noted.asked == []


TO_READ = ["/", "/api/picture", "/api/detail", "/api/plan", "/api/events", "/static/main.js", "/nothing"]


@pytest.mark.parametrize("cookies", [{}, {"console-{port}": "guess"}, {"console-1": "{session}"}], ids=str)
def test_who_did_not_open_it_reads_nothing(cookies):
    """Another user of the machine finds the port, not what the terminal showed."""
    app = create_app(Fixed(), None)
    with serve(app) as url:
        known = {"port": url.rpartition(":")[2], "session": app.state.keys.session}
        shown = {name.format(**known): value.format(**known) for name, value in cookies.items()}
        told = {path: requests.get(url + path, cookies=shown, timeout=10).status_code for path in TO_READ}
    assert told == dict.fromkeys(TO_READ, 403)


def test_an_address_opens_one_browser():
    app = create_app(Fixed(), None)
    with serve(app) as url:
        address, name = app.state.keys.address(url), f"console-{url.rpartition(':')[2]}"
        opened = requests.get(address, timeout=10, allow_redirects=False)
        assert (opened.status_code, opened.headers["location"]) == (303, "/")
        shown = opened.headers["set-cookie"].lower()
        assert shown.startswith(f"{name}=")
        assert {"httponly", "samesite=strict", "path=/"} <= set(shown.split("; "))
        assert requests.get(url, cookies=opened.cookies, timeout=10).status_code == 200
        assert requests.get(address, timeout=10).status_code == 403
        again = requests.get(address, cookies=opened.cookies, timeout=10, allow_redirects=False)
        assert again.status_code == 303, "the same browser, from its history"


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/"), ("POST", "/"), ("GET", "/api/picture")])
def test_a_key_is_used_up_by_opening_the_page_only(method, path):
    app = create_app(Fixed(), None)
    with serve(app) as url:
        address = app.state.keys.address(url)
        assert requests.request(method, address.replace("/?", f"{path}?"), timeout=10).status_code == 403
        assert requests.get(address, timeout=10).status_code == 200


def test_a_key_is_used_up_by_no_foreign_page():
    app = create_app(Fixed(), None)
    with serve(app) as url:
        address = app.state.keys.address(url)
        for headers in ({"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert requests.get(address, headers=headers, timeout=10).status_code == 403
        assert requests.get(address, timeout=10).status_code == 200


def test_every_answer_carries_the_policy(page):
    for path in ("/", "/api/picture", "/static/style.css", "/nothing"):
        headers = page.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"


def test_trouble_is_said_and_the_last_picture_stays():
    source = Fixed()
    watch = Watch(source)
    first = watch.look()
    source.trouble = "The table cannot be read."
    second = watch.look()
    assert (second.trouble, second.text, second.version) == ("The table cannot be read.", first.text, first.version)
    source.trouble = ""
    assert (watch.look().trouble, watch.look().version) == ("", first.version + 1)


def test_one_look_serves_all_pages():
    source, now = Fixed(), [0.0]
    source.pace_s = 5.0
    watch = Watch(source, clock=lambda: now[0])
    for now[0] in (0.0, 1.0, 4.9, 5.0, 6.0):
        watch.look()
    assert source.looks == 2
    watch.hurry()
    watch.look()
    assert source.looks == 3


def test_a_picture_is_json_with_its_switches(page):
    told = json.loads(page.get("/api/picture").text)
    assert (told["mode"], [switch["key"] for switch in told["switches"]]) == ("local", ["servicenow_down"])


def test_a_plan_is_read_when_it_is_asked_for():
    source = Fixed()
    with client_of(create_app(source, None)) as client:
        assert client.get("/api/plan?case_id=7&sys_id=").json() == {"case_id": "7", "said": "In step."}
        source.trouble = "ServiceNow does not answer."
        refused = client.get("/api/plan?case_id=7&sys_id=")
    assert (refused.status_code, refused.json()) == (503, {"error": "ServiceNow does not answer."})


def test_the_feed_goes_on_where_a_page_left_off():
    feed = Feed(clock=lambda: 1.0)
    for number in range(3):
        feed.add("case", ("cases",), f"{number}")
    assert [each.said for each in feed.after(1)] == ["1", "2"]
    assert len(feed.after(99)) == 3  # a number from before a restart


PATHS = [
    ("case", ("made",), "", "pass", ("cases_queue", "servicenow_client", "incidents")),
    ("incident", ("x",), "", "pass", ("incidents_queue", "security_ir_client", "cases")),
    ("case", (), "", "echo", ("cases_queue", "servicenow_client")),
    ("incident", (), "Unavailable", "failed", ("incidents_queue", "security_ir_client")),
]


@pytest.mark.parametrize(("side", "done", "error", "kind", "path"), PATHS)
def test_a_pass_goes_as_far_as_it_did_something(side, done, error, kind, path):
    feed = Feed()
    feed.add_pass(PassCard(0, "p", side, done=done, error=error))
    (event,) = feed.after(0)
    assert (event.kind, event.path) == (kind, path)


def test_only_this_machine_is_served():
    """Whatever its other addresses are."""
    with serve(create_app(Fixed(), None)) as address:
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as ours:
            assert ours.getpeername()[0] == "127.0.0.1"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)
