"""What a function is given of a request and what its answer becomes: the Lambda proxy integration of a REST API.

Source: API Gateway developer guide, "Lambda proxy integrations in API Gateway".
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from integration.aws_plane.http_server import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.api import Api
    from integration.aws_plane.authority import Place
    from integration.aws_plane.http_server import Request
    from integration.aws_plane.webhook import Permit, Seen


def event(seen: Seen, permit: Permit | None, place: Place, source_ip: str) -> dict[str, Any]:
    """Source: "Input format of a Lambda function for proxy integration"."""
    request = seen.request
    query = parse_qs(request.query, keep_blank_values=True)
    body, encoded = _as_text(request, seen.api)
    now = datetime.now(UTC)
    context: dict[str, Any] = {
        "resourceId": seen.resource,
        "resourcePath": seen.template,
        "httpMethod": request.method,
        "extendedRequestId": seen.request_id[:16],
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "path": request.path,
        "accountId": place.account,
        "protocol": "HTTP/1.1",
        "stage": seen.stage,
        "domainPrefix": seen.api.id,
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "requestId": seen.request_id,
        "identity": {"sourceIp": source_ip, "userAgent": request.headers.get("user-agent")},
        "domainName": f"{seen.api.id}.execute-api.{place.region}.amazonaws.com",
        "apiId": seen.api.id,
    }
    if permit:
        said = {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in permit.context.items()}
        context["authorizer"] = {**said, "principalId": permit.principal, "integrationLatency": 0}
    if seen.key:
        context["identity"] |= {"apiKey": seen.key.value, "apiKeyId": seen.key.id}
    return {
        "resource": seen.template,
        "path": seen.path,
        "httpMethod": request.method,
        "headers": {_title(k): v for k, v in request.headers.items()},
        "multiValueHeaders": {_title(k): [v] for k, v in request.headers.items()},
        "queryStringParameters": {k: v[-1] for k, v in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(seen.values) or None,
        "stageVariables": None,
        "requestContext": context,
        "body": body,
        "isBase64Encoded": encoded,
    }


def _title(header: str) -> str:
    return "-".join(part.capitalize() for part in header.split("-"))


def _as_text(request: Request, api: Api) -> tuple[str | None, bool]:
    """Bytes of the API's binary media types as base64; and what is no text, which AWS would spoil."""
    if not request.body:
        return None, False
    try:
        if not _binary(request.headers.get("content-type", ""), api):
            return request.body.decode(), False
    except UnicodeDecodeError:
        pass
    return base64.b64encode(request.body).decode(), True


def _binary(types: str, api: Api) -> bool:
    """Of several types that are accepted the first counts ("Working with binary media types for REST APIs")."""
    first = types.partition(",")[0].partition(";")[0].strip().lower()
    return "*/*" in api.binary or first in api.binary


def proxied(answer: Mapping[str, Any], seen: Seen) -> Response:
    """Base64 becomes bytes only where the caller accepts a binary media type of the API; else it goes out as text."""
    body = answer.get("body") or ""
    wanted = answer.get("isBase64Encoded") and _binary(seen.request.headers.get("accept", ""), seen.api)
    raw = base64.b64decode(body) if wanted else str(body).encode()
    headers = {k: str(v) for k, v in (answer.get("headers") or {}).items()}
    headers |= {k: str(v[-1]) for k, v in (answer.get("multiValueHeaders") or {}).items()}
    if "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    return Response(int(answer["statusCode"]), raw, {**headers, "x-amzn-RequestId": seen.request_id})
