"""One emulated account for all tests, empty at the start of each, and the client under test."""

from __future__ import annotations

import boto3
import pytest
import requests

from integration.clients.security_ir.client import SecurityIr, connect
from integration.emulators.security_ir import create_app, serve
from integration.emulators.security_ir.service import Service
from tests.contract.emulated import Account


@pytest.fixture(scope="session")
def emulated():
    """What answers, where a test needs hundreds of cases: made over HTTP they take seconds."""
    return Service()


@pytest.fixture(scope="session")
def served(emulated):
    with serve(create_app(emulated)) as url:
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
