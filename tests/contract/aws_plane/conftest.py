"""A plane with a role, and people who sign as a session of it: real boto3 over loopback."""

import json

import boto3
import pytest
from botocore.config import Config

from integration.aws_plane.gateway import Caller
from integration.aws_plane.iam import Role, statements
from integration.aws_plane.plane import ACCOUNT, Plane

FUNCTION = f"arn:aws:iam::{ACCOUNT}:role/backend"
FILES = f"arn:aws:iam::{ACCOUNT}:role/files"
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"AWS": FUNCTION}, "Action": "sts:AssumeRole"}}


def client(plane, service, key, secret, token=None):
    return boto3.client(
        service, endpoint_url=plane.aws_url, region_name="us-east-1", aws_access_key_id=key,
        aws_secret_access_key=secret, aws_session_token=token,
        config=Config(signature_version="s3v4" if service == "s3" else None, retries={"total_max_attempts": 1}),
    )  # fmt: skip


class Backend:
    """A function's credentials, and what it does with them: assume the role of files, narrowed."""

    def __init__(self, plane):
        self.plane = plane
        backend = Role("backend", FUNCTION, [], statements(_all("sts:AssumeRole", FILES), "backend"))
        self.files = Role("files", FILES, statements(TRUST, "trust"), statements(_all("s3:*", "*"), "files"))
        plane.world.roles |= {FUNCTION: backend, FILES: self.files}
        plane.gateway.callers["ASIABACKEND"] = Caller("backend", "secret", FUNCTION, backend, token="token")
        self.sts = client(plane, "sts", "ASIABACKEND", "secret", "token")

    def session(self, policy=None, **more):
        """Credentials as AssumeRole gives them."""
        narrowed = {"Policy": json.dumps(policy)} if policy else {}
        asked = {"RoleArn": FILES, "RoleSessionName": "person", **narrowed, **more}
        return self.sts.assume_role(**asked)["Credentials"]

    def s3(self, policy=None, **more):
        given = self.session(policy, **more)
        return client(self.plane, "s3", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def _all(action, resource):
    return {"Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}


def one_bucket(name, *actions):
    """A session policy that reaches the objects of one bucket."""
    return {"Statement": [{
        "Effect": "Allow", "Action": list(actions or ["s3:*"]),
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
    }]}  # fmt: skip


@pytest.fixture(scope="module")
def plane():
    with Plane() as running:
        yield running


@pytest.fixture(scope="module")
def backend(plane):
    return Backend(plane)
