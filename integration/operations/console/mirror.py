"""A copy of both emulated systems, read again when their change feeds say so."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integration.operations.console.snapshot import CaseCard, IncidentCard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration.operations.console.emulator_client import EmulatorClient

JOURNAL, FILES = "sys_journal_field", "sys_attachment"


class CasesMirror:
    def __init__(self, emulators: EmulatorClient) -> None:
        self._emulators, self._seen = emulators, -1
        self._cards: tuple[CaseCard, ...] = ()

    def refresh(self) -> Sequence[Mapping[str, Any]]:
        """The changes since the last call."""
        told = self._emulators.security_ir.send("GET", "changes", params={"since": max(self._seen, 0)})
        if told["last"] != self._seen:
            self._cards = _latest(map(_case_card, self._emulators.security_ir.cases()))
            self._seen = told["last"]
        changes: Sequence[Mapping[str, Any]] = told["changes"]
        return changes

    def cards(self) -> tuple[CaseCard, ...]:
        """The latest change first."""
        return self._cards

    def whole(self, case_id: str) -> dict[str, Any] | None:
        if not case_id:
            return None
        case = self._emulators.security_ir.case(case_id)
        entries = [
            {"id": c["commentId"], "by": c["creator"], "at": c["createdDate"], "text": c["body"], "kind": "comment"}
            for c in case["comments"]
        ]
        files = [{"name": f["fileName"], "size": f.get("sizeBytes") or 0, "state": f["attachmentStatus"]}
                 for f in case["caseAttachments"]]  # fmt: skip
        return {
            "case_id": case_id,
            "arn": case["caseArn"],
            "title": case["title"],
            "description": case["description"],
            "status": case["caseStatus"],
            "entries": entries,
            "files": files,
        }


class IncidentsMirror:
    def __init__(self, emulators: EmulatorClient, table: str) -> None:
        self._emulators, self._table, self._seen = emulators, table, -1
        self._cards: tuple[IncidentCard, ...] = ()
        self._rows: dict[str, list[dict[str, str]]] = {}
        self._lock = threading.Lock()

    def refresh(self) -> Sequence[Mapping[str, Any]]:
        told = self._emulators.servicenow.send("GET", "changes", params={"since": max(self._seen, 0)})
        ours = {self._table, JOURNAL, FILES}
        if self._seen < 0 or any(change["table"] in ours for change in told["changes"]):
            tables = self._emulators.servicenow.tables(*sorted(ours))
            with self._lock:
                self._rows = tables
                self._cards = _latest(self._card(row) for row in tables[self._table])
        self._seen = told["last"]
        return [change for change in told["changes"] if change["table"] in ours]

    def cards(self) -> tuple[IncidentCard, ...]:
        return self._cards

    def owners(self) -> Mapping[str, str]:
        """sys_id of a journal row or attachment → sys_id of its incident."""
        with self._lock:
            rows = self._rows
        entries = {row["sys_id"]: row["element_id"] for row in rows.get(JOURNAL, [])}
        return entries | {row["sys_id"]: row.get("table_sys_id", "") for row in rows.get(FILES, [])}

    def whole(self, sys_id: str) -> dict[str, Any] | None:
        with self._lock:
            rows = self._rows
        record = next((row for row in rows.get(self._table, []) if row["sys_id"] == sys_id), None)
        if record is None:
            return None
        entries = [
            {"id": r["sys_id"], "by": r.get("sys_created_by", ""), "at": epoch(r.get("sys_created_on", "")),
             "text": r["value"], "kind": "work note" if r["element"] == "work_notes" else "comment"}
            for r in rows.get(JOURNAL, []) if r["element_id"] == sys_id
        ]  # fmt: skip
        files = [
            {"name": r["file_name"], "size": int(r.get("size_bytes") or 0), "state": r.get("state", "")}
            for r in rows.get(FILES, []) if r.get("table_sys_id") == sys_id
        ]  # fmt: skip
        return {
            "sys_id": sys_id,
            "number": record["number"],
            "title": record["short_description"],
            "description": record["description"],
            "state": record["state"],
            "entries": entries,
            "files": files,
        }

    def _card(self, row: Mapping[str, str]) -> IncidentCard:
        sys_id = row["sys_id"]
        return IncidentCard(
            sys_id=sys_id,
            number=row["number"],
            title=row["short_description"],
            state=row["state"],
            updated=epoch(row["sys_updated_on"]),
            updated_by=row["sys_updated_by"],
            entries=sum(entry["element_id"] == sys_id for entry in self._rows.get(JOURNAL, [])),
            files=sum(file.get("table_sys_id") == sys_id for file in self._rows.get(FILES, [])),
        )


def _case_card(case: Mapping[str, Any]) -> CaseCard:
    comments = case["comments"]
    spoken = [comment["lastUpdatedDate"] for comment in comments]
    return CaseCard(
        case_id=case["caseId"],
        title=case["title"],
        status=case["caseStatus"],
        updated=max([case["lastUpdatedDate"], *spoken]),
        created=case["createdDate"],
        resolver=case["resolverType"],
        pending=case.get("pendingAction", ""),
        comments=len(comments),
        files=len(case["caseAttachments"]),
    )


def _latest(cards: Any) -> tuple[Any, ...]:
    return tuple(sorted(cards, key=lambda card: card.updated, reverse=True))


def epoch(stamp: str) -> float:
    """Of ServiceNow's `YYYY-MM-DD HH:MM:SS` in UTC; 0 for an empty one."""
    if not stamp:
        return 0
    return datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
