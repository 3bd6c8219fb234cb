"""POST /webhook: what a rule may tell, and what becomes of everything else."""

from __future__ import annotations

import base64
import io
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.aws.errors import Misconfigured, Unavailable
from integration.aws.telemetry import Telemetry
from lambdas.service_now_notifications_handler.index import ExpectedInstance, Receiver
from lambdas.service_now_notifications_handler.notification import LARGEST_BODY

GOOD = {
    "event_type": "IncidentUpdated", "incident_number": "INC0010001", "sys_id": "a" * 32, "table": "incident",
    "sys_mod_count": "3", "instance_name": "dev12345",
}  # fmt: skip
DETAIL = {**GOOD, "sys_mod_count": 3}
NUMBER = itertools.count()


class FakeBus:
    def __init__(self):
        self.events, self.error = [], None

    def publish(self, events):
        if self.error:
            raise self.error
        self.events += events


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
def post(bus, log, expected):
    receiver = Receiver(bus, lambda: expected[0], Telemetry(f"webhook{next(NUMBER)}", "s", "debug", log))

    def send(body, **event):
        answer = receiver.answer({"body": body if isinstance(body, str) else json.dumps(body), **event})
        return answer["statusCode"], json.loads(answer["body"])

    return send


def test_a_change_goes_to_the_bus(post, bus):
    assert post(GOOD) == (202, {"accepted": True})
    (event,) = bus.events
    assert (event.source, event.detail_type, dict(event.detail)) == ("service-now", "IncidentUpdated", DETAIL)


def test_what_is_optional_may_be_missing(post, bus):
    required = {key: GOOD[key] for key in ("event_type", "incident_number", "sys_id", "table")}
    assert post(required | {"sys_mod_count": "", "instance_name": None})[0] == 202
    assert dict(bus.events[0].detail) == required


def test_texts_go_no_further(post, bus, log):
    """The published sample's rules send the short description."""
    post(GOOD | {"short_description": "Mr Smith's laptop", "sweep": True, "caseId": "1"})
    assert dict(bus.events[0].detail) == DETAIL
    assert "Smith" not in log.getvalue()


def test_an_encoded_body(post, bus):
    assert post(base64.b64encode(json.dumps(GOOD).encode()).decode(), isBase64Encoded=True)[0] == 202
    assert len(bus.events) == 1


def test_a_ping_is_only_answered(post, bus):
    assert post({"event_type": "Ping"}) == (202, {"accepted": True})
    assert bus.events == []


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
    (GOOD | {"sys_id": "a" * 65}, 400),
    (GOOD | {"sys_id": "a^ORactive=true"}, 400),
    (GOOD | {"sys_id": "a\n"}, 400),
    (GOOD | {"sys_id": 7}, 400),
    (GOOD | {"incident_number": None}, 400),
    (GOOD | {"incident_number": "a b"}, 400),
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
    receiver = Receiver(bus, lambda: "", Telemetry(f"webhook{next(NUMBER)}", "s", "error", log))
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
    answer = Receiver(bus, lambda: "", telemetry).answer({"body": json.dumps(body)})
    assert answer["statusCode"] in (202, 400, 413)
    for event in bus.events:
        assert set(event.detail) <= set(GOOD) | {"attachment_action"}


@given(st.fixed_dictionaries(dict.fromkeys(GOOD, JSON)))
def test_strange_values_of_known_keys(body):
    bus = FakeBus()
    telemetry = Telemetry("webhook", "s", "error", io.StringIO())
    answer = Receiver(bus, lambda: "", telemetry).answer({"body": json.dumps({**GOOD, **body})})
    assert answer["statusCode"] in (202, 400, 413)


@pytest.mark.parametrize("error", [Unavailable("put_events: x"), Misconfigured("put_events: x")])
def test_trouble_of_ours_is_told_to_the_sender(post, bus, log, error):
    """503: the rule logs it in the instance, and the sweep finds the change."""
    bus.error = error
    status, answer = post(GOOD)
    assert status == 503
    assert "put_events" not in answer["error"]
    assert '"level":"ERROR"' in log.getvalue()


def test_the_answer_is_a_proxy_response(bus, log):
    receiver = Receiver(bus, lambda: "", Telemetry(f"webhook{next(NUMBER)}", "s", "error", log))
    answer = receiver.answer({"body": json.dumps(GOOD)})
    assert answer["headers"]["Content-Type"] == "application/json"
    assert isinstance(answer["body"], str)
