"""The budget: what each piece of work may cost, and the least the two APIs allow.

A floor counts what no exactly-once integration can leave out, each call with its reason: what the event does not tell
must be read, what is written must be written, and the claim, the announcement and the ledger are one write each, since
no API here writes conditionally and a crash must not double anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.workload import Scene


@dataclass(frozen=True)
class Calls:
    aws: int
    servicenow: int

    @property
    def total(self) -> int:
        return self.aws + self.servicenow


def _nothing(_scene: Scene) -> None:
    pass


def _one(_scene: Scene) -> int:
    return 1


@dataclass(frozen=True)
class Row:
    """One piece of work. `act` does it, `arrived` sees it on the other side (None: nothing arrives).

    `floor` lists the calls nobody can leave out, `path` those of them that come before it is seen;
    `floor_of` words the argument. `prepare` comes before anything is counted; `holds` are queues that keep their
    messages meanwhile, so that an echo is counted apart from the work that causes it.
    """

    name: str
    act: Callable[[Scene], object]
    arrived: Callable[[Scene], bool] | None
    aim: Calls
    floor: Calls
    path: Calls
    floor_of: str
    sample: str
    prepare: Callable[[Scene], object] = _nothing
    holds: tuple[str, ...] = ()
    per: Callable[[Scene], int] = _one
    """How many of it one act makes: an edit with a comment has two echoes."""
    polls: bool = False


def rows() -> list[Row]:
    """In the order they are measured: later ones work on what earlier ones made."""
    return [*_from_aws(), *_from_servicenow(), _sweep(), poll()]


def _from_aws() -> list[Row]:
    return [
        Row(
            "new case → incident",
            act=lambda s: s.new_case(),
            arrived=lambda s: s.incident_exists(),
            aim=Calls(8, 3), floor=Calls(7, 2), path=Calls(6, 2),
            floor_of="link row, GetCase, ListComments, ListTagsForResource (is it ours?), claim, announcement, "
            "release; look-up by correlation_id, POST",
            sample="12 AWS, 10 ServiceNow",
        ),
        Row(
            "AWS comment → incident",
            act=lambda s: s.comment_on_case(),
            arrived=lambda s: s.comment_in_journal(),
            aim=Calls(6, 2), floor=Calls(6, 2), path=Calls(5, 2),
            floor_of="link row, GetCase, ListComments, claim, announcement, release; read, PATCH",
            sample="12 AWS, 14 ServiceNow",
        ),
        Row(
            "echo of it (the poll tells our own PATCH)",
            prepare=lambda s: s.poll_with_held_echo(),
            act=lambda s: s.release("incidents_queue"),
            arrived=None,
            per=lambda s: s.messages,
            aim=Calls(3, 0), floor=Calls(1, 0), path=Calls(0, 0),
            floor_of="link row; the poll's own calls stand in its row",
            sample="7 AWS, 4 ServiceNow, 32 s",
        ),
        Row(
            "AWS attachment → incident",
            act=lambda s: s.attach_to_case(),
            arrived=lambda s: s.file_on_incident(),
            aim=Calls(8, 3), floor=Calls(7, 2), path=Calls(6, 2),
            floor_of="link row, GetCase, ListComments, claim, attempt counted, download URL, release; read, upload "
            "(the bytes themselves: one GET of a presigned URL more)",
            sample="19 AWS, 15 ServiceNow",
        ),
    ]  # fmt: skip


def _from_servicenow() -> list[Row]:
    return [
        Row(
            "incident created → case",
            prepare=lambda s: s.lose_event("Case Created"),
            act=lambda s: s.new_incident(),
            arrived=lambda s: s.case_exists(),
            aim=Calls(9, 3), floor=Calls(8, 2), path=Calls(5, 1),
            floor_of="PutEvents, incident row, claim with the kept request, brake, CreateCase, link and incident row "
            "in one transaction, GetCase (its ARN), release; read, PATCH of correlation_id",
            sample="19 AWS, 4 ServiceNow, 2 s asleep",
        ),
        Row(
            "incident edited with one comment → case",
            act=lambda s: s.edit_incident(),
            arrived=lambda s: s.edit_on_case(),
            holds=("cases_queue",),
            aim=Calls(8, 3), floor=Calls(8, 1), path=Calls(7, 1),
            floor_of="PutEvents, link row, claim, GetCase, names, CreateCaseComment, UpdateCase, release; read",
            sample="17+ AWS, 4 ServiceNow, 32 s asleep",
        ),
        Row(
            "echo of it (the case's own events)",
            prepare=lambda s: s.edit_with_held_echo(),
            act=lambda s: s.release("cases_queue"),
            arrived=None,
            aim=Calls(3, 0), floor=Calls(3, 0), path=Calls(0, 0),
            floor_of="link row, GetCase, ListComments: the event names neither comment nor field nor author",
            sample="7 + table scan AWS, 4 ServiceNow, 32 s",
            per=lambda s: s.messages,
        ),
        Row(
            "incident attachment → case",
            act=lambda s: s.attach_to_incident(),
            arrived=lambda s: s.file_on_case(),
            holds=("cases_queue",),
            aim=Calls(8, 2), floor=Calls(8, 2), path=Calls(6, 2),
            floor_of="PutEvents, link row, claim, GetCase, attempt counted, upload URL, GetCase (its id), release; "
            "read, download (and the bytes: one PUT of a presigned URL)",
            sample="not measured",
        ),
    ]  # fmt: skip


def _sweep() -> Row:
    return Row(
        "sweep, nothing changed",
        act=lambda s: s.sweep(),
        arrived=None,
        aim=Calls(6, 1), floor=Calls(4, 1), path=Calls(0, 0),
        floor_of="link row, GetCase, ListComments, its next time; read",
        sample="not done",
    )  # fmt: skip


def poll() -> Row:
    return Row(
        "poll, nothing changed",
        act=lambda s: s.poll(),
        arrived=None,
        aim=Calls(4, 2), floor=Calls(4, 1), path=Calls(0, 0),
        floor_of="ListCases once per 25 cases, cursor, due index, cursor again; one batch",
        sample="5N + ⌈T/25⌉ + 1 AWS",
        polls=True,
    )  # fmt: skip
