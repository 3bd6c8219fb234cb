"""One emulator, empty at the start of every test; or, with SECURITY_IR_CONTRACT_REAL=1, a real account."""

import os
from dataclasses import dataclass

import boto3
import pytest
import requests
from botocore.config import Config

from integration.emulators.security_ir import Clock, Service, create_app, serve

REAL = os.environ.get("SECURITY_IR_CONTRACT_REAL") == "1"
ALICE = "arn:aws:iam::111122223333:user/alice"


def client_for(url, *, principal=None, access_key="AKIDTEST", **config):
    """A boto3 client without retries, so that a test sees every answer; `principal` as a plane in front says it."""
    settings = {"retries": {"mode": "standard", "total_max_attempts": 1}, "read_timeout": 5, "connect_timeout": 2}
    client = boto3.client(
        "security-ir",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key="x",
        config=Config(**settings | config),
    )
    if principal:

        def name_principal(request, **_):
            request.headers["x-emulated-principal"] = principal

        client.meta.events.register("before-send.security-ir", name_principal)
    return client


@dataclass(frozen=True)
class Emulator:
    """The running emulator as a test sees it: its URL, its admin routes, its clock."""

    url: str
    clock: Clock

    def admin(self, method, path, *, status=200, **kwargs):
        answer = requests.request(method, f"{self.url}/_admin{path}", timeout=10, **kwargs)
        assert answer.status_code == status, answer.text
        return answer.json()

    def client(self, **kwargs):
        return client_for(self.url, **kwargs)

    def act(self, case_id, act, **body):
        return self.admin("POST", f"/cases/{case_id}/{act}", json=body)

    def case(self, case_id):
        return self.admin("GET", f"/cases/{case_id}")

    def fault(self, **rule):
        self.admin("POST", "/faults", json=rule)

    def config(self, **switches):
        self.admin("PATCH", "/config", json=switches)


@pytest.fixture(scope="session")
def running():
    clock = Clock()
    with serve(create_app(Service(clock=clock))) as url:
        yield Emulator(url, clock)


@pytest.fixture
def emulator(running):
    """What a real account cannot be asked for: faults, switches, the other side's acts."""
    if REAL:
        pytest.skip("needs the emulator: a real account has no faults, switches or responder to command")
    running.admin("POST", "/reset", json={"config": True})
    running.config(scan_delay_s=0)
    return running


@pytest.fixture
def client(request):
    """A client of the system under contract: the emulator, or the real service of the default AWS credentials."""
    if REAL:
        return boto3.client("security-ir")
    return request.getfixturevalue("emulator").client(access_key="AKIDTEST")


@pytest.fixture
def create(client):
    """Makes self-managed cases and closes them when the test ends: nothing deletes a case."""
    made = []

    def make(**changes):
        case_id = client.create_case(**CASE | changes)["caseId"]
        made.append(case_id)
        return case_id

    yield make
    if REAL:
        for case_id in made:
            if client.get_case(caseId=case_id)["caseStatus"] != "Closed":
                client.close_case(caseId=case_id)


CASE = {
    "resolverType": "Self",
    "title": "Contract test, please ignore",
    "description": "Made by an automated contract test.",
    "engagementType": "Investigation",
    "reportedIncidentStartDate": 1_767_323_045,
    "impactedAccounts": [],
    "watchers": [],
}
