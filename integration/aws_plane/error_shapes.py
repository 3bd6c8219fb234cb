"""Errors and answers in the shape each service gives them, so that SDKs raise what they would raise on AWS."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from integration.aws_plane.calls import model
from integration.aws_plane.http_server import Request, Response

SENT_TO = "x-emulated-sent-to"
"""Answer header: the names of the queues that something was sent to, by the call itself or by a rule of EventBridge."""
_AS_JSON = "application/x-amz-json-1.0"
_DENIED_CODE = {"s3": "AccessDenied", "sts": "AccessDenied", "iam": "AccessDenied", "sns": "AuthorizationError"}
_STATUS_400 = frozenset({"json"})


def denied(service: str, who: str, action: str, resource: str, *, explicit: bool) -> Response:
    """Source: the messages of IAM, "Troubleshoot access denied error messages"."""
    reason = (
        "with an explicit deny in a policy"
        if explicit
        else f"because no identity-based policy allows the {action} action"
    )
    message = f"User: {who} is not authorized to perform: {action} on resource: {resource} {reason}"
    status = 400 if _protocol(service) in _STATUS_400 and service != "sqs" else 403
    return error(service, status, _DENIED_CODE.get(service, "AccessDeniedException"), message)


def error(service: str, status: int, code: str, message: str, **members: str) -> Response:
    """`members` are those of the error's own shape, which services that speak JSON tell."""
    request_id = str(uuid4())
    headers = {"x-amzn-requestid": request_id}
    protocol = _protocol(service)
    if protocol == "rest-xml":
        body = (
            f"<Error><Code>{code}</Code><Message>{escape(message)}</Message><RequestId>{request_id}</RequestId></Error>"
        )
        return Response(status, body.encode(), {**headers, "Content-Type": "application/xml"})
    if protocol == "query":
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return Response(status, body.encode(), {**headers, "Content-Type": "text/xml"})
    if protocol == "ec2":
        return _ec2(status, code, message)
    shape = json.dumps({"__type": code, "message": message, "Message": message, **members}).encode()
    return Response(status, shape, {**headers, "x-amzn-errortype": code, "Content-Type": _AS_JSON})


def no_service(request: Request, service: str) -> Response:
    """NotImplemented, in the form in which it was asked: a signing name is not always the name of a model."""
    message = f"the local plane does not answer {service}"
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return _ec2(501, "NotImplemented", message)
    shape = json.dumps({"__type": "NotImplemented", "message": message}).encode()
    return Response(501, shape, {"x-amzn-errortype": "NotImplemented", "Content-Type": _AS_JSON})


def in_xml(service: str) -> bool:
    return _protocol(service) in ("query", "rest-xml", "ec2")


def _ec2(status: int, code: str, message: str) -> Response:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    body = f"<Response><Errors>{error}</Errors>{error}<RequestID>{uuid4()}</RequestID></Response>"
    return Response(status, body.encode(), {"Content-Type": "text/xml"})


def answer(plain: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(plain).encode(), {"Content-Type": _AS_JSON, "x-amzn-requestid": str(uuid4())})


def query_answer(operation: str, inner: str, namespace: str = "https://sts.amazonaws.com/doc/2011-06-15/") -> Response:
    """`inner` is the XML inside `<…Result>`."""
    body = (
        f'<{operation}Response xmlns="{namespace}"><{operation}Result>{inner}'
        f"</{operation}Result><ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Response(200, body.encode(), {"Content-Type": "text/xml"})


def _protocol(service: str) -> str:
    return "json" if service == "monitoring" else str(model(service).metadata["protocol"])
