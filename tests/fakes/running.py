"""A deployment on fakes: one reconciler over one `World`, with the redelivery a queue gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.cases.link import CASE, INCIDENT
from integration.cases.reconciler import Reconciler, Settings
from integration.cases.wake import Wake
from integration.module import Module
from integration.reconcile.verdict import verdict
from mappers.mapping_rules import rules_for
from tests.fakes.world import Killed, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.cases.audit import Report
    from integration.reconcile.audit import Outcome

FUNCTION_S, CLAIM_S = 180.0, 200.0


def report_of(ended: Outcome[Report]) -> Report:
    """Of a pass that ended well; else its error is raised, and held by nothing that its traceback holds: what it keeps
    open is closed once nobody handles it any more.
    """
    report, error = ended.report, ended.error
    del ended
    try:
        if error is not None:
            raise error
    finally:
        del error
    return report


def at_call(running: Running, moment: str, call: str, do: Callable[[], None], number: int = 1) -> None:
    """Interfere once, the `number`th time this call is made."""
    seen: list[str] = []

    def hook(when: str, _: str, name: str) -> None:
        if (when, name) == (moment, call):
            seen.append(name)
            if len(seen) == number:
                do()

    running.world.hook = hook


class Running:
    """`deliver` is one message from its arrival to its acknowledgement; `sweep` looks at everything there is."""

    def __init__(self, module: str = "itsm", mapping: Mapping[str, Any] | None = None, **settings: Any) -> None:
        self.rules = rules_for(Module(module), mapping)
        self.world = World(table=Module(module).table)
        self.cases, self.incidents, self.links = self.world.cases, self.world.incidents, self.world.links
        self.incidents.customs = set(self.rules.columns)
        self.incidents.watch_column = self.rules.watchers.column
        self.settings = Settings(claim_s=CLAIM_S, sweep_s=900, **settings)
        self.dead: list[Wake] = []

    @property
    def reconciler(self) -> Reconciler:
        return Reconciler(self.cases, self.incidents, self.links, self.rules, self.settings, self.world.clock)

    def run(self, wake: Wake) -> Report:
        return report_of(self.reconciler.run(wake, self.world.now + FUNCTION_S))

    def wake(self, side: str, key: str, **flags: Any) -> Wake:
        return Wake(side, key, self.world.now, **flags)

    def deliver(self, wake: Wake, tries: int = 400) -> Report | None:
        """Until it is acknowledged; a killed pass comes back when its visibility ends."""
        for receives in range(1, tries):
            try:
                return self.run(wake)
            except Killed:
                self.world.now += CLAIM_S + 40
            except Exception as error:
                ends = verdict(error, receives, self.world.now)
                if ends.action == "dead":
                    raise
                self.world.now += ends.delay_s
            self.incidents.land_late()
        self.dead.append(wake)
        return None

    def case(self, case_id: str, **flags: Any) -> Report | None:
        """An AWS event about this case arrives."""
        return self.deliver(self.wake(CASE, case_id, **flags))

    def incident(self, sys_id: str, **flags: Any) -> Report | None:
        """A webhook about this incident arrives."""
        return self.deliver(self.wake(INCIDENT, sys_id, **flags))

    def sweep(self) -> None:
        """Everything is looked at, as the due index and the poll would have it, some time later."""
        self.world.now += 100
        for case_id in list(self.cases.records):
            self.case(case_id, sweep=True)
        for sys_id in list(self.incidents.records):
            self.incident(sys_id, sweep=True)

    # ---- what stands where
    def linked(self) -> tuple[str, str]:
        """The one case and the one incident there are."""
        (case_id,), (sys_id,) = self.cases.records, self.incidents.records
        return case_id, sys_id

    def status(self, case_id: str) -> str:
        return str(self.cases.records[case_id]["status"])

    def state(self, sys_id: str) -> str:
        return str(self.incidents.records[sys_id]["columns"]["state"])

    def journal(self, sys_id: str) -> list[str]:
        return [entry["text"] for entry in self.incidents.records[sys_id]["journal"]]

    def comments(self, case_id: str) -> list[str]:
        return [comment["body"] for comment in self.cases.records[case_id]["comments"]]
