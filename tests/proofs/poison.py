"""One pair that can never sync beside many good ones; and an hour in which the whole instance is out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.case_sync.base import CASE, INCIDENT, SUSPENDED
from integration.case_sync.errors import Misconfigured
from tests.fakes.world import OWN_USER
from tests.proofs.crowd import Crowd, deployment
from tests.proofs.edits import edit_of
from tests.proofs.part import Depth, Figures, Part

if TYPE_CHECKING:
    from collections.abc import Callable

HOURS = ("token revoked", "role removed", "half of the records hidden")
PAIRS_IN_BAD_HOUR = 40


def poisoned(side: str, good: int) -> Figures:
    """The poison comes first and again and again; each good one must need exactly one delivery."""
    crowd = Crowd(deployment())
    running = crowd.running
    running.incidents.refuse = lambda _, values: "no" if "poison" in values.get("short_description", "") else None
    titles = ["poison", *(f"good {number}" for number in range(good))]
    running.cases.refused_titles = {"poison"}
    make = running.cases.make if side == CASE else running.incidents.make
    if side == INCIDENT:
        running.incidents.refuse = lambda *_: None
    keys = [make(title) for title in titles]
    found = Figures()
    for key in keys:
        crowd.send(running.wake(side, keys[0]))
        crowd.send(running.wake(side, key))
        crowd.work()
    found.numbers["poison_good_cases"] += good
    if crowd.count["deliveries"] != 2 * (good + 1):
        found.problems.append(f"{crowd.count['deliveries']} deliveries instead of {2 * (good + 1)}")
    if sum(1 for _ in crowd.pairs()) != good:
        found.problems.append("not every good one is linked")
    said = running.comments(keys[0]) if side == CASE else running.journal(keys[0])
    if sum(text.startswith("[Integration] refused") for text in said) != 1:
        found.problems.append(f"the refusal was said {len(said)} times")
    return found


def bad_hour(kind: str, pairs: int) -> Figures:
    """People go on working on both sides; the poller runs each minute; afterwards everything arrives, and no note."""
    crowd = Crowd(deployment())
    running = crowd.running
    for number in range(pairs):
        crowd.send(running.wake(CASE, running.cases.make(f"case {number}")))
    crowd.minutes(3)
    notes = _notes(crowd)
    _BREAK[kind](crowd)
    for number, (case_id, sys_id) in enumerate(list(crowd.pairs())):
        crowd.edit(edit_of(f"case comment: from AWS {number}"), case_id, sys_id)
        crowd.edit(edit_of(f"incident work note: from ServiceNow {number}"), case_id, sys_id)
        if number % 10 == 9:
            crowd.minutes(1)
    crowd.minutes(50)
    found = Figures()
    if any(link.state == SUSPENDED for link in crowd.links()):
        found.problems.append(f"{kind}: a link was suspended")
    if not crowd.count["Misconfigured"]:
        found.problems.append(f"{kind}: no alarm")
    _mend(crowd)
    crowd.minutes(45)
    found.problems += [f"{kind}: {what}" for what in _missing(crowd)]
    if _notes(crowd) != notes:
        found.problems.append(f"{kind}: {_notes(crowd) - notes} note(s) were written")
    found.numbers["bad_hours"] += 1
    return found


def _missing(crowd: Crowd) -> list[str]:
    running, missing = crowd.running, list[str]()
    for number, (case_id, sys_id) in enumerate(crowd.pairs()):
        there = sum(f"from AWS {number}" == text.partition("\n")[2] for text in running.journal(sys_id))
        here = sum(f"from ServiceNow {number}" == text.partition("\n")[2] for text in running.comments(case_id))
        missing += [f"pair {number}: {there} and {here} instead of one each"] if (there, here) != (1, 1) else []
    return missing


def _notes(crowd: Crowd) -> int:
    running = crowd.running
    texts = [text for case_id in running.cases.records for text in running.comments(case_id)]
    entries = [entry for record in running.incidents.records.values() for entry in record["journal"]]
    texts += [entry["text"] for entry in entries if entry["author"] == OWN_USER]
    return sum(text.startswith("[Integration]") for text in texts)


def _revoke(crowd: Crowd) -> None:
    def hook(moment: str, system: str, _: str) -> None:
        if (moment, system) == ("before", "servicenow"):
            raise Misconfigured("servicenow", "the token was revoked")

    crowd.world.hook = hook


def _hide(share: int) -> Callable[[Crowd], None]:
    def hide(crowd: Crowd) -> None:
        crowd.running.incidents.hidden = set(list(crowd.running.incidents.records)[::share])

    return hide


_BREAK = {HOURS[0]: _revoke, HOURS[1]: _hide(1), HOURS[2]: _hide(2)}


def _mend(crowd: Crowd) -> None:
    crowd.world.hook = lambda *_: None
    crowd.running.incidents.hidden = set()


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    total = Figures()
    for side in (CASE, INCIDENT):
        total.add(poisoned(side, depth.good_cases))
        advance(1)
    for kind in HOURS:
        total.add(bad_hour(kind, PAIRS_IN_BAD_HOUR))
        advance(1)
    return total


PART = Part("poison", "one that never syncs, and an hour out of order", lambda _: 2 + len(HOURS), run)
