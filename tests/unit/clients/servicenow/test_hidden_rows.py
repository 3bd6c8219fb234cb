"""Calls are bounded whatever the instance counts: a company's tables hold millions of rows that are hidden from us."""

from __future__ import annotations

import base64
import json
import re

import pytest

from integration.cases.instance_side import ServiceNowIncidents
from integration.clients.errors import Misconfigured
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import HIDDEN_PAGES, Table
from integration.module import Module
from integration.operations.cases.choices import choices
from integration.operations.checking.incident_filter import filter_terms
from integration.operations.checking.records import reads
from mappers.mapping_rules import rules_for
from servicenow_setup.missing_role import module_table
from tests.unit.clients.servicenow.conftest import URL

MILLIONS = {"X-Total-Count": "5000000", "Date": "Sat, 21 Nov 2026 12:00:00 GMT"}
USER, SYS_ID = "f" * 32, "a" * 32
RULES = rules_for(Module.ITSM)


def record(sys_id):
    columns = dict.fromkeys(ServiceNowIncidents(None, "i", "incident", RULES.columns, USER)._columns, "")
    columns |= {"sys_id": sys_id, "sys_updated_on": "2026-11-21 11:00:00", "comments_and_work_notes": "somebody wrote"}
    return {name: {"value": value, "display_value": value} for name, value in columns.items()}


def batch(request):
    """The record is shown, its journal and files are not."""
    parts = []
    for part in json.loads(request.body)["rest_requests"]:
        result = record(SYS_ID) if f"incident/{SYS_ID}" in part["url"] else []
        body = base64.b64encode(json.dumps({"result": result}).encode()).decode()
        parts.append({"id": part["id"], "status_code": 200, "headers": [], "body": body})
    return 200, MILLIONS, json.dumps({"serviced_requests": parts})


@pytest.fixture
def hiding(instance):
    """Every table counts millions and shows none of them."""
    instance.add_callback("POST", f"{URL}/api/now/v1/batch", batch)
    user = {"result": record(USER) | {"user_name": {"value": "us", "display_value": "us"}}}
    instance.get(f"{URL}/api/now/table/sys_user/{USER}", json=user, headers=MILLIONS)
    instance.get(re.compile(rf"{URL}/api/now/table/\w+\?"), json={"result": []}, headers=MILLIONS)
    return instance


def a_pass(http):
    ServiceNowIncidents(http, "i", "incident", RULES.columns, USER).read(SYS_ID, None)


BUDGETS = {
    "a pass": (a_pass, 2),
    "is the table readable": (lambda http: ServiceNowIncidents(http, "i", "incident", (), USER).readable(), 1),
    "does a filter hold": (lambda http: ServiceNowIncidents(http, "i", "incident", (), USER).matches(SYS_ID, "a=b"), 1),
    "check, records": (lambda http: list(reads(http, RULES, USER)), 4),
    "check, filter": (lambda http: list(filter_terms(http, "incident", "category=a^state=1")), 1),
    "check, choices": (lambda http: list(choices(http, RULES)), 10 + 4 * HIDDEN_PAGES),
    "set-up": (lambda http: module_table(Table(http), "incident"), 1),
}


@pytest.mark.parametrize("name", BUDGETS)
def test_hidden_rows_cost_no_call_each(hiding, http, name):
    act, most = BUDGETS[name]
    act(http)
    assert len(hiding.calls) <= most


def test_reading_on_through_hidden_rows_ends(hiding, http):
    with pytest.raises(Misconfigured, match="hidden"):
        Table(http).query("incident", Query(), ["sys_id"], limit=1)
    assert len(hiding.calls) == HIDDEN_PAGES
