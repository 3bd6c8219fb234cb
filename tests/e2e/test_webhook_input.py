"""What the webhook is sent, its rules' own words or anything: each gets its status, only the first is published."""

import json

import pytest
import requests

GOOD = {
    "event_type": "IncidentUpdated", "incident_number": "INC0000001", "sys_id": "a" * 32, "table": "incident",
    "sys_mod_count": "3", "instance_name": "dev00001",
}  # fmt: skip
SECRET_TEXT = "the CFO's laptop"


@pytest.fixture
def token(day):
    secret = day.plane.boto3_client("secretsmanager").get_secret_value(SecretId=day.names.webhook_secret)
    return json.loads(secret["SecretString"])["token"]


@pytest.fixture
def send(day, token):
    """A call to the webhook; its status and how many events were published for it."""

    def call(body, authorization=f"Bearer {token}", method="POST", path=""):
        day.quiet()
        before = published(day)
        headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = requests.request(method, day.running.webhook_url + path, data=data, headers=headers, timeout=20)
        return answer, published(day) - before

    return call


def published(day):
    handler = day.names.notifications_handler
    return sum(call.function == handler and call.operation == "PutEvents" for call in day.plane.calls())


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("no JSON", b"{", 400),
        ("no object", b"[1, 2]", 400),
        ("nothing", b"", 400),
        ("half a character", b'{"event_type": "\xff"}', 400),
        ("nested too deep", b"[" * 9_000, 400),
        ("no event type", {k: v for k, v in GOOD.items() if k != "event_type"}, 400),
        ("an unknown event type", GOOD | {"event_type": "IncidentExploded"}, 400),
        ("no sys_id", {k: v for k, v in GOOD.items() if k != "sys_id"}, 400),
        ("a sys_id with a query in it", GOOD | {"sys_id": "x^ORsys_idISNOTEMPTY"}, 400),
        ("a table of others", GOOD | {"table": "sys_user"}, 400),
        ("a version that is none", GOOD | {"sys_mod_count": "many"}, 400),
        ("a sys_id that is a number", GOOD | {"sys_id": 7}, 400),
        ("too much", json.dumps(GOOD | {"more": "x" * 20_000}).encode(), 413),
        ("far too much", b"x" * (11 * 1024 * 1024), 413),
    ],
)
def test_what_is_no_event_is_refused_and_not_published(send, what, body, status):
    answer, events = send(body)
    assert (answer.status_code, events) == (status, 0), what
    assert answer.json()
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("", 401), ("Bearer wrong", 401), ("Bearer ", 401), ("Basic dTpw", 401), ("Bearer " + "x" * 5000, 401)],
)
def test_only_the_token_opens_the_door(send, authorization, status):
    answer, events = send(GOOD, authorization)
    assert (answer.status_code, events) == (status, 0)


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/more")])
def test_there_is_one_way_in(send, method, path):
    answer, events = send(GOOD, method=method, path=path)
    assert (answer.status_code, events) == (403, 0)


def test_a_good_event_is_accepted_and_published_with_ids_only(day, send):
    answer, events = send(GOOD | {"table": day.table, "short_description": SECRET_TEXT})
    assert (answer.status_code, answer.json(), events) == (202, {"accepted": True}, 1)


def test_the_probe_is_answered_and_nobody_hears_it(send):
    answer, events = send({"event_type": "Ping"})
    assert (answer.status_code, events) == (202, 0)


def test_a_clone_s_event_is_accepted_and_ignored(day, send):
    """It kept our rules and the token when it was copied; only the instance that was deployed counts."""
    with day.settings(instance_name="prod00001"):
        answer, events = send(GOOD | {"table": day.table, "instance_name": "clone00001"})
        assert (answer.status_code, events) == (202, 0)
        answer, events = send(GOOD | {"table": day.table, "instance_name": "PROD00001"})
        assert (answer.status_code, events) == (202, 1)
