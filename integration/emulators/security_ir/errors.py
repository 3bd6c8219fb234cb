"""The errors of the API. Codes and HTTP statuses are the model's, but for the two of the signature check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.emulators.kit.admin import Refusal

from .model import error_statuses

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNMODELLED = {"MissingAuthenticationTokenException": 403, "InvalidSignatureException": 403}


class ApiError(Refusal):
    """An answer that is an error: `code` becomes `x-amzn-ErrorType`, `members` the body next to `message`."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = members
        self.status = {**_UNMODELLED, **error_statuses()}[code]

    @property
    def body(self) -> dict[str, Any]:
        members = {name: value for name, value in self.members.items() if name != "retryAfterSeconds"}
        return {"message": self.message, **members}

    @property
    def told(self) -> dict[str, Any]:
        return {"error": self.message, "code": self.code, **self.members}

    @property
    def headers(self) -> dict[str, str]:
        headers = {"x-amzn-ErrorType": self.code}
        if "retryAfterSeconds" in self.members:
            headers["Retry-After"] = str(self.members["retryAfterSeconds"])
        return headers


def unsigned() -> ApiError:
    return ApiError("MissingAuthenticationTokenException", "Missing Authentication Token")


def wrong_scope(message: str) -> ApiError:
    return ApiError("InvalidSignatureException", message)


def invalid_fields(problems: Sequence[tuple[str, str]]) -> ApiError:
    """`problems` are (path of the member, what it violates); the wording is that of Smithy servers."""
    fields = [
        {"name": path, "message": f"Value at '{path}' failed to satisfy constraint: {text}"} for path, text in problems
    ]
    noun = "error" if len(fields) == 1 else "errors"
    message = f"{len(fields)} validation {noun} detected. " + "; ".join(field["message"] for field in fields)
    return ApiError("ValidationException", message, reason="FIELD_VALIDATION_FAILED", fieldList=fields)


def invalid(message: str, reason: str = "OTHER") -> ApiError:
    return ApiError("ValidationException", message, reason=reason)


def not_found(message: str) -> ApiError:
    return ApiError("ResourceNotFoundException", message)


def conflict(message: str, resource_id: str, resource_type: str) -> ApiError:
    return ApiError("ConflictException", message, resourceId=resource_id, resourceType=resource_type)


def over_quota(message: str, resource_id: str, resource_type: str) -> ApiError:
    return ApiError(
        "ServiceQuotaExceededException",
        message,
        resourceId=resource_id,
        resourceType=resource_type,
        serviceCode="security-ir",
        quotaCode="L-EMULATED",
    )


def bad_page_token() -> ApiError:
    return ApiError("InvalidTokenException", "The nextToken is not valid for this request")


def throttled(retry_after_s: int = 1) -> ApiError:
    return ApiError(
        "ThrottlingException",
        "Too many requests have been made by your IAM principal to that API function",
        serviceCode="security-ir",
        quotaCode="L-EMULATED",
        retryAfterSeconds=retry_after_s,
    )


def internal(retry_after_s: int = 1) -> ApiError:
    return ApiError("InternalServerException", "An internal error occurred", retryAfterSeconds=retry_after_s)


def inactive() -> ApiError:
    return ApiError("SecurityIncidentResponseNotActiveException", "No active membership covers this account")


def denied(message: str = "User is not authorized to perform this operation") -> ApiError:
    return ApiError("AccessDeniedException", message)
