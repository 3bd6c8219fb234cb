"""Who may post: whoever has the token, in any of the forms it is sent, and nobody else."""

from __future__ import annotations

import hashlib

import pytest

from integration.clients.errors import Unavailable
from integration.connection.authorizer import Door, Refusals, Unauthorized, decide

CURRENT, PENDING, PREVIOUS, STRANGER = (hashlib.sha256(word).hexdigest() for word in (b"1", b"2", b"3", b"4"))
"""The same in every process that runs the tests."""
ARN = "arn:aws:execute-api:us-east-1:111122223333:abc123/prod/POST/webhook"
STAGE = "arn:aws:execute-api:us-east-1:111122223333:abc123/prod/*"


class Secret:
    def __init__(self, *accepted):
        self.accepted, self.reads, self.error = accepted, 0, None

    def __call__(self):
        if self.error:
            raise self.error
        self.reads += 1
        return tuple(self.accepted)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def secret():
    return Secret(CURRENT, PENDING, PREVIOUS)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def door(secret, clock):
    return Door(secret, clock)


def test_many_unknown_tokens_make_one_line_a_minute(clock):
    """The first is told at once; the next line counts those since, so that nobody can fill the log."""
    refusals, told = Refusals(clock), []
    for second in range(150):
        clock.now = 1000.0 + second
        told += [(second, count)] if (count := refusals.to_tell()) else []
    assert told == [(0, 1), (60, 60), (120, 60)]


def effect(event, door):
    try:
        (statement,) = decide({"methodArn": ARN, **event}, door)["policyDocument"]["Statement"]
    except Unauthorized:
        return "401"
    assert (statement["Action"], statement["Resource"]) == ("execute-api:Invoke", STAGE)
    return statement["Effect"]


def offered(token):
    return {"type": "REQUEST", "headers": {"Authorization": f"Bearer {token}"}}


FORMS = [
    {"type": "REQUEST", "headers": {"Authorization": f"Bearer {CURRENT}"}},
    {"type": "REQUEST", "headers": {"authorization": f"bearer  {CURRENT} "}},
    {"type": "REQUEST", "headers": {"AUTHORIZATION": CURRENT}},
    {"type": "TOKEN", "authorizationToken": f"Bearer {CURRENT}"},
    {"type": "TOKEN", "authorizationToken": CURRENT},
]


@pytest.mark.parametrize("event", FORMS)
def test_every_form_of_the_header(door, event):
    """The policy is for the whole stage, since API Gateway keeps it for every path of the same token."""
    assert effect(event, door) == "Allow"


@pytest.mark.parametrize("token", [CURRENT, PENDING, PREVIOUS])
def test_all_tokens_of_a_rotation_count(door, token):
    assert effect(offered(token), door) == "Allow"


@pytest.mark.parametrize(
    "token", [STRANGER, CURRENT[:-1], CURRENT + "x", CURRENT.upper(), "x", "ü" * 43, "\ud800" * 43, "x" * 10_000]
)
def test_nothing_else_does(door, token):
    """401 and not a policy that denies: API Gateway would keep that for a minute, and refuse a new token from it."""
    assert effect(offered(token), door) == "401"


@pytest.mark.parametrize(
    "event",
    [{}, {"headers": None}, {"headers": {}}, {"headers": {"Authorization": ""}}, {"authorizationToken": ""},
     {"headers": {"Authorization": "Bearer "}}, {"headers": {"Authorization": None}}],
)  # fmt: skip
def test_no_token_is_401(door, event):
    """API Gateway makes 401 of exactly this text."""
    with pytest.raises(Unauthorized) as caught:
        decide({"methodArn": ARN, **event}, door)
    assert str(caught.value) == "Unauthorized"


def test_an_empty_secret_lets_nobody_in(clock):
    assert effect(offered(STRANGER), Door(Secret(), clock)) == "401"


def test_the_secret_is_read_once_a_minute(door, secret, clock):
    for clock.now in (1000, 1030, 1059, 1060):
        effect(offered(CURRENT), door)
    assert secret.reads == 2


def test_a_token_taken_away_is_refused_after_a_minute(door, secret, clock):
    assert effect(offered(PREVIOUS), door) == "Allow"
    secret.accepted = (CURRENT,)
    clock.now += 60
    assert effect(offered(PREVIOUS), door) == "401"


def test_an_unknown_token_is_a_reason_to_look_again(door, secret, clock):
    """Right after a rotation the new token is unknown here; but nobody may make us read the secret all the time."""
    assert effect(offered(STRANGER), door) == "401"
    secret.accepted = (STRANGER,)
    for clock.now, expected in ((1001, "401"), (1009, "401"), (1010, "Allow")):
        assert effect(offered(STRANGER), door) == expected
    assert secret.reads == 2


def test_a_flood_of_wrong_tokens_reads_rarely(door, secret, clock):
    for second in range(60):
        clock.now = 1000 + second
        effect(offered(STRANGER), door)
    assert secret.reads == 6


def test_a_secret_that_cannot_be_read_is_no_refusal(secret, clock):
    """500, which the rule logs: nobody was told that the token is wrong."""
    secret.error = Unavailable("aws", "get_secret_value: ThrottlingException")
    with pytest.raises(Unavailable):
        effect(offered(CURRENT), Door(secret, clock))
