"""Set-up and rotation talk to the instances of their deployment and to CloudFormation, whatever event comes.

Whoever may invoke a function chooses its event, and what a function signs in with must not be theirs to ask for.
"""

from __future__ import annotations

import io
import json
from contextlib import suppress
from types import SimpleNamespace
from urllib.parse import urlsplit

import boto3
import pytest
import responses
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from integration import names as n
from integration.aws_plane import custom_resource
from integration.connection import custom_resource as answer
from integration.connection import rotation as steps
from integration.connection.runtime import runtime
from lambdas.service_now_resource_setup_handler import index
from lambdas.service_now_token_rotation import index as rotation
from tests.keys import pem, rsa_key

ANSWERS = "cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com"
OWN, FORMER, WEBHOOK = "dev1.service-now.com", "help.example.com", "abc.execute-api.eu-west-1.amazonaws.com"
EVIL = "https://evil.example"
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 120_000)
PARAMETERS = {
    n.PARAM_INSTANCE: "dev1", n.PARAM_FORMER: f"dev1,https://{FORMER}", n.PARAM_CLIENT_ID: "client",
    n.PARAM_CLIENT_SECRET: "s3cr3t", n.PARAM_USER: "f" * 32, n.PARAM_KEY_BUCKET: "keys", n.PARAM_KEY_OBJECT: "key",
}  # fmt: skip
ENVIRONMENT = {
    n.ENV_PARAMETER_PREFIX: n.Names().parameter_prefix, n.ENV_BUCKET_OWNER: "123456789012", n.ENV_MODULE: "itsm",
    n.ENV_RESOURCE_PREFIX: "abc", n.ENV_WEBHOOK_URL: f"https://{WEBHOOK}/prod/webhook", n.ENV_WEBHOOK_SECRET: "hook",
    "AWS_REGION": "eu-west-1",
}  # fmt: skip


class Account:
    """A session and its three clients; `keys_read` counts the private key's."""

    def __init__(self):
        self.keys_read = 0

    def client(self, _service, **_options):
        return self

    def get_paginator(self, _operation):
        found = [{"Name": ENVIRONMENT[n.ENV_PARAMETER_PREFIX] + k, "Value": v} for k, v in PARAMETERS.items()]
        return SimpleNamespace(paginate=lambda **_: [{"Parameters": found}])

    def get_object(self, **_asked):
        self.keys_read += 1
        return {"Body": io.BytesIO(pem(rsa_key()))}

    def get_secret_value(self, VersionStage, **_asked):  # noqa: N803 - boto3's word
        return {
            "SecretString": json.dumps({"token": VersionStage[3] * 43}), "VersionId": VersionStage,
            "CreatedDate": SimpleNamespace(timestamp=lambda: 0.0),
        }  # fmt: skip

    def describe_secret(self, **_asked):
        return {"VersionIdsToStages": {"AWSCURRENT": ["AWSCURRENT"], "AWSPENDING": ["AWSPENDING"]}}


@pytest.fixture
def account(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(n.ENV_ANSWERS, raising=False)
    account = Account()
    monkeypatch.setattr(boto3, "Session", lambda: account)
    runtime.cache_clear()
    monkeypatch.setattr(answer._put.retry, "sleep", lambda seconds: None)
    monkeypatch.setattr(steps, "SETTLE_S", 0.0)
    yield account
    runtime.cache_clear()


@pytest.fixture
def line():
    """Everybody answers: ServiceNow that it knows no such client, the rest with success."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as line:
        line.post(f"https://{OWN}/oauth_token.do", status=401, json={"error": "access_denied"})
        line.post(f"https://{FORMER}/oauth_token.do", status=401, json={"error": "access_denied"})
        line.add(responses.PUT, f"https://{ANSWERS}/x", status=200)
        yield line


def hosts(line):
    return [urlsplit(call.request.url).hostname for call in line.calls]


def asked(request_type, instance="dev1", former=None, url=f"https://{ANSWERS}/x?Signature=y"):
    event = {
        "RequestType": request_type, "ResponseURL": url, "StackId": "s", "RequestId": "r", "LogicalResourceId": "l",
        "ResourceProperties": {"Instance": instance},
    }  # fmt: skip
    return event if former is None else event | {"OldResourceProperties": {"Instance": former}}


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
@pytest.mark.parametrize(
    "instance", [EVIL, "evil", "http://127.0.0.1:9", "https://dev1.evil.example", f"https://{OWN}:444"]
)
def test_an_event_that_names_a_foreign_instance_reads_no_key_and_reaches_nobody(request_type, instance, account, line):
    index.handler(asked(request_type, instance), CONTEXT)
    told = json.loads(line.calls[-1].request.body)
    assert hosts(line) == [ANSWERS]
    assert account.keys_read == 0
    assert "is none of this deployment's" in told["Reason"]
    assert told["Status"] == ("SUCCESS" if request_type == "Delete" else "FAILED"), "a stack must be deletable"


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_a_foreign_former_instance_is_not_asked(request_type, account, line, monkeypatch):
    """Set-up itself goes on: of a former instance that nobody recorded only a warning tells."""
    monkeypatch.setattr("integration.connection.instance_setup.apply", _nothing_changed)
    monkeypatch.setattr("integration.connection.instance_setup.stored_mark", lambda *_: "")
    monkeypatch.setattr("integration.connection.instance_setup.store_token", lambda *_: None)
    index.handler(asked(request_type, former=EVIL), CONTEXT)
    assert json.loads(line.calls[-1].request.body)["Status"] == "SUCCESS"
    assert hosts(line) == [ANSWERS]


def _nothing_changed(*_args, **_options):
    return SimpleNamespace(writes=(), kept=(), left_out=(), foreign=())


@pytest.mark.parametrize("instance", ["dev1", "DEV1", f"https://{OWN}", f"https://{FORMER}"])
def test_configured_and_recorded_instances_are_asked(instance, account, line):
    index.handler(asked("Delete", instance), CONTEXT)
    assert set(hosts(line)) == {FORMER if FORMER in instance else OWN, ANSWERS}


NOT_CLOUDFORMATION = (
    f"{EVIL}/x",
    f"http://{ANSWERS}/x",
    f"https://{ANSWERS}.evil.example/x",
    f"https://{ANSWERS}@evil.example/x",
    f"https://evil.example\\@{ANSWERS}/x",
    f"https://evil.example/{ANSWERS}/x",
    f"https://{ANSWERS}:8443/x",
    "https://evil.s3.eu-west-1.amazonaws.com/x",
    "https://cloudformation-custom-resource-response-euwest1.evil.example/s3.amazonaws.com/x",
    "http://127.0.0.1:4566/x",
    "",
)


PARTS = (
    OWN, FORMER, "dev1", "evil.example", ANSWERS, "https://", "http://", "//", "@", ":443", ":8443", "/", "\\", "#",
    "?", ".", "%2e", "%00", " ", "\n", "\u3002", "x", "127.0.0.1", "[::1]", ".service-now.com", ".s3.amazonaws.com",
)  # fmt: skip
ADDRESSES = st.lists(st.sampled_from(PARTS), max_size=5).map("".join)
VALUES = ADDRESSES | st.none() | st.integers() | st.lists(ADDRESSES, max_size=2) | st.just({"Instance": EVIL})
EVENTS = st.fixed_dictionaries(
    {"RequestType": st.sampled_from(["Create", "Update", "Delete"]) | VALUES},
    optional={
        "ResponseURL": st.just(f"https://{ANSWERS}/x") | VALUES, "PhysicalResourceId": VALUES,
        "ResourceProperties": st.fixed_dictionaries({"Instance": VALUES}) | VALUES,
        "OldResourceProperties": st.fixed_dictionaries({"Instance": VALUES}) | VALUES,
        **dict.fromkeys(("StackId", "RequestId", "LogicalResourceId", "Step", "SecretId"), st.just("s") | VALUES),
    },
)  # fmt: skip


@given(EVENTS)
@example(asked("Delete", f"https://{OWN}@evil.example"))
@example(asked("Update", OWN, former=f"https://{OWN}#@evil.example"))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_event_comes_nobody_else_is_reached(account, event):
    """Addresses put together from our own hosts, others and what parts an address, at every place of an event."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as line, suppress(Exception):
        index.handler(event, CONTEXT)
    reached = {urlsplit(call.request.url) for call in line.calls}
    assert {(each.scheme, each.netloc) for each in reached} <= {("https", host) for host in (OWN, FORMER, ANSWERS)}


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
@pytest.mark.parametrize("url", NOT_CLOUDFORMATION)
def test_an_answer_for_somebody_else_is_refused_before_anything_is_done(request_type, url, account, line):
    with pytest.raises(answer.NotAnswered):
        index.handler(asked(request_type, url=url), CONTEXT)
    assert hosts(line) == []
    assert account.keys_read == 0


@pytest.mark.parametrize(
    "host",
    [
        "cloudformation-custom-resource-response-useast1.s3.amazonaws.com",
        "cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com",
        "cloudformation-custom-resource-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn",
    ],
)
def test_every_form_of_cloudformations_address_is_answered(host, account, line):
    line.add(responses.PUT, f"https://{host}/x", status=200)
    index.handler(asked("Delete", EVIL, url=f"https://{host}/x"), CONTEXT)
    assert hosts(line) == [host]


@pytest.mark.parametrize("local", ["http://127.0.0.1:4566/answers/", "https://evil.example/answers/"])
def test_the_local_systems_own_address_counts_only_on_this_machine(local, account, line, monkeypatch):
    """The setting is the local plane's; that of a real function may name nobody else either."""
    monkeypatch.setenv(custom_resource.ANSWERS, local)
    line.add(responses.PUT, f"{local}x", status=200)
    event = asked("Delete", EVIL, url=f"{local}x")
    if "127.0.0.1" in local:
        index.handler(event, CONTEXT)
        assert hosts(line) == ["127.0.0.1"]
    else:
        with pytest.raises(answer.NotAnswered):
            index.handler(event, CONTEXT)
        assert hosts(line) == []


@pytest.mark.parametrize("step", ["setSecret", "testSecret", "finishSecret"])
def test_a_rotation_reaches_only_the_instance_and_the_webhook(step, account, line):
    line.post(ENVIRONMENT[n.ENV_WEBHOOK_URL], status=202)
    event = {
        "Step": step, "SecretId": "hook", "ClientRequestToken": "AWSPENDING", "Instance": EVIL,
        "ResourceProperties": {"Instance": EVIL}, "ResponseURL": EVIL,
    }  # fmt: skip
    if step == "testSecret":
        rotation.handler(event, None)
    else:
        with pytest.raises(Exception, match=r"token|credentials|client"):
            rotation.handler(event, None)
    assert set(hosts(line)) == {WEBHOOK if step == "testSecret" else OWN}
