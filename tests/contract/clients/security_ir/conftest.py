"""One emulated account for all tests, empty at the start of each, and the client under test."""

from __future__ import annotations

import boto3
import pytest
import requests

from integration.clients.security_ir.client import SecurityIr, connect
from integration.emulators.security_ir import create_app, serve


class Account:
    """The responders and the service itself, past the client."""

    def __init__(self, url):
        self.url = url
        self._switches = self.admin("GET", "config") | {"scan_delay_s": 0}

    def fresh(self):
        self.admin("POST", "reset")
        self.admin("PATCH", "config", self._switches)
        self.admin("DELETE", "faults")

    def admin(self, method, path, body=None):
        answer = requests.request(method, f"{self.url}/_admin/{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, operation, kind, **rule):
        self.admin("POST", "faults", {"operation": operation, "kind": kind, **rule})

    def case(self, case_id):
        return self.admin("GET", f"cases/{case_id}")


@pytest.fixture(scope="session")
def served():
    with serve(create_app()) as url:
        yield Account(url)


@pytest.fixture
def account(served):
    served.fresh()
    return served


@pytest.fixture(scope="session")
def service(served):
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    with requests.Session() as http:
        yield SecurityIr(connect(session, endpoint_url=served.url), http)
