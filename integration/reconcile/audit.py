"""The report of one pass, which its log line and its audit row are made of. Never a text of a record."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from integration.aws.item import Put
from integration.names import REMOVE_AT

if TYPE_CHECKING:
    from collections.abc import Mapping

R = TypeVar("R")
AUDITED_MOST = 100
"""Things one audit row names; the others are counted. A row stays below 20 KB."""
AUDIT_KEPT_S = 90 * 86_400


@dataclass
class Report:
    """Ids, reasons and counts; `woken_by`: in a word. An integration adds which records it was about."""

    woken_by: str = ""
    pass_id: str = ""
    outcome: str = ""
    reasons: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    ids: dict[str, list[str]] = field(default_factory=dict)
    """What was carried over, as the ledger knows it: `<kind>#<id>` → the other side's ids."""

    def audit(self, at: float, outcome: str) -> dict[str, object] | None:
        """What was changed, by whose edit, in which pass, whether it ended well: field names and ids, no values.

        None where nothing was changed.
        """
        reasons, done, ids = self.reasons, self.done, self.ids
        if not done:
            return None
        audit = {
            "pass": self.pass_id,
            "at": at,
            "woken_by": self.woken_by,
            "outcome": outcome,
            "reasons": reasons[:AUDITED_MOST],
            "done": done[:AUDITED_MOST],
            "ids": dict(islice(ids.items(), AUDITED_MOST)),
        }
        more = sum(max(0, len(part) - AUDITED_MOST) for part in (reasons, done, ids))
        return audit | ({"more": more} if more else {})


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """What a pass did, and what it met; `error` None: it ended well."""

    report: R
    error: Exception | None = None


def audit_row(pk: str, audit: Mapping[str, Any]) -> Put:
    """Beside the record whose partition that is; it expires."""
    sort = f"Audit#{audit['at']:.3f}#{audit['pass']}"
    return Put(
        {
            "PK": pk,
            "SK": sort,
            "what": json.dumps(dict(audit)),
            REMOVE_AT: int(audit["at"] + AUDIT_KEPT_S),
        }
    )
