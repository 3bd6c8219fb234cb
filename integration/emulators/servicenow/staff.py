"""People of an instance, from outside: what they write in its forms, and what they see, over `/_admin`."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from integration.emulators.kit.people import People

if TYPE_CHECKING:
    from collections.abc import Iterable


class Staff(People):
    def write(
        self, by: str, operation: str, table: str, sys_id: str = "", *, enforce: bool = True,
        files: Iterable[dict[str, str]] = (), **values: str,
    ) -> dict[str, Any]:  # fmt: skip
        """The record after `by` has inserted, updated or deleted it; `enforce` false is past access rules."""
        body = {
            "as": by, "operation": operation, "table": table, "sys_id": sys_id, "values": values,
            "attachments": list(files), "enforce": enforce,
        }  # fmt: skip
        record: dict[str, Any] = self.send("POST", "act", json=body)["record"]
        return record

    def on_change(self, by: str, do: str, change: str, **more: Any) -> dict[str, Any]:
        """What `by` does to the change of this number or sys_id: approve, reject, hold, … (`change_people.act`)."""
        body = {"as": by, "do": do, "change": change, **more}
        record: dict[str, Any] = self.send("POST", "change-requests", json=body)["record"]
        return record

    def in_catalog(self, by: str, do: str, **more: Any) -> dict[str, Any]:
        """What `by` does in the catalog: order, approve, reject, cancel, close_tasks (`catalog_people.act`)."""
        record: dict[str, Any] = self.send("POST", "orders", json={"as": by, "do": do, **more})["record"]
        return record

    def keep_free(self, **asked: Any) -> str:
        """The sys_id of the blackout or maintenance window that was planned or, named by it, taken away."""
        return str(self.send("POST", "schedules", json=asked)["sys_id"])

    def tables(self, *names: str, **equal: str) -> dict[str, list[dict[str, Any]]]:
        """The records of each, past access rules; all, or those whose columns have these values."""
        found: dict[str, list[dict[str, Any]]] = self.send("GET", "state", params={"table": names, **equal})["tables"]
        return found

    def rows(self, table: str, **equal: str) -> list[dict[str, Any]]:
        return self.tables(table, **equal).get(table, [])

    def settle(self, timeout_s: float) -> bool:
        """Whether all rules and webhooks have ended by then."""
        return bool(self.send("POST", "settle", json={"timeout_s": timeout_s})["settled"])


def file_of(name: str, content: bytes, content_type: str = "application/octet-stream") -> dict[str, str]:
    """One of the `files` of a write."""
    return {"name": name, "content_type": content_type, "content": base64.b64encode(content).decode()}
