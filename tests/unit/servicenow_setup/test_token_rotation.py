"""A rotation may be interrupted and repeated anywhere; at no moment does the instance hold a token nobody takes."""

from __future__ import annotations

import json
import logging
import uuid
from datetime import datetime

import boto3
import pytest
import responses
from moto import mock_aws

from integration.aws.secrets import CURRENT, PENDING, PREVIOUS, WebhookToken
from integration.clients.errors import Misconfigured
from integration.connection import probe as probing
from integration.connection.probe import TokenNotTaken, probe
from integration.connection.rotation import SETTLE_S, Rotation
from servicenow_setup.apply import apply
from servicenow_setup.credential import mark_of, store_token, stored_mark
from servicenow_setup.errors import MissingRole

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
FIRST = "first-" + "t" * 43
URL = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/webhook"


class Secrets:
    """moto, announcing the new version before it has a value as Secrets Manager does, and dying where told to."""

    def __init__(self, client, announced):
        self._client, self._announced = client, announced
        self.dies_after = ""

    def __getattr__(self, operation):
        def call(**arguments):
            answer = getattr(self._client, operation)(**arguments)
            if operation == "describe_secret":
                answer["VersionIdsToStages"].setdefault(self._announced, [PENDING])
            if operation == self.dies_after:
                self.dies_after = ""
                raise KeyboardInterrupt
            return answer

        return call


@pytest.fixture
def rotating(instance, settings, monkeypatch):
    """(run one step, secret, sleeps), with the first token in the instance."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    apply(instance, settings)
    store_token(instance, settings.prefix, FIRST)
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name="hook", SecretString=json.dumps({"token": FIRST}))
        yield Rotating(client, instance, settings)


class Rotating:
    def __init__(self, client, instance, settings):
        self.version = str(uuid.uuid4())
        self.client = Secrets(client, self.version)
        self.instance, self.prefix = instance, settings.prefix
        self.sleeps, self.probed, self.open = [], [], True
        self.token = WebhookToken(client, "hook")

    def step(self, name, version=""):
        log = logging.getLogger("rotation")
        rotation = Rotation(
            self.client, "hook", self.token, lambda: (self.instance, self.prefix), self._probe, log, self.sleeps.append
        )
        rotation.step(name, version or self.version)

    def _probe(self, token):
        self.probed.append(token)
        return self.open

    def in_instance(self):
        [row] = self.instance.all("discovery_credentials")
        return row["password"].removeprefix("cipher:")


def test_the_four_steps_bring_a_new_token_to_both_sides(rotating):
    for name in STEPS:
        rotating.step(name)
        assert rotating.in_instance() in rotating.token.read().accepted, name
    tokens = rotating.token.read()
    assert rotating.in_instance() == tokens.current.token != FIRST
    assert tokens.previous.token == FIRST
    assert rotating.probed == [tokens.current.token]
    assert len(tokens.current.token) >= 43


@pytest.mark.parametrize("repeated", range(1, 4))
def test_every_step_may_be_repeated(repeated, rotating):
    for name in STEPS:
        for _ in range(repeated):
            rotating.step(name)
    tokens = rotating.token.read()
    assert (rotating.in_instance(), tokens.previous.token) == (tokens.current.token, FIRST)


@pytest.mark.parametrize("operation", ["put_secret_value", "update_secret_version_stage"])
def test_a_death_after_a_write_to_the_secret_is_repaired_by_a_repeat(operation, rotating):
    rotating.client.dies_after = operation
    done = 0
    while done < len(STEPS):
        try:
            rotating.step(STEPS[done])
        except KeyboardInterrupt:
            assert rotating.in_instance() in rotating.token.read().accepted
            continue
        done += 1
    assert rotating.in_instance() == rotating.token.read().current.token != FIRST


def test_a_death_after_the_write_to_the_instance_is_repaired_by_a_repeat(rotating):
    rotating.step("createSecret")
    rotating.instance.dies_after = len(rotating.instance.writes) + 1
    with pytest.raises(rotating.instance.death):
        rotating.step("setSecret")
    assert rotating.in_instance() in rotating.token.read().accepted
    rotating.instance.dies_after = None
    for name in STEPS[1:]:
        rotating.step(name)
    assert rotating.in_instance() == rotating.token.read().current.token


def test_the_new_token_is_not_used_before_every_authorizer_would_look_for_it(rotating):
    rotating.step("createSecret")
    rotating.step("setSecret")
    [waited] = rotating.sleeps
    assert SETTLE_S - 2 < waited <= SETTLE_S


def test_an_old_pending_token_of_a_failed_rotation_is_not_taken_for_the_new_one(rotating):
    """A value belongs to a version, not to a stage."""
    rotating.client.put_secret_value(
        SecretId="hook", SecretString=json.dumps({"token": "stale-" + "s" * 43}), VersionStages=[PENDING],
        ClientRequestToken=str(uuid.uuid4()),
    )  # fmt: skip
    for name in STEPS:
        rotating.step(name)
    assert "stale" not in rotating.in_instance()
    assert rotating.in_instance() == rotating.token.read().current.token


def test_a_setup_that_handed_the_old_token_over_meanwhile_is_put_right(rotating):
    for name in STEPS[:3]:
        rotating.step(name)
    store_token(rotating.instance, rotating.prefix, FIRST)
    rotating.step("finishSecret")
    assert rotating.in_instance() == rotating.token.read().current.token


def test_a_token_the_webhook_does_not_take_never_becomes_current(rotating, monkeypatch):
    monkeypatch.setattr(rotating, "_probe", lambda token: (_ for _ in ()).throw(TokenNotTaken(401)))
    rotating.step("createSecret")
    rotating.step("setSecret")
    with pytest.raises(TokenNotTaken):
        rotating.step("testSecret")
    assert rotating.token.read().current.token == FIRST
    assert rotating.in_instance() in rotating.token.read().accepted


def test_an_instance_that_refuses_the_token_keeps_the_old_one(rotating):
    rotating.instance.refuses.add("discovery_credentials")
    rotating.step("createSecret")
    with pytest.raises(MissingRole, match="credential_admin"):
        rotating.step("setSecret")
    assert rotating.in_instance() == rotating.token.read().current.token == FIRST


def test_an_address_closed_to_us_is_no_reason_to_stop(rotating):
    """`--allowed-ips` lets only ServiceNow in."""
    rotating.open = False
    for name in STEPS:
        rotating.step(name)
    assert rotating.in_instance() == rotating.token.read().current.token


def test_a_version_nobody_announced_is_refused(rotating):
    with pytest.raises(Misconfigured):
        rotating.step("createSecret", str(uuid.uuid4()))


def test_the_mark_in_the_instance_is_that_of_the_new_token(rotating):
    for name in STEPS:
        rotating.step(name)
    assert stored_mark(rotating.instance, rotating.prefix) == mark_of(rotating.token.read().current.token)
    assert {CURRENT, PREVIOUS} <= {
        stage
        for stages in rotating.client.describe_secret(SecretId="hook")["VersionIdsToStages"].values()
        for stage in stages
    }


@pytest.fixture
def hook():
    """The webhook, answering what a test puts in line."""
    with responses.RequestsMock(registry=responses.registries.OrderedRegistry) as line:
        yield line


@pytest.fixture
def hasty(monkeypatch):
    """The probe's waiting, without waiting."""
    pauses = []
    monkeypatch.setattr(probing.probe.retry, "sleep", pauses.append)
    return pauses


def test_a_probe_posts_a_ping_that_the_webhook_takes(hook, token):
    ping = responses.matchers.json_params_matcher({"event_type": "Ping"})
    bearer = responses.matchers.header_matcher({"Authorization": f"Bearer {token}"})
    hook.post(URL, status=202, json={"accepted": True}, match=[ping, bearer])
    assert probe(URL, token) is True


def test_a_probe_tries_again_while_the_door_does_not_know_the_token(hook, hasty, token):
    hook.post(URL, status=401)
    hook.post(URL, body=responses.ConnectionError("reset"))
    hook.post(URL, status=500)
    hook.post(URL, status=202)
    assert probe(URL, token) is True
    assert len(hasty) == 3


def test_a_probe_gives_up_and_tells_the_status_only(hook, monkeypatch, token):
    monkeypatch.setattr(probing.probe.retry, "stop", lambda state: True)
    hook.post(URL, status=403, json={"Message": "User is not authorized to access this resource"})
    with pytest.raises(TokenNotTaken) as caught:
        probe(URL, token)
    assert caught.value.status == 403
    assert token not in str(caught.value)


def test_a_probe_knows_the_policy_of_the_api_from_a_refused_token(hook, token):
    hook.post(
        URL, status=403,
        json={"Message": "User: anonymous is not authorized to perform: execute-api:Invoke on resource: x"},
    )  # fmt: skip
    assert probe(URL, token) is False


def test_versions_have_an_age(rotating):
    assert rotating.token.version(CURRENT).age_s < 60
    assert isinstance(rotating.client.describe_secret(SecretId="hook")["CreatedDate"], datetime)
