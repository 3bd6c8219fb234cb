from __future__ import annotations

import json

import pytest
from botocore.stub import Stubber

from integration import names as n
from integration.aws.settings import SettingsError, load, load_values, private_key
from integration.clients.errors import Misconfigured

PREFIX = "/SecurityIncidentResponse/"
GIVEN = {
    n.PARAM_INSTANCE: "dev12345",
    n.PARAM_CLIENT_ID: "client",
    n.PARAM_CLIENT_SECRET: "s3cr3t",
    n.PARAM_USER: "u" * 32,
    n.PARAM_KEY_BUCKET: "keys",
    n.PARAM_KEY_OBJECT: "servicenow/private-key.pem",
    n.PARAM_SETTINGS: json.dumps({"max_attachment_mb": 5}),
}


@pytest.fixture
def ssm(client):
    return client("ssm")


def store(ssm, given, prefix=PREFIX):
    for name, value in given.items():
        kind = "SecureString" if name == n.PARAM_CLIENT_SECRET else "String"
        ssm.put_parameter(Name=prefix + name, Value=value, Type=kind)


def test_everything_is_read_and_decrypted(ssm):
    store(ssm, GIVEN)
    settings = load(ssm, PREFIX)
    assert (settings.instance, settings.client_secret) == ("dev12345", "s3cr3t")
    assert (settings.key_bucket, settings.key_object) == ("keys", "servicenow/private-key.pem")
    assert settings.values == {"max_attachment_mb": 5}


def test_a_named_deployment_does_not_show_in_the_default_one(ssm):
    """Its parameters lie one level deeper, and several instances live in one account."""
    store(ssm, GIVEN)
    store(ssm, GIVEN | {n.PARAM_INSTANCE: "dev99999"}, PREFIX + "eu/")
    assert load(ssm, PREFIX).instance == "dev12345"
    assert load(ssm, PREFIX + "eu/").instance == "dev99999"


def test_more_than_a_page(ssm):
    store(ssm, {f"another{number}": "x" for number in range(12)} | GIVEN)
    assert load(ssm, PREFIX).instance == "dev12345"


@pytest.mark.parametrize("name", [name for name in GIVEN if name != n.PARAM_SETTINGS])
@pytest.mark.parametrize("value", [None, " "])
def test_what_is_missing_is_named_with_the_command(ssm, name, value):
    store(ssm, {given: text for given, text in GIVEN.items() if given != name} | ({name: value} if value else {}))
    with pytest.raises(SettingsError) as caught:
        load(ssm, PREFIX)
    assert f"{PREFIX}{name} " in str(caught.value)
    assert "./deploy_integrations_solution.py check" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_the_command_names_the_deployment(ssm):
    with pytest.raises(SettingsError, match="check --name eu"):
        load(ssm, PREFIX + "eu/")


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "null"])
def test_settings_that_are_no_object(ssm, text):
    store(ssm, GIVEN | {n.PARAM_SETTINGS: text})
    with pytest.raises(SettingsError, match="settings is not a JSON object"):
        load(ssm, PREFIX)
    with pytest.raises(SettingsError):
        load_values(ssm, PREFIX)


def test_settings_may_be_left_out(ssm):
    store(ssm, {name: value for name, value in GIVEN.items() if name != n.PARAM_SETTINGS})
    assert load(ssm, PREFIX).values == {}


def test_values_alone(ssm):
    store(ssm, GIVEN)
    assert load_values(ssm, PREFIX) == {"max_attachment_mb": 5}
    with pytest.raises(Misconfigured):
        load_values(ssm, "/nothing/")


def test_nothing_shows_the_secret(ssm):
    store(ssm, GIVEN)
    assert "s3cr3t" not in repr(load(ssm, PREFIX))


def test_the_key_comes_from_the_bucket_named(ssm, client):
    store(ssm, GIVEN)
    s3 = client("s3")
    s3.create_bucket(Bucket="keys")
    settings = load(ssm, PREFIX)
    with pytest.raises(Misconfigured):
        private_key(s3, settings, "123456789012")
    s3.put_object(Bucket="keys", Key="servicenow/private-key.pem", Body=b"PEM")
    assert private_key(s3, settings, "123456789012") == b"PEM"


def test_the_key_s_bucket_must_be_our_own(ssm, client):
    """Somebody else's bucket of the same name would hand us a key that somebody else knows. moto does not check it."""
    store(ssm, GIVEN)
    s3 = client("s3")
    with Stubber(s3) as stub:
        asked = {"Bucket": "keys", "Key": "servicenow/private-key.pem", "ExpectedBucketOwner": "111122223333"}
        stub.add_client_error("get_object", "AccessDenied", "", 403, expected_params=asked)
        with pytest.raises(Misconfigured):
            private_key(s3, load(ssm, PREFIX), "111122223333")
