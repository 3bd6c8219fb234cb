"""Makes one inactive record of each table the set-up writes, reads it back and deletes it, before a deployment.

Documented roles may be too few on an instance whose access rules are older or stricter; a column may hold fewer
characters than is documented. What a former run left is taken away first.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn
from servicenow_setup.actual import AUTOMATIC_NAME
from servicenow_setup.apply import create
from servicenow_setup.credential import TABLE as CREDENTIALS
from servicenow_setup.credential import write_encrypted
from servicenow_setup.desired import MESSAGE, Wanted, desired
from servicenow_setup.errors import Declined, MissingRole, NotEncrypted, SetupError
from servicenow_setup.settings import SetupSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integration.clients.servicenow.http import Http

PREFIX = "awscheck00"
"""As long as the id of a REST API, so that names have their real lengths."""
ENCRYPTION, CLEANED = "encrypted write", "set-up records"
LATER = "sys_script_include"
WITHOUT_INCLUDE = "the shared code then stands in each rule"


def subject_of(table: str) -> str:
    return f"set-up {table}"


@dataclass
class Trial:
    """`made`: what stands in the instance because of us, by kind."""

    http: Http
    table: Table
    made: dict[str, tuple[Wanted, str]]

    def records(self, wanted: Iterable[Wanted]) -> Iterator[Verdict]:
        for record in wanted:
            yield self._tried(record)
            if record.table == CREDENTIALS and record.kind in self.made:
                yield self._encrypted(self.made[record.kind][1])

    def _tried(self, record: Wanted) -> Verdict:
        subject = subject_of(record.table)
        lacking = [kind for kind in record.parents.values() if kind not in self.made]
        if lacking:
            return skip(subject, f"not tried: it belongs to a {lacking[0]}, which could not be made")
        parents = {column: self.made[kind][1] for column, kind in record.parents.items()}
        try:
            sys_id = create(self.table, record, {**record.values, **parents})
        except (SetupError, RemoteError) as error:
            _drop_automatic(self.table, record, record.sys_id)
            return _refused(subject, record, error)
        _drop_automatic(self.table, record, sys_id)
        self.made[record.kind] = (record, sys_id)
        return ok(subject, f"{record.name!r} is created and reads back as written")

    def _encrypted(self, sys_id: str) -> Verdict:
        try:
            write_encrypted(self.table, sys_id, PREFIX, secrets.token_urlsafe(32))
        except (SetupError, RemoteError) as error:
            told, _, fix = str(error).partition(". ")
            if isinstance(error, NotEncrypted):
                told = "the instance keeps no password that is written over REST encrypted"
            return fail(ENCRYPTION, told, fix or "See docs/servicenow-setup.md.")
        return ok(ENCRYPTION, "a password is stored, and not in clear")

    def cleaned(self) -> Verdict:
        """Children before parents. What the instance does not let go is named with a link."""
        left = [
            link(self.http, each.table, sys_id)
            for each, sys_id in reversed(self.made.values())
            if self._stays(each, sys_id)
        ]
        if left:
            return warn(CLEANED, f"{len(left)} inactive records could not be deleted", f"Delete {' '.join(left)}")
        return ok(CLEANED, f"{len(self.made)} inactive test records were made and deleted")

    def _stays(self, record: Wanted, sys_id: str) -> bool:
        try:
            self.table.delete(record.table, sys_id)
            return self.table.get(record.table, sys_id, ["sys_id"]) is not None
        except RemoteError:
            return True


def setup_tables(http: Http, module_table: str, user_sys_id: str, way: str) -> Iterator[Verdict]:
    """`way`: of the set-up. An update set leaves the credential alone to us."""
    every = samples(_settings(module_table, user_sys_id))
    wanted = [record for record in every if way == "rest" or record.table == CREDENTIALS]
    table = Table(http)
    for record in reversed(wanted):
        _take_away(table, record)
    trial = Trial(http, table, {})
    try:
        yield from trial.records(wanted)
    finally:
        cleaned = trial.cleaned()
    yield cleaned


def still_open(http: Http, module_table: str, user_sys_id: str) -> list[str]:
    """Tables of the set-up that take an inactive record of this user. Each record is deleted at once."""
    table, taken = Table(http), set()
    for record in samples(_settings(module_table, user_sys_id)):
        if record.parents or record.table == CREDENTIALS:
            continue
        with suppress(MissingRole, Declined):
            create(table, record, record.values)
            taken.add(record.table)
        _take_away(table, record)
    return sorted(taken)


def _settings(module_table: str, user_sys_id: str) -> SetupSettings:
    return SetupSettings(
        prefix=PREFIX, owner="check", table=module_table, user_sys_id=user_sys_id,
        webhook_url=f"https://{PREFIX}.execute-api.ap-southeast-4.amazonaws.com/prod/webhook",
    )  # fmt: skip


def samples(settings: SetupSettings) -> Iterator[Wanted]:
    """The first of each table, and of the rules one of each moment; none of them active."""
    seen = set()
    for record in desired(settings).records:
        values = record.values
        kind = (record.table, values["when"] if record.table == "sys_script" else "")
        if kind not in seen:
            seen.add(kind)
            active = {"active": "false"} if "active" in values else {}
            yield replace(record, values={**values, **active})


def link(http: Http, table: str, sys_id: str) -> str:
    return f"{http.base_url}/nav_to.do?uri={table}.do?sys_id={sys_id}"


def _drop_automatic(table: Table, record: Wanted, sys_id: str) -> None:
    """The GET function that an instance makes by itself with every REST message."""
    if record.kind != MESSAGE:
        return
    asked = Query().equals("rest_message", sys_id).equals("function_name", AUTOMATIC_NAME)
    with suppress(RemoteError):
        for found in table.query("sys_rest_message_fn", asked, ["function_name"]):
            table.delete("sys_rest_message_fn", found.sys_id)


def _take_away(table: Table, record: Wanted) -> None:
    """By the sys_id we ask for, and by name where the instance gave another. What is refused, its creation tells."""
    _drop_automatic(table, record, record.sys_id)
    with suppress(RemoteError):
        table.delete(record.table, record.sys_id)
        if PREFIX in record.name:
            for found in table.query(record.table, Query().equals("name", record.name), ["name"], limit=5):
                table.delete(record.table, found.sys_id)


def _refused(subject: str, record: Wanted, error: Exception) -> Verdict:
    """`SetupError` says what was refused and, behind the first sentence, what mends it."""
    told, _, fix = str(error).partition(". ")
    without = record.without or (WITHOUT_INCLUDE if record.table == LATER else "")
    if without:
        return warn(subject, f"{told}; {without}", fix)
    return fail(subject, told, fix or "See docs/servicenow-setup.md.")
