"""What a function is made of, from its environment; the instance is not asked before an order is."""

from __future__ import annotations

from types import SimpleNamespace

import boto3
import pytest

from integration import names as n
from integration.connection.runtime import Runtime
from integration.connection.wiring import Connection
from integration.workspaces import names as w
from integration.workspaces.model import Member, Row
from integration.workspaces.naming import BucketNames
from integration.workspaces.wiring import ITEM_KIND, Parts
from servicenow_setup import workspaces as setup

ENVIRONMENT = {
    w.ENV_TABLE: "rows", w.ENV_QUEUE: "https://sqs/queue", w.ENV_ARCHIVE: "archive",
    w.ENV_PAGE: "https://x.example/prod/w",
    w.ENV_FILES_ROLE: "arn:aws:iam::1:role/f", w.ENV_ROLES: "arn:aws:iam::1:role/f,arn:aws:iam::1:role/g*",
    w.ENV_SECRET: "secret", w.ENV_API_KEY: "key", n.ENV_TIMEOUT_S: "180", n.ENV_BUCKET_OWNER: "123456789012",
    n.ENV_RESOURCE_PREFIX: "abc", "AWS_REGION": "eu-central-1",
}  # fmt: skip


def parts(monkeypatch: pytest.MonkeyPatch, **more: str) -> Parts:
    made = Parts(Connection(Runtime(ENVIRONMENT | more, "f", boto3.Session(region_name="eu-central-1"))))
    secret = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": "signing"})
    keys = SimpleNamespace(get_api_key=lambda **_: {"value": "machine"})
    given = {"secretsmanager": secret, "apigateway": keys}
    monkeypatch.setattr(Runtime, "client", lambda _self, service: given.get(service, service))
    return made


def test_a_function_without_an_instance_has_all_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its claim outlives it; the page's origin and our roles stand in the buckets' rules."""
    made = parts(monkeypatch)
    settings = made.reconciler.settings
    assert (settings.claim_s, settings.buckets) == (200, BucketNames("123456789012", "eu-central-1"))
    assert made.buckets.rules.origin == "https://x.example"
    assert len(made.buckets.rules.roles) == 2
    assert made.ordering.core is made.reconciler
    assert made.api_key == "machine"
    row = Row(id="w", members=(Member("m", "", 1),))
    assert made.link(row, row.members[0]).startswith("https://x.example/prod/w#w.m.")


@pytest.mark.parametrize(
    ("more", "regional"),
    [
        ({}, True),
        ({w.ENV_NAMESPACE: w.ACCOUNT}, True),
        ({w.ENV_NAMESPACE: w.GLOBAL}, False),
        ({"AWS_REGION": "me-south-1"}, False),
        ({"AWS_REGION": "me-south-1", w.ENV_NAMESPACE: w.ACCOUNT}, False),
    ],
)
def test_names_of_buckets_are_the_accounts_own_but_where_it_is_said_or_there_is_none(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, str], regional: bool
) -> None:
    """An option of the deployment; in some regions accounts have no namespace."""
    assert parts(monkeypatch, **more).bucket_names.regional is regional


def test_a_named_deployment_names_its_buckets_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """And tags them so."""
    settings = parts(monkeypatch, **{n.ENV_DEPLOYMENT: "blue"}).reconciler.settings
    assert (settings.buckets.deployment, settings.deployment) == ("blue", "blue")


def test_our_item_is_known_by_the_mark_that_the_set_up_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two sides share no line."""
    assert ITEM_KIND == setup.ITEM
    assert parts(monkeypatch).orders.mark == "prefix:abc kind:item/workspace "
