"""The acts offered on the local console: those of people on both sides, a poll now, a retry now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration import registry
from integration.emulators.servicenow.staff import file_of
from integration.operations.cases.people import ANALYSTS, CLOSE_CODES, CLOSERS
from integration.operations.console.fault_switches import FaultSwitches
from integration.operations.console.source import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.operations.console.emulator_client import EmulatorClient
    from integration.operations.console.snapshot import Switch
    from integration.operations.local.system import LocalSystem

    Given = Mapping[str, str]
    Act = Callable[["LocalActions", Given], Mapping[str, str]]

ENDINGS = {"incident": frozenset({"6", "7"}), "sn_si_incident": frozenset({"3"})}
"""States that ask for a close code and close notes."""


class LocalActions:
    """The `Actions` of local mode: responders on the AWS side, an analyst (to close: who may) in ServiceNow."""

    def __init__(self, running: LocalSystem, emulators: EmulatorClient) -> None:
        self._running, self._emulators = running, emulators
        self._table = running.module.table
        self._faults = FaultSwitches(running, emulators)

    def switches(self) -> Sequence[Switch]:
        return self._faults.switches()

    def turn(self, key: str, *, on: bool) -> str:
        return self._faults.turn(key, on=on)

    def act(self, name: str, given: Mapping[str, str]) -> Mapping[str, str]:
        act = ACTS.get(name)
        if act is None:
            raise Refused(f"Nobody can {name}.")
        return act(self, given)

    def attach(self, side: str, key: str, name: str, content: bytes) -> None:
        if not name:
            raise Refused("A file has a name.")
        if side == "case":
            self._emulators.security_ir.attach(_id(key), name, content)
            return
        self._incident("update", key, files=[file_of(name, content)])

    # ------------------------------------------------------------------------------------------- the AWS side
    def new_case(self, given: Given) -> Mapping[str, str]:
        title = given.get("title", "")
        case_id = self._emulators.security_ir.open_case(title, given.get("description", "") or title)
        return {"case_id": case_id}

    def edit_case(self, given: Given) -> Mapping[str, str]:
        return self._respond(given, "fields", **_only(given, "title", "description"))

    def move_case(self, given: Given) -> Mapping[str, str]:
        return self._respond(given, "status", status=given.get("status", ""))

    def comment_case(self, given: Given) -> Mapping[str, str]:
        return self._respond(given, "comment", body=given.get("text", ""))

    def _respond(self, given: Given, act: str, **body: str) -> Mapping[str, str]:
        self._emulators.security_ir.act(_id(given.get("case_id", "")), act, **body)
        return {}

    # ------------------------------------------------------------------------------------------- ServiceNow
    def new_incident(self, given: Given) -> Mapping[str, str]:
        record = self._incident("insert", **_only(given, "short_description", "description"))
        return {"sys_id": str(record["sys_id"])}

    def edit_incident(self, given: Given) -> Mapping[str, str]:
        self._incident("update", given.get("sys_id", ""), **_only(given, "short_description", "description"))
        return {}

    def move_incident(self, given: Given) -> Mapping[str, str]:
        state = given.get("state", "")
        values, by = {"state": state}, ANALYSTS[self._table]
        if state in ENDINGS[self._table]:
            values |= {"close_code": CLOSE_CODES[self._table], "close_notes": given.get("notes", "")}
            by = CLOSERS[self._table]
        self._incident("update", given.get("sys_id", ""), by=by, **values)
        return {}

    def note_incident(self, given: Given) -> Mapping[str, str]:
        self._incident("update", given.get("sys_id", ""), work_notes=given.get("text", ""))
        return {}

    def comment_incident(self, given: Given) -> Mapping[str, str]:
        self._incident("update", given.get("sys_id", ""), comments=given.get("text", ""))
        return {}

    def _incident(
        self, operation: str, sys_id: str = "", *, by: str = "", files: Sequence[Any] = (), **values: str
    ) -> dict[str, Any]:
        who = by or ANALYSTS[self._table]
        emulated = self._emulators.servicenow
        return emulated.write(who, operation, self._table, sys_id, files=files, enforce=True, **values)

    # ------------------------------------------------------------------------------------------- the middle
    def sweep(self, _: Given) -> Mapping[str, str]:
        """The poller's look, now instead of within a minute."""
        self._running.plane.functions.later(self._running.names.poller, {})
        return {}

    def hasten(self, _: Given) -> Mapping[str, str]:
        """Messages that wait for their next try come back now."""
        queues = registry.queues(self._running.names, registry.with_connection(self._running.integrations))
        hastened = sum(self._running.plane.poller(queue).redeliver() for queue in queues)
        return {"said": f"{hastened} message{'' if hastened == 1 else 's'} tried again"}


ACTS: dict[str, Act] = {
    "case.create": LocalActions.new_case,
    "case.edit": LocalActions.edit_case,
    "case.move": LocalActions.move_case,
    "case.comment": LocalActions.comment_case,
    "incident.create": LocalActions.new_incident,
    "incident.edit": LocalActions.edit_incident,
    "incident.move": LocalActions.move_incident,
    "incident.note": LocalActions.note_incident,
    "incident.comment": LocalActions.comment_incident,
    "sweep": LocalActions.sweep,
    "hasten": LocalActions.hasten,
}


def _only(given: Given, *names: str) -> dict[str, str]:
    """Members that were sent; a field nobody touched is not written."""
    found = {name: given[name] for name in names if name in given}
    if not found:
        raise Refused(f"Nothing to write: {' or '.join(names)} is missing.")
    return found


def _id(key: str) -> str:
    if not (key.isascii() and key.isalnum()):
        raise Refused("That is no id.")
    return key
