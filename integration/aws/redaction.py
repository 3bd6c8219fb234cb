"""Log lines that cannot hold a text of a case.

Only keys known to carry ids, counts and bounded words pass, with short values. Of an exception its kind and its
place are kept, and its message only if the exception is one of ours, whose messages hold no texts by contract.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

WITHHELD = "<withheld>"
LONGEST = 300
OURS = ("integration.", "lambdas.", "mappers.", "servicenow_setup.")
KEYS = frozenset({
    "level", "location", "message", "timestamp", "service", "function", "function_request_id", "cold_start",
    "xray_trace_id", "exception_name", "exception", "place",
    "case_id", "sys_id", "pass_id", "table", "incident_number", "message_id", "event_type", "trigger", "instance",
    "system", "method", "operation", "outcome", "code", "status", "attempts", "seconds", "count", "actions",
    "writes", "reads", "calls", "lag_ms", "due", "version", "next",
    "ends", "woken_by", "plan", "done", "runs", "error", "errors", "delay_s", "cases", "incidents", "listed",
})  # fmt: skip
"""`code` and `outcome` are bounded words; the reason another system gives for a refusal stays out."""
NUMBER = re.compile(r"[A-Za-z_]{0,20}[0-9]{1,20}")
"""Of an incident: a prefix and digits. The webhook's token, with 43 characters or more, is none."""
SYS_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
"""32 hexadecimal digits but for records that were imported with an id of their own."""
FORMS = {
    "incident_number": NUMBER,
    "sys_id": SYS_ID,
    "case_id": re.compile(r"[0-9]{1,20}"),
    "operation": re.compile(r"[A-Za-z]{1,20}"),
    "event_type": re.compile(r"[A-Za-z ]{1,40}"),
    "table": re.compile(r"[a-z0-9_]{1,80}"),
}
"""Keys whose values may come as somebody sent them, by webhook, message or invocation → what alone is shown."""


class RedactingFormatter(LambdaPowertoolsFormatter):
    """`keys` are an integration's own, beside those of all."""

    def __init__(self, keys: frozenset[str] = frozenset(), **options: Any) -> None:
        super().__init__(**options)
        self._keys = keys

    def serialize(self, log: Any) -> str:
        shown: Any = redacted(log, self._keys)
        return super().serialize(shown)


def redacted(facts: Any, keys: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The same without what is not known to be harmless; a withheld key still shows that it was there."""
    return {str(key): _shown(str(key), value, keys) for key, value in dict(facts).items()}


def _shown(key: str, value: Any, keys: frozenset[str]) -> Any:
    form = FORMS.get(key)
    if key not in KEYS | keys or (form and value not in (None, "") and not form.fullmatch(str(value))):
        return WITHHELD
    return _short(value)


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_short(member) for member in value[:20]]
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


class ExceptionGuard(logging.Filter):
    """Turns `exc_info` into kind, place and, for our own, message."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.exception_name, record.exception, record.place = safe_description(error)
            record.exc_info = record.exc_text = None
        return True


def safe_description(error: BaseException) -> tuple[str, str, list[str]]:
    """Kind, message or why it is withheld, and the innermost eight frames."""
    kind = type(error)
    message = str(error) if kind.__module__.startswith(OURS) else _code(error) or WITHHELD
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return kind.__name__, message, [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _code(error: BaseException) -> str:
    """The code of an AWS error, which quotes nothing."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, Mapping) else ""
