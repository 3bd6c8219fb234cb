from __future__ import annotations

import boto3
import pytest
from moto import mock_aws
from moto.core import models

from integration.aws.errors import connect


@pytest.fixture
def session(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(models, "RESPONSES_METHODS", [])  # a thousand addresses for callers without botocore
    with mock_aws():
        yield boto3.Session(region_name="us-east-1")


@pytest.fixture
def client(session):
    """A client as the functions make it, of moto."""
    return lambda service: connect(session, service)
