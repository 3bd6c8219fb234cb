"""One pair that can never sync beside many good ones; and hours in which the whole instance is out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.blocking import RETRY_BLOCKED_S
from integration.cases.link import CASE, INCIDENT, SUSPENDED
from integration.clients.errors import Misconfigured
from tests.fakes.incidents import OWN_USER
from tests.proofs.kit.crowd import Crowd, deployment
from tests.proofs.kit.edits import edit_of
from tests.proofs.kit.part import Depth, Figures, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOURS = ("token revoked", "role removed", "half of the records hidden")
PAIRS_IN_BAD_HOUR = 40
BAD_MINUTES = 200
REFUSED = "[Integration] refused"


def poisoned(side: str, good: int) -> Figures:
    """The poison comes first and again and again; each good one must need exactly one delivery; in the end it is mended
    and replayed.
    """
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
    if sum(text.startswith(REFUSED) for text in said) != 1:
        found.problems.append(f"the refusal was said {len(said)} times")
    _mend(crowd)
    crowd.send(running.wake(side, keys[0], forced=True))
    crowd.work()
    if sum(1 for _ in crowd.pairs()) != good + 1:
        found.problems.append("what was refused is not made after the fix")
    return found


def poisoned_pair(how: str, good: int) -> Figures:
    """One linked pair whose new title is never taken, beside many whose is; its people go on.

    Its title is blocked with a reason and said once, its comments go on, and it resumes by itself after the fix.
    """
    crowd = Crowd(deployment())
    running = crowd.running
    for number in range(good + 1):
        crowd.send(running.wake(CASE, running.cases.make(f"case {number}")))
    crowd.work()
    (bad, bad_id), *others = crowd.pairs()
    _POISON[how](crowd, bad_id)
    crowd.count.clear()
    crowd.edit(edit_of("case title: poison"), bad, bad_id)
    for number, (case_id, sys_id) in enumerate(others):
        crowd.edit(edit_of(f"case title: new {number}"), case_id, sys_id)
        crowd.edit(edit_of("case comment: still alive"), bad, bad_id)
        crowd.work()
    found = Figures()
    found.numbers["poison_good_cases"] += good
    if crowd.count["deliveries"] != 2 * good + 1:
        found.problems.append(f"{how}: {crowd.count['deliveries']} deliveries instead of {2 * good + 1}")
    late = [n for n, (_, sys_id) in enumerate(others) if _title(crowd, sys_id) != f"new {n}"]
    found.problems += [f"{how}: {len(late)} good ones are late"] if late else []
    found.problems += [f"{how}: {what}" for what in _blocked_pair(crowd, bad, bad_id, good)]
    _mend(crowd)
    crowd.world.now += RETRY_BLOCKED_S
    crowd.minutes(2)
    if _title(crowd, bad_id) != "poison":
        found.problems.append(f"{how}: it does not resume after the fix")
    return found


def _blocked_pair(crowd: Crowd, bad: str, bad_id: str, good: int) -> Iterator[str]:
    link = next(link for link in crowd.links() if link.case_id == bad)
    if not any(block.reason for key, block in link.blocked.items() if key.startswith("field:title")):
        yield "the title is not blocked with a reason"
    said = [text for text in crowd.running.comments(bad) if text.startswith(REFUSED)]
    if len(said) != 1:
        yield f"the refusal was said {len(said)} times"
    there = [text for text in crowd.running.journal(bad_id) if text.endswith("still alive")]
    if len(there) != good:
        yield f"{len(there)} of {good} comments of the refused pair arrived"


def _title(crowd: Crowd, sys_id: str) -> str:
    return str(crowd.running.incidents.records[sys_id]["columns"]["short_description"])


def _data_policy(crowd: Crowd, _: str) -> None:
    crowd.running.incidents.refuse = lambda _, values: (
        "Data Policy Exception" if "poison" in values.get("short_description", "") else None
    )


def _access_rule(crowd: Crowd, sys_id: str) -> None:
    """The column of that one record is dropped without a word."""
    crowd.running.incidents.drop_on = {sys_id: {"short_description"}}


_POISON = {"a data policy": _data_policy, "an access rule": _access_rule}


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
    crowd.minutes(BAD_MINUTES)
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
    crowd.running.incidents.refuse = lambda *_: None
    crowd.running.incidents.drop_on = {}
    crowd.running.cases.refused_titles = set()


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    total = Figures()
    for side in (CASE, INCIDENT):
        total.add(poisoned(side, depth.good_cases))
        advance(1)
    for how in _POISON:
        total.add(poisoned_pair(how, depth.good_cases))
        advance(1)
    for kind in HOURS:
        total.add(bad_hour(kind, PAIRS_IN_BAD_HOUR))
        advance(1)
    return total


PART = Part("poison", "one that never syncs, and an hour out of order", lambda _: 2 + len(_POISON) + len(HOURS), run)
