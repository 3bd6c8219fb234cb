"""Hours of a deployment, invented by a seed: systems away, scans of minutes, watch lists of every shape, late rows.

While a system is away sweeps do not pile up; twenty minutes after its return both sides say the same. Over fakes, with
the poller at each minute.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from integration.case_sync.errors import Unavailable
from tests.proofs.crowd import SYSTEMS, Crowd, deployment
from tests.proofs.part import Depth, Figures, Part

if TYPE_CHECKING:
    from collections.abc import Callable

LINKS, PHASES = 4, 5
SWEEPS_WAITING = 2
IN_STEP_MINUTES = 20
WATCHED = ("ann@out.example", "ANN@out.example", " bob@out.example ", "", "no address", "0" * 32, "ann@out.example")


class Day:
    """One history. `wrong`: what did not hold, in words."""

    def __init__(self, seed: int) -> None:
        self.random, self.wrong, self.count = Random(seed), list[str](), Counter[str]()
        self.crowd = Crowd(deployment(self.random.choice(("itsm", "ir"))), seed)
        self.running, self.numbers = self.crowd.running, 0
        for number in range(LINKS):
            if number % 2:
                self.running.incidents.make(f"incident {number}", description="d")
            else:
                self.running.cases.make(f"case {number}", "d")
        self.crowd.minutes(2)
        self.pairs = list(self.crowd.pairs())

    def play(self) -> list[str]:
        if len(self.pairs) != LINKS:
            return [f"{len(self.pairs)} of {LINKS} records became links within two minutes"]
        for _ in range(PHASES):
            self.random.choice((self.outage, self.scan, self.watch_list, self.late_row, self.refused_creation))()
        self.crowd.minutes(IN_STEP_MINUTES)
        self._in_step()
        return self.wrong

    # ---- what happens
    def outage(self) -> None:
        """Edits on both sides meanwhile, whose events come or are lost."""
        away = self.random.choice((("aws",), ("servicenow",), ("aws", "servicenow")))

        def refuse(moment: str, system: str, _: str) -> None:
            if moment == "before" and system in away:
                raise Unavailable(SYSTEMS[system], "no answer")

        self.crowd.world.hook = refuse
        for _ in range(self.random.randint(1, 4)):
            self._edit()
            self.crowd.minutes(self.random.randint(10, 240))
        self.count["outages"] += 1
        sweeps = Counter((wake.side, wake.key) for _, _, wake, _ in self.crowd.queue if wake.sweep)
        if max(sweeps.values(), default=0) > SWEEPS_WAITING:
            self.wrong.append(f"{max(sweeps.values())} sweeps of one link wait at the end of an outage of {away}")
        self.crowd.world.hook = lambda *_: None
        self.crowd.minutes(IN_STEP_MINUTES)
        self._in_step()

    def _edit(self) -> None:
        case_id, sys_id = self.random.choice(self.pairs)
        self.numbers += 1
        if self.random.random() < 0.5:
            self.running.cases.records[case_id]["values"]["title"] = f"title {self.numbers}"
        else:
            self.running.incidents.edit(sys_id, description=f"description {self.numbers}")

    def scan(self) -> None:
        """A file is held for minutes; nothing tells when it is let go."""
        case_id, sys_id = self.random.choice(self.pairs)
        minutes, before = self.random.randint(1, 30), len(self.running.incidents.records[sys_id]["files"])
        self.numbers += 1
        self.running.cases.add_file(case_id, f"{self.numbers}.txt", b"x" * self.numbers, status="Pending")
        self.crowd.minutes(minutes)
        self.running.cases.records[case_id]["files"][-1]["status"] = "Verified"
        self.crowd.minutes(minutes // 2 + 2)
        self.count["scans"] += 1
        if len(self.running.incidents.records[sys_id]["files"]) != before + 1:
            self.wrong.append(f"a file is not there {minutes // 2 + 2} minutes after a scan of {minutes}")

    def watch_list(self) -> None:
        _, sys_id = self.random.choice(self.pairs)
        shape = ",".join(self.random.sample(WATCHED, self.random.randint(0, len(WATCHED))))
        self.running.incidents.edit(sys_id, watch_list=shape)
        self.crowd.minutes(2)
        self.count["watch lists"] += 1

    def late_row(self) -> None:
        """A journal row appears minutes after the time it bears."""
        case_id, sys_id = self.random.choice(self.pairs)
        self.numbers += 1
        text = f"late {self.numbers}"
        self.running.incidents.edit(sys_id, work_notes=text)
        self.running.incidents.records[sys_id]["journal"][-1]["at"] -= self.random.randint(0, 500)
        self.crowd.minutes(2)
        self.count["late rows"] += 1
        times = sum(body.endswith(text) for body in self.running.comments(case_id))
        if times != 1:
            self.wrong.append(f"a journal row with a date of the past stands {times} times on the case")

    def refused_creation(self) -> None:
        """AWS takes no case with this title, until it is another."""
        self.numbers += 1
        title = f"refused {self.numbers}"
        self.running.cases.refused_titles.add(title)
        sys_id = self.running.incidents.make(title, description="d")
        self.crowd.minutes(30)
        self.running.incidents.edit(sys_id, short_description=f"taken {self.numbers}")
        self.crowd.minutes(5)
        self.count["refused creations"] += 1
        self.pairs = list(self.crowd.pairs())
        if sys_id not in dict(map(reversed, self.pairs)):
            self.wrong.append("a record whose creation was refused has no link five minutes after it was mended")

    # ---- what holds
    def _in_step(self) -> None:
        waiting = sorted({f"{wake.side} {wake.key}" for _, _, wake, _ in self.crowd.queue})
        self.wrong += [f"a message for {what} still waits" for what in waiting]
        self.wrong += [f"a message for {wake.key} is dead" for wake in self.crowd.dead]
        for case_id, sys_id in self.pairs:
            values = self.running.cases.records[case_id]["values"]
            columns = self.running.incidents.records[sys_id]["columns"]
            if (values["title"], values["description"]) != (columns["short_description"], columns["description"]):
                self.wrong.append(f"{case_id} is apart")


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    found = Figures()
    for seed in range(depth.first_seed, depth.first_seed + steps(depth)):
        day = Day(seed)
        found.problems += [f"day {seed}: {what}" for what in day.play()]
        found.numbers += day.count
        found.numbers["days"] += 1
        advance(1)
    return found


def steps(depth: Depth) -> int:
    return max(4, depth.histories // 60)


PART = Part("hours", "hours of outages, scans and late rows", steps, run)
