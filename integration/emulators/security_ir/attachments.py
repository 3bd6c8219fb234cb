"""Files of cases: the two URL operations, what arrives through an upload URL, and the malware scan."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import conflict, invalid, not_found, over_quota
from .presigned import UPLOAD_HEADERS, S3Error, Ticket, path_of
from .records import Attachment

if TYPE_CHECKING:
    from pathlib import Path

    from .records import Caller, Case, Fields
    from .service import Service

PER_CASE = 50
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The text every scanner must call malware, in two pieces so that none calls this file so."""


@dataclass(slots=True)
class Intake:
    """Bytes on their way to a file: counted, hashed and scanned as they pass, never held together in memory."""

    path: Path
    size_bytes: int = 0
    infected: bool = False
    _tail: bytes = b""
    _hash: Any = field(default_factory=hashlib.sha256)

    def write(self, chunk: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(chunk)
        self.size_bytes += len(chunk)
        self._hash.update(chunk)
        window = self._tail + chunk
        self.infected = self.infected or EICAR in window
        self._tail = window[-len(EICAR) :]

    @property
    def sha256(self) -> str:
        return str(self._hash.hexdigest())


def get_case_attachment_upload_url(service: Service, caller: Caller, ask: Fields) -> Fields:
    case, name = service.case(ask["caseId"]), ask["fileName"]
    require_place(case, name)
    ticket = Ticket(case.case_id, service.uuid(), name, ask["contentLength"], caller.principal)
    service.tickets[ticket.attachment_id] = ticket
    if service.switches.attachment_listed_from == "url":
        case.attachments[ticket.attachment_id] = _listed(service, ticket)
    headers = dict(zip(UPLOAD_HEADERS, (str(ticket.size_bytes), "application/octet-stream", "*"), strict=True))
    path = path_of(case.case_id, ticket.attachment_id, name)
    expiry_s = service.switches.upload_url_expiry_s
    return {"attachmentPresignedUrl": service.signer.url(caller.base_url, "PUT", path, headers, expiry_s)}


def require_place(case: Case, name: str) -> None:
    if any(each.file_name == name for each in case.attachments.values()):
        raise conflict("Check that the attachment file names of the case are unique", case.case_id, "Case")
    if len(case.attachments) >= PER_CASE:
        raise over_quota(f"A case holds at most {PER_CASE} attachments", case.case_id, "Case")


def _listed(service: Service, ticket: Ticket) -> Attachment:
    return Attachment(ticket.attachment_id, ticket.file_name, ticket.creator, service.clock())


def get_case_attachment_download_url(service: Service, caller: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    attachment = _attachment(case, ask["attachmentId"])
    if attachment.status == "Pending":
        raise invalid("The attachment is still pending")
    if attachment.status == "Failed":
        raise invalid("The attachment failed its scan and cannot be downloaded")
    path = path_of(case.case_id, attachment.attachment_id, attachment.file_name)
    expiry_s = service.switches.download_url_expiry_s
    return {"attachmentPresignedUrl": service.signer.url(caller.base_url, "GET", path, {}, expiry_s)}


def _attachment(case: Case, attachment_id: str) -> Attachment:
    """Ids compare without case, as the API's pattern allows both."""
    if attachment_id.upper() not in case.attachments:
        raise not_found(f"Attachment {attachment_id} was not found")
    return case.attachments[attachment_id.upper()]


def find(service: Service, case_id: str, attachment_id: str) -> Attachment:
    """Raises ApiError ResourceNotFoundException."""
    return _attachment(service.case(case_id), attachment_id)


def require_unused(service: Service, attachment_id: str) -> Ticket:
    """The ticket of an upload URL nobody has used. Raises S3Error, 412 as `If-None-Match: *` asks for."""
    ticket = service.tickets.get(attachment_id)
    if ticket is None:
        raise S3Error(404, "NoSuchBucket", "The upload URL is of another time")
    case = service.case(ticket.case_id)
    stored = [each for each in case.attachments.values() if each.path is not None]
    if any(each.attachment_id == attachment_id or each.file_name == ticket.file_name for each in stored):
        raise S3Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
    return ticket


def store(service: Service, ticket: Ticket, intake: Intake) -> None:
    """Turn a finished intake into an attachment that waits for its scan. Raises S3Error where another was faster."""
    require_unused(service, ticket.attachment_id)
    case = service.case(ticket.case_id)
    if ticket.attachment_id not in case.attachments and len(case.attachments) >= PER_CASE:
        raise S3Error(403, "AccessDenied", "The case holds no more attachments")
    attachment = case.attachments.setdefault(ticket.attachment_id, _listed(service, ticket))
    attachment.path = intake.path
    attachment.size_bytes, attachment.sha256, attachment.infected = intake.size_bytes, intake.sha256, intake.infected
    caller = service.caller(ticket.creator)
    service.record(case, caller, "AttachmentUploaded", "Added an attachment", attachmentId=ticket.attachment_id)
    if service.switches.scan_delay_s is not None:
        attachment.scan_due = service.clock() + service.switches.scan_delay_s
        settle_scans(service)


def settle_scans(service: Service) -> None:
    """End every scan whose time has come."""
    now = service.clock()
    for case in service.cases.values():
        for attachment in case.attachments.values():
            if attachment.status == "Pending" and attachment.scan_due is not None and attachment.scan_due <= now:
                finish_scan(service, case, attachment)


def finish_scan(service: Service, case: Case, attachment: Attachment, status: str | None = None) -> None:
    """`status` None lets the content decide."""
    attachment.status = status or ("Failed" if attachment.infected else "Verified")
    attachment.scan_due = None
    ids = {"attachmentId": attachment.attachment_id, "status": attachment.status}
    service.record(case, service.system, "AttachmentScanned", f"Scan of an attachment: {attachment.status}", **ids)


def scans_run(service: Service) -> bool:
    return any(
        each.status == "Pending" and each.scan_due is not None
        for case in service.cases.values()
        for each in case.attachments.values()
    )
