"""The Attachment API (docs: same name). The instance recognises no duplicates: every upload is one more file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import Missing, Unavailable
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import PAGE, checked_sys_id, counted, one, paged, written
from integration.clients.stream import Content, Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record

TABLE = "sys_attachment"
BASE = "/api/now/attachment"


def files_of(table: str, sys_id: str) -> Query:
    return Query().equals("table_name", table).equals("table_sys_id", sys_id)


def page_of(query: Query, offset: int = 0) -> dict[str, str]:
    return {"sysparm_query": str(query.order_by("sys_id")), "sysparm_limit": str(PAGE), "sysparm_offset": str(offset)}


class Attachments:
    """Records have file_name, size_bytes, content_type, hash (SHA-256), state, sys_created_by, sys_created_on."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def list(self, table: str, sys_id: str) -> list[Record]:
        query = files_of(table, sys_id)
        return paged(lambda offset: self._http.call("GET", BASE, TABLE, page_of(query, offset)), query, PAGE)

    def first_page(self, table: str, sys_id: str) -> tuple[Sequence[Record], int]:
        """As `Table.first_page`: those that are shown, and how many there are."""
        query = files_of(table, sys_id)
        return counted(self._http.call("GET", BASE, TABLE, page_of(query)), query)

    def get(self, sys_id: str) -> Record | None:
        try:
            return one(self._http.call("GET", f"{BASE}/{checked_sys_id(sys_id)}", TABLE), sys_id)
        except Missing:
            return None

    def download(self, sys_id: str) -> AbstractContextManager[Content]:
        """Raises `Missing` on entering. Compare `Content.sha256` with the record's hash after the last chunk."""
        return self._http.open(f"{BASE}/{checked_sys_id(sys_id)}/file", TABLE)

    def upload(
        self, table: str, sys_id: str, file_name: str, content_type: str, chunks: Iterable[bytes], size: int
    ) -> Record:
        """Streamed, of exactly `size` bytes. What the instance stored otherwise than sent is removed again.

        Any refusal (type, extension, size, rights on the record) is `Refused`; an unknown outcome is found out with
        `list`, by name, size and hash.
        """
        content = Outgoing(chunks, size, SYSTEM, outcome_unknown=True)
        params = {"table_name": table, "table_sys_id": checked_sys_id(sys_id), "file_name": file_name}
        answer = self._http.upload(f"{BASE}/file", TABLE, params, content, content_type)
        record = written(answer)
        if not _as_sent(record, content, size):
            self.delete(record.sys_id)
            raise Unavailable(SYSTEM, "the instance stored another content than it was sent")
        return record

    def delete(self, sys_id: str) -> bool:
        """False: there was no such attachment, or none this user may see."""
        try:
            self._http.call("DELETE", f"{BASE}/{checked_sys_id(sys_id)}", TABLE)
        except Missing:
            return False
        return True


def _as_sent(record: Record, content: Outgoing, size: int) -> bool:
    """An instance that has not hashed the file yet leaves `hash` empty."""
    stored = record.get("hash", "").lower()
    return stored in ("", content.sha256) and record.get("size_bytes", "") in ("", str(size))
