"""What functions wrote, as CloudWatch Logs finds it; what else is logged lies in moto.

Source: CloudWatch Logs API reference, FilterLogEvents; user guide, "Filter pattern syntax".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from integration.aws_plane import error_shapes
from integration.aws_plane.iam import like

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.aws_plane.calls import Call
    from integration.aws_plane.functions import Functions
    from integration.aws_plane.http_server import Request, Response

STREAM = "local"
LARGEST_PAGE = 10_000
_TERM = re.compile(r'(-?)(?:"([^"]*)"|([\w.:/@-]+))')
_COMPARISON = re.compile(r'\$\.([\w.]+)\s*=\s*(?:"([^"]*)"|([\w.*-]+))')


class UnknownPattern(ValueError):
    """Syntax this does not read; on AWS it may well have a meaning."""


class FunctionLogs:
    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def after_filter(self, call: Call, _request: Request, response: Response) -> Response:
        """FilterLogEvents: a function's group is answered from here, whatever moto has of it."""
        asked = call.parameters
        group = str(asked.get("logGroupName") or asked.get("logGroupIdentifier", "")).rpartition("log-group:")[2]
        function = next((f for f in self._functions if f.definition.log_name == group.removesuffix(":*")), None)
        if function is None:
            return response
        try:
            wanted = matcher(str(asked.get("filterPattern", "")))
        except UnknownPattern as error:
            message = f"Invalid filter pattern: the local plane does not read {error}"
            return error_shapes.error("logs", 400, "InvalidParameterException", message)
        since, until = int(asked.get("startTime", 0)), int(asked.get("endTime", 2**53))
        first, size = int(asked.get("nextToken", 0)), int(asked.get("limit", LARGEST_PAGE))
        found = [
            {"logStreamName": STREAM, "timestamp": at, "ingestionTime": at, "message": line, "eventId": str(number)}
            for number, at, line in function.output.told()
            if number >= first and since <= at <= until and wanted(line)
        ]
        later = {"nextToken": found[size]["eventId"]} if len(found) > size else {}
        return error_shapes.answer({"events": found[:size], "searchedLogStreams": [], **later})


def matcher(pattern: str) -> Callable[[str], bool]:
    """Of terms that must all be in the line (`-` before one: must not), or of `{ $.key = value && … }`.

    Raises UnknownPattern.
    """
    text = pattern.strip()
    if text.startswith("{"):
        return _of_members(text)
    if _TERM.sub("", text).strip():
        raise UnknownPattern(pattern)
    terms = [(sign == "-", quoted or bare) for sign, quoted, bare in _TERM.findall(text)]
    return lambda line: all((term in line) != negated for negated, term in terms)


def _of_members(text: str) -> Callable[[str], bool]:
    parts = [_COMPARISON.fullmatch(part.strip()) for part in text.strip("{} ").split("&&")]
    if None in parts or not text.endswith("}"):
        raise UnknownPattern(text)
    wanted = [(part[1].split("."), part[3] if part[2] is None else part[2]) for part in parts if part]
    return lambda line: all(_has(_parsed(line), path, value) for path, value in wanted)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _has(found: Any, path: list[str], value: str) -> bool:
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, bool) or found is None:
        return False
    return like(value, found) if isinstance(found, str) else str(found) == value
