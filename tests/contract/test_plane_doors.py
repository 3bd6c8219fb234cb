"""The plane's ports answer programs that show who they are, and no web page open beside them: real HTTP on loopback."""

from __future__ import annotations

import os
from pathlib import Path

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from integration.aws_plane.door import TOKEN_HEADER
from integration.aws_plane.environment import Environment
from integration.aws_plane.plane import Plane

EVIL = "http://evil.example"
NEXT = "/2018-06-01/runtime/invocation/next"
PAGES = [
    ({"Host": "evil.example"}, "127.0.0.1 and localhost only"),
    ({"Host": "127.0.0.1.evil.example"}, "127.0.0.1 and localhost only"),
    ({"Host": ""}, "127.0.0.1 and localhost only"),
    ({"Origin": EVIL}, "no web page"),
    ({"Origin": "null"}, "no web page"),
    ({"Origin": "http://127.0.0.1"}, "no web page"),
    ({"Sec-Fetch-Site": "cross-site"}, "no web page"),
]
"""What a browser says of a page that rebinds a name, of one on another site, and of an image in one."""


@pytest.fixture(scope="module")
def plane():
    with Plane() as running:
        running.boto3_client("ssm").put_parameter(Name="/kept", Value="secret of a real instance", Type="String")
        yield running


@pytest.fixture(scope="module")
def ports(plane, tmp_path_factory):
    """URL of every port of a running plane, by whose it is."""
    folder = tmp_path_factory.mktemp("function")
    (folder / "tiny.py").write_text("def handler(event, context):\n    return 1\n")
    known = {"PATH": os.defpath, "PYTHONPATH": str(folder)}
    environment = Environment("tiny.handler", known, Path(folder), lambda _line: None)
    assert environment.invoke(b"{}", "arn", 20).answer == 1
    yield {
        "moto": plane._moto.ready["url"], "aws": plane.aws_url, "front": plane.url,
        "runtime": environment._server.url,
    }  # fmt: skip
    environment.kill()


@pytest.mark.parametrize(("headers", "told"), PAGES)
@pytest.mark.parametrize("port", ["moto", "aws", "front", "runtime"])
def test_no_port_answers_a_page(plane, ports, port, headers, told):
    """Not even one that knows every secret: who it is counts first."""
    shown = {TOKEN_HEADER: plane._moto_token, **headers}
    answer = requests.get(ports[port] + NEXT, headers=shown, timeout=10)
    assert answer.status_code == 403
    assert told in answer.text
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_refused_preflight_allows_nothing(ports):
    asks = {"Origin": EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for url in ports.values():
        answer = requests.options(url, headers=asks, timeout=10)
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]


def test_the_front_answers_a_server(ports):
    """As the emulated ServiceNow calls it; here no API is deployed."""
    answer = requests.post(f"{ports['front']}/prod/webhook", json={}, timeout=10)
    assert answer.json() == {"message": "Missing Authentication Token"}


@pytest.mark.parametrize("shown", [{}, {TOKEN_HEADER: ""}, {TOKEN_HEADER: "wrong"}, {TOKEN_HEADER: "ü"}])
@pytest.mark.parametrize("path", ["/", "/moto-api/data.json", "/moto-api/reset"])
def test_moto_answers_the_plane_alone(ports, path, shown):
    encoded = {name: value.encode() for name, value in shown.items()}
    answer = requests.post(ports["moto"] + path, headers=encoded, timeout=10)
    assert (answer.status_code, answer.text) == (
        403, "moto answers the local plane alone: call the plane's own AWS endpoint",
    )  # fmt: skip


def test_a_valid_signature_opens_moto_to_nobody(plane, ports):
    """The operator's own, too: what goes past the plane is judged by no role and stands in no book."""
    with pytest.raises(ClientError, match="403"):
        of_operator(plane, ports["moto"], "ssm").get_parameter(Name="/kept")
    assert of_operator(plane, ports["aws"], "ssm").get_parameter(Name="/kept")["Parameter"]["Value"]


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "sts", "s3", "security-ir", "lambda"])
def test_an_sdk_reads_the_refusal_in_its_own_protocol(plane, service):
    client = of_operator(plane, plane.aws_url, service)
    client.meta.events.register("before-send", lambda request, **_: request.headers.update({"Origin": EVIL}))
    ask = {
        "dynamodb": "list_tables", "sqs": "list_queues", "sts": "get_caller_identity", "s3": "list_buckets",
        "security-ir": "list_cases", "lambda": "list_functions",
    }  # fmt: skip
    with pytest.raises(ClientError, match="answers no web page") as refused:
        getattr(client, ask[service])()
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_no_secret_of_the_plane_is_in_an_argument(plane):
    assert plane._moto_token not in " ".join(plane._moto.process.args)


def of_operator(plane, url, service):
    given = plane.operator_environment()
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
