"""An HTTP request of an AWS SDK as (service, operation, parameters), by botocore's own service models.

Protocols: json (`X-Amz-Target`), query (form), rest-json and rest-xml (method and path of the model), and the path
form of smithy-rpc. Which service it is stands in the scope of the signature, so one endpoint serves all.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, unquote

import botocore.session

from integration.aws_plane import s3_rights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, ServiceModel

    from integration.aws_plane.http_server import Request

SCOPE = re.compile(r"(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request")
MODEL_OF = {"monitoring": "cloudwatch", "states": "stepfunctions"}
"""Signing names that are not the name of botocore's model."""
_RPC = re.compile(r"/service/[^/]+/operation/(\w+)")


class Unsigned(ValueError):
    """No Signature Version 4 in header or query."""


class UnknownOperation(ValueError):
    """The service's model has no such operation."""


@cache
def regions() -> frozenset[str]:
    """All there are, in every partition."""
    partitions = botocore.session.get_session().get_component("data_loader").load_data("endpoints")["partitions"]
    return frozenset(region for partition in partitions for region in partition["regions"])


@dataclass(frozen=True)
class Signature:
    access_key: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str
    in_query: bool = False
    date: str = ""
    """Of a form, in whose fields it stands."""

    @property
    def kind(self) -> str:
        """As a policy's `s3:authType` names it."""
        return "POST" if self.date else "REST-QUERY-STRING" if self.in_query else "REST-HEADER"


@dataclass(frozen=True)
class Call:
    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


def signature(request: Request) -> Signature:
    """Raises Unsigned."""
    header = request.headers.get("authorization", "")
    if header.startswith("AWS4-HMAC-SHA256"):
        fields = dict(part.strip().partition("=")[::2] for part in header.partition(" ")[2].split(","))
        words = (fields.get("Credential", ""), fields.get("SignedHeaders", ""), fields.get("Signature", ""))
    else:
        query = dict(parse_qsl(request.query))
        words = (
            query.get("X-Amz-Credential", ""), query.get("X-Amz-SignedHeaders", ""), query.get("X-Amz-Signature", ""),
        )  # fmt: skip
    scope = SCOPE.fullmatch(words[0])
    if scope is None:
        raise Unsigned("no Signature Version 4")
    return Signature(
        scope["key"], scope["day"], scope["region"], scope["service"], tuple(words[1].split(";")), words[2],
        in_query=not header,
    )  # fmt: skip


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(MODEL_OF.get(service, service))


def read(request: Request, service: str) -> Call:
    """Raises UnknownOperation."""
    if target := request.headers.get("x-amz-target"):
        return Call(service, target.rpartition(".")[2], _json(request.body))
    if rpc := _RPC.search(request.path):
        return Call(service, rpc[1])
    if model(service).metadata["protocol"] in ("query", "ec2"):
        form = {k: v[0] for k, v in parse_qs(request.body.decode(), keep_blank_values=True).items()}
        return Call(service, form.get("Action", ""), form)
    return _rest(request, service)


def _json(body: bytes) -> Mapping[str, Any]:
    """A body that is no JSON object has no parameters; whoever answers the call refuses it."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class _Route:
    operation: str
    method: str
    path: re.Pattern[str]
    flags: frozenset[str]
    """Query keys the route insists on, such as `policy` in `/{Bucket}?policy`."""


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    """The most particular first: more query keys, more literal text, then what is not deprecated."""
    described = model(service)
    found = []
    for name in described.operation_names:
        operation = described.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        flags = frozenset(k for k, _ in parse_qsl(query, True)) | _required_in_query(operation)
        route = _Route(name, operation.http["method"], _path_pattern(path), flags)
        found.append((len(route.flags), len(re.sub(r"\{[^}]+\}", "", path)), not operation.deprecated, route))
    return tuple(route for *_, route in sorted(found, key=lambda each: each[:3], reverse=True))


def _required_in_query(operation: OperationModel) -> frozenset[str]:
    """Of S3 alone: `uploadId` is all that tells UploadPart from PutObject."""
    shape = operation.input_shape
    if shape is None or operation.service_model.metadata["protocol"] != "rest-xml":
        return frozenset()
    inside = {name: shape.members[name].serialization for name in shape.required_members}
    return frozenset(told.get("name", name) for name, told in inside.items() if told.get("location") == "querystring")


def _path_pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{([^}]+)\}", path.rstrip("/") or "/")
    body = "".join(
        re.escape(part) if i % 2 == 0 else f"(?P<{part.rstrip('+')}>{'.+' if part.endswith('+') else '[^/]+'})"
        for i, part in enumerate(parts)
    )
    return re.compile(body + "/?")


_COPIES = frozenset({"CopyObject", "UploadPartCopy"})
"""Told from PutObject and UploadPart by a header alone."""


def _rest(request: Request, service: str) -> Call:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    for route in _routes(service):
        if route.operation in _COPIES and "x-amz-copy-source" not in request.headers:
            continue
        match = route.path.fullmatch(request.path) if route.method == request.method else None
        if match and route.flags <= query.keys():
            labels = {k: unquote(v) for k, v in match.groupdict().items()}
            body = _json(request.body) if model(service).metadata["protocol"] == "rest-json" else {}
            more = s3_rights.told(request, route.operation) if service == "s3" else {}
            return Call(service, route.operation, {**body, **query, **labels, **more})
    raise UnknownOperation(f"{service}: {request.method} {request.path}")
