"""Checks that the instance obeys the poll's queries: newer releases drop refused terms and return everything.

Query access rules (`query_range`) cover comparison and sorting apart from reading; an unknown column is ignored, lets
nothing match, or is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from integration.clients.errors import Misconfigured, RemoteError
from integration.clients.servicenow import attachment, journal
from integration.clients.servicenow.batch import Batch, Read
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table, listed, path
from integration.operations.checking.verdict import Verdict, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record
    from mappers.mapping_rules import MappingRules

SWEEP, BATCH, ZONE = "sweep query", "batch", "time zone"
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
APIS = "Table, Attachment and Batch API"


def sweeps(http: Http, rules: MappingRules) -> Iterator[Verdict]:
    """The poll's query and the journal's, from tomorrow on: no row may come; since 2000: some, where there are any."""
    table = Table(http)
    tomorrow = (http.server_date or datetime.now(UTC)) + timedelta(days=1)
    asked = ((rules.table, "sys_updated_on"), (attachment.TABLE, "sys_created_on"), (journal.TABLE, "sys_created_on"))
    wrong = {name: told for name, column in asked if (told := _ignored(table, name, column, tomorrow))}
    for name, problem in wrong.items():
        fix = f"Add a query_range access rule for the user's role on {name}; query_match alone is not enough."
        yield fail(SWEEP, f"{name}: {problem}", fix)
    if not wrong:
        yield ok(SWEEP, "from tomorrow on nothing comes: comparison and order are obeyed")


def _ignored(table: Table, name: str, column: str, tomorrow: datetime) -> str:
    def rows(since: datetime) -> list[Record]:
        return table.query(name, Query().at_least(column, since).order_by(column), [column], limit=1)

    try:
        if rows(tomorrow):
            return f"the instance ignores {column}>=…, so that every poll would read the whole table"
        if table.query(name, Query(), [column], limit=1) and not rows(ALWAYS):
            return f"{column}>=… finds nothing although there are rows"
    except RemoteError as error:
        if name == journal.TABLE:
            return ""  # a closed journal has a line of its own
        return f"comparing or sorting by {column} is refused: {error}"
    return ""


def batch(http: Http, rules: MappingRules) -> Verdict:
    """Three reads in one call, as every pass makes them."""
    reads = [Read(path(name), name, listed(Query(), ["sys_id"], 1)) for name in (rules.table, "sys_user")]
    reads.append(Read(attachment.BASE, attachment.TABLE, {"sysparm_limit": "1"}))
    slower = "each pass reads singly then, in three calls instead of one"
    try:
        parts = Batch(http).run(reads)
    except Misconfigured as error:
        fix = f"Allow the Batch API beside the others: {machine_access([])}"
        return warn(BATCH, f"{error.reason}; {slower}", fix)
    except RemoteError as error:
        return warn(BATCH, f"{error}; {slower}", "See what answers on the way to the instance.")
    failed = [str(part) for part in parts if isinstance(part, RemoteError)]
    if failed:
        return warn(BATCH, f"{failed[0]}; {slower}", "See the lines above, and what rewrites answers on the way.")
    return ok(BATCH, "three reads in one call")


def zone(http: Http, table: str, record: Record) -> Verdict:
    """Stamps in queries are compared as UTC, whatever the zone of our user: asked with a record just written."""
    made = datetime.strptime(record.value("sys_created_on"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)

    def found(since: datetime) -> bool:
        query = Query().equals("sys_id", record.sys_id).at_least("sys_created_on", since)
        return bool(Table(http).query(table, query, ["sys_created_on"], limit=1))

    try:
        at, after = found(made), found(made + timedelta(seconds=1))
    except RemoteError as error:
        return fail(ZONE, f"the record just written cannot be asked for by its stamp: {error}", "See the line above.")
    if at and not after:
        return ok(ZONE, "stamps in queries are read as UTC")
    told = "a record just written is " + ("found from a later second on" if after else "not found by its own stamp")
    return fail(
        ZONE, f"{told}: stamps in queries are read in the user's zone", "Set Time zone of the integration user to GMT."
    )


def machine_access(tables: list[str]) -> str:
    """What else refuses a whole table or API, though every role is there."""
    which = f" {', '.join(tables)} and the {APIS}" if tables else f" the {APIS}"
    return (
        f"see that an auth scope of the OAuth registration and, from Zurich on, a Machine Identity Access Control"
        f" of the user list{which}; that no IP filter or restricted caller access excludes it."
    )
