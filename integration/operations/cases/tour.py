"""What people do in a day, on both sides, and what must then stand on the other one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.operations.cases.people import CLOSERS, Day, once, sha256, told
from integration.operations.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

TO_SN, TO_AWS, BOTH = "AWS → ServiceNow", "ServiceNow → AWS", "both"
LARGE = b"x" * (5 * (1 << 20) + 1)
"""One byte more than is carried by default."""
COLUMN = "u_aws_regions"
SETTINGS: dict[str, Any] = {"mapping": {"investigations": True, "fields": {COLUMN: {"case": "impactedAwsRegions"}}}}
"""What some steps need that is not so by default: as a mapping file would say it."""
LONG = " ".join(f"line{number:04d}" for number in range(900))
DETECTION, CONTAINMENT = "Detection and Analysis", "Containment, Eradication and Recovery"


@dataclass(frozen=True)
class Step:
    """`act` does it; `arrived` looks at the other side. `quiet`: nothing may change, so it is watched for a while."""

    name: str
    direction: str
    act: Callable[[Day], object]
    arrived: Callable[[Day], bool]
    quiet: bool = False


def steps(day: Day, sweep: Callable[[], None], *, with_settings: bool = False) -> list[Step]:
    """`first` is a case that becomes an incident, `second` an incident that becomes a case, `third` a false alarm."""
    chosen = _by_setting() if with_settings else []
    return [*_first(day), *_second(day), *_notes(), *chosen, *_hard_times(sweep), *_evening(day)]


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

    states = day.states
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
            "a watcher removed on AWS", TO_SN,
            lambda d: d.respond(_case(d), "fields", watchers=[]),
            lambda d: d.incident(_incident(d))["watch_list"] == "",
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
        day.keep["incident 2"] = day.new_incident("Odd logins on payroll", "From two countries.")

    def linked(day: Day) -> bool:
        day.keep["case 2"] = day.case_of(day.keep["incident 2"])
        alike = [case for case in day.cases() if case["title"] == "Odd logins on payroll"]
        return len(alike) == 1 and bool(day.keep["case 2"])

    states = day.states
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
            "a watcher removed in ServiceNow", TO_AWS,
            lambda d: d.edit(_incident_2(d), watch_list=""),
            lambda d: d.case(_case_2(d))["watchers"] == [],
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


def _notes() -> list[Step]:
    """What cannot be carried over, or has no field, is told once on the other side."""

    def remove(day: Day) -> None:
        (file,) = [f["sys_id"] for f in day.files(_incident(day)) if f["file_name"].startswith("Bericht")]
        day.erase(file, "sys_attachment")

    return [
        Step(
            "an empty file, which AWS does not take: a note", TO_AWS,
            lambda d: d.attach_to_incident(_incident(d), "empty.log", b""),
            lambda d: len(told(d.bodies(_case(d)), "empty.log")) == 1,
        ),
        Step(
            "a file above the limit: a note with its size", TO_SN,
            lambda d: d.attach_to_case(_case(d), "memory.img", LARGE),
            lambda d: len([n for n in told(d.journal(_incident(d)), "memory.img") if "5,242,881 bytes" in n]) == 1,
        ),
        Step(
            "a file removed in ServiceNow: a note, and it stays", TO_AWS, remove,
            lambda d: len(told(d.bodies(_case(d)), "was removed")) == 1,
        ),
        Step(
            "a further service is affected: one work note", TO_SN,
            lambda d: d.respond(_case(d), "fields", impactedServices=["Amazon S3"]),
            lambda d: len(told(d.journal(_incident(d)), "Amazon S3")) == 1,
        ),
    ]  # fmt: skip


def _by_setting() -> list[Step]:
    def investigate(day: Day) -> None:
        found = {"title": "What happened", "content": "The key was leaked.", "status": "Completed"}
        day.respond(_case(day), "investigation", **found)
        day.respond(_case(day), "comment", body="See the investigation.")

    return [
        Step(
            "by mapping, regions in a column of the customer's own", TO_SN,
            lambda d: d.respond(_case(d), "fields", impactedAwsRegions=[{"region": "eu-central-1"}]),
            lambda d: d.incident(_incident(d))[COLUMN] == "eu-central-1",
        ),
        Step(
            "by setting, the result of an investigation", TO_SN, investigate,
            lambda d: len(told(d.journal(_incident(d)), "The key was leaked.")) == 1,
        ),
    ]  # fmt: skip


def _hard_times(sweep: Callable[[], None]) -> list[Step]:

    def conflict(day: Day) -> None:
        """Nobody hears of either before both are there: what is lost must be theirs, no echo of a former step."""
        until(day.resting)
        day.lose_native_events(1)
        day.lose_webhooks(1)
        day.respond(_case(day), "fields", title="Named by AWS")
        day.edit(_incident(day), short_description="Named by ServiceNow")
        sweep()

    def settled(day: Day) -> bool:
        titles = {day.case(_case(day))["title"], day.incident(_incident(day))["short_description"]}
        said = told([*day.bodies(_case(day)), *day.journal(_incident(day))], "Named by AWS")
        return (titles, len(said)) == ({"Named by ServiceNow"}, 1)

    def others(day: Day) -> None:
        tags = {"servicenow:other": f"incident/{'0' * 32}"}
        day.keep["case of others"] = day.new_case("Made by another deployment", "Not ours.", tags=tags)

    def lost(day: Day) -> None:
        day.lose_webhooks(1)
        day.edit(_incident(day), work_notes="Nobody heard of this.")
        until(day.resting)
        sweep()

    return [
        Step("both sides rename at once: one title stands, the other in a note", BOTH, conflict, settled),
        Step(
            "a lost webhook is found by the sweep", TO_AWS, lost,
            lambda d: once(d.bodies(_case(d)), "Nobody heard of this."),
        ),
        Step(
            "a case of another deployment is left alone", BOTH, others,
            lambda d: not d.incident_of(d.keep["case of others"]), quiet=True,
        ),
    ]  # fmt: skip


def _evening(day: Day) -> list[Step]:
    closed = day.states["closed"]

    def close_incident(day: Day) -> None:
        day.act(
            "update", day.keep["incident 2"], by=CLOSERS[day.table], state=closed, close_code=day.close_code,
            close_notes="Credentials rotated.", work_notes="Closing now.",
        )  # fmt: skip

    def incident_closed(day: Day) -> bool:
        row = day.incident(day.keep["incident"])
        return row["state"] in {closed, "6"} and bool(row["close_code"]) and bool(row["close_notes"])

    def case_closed(day: Day) -> bool:
        bodies = day.bodies(day.keep["case 2"])
        said = once(bodies, "Closing now.") and any("Credentials rotated." in body for body in bodies)
        return day.case(day.keep["case 2"])["caseStatus"] == "Closed" and said

    def report(day: Day) -> None:
        day.keep["incident 3"] = day.new_incident("A door that squeaks", "Nothing.")

    return [
        Step(
            "AWS closes the case: closed with code and notes", TO_SN,
            lambda d: d.respond(d.keep["case"], "close", closureCode="Investigation Completed"), incident_closed,
        ),
        Step(
            "reopened all the same: a note that its case stays closed", TO_SN,
            lambda d: d.act("update", _incident(d), by="admin", enforce=False, state=d.states["working"]),
            lambda d: len(told(d.journal(_incident(d)), "reopened")) == 1,
        ),
        Step("the incident is closed: its last note, then the case", TO_AWS, close_incident, case_closed),
        Step("a false alarm appears as a case", TO_AWS, report, lambda d: bool(d.case_of(d.keep["incident 3"]))),
        Step(
            "cancelled: its case closes", TO_AWS,
            lambda d: d.act(
                "update", d.keep["incident 3"], by=CLOSERS[d.table], state=d.states["cancelled"],
                close_code=d.close_code, close_notes="Oiled.",
            ),
            lambda d: d.case(d.case_of(d.keep["incident 3"]))["caseStatus"] == "Closed",
        ),
    ]  # fmt: skip


def _hold(day: Day) -> str:
    """On Hold has no counterpart in Security Incident Response."""
    return day.states["hold"] if day.table == "incident" else day.states["contained"]
