"""Both systems as people see them, read at one moment; and the picture of one pair, without ids and times."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.proofs.kit.picture import neutral

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAMES = (
    (re.compile(r"INC\d+|SIR\d+"), "<number>"),
    (re.compile(r"\b\d{10}\b"), "<case>"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z)?"), "<time>"),
)
COLUMNS = ("short_description", "description", "state", "close_code", "close_notes", "watch_list", "priority")
MEMBERS = ("title", "description", "caseStatus", "closureCode")


class Look:
    """`mark` is a word that stands in every text of one pair and in no other: it stands for the pair."""

    def __init__(self, table: str, cases: Iterable[dict[str, Any]], tables: Mapping[str, list[dict[str, Any]]]) -> None:
        self.cases = {case["caseId"]: case for case in cases}
        self.incidents = {row["sys_id"]: row for row in tables.get(table, [])}
        self._journal = _by(tables.get("sys_journal_field", []), "element_id")
        self._files = _by(tables.get("sys_attachment", []), "table_sys_id")

    def journal(self, sys_id: str) -> list[dict[str, Any]]:
        return self._journal.get(sys_id, [])

    def texts(self, sys_id: str) -> list[str]:
        return [str(row["value"]) for row in self.journal(sys_id)]

    def bodies(self, case_id: str) -> list[str]:
        return [str(comment["body"]) for comment in self.cases[case_id]["comments"]]

    def files(self, sys_id: str) -> list[dict[str, Any]]:
        return self._files.get(sys_id, [])

    def said(self) -> int:
        """What we told people, but for the context every case begins with."""
        texts = [text for case_id in self.cases for text in self.bodies(case_id)]
        texts += [text for sys_id in self.incidents for text in self.texts(sys_id)]
        return sum(text.startswith("[Integration]") and not text.startswith("[Integration] context") for text in texts)

    def pair(self, case_id: str) -> str:
        """The sys_id of the incident that carries the case's ARN; empty while there is none."""
        found = [s for s, row in self.incidents.items() if row.get("correlation_id", "").endswith(f"/{case_id}")]
        return found[0] if found else ""

    def picture(self, mark: str) -> dict[str, Any]:
        """Flat: one entry per thing that can differ."""
        cases = [case for case in self.cases.values() if mark in case["title"]]
        incidents = [row for row in self.incidents.values() if mark in row["short_description"]]
        shown: dict[str, Any] = {"cases": len(cases), "incidents": len(incidents)}
        for case in cases:
            shown |= {f"case {name}": value for name, value in self._case(case, mark).items()}
        for row in incidents:
            shown |= {f"incident {name}": value for name, value in self._incident(row, mark).items()}
        return shown

    def _case(self, case: dict[str, Any], mark: str) -> dict[str, Any]:
        return {
            **{name: _plain(str(case.get(name, "")), mark) for name in MEMBERS},
            "watchers": sorted(watcher["email"] for watcher in case.get("watchers", [])),
            "comments": Counter(_plain(comment["body"], mark) for comment in case["comments"]),
            "files": Counter(_file(f["fileName"], f["sha256"], mark) for f in case["caseAttachments"] if f["stored"]),
            "tags": sorted(case.get("tags", {})),
        }

    def _incident(self, row: dict[str, Any], mark: str) -> dict[str, Any]:
        journal = self.journal(row["sys_id"])
        return {
            **{name: _plain(str(row.get(name, "")), mark) for name in COLUMNS},
            "linked": bool(row.get("correlation_id")),
            "journal": Counter((entry["element"], _plain(entry["value"], mark)) for entry in journal),
            "files": Counter(_file(f["file_name"], f["hash"], mark) for f in self.files(row["sys_id"])),
        }


def _plain(text: str, mark: str) -> str:
    for pattern, word in _NAMES:
        text = pattern.sub(word, text)
    return neutral(text).replace(mark, "<mark>")


def _file(name: str, digest: str, mark: str) -> tuple[str, str]:
    return _plain(name, mark), digest


def _by(rows: list[dict[str, Any]], column: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row.get(column, "")), []).append(row)
    return found
