"""The stock change models, as data; `change_seed.py` makes records of them, and only these count while it runs.

States and who may cancel: ServiceNowDocs, it-service-management/change-management/c_ChangeStateModel.md; the two ways
from Implement to Review: change-management-api.md, the sample of nextstates. Conditions beyond these are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED = "-5", "-4", "-3", "-2", "-1", "0", "3", "4"
ENDED = (CLOSED, CANCELED)
TEXTS_OF_A_TEMPLATE = ("description", "implementation_plan", "backout_plan", "test_plan")
"""What nobody changes in a standard change: change-management-api.md, POST /change/standard."""
CAB, EMERGENCY_CAB = "CAB Approval", "eCAB Approval"


@dataclass(frozen=True, slots=True)
class Condition:
    """All parts that are given have to hold; `no_task` is a query no task of the change may match."""

    name: str
    mandatory: str = ""
    query: str = ""
    no_task: str = ""


FREE = Condition("Not On hold", query="on_hold=false")
NAMED = Condition("Assignment group and short description", mandatory="assignment_group,short_description")
PLANNED = Condition(
    "Created from a template", mandatory="std_change_producer_version,implementation_plan,backout_plan,test_plan"
)
APPROVED = Condition("Approved", query="approval=approved^on_hold=false")
REJECTED = Condition("Rejected", query="approval=rejected^on_hold=false")
DONE = Condition("No active Change Tasks", query="on_hold=false", no_task="active=true")
TOLD = Condition("Close code and close notes", mandatory="close_code,close_notes")


@dataclass(frozen=True, slots=True)
class Step:
    """A transition; `automatic` ones are the platform's alone."""

    before: str
    after: str
    conditions: tuple[Condition, ...] = ()
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """`asks`: state to who is asked there, a group's name or `assignment_group`; `cancelled_from`: states."""

    name: str
    description: str
    preset: str
    states: tuple[str, ...]
    steps: tuple[Step, ...]
    cancelled_from: tuple[str, ...]
    asks: dict[str, str]
    default: bool = False
    makes_tasks: bool = True


_WORK = (
    Step(SCHEDULED, IMPLEMENT, (FREE,)),
    Step(IMPLEMENT, REVIEW, (DONE,), automatic=True),
    Step(IMPLEMENT, REVIEW, (FREE,)),
    Step(REVIEW, CLOSED, (FREE, DONE, TOLD)),
)
_BEFORE_REVIEW = (NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT)


def _asked(before: str, after: str) -> tuple[Step, ...]:
    """Approved goes on, rejected goes back, and whoever submitted it may take it back."""
    return (
        Step(before, after, (APPROVED,), automatic=True),
        Step(before, NEW, (REJECTED,), automatic=True),
    )


def _through(*states: str) -> tuple[str, ...]:
    return (NEW, *states, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED)


MODELS = (
    Model(
        "Normal", "ITIL Mode 1 Normal Change", "type=normal^EQ", _through(ASSESS, AUTHORIZE),
        (
            Step(NEW, ASSESS, (FREE, NAMED)), *_asked(ASSESS, AUTHORIZE), Step(ASSESS, NEW, (FREE,)),
            *_asked(AUTHORIZE, SCHEDULED), *_WORK,
        ),
        _BEFORE_REVIEW, {ASSESS: "assignment_group", AUTHORIZE: CAB}, default=True,
    ),
    Model(
        "Standard", "ITIL Mode 1 Standard Change", "type=standard^EQ", _through(),
        (Step(NEW, SCHEDULED, (FREE, NAMED, PLANNED)), *_WORK), _BEFORE_REVIEW, {},
    ),
    Model(
        "Emergency", "ITIL Mode 1 Emergency Change", "type=emergency^EQ", _through(AUTHORIZE),
        (
            Step(NEW, AUTHORIZE, (FREE, NAMED)), *_asked(AUTHORIZE, SCHEDULED), Step(AUTHORIZE, NEW, (FREE,)), *_WORK,
        ),
        _BEFORE_REVIEW, {AUTHORIZE: EMERGENCY_CAB},
    ),
    Model(
        "Cloud Infrastructure", "Changes of cloud infrastructure", "type=normal^EQ",
        (NEW, AUTHORIZE, IMPLEMENT, CLOSED, CANCELED),
        (
            Step(NEW, AUTHORIZE, (FREE, NAMED)), *_asked(AUTHORIZE, IMPLEMENT),
            Step(IMPLEMENT, CLOSED, (FREE, DONE, TOLD)),
        ),
        (NEW, AUTHORIZE, IMPLEMENT), {AUTHORIZE: "assignment_group"}, makes_tasks=False,
    ),
    Model(
        "Change Registration", "The record of an automated change, without approvals", "type=standard^EQ",
        (NEW, IMPLEMENT, CLOSED, CANCELED),
        (Step(NEW, IMPLEMENT, (FREE, NAMED)), Step(IMPLEMENT, CLOSED, (FREE, DONE, TOLD))),
        (NEW, IMPLEMENT), {}, makes_tasks=False,
    ),
)  # fmt: skip
BY_TYPE = {"normal": "Normal", "standard": "Standard", "emergency": "Emergency"}
KNOWN_IDS = {"Standard": "e55d0bfec343101035ae3f52c1d3ae49"}
"""As in the documentation's sample of POST /change."""
