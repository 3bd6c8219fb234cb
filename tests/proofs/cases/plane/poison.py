"""On the running system: one that can never sync beside good ones, and bad hours of the whole instance.

A data policy refuses the poisoned case's incident, and an edit of a poisoned pair. The good ones need one delivery
each; the refusal is said once; the rest of that pair goes on; after the fix and `replay` it resumes.
In a bad hour (token refused, role taken away, AWS denying the functions) no link is suspended, nobody is told anything,
the alarm's metric counts, and afterwards everything arrives once.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from integration import names as n
from integration.aws_plane.faults import Effect, Fault
from tests.e2e.shift import told, written
from tests.proofs.cases.plane.soak import replay
from tests.proofs.kit.part import Figures
from tests.proofs.kit.plane.stage import staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.shift import Pair
    from tests.proofs.kit.plane.stage import Stage

GOOD = {"full": 60, "quick": 12}
PAIRS = 8
POISON_COMES_AGAIN = 10
OWN_INCIDENTS = (
    "bad hours: without the role an instance still lets us read and comment on incidents we opened ourselves; what it "
    "refuses there is blocked, said and tried again like any refusal, and is not part of these figures"
)
ROLES = {"incident": "itil", "sn_si_incident": "sn_si.analyst"}


# ------------------------------------------------------------------------------------------------ poison
@contextmanager
def refusing(stage: Stage, condition: str) -> Iterator[None]:
    """A data policy wants a field that nobody fills where this encoded query holds."""
    before = stage.servicenow.send("GET", "config")["mandatory"]
    policy = {"table": stage.table, "condition": condition, "fields": ["correlation_id", "business_service"]}
    with stage.switched("servicenow", mandatory=[*before, policy]):
        yield


def creation(stage: Stage, good: int) -> Figures:
    """The poison is announced again and again among the others' creations."""
    found, began = Figures(), time.time()
    with refusing(stage, "short_descriptionLIKEpoison"):
        with stage.held_back():
            poison = stage.new_case("poison", "Never.")
            ids = [stage.new_case(f"good {number}", "Fine.") for number in range(good)]
            for _ in range(POISON_COMES_AGAIN):
                stage.look_at_case(poison)
        stage.until(lambda: all(stage.look().pair(case_id) for case_id in ids), seconds=300)
        stage.quiet(300)
        waited = [
            line for line in stage.passes_since(began) if line["case_id"] in ids and line["ends"] != "acknowledge"
        ]
        found.problems += [f"creation: {len(waited)} passes of good cases had to wait"] if waited else []
        found.problems += _said_once(stage, poison, "creation")
        found.problems += [] if "Blocked" in stage.metrics_since(began) else ["creation: no metric"]
    replay(stage)
    stage.quiet(300)
    if not stage.incident_of(poison):
        found.problems.append("creation: it does not resume after the fix")
    found.numbers["plane_good_cases"] += good
    return found


def edit(stage: Stage) -> Figures:
    """Only the poisoned description is held back; comments of the same pair go on."""
    found, pair, other = Figures(), stage.opened(), stage.opened()
    stage.quiet()
    with refusing(stage, "descriptionLIKEpoison"):
        stage.respond(pair.case_id, "fields", description="poison")
        stage.respond(pair.case_id, "comment", body="Goes on.")
        stage.respond(other.case_id, "comment", body="Not delayed.")
        stage.until(lambda: written(stage.notes(pair), "Goes on.") and written(stage.notes(other), "Not delayed."))
        stage.until(lambda: told(stage.comments(pair), "refused"))
        for _ in range(3):
            stage.sweep(pair)
        stage.quiet()
        found.problems += _said_once(stage, pair.case_id, "edit")
        if stage.incident(pair.sys_id)["description"] == "poison":
            found.problems.append("edit: the instance did not refuse")
    replay(stage)
    stage.quiet()
    if stage.incident(pair.sys_id)["description"] != "poison":
        found.problems.append("edit: it does not resume after the fix")
    found.problems += _said_once(stage, pair.case_id, "edit, after the fix")
    return found


def _said_once(stage: Stage, case_id: str, what: str) -> list[str]:
    said = told(stage.bodies(case_id), "refused")
    return [] if len(said) == 1 else [f"{what}: the refusal was said {len(said)} times"]


# ------------------------------------------------------------------------------------------------ a bad hour
@contextmanager
def _token_refused(stage: Stage) -> Iterator[None]:
    """The registration knows our assertions no more, and every token is gone."""
    with stage.switched("servicenow", audiences=["nobody"]):
        stage.servicenow.send("DELETE", "oauth/tokens")
        yield


@contextmanager
def _role_removed(stage: Stage) -> Iterator[None]:
    stage.roles(revoke=[ROLES[stage.table]])
    try:
        yield
    finally:
        stage.roles(grant=[ROLES[stage.table]])


@contextmanager
def _aws_denies(stage: Stage) -> Iterator[None]:
    denied = Fault("security-ir:*", Effect.ERROR, times=100_000, status=403, code="AccessDeniedException")
    number = stage.plane.faults.add(denied)
    try:
        yield
    finally:
        stage.plane.faults.remove(number)


HOURS = {"token refused": _token_refused, "role removed": _role_removed, "AWS denies": _aws_denies}


def bad_hour(stage: Stage, kind: str) -> Figures:
    """Incidents that people opened: those we opened ourselves an instance shows us without the role."""
    pairs = [stage.reported() for _ in range(PAIRS)]
    stage.quiet()
    notes, began, found = stage.look().said(), time.time(), Figures()
    with HOURS[kind](stage):
        for number, pair in enumerate(pairs):
            stage.respond(pair.case_id, "comment", body=f"From AWS {number}.")
            stage.edit(pair.sys_id, work_notes=f"From ServiceNow {number}.")
        stage.until(stage.waiting, seconds=180)
        stage.quiet(300)
        for _ in range(3):
            stage.hours_pass([pair.case_id for pair in pairs])
        found.problems += _suspended(stage, pairs)
        found.problems += [] if n.METRIC_MISCONFIGURED in stage.metrics_since(began) else ["no metric of an alarm"]
    for _ in range(4):
        stage.hours_pass([pair.case_id for pair in pairs])
        if not _missing(stage, pairs):
            break
    found.problems += [*_missing(stage, pairs), *_suspended(stage, pairs)]
    if (now := stage.look().said()) != notes:
        found.problems.append(f"{now - notes} notes were written")
    found.numbers["plane_bad_hours"] += 1
    return Figures(found.numbers, [f"{kind}: {problem}" for problem in found.problems])


def _missing(stage: Stage, pairs: list[Pair]) -> list[str]:
    found, look = [], stage.look()
    for number, pair in enumerate(pairs):
        there = written(look.texts(pair.sys_id), f"From AWS {number}.")
        here = written(look.bodies(pair.case_id), f"From ServiceNow {number}.")
        found += [] if (there, here) == (1, 1) else [f"pair {number}: {there} and {here} instead of one each"]
    return found


def _suspended(stage: Stage, pairs: list[Pair]) -> list[str]:
    return [f"{pair.case_id} was suspended" for pair in pairs if stage.link(pair.case_id).get("state") == "suspended"]


def run(quick: bool, show: Callable[[str], None]) -> Figures:
    """Quick: fewer good cases, one bad hour."""
    total = Figures(notes=[OWN_INCIDENTS])
    with staged("itsm") as stage:
        stage.still_clock()
        show("one case that ServiceNow refuses among good ones")
        total.add(creation(stage, GOOD["quick" if quick else "full"]))
        show("one edit that ServiceNow refuses")
        total.add(edit(stage))
        for kind in list(HOURS)[: 1 if quick else None]:
            show(f"a bad hour: {kind}")
            total.add(bad_hour(stage, kind))
        if dead := stage.dead():
            total.problems.append(f"dead letters: {dead}")
    return total
