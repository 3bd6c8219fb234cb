"""A service in memory with a clock that stands still, and short ways to call it."""

import pytest

from integration.emulators.security_ir import Clock, Service
from integration.emulators.security_ir.operations import invoke
from integration.emulators.security_ir.protocol import check_input

ALICE = "arn:aws:iam::111122223333:user/alice"
NOON = 1_795_262_400.0


class Account:
    """A service and one caller in it."""

    def __init__(self, **more):
        self.clock = Clock(at=NOON)
        self.service = Service(clock=self.clock, **more)
        self.caller = self.service.caller(ALICE, "http://127.0.0.1:1")

    def __call__(self, operation, **ask):
        return invoke(self.service, self.caller, operation, check_input(operation, ask))

    def create(self, **changes):
        return self("CreateCase", **CASE | changes)["caseId"]

    def case(self, case_id):
        return self.service.case(case_id)


CASE = {
    "resolverType": "Self",
    "title": "Title",
    "description": "Description",
    "engagementType": "Investigation",
    "reportedIncidentStartDate": NOON - 3600,
    "impactedAccounts": ["111122223333"],
    "watchers": [],
    "impactedAwsRegions": [{"region": "us-east-1"}],
}


@pytest.fixture
def account():
    made = Account()
    yield made
    made.service.close()


@pytest.fixture
def sender():
    """An account whose events wait to be sent instead of being recorded only."""
    made = Account(events_url="http://127.0.0.1:1")
    yield made
    made.service.close()


@pytest.fixture
def service(account):
    return account.service
