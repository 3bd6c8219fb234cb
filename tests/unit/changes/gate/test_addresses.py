"""Answers go to addresses of the list, over https, to no private network."""

from __future__ import annotations

import socket
import threading

import pytest

from integration.changes.gate.addresses import Allowed, BadEntry, NotAllowed
from integration.changes.gate.outbound import Outbound
from integration.clients.errors import Refused, Unavailable

LISTED = Allowed(
    ("api.github.com/repos/octo", "gitlab.example.com:8443", "https://dev.azure.com/acme/", "http://127.0.0.1:9")
)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com/repos/octo/shop/actions/runs/1/deployment_protection_rule",
        "https://API.github.com/repos/octo",
        "https://gitlab.example.com:8443/api/v4/projects/1?x=%2F",
        "https://dev.azure.com/acme",
        "http://127.0.0.1:9/hook",
    ],
)
def test_an_address_below_an_entry_is_allowed(url):
    assert LISTED.checked(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com/repos/octopus/shop", "https://api.github.com/repos/other", "https://api.github.com/",
        "https://api.github.com/repos/octo/../other", "https://api.github.com/repos/octo/%2e%2e/other",
        "https://api.github.com.evil.example/repos/octo", "https://api.github.com@evil.example/repos/octo",
        "https://evil.example/?https://dev.azure.com/acme", "https://evil.example#dev.azure.com/acme",
        "http://dev.azure.com/acme", "https://dev.azure.com:444/acme", "https://gitlab.example.com/api",
        "https://127.0.0.1:9/hook", "http://localhost:9/hook", "http://127.0.0.1:10/", "ftp://dev.azure.com/acme",
        "https://dev.azure.com/acme\r\nHost: evil", "https://dev.azure.com\\@evil.example/acme", "",
        "dev.azure.com/acme",
        "https://dev.azure.com/acme" + "/a" * 2000,
    ],
)  # fmt: skip
def test_every_other_address_is_not(url):
    with pytest.raises(NotAllowed):
        LISTED.checked(url)


@pytest.mark.parametrize(
    "entry", ["http://gitlab.example.com", "", "*", "https://", "a b", "host/..%2f", "host/?x", "ftp://a"]
)
def test_an_entry_that_names_no_host_is_refused(entry):
    with pytest.raises(BadEntry):
        Allowed((entry,))


@pytest.fixture
def listener():
    """Something in our own network, which counts who came."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        reached = []

        def accept():
            with server.accept()[0] as connection:
                connection.settimeout(5)
                reached.append(connection.recv(100))

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1], thread, reached


def test_a_listed_name_that_leads_into_a_private_network_gets_no_byte(listener):
    """The name of the list is trusted, not where its owner lets it point to by now."""
    port, thread, reached = listener
    with pytest.raises(Refused, match="private network"):
        Outbound(Allowed((f"localhost:{port}",))).send("url", "POST", f"https://localhost:{port}/hook", {}, b"{}")
    thread.join(5)
    assert reached == [b""]


def test_nobody_there_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unavailable):
        Outbound(Allowed((f"http://127.0.0.1:{port}",))).send("url", "POST", f"http://127.0.0.1:{port}/", {}, b"{}")
