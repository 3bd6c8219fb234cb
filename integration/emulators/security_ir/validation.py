"""Checks values against shapes of the model: the limits that boto3 leaves to the server.

Patterns are full matches over ASCII classes, as in the service's own runtime; lengths count code points.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from .errors import invalid_fields
from .model import shape as shape_named

if TYPE_CHECKING:
    from collections.abc import Callable

Problems = list[tuple[str, str]]
_LATEST = 253402300799  # 9999-12-31T23:59:59Z, the last moment SDKs can show


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


def check(shape: Any, value: Any, path: str, problems: Problems) -> Any:
    """`value` as the handlers want it (timestamps as epoch seconds); what is wrong is added to `problems`."""
    return _CHECKS[shape.type_name](shape, value, path, problems)


def checked(shape_name: str, value: Any, path: str = "") -> Any:
    """`value` checked against a named shape. Raises ApiError FIELD_VALIDATION_FAILED."""
    problems: Problems = []
    result = check(shape_named(shape_name), value, path, problems)
    if problems:
        raise invalid_fields(problems)
    return result


def from_text(shape: Any, text: str) -> Any:
    """A value of the path or query string as the JSON value it stands for; left as text where it is none."""
    if shape.type_name in {"integer", "long"} and re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        return int(text)
    if shape.type_name == "boolean" and text in {"true", "false"}:
        return text == "true"
    if shape.type_name == "timestamp":
        return _epoch_of(text)
    return text


def _epoch_of(text: str) -> float | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text  # the check that follows refuses it by name
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _limits(shape: Any) -> tuple[float, float]:
    return shape.metadata.get("min", -math.inf), shape.metadata.get("max", math.inf)


def _sized(shape: Any, size: int, path: str, problems: Problems) -> None:
    low, high = _limits(shape)
    if not low <= size <= high:
        problems.append((path, f"Member must have length between {low} and {high}, inclusive"))


def _string(shape: Any, value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, str):
        problems.append((path, "Member must be a string"))
        return value
    _sized(shape, len(value), path, problems)
    pattern, enum = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and not _pattern(pattern).fullmatch(value):
        problems.append((path, f"Member must satisfy regular expression pattern: {pattern}"))
    if enum and value not in enum:
        problems.append((path, f"Member must satisfy enum value set: [{', '.join(enum)}]"))
    return value


def _integer(shape: Any, value: Any, path: str, problems: Problems) -> Any:
    low, high = _limits(shape)
    if not isinstance(value, int) or isinstance(value, bool):
        problems.append((path, "Member must be an integer"))
    elif not low <= value <= high:
        problems.append((path, f"Member must be between {low} and {high}, inclusive"))
    return value


def _boolean(_: Any, value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, bool):
        problems.append((path, "Member must be a boolean"))
    return value


def _timestamp(_: Any, value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _LATEST:
        problems.append((path, "Member must be a timestamp in epoch seconds"))
        return value
    return float(value)


def _list(shape: Any, value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, list):
        problems.append((path, "Member must be a list"))
        return value
    _sized(shape, len(value), path, problems)
    return [check(shape.member, item, f"{path}/{index}", problems) for index, item in enumerate(value)]


def _map(shape: Any, value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, dict):
        problems.append((path, "Member must be a map"))
        return value
    _sized(shape, len(value), path, problems)
    return {
        check(shape.key, key, f"{path}/key", problems): check(shape.value, item, f"{path}/{key}", problems)
        for key, item in value.items()
    }


def _structure(shape: Any, value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, dict):
        problems.append((path, "Member must be a structure"))
        return value
    result = {}
    for name, member in shape.members.items():
        if value.get(name) is not None:
            result[name] = check(member, value[name], f"{path}/{name}", problems)
        elif name in shape.required_members:
            problems.append((f"{path}/{name}", "Member must not be null"))
    return result


_CHECKS: dict[str, Callable[[Any, Any, str, Problems], Any]] = {
    "string": _string,
    "integer": _integer,
    "long": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "list": _list,
    "map": _map,
    "structure": _structure,
}
