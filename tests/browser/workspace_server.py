"""The real API of workspaces behind two local addresses: one for the page, one where a browser sends files.

What is behind the API are the twins of the proofs; the second address answers as S3 does to forms and preflights.
"""

import json
import threading
import time
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import boto3

from integration.workspaces.bucket_settings import Rules
from integration.workspaces.buckets import S3Buckets
from integration.workspaces.files import BucketFiles
from integration.workspaces.model import Policy
from tests.contract.aws_plane.conftest import FILES, FUNCTION, Backend
from tests.fakes.workspace_edge import Edge

STAGE = "/prod"


class Served:
    """`shift`: seconds that the server's clock is ahead; `refuse`: so the next uploads are answered. An upload that is
    `arriving` has come whole, and is taken in once `take_in` is set.
    """

    def __init__(self, quota, plane):
        self.take_in, self.arriving = threading.Event(), threading.Event()
        self.take_in.set()
        self.shift, self.refuse, self.lock = 0.0, [], threading.RLock()
        self.api, self.store = _server(_Api, self), _server(_Store, self)
        self.origin = f"http://127.0.0.1:{self.api.server_port}"
        files = plane.aws_url if plane else f"http://127.0.0.1:{self.store.server_port}"
        store = store_of(plane, self.origin) if plane else None
        self.edge = Edge(Policy(quota=quota), f"{self.origin}{STAGE}/w", files, store)
        self.system = self.edge.system
        self.tick()

    def tick(self):
        self.system.now = max(self.system.now if self.system.calls else 0, time.time() + self.shift)

    def made(self, name="Ada", **more):
        with self.lock:
            self.tick()
            return self.edge.made(name, **more)

    def put(self, made, name, content=b"text"):
        with self.lock:
            self.tick()
            self.edge.files.land(made["bucket"], name, content)

    def held(self, made):
        with self.lock:
            return self.system.buckets.current(made["bucket"])

    def pass_by(self, seconds):
        """Time, and what comes due in it."""
        self.settle(seconds / 3600)

    def settle(self, hours=1.0):
        """What queue and clock do until then."""
        with self.lock:
            self.tick()
            self.system.settle(self.system.now + hours * 3600)
            self.shift = self.system.now - time.time()


def store_of(plane, origin):
    files = BucketFiles(boto3.Session(region_name="us-east-1"), Backend(plane).sts, FILES)
    operator = plane.boto3_client("s3")
    operator.create_bucket(Bucket="archive-of-workspaces")
    rules = Rules(origin, (FILES, FUNCTION))
    return S3Buckets(operator, files, "archive-of-workspaces", rules, "us-east-1"), files


def _server(handler, served):
    return ThreadingHTTPServer(("127.0.0.1", 0), type(handler.__name__, (handler,), {"served": served}))


@contextmanager
def serve_workspaces(quota=50 * 1024 * 1024, plane=None):
    """`plane`: files go to its S3, and are signed for it by the functions' own code."""
    served = Served(quota, plane)
    threads = [threading.Thread(target=each.serve_forever, args=(0.05,)) for each in (served.api, served.store)]
    for thread in threads:
        thread.start()
    try:
        yield served
    finally:
        for server, thread in zip((served.api, served.store), threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


class _Quiet(BaseHTTPRequestHandler):
    served: Served

    def log_message(self, *_said):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status, headers, content=b""):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class _Api(_Quiet):
    """API Gateway with proxy integration."""

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def do_DELETE(self):
        self.answer()

    def answer(self):
        url = urlsplit(self.path)
        event = {
            "httpMethod": self.command,
            "path": url.path.removeprefix(STAGE),
            "headers": dict(self.headers),
            "queryStringParameters": dict(parse_qsl(url.query)) or None,
            "body": self.body().decode() or None,
            "isBase64Encoded": False,
        }
        with self.served.lock:
            self.served.tick()
            edge = self.served.edge
            answer = (edge.machines if event["path"].startswith("/workspaces") else edge.people).answer(event)
        self.reply(answer["statusCode"], answer["headers"], answer["body"].encode())


class _Store(_Quiet):
    """S3 as a page of that one origin sees it: preflight, form, attachment."""

    def cors(self):
        return {
            "Access-Control-Allow-Origin": self.served.origin,
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "*",
        }

    def do_OPTIONS(self):
        self.reply(200, self.cors())

    def do_POST(self):
        fields = _form(self.headers["Content-Type"], self.body())
        key, content = fields["key"].decode(), fields["file"]
        self.served.arriving.set()
        self.served.take_in.wait(20)
        with self.served.lock:
            if self.served.refuse:
                return self.reply(self.served.refuse.pop(), self.cors())
            if len(content) != int(fields["x-size"]):
                return self.reply(400, self.cors())
            self.served.tick()
            self.served.edge.files.land(urlsplit(self.path).path.rpartition("/")[2], key, content)
        return self.reply(204, self.cors())

    def do_GET(self):
        *_, bucket, key = urlsplit(self.path).path.split("/")
        with self.served.lock:
            content = self.served.system.buckets.current(bucket)[bytes.fromhex(key).decode()]
        self.reply(200, {"Content-Disposition": "attachment; filename=file"}, content)


def _form(kind, body):
    parts = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).get_payload()
    return {each.get_param("name", header="content-disposition"): each.get_payload(decode=True) for each in parts}


def state_of(page):
    return json.loads(page.evaluate("() => JSON.stringify(Object.fromEntries(Object.entries(sessionStorage)))"))
