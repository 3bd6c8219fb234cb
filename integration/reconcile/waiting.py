"""Records which messages wait with an error, so that `status` does not say that everything is in step.

Rows `Waiting`/<id of the record> of the table hold ids, our own sentence and a time, never a text of a record. A row
that cannot be written holds up no message.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from integration import names as n
from integration.clients.errors import RemoteError
from integration.reconcile.batch import said
from integration.reconcile.errors import Braked, ClaimLost, Later, kind_of

if TYPE_CHECKING:
    from integration.aws.table import Table

KEPT_S = 86_400
ORDINARY = (Later, ClaimLost, Braked)
"""These wait by our own rules; the brake has its own sentence."""


def tell(table: Table, record: str, error: Exception | None, tries: int, now: float) -> None:
    """After each try: what it met, or, where one before had failed, that this is over."""
    if isinstance(error, ORDINARY) or (error is None and tries == 1):
        return
    row = {"PK": n.WAITING, "SK": record, "at": now, "tries": tries, n.REMOVE_AT: int(now + KEPT_S)}
    if error is not None:
        row |= {"error": kind_of(error), "said": said(error)[:300]}
    with suppress(RemoteError):
        table.put(row)
