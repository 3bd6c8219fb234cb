"""Whatever an instance is otherwise than documented is named with its fix before anything is deployed."""

import json

import pytest
import requests

from integration.cli.checking import probe
from integration.cli.checking.pages import page_of
from servicenow_setup.columns import COLUMNS


@pytest.fixture
def check(run, instance, pair, monkeypatch):
    """Subject → the gravest verdicts of `check`, before a deployment."""
    monkeypatch.setattr(probe, "PATIENCE_S", 0.2)

    def call(*words, module="itsm"):
        done = run("check", *instance.flags(pair[0], module), "--json", "--only", "servicenow", *words)
        return json.loads(done.stdout)["checks"]

    return call


def of(found, subject, state="fail"):
    return [verdict for verdict in found if (verdict["subject"], verdict["state"]) == (subject, state)]


def fault(instance, kind, **where):
    body = {"kind": kind, "times": 0, **where}
    assert requests.post(f"{instance.url}/_admin/faults", json=body, timeout=10).ok


@pytest.mark.parametrize("module", ["itsm", "ir"])
def test_in_order_every_question_is_asked_and_answered(check, module):
    found = check(module=module)
    assert [verdict for verdict in found if verdict["state"] == "fail"] == []
    assert {"access", "sweep query", "batch", "labels", "time zone"} <= {verdict["subject"] for verdict in found}


@pytest.mark.parametrize("table", ["incident", "sys_user", "sys_attachment", *sorted(COLUMNS)])
def test_a_table_that_is_closed_is_named_with_all_that_may_close_it(check, instance, table):
    """A machine's access list refuses whatever roles there are, so a role is not the only thing that is named. A
    Script Include is dispensable, and the set-up's tables are not asked for where nothing is set up.
    """
    fault(instance, "403-acl", table=table)
    wrong = of(check("--no-probe"), "access")
    closed = {verdict["told"].partition(" is closed")[0] for verdict in wrong}
    assert closed - {"attachment API"} == {table} - {"sys_script_include"}
    for verdict in wrong:
        assert "Machine Identity Access Control" in verdict["fix"]
        assert "restricted caller access" in verdict["fix"]
    if table in COLUMNS:
        assert of(check("--no-probe", "--setup", "none"), "access") == []


TERMS = [("incident", "sys_updated_on"), ("sys_attachment", "sys_created_on")]


@pytest.mark.parametrize("how", ["403", "ignored"])
@pytest.mark.parametrize(("table", "column"), TERMS)
def test_a_query_term_that_is_refused_or_left_out_is_named(check, instance, how, table, column):
    """Query access rules: comparison and order need query_range, whatever may be read."""
    instance.admin("POST", "/seed", incident=[{"sys_id": "a" * 32, "short_description": "one"}])
    file = {"file_name": "a", "table_name": "incident", "table_sys_id": "a" * 32}
    instance.admin("POST", "/seed", sys_attachment=[file])
    acl = {"table": table, "field": column, "operation": "query_range", "roles": ["admin"]}
    instance.config(field_acls=[acl], query_refused=how)
    [verdict] = of(check("--no-probe"), "sweep query")
    assert table in verdict["told"]
    assert "query_range" in verdict["fix"]


def test_a_closed_batch_is_a_slower_way_and_no_failure(check, instance):
    instance.config(unscoped_refused=["POST batch"])
    [verdict] = of(check("--no-probe"), "batch", "warn")
    assert "three calls instead of one" in verdict["told"]
    assert "Batch API" in verdict["fix"]


@pytest.mark.parametrize("access", ["empty", "403"])
def test_a_journal_that_hides_its_rows_is_read_from_the_record_and_said(check, instance, access):
    instance.config(journal_access={"*": access})
    found = check()
    assert of(found, "journal") == []
    [verdict] = of(found, "journal", "warn")
    assert "authors are display names" in verdict["told"]
    assert "audit_viewer" in verdict["fix"]


HIDDEN = ["number", "state", "sys_updated_on", "correlation_id", "description"]


@pytest.mark.parametrize("column", HIDDEN)
def test_a_hidden_column_is_named(check, instance, column):
    instance.admin("POST", "/seed", incident=[{"short_description": "one"}])
    instance.config(field_acls=[{"table": "incident", "field": column, "operation": "read", "roles": ["admin"]}])
    told = [v["told"] for v in check() if v["state"] in ("fail", "warn")]
    assert any(column in each for each in told), told


PAGES = [
    (302, {"Location": "https://login.example.com/saml"}, b"", "redirects to login.example.com", "single sign-on"),
    (200, {}, b"<title>Log in | SSO</title>", "a log-in page", "/oauth_token.do"),
    (200, {}, b"<title>Instance Hibernating page</title>", "hibernates", "Wake it"),
    (503, {}, b"<h1>Scheduled maintenance</h1>", "in maintenance", "Wait"),
    (503, {}, "<h1>メンテナンス中</h1>".encode(), "in maintenance", "Wait"),
    (503, {}, b"<h1>Wartungsarbeiten</h1>", "in maintenance", "Wait"),
    (403, {}, b"<h1>Forbidden</h1>", "IP filter", "IP Address Access Control"),
    (502, {}, b"<h1>Bad gateway</h1>", "does not answer in JSON (502)", "between here"),
]


@pytest.mark.parametrize(("status", "headers", "content", "told", "fix"), PAGES)
def test_what_answers_in_the_instance_s_place_is_told_by_its_page(status, headers, content, told, fix):
    said, then = page_of(status, headers, content)
    assert told in said
    assert fix in then


@pytest.mark.parametrize(("kind", "told"), [("html-200", "a log-in page"), ("hibernation", "hibernates")])
def test_such_a_page_ends_the_check_with_its_name(check, instance, kind, told):
    """And nothing else is tried."""
    fault(instance, kind, path="*oauth_token*")
    found = check()
    [verdict] = of(found, "reach")
    assert told in verdict["told"]
    assert found[-1] == verdict
