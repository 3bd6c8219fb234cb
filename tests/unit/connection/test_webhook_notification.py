"""POST /webhook: what a rule may tell, and what becomes of everything else."""

from __future__ import annotations

import base64
import io
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.aws.telemetry import Telemetry
from integration.clients.errors import Misconfigured, Unavailable
from integration.connection.heard import Memory
from integration.connection.notification import LARGEST_BODY
from integration.connection.receiver import ExpectedInstance, Receiver
from integration.declaration import Key, Notification
from integration.registry import NOTIFICATIONS

GOOD = {
    "event_type": "IncidentUpdated", "incident_number": "INC0010001", "sys_id": "a" * 32, "table": "incident",
    "sys_mod_count": "3", "instance_name": "dev12345",
}  # fmt: skip
DETAIL = {key: value for key, value in GOOD.items() if key != "instance_name"} | {"sys_mod_count": 3}
NUMBER = itertools.count()


class FakeBus:
    def __init__(self):
        self.events, self.error = [], None

    def publish(self, events):
        if self.error:
            raise self.error
        self.events += events


class FakeTable:
    """`now` is the clock of who writes into it."""

    def __init__(self):
        self.rows, self.error, self.writes, self.now = {}, None, 0, 1000.0

    def put(self, item):
        if self.error:
            raise self.error
        self.writes += 1
        self.rows[item["PK"], item["SK"]] = {key: value for key, value in item.items() if key not in ("PK", "SK")}


def receiver_of(bus, telemetry):
    return Receiver(NOTIFICATIONS, bus, lambda: "", Memory(FakeTable(), telemetry), telemetry)


@pytest.fixture
def bus():
    return FakeBus()


@pytest.fixture
def log():
    return io.StringIO()


@pytest.fixture
def expected():
    """The name of our instance; a list, so that a test can change it."""
    return ["dev12345"]


@pytest.fixture
def rows():
    return FakeTable()


@pytest.fixture
def post(bus, log, expected, rows):
    telemetry = Telemetry(f"webhook{next(NUMBER)}", "s", "debug", log)
    memory = Memory(rows, telemetry, lambda: rows.now)
    receiver = Receiver(NOTIFICATIONS, bus, lambda: expected[0], memory, telemetry)

    def send(body, **event):
        answer = receiver.answer({"body": body if isinstance(body, str) else json.dumps(body), **event})
        return answer["statusCode"], json.loads(answer["body"])

    return send


def test_a_change_goes_to_the_bus(post, bus):
    assert post(GOOD) == (202, {"accepted": True})
    (event,) = bus.events
    assert (event.source, event.detail_type, dict(event.detail)) == ("service-now", "IncidentUpdated", DETAIL)


def test_what_is_optional_may_be_missing(post, bus):
    required = {key: GOOD[key] for key in ("event_type", "sys_id", "table")}
    assert post(required | {"sys_mod_count": "", "instance_name": None})[0] == 202
    assert dict(bus.events[0].detail) == required


NUMBERS = ["INC0010001", "SIR0010001", "x_task0001", "4711", 10001]
NO_NUMBERS = [
    "", None, "SIR/EU/0001", "INC 0010001", "n" * 41, "INC\n\x1b[31m1", "Mr Smith's laptop 1", "-_Zx" * 11, {"a": 1},
    [1], True, "\u0661\u0662", "INC1\n",
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_told_on(post, bus, log, number):
    assert post(GOOD | {"incident_number": number})[0] == 202
    assert dict(bus.events[0].detail) == DETAIL | {"incident_number": str(number)}
    assert str(number) in log.getvalue()


@pytest.mark.parametrize("number", NO_NUMBERS, ids=repr)
def test_what_is_no_number_goes_no_further_and_refuses_nothing(post, bus, log, number):
    """Anything may stand there, a token too, and the bus's log keeps events whole. It is for people's eyes only, so
    an instance that numbers otherwise is served as any other.
    """
    assert post(GOOD | {"incident_number": number})[0] == 202
    assert dict(bus.events[0].detail) == {key: value for key, value in DETAIL.items() if key != "incident_number"}
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["message"], line["incident_number"]) == ("event published", "")


def test_texts_go_no_further(post, bus, log):
    """The published sample's rules send the short description."""
    post(GOOD | {"short_description": "Mr Smith's laptop", "sweep": True, "caseId": "1"})
    assert dict(bus.events[0].detail) == DETAIL
    assert "Smith" not in log.getvalue()


CIS = Notification(
    tables=("cmdb_ci",),
    event_types=("CiChanged",),
    keys=(Key(name="class", form="[a-z_]{1,40}"), Key(name="kind", words=("gone",)), Key(name="shown")),
)
CI = {"event_type": "CiChanged", "sys_id": "c" * 32, "table": "cmdb_ci", "class": "cmdb_ci_server", "shown": "db1"}
SECOND = [
    (CI, 202, CI),
    (CI | {"shown": "Mr Smith's"}, 202, {key: value for key, value in CI.items() if key != "shown"}),
    (CI | {"incident_number": "INC0010001", "sys_mod_count": "7"}, 202, {**CI, "sys_mod_count": 7}),
    (CI | {"kind": "gone"}, 202, {**CI, "kind": "gone"}),
    (CI | {"kind": "added"}, 400, None),
    (CI | {"class": "Server"}, 400, None),
    (CI | {"table": "incident"}, 400, None),
    (GOOD, 202, DETAIL),
    (GOOD | {"class": "cmdb_ci_server"}, 202, DETAIL),
    (GOOD | {"table": "cmdb_ci"}, 400, None),
]


@pytest.mark.parametrize(("body", "status", "detail"), SECOND)
def test_each_integration_declares_its_own_events_tables_and_words(bus, log, body, status, detail):
    """An event is judged by its own integration's declaration: neither tables nor words are lent."""
    telemetry = Telemetry(f"webhook{next(NUMBER)}", "s", "debug", log)
    receiver = Receiver((*NOTIFICATIONS, CIS), bus, lambda: "", Memory(FakeTable(), telemetry), telemetry)
    assert receiver.answer({"body": json.dumps(body)})["statusCode"] == status
    assert [dict(event.detail) for event in bus.events] == ([detail] if detail else [])


def test_an_encoded_body(post, bus):
    assert post(base64.b64encode(json.dumps(GOOD).encode()).decode(), isBase64Encoded=True)[0] == 202
    assert len(bus.events) == 1


def test_a_ping_is_only_answered(post, bus):
    assert post({"event_type": "Ping"}) == (202, {"accepted": True})
    assert bus.events == []


class TestWhatIsRemembered:
    """The moment, and of the record that `check` writes its ids: never a text."""

    def test_the_moment_of_the_last_event_at_most_once_a_minute(self, post, rows):
        for rows.now in (1000.0, 1030.0, 1059.0):
            post(GOOD)
        assert (rows.rows, rows.writes) == ({("Heard", "event"): {"at": 1000.0}}, 1)
        rows.now = 1060.0
        post(GOOD)
        assert rows.rows["Heard", "event"] == {"at": 1060.0}

    def test_a_probe_is_remembered_and_nobody_hears_it(self, post, bus, rows):
        assert post(GOOD | {"event_type": "IncidentProbe"}) == (202, {"accepted": True})
        assert bus.events == []
        ids = {"sys_id": "a" * 32, "sys_mod_count": 3, "instance_name": "dev12345"}
        assert rows.rows == {("Heard", "probe"): {"at": 1000.0, "foreign": False, **ids}}

    def test_a_probe_of_an_instance_that_calls_itself_otherwise_is_told_apart(self, post, rows):
        post(GOOD | {"event_type": "IncidentProbe", "instance_name": "dev99999"})
        assert rows.rows["Heard", "probe"]["foreign"] is True

    def test_what_is_not_heard_is_not_remembered(self, post, bus, rows):
        """A ping, a clone's event, one that was not published."""
        post({"event_type": "Ping"})
        post(GOOD | {"instance_name": "dev99999"})
        bus.error = Unavailable("aws", "put_events: x")
        post(GOOD)
        assert rows.rows == {}

    def test_a_row_that_cannot_be_written_holds_up_no_event(self, post, bus, rows, log):
        rows.error = Unavailable("aws", "put_item: x")
        assert post(GOOD) == (202, {"accepted": True})
        assert len(bus.events) == 1
        assert "not stored" in log.getvalue()


class TestInstances:
    def test_a_clone_is_answered_and_ignored(self, post, bus):
        """A clone keeps the rules and the token; its incidents are copies of ours."""
        status, answer = post(GOOD | {"instance_name": "dev99999"})
        assert (status, answer["ignored"]) == (202, "another instance")
        assert bus.events == []

    def test_case_does_not_matter(self, post, bus):
        assert post(GOOD | {"instance_name": "DEV12345"}) == (202, {"accepted": True})
        assert len(bus.events) == 1

    def test_where_no_name_is_configured_any_counts(self, post, bus, expected):
        expected[0] = ""
        post(GOOD | {"instance_name": "dev99999"})
        assert len(bus.events) == 1

    def test_the_name_is_read_every_five_minutes(self):
        now = [0.0]
        reads = []

        class Ssm:
            def get_parameter(self, Name):  # noqa: N803 - boto3's own name
                reads.append(Name)
                return {"Parameter": {"Value": json.dumps({"instance_name": f"dev{len(reads)}"})}}

        expected = ExpectedInstance(Ssm(), "/SecurityIncidentResponse/", clock=lambda: now[0])
        names = []
        for now[0] in (0.0, 299.0, 300.0):
            names.append(expected())
        assert names == ["dev1", "dev1", "dev2"]
        assert reads[0] == "/SecurityIncidentResponse/settings"


BAD = [
    ("", 400),
    ("{", 400),
    ("[]", 400),
    ('"x"', 400),
    ("null", 400),
    ("[" * 10_000, 400),
    ({}, 400),
    ("x" * (LARGEST_BODY + 1), 413),
    (GOOD | {"event_type": "IncidentClosed"}, 400),
    (GOOD | {"event_type": None}, 400),
    (GOOD | {"event_type": ["IncidentUpdated"]}, 400),
    (GOOD | {"event_type": {"a": 1}}, 400),
    (GOOD | {"table": "sys_user"}, 400),
    (GOOD | {"table": 1}, 400),
    (GOOD | {"sys_id": ""}, 400),
    (GOOD | {"sys_id": "a" * 33}, 400),
    (GOOD | {"sys_id": "a^ORactive=true"}, 400),
    (GOOD | {"sys_id": "a\n"}, 400),
    (GOOD | {"sys_id": 7}, 400),
    (GOOD | {"sys_mod_count": "-1"}, 400),
    (GOOD | {"sys_mod_count": "1.5"}, 400),
    (GOOD | {"sys_mod_count": True}, 400),
    (GOOD | {"sys_mod_count": -1}, 400),
    (GOOD | {"sys_mod_count": 10**30}, 400),
    (GOOD | {"sys_mod_count": "\u0663"}, 400),
    (GOOD | {"attachment_action": "renamed"}, 400),
    (GOOD | {"instance_name": "a b"}, 400),
    (GOOD | {"instance_name": 5}, 400),
]


@pytest.mark.parametrize(("body", "status"), BAD)
def test_bad_input_is_the_sender_s(post, bus, body, status):
    """4xx with a reason: nobody's alarm, and nothing reaches the bus."""
    answered, answer = post(body)
    assert answered == status
    assert answer["error"]
    assert bus.events == []


@pytest.mark.parametrize("event", [{}, {"body": None}, {"body": {"a": 1}}, {"body": "%%%", "isBase64Encoded": True}])
def test_events_without_a_body(bus, log, event):
    receiver = receiver_of(bus, Telemetry(f"webhook{next(NUMBER)}", "s", "error", log))
    assert 400 <= receiver.answer(event)["statusCode"] < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_no_input_is_a_server_error(body):
    """Whatever arrives, the answer is 202 or the sender's fault, and only known keys get through."""
    bus = FakeBus()
    telemetry = Telemetry("webhook", "s", "error", io.StringIO())
    answer = receiver_of(bus, telemetry).answer({"body": json.dumps(body)})
    assert answer["statusCode"] in (202, 400, 413)
    for event in bus.events:
        assert set(event.detail) <= set(GOOD) | {"attachment_action"}


@given(st.fixed_dictionaries(dict.fromkeys(GOOD, JSON)))
def test_strange_values_of_known_keys(body):
    bus = FakeBus()
    telemetry = Telemetry("webhook", "s", "error", io.StringIO())
    answer = receiver_of(bus, telemetry).answer({"body": json.dumps({**GOOD, **body})})
    assert answer["statusCode"] in (202, 400, 413)


@pytest.mark.parametrize("error", [Unavailable("aws", "put_events: x"), Misconfigured("aws", "put_events: x")])
def test_trouble_of_ours_is_told_to_the_sender(post, bus, log, error):
    """503: the rule logs it in the instance, and the sweep finds the change."""
    bus.error = error
    status, answer = post(GOOD)
    assert status == 503
    assert "put_events" not in answer["error"]
    assert '"level":"ERROR"' in log.getvalue()


def test_the_answer_is_a_proxy_response(bus, log):
    receiver = receiver_of(bus, Telemetry(f"webhook{next(NUMBER)}", "s", "error", log))
    answer = receiver.answer({"body": json.dumps(GOOD)})
    assert answer["headers"]["Content-Type"] == "application/json"
    assert isinstance(answer["body"], str)
