"""Answers of an instance, kept with every name, text and id replaced, and what the emulator answers held to them."""

from __future__ import annotations

import base64
import json
import re
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import requests

    from tests.real.given import Given

ANSWERS = Path(__file__).parent / "answers"
"""Where kept answers of an instance belong; while it is empty, the emulator is held to none."""
HEADERS = ("Content-Type", "X-Total-Count", "Location", "Link", "Retry-After")
KINDS = (
    ("", r""), ("true", r"true|false"), ("1", r"-?\d+"), ("0" * 32, r"[0-9a-f]{32}"), ("0" * 64, r"[0-9a-f]{64}"),
    ("2026-01-01 00:00:00", r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?"), ("https://instance/0", r"https?://\S+"),
)  # fmt: skip
"""What stands in for a value of each form; whatever has none of these is `text`."""
EMPTY: tuple[Any, ...] = (None, "", [], {})
"""A column may be empty here and filled there."""


def replaced(value: Any) -> Any:
    """Columns of the customer's own are left out with their names."""
    if isinstance(value, dict):
        return {name: replaced(each) for name, each in value.items() if not name.startswith(("u_", "x_"))}
    if isinstance(value, list):
        return [replaced(each) for each in value[:1]]
    if not isinstance(value, str):
        return value if value is None or isinstance(value, bool) else 1
    return next((stand_in for stand_in, form in KINDS if re.fullmatch(form, value)), "text")


def asked(method: str, path: str) -> str:
    """The call without ids and texts: `GET /api/now/table/incident/0?sysparm_fields&sysparm_limit`."""
    parts = urlsplit(path)
    names = "&".join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return f"{method} {re.sub(r'/[0-9a-f]{32}', '/0', parts.path)}" + (f"?{names}" if names else "")


class Kept:
    """One answer for each call and status, of tables and APIs only: no token is among them."""

    def __init__(self, given: Given) -> None:
        self._given, self._lock = given, threading.Lock()
        self.answers: dict[str, dict[str, Any]] = {}

    def add(self, method: str, path: str, answer: requests.Response) -> None:
        if not path.startswith("/api/now/"):
            return
        call = f"{asked(method, path)} {answer.status_code}"
        body: Any = None
        with suppress(ValueError):
            body = _opened(answer.json())
        headers = sorted(name for name in HEADERS if name in answer.headers)
        with self._lock:
            seen = self.answers.setdefault(call, {"call": call, "headers": headers, "body": replaced(body)})
            seen["body"] = fuller(seen["body"], replaced(body))

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"servicenow-{self._given.module.value}.json"
        answers = [self.answers[call] for call in sorted(self.answers)]
        (folder / name).write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")


def _opened(body: Any) -> Any:
    """A batch with its parts' bodies as objects, so that what is in them is replaced, too."""
    for part in body.get("serviced_requests", ()) if isinstance(body, dict) else ():
        with suppress(ValueError):
            part["body"] = json.loads(base64.b64decode(part["body"]))
    return body


def fuller(one: Any, other: Any) -> Any:
    """Both together: a column that was empty in one answer may be filled in the next."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: fuller(one.get(name), other.get(name)) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [fuller(one[0], other[0])] if one and other else one or other
    return other if one in (None, "") else one


def differences(real: list[dict[str, Any]], emulated: list[dict[str, Any]]) -> list[str]:
    """Where the emulator's answer to the same call has another form; calls only one of them got are no matter."""
    ours = {each["call"]: each for each in emulated}
    found = []
    for each in real:
        if there := ours.get(each["call"]):
            found += _unlike(each["call"], each["body"], there["body"])
            if each["headers"] != there["headers"]:
                found.append(f"{each['call']}: headers {each['headers']} here {there['headers']}")
    return found


def _unlike(where: str, real: Any, emulated: Any) -> list[str]:
    """Columns the emulator has not are the customer's; of shared ones the form must agree, where both are filled."""
    if real in EMPTY or emulated in EMPTY:
        return []
    if isinstance(real, dict) and isinstance(emulated, dict):
        shared = [name for name in real if name in emulated]
        return [line for name in shared for line in _unlike(f"{where} {name}", real[name], emulated[name])]
    if isinstance(real, list) and isinstance(emulated, list):
        return _unlike(where, real[0], emulated[0])
    return [] if real == emulated else [f"{where}: {real!r} here {emulated!r}"]
