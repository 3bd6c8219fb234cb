"""A day on a running system as a test has it: people on both sides, patience, and an operator's tools.

What is true is read from the two systems, as people see it. The table is touched only where a test lets time pass or
loses it.
"""

from __future__ import annotations

import json
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from integration import names as n
from integration.operations.cases import people
from integration.operations.cases.people import CLOSERS, People
from integration.operations.local.system import INTEGRATION_USER
from integration.operations.waiting import PATIENCE_S, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from integration.operations.local.system import LocalSystem

MANY_CASES = {"new_cases_per_hour": 100_000}
"""The brake has a test of its own. One number for all, since other templates take eight seconds to make."""
LONG_AGO_S = 1000
OPERATOR = "arn:aws:iam::123456789012:user/carla"
"""A customer's person on the AWS side; responders are `AWS Responder`."""


class Pair(NamedTuple):
    """A case and its incident."""

    case_id: str
    sys_id: str


class Shift(People):
    """`until` waits for something to become true; `quiet` waits until nothing moves any more."""

    def __init__(self, running: LocalSystem) -> None:
        super().__init__(running.security_ir_admin, running.servicenow_admin, running.module.table, running.plane.quiet)
        self.running, self.plane, self.names = running, running.plane, running.names
        self.module = running.module.value

    # ---- waiting
    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
        return until(condition, seconds)

    def quiet(self, seconds: float = 120) -> None:
        until(self.running.still, seconds)

    # ---- pairs
    def opened(self, title: str = "", **members: Any) -> Pair:
        """A case that has become an incident."""
        case_id = self.new_case(title or self.title(), members.pop("description", "Three minutes apart."), **members)
        return Pair(case_id, self.until(lambda: self.incident_of(case_id))["sys_id"])

    def reported(self, title: str = "", **columns: str) -> Pair:
        """An incident that has become a case."""
        sys_id = self.new_incident(title or self.title(), columns.pop("description", "From two countries."), **columns)
        return Pair(self.until(lambda: self.case_of(sys_id)), sys_id)

    def title(self) -> str:
        return f"Odd sign-ins {uuid.uuid4().hex[:8]}"

    def status(self, pair: Pair) -> str:
        return str(self.case(pair.case_id)["caseStatus"])

    def state(self, pair: Pair) -> str:
        return str(self.incident(pair.sys_id)["state"])

    def notes(self, pair: Pair) -> list[str]:
        """The journal of the incident: what people read there, oldest first."""
        return self.journal(pair.sys_id)

    def comments(self, pair: Pair) -> list[str]:
        return self.bodies(pair.case_id)

    def code_shown(self, sys_id: str) -> str:
        """The label of the incident's close code; security incidents store numbers."""
        code = self.incident(sys_id)["close_code"]
        lists = [row for row in self.rows("sys_choice") if (row["name"], row["element"]) == (self.table, "close_code")]
        return next((str(row["label"]) for row in lists if row["value"] == code), "")

    def close_incident(self, pair: Pair, **more: str) -> None:
        values = {"state": self.states["closed"], "close_code": self.close_code, "close_notes": "Done."} | more
        self.act("update", pair.sys_id, by=CLOSERS[self.table], **values)

    def as_customer(self, operation: str, **given: Any) -> Any:
        """An API call of a person of the account, with all the service's own rules."""
        return self.aws(f"operations/{operation}", {"as": OPERATOR, "input": given})

    # ---- the two systems' own switches and faults
    @contextmanager
    def switched(self, side: str, **values: Any) -> Iterator[None]:
        """Switches of an emulator, put back afterwards. `side` is `servicenow` or `security_ir`."""
        with getattr(self, side).switched(**values):
            yield

    @contextmanager
    def properties(self, **values: str) -> Iterator[None]:
        """System properties of the instance, by names with `__` for a dot."""
        named = {name.replace("__", "."): value for name, value in values.items()}
        with self.servicenow.switched("properties", **named):
            yield

    @contextmanager
    def choices(self, table: str, column: str, offered: Sequence[str]) -> Iterator[None]:
        """A choice list of another release, in place of the one there is."""
        before = [row for row in self.rows("sys_choice") if (row["name"], row["element"]) == (table, column)]
        rows = [{"name": table, "element": column, "value": word, "label": word} for word in offered]
        self._exchange("sys_choice", before, [{"inactive": "false", **row} for row in rows])
        try:
            yield
        finally:
            there = [row for row in self.rows("sys_choice") if (row["name"], row["element"]) == (table, column)]
            self._exchange("sys_choice", there, before)

    def _exchange(self, table: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> None:
        for row in old:
            self.erase(row["sys_id"], table)
        self.servicenow.send("POST", "seed", json={table: list(new)})

    def roles(self, **change: Sequence[str]) -> None:
        """`grant` or `revoke` roles of the integration user."""
        self.servicenow.send("POST", "roles", json={"user_name": INTEGRATION_USER, **change})

    def break_servicenow(self, **fault: Any) -> None:
        self.servicenow.fault(**fault)

    def break_security_ir(self, **fault: Any) -> None:
        self.security_ir.fault(**fault)

    def break_webhooks(self, **fault: Any) -> None:
        self.servicenow.fault("webhook-faults", **fault)

    def spent(self) -> bool:
        """Whether every fault that was set has struck."""
        rules = [side.send("GET", "faults")["rules"] for side in (self.servicenow, self.security_ir)]
        return not self.plane.faults.active() and not any(rules)

    def mend(self) -> None:
        """No fault any more, anywhere."""
        self.plane.faults.clear()
        for side in (self.servicenow, self.security_ir):
            side.send("DELETE", "faults")
        self.servicenow.send("DELETE", "webhook-faults")

    # ---- an operator's tools
    def publish(self, source: str, detail_type: str, detail: Mapping[str, Any], age_s: float = 0) -> None:
        """An event onto our bus, sent `age_s` seconds ago."""
        entry = {
            "EventBusName": self.names.bus, "Source": source, "DetailType": detail_type,
            "Detail": json.dumps(dict(detail)), "Time": time.time() - age_s,
        }  # fmt: skip
        answer = self.plane.boto3_client("events").put_events(Entries=[entry])
        assert not answer["FailedEntryCount"]

    def look_at_case(self, case_id: str, **flags: Any) -> None:
        self.publish(n.SOURCE_CASES, n.CASE_UPDATED, {"caseId": case_id, **flags})

    def look_at_incident(self, sys_id: str, **flags: Any) -> None:
        detail = {"sys_id": sys_id, "table": self.table, "incident_number": "INC1", **flags}
        self.publish(n.SOURCE_INCIDENTS, n.INCIDENT_UPDATED, detail)

    def sweep(self, pair: Pair) -> None:
        """A look at both sides, whatever the first shows."""
        self.look_at_case(pair.case_id, sweep=True)

    def poll(self) -> Any:
        """The scheduled look, now."""
        return self.plane.invoke(self.names.poller, {})

    @contextmanager
    def unscheduled(self) -> Iterator[None]:
        """No poll but one that is asked for."""
        self.plane.clock.run(running=False)
        try:
            yield
        finally:
            self.plane.clock.run(running=True)

    @property
    def queues(self) -> tuple[str, ...]:
        return (self.names.cases_queue, self.names.incidents_queue, self.names.backfill_queue)

    def waiting(self, about: str = "") -> set[str]:
        """The ids of messages with these words that failed and come back later; other tests' are among them."""
        failed = [dict(self.plane.poller(queue).unfinished) for queue in self.queues]
        return {each for messages in failed for each, message in messages.items() if about in message["Body"]}

    def redeliver(self) -> None:
        """What failed comes back now instead of when its time ends."""
        for queue in self.queues:
            self.plane.poller(queue).redeliver()

    def dead(self) -> dict[str, int]:
        return {name: d.total for name, d in self.plane.queues.items() if name.endswith(n.DEAD_SUFFIX) and d.total}

    @contextmanager
    def settings(self, **changed: Any) -> Iterator[None]:
        """Other settings for the functions, as a deployment would change them: the parameter, then fresh containers."""
        before = self._settings()
        self.quiet()
        self._configure(before | changed)
        try:
            yield
            self.quiet()
        finally:
            self._configure(before)

    def mapping(self, **overrides: Any) -> Any:
        """As a mapping file gives them."""
        return self.settings(mapping=self._settings().get("mapping", {}) | overrides)

    def _settings(self) -> dict[str, Any]:
        name = self.names.parameter_prefix + n.PARAM_SETTINGS
        found: dict[str, Any] = json.loads(self._ssm.get_parameter(Name=name)["Parameter"]["Value"])
        return found

    def _configure(self, values: Mapping[str, Any]) -> None:
        name = self.names.parameter_prefix + n.PARAM_SETTINGS
        self._ssm.put_parameter(Name=name, Value=json.dumps(values), Overwrite=True)
        for function in (
            self.names.servicenow_client, self.names.security_ir_client, self.names.poller,
            self.names.notifications_handler,
        ):  # fmt: skip
            known = self.plane.functions[function]
            known.replace(known.definition)

    @property
    def _ssm(self) -> Any:
        return self.plane.boto3_client("ssm")

    # ---- the table, only where time passes or the table is lost
    @property
    def _dynamodb(self) -> Any:
        return self.plane.boto3_client("dynamodb")

    def link(self, case_id: str) -> dict[str, Any]:
        item = self._item(case_id)
        found: dict[str, Any] = json.loads(item["doc"]["S"]) if "doc" in item else {}
        return found

    def rows_of(self, case_id: str) -> list[dict[str, Any]]:
        """Everything kept about a case."""
        found = self._dynamodb.query(
            TableName=self.names.table, KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": f"Case#{case_id}"}},
        )  # fmt: skip
        items: list[dict[str, Any]] = found["Items"]
        return items

    def _item(self, case_id: str) -> dict[str, Any]:
        return self._latest(f"Case#{case_id}")

    def incident_item(self, sys_id: str) -> dict[str, Any]:
        """What is kept of an incident: its case, or the request for one in the making."""
        return self._latest(f"Incident#{sys_id}")

    def _latest(self, record: str) -> dict[str, Any]:
        key = {"PK": {"S": record}, "SK": {"S": "latest"}}
        found = self._dynamodb.get_item(TableName=self.names.table, Key=key, ConsistentRead=True)
        item: dict[str, Any] = found.get("Item", {})
        return item

    def claimed(self, case_id: str) -> bool:
        return "owner" in self._item(case_id)

    def time_passes(self, case_id: str, seconds: float = LONG_AGO_S) -> None:
        """For this link: every moment it keeps moves into the past, as if so long had gone by."""
        item = self._item(case_id)
        link = json.loads(item["doc"]["S"]) if "doc" in item else {}
        for name in ("unsettled_until", "unreadable_since", "clean_began"):
            if link.get(name):
                link[name] -= seconds
        for block in link.get("blocked", {}).values():
            block["retry_at"] -= seconds
        self._put_back(item | ({"doc": {"S": json.dumps(link)}} if link else {}), seconds)

    def long_after(self, case_id: str, sys_id: str) -> None:
        """The same for whatever stands of the two of them."""
        if case_id:
            self.time_passes(case_id)
        self._put_back(self.incident_item(sys_id), LONG_AGO_S)

    def told_long_ago(self) -> None:
        """All that a poll has told and awaits an answer to, as if it had done so twenty minutes before."""
        key = {"PK": {"S": "Poll"}, "SK": {"S": "latest"}}
        item = self._dynamodb.get_item(TableName=self.names.table, Key=key)["Item"]
        doc = json.loads(item["doc"]["S"])
        doc["announced"] = {name: [moment - 1200 for moment in at] for name, at in doc["announced"].items()}
        self._dynamodb.put_item(TableName=self.names.table, Item=item | {"doc": {"S": json.dumps(doc)}})

    def _put_back(self, item: dict[str, Any], seconds: float) -> None:
        for name in {"expires", "due"} & item.keys():
            item[name] = {"N": str(float(item[name]["N"]) - seconds)}
        if item:
            self._dynamodb.put_item(TableName=self.names.table, Item=item)

    def arrives_in_the_end(self, pair: Pair, arrived: Callable[[], Any]) -> None:
        """Whatever waits is let go as if its time had come, until it is there."""

        def tried() -> Any:
            self.quiet()
            if not arrived():
                self.time_passes(pair.case_id)
                self.redeliver()
                self.sweep(pair)
                self.quiet()
            return arrived()

        self.until(tried)

    def forget(self, case_id: str) -> None:
        """What is kept about one case is lost."""
        for item in self.rows_of(case_id):
            self._dynamodb.delete_item(TableName=self.names.table, Key={"PK": item["PK"], "SK": item["SK"]})

    def resume(self) -> None:
        """The brake on new cases is released, as the command `resume` does."""
        key = {"PK": {"S": "Brake"}, "SK": {"S": "latest"}}
        self._dynamodb.delete_item(TableName=self.names.table, Key=key)

    def lose_table(self) -> None:
        """Every item is gone, links, ledger, cursors and all."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self.names.table)
        for item in [item for page in pages for item in page["Items"]]:
            self._dynamodb.delete_item(TableName=self.names.table, Key={"PK": item["PK"], "SK": item["SK"]})


def written(texts: list[str], text: str) -> int:
    """How many entries carry exactly this text below a header of ours."""
    return sum(entry.partition("\n")[2] == text for entry in texts)


told = people.told
