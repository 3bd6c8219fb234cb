"""The incidents' rows of the table: `Incident#<sys_id>` / `latest` says its case, or the case being made for it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from integration.aws.errors import ConditionFailed
from integration.aws.item import Update
from integration.cases.link import LATEST, Blocked, as_known
from integration.cases.ports import IncidentRow
from integration.reconcile.errors import ClaimLost
from integration.reconcile.table_claims import due_at, leased

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws.encryption import Envelope
    from integration.aws.table import Table

KEPT_MOST = 10_000
"""Incidents whose case a container remembers: about 1 MiB."""


class IncidentRecords:
    """`envelope` encrypts the request of a creation in flight."""

    def __init__(self, table: Table, envelope: Envelope) -> None:
        self._table, self._envelope = table, envelope
        self._case_of: dict[str, str] = {}

    def incident(self, sys_id: str) -> IncidentRow | None:
        """A linked incident keeps its case, so a container asks once; `claim_incident` goes by the table alone."""
        if sys_id in self._case_of:
            return IncidentRow(sys_id, case_id=self._case_of[sys_id])
        item = self._table.get(f"Incident#{sys_id}", LATEST)
        row = self._incident_row(sys_id, item) if item else None
        if row and row.case_id and len(self._case_of) < KEPT_MOST:
            self._case_of[sys_id] = row.case_id
        return row

    def claim_incident(self, row: IncidentRow, owner: str, until: float, now: float) -> IncidentRow | None:
        """The request is kept by the first who comes; a linked incident is told and left as it is."""
        free = Attr("owner").not_exists() | Attr("expires").lte(now) | Attr("owner").eq(owner)
        values = leased(owner, until) | {"incidentTable": row.table}
        key = (f"Incident#{row.sys_id}", LATEST)
        request = {"request": self._envelope.encrypt(json.dumps(row.request), key)} if row.request else {}
        update = Update(key, values, defaults=request, condition=Attr("caseId").not_exists() & free)
        try:
            return self._incident_row(row.sys_id, self._table.update(update))
        except ConditionFailed as failed:
            known = self._incident_row(row.sys_id, failed.item or {})
            return known if known.case_id or known.owner == owner else None

    def free_incident(self, sys_id: str, owner: str, due: float) -> None:
        values, _ = due_at(due)
        ours = Attr("owner").eq(owner)
        freed = Update((f"Incident#{sys_id}", LATEST), values, removed=("owner", "expires"), condition=ours)
        with suppress(ConditionFailed):
            self._table.write(freed)

    def block_incident(self, sys_id: str, owner: str, blocked: Blocked) -> None:
        due, not_due = due_at(blocked.retry_at or None)
        freed = Update(
            (f"Incident#{sys_id}", LATEST),
            {"blocked": json.dumps(asdict(blocked)), **due},
            removed=("owner", "expires", "request", *not_due),
            condition=Attr("owner").eq(owner),
        )
        try:
            self._table.write(freed)
        except ConditionFailed as failed:
            raise ClaimLost from failed

    def settle_incident(self, sys_id: str, now: float) -> None:
        free = Attr("caseId").not_exists() & (Attr("owner").not_exists() | Attr("expires").lte(now))
        _, due = due_at(None)
        settled = Update((f"Incident#{sys_id}", LATEST), removed=due, condition=Attr("PK").exists() & free)
        with suppress(ConditionFailed):
            self._table.write(settled)

    def _incident_row(self, sys_id: str, item: Mapping[str, Any]) -> IncidentRow:
        kept, key = item.get("request"), (f"Incident#{sys_id}", LATEST)
        return IncidentRow(
            sys_id=sys_id,
            case_id=item.get("caseId", ""),
            table=item.get("incidentTable", ""),
            owner=item.get("owner", ""),
            expires=float(item.get("expires", 0)),
            request=json.loads(self._envelope.decrypt(kept, key)) if kept else None,
            blocked=as_known(Blocked, json.loads(item["blocked"])) if "blocked" in item else None,
        )
