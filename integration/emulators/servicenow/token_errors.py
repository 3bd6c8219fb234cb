"""Refusals of the token endpoint: what the caller is told, and what only the instance's log says."""

from __future__ import annotations


class TokenRefused(Exception):
    """`reason` is for syslog, `error` and `description` for the caller."""

    def __init__(self, reason: str, error: str, description: str, status: int = 401) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error
        self.description = description
        self.status = status


def denied(reason: str) -> TokenRefused:
    """The generic refusal, which most faults share."""
    return TokenRefused(reason, "server_error", "access_denied")


def invalid_request(reason: str) -> TokenRefused:
    return TokenRefused(reason, "invalid_request", reason, 400)
