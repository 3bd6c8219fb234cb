"""Both functions as Lambda calls them: real parameters, key and secret (moto), a real instance and webhook (HTTP)."""

from __future__ import annotations

import json
import time
import uuid
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws
from moto.backends import get_backend

from integration import names as n
from integration.connection import rotation as steps
from integration.connection.runtime import runtime
from integration.operations.deployment.signing_key import find_key, make_certificate
from lambdas.service_now_resource_setup_handler import index as setup
from lambdas.service_now_token_rotation import index as rotation
from servicenow_setup.columns import COLUMNS
from servicenow_setup.roles import roles

ACCOUNT, REGION = "123456789012", "eu-west-1"
FIRST = "F" * 48
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 120_000)


@pytest.fixture
def deployed(place, hook, monkeypatch):
    """Everything a deployment leaves for its functions."""
    place.grant(*roles("incident", "rest"))
    monkeypatch.setattr(steps, "SETTLE_S", 0.0)
    environment = {
        "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing", n.ENV_PARAMETER_PREFIX: n.Names().parameter_prefix,
        n.ENV_BUCKET_OWNER: ACCOUNT, n.ENV_MODULE: "itsm", n.ENV_RESOURCE_PREFIX: "a1b2c3d4e5",
        n.ENV_WEBHOOK_URL: hook.url, n.ENV_WEBHOOK_SECRET: "hook", n.ENV_LOG_LEVEL: "debug",
        n.ENV_ANSWERS: hook.url,
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        _store(place)
        runtime.cache_clear()
        yield SimpleNamespace(place=place, hook=hook, secrets=boto3.client("secretsmanager"))
        runtime.cache_clear()


def test_a_deployment_lives_through_setup_rotation_update_and_removal(deployed, caplog):
    before = deployed.place.tables(*COLUMNS)
    made = _asked(deployed, "Create")
    assert made["Status"] == "SUCCESS", made
    _change(deployed)
    assert _bearer(deployed) == FIRST
    _rotate(deployed)
    current = json.loads(deployed.secrets.get_secret_value(SecretId="hook", VersionStage="AWSCURRENT")["SecretString"])[
        "token"
    ]
    assert current != FIRST
    _change(deployed)
    assert _bearer(deployed) == current
    assert {"event_type": "Ping"} in [body for _, body in deployed.hook.calls]
    updated = _asked(deployed, "Update", PhysicalResourceId=made["PhysicalResourceId"])
    assert (updated["Status"], updated["Data"]["Written"]) == ("SUCCESS", "0")
    removed = _asked(deployed, "Delete", PhysicalResourceId=made["PhysicalResourceId"])
    assert (removed["Status"], removed["Reason"]) == ("SUCCESS", "")
    assert deployed.place.tables(*COLUMNS) == before
    said = str([vars(record) for record in caplog.records])
    assert "rotation step done" in said
    assert not any(secret in said for secret in (FIRST, current, "PRIVATE KEY", "client-secret"))


def test_a_missing_role_reaches_the_stack_by_name(deployed):
    deployed.place.revoke("business_rule_admin")
    told = _asked(deployed, "Create")
    assert told["Status"] == "FAILED"
    assert "business_rule_admin" in told["Reason"]


def test_a_kms_key_signs_where_there_is_no_private_key(deployed, tmp_path):
    """The certificate is that of the key's public half; the object in the key bucket is gone."""
    kms = boto3.client("kms")
    key = find_key(kms, kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"])
    make_certificate(key, tmp_path / "kms.cer", 30, "test")
    registration = {"certificate_pem": (tmp_path / "kms.cer").read_text(), "kid": key.key_id}
    deployed.place.admin("POST", "oauth", {"client_id": "client", "client_secret": "secret", **registration})
    told = json.dumps({n.SIGNING_KEY: key.arn, "key_id": key.key_id})
    name = n.Names().parameter_prefix + n.PARAM_SETTINGS
    boto3.client("ssm").put_parameter(Name=name, Value=told, Type="SecureString", Overwrite=True)
    boto3.client("s3").delete_object(Bucket="keys", Key=n.KEY_OBJECT)
    assert _asked(deployed, "Create")["Status"] == "SUCCESS"


def test_parameters_that_are_gone_fail_a_creation_and_let_a_removal_pass(deployed):
    boto3.client("ssm").delete_parameter(Name=n.Names().parameter_prefix + n.PARAM_CLIENT_ID)
    told = _asked(deployed, "Create")
    assert told["Status"] == "FAILED"
    assert n.PARAM_CLIENT_ID in told["Reason"]
    assert _asked(deployed, "Delete", PhysicalResourceId="x")["Status"] == "SUCCESS"


def _store(place):
    ssm, prefix = boto3.client("ssm"), n.Names().parameter_prefix
    values = {
        n.PARAM_INSTANCE: place.url, n.PARAM_CLIENT_ID: "client", n.PARAM_CLIENT_SECRET: "secret",
        n.PARAM_USER: place.user_sys_id, n.PARAM_KEY_BUCKET: "keys", n.PARAM_KEY_OBJECT: n.KEY_OBJECT,
        n.PARAM_SETTINGS: json.dumps({"incident_filter": "active=true"}),
    }  # fmt: skip
    for name, value in values.items():
        ssm.put_parameter(Name=prefix + name, Value=value, Type="SecureString")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="keys", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="keys", Key=n.KEY_OBJECT, Body=place.key)
    boto3.client("secretsmanager").create_secret(Name="hook", SecretString=json.dumps({"token": FIRST}))


def _asked(deployed, request_type, **more):
    event = {
        "RequestType": request_type, "ResponseURL": deployed.hook.url, "StackId": "s", "RequestId": "r",
        "LogicalResourceId": "l", "ResourceProperties": {"Instance": deployed.place.url}, **more,
    }  # fmt: skip
    setup.handler(event, CONTEXT)
    return deployed.hook.answers[-1]


def _rotate(deployed):
    """As Secrets Manager does: it announces a version without a value, then asks for the four steps."""
    version = str(uuid.uuid4())
    secret = get_backend("secretsmanager")[ACCOUNT][REGION].secrets["hook"]
    secret.versions[version] = {
        "createdate": int(time.time()), "version_id": version, "version_stages": ["AWSPENDING"]
    }  # fmt: skip
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        rotation.handler({"Step": step, "SecretId": "hook", "ClientRequestToken": version}, CONTEXT)


def _change(deployed):
    known = len(deployed.hook.calls)
    deployed.place.act("insert", values={"short_description": "s"})
    deployed.hook.events(known + 1)


def _bearer(deployed):
    headers, _ = deployed.hook.calls[-1]
    return headers["authorization"].removeprefix("Bearer ")
