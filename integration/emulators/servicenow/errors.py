"""The errors of the APIs: one exception, and its catalogue (texts as instances send them)."""

from __future__ import annotations

from typing import Any

from integration.emulators.kit.admin import Refusal

UNAUTHENTICATED = "User Not Authenticated"
UNAUTHORIZED = "User Not Authorized"
FAILED = "Operation Failed"


class ApiError(Refusal):
    """An answer in the error envelope of the REST APIs; `detail` may be null."""

    def __init__(
        self, status: int, message: str, detail: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {message}: {detail}")
        self.status = status
        self.message = message
        self.detail = detail
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "detail": self.detail}, "status": "failure"}

    @property
    def told(self) -> dict[str, Any]:
        return {"error": self.message, "detail": self.detail}


def not_authenticated() -> ApiError:
    return ApiError(
        401, UNAUTHENTICATED, "Required to provide Auth information", {"WWW-Authenticate": 'BASIC realm="Service-now"'}
    )


def unscoped() -> ApiError:
    return ApiError(403, UNAUTHORIZED, "Access to unscoped api is not allowed", {"X-Is-Logged-In": "true"})


def api_acl() -> ApiError:
    return ApiError(403, UNAUTHORIZED, "Failed API level ACL Validation")


def table_denied(table: str) -> ApiError:
    return ApiError(403, UNAUTHORIZED, f"User is unauthorized to access table: {table}")


def query_denied() -> ApiError:
    detail = "Field(s) present in the query do not have permission to be read"
    return ApiError(403, "Insufficient rights to query records", detail)


def journal_denied() -> ApiError:
    """As recorded for sys_journal_field: rapid7/insightconnect-plugins, plugins/servicenow/unit_test/payloads."""
    return ApiError(403, "Insufficient rights", "Insufficient rights to query records")


def acl_failed(action: str) -> ApiError:
    """`action` is Insert, Update or Delete."""
    return ApiError(403, FAILED, f"ACL Exception {action} Failed due to security constraints")


def policy_failed(labels: list[str]) -> ApiError:
    detail = f"Data Policy Exception: \n\tThe following fields are mandatory: {', '.join(labels)}"
    return ApiError(403, FAILED, detail)


def aborted(table: str, rule_name: str, rule_id: str) -> ApiError:
    detail = (
        f"Operation against file '{table}' was aborted by Business Rule '{rule_name}^{rule_id}'."
        f" Business Rule Stack:{rule_name}"
    )
    return ApiError(403, FAILED, detail)


def insert_failed(table: str, display: str) -> ApiError:
    return ApiError(403, FAILED, f"Error during insert of {table} ({display})")


def invalid_table(table: str) -> ApiError:
    return ApiError(400, f"Invalid table {table}")


def no_record() -> ApiError:
    return ApiError(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def no_resource(status: int) -> ApiError:
    return ApiError(status, "Requested URI does not represent any resource")


def bad_payload(detail: str) -> ApiError:
    return ApiError(400, "Exception while reading request", f"The payload is not valid JSON. {detail}".strip())


def missing_parameter(name: str) -> ApiError:
    return ApiError(400, f"Missing parameter. Parameter '{name}' is required")


def too_large(limit: int) -> ApiError:
    return ApiError(413, "Request body too large", f"The request exceeds {limit} bytes")


def cancelled() -> ApiError:
    detail = "Transaction cancelled: maximum execution time exceeded Check logs for error trace."
    return ApiError(500, "Transaction cancelled: maximum execution time exceeded", detail)


def rate_limited(limit: int, api: str) -> ApiError:
    return ApiError(429, "Rate limit exceeded", f"Rate limit of {limit} requests per hour for {api} exceeded")
