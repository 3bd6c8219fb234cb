"""Each mechanism of the pass switched off, to see what it prevents: a proof that stays green proves it unnecessary,
or the proof blind.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from integration.cases import looks, new_incident
from integration.cases.apply import notes as said
from integration.cases.apply import whole as applied
from integration.cases.apply.writer import Writer
from integration.cases.plan import fields, synced
from integration.cases.plan import whole as planned
from integration.reconcile import create_once
from tests.fakes.cases import FakeCases
from tests.fakes.links import FakeLinks
from tests.proofs.cases.histories import WILD_FROM, rule, run_seeds
from tests.proofs.kit import stage
from tests.proofs.kit.part import Depth, Figures, Part, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.cases.link import Intent, Link, Pair
    from integration.cases.reconciler import Reconciler
    from integration.cases.wake import Wake

CHUNK = 50


def _no_intents(_: list[Intent], base: Pair, __: Pair) -> Pair:
    return base


def _unmarked(links: FakeLinks, case_id: str, now: float) -> bool:
    raw = links.rows[case_id]
    return bool(raw["owner"]) and raw["expires"] > now


def _untagged(cases: FakeCases, arn: str) -> dict[str, str]:
    return {}


_make = new_incident.incident_values


def _without_sys_id(core: Reconciler, case: Any) -> dict[str, str]:
    return {name: value for name, value in _make(core, case).items() if name != "sys_id"}


_claim = FakeLinks.claim


def _forgetting_stands(wake: Wake, row: Any, **_: Any) -> bool:
    return wake.sent + create_once.MARGIN_S < row.link.clean_began and not wake.sweep


def _versionless(links: FakeLinks, *given: Any, **more: Any) -> Any:
    row = _claim(links, *given, **more)
    known = given[4] if len(given) > 4 else more.get("known")
    return row if row is None or known is None else type(row)(known.version, row.owner, row.expires, link=row.link)


def _told_at_once(link: Link, *given: Any, **more: Any) -> Any:
    plan = fields.plan_fields(link, *given, **more)
    return replace(plan, base=plan.base | plan.base_once_said, base_once_said={})


_claim_incident = FakeLinks.claim_incident


def _without_request(links: FakeLinks, row: Any, *given: Any) -> Any:
    known = links.by_incident.get(row.sys_id)
    if known and not known.case_id:
        links.by_incident[row.sys_id] = replace(known, request=None)
    return _claim_incident(links, row, *given)


MECHANISMS: dict[str, tuple[str, Callable[[], Any]]] = {
    "names": (
        "names of what is about to be written",
        lambda: patch.object(synced, "explained", _no_intents),
    ),
    "taking back names": (
        "names of writes that were not made are taken back",
        lambda: patch.object(Writer, "withdraw_intents", lambda _: None),
    ),
    "names of watchers": (
        "the same for watchers",
        lambda: patch.object(applied, "announce_watchers", lambda *_: None),
    ),
    "marks": (
        "a message that meets a live claim leaves a mark",
        lambda: patch.object(FakeLinks, "mark", _unmarked),
    ),
    "wait": (
        "nothing is repeated while a lost write to ServiceNow may still land",
        lambda: patch.object(create_once, "wait_until_settled", lambda *_: None),
    ),
    "stands": (
        "an old message is no news, unless something was left behind",
        lambda: patch.object(looks, "dealt_with", _forgetting_stands),
    ),
    "reread": (
        "what was read before another worked here is read again",
        lambda: patch.object(FakeLinks, "claim", _versionless),
    ),
    "own sys_id": (
        "a new incident carries a sys_id of ours",
        lambda: patch.object(new_incident, "incident_values", _without_sys_id),
    ),
    "tag": (
        "a new case carries the tag of its incident",
        lambda: patch.object(FakeCases, "tags", _untagged),
    ),
    "request": (
        "the request of a new case is kept and repeated as it was",
        lambda: patch.object(FakeLinks, "claim_incident", _without_request),
    ),
    "said once": (
        "a note of ours that stands in the journal is not said again",
        lambda: patch.object(said, "already_said", lambda *_: False),
    ),
    "told after the note": (
        "the base moves past a disagreement after it was told",
        lambda: patch.object(planned, "plan_fields", _told_at_once),
    ),
    "visibility": (
        "a message comes back only after its claim has expired",
        lambda: patch.object(stage, "VISIBLE_AGAIN_S", -60.0),
    ),
}


def lame(mechanism: str, first: int, number: int) -> Figures:
    """What happens without it: in how many histories, and which rules are broken."""
    with MECHANISMS[mechanism][1]():
        found = run_seeds(range(first, first + number))
    rules = sorted({rule(problem.partition(": ")[2]) for problem in found.problems})
    return Figures(Counter({mechanism: found.numbers["violations"]}), notes=[f"{mechanism}\t{what}" for what in rules])


def tries(depth: Depth) -> list[tuple[str, int, int]]:
    """Half of them usual, half wild."""
    half = range(0, depth.lame // 2, CHUNK)
    return [(name, first + start, CHUNK) for name in MECHANISMS for first in (0, WILD_FROM) for start in half]


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    """No problems: these figures are read, not judged."""
    total = Figures(Counter(dict.fromkeys(MECHANISMS, 0)))
    for found in spread(lame, tries(depth), depth.jobs):
        total.numbers.update(found.numbers)
        total.notes += [note for note in found.notes if note not in total.notes]
        advance(1)
    return total


PART = Part("without", "each mechanism switched off", lambda depth: len(tries(depth)), run)
