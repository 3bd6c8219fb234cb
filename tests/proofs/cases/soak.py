"""A thousand pairs, random edits on both sides, 5 % of the calls failing, a tenth of the events lost; a poller runs.

In the end both systems say the same, nothing is lost, nothing is doubled, and no message is dead. Over fakes.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT
from tests.fakes.incidents import OWN_USER
from tests.proofs.kit.crowd import Crowd, deployment
from tests.proofs.kit.edits import COLUMNS, STATES, Edit
from tests.proofs.kit.part import Depth, Figures, Part

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS, LOST = 0.05, 0.1
ROUNDS, EDITS_A_ROUND = 6, 0.5
"""In each round so many edits per pair, then two minutes pass."""
QUIET_MINUTES = 40
KINDS = {
    CASE: ("title", "description", "status", "comment", "comment", "file", "watch"),
    INCIDENT: ("title", "description", "state", "work note", "comment", "file", "watch"),
}


class Soak:
    """`texts` are what people wrote on one side, each only once."""

    def __init__(self, links: int, module: str, seed: int) -> None:
        self.random = Random(seed)
        self.crowd = Crowd(deployment(module), seed, FAULTS)
        self.texts: dict[str, list[tuple[str, str, str]]] = {CASE: [], INCIDENT: []}
        self.numbers = 0
        for number in range(links):
            self._make(number)

    def _make(self, number: int) -> None:
        running = self.crowd.running
        if number % 2:
            case_id = running.cases.make(f"case {number}", f"description {number}")
            self.crowd.send(running.wake(CASE, case_id))
        else:
            sys_id = running.incidents.make(f"incident {number}", description=f"description {number}")
            self.crowd.send(running.wake(INCIDENT, sys_id))

    def play(self) -> None:
        self.crowd.minutes(2)
        for _ in range(ROUNDS):
            pairs = list(self.crowd.pairs())
            for case_id, sys_id in self.random.sample(pairs, int(len(pairs) * EDITS_A_ROUND)):
                self._edit(case_id, sys_id)
            self.crowd.minutes(2)
        self.crowd.faults = 0
        self.crowd.minutes(QUIET_MINUTES)

    def _edit(self, case_id: str, sys_id: str) -> None:
        self.numbers += 1
        side = self.random.choice((CASE, INCIDENT))
        if self.crowd.running.status(case_id) == "Closed":
            return
        kind = self.random.choice(KINDS[side])
        edit = Edit(side, kind, self._value(kind))
        if kind in {"comment", "work note", "file"}:
            self.texts[side].append((case_id, kind, edit.value))
        self.crowd.edit(edit, case_id, sys_id, lost=self.random.random() < LOST)

    def _value(self, kind: str) -> str:
        if kind == "status":
            return self.random.choice(("Detection and Analysis", "Post-incident Activities"))
        if kind == "state":
            return self.random.choice([name for name in STATES[self.crowd.running.rules.module] if name != "new"])
        return f"{self.numbers}@out.example" if kind == "watch" else f"{kind} {self.numbers}"

    # ---- what came of it
    def figures(self) -> Figures:
        found = Figures()
        pairs = dict(self.crowd.pairs())
        running = self.crowd.running
        records = (len(running.cases.records), len(running.incidents.records), len(pairs))
        if len(set(records)) != 1:
            found.problems.append(f"{records[0]} cases, {records[1]} incidents, {records[2]} links")
        for case_id, sys_id in pairs.items():
            found.problems += self._apart(case_id, sys_id)
        missing, doubled = self._missing_and_doubled(pairs)
        dead = self.crowd.dead + [wake for _, _, wake, _ in self.crowd.queue]
        found.problems += [f"lost: {what}" for what in missing] + [f"doubled: {what}" for what in doubled]
        found.problems += [f"a message for {wake.key} was not done with" for wake in dead]
        found.problems += [] if self.crowd.count["unexpected"] == 0 else ["an unexpected error"]
        found.numbers += Counter({"soak_links": len(pairs), "lost": len(missing), "duplicates": len(doubled)})
        found.numbers += Counter({f"soak_{name}": self.crowd.count[name] for name in ("faults", "deliveries", "runs")})
        found.numbers["soak_edits"] += self.numbers
        return found

    def _apart(self, case_id: str, sys_id: str) -> list[str]:
        running = self.crowd.running
        case, columns = running.cases.records[case_id], running.incidents.records[sys_id]["columns"]
        rules, apart = running.rules, list[str]()
        if not rules.status.accepted(case["status"], columns["state"]) and case["status"] != "Closed":
            apart.append("status")
        if case["status"] != "Closed":
            apart += [name for name, column in COLUMNS.items() if case["values"][name] != columns[column]]
            watched = {m for m in columns.get("watch_list", "").split(",") if m}
            apart += ["watchers"] if watched != case["watchers"] else []
        return [f"{case_id}: {name} is apart" for name in apart]

    def _missing_and_doubled(self, pairs: dict[str, str]) -> tuple[list[str], list[str]]:
        running, missing, doubled = self.crowd.running, list[str](), list[str]()
        for side, texts in self.texts.items():
            for case_id, kind, text in texts:
                times = self._copies(side, case_id, pairs[case_id], kind, text)
                walled = side == INCIDENT and running.status(case_id) == "Closed"
                missing += [f"{kind} {text} of the {side}"] if times == 0 and not walled else []
                doubled += [f"{kind} {text} of the {side}"] if times > 1 else []
        return missing, doubled

    def _copies(self, side: str, case_id: str, sys_id: str, kind: str, text: str) -> int:
        running = self.crowd.running
        case, incident = running.cases.records[case_id], running.incidents.records[sys_id]
        if kind == "file":
            other = incident["files"] if side == CASE else case["files"]
            return sum(file["content"] == f"content of {text}".encode() for file in other)
        if side == CASE:
            return sum(e["text"].partition("\n")[2] == text for e in incident["journal"] if e["author"] == OWN_USER)
        return sum(c["body"].partition("\n")[2] == text for c in case["comments"] if running.cases.own(c["creator"]))


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    total = Figures()
    for module in ("itsm", "ir"):
        soak = Soak(depth.soak_links // 2, module, depth.first_seed + 1)
        soak.play()
        total.add(soak.figures())
        advance(1)
    return total


PART = Part("soak", "many pairs under faults, with the poller", lambda _: 2, run)
