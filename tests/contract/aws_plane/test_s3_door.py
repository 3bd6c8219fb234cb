"""What S3 answers a browser, row by row as its documents say: addresses, forms, preflights, over loopback HTTP.

Whoever tests an upload trusts this door, so it is tested here by itself. Sources stand in the modules of the door.
"""

import base64
import json
import re
from urllib.parse import quote

import boto3
import pytest
import requests
from botocore.config import Config

from integration.aws_plane.s3_form import Form, genuine, signature
from tests.contract.aws_plane.conftest import one_bucket

PAGE = "http://127.0.0.1:4711"
CORS = {"CORSRules": [
    {"AllowedOrigins": [PAGE], "AllowedMethods": ["POST"], "AllowedHeaders": ["content-*", "x-amz-date"],
     "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 600},
    {"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "HEAD"]},
    {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]},
]}  # fmt: skip


@pytest.fixture(scope="module")
def operator(plane):
    s3 = plane.boto3_client("s3")
    for name in ("mine", "yours", "plain", "guarded"):
        s3.create_bucket(Bucket=name)
    s3.put_object(Bucket="mine", Key="a b/ü.txt", Body=b"text")
    s3.put_object(Bucket="yours", Key="a.txt", Body=b"theirs")
    s3.put_bucket_cors(Bucket="mine", CORSConfiguration=CORS)
    return s3


@pytest.fixture(scope="module")
def s3(backend, operator):
    """Whose session reaches one bucket."""
    return backend.s3(one_bucket("mine"))


def code(answer):
    found = re.search(r"<Code>(\w+)</Code>", answer.text)
    return answer.status_code, found[1] if found else ""


def send(method, url, **more):
    return requests.request(method, url, timeout=10, **more)


# ---- addresses


def test_an_address_gives_the_file_under_the_name_it_says(s3):
    told = {"ResponseContentDisposition": 'attachment; filename="ü.txt"'}
    url = s3.generate_presigned_url("get_object", {"Bucket": "mine", "Key": "a b/ü.txt", **told}, 300)
    answer = send("GET", url)
    assert (answer.status_code, answer.content) == (200, b"text")
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "told", [{}, {"ResponseContentDisposition": "attachment"}, {"ResponseContentType": "text/plain"}]
)
def test_an_address_of_a_file_that_is_gone_says_so(s3, told):
    url = s3.generate_presigned_url("get_object", {"Bucket": "mine", "Key": "gone.txt", **told}, 300)
    assert code(send("GET", url)) == (404, "NoSuchKey")


def edited(pattern, instead):
    return lambda url: re.sub(pattern, instead, url, count=1)


ADDRESSES = [
    (edited("ü.txt|%C3%BC.txt", "other.txt"), 403, "SignatureDoesNotMatch"),
    (edited("/mine/", "/yours/"), 403, "SignatureDoesNotMatch"),
    (edited("X-Amz-Expires=300", "X-Amz-Expires=301"), 403, "SignatureDoesNotMatch"),
    (edited(r"X-Amz-Signature=\w{4}", "X-Amz-Signature=0000"), 403, "SignatureDoesNotMatch"),
    (lambda url: url + "&versionId=1", 403, "SignatureDoesNotMatch"),
    (edited("X-Amz-Expires=300", "X-Amz-Expires=604801"), 400, "AuthorizationQueryParametersError"),
    (edited("X-Amz-Expires=300", "X-Amz-Expires=-1"), 400, "AuthorizationQueryParametersError"),
    (edited("X-Amz-Expires=300", "X-Amz-Expires=soon"), 400, "AuthorizationQueryParametersError"),
    (edited("&X-Amz-Expires=300", ""), 400, "AuthorizationQueryParametersError"),
    (edited(r"&X-Amz-Date=\w+", ""), 400, "AuthorizationQueryParametersError"),
    (edited("SignedHeaders=host", "SignedHeaders=x-amz-date"), 400, "AuthorizationQueryParametersError"),
    (edited(r"X-Amz-Date=\d{4}", "X-Amz-Date=2025"), 403, "AccessDenied"),
    (edited(r"X-Amz-Date=\d{4}", "X-Amz-Date=2999"), 403, "AccessDenied"),
    (edited(r"&X-Amz-Security-Token=[^&]+", ""), 403, "InvalidAccessKeyId"),
    (edited(r"X-Amz-Security-Token=[^&]+", "X-Amz-Security-Token=other"), 400, "InvalidToken"),
    (edited(r"X-Amz-Credential=ASIA\w{4}", "X-Amz-Credential=ASIA0000"), 403, "InvalidAccessKeyId"),
    (lambda url: url.partition("?")[0], 403, "AccessDenied"),
    (lambda url: url.partition("?")[0] + "?AWSAccessKeyId=a&Signature=b&Expires=9999999999", 400, "InvalidRequest"),
]


@pytest.mark.parametrize("origin", [None, PAGE])
@pytest.mark.parametrize(("change", "status", "told"), ADDRESSES)
def test_an_address_opens_nothing_but_what_was_signed(s3, origin, change, status, told):
    """Other key, bucket, time, signature, query; no token, no signature, Signature Version 2. A page is told the same,
    but for what is not signed at all: nothing of that gets in.
    """
    url = s3.generate_presigned_url("get_object", {"Bucket": "mine", "Key": "a b/ü.txt"}, 300)
    answer = send("GET", change(url), headers={"Origin": origin} if origin else {})
    if origin and "?" not in change(url):
        assert answer.status_code == 403
    else:
        assert code(answer) == (status, told)


def test_an_address_is_for_one_method(s3):
    url = s3.generate_presigned_url("get_object", {"Bucket": "mine", "Key": "a b/ü.txt"}, 300)
    assert [code(send(m, url)) for m in ("PUT", "DELETE")] == [(403, "SignatureDoesNotMatch")] * 2
    assert code(send("POST", url)) == (405, "MethodNotAllowed")
    assert send("HEAD", url).status_code == 403


SIGNED = {"Bucket": "mine", "Key": "put.txt", "ContentLength": 4, "ContentType": "text/plain", "IfNoneMatch": "*"}
HEADERS = {"Content-Type": "text/plain", "If-None-Match": "*"}
UPLOADS = [
    (b"text", {}, 200, ""),
    (b"text", {}, 412, "PreconditionFailed"),
    (b"texts", {}, 403, "SignatureDoesNotMatch"),
    (b"tex", {}, 403, "SignatureDoesNotMatch"),
    (b"", {}, 403, "SignatureDoesNotMatch"),
    (b"text", {"Content-Type": "text/html"}, 403, "SignatureDoesNotMatch"),
    (b"text", {"If-None-Match": ""}, 403, "SignatureDoesNotMatch"),
    (b"text", {"x-amz-meta-more": "1"}, 403, "AccessDenied"),
    (b"text", {"x-amz-acl": "public-read"}, 403, "AccessDenied"),
]


def test_an_upload_is_taken_as_it_was_signed(s3, operator):
    """Length and type are signed; of Amazon's own headers none may be there that is not."""
    url = s3.generate_presigned_url("put_object", SIGNED, 300)
    told = [code(send("PUT", url, data=body, headers=HEADERS | more)) for body, more, _, _ in UPLOADS]
    assert told == [(status, error) for *_, status, error in UPLOADS]
    assert operator.get_object(Bucket="mine", Key="put.txt")["Body"].read() == b"text"


@pytest.mark.parametrize(("operation", "asked"), [
    ("get_object", {"Bucket": "yours", "Key": "a.txt"}), ("put_object", {"Bucket": "yours", "Key": "b.txt"}),
    ("list_objects_v2", {"Bucket": "yours"}), ("delete_object", {"Bucket": "yours", "Key": "a.txt"}),
])  # fmt: skip
def test_an_address_reaches_no_further_than_who_signed_it(s3, operator, operation, asked):
    """Signed rightly, for another's bucket: the credentials' own policy refuses it."""
    method = {"put": "PUT", "del": "DELETE"}.get(operation[:3], "GET")
    url = s3.generate_presigned_url(operation, asked, 300, method)
    assert code(send(method, url)) == (403, "AccessDenied")
    assert operator.get_object(Bucket="yours", Key="a.txt")["Body"].read() == b"theirs"


POLICIES = [
    ({"Action": "s3:*", "Effect": "Deny"}, False),
    ({"Action": "s3:PutObject", "Effect": "Deny"}, True),
    ({"Action": "s3:*", "Effect": "Deny", "Condition": {"NumericGreaterThan": {"s3:signatureAge": "600000"}}}, True),
    ({"Action": "s3:*", "Effect": "Deny", "Condition": {"NumericGreaterThan": {"s3:signatureAge": "-1000"}}}, False),
    ({"Action": "s3:*", "Effect": "Deny", "Condition": {"StringNotEquals": {"s3:authType": "POST"}}}, False),
    ({"Action": "s3:*", "Effect": "Deny", "Condition": {"StringEquals": {"s3:authType": "POST"}}}, True),
    ({"Action": "s3:*", "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, True),
    ({"Action": "s3:*", "Effect": "Deny",
      "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/files"}}}, True),
    ({"Action": "s3:*", "Effect": "Deny",
      "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/others"}}}, False),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "open_"), POLICIES)
def test_the_buckets_own_policy_binds_addresses(backend, operator, statement, open_):
    """By action, age of the signature, kind of signing, TLS and who signed."""
    s3 = backend.s3()
    operator.put_object(Bucket="guarded", Key="a.txt", Body=b"text")
    resources = ["arn:aws:s3:::guarded", "arn:aws:s3:::guarded/*"]
    policy = {"Statement": [{**statement, "Principal": "*", "Resource": resources}]}
    operator.put_bucket_policy(Bucket="guarded", Policy=json.dumps(policy))
    url = s3.generate_presigned_url("get_object", {"Bucket": "guarded", "Key": "a.txt"}, 300)
    assert send("GET", url).status_code == (200 if open_ else 403)
    operator.delete_bucket_policy(Bucket="guarded")
    assert send("GET", url).status_code == 200


KEYS = [
    ("nul\0", 400, "InvalidURI"), ("x" * 1025, 400, "KeyTooLongError"), ("ü" * 513, 400, "KeyTooLongError"),
    ("x" * 1024, 200, ""), ("#?%", 200, ""), ("a//b", 200, ""), ("\u202egpj", 200, ""), (" ", 200, ""),
    ("a+b", 200, ""),
]  # fmt: skip


@pytest.mark.parametrize(("key", "status", "told"), KEYS)
def test_a_key_is_taken_as_it_is_or_not_at_all(s3, operator, key, status, told):
    url = s3.generate_presigned_url("put_object", {"Bucket": "mine", "Key": key}, 300)
    assert code(send("PUT", url, data=b"x")) == (status, told)
    if status == 200:
        assert operator.get_object(Bucket="mine", Key=key)["Body"].read() == b"x"
        operator.delete_object(Bucket="mine", Key=key)
    assert operator.list_object_versions(Bucket="mine")["Versions"]


# ---- forms


def form(s3, key="up.txt", size=4, bucket="mine", **more):
    """As the backend signs an upload: key, type and length exactly."""
    fields = {"Content-Type": "text/plain", **more}
    conditions = [["content-length-range", size, size], *({name: value} for name, value in fields.items())]
    made = s3.generate_presigned_post(bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=900)
    return made["url"], made["fields"]


def post(url, fields, body=b"text", name="up.txt", **more):
    return send("POST", url, data=fields, files={"file": (name, body)}, **more)


@pytest.mark.parametrize(("asked", "status"), [({}, 204), ({"success_action_status": "200"}, 200),
                                               ({"success_action_status": "201"}, 201)])  # fmt: skip
def test_a_form_uploads_one_file_under_its_key(s3, operator, asked, status):
    answer = post(*form(s3, **asked))
    found = operator.get_object(Bucket="mine", Key="up.txt")
    assert (answer.status_code, found["Body"].read(), found["ContentType"]) == (status, b"text", "text/plain")
    assert answer.headers["ETag"] == found["ETag"]
    assert ("<Key>up.txt</Key>" in answer.text) == (status == 201)


def test_a_form_overwrites_and_keeps_bytes_as_they_are(s3, operator):
    body = bytes(range(256)) * 64 + b"\r\n--no boundary\r\n\r\n"
    for each in (b"x" * len(body), body):
        assert post(*form(s3, size=len(body)), body=each).status_code == 204
    assert operator.get_object(Bucket="mine", Key="up.txt")["Body"].read() == body


def policy_of(fields):
    return json.loads(base64.b64decode(fields["policy"]))


def with_policy(**members):
    """The policy changed, the signature not."""
    return lambda fields: {
        **fields, "policy": base64.b64encode(json.dumps(policy_of(fields) | members).encode()).decode(),
    }  # fmt: skip


def without(*names):
    return lambda fields: {k: v for k, v in fields.items() if k not in names}


FORMS = [
    (lambda f: f, b"texts", 400, "EntityTooLarge"),
    (lambda f: f, b"tex", 400, "EntityTooSmall"),
    (lambda f: f | {"key": "other.txt"}, b"text", 403, "AccessDenied"),
    (lambda f: f | {"Content-Type": "text/html"}, b"text", 403, "AccessDenied"),
    (without("Content-Type"), b"text", 403, "AccessDenied"),
    (lambda f: f | {"acl": "public-read"}, b"text", 403, "AccessDenied"),
    (lambda f: f | {"x-amz-meta-more": "1"}, b"text", 403, "AccessDenied"),
    (lambda f: f | {"x-ignore-me": "1"}, b"text", 204, ""),
    (without("key"), b"text", 403, "AccessDenied"),
    (without("policy"), b"text", 403, "AccessDenied"),
    (without("x-amz-signature"), b"text", 403, "AccessDenied"),
    (without("x-amz-credential"), b"text", 400, "InvalidArgument"),
    (without("x-amz-algorithm"), b"text", 400, "InvalidArgument"),
    (lambda f: f | {"x-amz-signature": "0" * 64}, b"text", 403, "SignatureDoesNotMatch"),
    (with_policy(expiration="2999-01-01T00:00:00Z"), b"text", 403, "SignatureDoesNotMatch"),
    (with_policy(conditions=[]), b"text", 403, "SignatureDoesNotMatch"),
    (without("x-amz-security-token"), b"text", 403, "InvalidAccessKeyId"),
    (lambda f: f | {"x-amz-security-token": "x"}, b"text", 400, "InvalidToken"),
    (lambda _f: {"AWSAccessKeyId": "a", "signature": "b", "policy": "c", "key": "k"}, b"text", 400, "InvalidRequest"),
    (lambda _f: {"key": "k"}, b"text", 403, "AccessDenied"),
]


@pytest.mark.parametrize(("change", "body", "status", "told"), FORMS)
def test_a_form_is_taken_only_as_its_policy_says(s3, change, body, status, told):
    """Length, key, type; every field is covered; the policy is what was signed, by whose token."""
    url, fields = form(s3)
    assert code(post(url, change(fields), body=body)) == (status, told)


def test_a_form_for_one_bucket_is_for_no_other(s3, operator):
    url, fields = form(s3)
    assert code(post(url.replace("/mine", "/plain"), fields)) == (403, "AccessDenied")
    url, fields = form(s3, bucket="yours")
    assert code(post(url, fields)) == (403, "AccessDenied")
    assert operator.list_objects_v2(Bucket="plain")["KeyCount"] == 0


def test_a_form_needs_its_file(s3):
    url, fields = form(s3)
    assert code(send("POST", url, files={name: (None, value) for name, value in fields.items()})) == (
        400, "InvalidArgument",
    )  # fmt: skip


def test_a_key_may_begin_with_what_the_policy_says_and_take_the_files_name(s3, operator):
    made = s3.generate_presigned_post("mine", "in/${filename}", Conditions=[["starts-with", "$key", "in/"]])
    assert post(made["url"], made["fields"], name="C:\\x\\photo.png").status_code == 204
    assert operator.get_object(Bucket="mine", Key="in/photo.png")["Body"].read() == b"text"
    assert code(post(made["url"], made["fields"] | {"key": "out/a"})) == (403, "AccessDenied")


def test_what_follows_the_file_is_not_looked_at(s3):
    """As documented; so a field after it counts as missing."""
    url, fields = form(s3)
    last = fields.pop("x-amz-signature")
    parts = [*((n, (None, v)) for n, v in fields.items()), ("file", ("a", b"text")), ("x-amz-signature", (None, last))]
    assert code(send("POST", url, files=parts)) == (403, "AccessDenied")


def test_a_policy_that_is_over_takes_nothing(plane, s3):
    url, fields = form(s3)
    held, plane.gateway.now = plane.gateway.now, lambda: plane.hours.now() + 901
    try:
        answer = post(url, fields)
    finally:
        plane.gateway.now = held
    assert (code(answer), "Policy expired" in answer.text) == ((403, "AccessDenied"), True)


def test_a_signature_of_a_form_is_what_botocore_makes():
    """Both ways: with the right secret and with another."""
    s3 = boto3.client("s3", "us-east-1", aws_access_key_id="AKIATEST", aws_secret_access_key="secret",
                      config=Config(signature_version="s3v4"))  # fmt: skip
    fields = {k.lower(): v for k, v in s3.generate_presigned_post("b", "k")["fields"].items()}
    made = Form(fields, b"")
    assert [genuine(made, signature(made), secret) for secret in ("secret", "other")] == [True, False]


# ---- pages of other origins

PREFLIGHTS = [
    ("mine", PAGE, "POST", "content-type,X-Amz-Date", 200),
    ("mine", PAGE, "POST", "", 200),
    ("mine", PAGE, "POST", "authorization", 403),
    ("mine", PAGE, "PUT", "", 403),
    ("mine", PAGE + "1", "POST", "", 403),
    ("mine", "http://localhost:4711", "POST", "", 403),
    ("mine", "https://a.example.com", "GET", "", 200),
    ("mine", "https://a.example.com.evil.org", "GET", "", 403),
    ("mine", "http://a.example.com", "GET", "", 403),
    ("mine", "https://evil.org", "HEAD", "", 200),
    ("mine", "null", "POST", "", 403),
    ("plain", PAGE, "POST", "", 403),
    ("nobodys", PAGE, "POST", "", 403),
]


@pytest.mark.parametrize(("bucket", "origin", "method", "headers", "status"), PREFLIGHTS)
def test_a_preflight_is_answered_by_the_buckets_rules(plane, operator, bucket, origin, method, headers, status):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Sec-Fetch-Site": "cross-site"}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    answer = send("OPTIONS", f"{plane.aws_url}/{bucket}/some/key", headers=asked)
    assert answer.status_code == status
    allowed = {name.lower(): value for name, value in answer.headers.items() if name.startswith("Access-Control-")}
    if status == 403:
        assert (allowed, code(answer)[1]) == ({}, "AccessForbidden")
        return
    assert allowed["access-control-allow-origin"] == ("*" if "evil" in origin else origin)
    assert method in allowed["access-control-allow-methods"]
    assert allowed.get("access-control-allow-headers", "") == headers.replace(",", ", ").lower()
    assert ("access-control-max-age" in allowed) == (origin == PAGE)


@pytest.mark.parametrize("lost", ["Origin", "Access-Control-Request-Method"])
def test_a_preflight_that_says_too_little_is_a_bad_request(plane, operator, lost):
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    del asked[lost]
    assert code(send("OPTIONS", f"{plane.aws_url}/mine/k", headers=asked)) == (400, "BadRequest")


@pytest.mark.parametrize(("origin", "size", "told"), [(PAGE, 4, True), (PAGE, 5, True), ("https://evil.org", 4, False)])
def test_a_page_may_read_the_answer_if_a_rule_lets_it(s3, origin, size, told):
    """Refusals too; the upload itself needs no preflight and happens all the same."""
    answer = post(*form(s3, size=size), headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == (204 if size == 4 else 400)
    assert answer.headers.get("Access-Control-Allow-Origin") == (origin if told else None)
    assert answer.headers.get("Access-Control-Expose-Headers") == ("ETag" if told else None)
    assert ("Origin" in answer.headers.get("Vary", "")) == told


def test_a_link_that_somebody_follows_downloads(s3):
    """A navigation has no Origin; a browser says where it comes from."""
    url = s3.generate_presigned_url("get_object", {"Bucket": "mine", "Key": "a b/ü.txt"}, 300)
    fetched = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert send("GET", url, headers=fetched).content == b"text"


@pytest.mark.parametrize(("path", "headers"), [
    ("/", {}), ("/mine/a.txt", {}), ("/mine/a.txt", {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}),
    ("/?X-Amz-Signature=x&X-Amz-Credential=" + quote("AKIA/20260101/us-east-1/ssm/aws4_request"), {}),
])  # fmt: skip
def test_a_page_gets_in_with_nothing_else(plane, operator, path, headers):
    answer = send("GET", plane.aws_url + path, headers={"Origin": PAGE, **headers})
    assert (answer.status_code, "no web page" in answer.text) == (403, True)
    assert "Access-Control-Allow-Origin" not in answer.headers
