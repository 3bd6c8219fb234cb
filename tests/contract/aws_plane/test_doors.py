"""The plane's ports answer programs that show who they are, and no web page open beside them: real HTTP on loopback."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import boto3
import pytest
import requests
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from integration.aws_plane.account import OPERATOR_KEY
from integration.aws_plane.door import TOKEN_HEADER
from integration.aws_plane.environment import Environment
from integration.aws_plane.plane import ACCOUNT, SECURITY_IR_KEY, Plane
from integration.emulators.security_ir import Service, create_app, serve
from integration.emulators.security_ir.jobs import UNCHECKED
from integration.operations.waiting import until

pytestmark = pytest.mark.xdist_group("doors")  # one plane
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


CASE = {
    "title": "t", "description": "d", "resolverType": "Self", "engagementType": "Investigation",
    "reportedIncidentStartDate": 1_767_323_045, "impactedAccounts": [], "watchers": [],
}  # fmt: skip


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


OWN = [
    {"Origin": "{own}", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
]
"""A page of the deployed API calls it, loads its script; somebody follows a link to it."""


@pytest.mark.parametrize("headers", OWN)
def test_the_front_serves_its_own_pages_and_no_other_port_does(ports, headers):
    for whose, url in ports.items():
        given = {name: value.format(own=url) for name, value in headers.items()}
        answer = requests.get(f"{url}/prod/w", headers=given, timeout=10)
        assert ("no web page" not in answer.text) == (whose == "front")


@pytest.mark.parametrize("headers", [
    {"Origin": EVIL, "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
])  # fmt: skip
def test_the_front_serves_no_other_page_frame_or_form(ports, headers):
    assert "no web page" in requests.post(f"{ports['front']}/prod/w", headers=headers, timeout=10).text


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
    shown = ["ps", "-ww", "-o", "args=", "-p", str(plane._moto.process.pid)]
    arguments = subprocess.run(shown, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert arguments
    assert plane._moto_token not in arguments


def test_moto_keeps_a_connection_and_tells_a_failure_of_its_own(plane):
    """A call is read whole, whatever becomes of it: the next on the same connection is answered as it should be."""
    shown = {
        TOKEN_HEADER: plane._moto_token, "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AmazonSSM.GetParameter",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/ssm/aws4_request",
    }  # fmt: skip
    known = b'{"Name": "/kept"}'
    with urllib3.connection_from_url(plane._moto.ready["url"], retries=False) as pool:
        answers = [pool.urlopen("POST", "/", body=body, headers=shown) for body in (known, b"no JSON" * 9, known)]
    assert [answer.status for answer in answers] == [200, 500, 200]
    assert pool.num_connections == 1


CALLERS = [
    (OPERATOR_KEY, "_operator_secret", ""),
    (OPERATOR_KEY, "operator", "SignatureDoesNotMatch"),
    (OPERATOR_KEY, "", "SignatureDoesNotMatch"),
    (SECURITY_IR_KEY, "service_secret", ""),
    (SECURITY_IR_KEY, "emulated", "SignatureDoesNotMatch"),
    (SECURITY_IR_KEY, "_operator_secret", "SignatureDoesNotMatch"),
    ("AKIANOBODY", "_operator_secret", "UnrecognizedClientException"),
]
"""Access key; secret, or the name of the plane's own; the code of the refusal."""


@pytest.mark.parametrize(("key", "secret", "code"), CALLERS)
def test_a_known_key_is_nothing_without_its_secret(plane, key, secret, code):
    client = boto3.client(
        "ssm", endpoint_url=plane.aws_url, region_name="us-east-1", aws_access_key_id=key,
        aws_secret_access_key=getattr(plane, secret or "-", secret) or "-",
    )  # fmt: skip
    assert refused(client.get_parameter, Name="/kept") == code


def refused(call, **parameters):
    """The code; empty if it was answered."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


@pytest.fixture(scope="module")
def address(plane):
    """Presigned, for ten minutes."""
    s3 = of_operator(plane, plane.aws_url, "s3", Config(signature_version="s3v4"))
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="key.pem", Body=b"secret")
    return s3.generate_presigned_url("get_object", {"Bucket": "kept", "Key": "key.pem"}, 600)


def test_a_presigned_address_opens_what_it_was_signed_for(address):
    assert requests.get(address, timeout=10).content == b"secret"


@pytest.mark.parametrize(("signed", "instead", "code"), [
    ("X-Amz-Signature=", "X-Amz-Signature=0", "SignatureDoesNotMatch"),
    ("key.pem", "other.pem", "SignatureDoesNotMatch"),
    ("X-Amz-Expires=600", "X-Amz-Expires=604800", "SignatureDoesNotMatch"),
    (OPERATOR_KEY, SECURITY_IR_KEY, "SignatureDoesNotMatch"),
    (OPERATOR_KEY, "AKIANOBODY", "InvalidAccessKeyId"),
])  # fmt: skip
def test_a_presigned_address_opens_nothing_else(address, signed, instead, code):
    answer = requests.get(address.replace(signed, instead), timeout=10)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (403, True)


def test_a_presigned_address_ends_by_the_planes_clock(plane, address):
    plane.gateway.now = lambda: time.time() + 601
    try:
        answer = requests.get(address, timeout=10)
    finally:
        plane.gateway.now = plane.hours.now
    assert (answer.status_code, "Request has expired" in answer.text) == (403, True)


@pytest.mark.parametrize("known", [True, False])
def test_the_bus_takes_events_of_the_emulator_that_was_given_the_secret(plane, known):
    """Of no other: those wait, tried again and again."""
    secret = plane.service_secret if known else UNCHECKED
    with serve(create_app(Service(account=ACCOUNT, events_url=plane.aws_url, events_secret=secret))) as url:
        assert requests.post(f"{url}/_admin/cases", json=CASE, timeout=10).ok

        def seen():
            (event,) = requests.get(f"{url}/_admin/events", timeout=10).json()["events"]
            return event["state"] == "sent" if known else event["attempts"] > 1 and event["state"] == "waiting"

        until(seen)


def test_every_start_has_secrets_of_its_own(plane):
    other = Plane()
    for name in ("_moto_token", "_operator_secret", "service_secret"):
        ours, others = getattr(plane, name), getattr(other, name)
        assert len(ours) >= 32
        assert ours != others


def of_operator(plane, url, service, config=None):
    given = plane.operator_environment()
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"], config=config,
    )  # fmt: skip
