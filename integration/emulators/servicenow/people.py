"""People at work: writes as the forms of an instance make them, under a person's own rights."""

from __future__ import annotations

import base64
import binascii
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from . import approver_rows, permitted
from .attachment_api import Upload, store_upload
from .errors import ApiError, invalid_table
from .registering import person, text_of
from .session import Session, session_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .service import Service
    from .store import Row

Deed = TypeVar("Deed")


def act(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    """`{as, operation, table, sys_id, values, displayed, attachments, enforce}`; returns the raw record and file ids.

    `operation` is insert, update or delete; attachments are `{name, content_type, content}` with content in base64;
    with `enforce` false access rules do not apply. Raises ApiError and ValueError.
    """
    table = str(body.get("table", ""))
    user = person(service, str(body.get("as", "")))
    session = session_of(service.store, user, trusted=body.get("enforce") is False, on_form=True)
    if table not in service.schema:
        raise invalid_table(table)
    row = _write(service, session, table, body)
    files = [_attach(service, session, table, row, each) for each in body.get("attachments") or []]
    return {"record": service.store.row(table, row["sys_id"]) or {}, "attachments": files}


def asked(service: Service, body: dict[str, Any], deeds: Mapping[str, Deed]) -> tuple[Session, Deed]:
    """The session of the person `as`, and the deed that `do` names. Raises ValueError."""
    session = session_of(service.store, person(service, text_of(body, "as")), on_form=True)
    if (deed := text_of(body, "do")) not in deeds:
        raise ValueError(f"do is one of {', '.join(deeds)}")
    return session, deeds[deed]


def named(service: Service, table: str, what: str, name: str, *, by: str = "number") -> Row:
    """The record of this number, or what else `by` says, or sys_id. Raises ValueError."""
    rows = service.store.find(table, **{by: name}) or service.store.find(table, sys_id=name)
    if not rows:
        raise ValueError(f"there is no {what} {name!r}")
    return rows[0]


def decide(service: Service, session: Session, record: Row, body: dict[str, Any], *, state: str) -> Row:
    """Raises ValueError where this person is not asked."""
    row = approver_rows.decide(service, session, record["sys_id"], state, str(body.get("comments", "")))
    if row is None:
        raise ValueError(f"{session.user_name} is not asked to approve {record['number']}")
    return row


def _write(service: Service, session: Session, table: str, body: dict[str, Any]) -> Row:
    operation, sys_id = body.get("operation", "update"), str(body.get("sys_id", ""))
    given, displayed = body.get("values") or {}, bool(body.get("displayed"))
    values = service.incoming.raw(session, table, given, displayed=displayed, form=True)
    if operation == "insert":
        return permitted.create(service, session, table, values)
    row = permitted.visible(service, session, table, sys_id)
    if operation == "delete":
        permitted.delete(service, session, table, row)
        return row
    if operation != "update":
        raise ValueError("operation is insert, update or delete")
    return permitted.change(service, session, table, row, values)


def _attach(service: Service, session: Session, table: str, row: Row, file: dict[str, Any]) -> str:
    try:
        content = base64.b64decode(str(file.get("content", "")), validate=True)
    except binascii.Error as error:
        raise ValueError("content is base64") from error
    name, kind = str(file.get("name", "")), str(file.get("content_type", "application/octet-stream"))
    if not name:
        raise ApiError(400, "a file has a name")
    return store_upload(service, session, Upload(table, row["sys_id"], name, kind, BytesIO(content)))["sys_id"]
