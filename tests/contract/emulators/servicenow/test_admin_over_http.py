"""The other side of the emulator over HTTP: people at work, applications, webhooks, the feed, the process."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import jwt
import pytest
import requests

from integration.aws_plane.http_server import Request, Response, listening
from integration.operations.waiting import until
from tests.contract.emulated import key_and_certificate

TABLE = "/api/now/table/incident"
RULE = """(function () {
    var message = new sn_ws.RESTMessageV2('hook', 'POST');
    message.setStringParameterNoEscape('token', new sn_cc.StandardCredentialsProvider()
        .getCredentialByID('CREDENTIAL').getAttribute('password'));
    message.setRequestBody(JSON.stringify({ sys_id: String(current.sys_id), op: current.operation() }));
    message.executeAsync();
}());"""


@pytest.fixture
def receiver():
    """(url, [(path, Authorization, body)]) of a webhook."""
    arrived: list[tuple[str, str, dict[str, str]]] = []

    def taken(request: Request) -> Response:
        arrived.append((request.target, request.headers["authorization"], json.loads(request.body)))
        return Response(202)

    with listening(taken) as server:
        yield server.url, arrived


def admin(api, path: str, body: object, method: str = "POST"):
    response = api(method, f"/_admin{path}", json=body)
    assert response.ok, response.text
    return response.json()


def hook_up(api, url: str, **rule: str) -> None:
    """A REST message with a bearer header, a credential, and a rule on incident that uses both."""
    path = "/api/now/table/discovery_credentials?sysparm_input_display_value=true"
    credential = api.result("POST", path, json={"name": "c", "password": "t0ken"})
    message = api.result("POST", "/api/now/table/sys_rest_message", json={"name": "hook", "rest_endpoint": url})
    method = {
        "rest_message": message["sys_id"],
        "function_name": "POST",
        "http_method": "post",
        "rest_endpoint": f"{url}/in",
    }
    made = api.result("POST", "/api/now/table/sys_rest_message_fn", json=method)
    header = {"rest_message_function": made["sys_id"], "name": "Authorization", "value": "Bearer ${token}"}
    api.result("POST", "/api/now/table/sys_rest_message_fn_headers", json=header)
    values = {
        "name": "notify", "collection": "incident", "when": "async", "advanced": True, "active": True,
        "action_insert": True, "action_update": True, "script": RULE.replace("CREDENTIAL", credential["sys_id"]),
        **rule,
    }  # fmt: skip
    api.result("POST", "/api/now/table/sys_script", json=values)


def test_a_person_works_with_their_own_rights(emulated):
    acted = admin(emulated, "/act", {
        "as": "beth.anglin", "operation": "insert", "table": "incident",
        "values": {"short_description": "s", "comments": "c"},
        "attachments": [{"name": "a.txt", "content_type": "text/plain", "content": base64.b64encode(b"abc").decode()}],
    })  # fmt: skip
    assert (acted["record"]["opened_by"], acted["record"]["sys_created_by"]) != ("", "admin")
    assert emulated("GET", f"/api/now/attachment/{acted['attachments'][0]}/file").content == b"abc"
    sys_id = acted["record"]["sys_id"]
    refused = emulated(
        "POST", "/_admin/act", json={"as": "beth.anglin", "operation": "delete", "table": "incident", "sys_id": sys_id}
    )
    assert (refused.status_code, refused.json()["error"]) == (403, "Operation Failed")
    admin(
        emulated,
        "/act",
        {"as": "beth.anglin", "operation": "delete", "table": "incident", "sys_id": sys_id, "enforce": False},
    )
    assert emulated("GET", f"{TABLE}/{sys_id}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"as": "nobody", "table": "incident"},
        {"as": "admin", "table": "nope"},
        {"as": "admin", "table": "incident", "operation": "x"},
        [],
    ],
)
def test_what_cannot_be_acted_on_is_refused(emulated, body):
    assert emulated("POST", "/_admin/act", json=body).status_code in (400, 404)


def told_time(emulated):
    """The emulator's, which other tests have moved on, in epoch seconds."""
    now = datetime.fromisoformat(emulated("GET", "/_admin/clock").json()["now"])
    return int(now.replace(tzinfo=UTC).timestamp())


def test_an_application_is_registered_in_one_call_and_its_tokens_work(emulated):
    key, pem = key_and_certificate()
    registered = admin(emulated, "/oauth", {"certificate_pem": pem, "client_id": "c", "client_secret": "s"})
    admin(emulated, "/roles", {"user_name": "aws_integration", "grant": ["itil"]})
    now = told_time(emulated)
    claims = {"iss": "c", "aud": "c", "sub": registered["user_sys_id"], "iat": now - 5, "exp": now + 60, "jti": "1"}
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_id": "c", "client_secret": "s",
        "assertion": jwt.encode(claims, key, "RS256"),
    }  # fmt: skip
    token = requests.post(f"{emulated.url}/oauth_token.do", data=form, timeout=10).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    made = requests.post(emulated.url + TABLE, json={}, headers=headers, timeout=10)
    assert (made.status_code, made.json()["result"]["sys_created_by"]) == (201, "aws_integration")
    emulated("DELETE", "/_admin/oauth/tokens")
    assert requests.get(emulated.url + TABLE, headers=headers, timeout=10).status_code == 401


def test_a_rule_calls_a_webhook_with_the_decrypted_credential(emulated, receiver):
    url, arrived = receiver
    hook_up(emulated, url)
    made = emulated.incident()
    assert admin(emulated, "/settle", {}) == {"settled": True}
    assert arrived == [("/in", "Bearer t0ken", {"sys_id": made["sys_id"], "op": "insert"})]
    recorded = emulated("GET", "/_admin/outbound").json()["calls"][0]
    assert (recorded["status"], recorded["headers"]["Authorization"]) == (202, "(hidden)")


def test_a_lost_webhook_never_arrives_and_a_doubled_one_twice(emulated, receiver):
    url, arrived = receiver
    hook_up(emulated, url)
    for kind in ("lost", "doubled"):
        admin(emulated, "/webhook-faults", {"kind": kind})
        emulated.incident()
        until(lambda: emulated("GET", "/_admin/webhook-faults").json() == {"rules": []})
    until(lambda: len(arrived) == 2)
    assert arrived[0] == arrived[1]


def test_a_deletion_is_told_by_an_after_rule(emulated, receiver):
    url, arrived = receiver
    hook_up(emulated, url, when="after", action_delete="true", action_insert="false", action_update="false")
    made = emulated.incident()
    assert emulated("DELETE", f"{TABLE}/{made['sys_id']}").status_code == 204
    until(lambda: [body for _, _, body in arrived] == [{"sys_id": made["sys_id"], "op": "delete"}])


def test_the_feed_waits_for_what_happens(emulated):
    last = emulated("GET", "/_admin/changes").json()["last"]
    assert emulated("GET", f"/_admin/changes?since={last}&wait_s=0").json()["changes"] == []
    threading.Timer(0.1, emulated.incident).start()
    body = emulated("GET", f"/_admin/changes?since={last}&wait_s=10&table=incident").json()
    assert [(each["operation"], each["number"]) for each in body["changes"]] == [("insert", "INC0010001")]
    assert emulated("GET", "/_admin/changes?since=x").status_code == 400


def test_time_moves_for_answers_too(emulated):
    before = emulated("GET", "/_admin/clock").json()["now"]
    after = admin(emulated, "/clock", {"advance_s": 86400})["now"]
    assert after > before
    assert emulated.incident()["sys_created_on"] >= after
    shown = parsedate_to_datetime(emulated("GET", TABLE).headers["Date"])
    assert shown.strftime("%Y-%m-%d") == after[:10]
    assert emulated("POST", "/_admin/clock", json={"advance_s": -1}).status_code == 400


def test_properties_columns_users_and_seeds_are_set(emulated):
    assert admin(emulated, "/properties", {"instance_name": "prod"}, "PATCH")["instance_name"] == "prod"
    admin(emulated, "/columns", {"table": "incident", "name": "u_x", "max_length": 3})
    made = admin(emulated, "/users", {"user_name": "zoe", "first_name": "Zoe", "roles": ["itil"], "password": "p"})
    assert "itil" in made["roles"]
    planted = admin(emulated, "/seed", {"incident": [{"number": "INC1", "u_x": "12345", "state": "7"}]})
    sys_id = planted["sys_ids"]["incident"][0]
    shown = requests.get(f"{emulated.url}{TABLE}/{sys_id}", auth=("zoe", "p"), timeout=10).json()["result"]
    assert (shown["number"], shown["u_x"], shown["state"]) == ("INC1", "12345", "7")
    for path, body in [
        ("/columns", {"table": "nope"}),
        ("/users", {}),
        ("/seed", {"nope": []}),
        ("/oauth", {"client_id": "c"}),
    ]:
        assert emulated("POST", f"/_admin{path}", json=body).status_code == 400
    assert emulated("GET", "/_admin/nothing").status_code == 404


def test_an_update_set_is_imported_as_xml(emulated):
    xml = f"<unload><sys_script><sys_id>{'a' * 32}</sys_id><name>r</name></sys_script></unload>"
    headers = {"Content-Type": "application/xml"}
    assert (
        emulated("POST", "/_admin/update-sets", data=xml, headers=headers).json()["records"][0]["table"] == "sys_script"
    )
    assert emulated.result("GET", f"/api/now/table/sys_script/{'a' * 32}")["name"] == "r"
    assert emulated("POST", "/_admin/update-sets", data="<nope/>", headers=headers).status_code == 400


def test_the_overview_and_the_dump_show_what_is_there(emulated):
    emulated.incident()
    assert emulated("GET", "/_admin").json()["records"]["incident"] == 1
    dump = emulated("GET", "/_admin/state").json()["tables"]
    assert (len(dump["incident"]), "task" in dump, "sys_dictionary" in dump) == (1, False, False)


def test_of_a_table_it_shows_the_rows_with_the_values_asked_for(emulated):
    first, second = emulated.incident(short_description="a"), emulated.incident(short_description="b")

    def asked(**params):
        rows = emulated("GET", "/_admin/state", params=params).json()["tables"]["incident"]
        return [row["sys_id"] for row in rows]

    assert asked(table="incident", short_description="b") == [second["sys_id"]]
    assert asked(table="incident", sys_id=first["sys_id"], short_description="b") == []
    assert asked(table="incident") == [first["sys_id"], second["sys_id"]]


def test_a_shared_cookie_jar_is_noticed(emulated):
    emulated("DELETE", "/_admin/calls")
    for _ in range(2):
        requests.get(emulated.url + TABLE, auth=("admin", "admin"), timeout=10)
    assert emulated("GET", "/_admin/calls").json()["marks"] == {}
    emulated("GET", TABLE)
    emulated("GET", TABLE)
    assert emulated("GET", "/_admin/calls").json()["marks"]["session_cookie"] >= 1


def test_large_files_pass_through(emulated):
    """More than is kept in memory, both ways."""
    made = emulated.incident()
    content = b"0123456789abcdef" * (3 * 65536)
    query = f"table_name=incident&table_sys_id={made['sys_id']}&file_name=big.bin"
    file = emulated.result("POST", f"/api/now/attachment/file?{query}", data=content, headers={"Content-Type": "x/y"})
    assert emulated("GET", f"/api/now/attachment/{file['sys_id']}/file").content == content


def test_head_answers_like_get_without_a_body(emulated):
    emulated.incident()
    response = emulated("HEAD", TABLE)
    assert (response.status_code, response.headers["X-Total-Count"], response.content) == (200, "1", b"")


def test_the_process_says_where_it_answers_and_ends_when_told():
    command = [sys.executable, "-m", "integration.emulators.servicenow", "--port", "0", "--seed", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert requests.get(said["admin"], timeout=10).json()["service"] == "servicenow"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
