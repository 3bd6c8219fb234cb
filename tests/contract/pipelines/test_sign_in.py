"""Each way a pipeline may sign in reaches the instance, and a wrong secret is said once."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.contract.emulated import key_and_certificate
from tests.contract.pipelines.conftest import ROLES, SECRET, STANDARD, USER

PASSWORD, KEY = "p:ssword of the pipeline", "k3y-0123456789"


@pytest.fixture(scope="module")
def pair():
    return key_and_certificate()


@pytest.fixture(scope="module")
def ways(_instance, pair):
    """What an administrator sets up for each, and what the pipeline is given."""
    people = _instance.people
    user = people.send("POST", "users", json={"user_name": USER, "password": PASSWORD, "roles": ROLES})
    people.send("POST", "api-keys", json={"user_name": USER, "key": KEY})
    application = {"client_id": "jwt", "client_secret": SECRET, "certificate_pem": pair[1], "user_name": USER}
    sys_id = people.send("POST", "oauth", json=application)["user_sys_id"]
    assert user
    return {
        "client credentials": {"SERVICENOW_CLIENT_ID": "ci", "SERVICENOW_CLIENT_SECRET": SECRET},
        "JWT": {
            "SERVICENOW_CLIENT_ID": "jwt", "SERVICENOW_CLIENT_SECRET": SECRET, "SERVICENOW_USER_SYS_ID": sys_id,
            "SERVICENOW_PRIVATE_KEY": pair[0].decode(),
        },
        "password grant": {
            "SERVICENOW_CLIENT_ID": "ci", "SERVICENOW_CLIENT_SECRET": SECRET, "SERVICENOW_USERNAME": USER,
            "SERVICENOW_PASSWORD": PASSWORD,
        },
        "API key": {"SERVICENOW_API_KEY": KEY},
        "basic": {"SERVICENOW_USERNAME": USER, "SERVICENOW_PASSWORD": PASSWORD},
    }  # fmt: skip


WAYS = ("client credentials", "JWT", "password grant", "API key", "basic")
NONE = dict.fromkeys(("SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_SECRET"), "")


@pytest.mark.parametrize("way", WAYS)
def test_a_change_is_made_and_closed(change, ways, way):
    done = change("run", *STANDARD, "--json", "--", "true", **{**NONE, **ways[way]})
    assert (done.exit_code, done.document.get("outcome")) == (0, "successful"), done.stderr
    assert not any(value in done.output for name, value in ways[way].items() if "SECRET" in name or "PASS" in name)


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_secret_is_a_sentence_with_what_comes_next(change, ways, way):
    wrong = {
        name: "wrong" if name.endswith(("SECRET", "PASSWORD", "API_KEY")) else value
        for name, value in ways[way].items()
    }
    done = change("run", *STANDARD, "--json", "--", "touch", "deployed", **{**NONE, **wrong})
    assert (done.exit_code, done.document["started"]) == (3, False), done.stderr
    assert "change check" in done.stderr


def test_an_administrator_gets_no_token_by_an_assertion(change, instance, ways):
    """The instance refuses it; what to take away is named."""
    instance.people.send("POST", "roles", json={"user_name": USER, "grant": ["admin"]})
    try:
        done = change("run", *STANDARD, "--", "touch", "deployed", **ways["JWT"])
    finally:
        instance.people.send("POST", "roles", json={"user_name": USER, "revoke": ["admin"]})
    assert done.exit_code == 3
    assert "must not hold the role admin" in done.stderr


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Whoever does not trust it hangs up."""


@pytest.fixture
def strange(pair, tmp_path):
    """The address of an instance whose certificate nobody knows the authority of."""
    key, certificate = pair
    (tmp_path / "pair.pem").write_text(key.decode() + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair.pem")
    server = _Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("words", "code"), [(("check",), 1), (("run", *STANDARD, "--", "touch", "deployed"), 3)])
def test_a_certificate_nobody_knows_the_authority_of_is_told_with_what_to_type(change, strange, tmp_path, words, code):
    done = change(*words, SERVICENOW_INSTANCE_ID=strange)
    told = " ".join(done.output.split())
    assert done.exit_code == code, done.output
    assert "the authority that signed it is not known here" in told
    assert "export SERVICENOW_CA_BUNDLE=company.pem" in told
    assert not (tmp_path / "deployed").exists()
