"""Days of a deployment, invented by a seed: systems away, a function dead, scans of minutes, watch lists of every
shape, journals and people that are hidden for a time, journal rows with dates of the past, creations refused by chance
and by policy.

While a system is away sweeps do not pile up; twenty minutes after its return both sides say the same. Over fakes, with
the poller at each minute.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT
from integration.clients.errors import Refused, Unavailable
from tests.proofs.kit.crowd import SYSTEMS, Crowd, deployment
from tests.proofs.kit.part import Depth, Figures, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LINKS = 4
SWEEPS_WAITING = 2
IN_STEP_MINUTES = 20
USER = "eve@here.example"
WATCHED = (
    "ann@out.example", "ANN@out.example", " bob@out.example ", "", " ", "no address", "0" * 32, "ann@out.example", USER,
    "javascript:gs.getUserID()", "a^b", "Beth Anglin",
)  # fmt: skip
DAY_MINUTES = 24 * 60
YEAR_S = 365 * 86_400
SOON_MINUTES = 14
"""What chance has refused is tried again after ten."""


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
        kinds = (
            self.outage, self.dead_function, self.scan, self.watch_list, self.hidden_people, self.hidden_journal,
            self.late_row, self.row_of_the_past, self.refused_by_policy, self.refused_by_chance,
        )  # fmt: skip
        for kind in self.random.sample(kinds, len(kinds)):
            kind()
            self.count[kind.__name__.replace("_", " ")] += 1
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
        sweeps = Counter((wake.side, wake.key) for _, _, wake, _ in self.crowd.queue if wake.sweep)
        if max(sweeps.values(), default=0) > SWEEPS_WAITING:
            self.wrong.append(f"{max(sweeps.values())} sweeps of one link wait at the end of an outage of {away}")
        self.crowd.world.hook = lambda *_: None
        self.crowd.minutes(IN_STEP_MINUTES)
        self._in_step()

    def dead_function(self) -> None:
        """The other one works on; records are edited and made meanwhile."""
        side, cases, incidents = self.random.choice((CASE, INCIDENT)), self.running.cases, self.running.incidents
        self.crowd.stopped[side] = []
        title = f"made {self._number()}"
        made = cases.make(title, "d") if side == CASE else incidents.make(title, description="d")
        for _ in range(self.random.randint(1, 6)):
            self._edit()
            self.crowd.minutes(self.random.randint(10, 200))
        told = Counter(wake.key for wake, _ in self.crowd.stopped[side] if wake.sweep or wake.key == made)
        if max(told.values()) > SWEEPS_WAITING:
            self.wrong.append(f"{max(told.values())} messages of one link wait for the dead function of the {side}s")
        self.crowd.start_again(side)
        self.crowd.minutes(IN_STEP_MINUTES)
        self.pairs = list(self.crowd.pairs())
        self._in_step()
        if made not in {key for pair in self.pairs for key in pair}:
            self.wrong.append(f"a record made while the function of the {side}s was dead has no link")

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
        if len(self.running.incidents.records[sys_id]["files"]) != before + 1:
            self.wrong.append(f"a file is not there {minutes // 2 + 2} minutes after a scan of {minutes}")

    def watch_list(self) -> None:
        """The addresses and users on it watch the case, and what is neither stalls nothing."""
        self._watched(self.random.choice(self.pairs), self.random.sample(WATCHED, self.random.randint(0, len(WATCHED))))

    def _watched(self, pair: tuple[str, str], members: Sequence[str]) -> None:
        shape = [self.running.incidents.add_user(USER) if member == USER else member for member in members]
        self.running.incidents.edit(pair[1], watch_list=",".join(shape))
        self.crowd.minutes(2)
        self._watch({member.strip().lower() for member in members if "@" in member}, pair[0])

    def _watch(self, wanted: set[str], case_id: str) -> None:
        watchers = {address.lower() for address in self.running.cases.records[case_id]["watchers"]}
        if watchers != wanted:
            self.wrong.append(f"{sorted(watchers)} watch a case, not {sorted(wanted)}")

    def hidden_people(self) -> None:
        """A user on the list is not shown for a time, then no address is: nobody is taken off the case."""
        pair, incidents = self.random.choice(self.pairs), self.running.incidents
        self._watched(pair, ["ann@out.example", USER])
        for column in (False, True):
            incidents.unseen, incidents.emails_hidden = {incidents.add_user(USER)}, column
            incidents.edit(pair[1], description=f"edited {self._number()}")
            self.crowd.minutes(self.random.randint(2, 120))
            self._watch({"ann@out.example", USER}, pair[0])
        incidents.unseen, incidents.emails_hidden = set(), False
        self.crowd.minutes(IN_STEP_MINUTES)
        self._watch({"ann@out.example", USER}, pair[0])

    def hidden_journal(self) -> None:
        """Its rows, and at times what the record displays of it, are hidden while people write into it."""
        (case_id, sys_id), incidents = self.random.choice(self.pairs), self.running.incidents
        said = [f"said {self._number()}" for _ in range(3)]
        incidents.edit(sys_id, work_notes=said[0])
        self.crowd.minutes(self.random.randint(1, 30))
        incidents.rows_hidden, incidents.nothing_displayed = True, self.random.random() < 0.5
        incidents.edit(sys_id, work_notes=said[1])
        self.crowd.minutes(self.random.randint(1, 60))
        incidents.rows_hidden = incidents.nothing_displayed = False
        incidents.edit(sys_id, work_notes=said[2])
        self.crowd.minutes(IN_STEP_MINUTES)
        for text in said:
            self._once(case_id, text, "a journal entry of a time in which rows were hidden")

    def _once(self, case_id: str, text: str, what: str) -> None:
        times = sum(body.endswith(text) for body in self.running.comments(case_id))
        if times != 1:
            self.wrong.append(f"{what} stands {times} times on the case")

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers

    def late_row(self) -> None:
        """A journal row appears minutes after the time it bears."""
        self._dated_back(self.random.randint(0, 500), 2)

    def row_of_the_past(self) -> None:
        """It was imported, and its date is before all that passes read: a day's sweeps find it."""
        self._dated_back(self.random.randint(700, YEAR_S), DAY_MINUTES)

    def _dated_back(self, age_s: int, minutes: int) -> None:
        case_id, sys_id = self.random.choice(self.pairs)
        text = f"late {self._number()}"
        self.running.incidents.edit(sys_id, work_notes=text)
        self.running.incidents.records[sys_id]["journal"][-1]["at"] -= age_s
        self.crowd.minutes(minutes)
        self._once(case_id, text, f"a journal row with a date {age_s} seconds back")

    def refused_by_chance(self) -> None:
        """Creations meet collisions for minutes; soon after these end the record has its other half, and was told of it
        once.
        """
        cases, incidents = self.running.cases, self.running.incidents

        def collide(moment: str, system: str, call: str) -> None:
            if moment == "before" and call in {"create", "CreateCase"} and self.random.random() < 0.9:
                raise Refused(SYSTEMS[system], "collided", by_chance=True)

        made = incidents.make(f"met {self._number()}", description="d"), cases.make(f"met {self._number()}", "d")
        self.crowd.world.hook = collide
        self.crowd.minutes(self.random.randint(1, 45))
        self.crowd.world.hook = lambda *_: None
        self.crowd.minutes(SOON_MINUTES)
        self.pairs = list(self.crowd.pairs())
        for side, key in ((1, made[0]), (0, made[1])):
            if key not in {pair[side] for pair in self.pairs}:
                self.wrong.append(f"a record has no link {SOON_MINUTES} minutes after its creation collided")
        for texts in (self.running.journal(made[0]), self.running.comments(made[1])):
            if sum("collided" in text for text in texts) > 1:
                self.wrong.append("a refused creation was told more than once")

    def refused_by_policy(self) -> None:
        """AWS takes no case with this title, until it is another."""
        title = f"refused {self._number()}"
        self.running.cases.refused_titles.add(title)
        sys_id = self.running.incidents.make(title, description="d")
        self.crowd.minutes(30)
        self.running.incidents.edit(sys_id, short_description=f"taken {self.numbers}")
        self.crowd.minutes(5)
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


PART = Part("hours", "days of outages, scans, hidden and late rows", steps, run)
