"""Both emulators answer programs on this machine, and no web page that somebody has open beside them."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests

from integration.emulators import security_ir, servicenow
from integration.emulators.servicenow import Service

TOKEN = "t0ken-of-this-run"
EVIL = "http://evil.example"
CLOCK = {"advance_s": 1}


@contextmanager
def served(name, token=""):
    if name == "security_ir":
        with security_ir.serve(security_ir.create_app(admin_token=token)) as url:
            yield url
    else:
        with servicenow.serve(servicenow.create_app(Service(), admin_token=token)) as url:
            yield url


@pytest.fixture(scope="module", params=["security_ir", "servicenow"])
def url(request):
    with served(request.param) as address:
        yield address


@pytest.fixture(scope="module", params=["security_ir", "servicenow"])
def closed(request):
    with served(request.param, TOKEN) as address:
        yield address


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[", ""])
@pytest.mark.parametrize("path", ["/_admin", "/_admin/state", "/api/now/table/incident"])
def test_a_name_that_resolves_to_loopback_gets_nothing(url, host, path):
    """DNS rebinding."""
    answer = requests.get(url + path, headers={"Host": host}, timeout=10)
    assert answer.status_code in {400, 403}


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_page_gets_and_does_nothing(url, method, headers):
    answer = requests.request(method, f"{url}/_admin/clock", json=CLOCK, headers=headers, timeout=10)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_what_a_page_may_send_unasked_changes_nothing(url, kind):
    body, headers = json.dumps(CLOCK), {"Content-Type": kind}
    answer = requests.post(f"{url}/_admin/clock", data=body, headers=headers, timeout=10)
    assert answer.status_code == 403
    assert "application/json" in answer.json()["error"]


@pytest.mark.parametrize("path", ["", "/state", "/wrong/state", f"/{TOKEN}x/state", "/../_admin/state"])
def test_admin_routes_are_below_their_token_only(closed, path):
    assert requests.get(f"{closed}/_admin{path}", timeout=10).status_code == 403
    assert requests.get(f"{closed}/_admin/{TOKEN}/state", timeout=10).ok


@pytest.mark.parametrize("name", ["security_ir", "servicenow"])
def test_a_process_prints_an_admin_url_nobody_can_guess(name):
    command = [sys.executable, "-m", f"integration.emulators.{name}", "--port", "0", "--attached"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        token = said["admin"].removeprefix(f"{said['url']}/_admin/")
        assert len(token) >= 32
        assert requests.get(said["admin"], timeout=10).ok
        assert requests.get(f"{said['admin']}/state", timeout=10).ok
        assert requests.get(f"{said['url']}/_admin", timeout=10).status_code == 403
        process.communicate()
