"""Reading and writing a record as far as access rules let its caller: what the REST APIs and the forms have in common.

Each raises ApiError: 404 for what is not there or may not be seen, 403 for what may not be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import acl_failed, no_record

if TYPE_CHECKING:
    from .service import Service
    from .session import Session
    from .store import Row


def visible(service: Service, session: Session, table: str, sys_id: str) -> Row:
    row = service.store.row(table, sys_id)
    if row is None or not service.access.sees(session, table, row):
        raise no_record()
    return row


def create(service: Service, session: Session, table: str, values: Row) -> Row:
    access = service.access
    if not access.may_create(session, table, values):
        raise acl_failed("Insert")
    return service.writes.insert(session, table, access.kept_on_insert(session, table, values))


def change(service: Service, session: Session, table: str, row: Row, values: Row) -> Row:
    access = service.access
    if not access.may_write(session, table, row):
        raise acl_failed("Update")
    kept = access.kept_on_update(session, table, row, values)
    return service.writes.update(session, table, row["sys_id"], kept)


def delete(service: Service, session: Session, table: str, row: Row) -> None:
    if not service.access.may_delete(session, table, row):
        raise acl_failed("Delete")
    service.writes.delete(session, table, row["sys_id"])
