"""The OAuth registration as docs/servicenow-setup.md has it, field by field, lets our own client in."""

from __future__ import annotations

import json
import time
from io import BytesIO
from urllib.parse import urlencode

import pytest

from integration.clients.servicenow.auth import GRANT, JwtBearer
from integration.emulators.servicenow import Clock, Service, Switches
from integration.emulators.servicenow.exchange import Request
from integration.emulators.servicenow.registering import save_user
from integration.emulators.servicenow.router import Router
from integration.operations.deployment.key_file import make_pair
from tests.docs.pages import DOCS, cells

PAGE = DOCS / "servicenow-setup.md"
STORED = {
    "yes": "true", "All application scopes": "public", "Opaque": "opaque", "Sys ID": "sys_id", "PEM": "pem",
    "Trust Store Certificate": "trust_store",
}  # fmt: skip
"""What a form shows → what the record holds."""
NOT_COLUMNS = {
    "Client ID, Client Secret", "Auth Scopes", "PEM Certificate", "Sys certificate", "Provider name",
    "Allow access only to APIs in selected scope", "Enforce token restriction",
}  # fmt: skip
"""The last three are of the newer form, which the emulator does not have."""


@pytest.fixture
def instance():
    made = Service(clock=Clock(at=time.time()), seed=1, switches=Switches(async_delay_s=0.0))
    yield made
    made.close()


def record(instance, table, rows):
    """The page's rows by the labels of the instance's own form."""
    columns = {column.label.lower(): name for name, column in instance.schema.columns(table).items()}
    values = {label: row[0].strip("`") for label, row in rows.items() if label not in NOT_COLUMNS and label != "Name"}
    return {columns[label.lower()]: STORED.get(value, value) for label, value in values.items()}


def registered(instance, certificate):
    form = record(instance, "oauth_jwt", cells(PAGE, "3. A client"))
    secret = instance.cipher.encrypt("s3cret")
    app = instance.plant(
        "oauth_jwt",
        form | {"client_id": "abc", "client_secret": secret, "inbound_grant_type": "jwt", "sub_claim": "sub"},
    )
    stored = record(instance, "sys_certificate", cells(PAGE, "2. A key"))
    row = instance.plant("sys_certificate", stored | {"pem_certificate": certificate})
    instance.plant("jwt_verifier_map", {"oauth_jwt": app["sys_id"], "sys_certificate": row["sys_id"], "active": "true"})
    return form


def exchanged(instance, assertion):
    form = {"grant_type": GRANT, "assertion": assertion, "client_id": "abc", "client_secret": "s3cret"}
    body = urlencode(form).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = Router(instance).answer(
        Request("POST", "/oauth_token.do", [], headers, "https://dev", BytesIO(body), len(body))
    )
    return answer.status, json.loads(answer.body)


def test_the_documented_registration_lets_our_client_in(instance, tmp_path):
    """Every value of the table is set as it stands there; the assertion is our own; it is taken once."""
    make_pair(tmp_path / "private.key", tmp_path / "publickey.cer", 2048, 3650, "test")
    form = registered(instance, (tmp_path / "publickey.cer").read_text())
    assert form["access_token_lifespan"] == "3600"
    assert form["user_field"] == "sys_id"
    user = save_user(instance, {"user_name": "aws_integration", "roles": ["itil"]})["sys_id"]
    client = JwtBearer("abc", "s3cret", user, (tmp_path / "private.key").read_bytes())
    assertion = client.assertion()
    status, answer = exchanged(instance, assertion)
    assert (status, answer["token_type"], answer["expires_in"]) == (200, "Bearer", 3600)
    assert exchanged(instance, assertion)[0] == 401
