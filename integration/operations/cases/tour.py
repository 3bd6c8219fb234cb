"""What people do in a day, on both sides, and what must then stand on the other one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.operations.cases.duplicates import duplicates
from integration.operations.cases.people import CLOSERS, People, once, sha256, told
from integration.operations.tour import BOTH, TO_AWS, TO_SN, Part, Step
from integration.operations.waiting import until

if TYPE_CHECKING:
    from integration.operations.tour import Sweep

LARGE = b"x" * (5 * (1 << 20) + 1)
"""One byte more than is carried by default."""
COLUMN = "u_aws_regions"
SETTINGS: dict[str, Any] = {"mapping": {"investigations": True, "fields": {COLUMN: {"case": "impactedAwsRegions"}}}}
"""What some steps need that is not so by default: as a mapping file would say it."""
LONG = " ".join(f"line{number:04d}" for number in range(900))
DETECTION, CONTAINMENT = "Detection and Analysis", "Containment, Eradication and Recovery"


def steps(people: People, sweep: Sweep) -> list[Step]:
    """`first` is a case that becomes an incident, `second` an incident that becomes a case, `third` a false alarm."""
    return [*_morning(people), *_hard_times(sweep), *_evening(people)]


def steps_with_settings(people: People, sweep: Sweep) -> list[Step]:
    return [*_morning(people), *_by_setting(), *_hard_times(sweep), *_evening(people)]


def _morning(people: People) -> list[Step]:
    return [*_first(people), *_second(people), *_notes()]


def _case(people: People) -> str:
    return people.keep["case"]


def _incident(people: People) -> str:
    return people.keep["incident"]


def _case_2(people: People) -> str:
    return people.keep["case 2"]


def _incident_2(people: People) -> str:
    return people.keep["incident 2"]


def _state_2(people: People) -> str:
    return str(people.incident(_incident_2(people))["state"])


def _first(people: People) -> list[Step]:
    def create(people: People) -> None:
        people.keep["case"] = people.new_case(
            "Root key used from a new country", "Sign-in without MFA, three minutes apart."
        )

    def linked(people: People) -> bool:
        found = people.incident_of(people.keep["case"])
        people.keep["incident"] = found.get("sys_id", "")
        return bool(found) and found["short_description"].startswith("Root key used")

    states = people.states
    return [
        Step("a case appears as an incident", TO_SN, create, linked),
        Step(
            "a responder's comment becomes a work note", TO_SN,
            lambda p: p.respond(_case(p), "comment", body="We see it in CloudTrail too."),
            lambda p: once(p.journal(_incident(p)), "We see it in CloudTrail too."),
        ),
        Step(
            "a work note becomes a comment", TO_AWS,
            lambda p: p.edit(_incident(p), work_notes="Key disabled at 09:12."),
            lambda p: once(p.bodies(_case(p)), "Key disabled at 09:12."),
        ),
        Step(
            "a customer-visible comment becomes a comment", TO_AWS,
            lambda p: p.edit(_incident(p), comments="We are on it."),
            lambda p: once(p.bodies(_case(p)), "We are on it."),
        ),
        Step(
            "a new title on AWS", TO_SN,
            lambda p: p.respond(_case(p), "fields", title="Root key used from two countries"),
            lambda p: p.incident(_incident(p))["short_description"] == "Root key used from two countries",
        ),
        Step(
            "a new description in ServiceNow", TO_AWS,
            lambda p: p.edit(_incident(p), description="Three sign-ins without MFA."),
            lambda p: p.case(_case(p))["description"] == "Three sign-ins without MFA.",
        ),
        Step(
            "the status moves to detection", TO_SN,
            lambda p: p.respond(_case(p), "status", status=DETECTION),
            lambda p: p.incident(_incident(p))["state"] == states["working"],
        ),
        Step(
            "a file of the case", TO_SN,
            lambda p: p.attach_to_case(_case(p), "trail.json", b'{"events": 3}'),
            lambda p: [f["hash"] for f in p.files(_incident(p))] == [sha256(b'{"events": 3}')],
        ),
        Step(
            "a file of the incident, with a name AWS does not take", TO_AWS,
            lambda p: p.attach_to_incident(_incident(p), "Bericht über Zugriffe.txt", b"who, when"),
            lambda p: sum(a["sha256"] == sha256(b"who, when") for a in p.case(_case(p))["caseAttachments"]) == 1,
        ),
        Step(
            "sixty comments at once", TO_SN,
            lambda p: _say_sixty(p, _case(p)),
            lambda p: all(once(p.journal(_incident(p)), f"Finding {n:02d}.") for n in range(60)),
        ),
        Step(
            "a comment too long for one work note", TO_SN,
            lambda p: p.respond(_case(p), "comment", body=LONG),
            lambda p: all(f"line{n:04d}" in "".join(p.journal(_incident(p))) for n in range(900)),
        ),
        Step(
            "an edited comment", TO_SN,
            lambda p: p.respond(_case(p), "edit-comment", commentId="000000", body="We see it in two trails."),
            lambda p: once(p.journal(_incident(p)), "We see it in two trails."),
        ),
        Step(
            "a watcher added on AWS", TO_SN,
            lambda p: p.respond(_case(p), "fields", watchers=[{"email": "soc@example.net"}]),
            lambda p: "soc@example.net" in p.incident(_incident(p))["watch_list"],
        ),
        Step(
            "a watcher removed on AWS", TO_SN,
            lambda p: p.respond(_case(p), "fields", watchers=[]),
            lambda p: p.incident(_incident(p))["watch_list"] == "",
        ),
        Step(
            "a responder waits for the customer: one work note", TO_SN,
            lambda p: p.respond(_case(p), "pending-action", pendingAction="Customer"),
            lambda p: sum("Pending action: Customer" in text for text in p.journal(_incident(p))) == 1,
        ),
        Step(
            "a private note stays private", BOTH,
            lambda p: p.edit(_incident(p), work_notes="[private] we suspect a colleague"),
            lambda p: not any("suspect a colleague" in body for body in p.bodies(_case(p))), quiet=True,
        ),
    ]  # fmt: skip


def _say_sixty(people: People, case_id: str) -> None:
    for number in range(60):
        people.respond(case_id, "comment", body=f"Finding {number:02d}.")


def _second(people: People) -> list[Step]:
    def create(people: People) -> None:
        people.keep["incident 2"] = people.new_incident("Odd logins on payroll", "From two countries.")

    def linked(people: People) -> bool:
        people.keep["case 2"] = people.case_of(people.keep["incident 2"])
        alike = [case for case in people.cases() if case["title"] == "Odd logins on payroll"]
        return len(alike) == 1 and bool(people.keep["case 2"])

    states = people.states
    contained = CONTAINMENT if people.table == "sn_si_incident" else DETECTION
    return [
        Step("an incident appears as a case", TO_AWS, create, linked),
        Step(
            "work begins: the status walks over legal steps", TO_AWS,
            lambda p: p.edit(_incident_2(p), state=states["contained"]),
            lambda p: p.case(_case_2(p))["caseStatus"] == contained,
        ),
        Step(
            "a watcher added in ServiceNow", TO_AWS,
            lambda p: p.edit(_incident_2(p), watch_list="ciso@example.net"),
            lambda p: [w["email"] for w in p.case(_case_2(p))["watchers"]] == ["ciso@example.net"],
        ),
        Step(
            "a watcher removed in ServiceNow", TO_AWS,
            lambda p: p.edit(_incident_2(p), watch_list=""),
            lambda p: p.case(_case_2(p))["watchers"] == [],
        ),
        Step(
            "containment on AWS moves no accepted state", BOTH,
            lambda p: p.respond(_case_2(p), "status", status=CONTAINMENT),
            lambda p: p.incident(_incident_2(p))["state"] == states["contained"], quiet=True,
        ),
        Step(
            "on hold and edited elsewhere: the status stays", BOTH,
            lambda p: p.edit(_incident_2(p), state=_hold(p), work_notes="Waiting for HR."),
            lambda p: p.case(_case_2(p))["caseStatus"] == CONTAINMENT and _state_2(p) == _hold(p),
            quiet=True,
        ),
        Step(
            "the note written with it", TO_AWS,
            lambda _: None,
            lambda p: once(p.bodies(_case_2(p)), "Waiting for HR."),
        ),
    ]  # fmt: skip


def _notes() -> list[Step]:
    """What cannot be carried over, or has no field, is told once on the other side."""

    def remove(people: People) -> None:
        (file,) = [f["sys_id"] for f in people.files(_incident(people)) if f["file_name"].startswith("Bericht")]
        people.erase(file, "sys_attachment")

    return [
        Step(
            "an empty file, which AWS does not take: a note", TO_AWS,
            lambda p: p.attach_to_incident(_incident(p), "empty.log", b""),
            lambda p: len(told(p.bodies(_case(p)), "empty.log")) == 1,
        ),
        Step(
            "a file above the limit: a note with its size", TO_SN,
            lambda p: p.attach_to_case(_case(p), "memory.img", LARGE),
            lambda p: len([n for n in told(p.journal(_incident(p)), "memory.img") if "5,242,881 bytes" in n]) == 1,
        ),
        Step(
            "a file removed in ServiceNow: a note, and it stays", TO_AWS, remove,
            lambda p: len(told(p.bodies(_case(p)), "was removed")) == 1,
        ),
        Step(
            "a further service is affected: one work note", TO_SN,
            lambda p: p.respond(_case(p), "fields", impactedServices=["Amazon S3"]),
            lambda p: len(told(p.journal(_incident(p)), "Amazon S3")) == 1,
        ),
    ]  # fmt: skip


def _by_setting() -> list[Step]:
    def investigate(people: People) -> None:
        found = {"title": "What happened", "content": "The key was leaked.", "status": "Completed"}
        people.respond(_case(people), "investigation", **found)
        people.respond(_case(people), "comment", body="See the investigation.")

    return [
        Step(
            "by mapping, regions in a column of the customer's own", TO_SN,
            lambda p: p.respond(_case(p), "fields", impactedAwsRegions=[{"region": "eu-central-1"}]),
            lambda p: p.incident(_incident(p))[COLUMN] == "eu-central-1",
        ),
        Step(
            "by setting, the result of an investigation", TO_SN, investigate,
            lambda p: len(told(p.journal(_incident(p)), "The key was leaked.")) == 1,
        ),
    ]  # fmt: skip


def _hard_times(sweep: Sweep) -> list[Step]:

    def conflict(people: People) -> None:
        """Nobody hears of either before both are there: what is lost must be theirs, no echo of a former step."""
        until(people.resting)
        people.lose_native_events(1)
        people.lose_webhooks(1)
        people.respond(_case(people), "fields", title="Named by AWS")
        people.edit(_incident(people), short_description="Named by ServiceNow")
        sweep()

    def settled(people: People) -> bool:
        titles = {people.case(_case(people))["title"], people.incident(_incident(people))["short_description"]}
        said = told([*people.bodies(_case(people)), *people.journal(_incident(people))], "Named by AWS")
        return (titles, len(said)) == ({"Named by ServiceNow"}, 1)

    def others(people: People) -> None:
        tags = {"servicenow:other": f"incident/{'0' * 32}"}
        people.keep["case of others"] = people.new_case("Made by another deployment", "Not ours.", tags=tags)

    def lost(people: People) -> None:
        people.lose_webhooks(1)
        people.edit(_incident(people), work_notes="Nobody heard of this.")
        until(people.resting)
        sweep()

    return [
        Step("both sides rename at once: one title stands, the other in a note", BOTH, conflict, settled),
        Step(
            "a lost webhook is found by the sweep", TO_AWS, lost,
            lambda p: once(p.bodies(_case(p)), "Nobody heard of this."),
        ),
        Step(
            "a case of another deployment is left alone", BOTH, others,
            lambda p: not p.incident_of(p.keep["case of others"]), quiet=True,
        ),
    ]  # fmt: skip


def _evening(people: People) -> list[Step]:
    closed = people.states["closed"]

    def close_incident(people: People) -> None:
        people.act(
            "update", people.keep["incident 2"], by=CLOSERS[people.table], state=closed, close_code=people.close_code,
            close_notes="Credentials rotated.", work_notes="Closing now.",
        )  # fmt: skip

    def incident_closed(people: People) -> bool:
        row = people.incident(people.keep["incident"])
        return row["state"] in {closed, "6"} and bool(row["close_code"]) and bool(row["close_notes"])

    def case_closed(people: People) -> bool:
        bodies = people.bodies(people.keep["case 2"])
        said = once(bodies, "Closing now.") and any("Credentials rotated." in body for body in bodies)
        return people.case(people.keep["case 2"])["caseStatus"] == "Closed" and said

    def report(people: People) -> None:
        people.keep["incident 3"] = people.new_incident("A door that squeaks", "Nothing.")

    return [
        Step(
            "AWS closes the case: closed with code and notes", TO_SN,
            lambda p: p.respond(p.keep["case"], "close", closureCode="Investigation Completed"), incident_closed,
        ),
        Step(
            "reopened all the same: a note that its case stays closed", TO_SN,
            lambda p: p.act("update", _incident(p), by="admin", enforce=False, state=p.states["working"]),
            lambda p: len(told(p.journal(_incident(p)), "reopened")) == 1,
        ),
        Step("the incident is closed: its last note, then the case", TO_AWS, close_incident, case_closed),
        Step("a false alarm appears as a case", TO_AWS, report, lambda p: bool(p.case_of(p.keep["incident 3"]))),
        Step(
            "cancelled: its case closes", TO_AWS,
            lambda p: p.act(
                "update", p.keep["incident 3"], by=CLOSERS[p.table], state=p.states["cancelled"],
                close_code=p.close_code, close_notes="Oiled.",
            ),
            lambda p: p.case(p.case_of(p.keep["incident 3"]))["caseStatus"] == "Closed",
        ),
    ]  # fmt: skip


def _hold(people: People) -> str:
    """On Hold has no counterpart in Security Incident Response."""
    return people.states["hold"] if people.table == "incident" else people.states["contained"]


TOUR = Part(steps_with_settings, SETTINGS, lambda people: people.add_column(COLUMN), duplicates)
DAY = Part(steps, duplicates=duplicates)
"""Of a deployment without `SETTINGS`."""
