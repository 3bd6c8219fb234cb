"""`/api/now/attachment`: files of records, streamed to and from disk."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from python_multipart import parse_form

from . import permitted
from .errors import ApiError, acl_failed, invalid_table, missing_parameter, no_record
from .exchange import Request, Response, json_response, only
from .session import SYSTEM
from .table_api import Call, asked_query, check_accept, page, read_json

if TYPE_CHECKING:
    from pathlib import Path

    from .service import Service
    from .session import Session
    from .store import Row

TABLE = "sys_attachment"
DEFAULT_LIMIT = 1000
MAX_SIZE, EXTENSIONS = "com.glide.attachment.max_size", "glide.attachment.extensions"
_SHOWN = (
    "size_bytes", "file_name", "sys_mod_count", "average_image_color", "image_width", "image_height", "sys_created_on",
    "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_tags", "table_name", "sys_id", "content_type",
    "size_compressed", "compressed", "state", "table_sys_id", "chunk_size_bytes", "hash",
)  # fmt: skip
_PIECE = 64 * 1024


@dataclass(frozen=True)
class Upload:
    """A file on its way in; `content` is read once."""

    table: str
    table_sys_id: str
    file_name: str
    content_type: str
    content: IO[bytes]


def collection(call: Call) -> Response:
    check_accept(call.request)
    only(call.request, "GET")
    session, access = call.session, call.service.access
    found, headers = page(call, call.service.search(session, TABLE, asked_query(call, TABLE)), DEFAULT_LIMIT)
    shown = [metadata(row, call.base) for row in found if access.sees(session, TABLE, row)]
    return json_response({"result": shown}, headers=headers)


def file_upload(call: Call) -> Response:
    """POST of raw bytes; table, record and name stand in the query."""
    only(call.request, "POST")
    for name in ("table_name", "table_sys_id", "file_name"):
        if not call.request.parameter(name):
            raise missing_parameter(name)
    if not call.request.headers.get("content-type"):
        raise ApiError(415, "Unsupported request media type")
    parameter = call.request.parameter
    return _created(call, Upload(
        parameter("table_name"), parameter("table_sys_id"), parameter("file_name"),
        call.request.headers["content-type"], call.request.body,
    ))  # fmt: skip


def multipart_upload(call: Call) -> Response:
    """POST of a form; `table_name` and `table_sys_id` stand before the file."""
    only(call.request, "POST")
    uploads = _form_files(call.request)
    try:
        if not uploads or not uploads[0].table or not uploads[0].table_sys_id:
            raise missing_parameter("table_name")
        return _created(call, uploads[0])
    finally:
        for upload in uploads:
            upload.content.close()


def _form_files(request: Request) -> list[Upload]:
    """The files of a form, each with the place that the fields before it name. Raises ApiError."""
    fields: dict[str, str] = {}
    uploads: list[Upload] = []

    def on_field(field: Any) -> None:
        fields[field.field_name.decode()] = (field.value or b"").decode()

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        kind = file.content_type or "application/octet-stream"
        place = fields.get("table_name", ""), fields.get("table_sys_id", "")
        uploads.append(Upload(*place, (file.file_name or b"").decode(), kind, file.file_object))

    headers = {"Content-Type": request.headers.get("content-type", "").encode()}
    try:
        parse_form(headers, request.body, on_field, on_file)
    except ValueError as error:  # FormParserError and its kin
        raise ApiError(400, "The multipart body cannot be read") from error
    return uploads


def record(call: Call, sys_id: str) -> Response:
    only(call.request, "GET", "DELETE", "PATCH")
    service, session = call.service, call.session
    row = permitted.visible(service, session, TABLE, sys_id)
    if call.request.method == "GET":
        return json_response({"result": metadata(row, call.base)})
    if call.request.method == "DELETE":
        permitted.delete(service, session, TABLE, row)
    else:
        if not service.access.may_write(session, TABLE, row):
            raise acl_failed("Update")
        name = read_json(call.request).get("file_name")
        if not isinstance(name, str) or not name:
            raise missing_parameter("file_name")
        service.writes.update(session, TABLE, sys_id, {"file_name": name})
    return Response(204)


def download(call: Call, sys_id: str) -> Response:
    only(call.request, "GET")
    row = permitted.visible(call.service, call.session, TABLE, sys_id)
    path = call.service.file_of(sys_id)
    if not path.is_file():
        raise no_record()
    described = json.dumps(metadata(row, call.base))
    headers = {"Content-Type": row["content_type"] or "application/octet-stream", "X-Attachment-Metadata": described}
    return Response(200, b"", headers, path)


def metadata(row: Row, base: str) -> dict[str, str]:
    """All values are strings."""
    shown = {name: row.get(name, "") for name in _SHOWN}
    return {**shown, "download_link": f"{base}/attachment/{row['sys_id']}/file"}


def store_upload(service: Service, session: Session, upload: Upload) -> Row:
    """The new sys_attachment row, `pending` until its content is ready.

    Raises ApiError for size and extension, and where the record may not be written.
    """
    if not service.access.may_create(session, TABLE, {"table_name": upload.table, "table_sys_id": upload.table_sys_id}):
        raise acl_failed("Insert")
    sys_id = service.new_id()
    path = service.file_of(sys_id)
    try:
        size, digest = _save(upload.content, path)
        _check_limits(service, upload.file_name, size)
        row = service.writes.insert(session, TABLE, {
            "sys_id": sys_id, "file_name": upload.file_name, "content_type": upload.content_type,
            "table_name": upload.table, "table_sys_id": upload.table_sys_id, "size_bytes": str(size),
            "size_compressed": str(size), "compressed": "true", "chunk_size_bytes": "700000", "hash": digest,
            "state": "pending",
        })  # fmt: skip
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if row["sys_id"] != sys_id:  # the instance chose its own
        path.rename(service.file_of(row["sys_id"]))
    _settle(service, session, row)
    return row


def _settle(service: Service, session: Session, row: Row) -> None:
    """Makes the file available: at once, or after the set delay by an update of `system`, for which rules run.

    As recorded: rapid7/insightconnect-plugins, plugins/servicenow/unit_test/payloads/
    get_attachment_by_table_sys_id_many.json.resp.
    """
    sys_id, available = row["sys_id"], {"state": "available"}

    def update() -> None:
        with suppress(ApiError):  # deleted meanwhile
            service.writes.update(SYSTEM, TABLE, sys_id, available)

    delay = service.switches.attachment_state_delay_s
    if delay:
        service.jobs.later(delay, update)
    else:
        service.store.change(TABLE, sys_id, available, service.clock.stamp(), "system")
    if service.switches.attachment_bumps_parent:
        _bump(service, session, row)


def _bump(service: Service, session: Session, row: Row) -> None:
    table, sys_id, now = row["table_name"], row["table_sys_id"], service.clock.stamp()
    with service.store.lock:
        parent = service.store.row(table, sys_id)
        if parent is not None:
            count = str(int(parent.get("sys_mod_count") or 0) + 1)
            values = {"sys_updated_on": now, "sys_updated_by": session.user_name, "sys_mod_count": count}
            service.store.change(table, sys_id, values, now, session.user_name)


def _created(call: Call, upload: Upload) -> Response:
    service, session = call.service, call.session
    if upload.table not in service.schema:
        raise invalid_table(upload.table)
    permitted.visible(service, session, upload.table, upload.table_sys_id)
    row = store_upload(service, session, upload)
    location = f"{call.base}/attachment/{row['sys_id']}"
    return json_response({"result": metadata(row, call.base)}, 201, {"Location": location})


def _save(content: IO[bytes], path: Path) -> tuple[int, str]:
    """Size and SHA-256 (hex) of what was written."""
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, _PIECE)
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _check_limits(service: Service, file_name: str, size: int) -> None:
    """Which status and text a real instance answers is not known; both are switches."""
    limit_mb = int(service.settings.property(MAX_SIZE) or 1024)
    allowed = [
        each.strip().lower() for each in (service.settings.property(EXTENSIONS) or "").split(",") if each.strip()
    ]
    extension = file_name.rpartition(".")[2].lower()
    switches = service.switches
    if size > limit_mb * 1024 * 1024:
        detail = f"File exceeds the maximum of {limit_mb} MB"
        raise ApiError(switches.attachment_refusal_status, switches.attachment_refusal_message, detail)
    if allowed and extension not in allowed:
        detail = f"Files of the type {extension} are not allowed"
        raise ApiError(switches.attachment_refusal_status, switches.attachment_refusal_message, detail)
