"""Turns what botocore raises into our errors. Codes: the service's model and its page on errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from integration.clients.certificate import OF_AWS, untrusted
from integration.clients.errors import Misconfigured, Missing, Refused, RemoteError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEM = "security_ir"
_NO_EFFECT = ("Get", "List")
"""Beginnings of the names of operations that change nothing; a presigned address alone changes nothing either."""

_SETTINGS = {
    "SecurityIncidentResponseNotActiveException": "Security Incident Response is not active in this account and region",
    "AccessDeniedException": "the role may not do this",
    "UnrecognizedClientException": "the credentials are not valid",
    "InvalidClientTokenId": "the credentials are not valid",
    "ExpiredTokenException": "the credentials have expired",
    "InvalidSignatureException": "the signature is not valid: check credentials and clock",
    "OptInRequired": "the account or region is not enabled for this service",
}
_THROTTLED = ("ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")
_NEVER_SENT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)


def changes(operation: str) -> bool:
    return not operation.startswith(_NO_EFFECT)


def error_for(error: ClientError | BotoCoreError, operation: str) -> RemoteError:
    """The error to raise in its place; `operation` is the API's name for the call."""
    if isinstance(error, ClientError):
        return _of_answer(error.response, operation)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Misconfigured(SYSTEM, f"there are no credentials for {operation}")
    if isinstance(error, ParamValidationError):
        return refusal(operation, "ParamValidation", "a value is shorter than the service accepts, or of another kind")
    unknown = changes(operation) and not isinstance(error, _NEVER_SENT)
    silent = Unavailable(SYSTEM, f"no answer to {operation}: {type(error).__name__}", outcome_unknown=unknown)
    return untrusted(error, SYSTEM, OF_AWS) or silent


def _of_answer(response: Mapping[str, Any], operation: str) -> RemoteError:
    error = response.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _THROTTLED or status == 429:
        return Unavailable(SYSTEM, f"{operation} is throttled", retry_after_s=_retry_after_s(response))
    if code in _SETTINGS or status == 401 or (code == "ServiceQuotaExceededException" and operation == "CreateCase"):
        advice = _SETTINGS.get(code, "a quota of the account is used up" if status == 402 else "access denied")
        return Misconfigured(SYSTEM, f"{advice} ({operation}: {code})")
    if status >= 500 or not status:
        wait_s, unknown = _retry_after_s(response), changes(operation)
        return Unavailable(SYSTEM, f"{operation} failed ({status})", retry_after_s=wait_s, outcome_unknown=unknown)
    return _refusal(response, operation, code, message)


def _refusal(response: Mapping[str, Any], operation: str, code: str, message: str) -> Refused:
    listed = response.get("fieldList") or response.get("Error", {}).get("fieldList") or []
    fields = tuple(str(field.get("name", "")) for field in listed)
    said = [message, *(f"{field.get('name', '')}: {field.get('message', '')}" for field in listed)]
    text = " ".join("; ".join(part for part in said if part).split())
    reason = "".join(filter(str.isprintable, text))[:500] or code
    return refusal(operation, code, reason, fields)


def refusal(operation: str, code: str, reason: str, fields: tuple[str, ...] = ()) -> Refused:
    """A conflict is with another request, so a repeat may not meet it."""
    kind = Missing if code == "ResourceNotFoundException" else Refused
    text, by_chance = f"security-ir refused {operation} ({code})", code == "ConflictException"
    return kind(SYSTEM, reason, fields, text=text, code=code, by_chance=by_chance)


def _retry_after_s(response: Mapping[str, Any]) -> float | None:
    text = str(response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", ""))
    return float(text) if text.isdigit() else None
