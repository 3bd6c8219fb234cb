"""File names. AWS takes few characters and each name once per case; ServiceNow takes what people write."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integration.model import CaseAttachment, IncidentAttachment

_LONGEST = 255
"""API model: FileName, `[a-zA-Z0-9._-]{1,255}`."""
_LONGEST_EXTENSION = 16
_LONGEST_THERE = 1000
"""More than a name in ServiceNow holds, so that no name takes long."""
_ID_DIGITS = 12


def case_file_name(file: IncidentAttachment, attempt: int = 0) -> str:
    """`<stem>-<12 hex of the sys_id>[-attempt].<extension>`: unique per file and attempt, found again after a crash."""
    stem, extension = _parted(file.file_name)
    tail = f"-{_digits(file.sys_id)}{f'-{attempt}' if attempt else ''}{extension}"
    return stem[: _LONGEST - len(tail)] + tail


def incident_file_name(file: CaseAttachment) -> str:
    """As it is called on the case: ServiceNow takes every such name."""
    return file.file_name


def _parted(name: str) -> tuple[str, str]:
    """Stem and extension (with its dot) in AWS's alphabet; a path's last part, since some browsers send the whole."""
    last = (re.split(r"[/\\]", name)[-1] or name)[-_LONGEST_THERE:]
    stem, dot, extension = last.rpartition(".")
    if not dot or not stem or not _plain(extension) or len(_plain(extension)) > _LONGEST_EXTENSION:
        stem, extension = last, ""
    return _plain(stem) or "file", f".{_plain(extension)}" if extension else ""


def _plain(text: str) -> str:
    """Letters without their accents; what is left outside the alphabet becomes one underscore per run."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^a-zA-Z0-9._-]+", "_", bare).strip("_")


def _digits(sys_id: str) -> str:
    """The last 12 hex digits: the first ones of a sys_id repeat among records made in one moment."""
    return re.sub(r"[^0-9a-f]", "0", sys_id.lower())[-_ID_DIGITS:].rjust(_ID_DIGITS, "0")
