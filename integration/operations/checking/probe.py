"""Makes one record, writes it, reads it back and removes it, to check what the roles permit.

The record carries as `correlation_id` a case that cannot exist, so that no deployment makes a case of it. Where the
user may not delete it is cancelled, and found there it is not made again unless asked for.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from integration.clients.errors import Refused, RemoteError
from integration.clients.servicenow.attachment import Attachments
from integration.clients.servicenow.journal import Journal
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.module import Module
from integration.names import PROBE_MARK
from integration.operations.checking import event
from integration.operations.checking.queries import zone
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn
from integration.operations.terminal.output import command
from servicenow_setup.roles import roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record
    from integration.operations.checking.event import Listening
    from mappers.mapping_rules import MappingRules

TITLE = "Test record of the AWS Security Incident Response integration; it may be deleted"
NOTE = "Test of the AWS Security Incident Response integration"
FILE_NAME, CONTENT = "aws-integration-test.txt", b"test"
COLUMNS = ("number", "state", "short_description", "correlation_id", "correlation_display", "sys_created_on")
CANCELLED = {Module.ITSM: "8", Module.IR: "7"}
DISPLAYED = ("comments", "work_notes", "comments_and_work_notes")
READS_ROWS = (
    "Nothing must be done. For user names instead, give the role audit_viewer, or a read access rule of"
    " sys_journal_field; by default only administrators read it."
)
PATIENCE_S, PAUSE_S = 5.0, 0.5
"""Journal rows appear a moment after the write."""


def probe(http: Http, rules: MappingRules, *, again: bool = False, ear: Listening | None = None) -> Iterator[Verdict]:
    """Says what it does, does it, and always tries to clean up. `again`: although a former record is still there.

    `ear` waits for the event of what is written.
    """
    table = Table(http)
    needed = ", ".join(roles(rules.table, "update-set", optional=False))
    try:
        left, cancelled = _left(table, rules)
        if cancelled and not left and not again:
            told = f"tried on {cancelled.value('sys_created_on')}, {cancelled.value('number')}; --probe tries again"
            yield skip("write", told)
            yield _journal(http, rules, cancelled.sys_id, NOTE, needed)
            yield from _noted(table, rules, cancelled.sys_id, ear)
            return
        record = left or _made(table, rules)
    except Refused as error:
        said = f": {error.reason}" if error.reason else ""
        fix = f"Give it {needed}; columns the instance demands go into [creation.incident] of the mapping file."
        yield fail("write", f"no {rules.table} can be created{said}", fix)
        return
    except RemoteError as error:
        yield fail("write", f"no {rules.table} can be created: {error}", f"Give the integration user {needed}.")
        return
    try:
        yield _stored(record, rules, needed)
        yield zone(http, rules.table, record)
        yield from _written(http, table, rules, record, needed)
        yield _attached(http, rules, record)
        yield from _heard(ear, record.sys_id)
    finally:
        cleaned = _cleaned(table, rules, record)
    yield cleaned


def travels(http: Http, rules: MappingRules, ear: Listening) -> Iterator[Verdict]:
    """Only the event, of a former probe's record if there is one."""
    table = Table(http)
    try:
        left, cancelled = _left(table, rules)
        if cancelled and not left:
            yield from _noted(table, rules, cancelled.sys_id, ear)
            return
        record = left or _made(table, rules)
        if left:
            table.update(rules.table, left.sys_id, {rules.comments.case_comments_to: NOTE}, ["sys_mod_count"])
    except RemoteError as error:
        yield fail(event.SUBJECT, f"no test record can be written: {error}", command("check"))
        return
    try:
        yield from _heard(ear, record.sys_id)
    finally:
        cleaned = _cleaned(table, rules, record)
    yield cleaned


def _noted(table: Table, rules: MappingRules, sys_id: str, ear: Listening | None) -> Iterator[Verdict]:
    """A closed record takes notes, and its rule tells of them."""
    if ear is None:
        return
    try:
        table.update(rules.table, sys_id, {rules.comments.case_comments_to: NOTE}, ["sys_mod_count"])
    except RemoteError as error:
        yield fail(event.SUBJECT, f"the former test record takes no note: {error}", command("check", "", "--probe"))
        return
    yield from _heard(ear, sys_id)


def _heard(ear: Listening | None, sys_id: str) -> Iterator[Verdict]:
    if ear is None:
        return
    try:
        yield ear.heard(sys_id)
    except RemoteError as error:
        yield fail(event.SUBJECT, str(error), "Allow dynamodb:GetItem on the table.")


def _left(table: Table, rules: MappingRules) -> tuple[Record | None, Record | None]:
    """A former probe's record that is still open, since it died, and one that was cancelled."""
    found = table.query(rules.table, Query().equals("correlation_id", PROBE_MARK), COLUMNS)
    state = CANCELLED[rules.module]
    is_open = [record for record in found if record.value("state") != state]
    cancelled = [record for record in found if record.value("state") == state]
    return next(iter(is_open), None), next(iter(cancelled), None)


def _made(table: Table, rules: MappingRules) -> Record:
    values = dict(rules.creation.incident) | {
        "short_description": TITLE,
        "correlation_id": PROBE_MARK,
        "correlation_display": "aws-servicenow-integrations check",
    }
    return table.create(rules.table, values, COLUMNS)


def _stored(record: Record, rules: MappingRules, needed: str) -> Verdict:
    """A 201 proves little: columns this user may not write are dropped without a word."""
    wanted = {"short_description": TITLE, "correlation_id": PROBE_MARK}
    lost = [name for name, value in wanted.items() if record.get(name, "") != value]
    if lost:
        told = f"the instance drops {', '.join(lost)} of {rules.table} without a word"
        return fail("write", told, f"Let the integration user write it ({needed}).")
    return ok("write", f"creates {rules.table}; test record {record.get('number', record.sys_id)}")


def _written(http: Http, table: Table, rules: MappingRules, record: Record, needed: str) -> Iterator[Verdict]:
    """A note is appended, and must be found in the journal again."""
    text = f"{NOTE} {int(time.time())}"
    element = rules.comments.case_comments_to
    try:
        table.update(rules.table, record.sys_id, {element: text}, ["sys_mod_count"])
    except RemoteError as error:
        yield fail("update", f"{rules.table} cannot be changed: {error}", "See the roles in docs/servicenow-setup.md.")
        return
    yield ok("update", f"changes {rules.table}")
    yield _journal(http, rules, record.sys_id, text, needed)


def _journal(http: Http, rules: MappingRules, sys_id: str, text: str, needed: str) -> Verdict:
    """By both roads, its row and the record's own display; also of a former probe's note, so that a journal hidden
    since is noticed.
    """
    element = rules.comments.case_comments_to
    try:
        if _seen(http, rules, sys_id, text):
            return ok("journal", f"{element} are written and found again, each entry in its row")
        hidden = "its row is not found in sys_journal_field"
    except RemoteError as error:
        hidden = str(error)
    try:
        shown = Table(http).get(rules.table, sys_id, DISPLAYED)
    except RemoteError as error:
        return fail("journal", str(error), f"Let the integration user read {element} of {rules.table}.")
    if shown and any(text in shown.labels.get(column, "") for column in DISPLAYED):
        told = f"{element} are read from the record's display, where authors are display names: {hidden}"
        return warn("journal", told, READS_ROWS)
    told = f"a note written to {element} is found by neither road: it was dropped, or the journal is hidden ({hidden})"
    return fail("journal", told, f"Let the integration user write and read {element} of {rules.table} ({needed}).")


def _seen(http: Http, rules: MappingRules, sys_id: str, text: str) -> bool:
    until = time.monotonic() + PATIENCE_S
    while True:
        if any(text in entry.get("value", "") for entry in Journal(http).entries(rules.table, sys_id)):
            return True
        if time.monotonic() > until:
            return False
        time.sleep(PAUSE_S)


def _attached(http: Http, rules: MappingRules, record: Record) -> Verdict:
    files, subject = Attachments(http), "attach"
    try:
        made = files.upload(rules.table, record.sys_id, FILE_NAME, "text/plain", [CONTENT], len(CONTENT))
        with files.download(made.sys_id) as content:
            same = b"".join(content.iter()) == CONTENT
        gone = files.delete(made.sys_id)
    except RemoteError as error:
        return fail(subject, f"no file can be attached and read again: {error}", "See attachment properties and ACLs.")
    if not same:
        return fail(subject, "a file comes back changed", "Look for what rewrites attachments in the instance.")
    if not gone:
        return warn(subject, "attaches and reads files; the test file could not be taken away again")
    return ok(subject, "attaches, reads and deletes files")


def _cleaned(table: Table, rules: MappingRules, record: Record) -> Verdict:
    subject, name = "cleaned up", record.get("number", record.sys_id)
    try:
        if table.delete(rules.table, record.sys_id):
            return ok(subject, f"{name} is deleted")
    except RemoteError:
        pass  # few roles may delete; cancelling is what remains
    state = CANCELLED[rules.module]
    try:
        after = table.update(rules.table, record.sys_id, {"state": state}, ["state"])
    except RemoteError as error:
        return warn(subject, f"{name} remains, {error}", f"Delete {name}; the next check uses it again otherwise.")
    if after.get("state") != state:
        return warn(subject, f"{name} remains open", f"Delete {name}; the next check uses it again otherwise.")
    return ok(subject, f"{name} remains, cancelled: this user may not delete")
