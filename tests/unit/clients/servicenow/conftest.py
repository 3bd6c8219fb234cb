"""An instance that is a list of canned answers, and a client that neither signs nor sleeps."""

from __future__ import annotations

import pytest
import responses

from integration.clients.servicenow.http import Http

URL = "https://dev12345.service-now.com"


class FixedTokens:
    """Hands out t1, t2, …; a new one after each refusal."""

    def __init__(self):
        self.number = 1
        self.refusals = []

    def token(self, exchange):
        return f"t{self.number}"

    def refused(self, token):
        self.refusals.append(token)
        self.number += 1


@pytest.fixture
def instance():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def tokens():
    return FixedTokens()


@pytest.fixture
def waits():
    return []


@pytest.fixture
def calls():
    return []


@pytest.fixture
def http(tokens, waits, calls):
    return Http(URL, tokens, sleep=waits.append, on_call=lambda *told: calls.append(told))
