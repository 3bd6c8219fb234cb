"""Whatever an instance is otherwise than documented is named with its fix before anything is deployed."""

import json
from dataclasses import asdict
from itertools import zip_longest

import pytest
import requests

from integration.cases.instance_side import COLUMNS as READ
from integration.emulators import servicenow
from integration.operations.checking import probe
from integration.operations.checking.pages import page_of
from integration.operations.checking.setup_tables import PREFIX, setup_tables, subject_of
from integration.operations.checking.sign_in import Credentials
from servicenow_setup.actual import AUTOMATIC_NAME
from servicenow_setup.columns import COLUMNS
from tests.contract.operations.conftest import CLIENT_ID, SECRET, Instance, _registered


@pytest.fixture
def check(run, instance, pair, monkeypatch):
    """Subject → the gravest verdicts of `check`, before a deployment."""
    monkeypatch.setattr(probe, "PATIENCE_S", 0.2)

    def call(*words, module="itsm"):
        done = run("check", *instance.flags(pair[0], module), "--json", "--only", "servicenow", *words)
        return json.loads(done.stdout)["checks"]

    return call


@pytest.fixture
def tried(instance, pair):
    """Verdicts on the tables of the set-up alone: a check asks for them between all its other questions."""
    http = Credentials(instance.url, CLIENT_ID, SECRET, instance.user, pair[0].read_bytes()).http()
    return lambda: [asdict(each) for each in setup_tables(http, "incident", instance.user, "rest")]


def of(found, subject, state="fail"):
    return [verdict for verdict in found if (verdict["subject"], verdict["state"]) == (subject, state)]


def fault(instance, kind, **where):
    body = {"kind": kind, "times": None, **where}
    assert requests.post(f"{instance.url}/_admin/faults", json=body, timeout=10).ok


@pytest.mark.parametrize("module", ["itsm", "ir"])
def test_in_order_every_question_is_asked_and_answered(check, module):
    found = check(module=module)
    assert [verdict for verdict in found if verdict["state"] == "fail"] == []
    asked = list(dict.fromkeys(verdict["subject"] for verdict in found))
    told = ["access", "sweep query", "batch", "states", "closure codes", "mandatory fields", "labels", "time zone"]
    assert [subject for subject in asked if subject in told] == told


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


def of_ours(instance):
    """What stands in the tables of the set-up with the prefix of `check`."""
    rows = [row for table in COLUMNS for row in instance.records(table)]
    return [row for row in rows if PREFIX in json.dumps(row)]


@pytest.mark.parametrize("module", ["itsm", "ir"])
def test_one_inactive_record_of_each_table_is_made_read_back_and_taken_away(check, instance, module):
    found = check("--probe", module=module)
    tried = {verdict["subject"] for verdict in found if verdict["subject"].startswith("set-up sys")}
    assert tried == {subject_of(table) for table in COLUMNS if table.startswith("sys")}
    assert of(found, "encrypted write", "ok")
    assert of(found, "set-up records", "ok")
    assert of_ours(instance) == []


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_a_table_that_only_administrators_write_is_named_with_its_role(tried, instance, table):
    """Documented roles may be too few. Nothing of ours is left; the GET function that an instance makes with a message
    goes with it, or is an administrator's to delete.
    """
    instance.config(admin_only=[table])
    found = tried()
    state = "warn" if table == "sys_script_include" else "fail"
    verdicts = of(found, subject_of(table), state)
    assert verdicts, found
    assert any("role" in verdict["fix"] for verdict in verdicts)
    instance.config(admin_only=[])
    assert [row for row in of_ours(instance) if row.get("function_name") != AUTOMATIC_NAME] == []


SPARE = {"order", "filter_condition", "rest_message", "rest_message_function"}
"""Of a rule: too short to be cut, and empty in the one that is tried (the set-up reads back what it writes there);
references are no texts.
"""
CUT = [(t, c) for t, columns in sorted(COLUMNS.items()) if t != "sys_script_include" for c in columns if c not in SPARE]
APART = ("discovery_credentials", "sys_rest", "sys_script")
"""Whose tables are tried whatever becomes of the others."""
AT_ONCE = [
    [cut for cut in turn if cut] for turn in zip_longest(*([x for x in CUT if x[0].startswith(each)] for each in APART))
]


@pytest.mark.parametrize("cut", AT_ONCE, ids=lambda cut: "-".join(column for _, column in cut))
def test_a_column_that_cuts_is_named_with_its_length(tried, instance, cut):
    instance.config(column_lengths={f"{table}.{column}": 3 for table, column in cut})
    found = tried()
    for table, column in cut:
        [verdict, *_] = of(found, subject_of(table))
        assert f"{column} was cut to 3 characters" in verdict["told"]
        assert "Widen the column" in verdict["told"] + verdict["fix"]
    by_itself = AUTOMATIC_NAME[:3] if ("sys_rest_message_fn", "function_name") in cut else AUTOMATIC_NAME
    assert [row for row in of_ours(instance) if row.get("function_name") != by_itself] == []


def test_an_encrypted_column_that_stays_empty_is_named(check, instance):
    acl = {"table": "discovery_credentials", "field": "password", "operation": "write", "roles": ["admin"]}
    instance.config(field_acls=[acl])
    [verdict] = of(check("--probe"), "encrypted write")
    assert "keeps no password" in verdict["told"]
    assert of_ours(instance) == []


def test_what_the_instance_does_not_let_go_is_named_with_a_link_and_taken_away_by_the_next(check, instance):
    for table in ("sys_rest_message", "sys_script"):
        fault(instance, "403-acl", method="DELETE", table=table)
    [verdict] = of(check("--probe"), "set-up records", "warn")
    assert f"{instance.url}/nav_to.do?uri=sys_script.do?sys_id=" in verdict["fix"]
    assert {row.get("active", "false") for row in of_ours(instance)} == {"false"}
    requests.delete(f"{instance.url}/_admin/faults", timeout=10)
    check("--probe")
    assert of_ours(instance) == []


def test_without_probe_or_with_an_update_set_the_tables_are_left_alone(check, instance):
    assert of(check("--no-probe"), "set-up records", "skip")
    found = check("--probe", "--setup", "update-set")
    subjects = {verdict["subject"] for verdict in found if verdict["subject"].startswith("set-up ")}
    assert subjects == {"set-up discovery_credentials", "set-up records"}
    assert of(check("--probe", "--setup", "none"), "set-up records", "ok") == []


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
    found = check("--setup", "none")
    assert of(found, "journal") == []
    [verdict] = of(found, "journal", "warn")
    assert "authors are display names" in verdict["told"]
    assert "audit_viewer" in verdict["fix"]


HIDDEN = sorted({*READ} - {"sys_id"})
"""Every column that a pass needs of an incident; without its sys_id an answer is no record."""


@pytest.mark.parametrize("column", HIDDEN)
def test_a_hidden_column_is_named(check, instance, column):
    instance.admin("POST", "/seed", incident=[{"short_description": "one"}])
    instance.config(field_acls=[{"table": "incident", "field": column, "operation": "read", "roles": ["admin"]}])
    told = [v["told"] for v in check("--setup", "none") if v["state"] in ("fail", "warn")]
    assert any(column in each for each in told), told


PAGES = [
    (302, {"Location": "https://login.example.com/saml"}, b"", "redirects to login.example.com", "single sign-on"),
    (200, {}, b"<title>Log in | SSO</title>", "a sign-in page", "/oauth_token.do"),
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


@pytest.mark.parametrize(("kind", "told"), [("html-200", "a sign-in page"), ("hibernation", "hibernates")])
def test_such_a_page_ends_the_check_with_its_name(check, instance, kind, told):
    """And nothing else is tried."""
    fault(instance, kind, path="*oauth_token*")
    found = check()
    [verdict] = of(found, "reach")
    assert told in verdict["told"]
    assert found[-1] == verdict


LANGUAGES = {
    "German": (
        "Vorgang fehlgeschlagen",
        "Datenrichtlinienausnahme: Folgende Felder sind Pflichtfelder: Geschäftsservice",
    ),
    "French": ("Échec de l'opération", "Exception de politique de données : Champs obligatoires : Service métier"),
    "Portuguese": ("Falha na operação", "Exceção de política de dados: Campos obrigatórios: Serviço de negócio"),
    "Japanese": ("操作に失敗しました", "データポリシーの例外: 次の項目は必須です: ビジネスサービス"),
}


class Translated:
    """ASGI: what goes wrong is said in another language; statuses and shapes stay."""

    def __init__(self, app, said):
        self.app, self.said = app, said

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"].startswith("/_admin") or "oauth" in scope["path"]:
            return await self.app(scope, receive, send)
        start = {}

        async def translate(event):
            if event["type"] == "http.response.start":
                start.update(event)
                return
            body = event.get("body", b"")
            if start and start["status"] == 403:
                message, detail = self.said
                body = json.dumps({"error": {"message": message, "detail": detail}, "status": "failure"}).encode()
            if start:
                kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
                await send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
                start.clear()
            await send({**event, "body": body})

        await self.app(scope, receive, translate)
        return None


@pytest.fixture(params=LANGUAGES)
def abroad(request, pair, _servicenow_server):
    """An instance that refuses in another language."""
    url, server = _servicenow_server
    app = servicenow.create_app()
    app.add_middleware(Translated, said=LANGUAGES[request.param])
    with server.serving(app):
        yield _registered(Instance(url, ""), pair), LANGUAGES[request.param]


def asked(run, instance, key):
    done = run("check", *instance.flags(key), "--json", "--only", "servicenow", "--probe")
    return json.loads(done.stdout)["checks"]


def test_a_refusal_in_any_language_is_named_and_no_role_is_said_to_be_missing_that_is_not(run, abroad, pair):
    """Refused by a data policy, with the labels it names; tables that are closed, by what may close them."""
    instance, (_, detail) = abroad
    instance.config(mandatory=[{"table": "incident", "condition": "state=1", "fields": ["business_service"]}])
    fault(instance, "403-acl", table="sys_script", method="POST")
    found = asked(run, instance, pair[0])
    [written] = of(found, "write")
    assert detail.rpartition(":")[2].strip() in written["told"]
    for verdict in of(found, subject_of("sys_script")):
        assert "a business rule or a data policy" in verdict["told"] + verdict["fix"]
