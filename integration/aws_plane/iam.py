"""Policies as AWS evaluates them in one account: explicit deny, then any allow of identity or resource, else denied;
a permissions boundary and a session policy must allow too.

Source: IAM user guide, "Policy evaluation logic" and "JSON policy elements". Gaps: an organisation's policies count
only where resources are made (organisation.py); a resource's policy that names a session itself is bound by the
session's policy all the same. An operator of a condition this does not know is refused when the policy is read.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Context = Mapping[str, str | list[str]]


class UnknownPolicy(ValueError):
    """A policy has an element or operator this evaluator does not know; the message names it."""


@dataclass(frozen=True)
class Statement:
    """One statement; `origin` says whose and which (`role/policy/index`)."""

    origin: str
    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    principals: Mapping[str, tuple[str, ...]] | None = None
    excludes_actions: bool = False
    excludes_resources: bool = False

    def concerns(self, action: str, resource: str, context: Context) -> bool:
        return (
            any(like(p, action, fold=True) for p in self.actions) != self.excludes_actions
            and any(like(p, resource) for p in self.resources) != self.excludes_resources
            and _conditions_hold(self.conditions, context)
        )

    def names(self, principal: Principal) -> bool:
        """For a resource's policy: whether it speaks of this principal."""
        assert self.principals is not None
        patterns = self.principals.get(principal.kind, ()) + self.principals.get("*", ())
        return any(p == "*" or p in principal.names for p in patterns)


@dataclass(frozen=True)
class Principal:
    """`kind` is `AWS` (with the ARNs and the account it goes by) or `Service` (`events.amazonaws.com`)."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    allowed: bool
    explicit_deny: bool = False
    by: Statement | None = None
    """The statement that decided; none for an implicit denial."""


@lru_cache(maxsize=4096)
def _pattern(text: str, fold: bool) -> re.Pattern[str]:
    body = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text)
    return re.compile(body, re.DOTALL | (re.IGNORECASE if fold else 0))


def like(pattern: str, text: str, *, fold: bool = False) -> bool:
    """`*` any characters, `?` one."""
    return _pattern(pattern, fold).fullmatch(text) is not None


def _many(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),)


def statements(document: Mapping[str, Any], origin: str) -> list[Statement]:
    """Raises UnknownPolicy, so that a deployment fails where a policy could not be judged later."""
    found = document.get("Statement", [])
    return [_statement(s, f"{origin}/{i}") for i, s in enumerate(found if isinstance(found, list) else [found])]


def _statement(plain: Mapping[str, Any], origin: str) -> Statement:
    unknown = set(plain) - {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"}
    operators = set(plain.get("Condition", {}))
    bad = sorted(unknown) + sorted(o for o in operators if _operator(o)[0] not in _OPERATORS)
    if bad:
        raise UnknownPolicy(f"{origin}: {', '.join(bad)}")
    return Statement(
        origin,
        allow=plain["Effect"] == "Allow",
        actions=_many(plain.get("Action", plain.get("NotAction"))),
        resources=_many(plain.get("Resource", plain.get("NotResource", "*"))),
        conditions=plain.get("Condition", {}),
        principals=_principals(plain["Principal"]) if "Principal" in plain else None,
        excludes_actions="NotAction" in plain,
        excludes_resources="NotResource" in plain,
    )


def _principals(plain: Any) -> dict[str, tuple[str, ...]]:
    return {"*": ("*",)} if plain == "*" else {kind: _many(value) for kind, value in plain.items()}


def judge(
    identity: Iterable[Statement],
    resource_policy: Iterable[Statement],
    principal: Principal,
    action: str,
    resource: str,
    context: Context,
) -> Verdict:
    """`identity` are the caller's own statements; `resource_policy` those of what it wants to touch.

    Of several that allow, the caller's own comes first, and one with conditions before one without, so that a use
    counts for the statement made for it.
    """
    own = [s for s in identity if s.concerns(action, resource, context)]
    theirs = [s for s in resource_policy if s.names(principal) and s.concerns(action, resource, context)]
    denying = next((s for s in own + theirs if not s.allow), None)
    if denying:
        return Verdict(allowed=False, explicit_deny=True, by=denying)
    allowing = next(iter(sorted(own, key=lambda s: not s.conditions) + theirs), None)
    return Verdict(allowed=allowing is not None, by=allowing)


def _operator(name: str) -> tuple[str, str, bool]:
    """`ForAllValues:StringEqualsIfExists` → (StringEquals, ForAllValues, True)."""
    quantifier, _, rest = name.rpartition(":")
    return rest.removesuffix("IfExists"), quantifier, rest.endswith("IfExists")


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    folded = {key.lower(): value for key, value in context.items()} if conditions else {}
    return all(
        _holds(operator, folded.get(key.lower()), _many(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, actual: str | list[str] | None, wanted: tuple[str, ...]) -> bool:
    base, quantifier, if_exists = _operator(operator)
    if base == "Null":
        return (actual is None) == (wanted[0].lower() == "true")
    if actual is None:
        return if_exists or quantifier == "ForAllValues" or base in _NEGATED
    values = actual if isinstance(actual, list) else [actual]
    check = _OPERATORS[base]
    results = (_one(check, value, wanted, negated=base in _NEGATED) for value in values)
    return any(results) if quantifier == "ForAnyValue" else all(results)


def _one(check: Callable[[str, str], bool], value: str, wanted: tuple[str, ...], *, negated: bool) -> bool:
    return any(check(value, w) for w in wanted) != negated


def _within(value: str, network: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)


def _never(_value: str, _wanted: str) -> bool:
    raise AssertionError("Null is judged before its values are looked at")


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringNotEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": lambda value, wanted: like(wanted, value),
    "StringNotLike": lambda value, wanted: like(wanted, value),
    "ArnEquals": lambda value, wanted: like(wanted, value),
    "ArnLike": lambda value, wanted: like(wanted, value),
    "ArnNotLike": lambda value, wanted: like(wanted, value),
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": _within,
    "NotIpAddress": _within,
    "NumericLessThan": lambda value, wanted: float(value) < float(wanted),
    "NumericLessThanEquals": lambda value, wanted: float(value) <= float(wanted),
    "NumericGreaterThan": lambda value, wanted: float(value) > float(wanted),
    "NumericGreaterThanEquals": lambda value, wanted: float(value) >= float(wanted),
    "NumericEquals": lambda value, wanted: float(value) == float(wanted),
    "Null": _never,
}
_NEGATED = frozenset({"StringNotEquals", "StringNotLike", "ArnNotLike", "NotIpAddress"})


@dataclass
class Role:
    """A role of the template with all its statements, whichever resource attached them."""

    name: str
    arn: str
    trust: list[Statement]
    statements: list[Statement] = field(default_factory=list)
    trust_document: Mapping[str, Any] = field(default_factory=dict)
    """`trust` as the template has it."""
    boundary: list[Statement] | None = None
    """Of the permissions boundary; None where there is none."""
    session: list[Statement] | None = None
    """Of the policy a session of this role was begun with; None where there is none."""

    def trusts(self, service: str) -> bool:
        return any(s.allow and s.names(Principal("Service", (service,))) for s in self.trust)

    def bounds(self, action: str, resource: str, context: Context) -> bool:
        """Whether boundary and session policy, where there are any, let it do this: only what all of them allow."""
        who = Principal("AWS", (self.arn,))
        limits = [limit for limit in (self.boundary, self.session) if limit is not None]
        return all(judge(limit, [], who, action, resource, context).allowed for limit in limits)

    def grants(self) -> Iterator[tuple[Statement, str, str]]:
        """Every (statement, action, resource) it allows."""
        for statement in self.statements:
            if statement.allow:
                for action in statement.actions:
                    for resource in statement.resources:
                        yield statement, action, resource
