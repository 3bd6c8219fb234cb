"""Each port twice: over the twins of the proofs, and over the real adapters. One of each place per run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
import requests
from botocore.config import Config
from moto import mock_aws

from integration.aws.encryption import Envelope
from integration.aws.errors import connect
from integration.aws.table import Table
from integration.cases.records import LinkRecords
from integration.clients.security_ir.client import SecurityIr
from integration.emulators import security_ir, servicenow
from integration.reconcile.table_claims import TableClaims
from tests.contract.cases.places import HttpIncidents, ServiceCases, TwinCases, TwinIncidents
from tests.contract.emulated import Account, Instance, key_and_certificate
from tests.due_table import make_due_table
from tests.fakes.cases import OWN_ROLE
from tests.fakes.claims import FakeClaims
from tests.fakes.orders import order
from tests.fakes.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.cases.ports import Links
    from integration.reconcile.claims import Claims
    from tests.fakes.orders import Order

BOTH = ("twin", "real")


@pytest.fixture(scope="module")
def service() -> Iterator[ServiceCases]:
    """botocore makes one attempt, so that a test sees what one failure means."""
    session = boto3.Session(aws_access_key_id="ours", aws_secret_access_key="x", region_name="us-east-1")
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=20)
    with security_ir.serve(security_ir.create_app()) as url, requests.Session() as http:
        account = Account(url)
        account.admin("PATCH", "config", {"scan_delay_s": 0, "principals": {"ours": OWN_ROLE}})
        yield ServiceCases(account, SecurityIr(session.client("security-ir", endpoint_url=url, config=config), http))


@pytest.fixture(scope="module")
def instance() -> Iterator[HttpIncidents]:
    with servicenow.serve(servicenow.create_app()) as url:
        served = Instance(url)
        served.fresh(*key_and_certificate(), "itil", "audit_viewer")
        yield HttpIncidents(served)


@pytest.fixture(scope="module")
def session() -> Iterator[boto3.Session]:
    with pytest.MonkeyPatch.context() as patching, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patching.setenv(name, "testing")
        yield boto3.Session(region_name="us-east-1")


@pytest.fixture(scope="module")
def rows(session: boto3.Session) -> Table:
    dynamodb = connect(session, "dynamodb")
    make_due_table(dynamodb, "links")
    return Table(dynamodb, "links")


@pytest.fixture(scope="module")
def table(session: boto3.Session, rows: Table) -> LinkRecords:
    key = session.client("kms").create_key()["KeyMetadata"]["Arn"]
    return LinkRecords(rows, Envelope(connect(session, "kms"), key))


@pytest.fixture(scope="module", params=BOTH)
def aws(request: pytest.FixtureRequest) -> TwinCases | ServiceCases:
    return TwinCases() if request.param == "twin" else request.getfixturevalue("service")


@pytest.fixture(scope="module", params=BOTH)
def snow(request: pytest.FixtureRequest) -> TwinIncidents | HttpIncidents:
    return TwinIncidents() if request.param == "twin" else request.getfixturevalue("instance")


@pytest.fixture(scope="module", params=BOTH)
def links(request: pytest.FixtureRequest) -> Links:
    return World().links if request.param == "twin" else request.getfixturevalue("table")


@pytest.fixture(scope="module", params=BOTH)
def claims(request: pytest.FixtureRequest) -> Claims[Order]:
    return FakeClaims(order) if request.param == "twin" else TableClaims(request.getfixturevalue("rows"), order)
