"""Counters of one stretch of work: the AWS endpoint, both emulated systems."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integration.aws_plane.call_log import LoggedCall
    from integration.operations.local.system import LocalSystem

SECURITY_IR = "security-ir"
COLD = frozenset(
    {
        "ssm:GetParametersByPath", "ssm:GetParameter", "s3:GetObject", "secretsmanager:GetSecretValue",
        "kms:GenerateDataKey", "POST oauth", "GET sys_user",
    }
)  # fmt: skip
"""What a container asks once, or once in minutes: settings, keys, tokens, its user's name. A stretch with any of these
was not a warm one.
"""
_TRANSFERS = frozenset({"PutAttachment", "GetAttachment"})


@dataclass(frozen=True)
class Counts:
    """`servicenow` are HTTP requests, a batch being one; `inner` the requests within batches; `transfers` the bytes of
    files by presigned URL. `detail` names every call; `callers` counts the functions that called.
    """

    security_ir: int = 0
    other_aws: int = 0
    servicenow: int = 0
    inner: int = 0
    transfers: int = 0
    detail: Counter[str] = field(default_factory=Counter)
    callers: int = 0

    @property
    def aws(self) -> int:
        return self.security_ir + self.other_aws

    @property
    def cold(self) -> bool:
        return any(self.detail[name] for name in COLD)


class Books:
    """Opened by `open`, read as often as one likes."""

    def __init__(self, running: LocalSystem) -> None:
        self._running, self._people, self._since = running, running.people(), 0.0
        self._transferred = 0

    def open(self) -> None:
        self._people.servicenow.send("DELETE", "calls")
        self._transferred = self._transfers()
        self._since = time.time()

    def calls(self) -> list[LoggedCall]:
        """AWS calls of all functions, the operator's not among them."""
        return [call for call in self._running.plane.calls(since=self._since) if call.role]

    def read(self) -> Counts:
        calls = self.calls()
        aws = Counter(f"{call.service}:{call.operation}" for call in calls)
        told: dict[str, int] = self._people.servicenow.send("GET", "calls")["counts"]
        here = sum(count for name, count in aws.items() if name.startswith(SECURITY_IR))
        inner = sum(count for name, count in told.items() if name.startswith("batch "))
        return Counts(
            security_ir=here,
            other_aws=aws.total() - here,
            servicenow=sum(told.values()) - inner,
            inner=inner,
            transfers=self._transfers() - self._transferred,
            detail=aws + Counter(told),
            callers=len({call.role for call in calls}),
        )

    def _transfers(self) -> int:
        counts: dict[str, int] = self._people.security_ir.send("GET", "calls")["counts"]
        return sum(count for name, count in counts.items() if name in _TRANSFERS)
