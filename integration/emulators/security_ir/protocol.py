"""rest-json in both directions, read off the model: which operation a request is, its input, its answer."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qs, unquote

from .errors import invalid, invalid_fields
from .model import service_model
from .validation import Problems, check, from_text

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def _routes() -> list[tuple[str, re.Pattern[str], str]]:
    """(method, pattern of the raw path, operation). A decoded ARN holds a slash, so that label takes the rest."""
    routes = []
    for name in service_model().operation_names:
        http = service_model().operation_model(name).http
        label = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", http["requestUri"])
        routes.append((http["method"], re.compile(label.replace("<resourceArn>[^/]+", "<resourceArn>.+")), name))
    return routes


def route(method: str, raw_path: str) -> tuple[str, dict[str, str]]:
    """The operation's name and the labels of its path, decoded. Raises ApiError UNKNOWN_OPERATION."""
    for route_method, pattern, name in _routes():
        match = pattern.fullmatch(raw_path)
        if match and method == route_method:
            return name, {label: unquote(text) for label, text in match.groupdict().items()}
    raise invalid("No operation is at this path and method", "UNKNOWN_OPERATION")


def read_input(operation: str, labels: Mapping[str, str], query: str, body: bytes) -> dict[str, Any]:
    """The checked input of a request. Raises ApiError CANNOT_PARSE or FIELD_VALIDATION_FAILED."""
    shape: Any = service_model().operation_model(operation).input_shape
    places = {name: member.serialization.get("location") for name, member in shape.members.items()}
    values = {name: value for name, value in _from_body(body).items() if not places.get(name)}
    values |= _from_query(shape, parse_qs(query, keep_blank_values=True))
    values |= {name: labels[name] for name, place in places.items() if place == "uri"}
    problems: Problems = []
    result: dict[str, Any] = check(shape, values, "", problems)
    if problems:
        raise invalid_fields(problems)
    return result


def check_input(operation: str, values: Any) -> dict[str, Any]:
    """`values` checked as the input of an operation, whatever their places in a request. Raises ApiError."""
    problems: Problems = []
    result: dict[str, Any] = check(service_model().operation_model(operation).input_shape, values, "", problems)
    if problems:
        raise invalid_fields(problems)
    return result


def _from_query(shape: Any, query: Mapping[str, list[str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, member in shape.members.items():
        texts = query.get(member.serialization.get("name", name))
        if member.serialization.get("location") != "querystring" or not texts:
            continue
        values[name] = texts if member.type_name == "list" else from_text(member, texts[-1])
    return values


def _from_body(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        values = json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        raise invalid("The request body is not JSON", "CANNOT_PARSE") from error
    if not isinstance(values, dict):
        raise invalid("The request body is not a JSON object", "CANNOT_PARSE")
    return values


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def write_output(operation: str, output: Mapping[str, Any]) -> tuple[int, bytes]:
    """HTTP status and body of a successful answer; 204 has none."""
    model = service_model().operation_model(operation)
    status = int(model.http["responseCode"])
    body = b"" if status == 204 else json.dumps(plain(model.output_shape, output)).encode()
    return status, body


def plain(shape: Any, value: Any) -> Any:
    """`value` as JSON of the wire; members the shape does not have, or that are None, are left out."""
    if shape.type_name == "structure":
        return {
            name: plain(member, value[name]) for name, member in shape.members.items() if value.get(name) is not None
        }
    if shape.type_name == "list":
        return [plain(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: plain(shape.value, item) for key, item in value.items()}
    return round(value, 3) if shape.type_name == "timestamp" else value
