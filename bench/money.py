"""Dollars per month, from the measured calls and AWS's list prices; a model, so that every assumption can be changed.

Prices: us-east-1, no free tier, November 2026. Security Incident Response does not bill its API calls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

M = 1_000_000
MINUTES = 60 * 24 * 30
PRICES = {
    "lambda_request": 0.20 / M,
    "lambda_gb_s": 0.0000133334,
    "custom_event": 1.00 / M,
    "schedule": 1.00 / M,
    "sqs_request": 0.40 / M,
    "read_unit": 0.125 / M,
    "write_unit": 0.625 / M,
    "webhook": 3.50 / M,
    "s3_write": 5.00 / M,
    "s3_read": 0.40 / M,
    "s3_gb": 0.023,
    "log_gb": 0.50,
    "metric": 0.30,
    "alarm": 0.10,
    "dashboard": 3.00,
    "secret": 0.40,
    "key": 1.00,
}


@dataclass(frozen=True)
class Work:
    """What one piece of work costs: calls per service, as measured. `webhook`: it came through API Gateway."""

    security_ir: int
    servicenow: int
    reads: int
    writes: int
    transactions: int
    webhook: bool = False


@dataclass(frozen=True)
class Assumed:
    """`changes`: edits per open case and month, each way. `listed`: cases in the account per open one."""

    changes: int = 50
    listed: float = 3.0
    sweep_minutes: int = 15
    aws_call_s: float = 0.03
    servicenow_call_s: float = 0.1
    memory_gb: float = 0.25
    link_kb: int = 3
    transaction_items: int = 3
    log_kb: float = 1.5
    metrics: int = 15
    alarm_metrics: int = 28
    """An alarm is billed by the metrics it reads."""
    idle_polls: int = 3 * 5 * 3 * MINUTES
    """Three queues, five pollers each, an empty receive every 20 s."""


@dataclass
class Bill:
    """Dollars per month by service."""

    parts: dict[str, float] = field(default_factory=dict)

    def add(self, service: str, dollars: float) -> None:
        self.parts[service] = self.parts.get(service, 0.0) + dollars

    @property
    def total(self) -> float:
        return sum(self.parts.values())


def monthly(open_cases: int, works: Mapping[str, Work], assumed: Assumed | None = None) -> Bill:
    """`works` by name: `to_incident`, `to_case`, `echo`, `sweep`, `poll` and `new_case`."""
    given = assumed or Assumed()
    bill = Bill()
    times = {
        "new_case": open_cases,
        "to_incident": open_cases * given.changes,
        "to_case": open_cases * given.changes,
        "echo": open_cases * given.changes * 2,
        "sweep": open_cases * MINUTES // given.sweep_minutes,
    }
    for name, count in times.items():
        _passes(bill, works[name], count, given)
    _polls(bill, works["poll"], math.ceil(open_cases * given.listed / 25), given)
    _standing(bill, given)
    return bill


def _passes(bill: Bill, work: Work, count: int, given: Assumed) -> None:
    bill.add("Lambda", count * _lambda(work, given))
    bill.add("DynamoDB", count * _table(work, given))
    bill.add("SQS", count * 3 * PRICES["sqs_request"])
    bill.add("CloudWatch logs", count * given.log_kb / M * PRICES["log_gb"])
    if work.webhook:
        bill.add("API Gateway", count * PRICES["webhook"])
        bill.add("EventBridge", count * PRICES["custom_event"])
        bill.add("Lambda", count * (PRICES["lambda_request"] + 0.05 * given.memory_gb * PRICES["lambda_gb_s"]))


def _polls(bill: Bill, work: Work, pages: int, given: Assumed) -> None:
    one = Work(max(1, pages), work.servicenow, work.reads, work.writes, work.transactions)
    bill.add("Lambda", MINUTES * _lambda(one, given))
    bill.add("DynamoDB", MINUTES * _table(one, given))
    bill.add("EventBridge", MINUTES * PRICES["schedule"])
    bill.add("CloudWatch logs", MINUTES * given.log_kb / M * PRICES["log_gb"])


def _lambda(work: Work, given: Assumed) -> float:
    calls = work.security_ir + work.reads + work.writes + work.transactions
    seconds = calls * given.aws_call_s + work.servicenow * given.servicenow_call_s
    return PRICES["lambda_request"] + seconds * given.memory_gb * PRICES["lambda_gb_s"]


def _table(work: Work, given: Assumed) -> float:
    """A unit reads 4 KB and writes 1 KB; a transaction counts twice. The link is what weighs."""
    reads = work.reads * math.ceil(given.link_kb / 4)
    writes = work.writes * given.link_kb + work.transactions * 2 * (given.link_kb + given.transaction_items - 1)
    return reads * PRICES["read_unit"] + writes * PRICES["write_unit"]


def _standing(bill: Bill, given: Assumed) -> None:
    bill.add("SQS", given.idle_polls * PRICES["sqs_request"])
    bill.add("CloudWatch metrics and alarms", given.metrics * PRICES["metric"] + given.alarm_metrics * PRICES["alarm"])
    bill.add("Dashboard", PRICES["dashboard"])
    bill.add("Secrets Manager", PRICES["secret"])
    bill.add("KMS", PRICES["key"])
