"""The environment of child processes: without our secrets and the operator's AWS credentials."""

from __future__ import annotations

import os

NOT_PASSED_ON = (
    "SERVICENOW_", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY", "AWS_SECRET", "AWS_SESSION",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER", "AWS_WEB_IDENTITY", "AWS_ROLE", "AWS_BEARER",
)  # fmt: skip
"""Beginnings of names; proxies, certificates and endpoints go on."""


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)} | more
