"""The named seeds: histories that once went wrong, or must never, each told and played, with what prevents it. Of every
mechanism there is one.

Each is played as it is, where it must end well, and with its mechanism switched off, where it must not: a seed that
ends well either way shows nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT
from integration.clients.errors import Unavailable
from tests.fakes.incidents import OWN_USER
from tests.fakes.running import CLAIM_S, FUNCTION_S, Running
from tests.fakes.world import Killed
from tests.proofs.cases.guards_off import MECHANISMS
from tests.proofs.kit import stage
from tests.proofs.kit.edits import STATES, edit_of, play
from tests.proofs.kit.part import Depth, Figures, Part

if TYPE_CHECKING:
    from collections.abc import Callable

NEXT_RECEIVE_S = CLAIM_S + 40
SWEEPS = 3


@dataclass(frozen=True)
class Seed:
    """`play` gives what did not hold, empty if all did; `prevented_by` names an entry of `MECHANISMS`."""

    name: str
    play: Callable[[], str]
    prevented_by: str


def interfere(running: Running, moment: str, call: str, do: Callable[[], None], number: int = 1) -> None:
    """Once, at the `number`th such call."""
    left = number

    def hook(now: str, _: str, called: str) -> None:
        nonlocal left
        if (now, called) == (moment, call):
            left -= 1
            if left == 0:
                running.world.hook = lambda *_: None
                do()

    running.world.hook = hook


def dies() -> None:
    raise Killed


def killed_at(running: Running, moment: str, call: str, side: str, key: str, number: int = 1) -> None:
    """The event of one side, whose pass dies there."""
    interfere(running, moment, call, dies, number)
    try:
        running.run(running.wake(side, key))
    except Killed:
        return
    raise AssertionError(f"no pass came to {call}")


def does(running: Running, *texts: str) -> None:
    for edit in map(edit_of, texts):
        play(edit, running, *running.linked())


def linked(module: str = "itsm", **wins: object) -> tuple[Running, str, str]:
    running = Running(module, wins or None)
    running.case(running.cases.make("Root key used"))
    running.world.now += 60
    return running, *running.linked()


def swept(running: Running) -> None:
    running.world.now += NEXT_RECEIVE_S
    for _ in range(SWEEPS):
        running.sweep()


def conflicts(running: Running) -> list[str]:
    said = [text for case_id in running.cases.records for text in running.comments(case_id)]
    records = running.incidents.records.values()
    said += [e["text"] for record in records for e in record["journal"] if e["author"] == OWN_USER]
    return [text for text in said if text.startswith("[Integration] conflict")]


# ------------------------------------------------------------------------------------------------ the seeds
def second_incident() -> str:
    """An incident becomes a case; the pass dies before the link is stored; then the new case's own event comes."""
    running = Running()
    sys_id = running.incidents.make("Odd logins", description="from two countries")
    killed_at(running, "after", "CreateCase", INCIDENT, sys_id)
    running.case(next(iter(running.cases.records)))
    swept(running)
    made = (len(running.cases.records), len(running.incidents.records))
    return "" if made == (1, 1) else f"{made[0]} cases and {made[1]} incidents"


def late_commit() -> str:
    """The answer to the creation is lost, and the record appears 59 seconds later, under a sys_id of the instance's."""
    running = Running()
    running.incidents.honours_sys_id = False
    running.incidents.losing.append(59.0)
    running.case(running.cases.make("Root key used"))
    swept(running)
    made = len(running.incidents.records)
    return "" if made == 1 else f"{made} incidents"


def half_walked() -> str:
    """Draft → Contain takes two hops; the pass dies after the first, which is nobody's edit."""
    running, case_id, sys_id = linked("ir")
    does(running, "incident state: contained")
    killed_at(running, "after", "UpdateCaseStatus", INCIDENT, sys_id)
    running.world.now += NEXT_RECEIVE_S
    running.case(case_id)
    swept(running)
    stands = (running.status(case_id), running.state(sys_id))
    wanted = ("Containment, Eradication and Recovery", STATES["ir"]["contained"])
    return "" if stands == wanted and not conflicts(running) else f"{stands}, {len(conflicts(running))} conflicts told"


def cut_title() -> str:
    """A title too long for the column is cut; the pass dies; somebody on AWS changes the end of it."""
    running, case_id, sys_id = linked()
    does(running, f"case title: {'x' * 200}")
    killed_at(running, "after", "update", CASE, case_id)
    newer = "y" + "x" * 199
    does(running, f"case title: {newer}")
    running.world.now += NEXT_RECEIVE_S
    running.case(case_id)
    swept(running)
    title = running.cases.records[case_id]["values"]["title"]
    shown = running.incidents.records[sys_id]["columns"]["short_description"]
    return "" if title == newer and shown == newer[:160] else f"the case's title is {title[:10]}… of {len(title)}"


def lost_note() -> str:
    """Nothing leads the case back to where the incident says it is; the pass dies before it has said so."""
    running, _, sys_id = linked()
    does(running, "incident state: working")
    running.incident(sys_id)
    does(running, "incident state: new")
    killed_at(running, "before", "update", INCIDENT, sys_id)
    running.world.now += NEXT_RECEIVE_S
    running.incident(sys_id)
    swept(running)
    said = [text for text in running.journal(sys_id) if text.startswith("[Integration] status")]
    return "" if len(said) == 1 else f"it was said {len(said)} times"


def lost_mark() -> str:
    """A person edits directly before a pass lets go; that event finds a live claim and is acknowledged."""
    running, case_id, sys_id = linked()
    does(running, "case title: from AWS")

    def edited() -> None:
        does(running, "incident work note: at the last moment")
        running.run(running.wake(INCIDENT, sys_id))

    interfere(running, "before", "release", edited)
    running.case(case_id)
    there = [text for text in running.comments(case_id) if text.endswith("at the last moment")]
    return "" if len(there) == 1 else f"the note stands {len(there)} times on the case, without a sweep"


def own_message() -> str:
    """A comment arrives while a pass works; the pass dies after it began anew; its own message comes back later.

    The message is older than the last clean pass, so only the dead claim says that something is left to do.
    """
    running, case_id, sys_id = linked()
    wake = running.wake(CASE, case_id)
    running.world.now += 20
    running.case(case_id, forced=True)
    does(running, "case comment: hello")
    killed_at(running, "before", "update", CASE, case_id)
    running.world.now += NEXT_RECEIVE_S
    running.deliver(wake)
    there = [text for text in running.journal(sys_id) if text.endswith("hello")]
    return "" if len(there) == 1 else f"the comment stands {len(there)} times on the incident, without a sweep"


def throttled_note() -> str:
    """Both change the title; the loser is told on AWS; the field itself is throttled and follows later."""
    running, case_id, sys_id = linked(fields={"short_description": {"policy": "servicenow"}})
    does(running, "case title: from AWS", "incident title: from ServiceNow")

    def throttled() -> None:
        raise Unavailable("security_ir", "throttled")

    interfere(running, "before", "UpdateCase", throttled)
    running.incident(sys_id)
    swept(running)
    title, told = running.cases.records[case_id]["values"]["title"], conflicts(running)
    fine = title == "from ServiceNow" and len(told) == 1 and "from AWS" in told[0]
    return "" if fine else f"the title is {title!r}, told {len(told)} times"


def throttled_then_taken_back() -> str:
    """A title's way over is throttled; AWS takes it back; a person writes just that title into the incident."""
    running, case_id, sys_id = linked()
    does(running, "case title: newer")

    def throttled() -> None:
        raise Unavailable("servicenow", "throttled")

    interfere(running, "before", "update", throttled)
    with suppress(Unavailable):
        running.run(running.wake(CASE, case_id))
    does(running, "case title: Root key used", "incident title: newer")
    swept(running)
    title = running.cases.records[case_id]["values"]["title"]
    shown = running.incidents.records[sys_id]["columns"]["short_description"]
    return "" if title == shown == "newer" else f"the case's title is {title!r}, the incident's {shown!r}"


def watcher_removed() -> str:
    """A watcher of the case goes to the watch list; the pass dies; that one is taken off the case."""
    running, case_id, sys_id = linked()
    does(running, "case watch: ann@here.example")
    killed_at(running, "after", "update", CASE, case_id)
    does(running, "case unwatch: ann@here.example")
    swept(running)
    watches = running.cases.records[case_id]["watchers"]
    listed = running.incidents.records[sys_id]["columns"].get("watch_list", "")
    return "" if not watches and not listed else f"{sorted(watches)} watch the case, {listed!r} the incident"


def stale_read() -> str:
    """A pass has read the case; before it claims, another brings an edit of the incident over and is done."""
    running, case_id, sys_id = linked()
    does(running, "case comment: hello")

    def overtaken() -> None:
        does(running, "incident title: from ServiceNow")
        running.run(running.wake(INCIDENT, sys_id))
        running.world.hook = watch

    titles: list[str] = []
    columns = running.incidents.records[sys_id]["columns"]

    def watch(moment: str, _: str, call: str) -> None:
        if (moment, call) == ("after", "update"):
            titles.append(columns["short_description"])

    interfere(running, "before", "claim", overtaken)
    running.case(case_id)
    return "" if set(titles) == {"from ServiceNow"} else f"the incident's title went through {titles}"


def very_late_commit() -> str:
    """The answer to the creation is lost, and the record is written after four minutes, when all waits are over."""
    running = Running()
    running.incidents.losing.append(240.0)
    running.case(running.cases.make("Root key used"))
    swept(running)
    swept(running)
    made = len(running.incidents.records)
    return "" if made == 1 else f"{made} incidents"


def said_and_died() -> str:
    """A title too long for the column is continued in a note; the pass dies after it was written."""
    running, case_id, sys_id = linked()
    does(running, f"case title: {'x' * 300}")
    killed_at(running, "after", "update", CASE, case_id)
    running.world.now += NEXT_RECEIVE_S
    running.case(case_id)
    swept(running)
    said = sum(text.startswith("[Integration] continued") for text in running.journal(sys_id))
    return "" if said == 1 else f"the rest of the title stands {said} times in the journal"


def edited_while_made() -> str:
    """AWS has made the case of an incident, the pass dies; the incident is edited before the next one repeats it."""
    running = Running()
    sys_id = running.incidents.make("Odd logins", description="from two countries")
    killed_at(running, "after", "CreateCase", INCIDENT, sys_id)
    running.incidents.edit(sys_id, short_description="Very odd logins")
    running.world.now += NEXT_RECEIVE_S
    running.incident(sys_id)
    swept(running)
    titles = [record["values"]["title"] for record in running.cases.records.values()]
    refused = [text for text in running.journal(sys_id) if "refused" in text]
    return (
        "" if titles == ["Very odd logins"] and not refused else f"the cases are {titles}, {len(refused)} refusals told"
    )


def early_message() -> str:
    """A pass dies; its message comes back when the queue lets it, and there is no other."""
    running, case_id, sys_id = linked()
    does(running, "case comment: hello")
    wake, began = running.wake(CASE, case_id), running.world.now
    killed_at(running, "before", "update", CASE, case_id)
    running.world.now = began + FUNCTION_S + stage.VISIBLE_AGAIN_S
    running.deliver(wake)
    there = [text for text in running.journal(sys_id) if text.endswith("hello")]
    return "" if len(there) == 1 else f"the comment stands {len(there)} times on the incident, without a sweep"


SEEDS = (
    Seed("second incident for an incident-born case", second_incident, "tag"),
    Seed("late commit of an ambiguous create", late_commit, "wait"),
    Seed("a half-walked status read as an edit", half_walked, "names"),
    Seed("a cut title written back", cut_title, "names"),
    Seed("a note lost before it was said", lost_note, "told after the note"),
    Seed("a conflict note between two writes", throttled_note, ""),
    Seed("a mark lost at release", lost_mark, "marks"),
    Seed("a dead holder's own message acknowledged", own_message, "stands"),
    Seed("a person's title taken for ours", throttled_then_taken_back, "taking back names"),
    Seed("a watcher put on again", watcher_removed, "names of watchers"),
    Seed("a title put back by an old look", stale_read, "reread"),
    Seed("a creation that lands after all waits", very_late_commit, "own sys_id"),
    Seed("a note said again after a death", said_and_died, "said once"),
    Seed("a creation repeated after an edit", edited_while_made, "request"),
    Seed("a message that meets its own pass's claim", early_message, "visibility"),
)


def without(seed: Seed) -> str:
    """How it ends without what prevents it."""
    with MECHANISMS[seed.prevented_by][1]():
        return seed.play()


def run(_: Depth, advance: Callable[[int], None]) -> Figures:
    found = Figures()
    for seed in SEEDS:
        wrong = seed.play()
        found.numbers["named_seeds"] += 1
        found.numbers["named_seeds_survived"] += not wrong
        found.problems += [f"{seed.name}: {wrong}. {seed.play.__doc__}"] if wrong else []
        if seed.prevented_by:
            ends = without(seed)
            found.numbers["named_seeds_that_bite"] += bool(ends)
            found.notes.append(f"{seed.name}: without {seed.prevented_by}, {ends or 'nothing goes wrong'}")
            found.problems += (
                [] if ends else [f"{seed.name}: ends well without {seed.prevented_by}, so it shows nothing"]
            )
        advance(1)
    shown = {seed.prevented_by for seed in SEEDS}
    found.problems += [f"no seed shows what {name!r} prevents" for name in MECHANISMS if name not in shown]
    return found


PART = Part("seeds", "named seeds, and each without what prevents it", lambda _: len(SEEDS), run)
