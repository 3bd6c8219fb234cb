"""What an instance may do with a term it does not take: leave it out, find nothing, or refuse. Each has its name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integration.clients.errors import Misconfigured
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
UNKNOWN = Query().equals("u_no_such", "x")
CLOSED = Query().at_least("opened_at", SINCE)


@pytest.fixture
def table(instance):
    instance.act("insert", values={"short_description": "s"})
    return Table(instance.http())


@pytest.mark.parametrize("mode", ["ignored", "403"])
def test_an_unknown_column_is_named(instance, table, mode):
    instance.config(unknown_column=mode)
    with pytest.raises(Misconfigured, match="column does not exist"):
        table.query("incident", UNKNOWN, ["number"])


def test_an_unknown_column_may_find_nothing(instance, table):
    """Then nothing tells it from a value that no record has; `check` asks for one that some have."""
    instance.config(unknown_column="none")
    assert table.query("incident", UNKNOWN, ["number"]) == []


@pytest.mark.parametrize("mode", ["ignored", "403"])
def test_a_column_this_user_may_not_search_is_named(instance, table, mode):
    rule = {"table": "incident", "field": "opened_at", "operation": "read", "roles": ["admin"]}
    instance.config(query_refused=mode, field_acls=[rule])
    with pytest.raises(Misconfigured, match=r"may not (search|read)"):
        table.query("incident", CLOSED, ["number"])
