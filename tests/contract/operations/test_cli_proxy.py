"""A company's proxy, told by HTTPS_PROXY and HTTP_PROXY, carries what goes to ServiceNow and to AWS."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.exceptions import BotoCoreError

from integration.aws.errors import connect
from integration.clients.errors import Misconfigured, RemoteError
from integration.clients.servicenow.http import Http
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table

KEY = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


class Tokens:
    def token(self, _exchange):
        return "t"

    def refused(self, _token):
        raise AssertionError


class Proxy(BaseHTTPRequestHandler):
    """Answers in the server's place, and notes where each request was to go; tunnels it refuses."""

    asked: list[str] = []  # noqa: RUF012 - one proxy per test, emptied by the fixture

    def do_GET(self):
        self.asked.append(self.path)
        self._say(200, json.dumps({"result": []}).encode())

    def do_CONNECT(self):
        self.asked.append(self.path)
        self._say(403, b"")

    def _say(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy(monkeypatch):
    """Its notes. Nothing is exempt from it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    for name in ("NO_PROXY", "no_proxy", "http_proxy", "https_proxy", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
    Proxy.asked.clear()
    yield Proxy.asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_record_is_read_through_it(proxy):
    table = Table(Http("http://help.example.com", Tokens(), sleep=lambda _s: None))
    table.query("incident", Query(), ["number"], limit=1)
    assert [each.partition("?")[0] for each in proxy] == ["http://help.example.com/api/now/table/incident"]


def test_an_instance_s_tunnel_is_asked_of_it(proxy):
    """And a refusal of the proxy is no answer of the instance."""
    with pytest.raises(RemoteError):
        Table(Http("https://dev12345.service-now.com", Tokens(), sleep=lambda _s: None)).query(
            "incident", Query(), ["number"]
        )
    assert set(proxy) == {"dev12345.service-now.com:443"}


def test_aws_is_called_through_it(proxy):
    sts = connect(boto3.Session(**KEY), "sts")
    with pytest.raises(BotoCoreError):
        sts.get_caller_identity()
    assert set(proxy) == {"sts.us-east-1.amazonaws.com:443"}


def test_an_authority_of_its_own_is_taken_from_the_environment(proxy, monkeypatch):
    """REQUESTS_CA_BUNDLE; a file that is not there is named instead of a traceback."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/company.pem")
    with pytest.raises(Misconfigured, match="company"):
        Table(Http("https://dev12345.service-now.com", Tokens(), sleep=lambda _s: None)).query(
            "incident", Query(), ["number"]
        )
    assert proxy == []
