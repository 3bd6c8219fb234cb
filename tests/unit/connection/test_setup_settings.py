"""What is to stand in the instance follows the settings that integrations declare."""

from types import SimpleNamespace

import pytest

from integration import names as n
from integration.cases.declaration import CASES
from integration.connection.declaration import CONNECTION
from integration.connection.wiring import Connection

ENVIRONMENT = {
    n.ENV_BUCKET_OWNER: "123456789012", n.ENV_MODULE: "itsm", n.ENV_RESOURCE_PREFIX: "abc",
    n.ENV_WEBHOOK_URL: "https://a.example/prod/webhook", "AWS_REGION": "eu-west-1",
}  # fmt: skip


@pytest.mark.parametrize(("there", "kept"), [((CONNECTION,), ""), ((CASES, CONNECTION), "active=true")])
def test_the_filter_counts_where_cases_are(monkeypatch, there, kept):
    """Its rules are those of cases: a deployment without them has none to narrow."""
    stored = SimpleNamespace(user_sys_id="f" * 32, values={"incident_filter": "active=true"})
    monkeypatch.setattr(Connection, "settings", stored)
    connection = Connection(SimpleNamespace(environment=ENVIRONMENT, names=n.Names()), (), there)
    assert connection.setup.incident_filter == kept
