"""Which way to sign in is said by which variables are set: exactly those of one way."""

from __future__ import annotations

import base64

import pytest

from integration.clients.servicenow.http import Http
from integration.operations.changes import instance
from integration.operations.changes.instance import PRIVATE, connected, secrets, without_credentials
from integration.operations.terminal.failure import Failure
from tests.keys import pem, rsa_key

VALUES = {
    "SERVICENOW_CLIENT_ID": "c", "SERVICENOW_CLIENT_SECRET": "s3cret", "SERVICENOW_USERNAME": "anna",
    "SERVICENOW_PASSWORD": "pw", "SERVICENOW_USER_SYS_ID": "u" * 32, "SERVICENOW_API_KEY": "k3y",
}  # fmt: skip


@pytest.fixture(scope="module")
def environ():
    return VALUES | {"SERVICENOW_PRIVATE_KEY": pem(rsa_key()).decode()}


@pytest.fixture
def shown(monkeypatch):
    """What `Http` is given."""
    found = {}
    monkeypatch.setattr(instance, "Http", lambda url, auth, **more: found.update(url=url, auth=auth, **more))
    return found


@pytest.mark.parametrize("way", instance.WAYS, ids=lambda way: way.name)
def test_each_way_is_known_by_its_variables(environ, shown, way):
    connected("dev12345", {name: environ[name] for name in way.names})
    assert shown["url"] == "https://dev12345.service-now.com"
    assert shown["manner"] == way.manner
    assert type(shown["auth"]).__name__ in {"Granted", "JwtBearer", "Presented"}
    assert not any(environ[name] in repr(shown["auth"]) for name in way.names)


@pytest.mark.parametrize("end", ["_FILE", "_PATH"])
def test_a_value_may_stand_in_a_file(shown, tmp_path, end):
    """As secrets are mounted; the end of the last line is none of the secret's."""
    (tmp_path / "pw").write_text("p:w\n")
    connected("dev12345", {"SERVICENOW_USERNAME": "anna", f"SERVICENOW_PASSWORD{end}": str(tmp_path / "pw")})
    assert base64.b64decode(shown["auth"].token(None)) == b"anna:p:w"


def test_a_certificate_signs_in_alone_or_beside_another_way(shown, tmp_path):
    for name in ("cert", "key", "ca"):
        (tmp_path / name).write_text("pem")
    tls = {
        "SERVICENOW_CLIENT_CERTIFICATE": str(tmp_path / "cert"), "SERVICENOW_CA_BUNDLE": str(tmp_path / "ca"),
        "SERVICENOW_CLIENT_CERTIFICATE_KEY": str(tmp_path / "key"),
    }  # fmt: skip
    connected("dev12345", tls)
    assert shown["auth"].token(None) == ""
    assert shown["tls"].client == (str(tmp_path / "cert"), str(tmp_path / "key"))
    assert shown["tls"].authorities == str(tmp_path / "ca")
    connected("dev12345", tls | {"SERVICENOW_API_KEY": "k3y"})
    assert shown["auth"].token(None) == "k3y"


BAD = {
    "nothing": ({}, "no variable of it is set", "For client credentials set SERVICENOW_CLIENT_ID"),
    "a half": ({"SERVICENOW_USERNAME": "anna"}, "SERVICENOW_USERNAME is set", "set SERVICENOW_PASSWORD"),
    "two ways": (
        {"SERVICENOW_API_KEY": "k", "SERVICENOW_USERNAME": "a", "SERVICENOW_PASSWORD": "p"},
        "SERVICENOW_API_KEY, SERVICENOW_PASSWORD, SERVICENOW_USERNAME are set",
        "unset SERVICENOW_API_KEY",
    ),
    "no such file": ({"SERVICENOW_API_KEY_FILE": "/nowhere/key"}, "SERVICENOW_API_KEY_FILE names cannot be read", ""),
    "no such certificate": (
        {"SERVICENOW_API_KEY": "k", "SERVICENOW_CLIENT_CERTIFICATE": "/nowhere/c"},
        "SERVICENOW_CLIENT_CERTIFICATE names a file that is not there",
        "",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_way_says_what_to_set(case):
    environ, sentence, then = BAD[case]
    with pytest.raises(Failure) as failure:
        connected("dev12345", environ)
    assert sentence in failure.value.sentence
    assert then in failure.value.then
    assert failure.value.code == 2


def test_an_instance_that_is_none_is_said():
    with pytest.raises(Failure, match="neither an id such as"):
        connected("https://dev12345.service-now.com/nav_to.do", {"SERVICENOW_API_KEY": "k"})


def test_a_command_sees_none_of_our_credentials(environ):
    """By value or by the place of a file; what tells where the instance is it may know."""
    files = {f"{name}_FILE": "/run/secrets/x" for name in environ}
    ours = {**environ, **files, "CHANGE_NOTIFY_URL": "https://hooks.example.com/T0/B0/xyz"}
    beside = {"PATH": "/bin", "SERVICENOW_INSTANCE_ID": "dev12345", "NPM_TOKEN": "theirs"}
    assert without_credentials({**ours, **beside}) == beside
    assert set(ours) <= PRIVATE


def test_what_is_secret_is_known_wherever_it_stands(tmp_path):
    (tmp_path / "s").write_text("from-a-file")
    environ = {"SERVICENOW_CLIENT_ID": "c", "SERVICENOW_CLIENT_SECRET_FILE": str(tmp_path / "s")}
    assert secrets(environ) == ("from-a-file",)
    assert secrets({"SERVICENOW_USERNAME": "anna", "SERVICENOW_PASSWORD": "pw"}) == ("pw", "anna:pw")


def test_a_pipeline_waits_longer_than_a_function():
    made = connected("dev12345", {"SERVICENOW_API_KEY": "k"})
    assert isinstance(made, Http)
    assert made._patience.wait_s > 2
