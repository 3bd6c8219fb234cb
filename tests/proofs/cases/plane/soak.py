"""Many pairs on the running system, random edits on both sides, every twentieth call failing, processes killed.

A tenth of the events and webhooks is lost. In the end both systems say the same, nothing is lost, nothing is doubled,
and after `replay` no message is dead.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Any

from integration.aws_plane.faults import Effect, Fault
from integration.module import Module
from mappers.mapping_rules import rules_for
from tests.e2e.shift import Pair, written
from tests.proofs.kit.part import Figures
from tests.proofs.kit.plane.stage import staged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proofs.kit.plane.look import Look
    from tests.proofs.kit.plane.stage import Stage
    from tests.proofs.kit.plane.traffic import Met

LINKS = {"full": 100, "quick": 10}
"""Of each module."""
ROOT = Path(__file__).parents[4]
SEED = 20
SHARE_OF_FAULTS, SHARE_OF_DEATHS, SHARE_OF_LOST = 0.05, 0.003, 0.1
ROUNDS = 4
TEAM_DOMAIN = "example.net"
"""Of the emulated response team: watchers of others stay on their side."""
HOURS_AT_MOST = 25
SHOWN = 5
FAULTS = (
    Fault("*", Effect.ERROR), Fault("*", Effect.RESET_BEFORE), Fault("*", Effect.RESET_AFTER),
    Fault("*", Effect.ERROR, status=503, code="ServiceUnavailable"),
)  # fmt: skip
DEATHS = (Fault("*", Effect.KILL_BEFORE), Fault("*", Effect.KILL_AFTER))
ON_CASE = ("title", "description", "status", "comment", "comment", "file", "watch")
ON_INCIDENT = ("title", "description", "state", "work note", "comment", "file")
STATUSES = ("Detection and Analysis", "Post-incident Activities")


@dataclass
class Weather:
    """Strikes calls of all functions by chance. Which call meets which number is the machine's choice."""

    random: Random
    count: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def strike(self, _: Met) -> Fault | None:
        with self._lock:
            chance = self.random.random()
            self.count["calls"] += 1
            if chance < SHARE_OF_DEATHS:
                self.count["deaths"] += 1
                return self.random.choice(DEATHS)
            if chance < SHARE_OF_FAULTS:
                self.count["faults"] += 1
                return self.random.choice(FAULTS)
            return None


class Soak:
    """`texts`: (side, kind, case id, text) of everything that must arrive once."""

    def __init__(self, stage: Stage, links: int, show: Callable[[str], None]) -> None:
        self.stage, self.links, self.show = stage, links, show
        self.random = Random(SEED)
        self.weather = Weather(Random(SEED + 1))
        self.texts: list[tuple[str, str, Pair, str]] = []
        self.born: list[str] = []
        self.pairs: list[Pair] = []
        self.edits = 0

    def play(self) -> None:
        self.stage.traffic.rules[:] = [self.weather.strike]
        self._make()
        for number in range(ROUNDS):
            self.show(f"{self.stage.module}: round {number + 1} of {ROUNDS}")
            for pair in self.random.sample(self.pairs, len(self.pairs) // 2):
                self._edit(pair)
            self.stage.quiet(600)
            self.stage.hours_pass()
        self.stage.traffic.rules.clear()
        self.show(f"{self.stage.module}: {dict(self.weather.count)}; mended")
        self._calm()

    def _make(self) -> None:
        self.show(f"{self.stage.module}: {self.links} records become pairs")
        for number in range(self.links):
            if number % 2:
                self.stage.new_case(f"soak {number}", f"description {number}")
            else:
                columns = {"description": f"description {number}", "state": self.stage.states["new"]}
                self.stage.act("insert", short_description=f"soak {number}", **columns)
        for _ in range(HOURS_AT_MOST):
            self.stage.quiet(600)
            look = self.stage.look()
            self.pairs = [Pair(case_id, look.pair(case_id)) for case_id in look.cases if look.pair(case_id)]
            if len(self.pairs) == self.links:
                return
            self.stage.hours_pass()

    def _calm(self) -> None:
        """Hours pass and `replay` is typed, until nothing is missing or that is no longer to be hoped for."""
        for number in range(HOURS_AT_MOST):
            self.stage.hours_pass()
            if not (left := [*self.problems(self.stage.look()), *self.stage.left()]):
                break
            self.show(f"{self.stage.module}: after {number + 1} times of hours {len(left)} are left: {left[:SHOWN]}")
            replay(self.stage)
            self.stage.quiet(600)
        for case_id in self.stage.linked():
            self.stage.look_at_case(case_id, sweep=True)
        self.stage.quiet(600)

    # ---- edits
    def _edit(self, pair: Pair) -> None:
        self.edits += 1
        on_case = self.random.random() < 0.5
        kind = self.random.choice(ON_CASE if on_case else ON_INCIDENT)
        text = f"{kind} {self.edits}"
        if self.random.random() < SHARE_OF_LOST:
            self.stage.lose_webhooks(1)
            self.stage.break_security_ir(event="*", kind="lost", times=1)
        if kind in {"comment", "work note", "file"}:
            self.texts.append(("case" if on_case else "incident", kind, pair, text))
        (self._on_case if on_case else self._on_incident)(pair, kind, text)

    def _on_case(self, pair: Pair, kind: str, text: str) -> None:
        stage = self.stage
        if kind == "comment":
            stage.respond(pair.case_id, "comment", body=text)
        elif kind == "file":
            stage.attach_to_case(pair.case_id, f"file-{self.edits}.txt", text.encode())
        elif kind == "status":
            stage.respond(pair.case_id, "status", status=self.random.choice(STATUSES))
        elif kind == "watch":
            stage.respond(pair.case_id, "fields", watchers=[{"email": f"{self.edits}@{TEAM_DOMAIN}"}])
        else:
            stage.respond(pair.case_id, "fields", **{kind: text})

    def _on_incident(self, pair: Pair, kind: str, text: str) -> None:
        stage = self.stage
        if kind == "file":
            stage.attach_to_incident(pair.sys_id, f"file-{self.edits}.txt", text.encode())
        elif kind == "state":
            state = stage.states[self.random.choice(("working", "hold", "contained", "resolved"))]
            more = {"close_code": stage.close_code, "close_notes": "Done."}
            stage.edit(pair.sys_id, state=state, **more)
        else:
            column = {"title": "short_description", "work note": "work_notes", "comment": "comments"}.get(kind, kind)
            stage.edit(pair.sys_id, **{column: text})

    # ---- what came of it
    def problems(self, look: Look) -> list[str]:
        rules = rules_for(Module(self.stage.module), {})
        found = []
        if (len(look.cases), len(look.incidents) - self._strangers(look)) != (self.links, self.links):
            found.append(f"{len(look.cases)} cases, {len(look.incidents)} incidents of {self.links}")
        for pair in self.pairs:
            found += [f"{pair.case_id}: {what} apart" for what in _apart(look, pair, rules)]
        return found + self.lost(look) + self.doubled(look)

    def _strangers(self, look: Look) -> int:
        """Records the instance began with."""
        return sum("soak" not in row["short_description"] and "title" not in row["short_description"]
                   for row in look.incidents.values())  # fmt: skip

    def lost(self, look: Look) -> list[str]:
        return [
            f"lost: {text} of the {side}"
            for side, kind, pair, text in self.texts
            if not _copies(look, side, kind, pair, text)
        ]

    def doubled(self, look: Look) -> list[str]:
        return [
            f"doubled: {text} of the {side}"
            for side, kind, pair, text in self.texts
            if _copies(look, side, kind, pair, text) > 1
        ]

    def figures(self) -> Figures:
        look, stage = self.stage.look(), self.stage
        found = Figures(problems=[f"[{stage.module}] {problem}" for problem in self.problems(look)])
        if dead := stage.dead():
            found.problems.append(f"[{stage.module}] dead letters after replay: {dead}")
        if claims := stage.claims():
            found.problems.append(f"[{stage.module}] {claims} claims stand")
        found.numbers += Counter(
            soak_links=len(self.pairs), lost=len(self.lost(look)), duplicates=len(self.doubled(look))
        )
        found.numbers += Counter({f"plane_soak_{name}": count for name, count in self.weather.count.items()})
        found.numbers["plane_soak_edits"] += self.edits
        found.numbers["plane_soak_links"] += len(self.pairs)
        return found


def _apart(look: Look, pair: Pair, rules: Any) -> list[str]:
    case, row = look.cases[pair.case_id], look.incidents[pair.sys_id]
    apart = (
        [] if rules.status.accepted(case["caseStatus"], row["state"]) else [f"{case['caseStatus']} and {row['state']}"]
    )
    apart += ["title"] if case["title"] != row["short_description"] else []
    apart += ["description"] if case["description"] != row["description"] else []
    watching = {watcher["email"] for watcher in case["watchers"]}
    return apart + (["watchers"] if watching != set(filter(None, row["watch_list"].split(","))) else [])


def _copies(look: Look, side: str, kind: str, pair: Pair, text: str) -> int:
    if kind == "file":
        digest = hashlib.sha256(text.encode()).hexdigest()
        if side == "case":
            return sum(file["hash"] == digest for file in look.files(pair.sys_id))
        return sum(file["sha256"] == digest for file in look.cases[pair.case_id]["caseAttachments"] if file["stored"])
    return written(look.texts(pair.sys_id) if side == "case" else look.bodies(pair.case_id), text)


def replay(stage: Stage) -> None:
    """As an operator types it: a process of its own, since two modules soak at once and have an environment each."""
    typed = [sys.executable, str(ROOT / "deploy_integrations_solution.py"), "replay", "--all", "--yes"]
    environment = os.environ | stage.plane.operator_environment()
    done = subprocess.run(typed, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"replay: {done.stdout}{done.stderr}"


def soak(module: str, links: int, show: Callable[[str], None]) -> Figures:
    with staged(module) as stage:
        stage.still_clock()
        stage.scan_at_once()
        soaking = Soak(stage, links, show)
        soaking.play()
        return soaking.figures()


def run(quick: bool, show: Callable[[str], None]) -> Figures:
    """Both modules at once; quick: few pairs of one."""
    total = Figures(notes=[f"soak on the plane: seed {SEED}; which call fails is the machine's choice"])
    if quick:
        total.add(soak("itsm", LINKS["quick"], show))
        return total
    with ThreadPoolExecutor(2) as beside:
        for found in beside.map(lambda module: soak(module, LINKS["full"], show), ("itsm", "ir")):
            total.add(found)
    return total
