"""The notes the product itself writes on a record: one function each, returning (kind, reference, text).

Texts of people may stand in them, since they go onto the records; they are never logged. Kind and reference make the
note's header, so the same news always has the same reference.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from integration.model import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integration.model import Case, Investigation, Value

Said = tuple[str, str, str]

NAMED_MOST = 10
_SYSTEMS = {"case": "AWS", "incident": "ServiceNow"}
_OTHERS = {"case": "ServiceNow", "incident": "AWS"}
_THINGS = {
    "comment": "a comment of the case",
    "journal": "a journal entry of the incident",
    "file": "an attachment of the incident",
    "casefile": "an attachment of the case",
    "watchers": "the list of watchers",
    "status": "the status",
    "creation": "this record",
    "reference": "the reference to the case (correlation_id)",
}
_CONTEXT = (
    ("Engagement", "engagementType"),
    ("Resolver", "resolverType"),
    ("Pending action", "pendingAction"),
    ("Incident reported as started", "reportedIncidentStartDate"),
    ("Incident actually started", "actualIncidentStartDate"),
    ("AWS accounts", "impactedAccounts"),
    ("AWS Regions", "impactedAwsRegions"),
    ("AWS services", "impactedServices"),
    ("Threat actor IP addresses", "threatActorIpAddresses"),
    ("Closure code", "closureCode"),
)


def conflict(field: str, loser: Value, side: str) -> Said:
    """For the side the losing value stood on: `case` or `incident`."""
    text = (
        f"Both sides changed {_thing(field)}. The value from {_OTHERS[side]} stays; "
        f"this one stood in {_SYSTEMS[side]} and was replaced:\n{_listed(loser)}"
    )
    return "conflict", field, text


def shortened(field: str, edited: Value, side: str) -> Said:
    """For the side, `case` or `incident`, that shows only the beginning of a text, where somebody edited its end."""
    text = (
        f"{_thing(field).capitalize()} is longer in {_OTHERS[side]} than it can be in {_SYSTEMS[side]}, where its "
        f"beginning stands. A change that reaches the end of that would cut away the rest, so it was not carried over; "
        f"make it in {_OTHERS[side]}. The changed text was replaced:\n{_listed(edited)}"
    )
    return "conflict", field, text


def refused(action: str, reason: str) -> Said:
    """For the side the value came from; `reason` is the other side's own sentence."""
    return (
        "refused",
        action,
        f"{_thing(action).capitalize()} could not be carried over. The other side answered: {reason}",
    )


def put_aside(count: int, ids: Iterable[str]) -> Said:
    """For the side on which these comments, entries or files are, none of which will be carried over by itself."""
    named = ", ".join(islice(ids, NAMED_MOST))
    text = (
        f"{count} comment(s), entries or file(s) from here could not be carried over: whoever worked on them was ended "
        f"again and again, by too much memory or time. They are put aside, and everything else goes on. "
        f"One that is edited, or written anew, is tried again. ({named})"
    )
    return "put-aside", next(iter(ids), ""), text


def overlap(fields: Iterable[str], sys_id: str) -> Said:
    """For the incident: no API writes conditionally, so what somebody saved at that moment may have been replaced."""
    names = ", ".join(_thing(name) for name in fields)
    text = (
        f"Somebody else saved this incident in the moment in which a value from AWS was written ({names}). "
        "If a change is missing, the record's history shows it."
    )
    return "overlap", sys_id, text


def too_large(name: str, size_bytes: int, sha256: str, where: str, attachment_id: str) -> Said:
    """For the other side than `where` (AWS or ServiceNow) the file is."""
    digest = f"\nSHA-256: {sha256}" if sha256 else ""
    text = (
        f"An attachment is larger than this integration carries and stays in {where}: fetch it there, "
        f"attachment {attachment_id}.\nName: {name}\nSize: {_size(size_bytes)}{digest}"
    )
    return "too-large", attachment_id, text


def attachment_failed(name: str, attachment_id: str) -> Said:
    """For the incident: AWS's scan refused the file."""
    return (
        "scan-failed",
        attachment_id,
        f"An attachment of the case did not pass AWS's malware scan and was not carried over.\nName: {name}",
    )


def file_unavailable(name: str, attachment_id: str) -> Said:
    """For the case: ServiceNow's scan took the file away."""
    text = f"ServiceNow does not give this attachment out, as after a virus scan: not carried over.\nName: {name}"
    return "unavailable-file", attachment_id, text


def empty_file(name: str, attachment_id: str) -> Said:
    return (
        "empty-file",
        attachment_id,
        f"An attachment of the incident is empty, which AWS does not take.\nName: {name}",
    )


def too_many_files(name: str, attachment_id: str) -> Said:
    text = (
        f"The case holds as many attachments as AWS takes. This one stays in ServiceNow: fetch it there.\nName: {name}"
    )
    return "too-many-files", attachment_id, text


def files_stay(day: str) -> Said:
    """For the case, once a day, where many files were told already."""
    text = (
        "More attachments of the incident stay in ServiceNow: empty, too large, taken away by a virus scan there, or "
        "more than the case takes. Fetch them there."
    )
    return "files-stay", day, text


def file_removed(attachment_id: str) -> Said:
    """For the case; nothing is deleted there."""
    return (
        "file-removed",
        attachment_id,
        "An attachment was removed from the incident in ServiceNow. Its copy on this case stays.",
    )


def unreachable_status(label: str, case_status: str, *, aws_managed: bool) -> Said:
    """`label` is what people call the incident's state."""
    if aws_managed:
        text = (
            f"The incident in ServiceNow is now {label}. AWS responders set the status here, so it stays {case_status}."
        )
    else:
        text = f"No allowed way leads the case from {case_status} to what {label} stands for, so its status stays."
    return "status", f"{case_status}.{label}", text


def closed_wall(case_id: str) -> Said:
    """For the incident."""
    return (
        "case-closed",
        case_id,
        "The case is closed on AWS and cannot be changed any more. What is added here stays here.",
    )


def reopened(case_id: str) -> Said:
    """For the incident."""
    text = "This incident is open again, but a closed case on AWS cannot be reopened. Open a new case if AWS is needed."
    return "reopened", case_id, text


def deleted(sys_id: str) -> Said:
    """For the case: the incident cannot be read any more."""
    text = (
        "The incident in ServiceNow cannot be read any more: deleted, or hidden from this integration. "
        "This case is no longer kept in step."
    )
    return "suspended", sys_id, text


def case_closed_with(sys_id: str, state_label: str, code: str, closing_notes: str) -> Said:
    """For the case, before it is closed: AWS takes no closure code from outside."""
    lines = [f"The incident in ServiceNow is {state_label}."]
    lines += [f"Resolution code: {code}"] if code else []
    lines += [f"Resolution notes: {closing_notes}"] if closing_notes else []
    return "closed", sys_id, "\n".join(lines)


def context(case: Case) -> Said:
    """For the incident: what the case knows and the incident has no field for; equal texts for equal context."""
    lines = [f"{label}: {_listed(case.values[name])}" for label, name in _CONTEXT if case.values.get(name)]
    if case.values.get("resolverType") == Resolver.AWS:
        lines.append("AWS responders set the status of this case; from here it can only be closed.")
    return (
        "context",
        case.case_id,
        "\n".join(["The case on AWS says:", *lines] if lines else ["The case on AWS says nothing more."]),
    )


def investigation(found: Investigation) -> Said:
    """For the incident, once for each result; its content is AWS's markdown."""
    text = f"AWS's investigation, {found.action_type.lower()}, {found.status.lower()}: {found.title}\n{found.content}"
    return "investigation", found.investigation_id, text


def watchers_stay(mark: str) -> Said:
    """For the side whose list holds them. It names no address: where this side takes no note, the other shows it."""
    text = (
        "An address among the watchers here is outside the domains this integration carries, so it stays here and is "
        "not put on the other side's list. An administrator can allow its domain: `domains` below [watchers] in the "
        "mapping file."
    )
    return "watchers-stay", mark, text


def overflow(field: str, rest: str) -> Said:
    """For the side whose field was too short for the whole text."""
    return "continued", field, f"The {field} is longer than this field takes. It goes on:\n{rest}"


def unknown_kind(*, kept: bool) -> Said:
    """For the incident: its journal is read as it is displayed, and a label that nobody explained stood there."""
    dealt = "stays in ServiceNow" if kept else "is carried over"
    text = (
        "Whether an entry of this journal is a comment or a work note cannot be told, because this integration may not "
        f"read sys_journal_field. Such an entry {dealt}, as a work note. This is said once."
    )
    return "unknown-kind", "journal", text


def unread_journal() -> Said:
    """For the incident."""
    text = (
        "This integration may neither read sys_journal_field nor the comments and work notes that this record shows, "
        "so what people write here does not reach AWS until an administrator lets it. This is said once."
    )
    return "unread-journal", "journal", text


def two_incidents(case_id: str) -> Said:
    text = "Two incidents in ServiceNow carry this case's ARN as correlation_id. Clear one of them, then run `replay`."
    return "ambiguous", case_id, text


def pointer_refused(arn: str) -> Said:
    """For an incident; says nothing of the case that whoever filled the field did not know."""
    text = (
        "correlation_id of this record names an AWS case that is not kept in step with it: the case has another "
        "incident, or one of the two is outside of what this integration takes. Nothing was shared between them. "
        "Clear the field; where the two belong together, whoever runs the integration can link them with `backfill`."
    )
    return "not-linked", arn.rpartition("/")[2], text


def tag_refused(case_id: str) -> Said:
    """For a case."""
    text = (
        "A tag of this case names an incident that does not point back, and that is linked to another case or outside "
        "of what this integration takes. Nothing was shared between them. Remove the tag; where the two belong "
        "together, whoever runs the integration can link them with `backfill`."
    )
    return "not-linked", case_id, text


def _thing(name: str) -> str:
    return _THINGS.get(name, f"the {name}")


def _listed(value: Value) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _size(size_bytes: int) -> str:
    return f"{size_bytes:,} bytes ({size_bytes / (1 << 20):.1f} MiB)"
