"""The real Security Incident Response in place of the emulated one: calls go on under the operator's own signature.

The functions' keys mean nothing outside the plane; their roles are judged here first all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.http_server import Request

SERVICE = "security-ir"
_KEPT = frozenset({"content-type", "accept", "user-agent"})


class NoCredentials(RuntimeError):
    """No AWS credentials were found on this machine; the message says where they are looked for."""


def passes_through(url: str) -> bool:
    """Whether real signatures are needed there: anything but this machine."""
    return urlsplit(url).hostname not in {None, "localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Signer:
    """Signs for `region` with the default credentials of the machine (environment, profile, role)."""

    credentials: Any
    region: str

    @classmethod
    def of_this_machine(cls, region: str) -> Signer:
        found = boto3.session.Session().get_credentials()
        if found is None:
            raise NoCredentials("no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        return cls(found, region)

    def headers(self, request: Request, url: str) -> Mapping[str, str]:
        kept = {name: value for name, value in request.headers.items() if name in _KEPT}
        again = AWSRequest(method=request.method, url=url + request.target, data=request.body, headers=kept)
        SigV4Auth(self.credentials.get_frozen_credentials(), SERVICE, self.region).add_auth(again)
        return dict(again.headers.items())
