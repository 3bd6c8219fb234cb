"""Carrying planned files over, streamed, so that size costs time and no memory; each goes whole or not at all.

One by one: the attempt is counted in the ledger first, then the upload, then the row. A successor finds an upload whose
row is missing by its name on AWS, which holds the sys_id, among our own; in ServiceNow by its name among our own, and
where the ledger is lost by its content too.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from integration.cases.apply.notes import say
from integration.cases.apply.refusals import guarded
from integration.cases.apply.writer import token
from integration.cases.link import INCIDENT
from integration.cases.plan.attachments import MIB, block_of, on_case
from integration.cases.plan.note import Note
from integration.clients.errors import Unavailable
from mappers import notes
from mappers.attachments import case_file_name, incident_file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from integration.cases.apply.writer import Writer
    from integration.cases.plan.attachments import FilePlan
    from integration.cases.ports import Content, LedgerRow
    from integration.model import CaseAttachment, IncidentAttachment


class Checked:
    """A download that gives its last chunk only if the whole has the hash ServiceNow states: otherwise the upload stays
    incomplete, and nothing wrong is ever stored.
    """

    def __init__(self, content: Content, file: IncidentAttachment) -> None:
        self._content, self._sha256 = content, file.sha256
        self.size: int | None = file.size_bytes

    def iter(self) -> Iterator[bytes]:
        seen, held = hashlib.sha256(), b""
        for chunk in self._content.iter():
            if held:
                yield held
            seen.update(chunk)
            held = chunk
        if self._sha256 and seen.hexdigest() != self._sha256:
            raise Unavailable("servicenow", "a download does not have the hash its attachment states")
        yield held


def carry_to_case(writer: Writer, plan: FilePlan, *, alone: bool) -> None:
    """Before the case may be closed. Only the case's own list says which ids the files got: asked here where they go
    `alone`; else the next run asks, since an upload takes its time, and what else was read is old by then.
    """
    sent = [
        (file, begun)
        for file, row in plan.to_case
        if (begun := guarded(writer, *block_of(file), partial(_to_case, writer, file, row)))
    ]
    writer.again = writer.again or (bool(sent) and not (alone and _listed(writer, sent)))


def _listed(writer: Writer, sent: Sequence[tuple[IncidentAttachment, LedgerRow]]) -> bool:
    """Record the ids; whether the case lists all of these files."""
    case = writer.core.cases.read(writer.link.case_id, comments=False)
    for file, row in sent:
        there = on_case(file, row, case, writer.core.cases.own) if case else None
        if there is None:
            return False
        writer.record(replace(row, peers=(there.attachment_id,)))
        writer.uploaded.append(there)
    return True


def _to_case(writer: Writer, file: IncidentAttachment, row: LedgerRow) -> LedgerRow:
    """Dies after the upload: the name, made from the sys_id and the attempt, is found on the case."""
    name = case_file_name(file, row.attempts)
    begun = replace(row, attempts=row.attempts + 1)
    writer.rows.append(begun)
    writer.store()
    with writer.core.incidents.download(file.sys_id) as content:
        whole = Checked(content, file)
        cause = token("file", file.sys_id, row.attempts)
        writer.core.cases.upload(writer.link.case_id, name, whole, file.size_bytes, cause)
    writer.carried("attachment → case", begun)
    return begun


def carry_to_incident(writer: Writer, plan: FilePlan) -> None:
    """Files above the limit become a note."""
    for file, row, alike in plan.to_incident:
        carry = partial(_to_incident, writer, file, row)
        carry = partial(_learn_copy, writer, file, row, alike, carry) if alike else carry
        guarded(writer, *block_of(file), carry)


def _learn_copy(
    writer: Writer, file: CaseAttachment, row: LedgerRow, alike: Sequence[IncidentAttachment], carry: Callable[[], None]
) -> None:
    """The table was lost: one of ours of this name is the copy if its content is. Else somebody works as our user."""
    with writer.core.cases.download(writer.link.case_id, file.attachment_id) as content:
        whole = hashlib.sha256()
        for chunk in content.iter():
            whole.update(chunk)
    copy = next((there for there in alike if there.sha256 == whole.hexdigest()), None)
    if copy:
        writer.record(replace(row, peers=(copy.sys_id,)))
        return
    carry()
    writer.again = True  # now that this one has its copy, theirs goes to the case


def _to_incident(writer: Writer, file: CaseAttachment, row: LedgerRow) -> None:
    """Dies after the upload: found under its name among our own attachments that no row claims."""
    writer.count_attempt(replace(row, attempts=row.attempts + 1))
    with writer.core.cases.download(writer.link.case_id, file.attachment_id) as content:
        if content.size is not None and content.size > writer.core.rules.attachments.max_mb * MIB:
            kind, ref, text = notes.too_large(file.file_name, content.size, "", "AWS", file.attachment_id)
            say(writer, Note(INCIDENT, kind, ref, text))
            writer.rows.append(replace(row, why=kind))
            return
        sys_id = writer.core.incidents.upload(writer.link.sys_id, incident_file_name(file), content, content.size)
    uploaded = replace(row, peers=(sys_id,), attempts=row.attempts + 1)
    writer.carried("attachment → incident", uploaded)
    writer.record(uploaded)
