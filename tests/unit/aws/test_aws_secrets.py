from __future__ import annotations

import json
import secrets
import time

import pytest

from integration.aws.secrets import CURRENT, PENDING, PREVIOUS, Tokens, Version, WebhookToken
from integration.clients.errors import Misconfigured

OLD, NOW, NEXT = (secrets.token_urlsafe(32) for _ in range(3))


def text(token):
    return json.dumps({"token": token})


@pytest.fixture
def manager(client):
    return client("secretsmanager")


@pytest.fixture
def rotated(manager):
    """A secret in the midst of a second rotation: previous, current, pending."""
    manager.create_secret(Name="hook", SecretString=text(OLD))
    manager.put_secret_value(SecretId="hook", SecretString=text(NOW))
    manager.put_secret_value(SecretId="hook", SecretString=text(NEXT), VersionStages=[PENDING])
    return WebhookToken(manager, "hook")


def test_every_stage_is_read(rotated):
    tokens = rotated.read()
    assert (tokens.current.token, tokens.pending.token, tokens.previous.token) == (NOW, NEXT, OLD)
    assert 0 <= tokens.current.age_s < 60


AGES = [(0, True), (3599, True), (3600, False), (10**6, False)]


@pytest.mark.parametrize(("age_s", "counts"), AGES)
def test_the_previous_token_counts_for_an_hour(age_s, counts):
    """Calls of before the rotation are still under way then; a token that leaked must not live for ever."""
    tokens = Tokens(Version(NOW, age_s), previous=Version(OLD, age_s + 1))
    assert (OLD in tokens.accepted) is counts
    assert NOW in tokens.accepted


def test_the_pending_token_counts():
    """ServiceNow is told first, so it sends the new token before the rotation has ended."""
    assert Tokens(Version(NOW, 10**6), pending=Version(NEXT)).accepted == (NOW, NEXT)


def test_a_fresh_secret_has_one_version(manager):
    manager.create_secret(Name="hook", SecretString=text(NOW))
    assert WebhookToken(manager, "hook", clock=time.time).read().accepted == (NOW,)


def test_without_a_current_version_nobody_is_let_in(manager):
    with pytest.raises(Misconfigured, match="rotate"):
        WebhookToken(manager, "nothing").read()


@pytest.mark.parametrize("stored", ["", "text", "[]", "{}", '{"token": 7}', '{"token": ""}', '{"token": "short"}'])
def test_what_is_no_token_lets_nobody_in(manager, stored):
    """An empty token would be equal to an empty header."""
    manager.create_secret(Name="hook", SecretString=stored or " ")
    with pytest.raises(Misconfigured, match="rotate"):
        WebhookToken(manager, "hook").version(CURRENT)


def test_an_unknown_stage_is_none(manager):
    manager.create_secret(Name="hook", SecretString=text(NOW))
    assert WebhookToken(manager, "hook").version(PREVIOUS) is None


def test_nothing_shows_a_token(rotated):
    assert NOW not in repr(rotated.read())
