"""Business rules: which run for a write, in which order, and what their scripts do to it.

Order (documentation, "execution order of scripts and engines"): before rules below 1000, engines, before rules from
1000, the table, after rules below 1000, after rules from 1000 on active records only. Asynchronous rules are jobs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .errors import aborted
from .glide import ScriptEngine, ScriptResult
from .query import assignments, parse
from .scripting import ScriptHost

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service
    from .store import Row
    from .write import Stack, Write

LATE = 1000
ASYNC = ("async_always", "async")
"""What asynchronous rules store as `when`; the older value differs during upgrades only (see `choices.py`)."""
SCOPE_RULE = ("Business rules of other scopes", "4f7c1d0e2b3a495f8e6d7c8b9a0f1e2d")
CHECK_AGAIN = "glide.businessrule.async_condition_check"


class BusinessRules:
    def __init__(self, service: Service) -> None:
        self._service = service

    def before(self, write: Write, *, late: bool) -> None:
        """Lets rules change `write.current`. Raises ApiError when one aborts."""
        for rule in self._applicable(write, "before", late=late):
            if rule.get("abort_action") == "true":
                raise aborted(write.table, rule["name"], rule["sys_id"])
            self._set_values(rule, write)
            result = self._run(rule, write)
            changes = self._service.incoming.known(write.table, result.changes)
            write.current |= self._service.writes.fitted(write.table, changes)
            if result.variables:
                write.variables = result.variables
            if result.aborted:
                raise aborted(write.table, rule["name"], rule["sys_id"])

    def check_scope(self, write: Write) -> None:
        """A rule on a table of another scope is asynchronous, or sets values before the write; others are refused.

        ServiceNowDocs, api-reference/business-rules-classic/c_BusinessRules.md; in which words is not published.
        """
        if self._service.switches.foreign_rules == "refused" and not self._at_home(write.current):
            raise aborted("sys_script", *SCOPE_RULE)

    def _at_home(self, rule: Row) -> bool:
        """Whether the scopes of rule and table allow it."""
        table = self._service.schema.tables.get(rule.get("collection", ""))
        if table is None or table.scope == (rule.get("sys_scope") or "global"):
            return True
        plain = rule.get("when") == "before" and rule.get("advanced") != "true"
        return rule.get("when") in ASYNC or plain

    def _set_values(self, rule: Row, write: Write) -> None:
        """What a rule sets without a script."""
        values = self._service.incoming.known(write.table, assignments(rule.get("template", "")))
        write.current |= self._service.writes.fitted(write.table, values)

    def after(self, write: Write) -> None:
        """Rules that see the written record. What they set on `current` is lost unless they update it."""
        for late in (False, True):
            if late and write.current.get("active") == "false":
                return
            for rule in self._applicable(write, "after", late=late):
                self._run(rule, write)

    def waiting(self, write: Write) -> list[Callable[[], object]]:
        """The asynchronous rules that apply, as jobs. Their conditions are evaluated now, with `previous`."""
        found: list[Callable[[], object]] = []
        for rule in self._applicable(write, *ASYNC, late=None):
            if self._condition_holds(rule, write):
                seen = self._service.switches.async_insert_seen_as_update and write.operation == "insert"
                operation = "update" if seen else write.operation
                found.append(
                    partial(
                        self._run_async, rule["sys_id"], write.table, write.sys_id, operation, write.session.user_name
                    )
                )
        return found

    def queue(self, jobs: list[Callable[[], object]]) -> None:
        switches = self._service.switches
        for job in jobs:
            delay = switches.async_delay_s + self._service.random.uniform(0, switches.async_jitter_s)
            self._service.jobs.later(delay, job)

    def _applicable(self, write: Write, *when: str, late: bool | None) -> list[Row]:
        service = self._service
        found = [
            rule
            for table in service.schema.lineage(write.table)
            for rule in service.store.find("sys_script", collection=table, active="true")
            if rule.get("when") in when
            and rule.get(f"action_{write.operation}") == "true"
            and (service.switches.foreign_rules == "run" or self._at_home(rule))
            and (late is None or (_order(rule) >= LATE) is late)
            and (rule["sys_id"], write.sys_id) not in write.stack
            and self._filter_holds(rule, write)
        ]
        return sorted(found, key=_order)

    def _filter_holds(self, rule: Row, write: Write) -> bool:
        query = parse(rule.get("filter_condition", ""))
        service = self._service
        matches = service.matcher.predicate(query, write.table, service.gs(write.session), write.previous)
        return matches(write.current)

    def _scripted(self, rule: Row) -> bool:
        return rule.get("advanced") == "true" or not self._service.switches.rule_needs_advanced

    def _condition_holds(self, rule: Row, write: Write) -> bool:
        """False, too, when the condition throws: an instance logs it and does not run the rule."""
        if not self._scripted(rule):
            return True
        return self._evaluate(rule, "", rule.get("condition", ""), write).ran

    def _run(self, rule: Row, write: Write) -> ScriptResult:
        if not self._scripted(rule):
            return ScriptResult(ran=False)
        return self._evaluate(rule, rule.get("script", ""), rule.get("condition", ""), write)

    def _evaluate(self, rule: Row, script: str, condition: str, write: Write) -> ScriptResult:
        stack = write.stack | {(rule["sys_id"], write.sys_id)}
        result = self._engine(stack).run(
            script, table=write.table, current=write.current, previous=write.previous, operation=write.operation,
            user=write.session.user_name, condition=condition, name=rule["name"],
            variables=write.variables,
        )  # fmt: skip
        self._report(rule, result)
        return result

    def _run_async(self, rule_id: str, table: str, sys_id: str, operation: str, user_name: str) -> None:
        """`current` is what the table holds by now: nothing, for a record that was deleted; `previous` is unknown."""
        service = self._service
        rule = service.store.row("sys_script", rule_id)
        if rule is None or not self._scripted(rule):
            return
        current = service.store.row(table, sys_id) if operation != "delete" else None
        condition = rule.get("condition", "") if service.settings.is_on(CHECK_AGAIN) else ""
        result = self._engine(frozenset({(rule_id, sys_id)})).run(
            rule.get("script", ""), table=table, current=current, previous=None, operation=operation, user=user_name,
            condition=condition, name=rule["name"],
        )  # fmt: skip
        self._report(rule, result)

    def _engine(self, stack: Stack) -> ScriptEngine:
        return ScriptEngine(ScriptHost(self._service, stack))

    def _report(self, rule: Row, result: ScriptResult) -> None:
        if result.error:
            self._service.log(f"{rule['name']}: {result.error}", f"sys_script.{rule['sys_id']}", "2")


def _order(rule: Row) -> int:
    text = rule.get("order", "")
    return int(text) if text.lstrip("-").isdigit() else 100
