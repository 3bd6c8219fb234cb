"""A scripted day in both directions: each step is one thing a person does and what must then stand on the other side.

A step has arrived only if what it carried is there exactly once and reads as it should. At the end the whole day is
counted again: what stands twice is a duplicate, however it got there.
"""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from integration.local.day import CLOSERS, Day, once, sha256

if TYPE_CHECKING:
    from collections.abc import Callable

TO_SN, TO_AWS, BOTH = "AWS → ServiceNow", "ServiceNow → AWS", "both"
PATIENCE_S = 30.0
LOOK_S = 0.05
QUIET_S = 3.0
"""How long a step that must change nothing is watched."""
LONG = " ".join(f"line{number:04d}" for number in range(900))
STATES = {
    "incident": {"working": "2", "hold": "3", "contained": "2", "closed": "7"},
    "sn_si_incident": {"working": "16", "hold": "16", "contained": "18", "closed": "3"},
}
DETECTION, CONTAINMENT = "Detection and Analysis", "Containment, Eradication and Recovery"


@dataclass(frozen=True)
class Step:
    """`act` does it; `arrived` looks at the other side. `quiet`: nothing may change, so it is watched for a while."""

    name: str
    direction: str
    act: Callable[[Day], object]
    arrived: Callable[[Day], bool]
    quiet: bool = False


@dataclass(frozen=True)
class Outcome:
    """`lag_s` is from the end of the act to the first look that saw it; None where it did not arrive."""

    name: str
    direction: str
    arrived: bool
    lag_s: float | None


@dataclass
class Tour:
    """The outcome of a day, as `--json` prints it."""

    module: str
    steps: list[Outcome] = field(default_factory=list)
    duplicates: int = 0
    dead_letters: int = 0
    calls: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(step.arrived for step in self.steps) and not self.duplicates and not self.dead_letters

    def as_json(self) -> dict[str, Any]:
        lags = sorted(step.lag_s for step in self.steps if step.lag_s is not None)
        return {
            "ok": self.ok,
            "module": self.module,
            "steps": [asdict(step) for step in self.steps],
            "lag_p50_s": round(statistics.median(lags), 3) if lags else None,
            "lag_p95_s": round(percentile(lags, 0.95), 3) if lags else None,
            "calls": self.calls,
            "duplicates": self.duplicates,
            "dead_letters": self.dead_letters,
        }


def percentile(ordered: list[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def run(
    day: Day, module: str, dead_letters: Callable[[], int], sweep: Callable[[], None], told: Callable[[Outcome], None]
) -> Tour:
    """Every step in turn; one that does not arrive is noted and the day goes on. `sweep` runs the poller now."""
    tour = Tour(module)
    for step in steps(day, sweep):
        outcome = _taken(day, step)
        tour.steps.append(outcome)
        told(outcome)
    tour.duplicates, tour.dead_letters, tour.calls = duplicates(day), dead_letters(), day.calls()
    return tour


def _taken(day: Day, step: Step) -> Outcome:
    try:
        step.act(day)
        began = time.monotonic()
        if step.quiet:
            time.sleep(QUIET_S)
            return Outcome(step.name, step.direction, step.arrived(day), None)
        while time.monotonic() - began < PATIENCE_S:
            if step.arrived(day):
                return Outcome(step.name, step.direction, arrived=True, lag_s=round(time.monotonic() - began, 3))
            time.sleep(LOOK_S)
    except (KeyError, IndexError, RuntimeError):
        pass  # an earlier step did not arrive, so there is nothing this one could act on
    return Outcome(step.name, step.direction, arrived=False, lag_s=None)


# ---------------------------------------------------------------------------------------------- the day
def steps(day: Day, sweep: Callable[[], None]) -> list[Step]:
    """`first` is a case that becomes an incident, `second` an incident that becomes a case."""
    return [*_first(day), *_second(day), *_hard_times(sweep), *_evening(day)]


def _case(day: Day) -> str:
    return day.keep["case"]


def _incident(day: Day) -> str:
    return day.keep["incident"]


def _case_2(day: Day) -> str:
    return day.keep["case 2"]


def _incident_2(day: Day) -> str:
    return day.keep["incident 2"]


def _state_2(day: Day) -> str:
    return str(day.incident(_incident_2(day))["state"])


def _first(day: Day) -> list[Step]:
    def create(day: Day) -> None:
        day.keep["case"] = day.new_case("Root key used from a new country", "Sign-in without MFA, three minutes apart.")

    def linked(day: Day) -> bool:
        found = day.incident_of(day.keep["case"])
        day.keep["incident"] = found.get("sys_id", "")
        return bool(found) and found["short_description"].startswith("Root key used")

    states = STATES[day.table]
    return [
        Step("a case appears as an incident", TO_SN, create, linked),
        Step(
            "a responder's comment becomes a work note", TO_SN,
            lambda d: d.respond(_case(d), "comment", body="We see it in CloudTrail too."),
            lambda d: once(d.journal(_incident(d)), "We see it in CloudTrail too."),
        ),
        Step(
            "a work note becomes a comment", TO_AWS,
            lambda d: d.edit(_incident(d), work_notes="Key disabled at 09:12."),
            lambda d: once(d.bodies(_case(d)), "Key disabled at 09:12."),
        ),
        Step(
            "a customer-visible comment becomes a comment", TO_AWS,
            lambda d: d.edit(_incident(d), comments="We are on it."),
            lambda d: once(d.bodies(_case(d)), "We are on it."),
        ),
        Step(
            "a new title on AWS", TO_SN,
            lambda d: d.respond(_case(d), "fields", title="Root key used from two countries"),
            lambda d: d.incident(_incident(d))["short_description"] == "Root key used from two countries",
        ),
        Step(
            "a new description in ServiceNow", TO_AWS,
            lambda d: d.edit(_incident(d), description="Three sign-ins without MFA."),
            lambda d: d.case(_case(d))["description"] == "Three sign-ins without MFA.",
        ),
        Step(
            "the status moves to detection", TO_SN,
            lambda d: d.respond(_case(d), "status", status=DETECTION),
            lambda d: d.incident(_incident(d))["state"] == states["working"],
        ),
        Step(
            "a file of the case", TO_SN,
            lambda d: d.attach_to_case(_case(d), "trail.json", b'{"events": 3}'),
            lambda d: [f["hash"] for f in d.files(_incident(d))] == [sha256(b'{"events": 3}')],
        ),
        Step(
            "a file of the incident, with a name AWS does not take", TO_AWS,
            lambda d: d.attach_to_incident(_incident(d), "Bericht über Zugriffe.txt", b"who, when"),
            lambda d: sum(a["sha256"] == sha256(b"who, when") for a in d.case(_case(d))["caseAttachments"]) == 1,
        ),
        Step(
            "sixty comments at once", TO_SN,
            lambda d: _say_sixty(d, _case(d)),
            lambda d: all(once(d.journal(_incident(d)), f"Finding {n:02d}.") for n in range(60)),
        ),
        Step(
            "a comment too long for one work note", TO_SN,
            lambda d: d.respond(_case(d), "comment", body=LONG),
            lambda d: all(f"line{n:04d}" in "".join(d.journal(_incident(d))) for n in range(900)),
        ),
        Step(
            "an edited comment", TO_SN,
            lambda d: d.respond(_case(d), "edit-comment", commentId="000000", body="We see it in two trails."),
            lambda d: once(d.journal(_incident(d)), "We see it in two trails."),
        ),
        Step(
            "a watcher added on AWS", TO_SN,
            lambda d: d.respond(_case(d), "fields", watchers=[{"email": "soc@example.net"}]),
            lambda d: "soc@example.net" in d.incident(_incident(d))["watch_list"],
        ),
        Step(
            "a responder waits for the customer: one work note", TO_SN,
            lambda d: d.respond(_case(d), "pending-action", pendingAction="Customer"),
            lambda d: sum("Pending action: Customer" in text for text in d.journal(_incident(d))) == 1,
        ),
        Step(
            "a private note stays private", BOTH,
            lambda d: d.edit(_incident(d), work_notes="[private] we suspect a colleague"),
            lambda d: not any("suspect a colleague" in body for body in d.bodies(_case(d))), quiet=True,
        ),
    ]  # fmt: skip


def _say_sixty(day: Day, case_id: str) -> None:
    for number in range(60):
        day.respond(case_id, "comment", body=f"Finding {number:02d}.")


def _second(day: Day) -> list[Step]:
    def create(day: Day) -> None:
        made = day.act(
            "insert", state=_new(day), short_description="Odd logins on payroll", description="From two countries."
        )
        day.keep["incident 2"] = made["sys_id"]

    def linked(day: Day) -> bool:
        arn = day.incident(day.keep["incident 2"]).get("correlation_id", "")
        day.keep["case 2"] = arn.rpartition("/")[2]
        return sum(case["title"] == "Odd logins on payroll" for case in day.cases()) == 1 and bool(arn)

    states = STATES[day.table]
    contained = CONTAINMENT if day.table == "sn_si_incident" else DETECTION
    return [
        Step("an incident appears as a case", TO_AWS, create, linked),
        Step(
            "work begins: the status walks over legal steps", TO_AWS,
            lambda d: d.edit(_incident_2(d), state=states["contained"]),
            lambda d: d.case(_case_2(d))["caseStatus"] == contained,
        ),
        Step(
            "a watcher added in ServiceNow", TO_AWS,
            lambda d: d.edit(_incident_2(d), watch_list="ciso@example.net"),
            lambda d: [w["email"] for w in d.case(_case_2(d))["watchers"]] == ["ciso@example.net"],
        ),
        Step(
            "containment on AWS moves no accepted state", BOTH,
            lambda d: d.respond(_case_2(d), "status", status=CONTAINMENT),
            lambda d: d.incident(_incident_2(d))["state"] == states["contained"], quiet=True,
        ),
        Step(
            "on hold and edited elsewhere: the status stays", BOTH,
            lambda d: d.edit(_incident_2(d), state=_hold(d), work_notes="Waiting for HR."),
            lambda d: d.case(_case_2(d))["caseStatus"] == CONTAINMENT and _state_2(d) == _hold(d),
            quiet=True,
        ),
        Step(
            "the note written with it", TO_AWS,
            lambda _: None,
            lambda d: once(d.bodies(_case_2(d)), "Waiting for HR."),
        ),
    ]  # fmt: skip


def _hard_times(sweep: Callable[[], None]) -> list[Step]:

    def conflict(day: Day) -> None:
        day.respond(_case(day), "fields", title="Named by AWS")
        day.edit(_incident(day), short_description="Named by ServiceNow")

    def settled(day: Day) -> bool:
        """Whichever came first, both show one title, and the other stands somewhere in a note or was overtaken."""
        titles = {day.case(_case(day))["title"], day.incident(_incident(day))["short_description"]}
        return len(titles) == 1

    def lost(day: Day) -> None:
        day.lose_webhooks(1)
        day.edit(_incident(day), work_notes="Nobody heard of this.")
        time.sleep(1)
        sweep()

    return [
        Step("both sides rename at once: one title stands", BOTH, conflict, settled),
        Step(
            "a lost webhook is found by the sweep", TO_AWS, lost,
            lambda d: once(d.bodies(_case(d)), "Nobody heard of this."),
        ),
    ]  # fmt: skip


def _evening(day: Day) -> list[Step]:
    closed = STATES[day.table]["closed"]

    def close_incident(day: Day) -> None:
        code = {"incident": "Solution provided", "sn_si_incident": "Threat mitigated"}[day.table]
        day.act(
            "update", day.keep["incident 2"], by=CLOSERS[day.table], state=closed, close_code=code,
            close_notes="Credentials rotated.", work_notes="Closing now.",
        )  # fmt: skip

    def incident_closed(day: Day) -> bool:
        row = day.incident(day.keep["incident"])
        return row["state"] in {closed, "6"} and bool(row["close_code"]) and bool(row["close_notes"])

    def case_closed(day: Day) -> bool:
        bodies = day.bodies(day.keep["case 2"])
        said = once(bodies, "Closing now.") and any("Credentials rotated." in body for body in bodies)
        return day.case(day.keep["case 2"])["caseStatus"] == "Closed" and said

    return [
        Step(
            "AWS closes the case: closed with code and notes", TO_SN,
            lambda d: d.respond(d.keep["case"], "close", closureCode="Investigation Completed"), incident_closed,
        ),
        Step("the incident is closed: its last note, then the case", TO_AWS, close_incident, case_closed),
    ]  # fmt: skip


def _new(day: Day) -> str:
    return "1" if day.table == "incident" else "10"


def _hold(day: Day) -> str:
    """On Hold has no counterpart in Security Incident Response."""
    return STATES[day.table]["hold"] if day.table == "incident" else STATES[day.table]["contained"]


def duplicates(day: Day) -> int:
    """Entries of ours that stand more than once, attachments with equal content, records for one counterpart."""
    doubled = 0
    arns = [row["correlation_id"] for row in day.incidents() if row.get("correlation_id")]
    doubled += len(arns) - len(set(arns))
    for row in day.incidents():
        doubled += _repeated(_ours(day.journal(row["sys_id"])))
        doubled += _repeated([f"{file['file_name']}:{file['hash']}" for file in day.files(row["sys_id"])])
    for case in day.cases():
        doubled += _repeated(_ours(day.bodies(case["caseId"])))
        doubled += _repeated([file["sha256"] for file in case["caseAttachments"] if file.get("sha256")])
    return doubled


def _ours(texts: list[str]) -> list[str]:
    return [text for text in texts if text.startswith(("[AWS]", "[ServiceNow]", "[Integration]"))]


def _repeated(texts: list[str]) -> int:
    return len(texts) - len(set(texts))
