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

    from integration.aws_plane.authority import Place
    from integration.aws_plane.webhook import Permit, Seen


def event(seen: Seen, permit: Permit | None, place: Place, source_ip: str) -> dict[str, Any]:
    """Source: "Input format of a Lambda function for proxy integration"."""
    request = seen.request
    query = parse_qs(request.query, keep_blank_values=True)
    body, encoded = _as_text(request.body)
    now = datetime.now(UTC)
    context: dict[str, Any] = {
        "resourceId": seen.resource,
        "resourcePath": seen.path,
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
    return {
        "resource": seen.path,
        "path": seen.path,
        "httpMethod": request.method,
        "headers": {_title(k): v for k, v in request.headers.items()},
        "multiValueHeaders": {_title(k): [v] for k, v in request.headers.items()},
        "queryStringParameters": {k: v[-1] for k, v in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": context,
        "body": body,
        "isBase64Encoded": encoded,
    }


def _title(header: str) -> str:
    return "-".join(part.capitalize() for part in header.split("-"))


def _as_text(body: bytes) -> tuple[str | None, bool]:
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def proxied(answer: Mapping[str, Any], request_id: str) -> Response:
    body = answer.get("body") or ""
    raw = base64.b64decode(body) if answer.get("isBase64Encoded") else str(body).encode()
    headers = {k: str(v) for k, v in (answer.get("headers") or {}).items()}
    headers |= {k: str(v[-1]) for k, v in (answer.get("multiValueHeaders") or {}).items()}
    if "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    return Response(int(answer["statusCode"]), raw, {**headers, "x-amzn-RequestId": request_id})
