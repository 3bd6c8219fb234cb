"""Every other way into an instance than a signed assertion: what is sent, how often, and what a refusal says."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from urllib.parse import parse_qsl

import pytest
import responses
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from integration.clients.errors import Misconfigured, Unavailable, Untrusted
from integration.clients.servicenow.auth import Presented, client_credentials, password_grant
from integration.clients.servicenow.http import Http, Patience
from integration.clients.servicenow.transport import API_KEY, BASIC, Tls
from tests.keys import pem, rsa_key

URL = "https://dev12345.service-now.com"
PATH = "/api/now/table/change_request"
DENIED = {"status": 401, "json": {"error": {"message": "User Not Authenticated"}}}
TOKEN = {"access_token": "at1", "token_type": "Bearer", "expires_in": 1799}


def called(http):
    return http.call("GET", PATH, "change_request")


@pytest.fixture
def mock():
    with responses.RequestsMock() as made:
        yield made


GRANTS = {
    "client credentials": (
        lambda: client_credentials("c", "s"),
        {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s"},
        2,
    ),
    "password": (
        lambda: password_grant("c", "s", "anna", "pw"),
        {"grant_type": "password", "client_id": "c", "client_secret": "s", "username": "anna", "password": "pw"},
        1,
    ),
}
"""How it is made, the form, and how often a refusal is asked for again: a wrong password counts towards a lock."""


@pytest.mark.parametrize("grant", GRANTS)
def test_a_grant_fetches_one_token_with_its_form(mock, grant):
    make, form, _ = GRANTS[grant]
    exchange = mock.post(f"{URL}/oauth_token.do", json=TOKEN)
    call = mock.get(URL + PATH, json={"result": []})
    http = Http(URL, make())
    called(http)
    called(http)
    assert [dict(parse_qsl(each.request.body)) for each in exchange.calls] == [form]
    assert {each.request.headers["Authorization"] for each in call.calls} == {"Bearer at1"}


@pytest.mark.parametrize("grant", GRANTS)
def test_a_refused_grant_is_a_setting_and_shows_no_secret(mock, grant):
    make, _, times = GRANTS[grant]
    exchange = mock.post(f"{URL}/oauth_token.do", status=401, json={"error": "invalid_client"})
    with pytest.raises(Misconfigured, match="client id or the client secret") as error:
        called(Http(URL, make()))
    assert len(exchange.calls) == times
    assert "pw" not in str(error.value) + repr(make())


PRESENTED = {
    "basic": (BASIC, base64.b64encode(b"anna:pw").decode(), ("Authorization", "Basic YW5uYTpwdw==")),
    "API key": (API_KEY, "k3y", ("x-sn-apikey", "k3y")),
}


@pytest.mark.parametrize("way", PRESENTED)
def test_what_needs_no_token_is_shown_at_every_call(mock, way):
    manner, shown, (header, value) = PRESENTED[way]
    call = mock.get(URL + PATH, json={"result": []})
    called(Http(URL, Presented(shown), manner=manner))
    assert call.calls[0].request.headers[header] == value


@pytest.mark.parametrize("way", PRESENTED)
def test_what_was_refused_is_not_shown_again(mock, way):
    manner, shown, _ = PRESENTED[way]
    call = mock.get(URL + PATH, **DENIED)
    http = Http(URL, Presented(shown), manner=manner)
    for _ in range(2):
        with pytest.raises(Misconfigured, match="does not accept these credentials"):
            called(http)
    assert len(call.calls) == 1


WAITS = [
    # Retry-After, patience, waits
    ("30", Patience(attempts=3, wait_s=60, total_s=300), [30.0, 30.0]),
    ("30", None, []),
    ("600", Patience(attempts=3, wait_s=60, total_s=300), []),
]


@pytest.mark.parametrize(("asked", "patience", "expected"), WAITS)
def test_who_may_wait_waits_as_long_as_is_asked(mock, asked, patience, expected):
    waits = []
    mock.get(URL + PATH, status=429, headers={"Retry-After": asked})
    with pytest.raises(Unavailable):
        called(Http(URL, Presented(""), sleep=waits.append, patience=patience))
    assert waits == expected


def test_without_a_header_the_waits_grow_within_the_patience(mock):
    waits = []
    mock.get(URL + PATH, status=429)
    with pytest.raises(Unavailable):
        called(Http(URL, Presented(""), sleep=waits.append, patience=Patience(attempts=9, wait_s=5, total_s=300)))
    assert len(waits) == 8
    assert max(waits) <= 5


# ------------------------------------------------------------------------------------------------------- certificates
class Named(BaseHTTPRequestHandler):
    """Answers with the name on the client's certificate."""

    def do_GET(self):
        subject = self.connection.getpeercert()["subject"]
        body = json.dumps({"result": [{"number": subject[0][0][1]}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Who has no certificate is sent away while shaking hands."""


def usage(*, signs_others):
    """From 3.13 on Python trusts no authority whose certificate leaves this out (`VERIFY_X509_STRICT`)."""
    return x509.KeyUsage(
        digital_signature=not signs_others,
        key_cert_sign=signs_others,
        crl_sign=signs_others,
        **dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        ),
    )


def certificate(name, key, issuer, issuer_key):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(named(issuer), named(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(usage(signs_others=name == issuer), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """An authority of a company, a server's and a pipeline's certificate by it."""
    folder, key = tmp_path_factory.mktemp("tls"), rsa_key()
    for name in ("authority", "server", "pipeline"):
        (folder / name).write_bytes(certificate(name, key, "authority", key))
    (folder / "key").write_bytes(pem(key))
    return folder


@pytest.fixture
def url(files):
    """An instance that lets nobody in without a certificate."""
    server = Quiet(("127.0.0.1", 0), Named)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "server", files / "key")
    context.load_verify_locations(files / "authority")
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def through(url, tls):
    http = Http(url, Presented(""), sleep=lambda _: None, tls=tls)
    return called(http).result


def test_a_client_certificate_signs_in_and_an_own_authority_is_trusted(url, files, monkeypatch):
    """Also where the environment names another authority for everybody else."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/company.pem")
    tls = Tls(str(files / "authority"), str(files / "pipeline"), str(files / "key"))
    assert through(url, tls) == [{"number": "pipeline"}]


def test_without_a_certificate_of_ours_nothing_is_read(url, files):
    with pytest.raises(Unavailable, match=r"SSLError|ConnectionError"):
        through(url, Tls(str(files / "authority")))


def test_an_authority_that_is_not_known_is_told_and_not_tried_again(url, files):
    """A real handshake; what names the authorities is told as the caller calls it."""
    tls = Tls("", str(files / "pipeline"), str(files / "key"), named_by="SERVICENOW_CA_BUNDLE")
    with pytest.raises(Untrusted, match="the authority that signed it is not known here") as caught:
        through(url, tls)
    assert "export SERVICENOW_CA_BUNDLE=company.pem" in caught.value.then
