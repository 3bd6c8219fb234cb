"""Writes records: defaults, numbers, rules, engines, data policies, journals, and the change itself.

A write happens in one lock (the record and its journal entries are seen together), which is never held while a rule
runs. Two writers of one record do not undo each other: only changed columns are written, as an instance does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import catalog_rules, catalog_variables, change_rules, task_engines
from .errors import ApiError, insert_failed, no_record, policy_failed
from .lengths import ENFORCED_TO, PUBLISHED
from .query import parse
from .schema import SECRETS
from .side_effects import after_delete, after_insert, on_insert
from .store import Duplicate, Missing
from .write import NO_RULES, Stack, Write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .schema import Column
    from .service import Service
    from .session import Session
    from .store import Row

_AUDIT = frozenset({"sys_updated_on", "sys_updated_by", "sys_mod_count", "sys_created_on", "sys_created_by", "sys_id"})


class Writes:
    """Values are raw and belong to columns that exist; access rules are the caller's business."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def insert(
        self, session: Session, table: str, values: Mapping[str, str], *, stack: Stack = NO_RULES,
        variables: Row | None = None,
    ) -> Row:  # fmt: skip
        """The stored row. Raises ApiError (policy, abort, a sys_id that is taken)."""
        write = Write(table, "insert", self._draft(session, table, values), None, session, stack, variables)
        self._prepare(write)
        row = self._store_new(write)
        after_insert(self._service, session, table, row)
        self._finish(write, row)
        return row

    def update(
        self, session: Session, table: str, sys_id: str, values: Mapping[str, str], *, stack: Stack = NO_RULES
    ) -> Row:
        """The stored row; without an effective change it stays as it was, and no rule runs after it."""
        previous = self._service.store.row(table, sys_id)
        if previous is None:
            raise no_record()
        home = self._service.store.class_of(table, sys_id)
        current = {**previous, **self.fitted(home, values), "sys_id": sys_id}
        write = Write(home, "update", current, previous, session, stack)
        self._prepare(write)
        row = self._store_changes(write, previous)
        if row is not previous:
            self._finish(write, row)
        return row

    def delete(self, session: Session, table: str, sys_id: str, *, stack: Stack = NO_RULES) -> None:
        """Takes the record's attachments and journal with it. Raises ApiError."""
        store = self._service.store
        row = store.row(table, sys_id)
        if row is None:
            raise no_record()
        write = Write(store.class_of(table, sys_id), "delete", dict(row), row, session, stack)
        rules = self._service.rules
        rules.before(write, late=False)
        rules.before(write, late=True)
        self._remove(write)
        after_delete(self._service, write.table, row)
        self._finish(write, row)
        for attachment in store.find("sys_attachment", table_sys_id=sys_id, table_name=write.table):
            self.delete(session, "sys_attachment", attachment["sys_id"], stack=stack)

    def _draft(self, session: Session, table: str, values: Mapping[str, str]) -> Row:
        columns, now = self._service.schema.columns(table), self._service.clock.stamp()
        row = {name: column.default for name, column in columns.items()}
        row |= {"sys_created_on": now, "sys_created_by": session.user_name}
        row |= self.fitted(table, values)
        honoured = values.get("sys_id") if self._service.switches.honour_client_sys_id else ""
        row["sys_id"] = honoured or self._service.new_id()
        system = {"sys_updated_on": now, "sys_updated_by": session.user_name, "sys_mod_count": "0"}
        row |= {name: value for name, value in system.items() if name in columns}
        if self._service.schema.tables[table].prefix:
            row["number"] = row.get("number") or self._service.store.next_number(table)
            row["sys_class_name"] = table
            row["opened_at"] = row["opened_at"] or row["sys_created_on"]
            row["opened_by"] = row["opened_by"] or session.user_id
            row["task_effective_number"] = row["number"]
        on_insert(table, row)
        return row

    def fitted(self, table: str, values: Mapping[str, str]) -> Row:
        """Cut to the columns' lengths, as the database does without a word."""
        columns = self._service.schema.columns(table)
        return {name: value[: self._limit(table, columns[name])] for name, value in values.items()}

    def _limit(self, table: str, column: Column) -> int | None:
        """None where nothing is cut: ciphers, whose column holds what is encrypted, and columns without a length."""
        switches = self._service.switches
        if column.type in SECRETS:
            return None
        if column.is_journal:
            return switches.journal_max_chars or None
        names = [f"{each}.{column.name}" for each in self._service.schema.lineage(table)]
        switched = next((switches.column_lengths[name] for name in names if name in switches.column_lengths), None)
        if switched is not None:
            return switched or None
        known = switches.assumed_lengths or any(name in PUBLISHED for name in names)
        enforced = switches.long_columns_cut or column.max_length <= ENFORCED_TO
        return (column.max_length or None) if known and enforced else None

    def _prepare(self, write: Write) -> None:
        """Rules and engines before the write. Raises ApiError, and then nothing is written."""
        rules = self._service.rules
        try:
            if write.table == "sys_script":
                rules.check_scope(write)
            rules.before(write, late=False)
            task_engines.apply(write, self._service.switches, self._service.clock.stamp())
            change_rules.apply(self._service, write)
            catalog_rules.apply(self._service, write)
            self._check_policies(write)
            rules.before(write, late=True)
        except ApiError:
            if self._service.switches.async_survives_abort:
                rules.queue(rules.waiting(write))
            raise

    def _check_policies(self, write: Write) -> None:
        service = self._service
        columns = service.schema.columns(write.table)
        missing: list[str] = []
        for policy in service.switches.mandatory:
            if policy["table"] not in service.schema.lineage(write.table):
                continue
            applies = service.matcher.predicate(parse(policy["condition"]), write.table, service.gs(write.session))
            if applies(write.current):
                empty = [name for name in policy["fields"] if name in columns and not write.current.get(name)]
                missing += [columns[name].label for name in empty]
        if missing:
            raise policy_failed(missing)

    def _store_new(self, write: Write) -> Row:
        service = self._service
        texts = service.journal.texts(write.table, write.current)
        row = self._without_journals(write)
        try:
            with service.store.lock:
                stored = service.store.insert(write.table, row, service.clock.stamp(), write.session.user_name)
                self._append(write, texts)
                catalog_variables.keep(service, write)
        except Duplicate as error:
            display = row.get(service.schema.display_column(write.table), "")
            raise insert_failed(write.table, display) from error
        return stored

    def _store_changes(self, write: Write, previous: Row) -> Row:
        """`previous` itself when there is nothing to write."""
        service = self._service
        texts = service.journal.texts(write.table, write.current)
        row = self._without_journals(write)
        changes = {name: value for name, value in row.items() if name not in _AUDIT and value != previous.get(name, "")}
        catalog_variables.keep(service, write)
        if not changes and not texts:
            return previous
        now, user_name = service.clock.stamp(), write.session.user_name
        try:
            with service.store.lock:
                fresh = service.store.row(write.table, write.sys_id) or {}
                if "sys_mod_count" in service.schema.columns(write.table):
                    count = str(int(fresh.get("sys_mod_count") or 0) + 1)
                    changes |= {"sys_updated_on": now, "sys_updated_by": user_name, "sys_mod_count": count}
                stored = service.store.change(write.table, write.sys_id, changes, now, user_name)
                self._append(write, texts)
        except Missing as error:
            raise no_record() from error
        return stored

    def _remove(self, write: Write) -> None:
        service, now, user_name = self._service, self._service.clock.stamp(), write.session.user_name
        display = write.current.get(service.schema.display_column(write.table), "")
        audit = {
            "sys_id": service.new_id(), "tablename": write.table, "documentkey": write.sys_id,
            "display_value": display, "sys_created_on": now, "sys_created_by": user_name, "sys_updated_on": now,
            "sys_updated_by": user_name, "sys_mod_count": "0",
        }  # fmt: skip
        try:
            with service.store.lock:
                service.store.remove(write.table, write.sys_id, now, user_name)
                for entry in service.store.find("sys_journal_field", element_id=write.sys_id):
                    service.store.remove("sys_journal_field", entry["sys_id"], now, user_name)
                service.store.insert("sys_audit_delete", audit, now, user_name)
        except Missing as error:
            raise no_record() from error

    def _append(self, write: Write, texts: Mapping[str, str]) -> None:
        """One journal row per column, in the transaction of the record."""
        service, now, user_name = self._service, self._service.clock.stamp(), write.session.user_name
        for element, text in texts.items():
            entry = {
                "sys_id": service.new_id(), "name": write.table, "element_id": write.sys_id, "element": element,
                "value": text, "sys_created_on": now, "sys_created_by": user_name, "sys_tags": "",
            }  # fmt: skip
            service.store.insert("sys_journal_field", entry, now, user_name)

    def _without_journals(self, write: Write) -> Row:
        columns = self._service.schema.columns(write.table)
        return {
            name: "" if name in columns and columns[name].is_journal else value for name, value in write.current.items()
        }

    def _finish(self, write: Write, row: Row) -> None:
        """After rules and asynchronous ones see the stored row, with the journal input of this write."""
        write.current = {**row, **self._service.journal.texts(write.table, write.current)}
        rules = self._service.rules
        rules.queue(rules.waiting(write))
        rules.after(write)
        self._service.flows.after(write)
        self._service.catalog.after(write)
