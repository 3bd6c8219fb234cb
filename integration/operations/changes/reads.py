"""What a change needs of its instance, tried by reading: by `change check`, and by `check` where the gate stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.changes.model import BadWish
from integration.changes.rows import APPROVERS
from integration.clients.errors import RemoteError, Untrusted
from integration.clients.servicenow.change import BASE, TABLE
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.operations.checking.verdict import Verdict, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.clients.servicenow.http import Http

ROLES = "the user has the roles of docs/changes/README.md (itil)"


def reads(http: Http) -> Iterator[Verdict]:
    """Ends with the first that fails: nothing else is answered then."""
    table = Table(http)
    changes = tried("changes", lambda: table.query(TABLE, Query(), ["number"], limit=1), fail)
    yield changes
    if changes.state == "fail":
        return
    yield tried("change API", lambda: http.call("GET", BASE, TABLE, {"sysparm_limit": "1"}), warn)
    yield tried("approvals", lambda: table.query(APPROVERS, Query(), ["state"], limit=1), warn)


def tried(subject: str, look: Callable[[], object], otherwise: Callable[..., Verdict]) -> Verdict:
    try:
        look()
    except (RemoteError, BadWish) as error:
        return otherwise(subject, str(error), error.then if isinstance(error, Untrusted) else f"see that {ROLES}")
    return ok(subject, "as it should be")
