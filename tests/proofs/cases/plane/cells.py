"""The fault matrix as data: which fault, at which calls of which function, and what an operator then sees.

`metrics`: at least one of them counts; empty where the function gets over it by itself, or nothing went wrong.
`X errors` are Lambda's own, `webhook 5xx` the API's. `notes`: how often a person is told that something was refused.
What a rule refuses is told at once; a conflict is chance, and told only once as many tries have met it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws_plane.faults import Effect, Fault
from integration.reconcile.chance import TRIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.proofs.kit.plane.stage import Stage

ALWAYS = 1000
"""Until it is mended."""
SHORT_S = 0.3
DOWN = frozenset({n.METRIC_UNAVAILABLE})
SETTING = frozenset({n.METRIC_MISCONFIGURED})
REFUSED = frozenset({"Blocked"})
AGAIN = frozenset({"Retries"})
NOTHING: frozenset[str] = frozenset()
WEBHOOK = frozenset({"webhook 5xx"})
NAMES = n.Names()


@dataclass(frozen=True)
class Break:
    """A rule of one emulator (`where` is the admin route), which strikes `times` times, or until it is mended."""

    side: str
    route: str
    rule: Mapping[str, Any]
    times: int = ALWAYS

    @property
    def stays(self) -> bool:
        return self.times == ALWAYS

    def set(self, stage: Stage) -> None:
        getattr(stage, self.side).send("POST", self.route, json={**self.rule, "times": self.times})

    def met(self, stage: Stage) -> bool:
        rules = getattr(stage, self.side).send("GET", self.route)["rules"]
        return all(rule["times"] < self.times for rule in rules)

    def mend(self, stage: Stage) -> None:
        getattr(stage, self.side).send("DELETE", self.route)

    def __str__(self) -> str:
        return (
            f"{self.side} "
            + " ".join(str(value) for value in self.rule.values())
            + ("" if self.stays else f" x{self.times}")
        )


@dataclass(frozen=True)
class BreakAws:
    """A fault of the plane between one function and AWS."""

    fault: Fault

    @property
    def stays(self) -> bool:
        return self.fault.times == ALWAYS

    def set(self, stage: Stage) -> None:
        stage.plane.faults.add(self.fault)

    def met(self, stage: Stage) -> bool:
        return all(fault.times < self.fault.times for fault in stage.plane.faults.active().values())

    def mend(self, stage: Stage) -> None:
        stage.plane.faults.clear()

    def __str__(self) -> str:
        code = f" {self.fault.code}" if self.fault.effect is Effect.ERROR else ""
        return f"aws {self.fault.effect}{code} {self.fault.operation}{'' if self.stays else f' x{self.fault.times}'}"


@dataclass(frozen=True)
class Cell:
    work: str
    fault: Break | BreakAws
    metrics: frozenset[str] = field(default=NOTHING)
    notes: int = 0

    def __str__(self) -> str:
        return f"{self.work}, {self.fault}"


# ------------------------------------------------------------------------------------------------ Security IR
_READS = {  # kind -> what counts
    "429": DOWN, "500": DOWN, "html": DOWN, "reset-before": DOWN, "truncated": DOWN, "timeout": DOWN,
    "403": SETTING, "inactive": SETTING,
}  # fmt: skip
_REFUSALS = ("400", "402", "404")
_LOST_ANSWERS = ("reset-after", "timeout-after", "truncated", "reset-before", "timeout", "html", "500", "429")
_DELAYS = {"timeout": {"hold_s": SHORT_S}, "timeout-after": {"hold_s": SHORT_S}, "latency": {"latency_s": SHORT_S}}


def _security_ir(operation: str, kind: str, times: int = ALWAYS) -> Break:
    return Break("security_ir", "faults", {"operation": operation, "kind": kind, **_DELAYS.get(kind, {})}, times)


def _cells_of_security_ir() -> Iterator[Cell]:
    for kind, metrics in _READS.items():
        yield Cell("comment on case", _security_ir("GetCase", kind), metrics)
        yield Cell("note on incident", _security_ir("*", kind), metrics)
        yield Cell("poll for a case", _security_ir("ListCases", kind), metrics)
    for work, operation in (
        ("comment on case", "Get*"), ("note on incident", "Create*"), ("poll for a case", "List*"),
        ("file on case", "GetAttachment"), ("file on incident", "PutAttachment"),
    ):  # fmt: skip
        yield Cell(work, _security_ir(operation, "latency", 1))
    for kind in _LOST_ANSWERS:
        yield Cell("note on incident", _security_ir("CreateCaseComment", kind, 1))
        yield Cell("new incident", _security_ir("CreateCase", kind, 1))
        yield Cell("file on incident", _security_ir("PutAttachment", kind, 1))
        yield Cell("file on case", _security_ir("GetAttachment", kind, 1))
    for kind in _REFUSALS:
        yield Cell("note on incident", _security_ir("CreateCaseComment", kind, 1), REFUSED, notes=1)
    yield Cell("note on incident", _security_ir("CreateCaseComment", "409", 1))
    yield Cell("note on incident", _security_ir("CreateCaseComment", "409", TRIES), REFUSED, notes=1)
    yield Cell("file on incident", _security_ir("GetCaseAttachmentUploadUrl", "400", 1), REFUSED, notes=1)
    yield Cell("new incident", _security_ir("CreateCase", "402"), SETTING)
    yield Cell("comment on case", _security_ir("ListComments", "423"), AGAIN)
    yield Cell("comment on case", _security_ir("ListComments", "400"), AGAIN)


def _cells_of_events() -> Iterator[Cell]:
    for kind in ("lost", "doubled", "late", "disordered"):
        rule = {"event": "*", "kind": kind, "delay_s": SHORT_S}
        yield Cell("comment on case", Break("security_ir", "faults", rule, 1))
        yield Cell("new case", Break("security_ir", "faults", rule, 1))
        webhook = {"kind": kind, "seconds": SHORT_S}
        yield Cell("note on incident", Break("servicenow", "webhook-faults", webhook, 1))
        yield Cell("new incident", Break("servicenow", "webhook-faults", webhook, 1))


# ------------------------------------------------------------------------------------------------ ServiceNow
_INSTANCE_DOWN = {
    "429-json": DOWN, "429-html": DOWN, "500": DOWN, "reset-before": DOWN, "html-200": DOWN, "hibernation": DOWN,
    "truncated-200": DOWN, "202-empty": DOWN, "timeout": DOWN, "401": SETTING, "403-unscoped": SETTING,
    "403-acl": SETTING,
}  # fmt: skip
_LOST_WRITES = (
    "500-after-commit", "commit-late", "reset-after", "truncated-200", "500", "202-empty", "html-200", "timeout", "401",
    "429-json",
)  # fmt: skip
_SECONDS = {"timeout": SHORT_S, "latency": SHORT_S, "commit-late": 2.0}


def _servicenow(kind: str, path: str = "/api/*", method: str = "*", times: int = ALWAYS) -> Break:
    rule = {"kind": kind, "method": method, "path": path, "seconds": _SECONDS.get(kind, 0)}
    return Break("servicenow", "faults", rule, times)


def _cells_of_servicenow() -> Iterator[Cell]:
    for kind, metrics in _INSTANCE_DOWN.items():
        for work in ("comment on case", "note on incident", "poll for an incident"):
            yield Cell(work, _servicenow(kind), metrics)
    for work in ("comment on case", "note on incident", "poll for an incident", "file on case", "file on incident"):
        yield Cell(work, _servicenow("latency", times=1))
    for kind in _LOST_WRITES:
        yield Cell("comment on case", _servicenow(kind, method="PATCH", times=1))
        yield Cell("new case", _servicenow(kind, "*/table/*", "POST", 1))
        yield Cell("file on case", _servicenow(kind, "*/attachment/file", "POST", 1))
    for kind in ("500", "reset-before", "hibernation", "429-json", "truncated-200"):
        yield Cell("comment on case, cold", _servicenow(kind, "*oauth*"), DOWN)
    yield Cell("note on incident, cold", _servicenow("401", "*oauth*"), SETTING)
    for kind in ("truncated-200", "reset-after", "500"):
        yield Cell("file on incident", _servicenow(kind, "*/attachment/*", "GET", 1))
    for kind in ("500", "401", "reset-before", "reset-after"):
        yield Cell("rotation", _servicenow(kind), frozenset({f"{NAMES.token_rotation} errors"}))


# ------------------------------------------------------------------------------------------------ AWS
_ERRORS = (("InternalServerError", 500, DOWN), ("AccessDeniedException", 400, SETTING))
_CALLS = (
    ("comment on case", NAMES.servicenow_client, ("dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Transact*")),
    ("note on incident", NAMES.security_ir_client, ("dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Transact*")),
    ("comment on case, cold", NAMES.servicenow_client, ("ssm:*", "s3:*")),
    ("note on incident, cold", NAMES.security_ir_client, ("ssm:*", "s3:*")),
    ("new incident, cold", NAMES.security_ir_client, ("kms:*",)),
    ("poll for an incident", NAMES.poller, ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Put*", "events:PutEvents")),
    ("poll for an incident, cold", NAMES.poller, ("ssm:*", "s3:*")),
    ("note on incident, cold", NAMES.notifications_handler, ("ssm:*", "events:PutEvents")),
    ("note on incident, cold", NAMES.authorizer, ("secretsmanager:*",)),
    ("rotation", NAMES.token_rotation, ("secretsmanager:Get*", "secretsmanager:Put*", "secretsmanager:Update*")),
)
_FRONT = {NAMES.notifications_handler, NAMES.authorizer}
_ONCE = (Effect.RESET_BEFORE, Effect.RESET_AFTER)
_DEATHS = (Effect.KILL_BEFORE, Effect.KILL_AFTER)


def _cells_of_aws() -> Iterator[Cell]:
    """A slow and a throttled call of each function, and every other fault at every kind of its calls."""
    for work, function, operations in _CALLS:
        slow = Fault(operations[0], Effect.LATENCY, function, seconds=SHORT_S)
        throttled = Fault(operations[-1], Effect.ERROR, function, ALWAYS, status=400, code="ThrottlingException")
        yield Cell(work, BreakAws(slow))
        yield Cell(work, BreakAws(throttled), _seen(function, DOWN))
        for operation in operations:
            for code, status, metrics in _ERRORS:
                fault = Fault(operation, Effect.ERROR, function, ALWAYS, status=status, code=code)
                yield Cell(work, BreakAws(fault), _seen(function, metrics))
            for effect in _ONCE:
                yield Cell(work, BreakAws(Fault(operation, effect, function)))
            for effect in _DEATHS:
                yield Cell(
                    work,
                    BreakAws(Fault(operation, effect, function)),
                    _seen(function, NOTHING) | {f"{function} errors"},
                )


def _seen(function: str, metrics: frozenset[str]) -> frozenset[str]:
    """Where each function's trouble shows."""
    if function in _FRONT:
        return WEBHOOK
    if function in {NAMES.poller, NAMES.token_rotation}:
        return frozenset({f"{function} errors"})
    return metrics


CELLS = (*_cells_of_security_ir(), *_cells_of_events(), *_cells_of_servicenow(), *_cells_of_aws())
