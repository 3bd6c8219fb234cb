"""Many workspaces by one order: bad and duplicate names are named, the rest goes on; one list of links at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.reconcile.errors import Later
from integration.workspaces.model import BadOrder, NoteKey, Phase
from integration.workspaces.naming import person_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.workspaces.model import Order, Person, Row
    from integration.workspaces.ordering import Held
    from integration.workspaces.reconciler import Reconciler

AT_ONCE = 20
"""Accepted in one write, which takes a hundred, four a workspace; woken by two messages' calls."""
PROGRESS_S, HURRY_S = 60.0, 10.0
LOOK_S, SOON_S, SOON_SHARE = 2.0, 1.0, 0.05
"""Looked at again when half of the rest should be made, so that few looks tell soon that all is; no sooner than after a
share of the time it takes already, since some may wait for somebody.
"""
LINES_MOST = 25
"""More links are a file beside the item."""
LIST_FILE = "workspaces.csv"


@dataclass(frozen=True, slots=True)
class Named:
    """`people`, each with its place among the names; `left_out`: sentences about the others."""

    people: tuple[tuple[int, Person], ...]
    left_out: tuple[str, ...]


def named(names: Sequence[str], most: int) -> Named:
    """Raises `BadOrder` where there are more than may be, or none can stand."""
    typed = [(index, name) for index, name in enumerate(names) if name.strip()]
    if len(typed) > most:
        raise BadOrder("names", f"One order makes {most} workspaces at most; this names {len(typed)}.")
    people: dict[str, tuple[int, Person]] = {}
    left_out = []
    for index, name in typed:
        try:
            person = person_of(name)
        except BadOrder as bad:
            left_out.append(f"line {index + 1}: {bad}")
            continue
        if person.key in people:
            left_out.append(f"line {index + 1}: {person.shown} stands in line {people[person.key][0] + 1} already")
        else:
            people[person.key] = (index, person)
    if not people:
        raise BadOrder("names", "No name of the order can stand:\n" + "\n".join(left_out[:LINES_MOST]))
    return Named(tuple(people.values()), tuple(left_out))


def make(core: Reconciler, wake: Callable[[Sequence[str]], None], held: Held, order: Order, deadline: float) -> None:
    """Accept what is not accepted yet, wake its passes, tell how far it is. Raises `Later` until all is made.

    Dies after some are accepted: they are met again, by their place among the names.
    """
    wanted = named(order.names, core.settings.policy.names_most)
    _accept(core, wake, held, order, wanted, deadline)
    rows = core.records.many(held.row.workspaces)
    open_ones = [row for row in rows.values() if row.phase not in {Phase.READY, Phase.GONE}]
    if open_ones:
        began, ready = min(row.created for row in open_ones), sum(row.phase is Phase.READY for row in rows.values())
        _progress(core, held, wanted, ready, open_ones, began)
        pause = _pause_s(core.clock() - began, ready, len(open_ones))
        raise Later("the workspaces of this order are being made", core.clock() + pause)
    _deliver(core, held, wanted, [rows[each] for each in held.row.workspaces if each in rows])


def _pause_s(taken_s: float, ready: int, left: int) -> float:
    """Half of what the rest takes at the pace until now; no more than it took so far, since the first ones are slow."""
    taken_s = max(taken_s, LOOK_S)
    half_s = taken_s * left / ready / 2 if ready else taken_s
    return min(max(min(half_s, taken_s), taken_s * SOON_SHARE, SOON_S), PROGRESS_S)


def _accept(
    core: Reconciler,
    wake: Callable[[Sequence[str]], None],
    held: Held,
    order: Order,
    wanted: Named,
    deadline: float,
) -> None:
    while held.row.accepted < len(wanted.people):
        if deadline - core.clock() < HURRY_S:
            raise Later("this pass has used its time; the next goes on from here", core.clock())
        batch = wanted.people[held.row.accepted : held.row.accepted + AT_ONCE]
        made = core.accept_together(order, batch)
        ids = tuple(dict.fromkeys((*held.row.workspaces, *made)))
        held.row = replace(held.row, workspaces=ids, accepted=held.row.accepted + len(batch))
        held.save()
        wake(made)


def _progress(
    core: Reconciler, held: Held, wanted: Named, ready: int, open_ones: Sequence[Row], began: float
) -> None:  # fmt: skip
    now = core.clock()
    if now - (held.row.noted or began) < PROGRESS_S:
        return
    reasons = sorted({row.blocked.reason for row in open_ones if row.blocked})
    text = f"{ready} of {len(wanted.people)} workspaces are ready."
    text += "".join(f"\nSome wait: {each}." for each in reasons)
    if wanted.left_out and not held.row.noted:
        text += "\n" + _left_out(wanted)
    held.row = replace(held.row, noted=now)
    held.say(f"progress {ready} {','.join(reasons)}", text)


def _deliver(core: Reconciler, held: Held, wanted: Named, rows: Sequence[Row]) -> None:
    """Dies after the file: it is put there again, under the same name."""
    shown = {person.digest: person.shown for _, person in wanted.people}
    ready = [(row, row.members[0]) for row in rows if row.phase is Phase.READY]
    lines = [(shown.get(who.id) or core.records.shown(row, who), core.settings.link(row, who)) for row, who in ready]
    text = f"Done: {len(lines)} of {len(wanted.people)} workspaces are ready."
    if len(lines) > LINES_MOST:
        listed = "".join(f'"{_as_text(name)}",{address}\n' for name, address in lines)
        core.orders.attach(held.row.key, LIST_FILE, f"name,link\n{listed}")
        text += f" Their links stand in {LIST_FILE}."
    else:
        text += "".join(f"\n{name}: {address}" for name, address in lines)
    held.say(NoteKey.DELIVERED, "\n".join([text, *([_left_out(wanted)] if wanted.left_out else [])]), close=True)


def _as_text(name: str) -> str:
    """A table takes what begins so for a formula."""
    return f"'{name}" if name[0] in "+-@" else name


def _left_out(wanted: Named) -> str:
    more = len(wanted.left_out) - LINES_MOST
    lines = [*wanted.left_out[:LINES_MOST], *([f"and {more} more"] if more > 0 else [])]
    return "Left out:\n" + "\n".join(lines)
