"""The scenarios of the crash sweep, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.cases.link import CASE, INCIDENT
from tests.proofs.kit.edits import Edit, edit_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ITSM, IR = ("itsm",), ("ir",)
TABLE_LOST, SYS_ID_IGNORED = "the table is lost", "our sys_id is ignored"
TITLE_REFUSED, CREATION_REFUSED = "the title is refused", "the creation is refused"


def _wins(policy: str) -> dict[str, Any]:
    return {"fields": {"short_description": {"policy": policy}}, "status": {"policy": policy}}


AWS_WINS, SERVICENOW_WINS = _wins("aws"), _wins("servicenow")
FINDINGS = tuple(f"finding {number}" for number in range(30))


@dataclass(frozen=True)
class Scenario:
    """`before` happens undisturbed once the pair is linked; then the `does` happen together, their events arrive, and
    from then on every call may fail. `linked` False: already the first pass is disturbed. `given`: what else holds.
    """

    name: str
    born: str
    does: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    linked: bool = True
    given: str = ""
    modules: tuple[str, ...] = ITSM + IR
    mapping: Mapping[str, Any] = field(default_factory=dict)

    @property
    def edits(self) -> tuple[Edit, ...]:
        return tuple(map(edit_of, self.does))

    @property
    def first_edits(self) -> tuple[Edit, ...]:
        return tuple(map(edit_of, self.before))


MADE = (
    Scenario("a case becomes an incident", CASE, linked=False),
    Scenario(
        "a case with a comment, a file and a watcher becomes an incident",
        CASE,
        ("case comment: we see it", "case file: trail", "case watch: ann@here.example"),
        linked=False,
    ),
    Scenario("an incident becomes a case", INCIDENT, linked=False),
    Scenario(
        "a working incident with notes, a file and a watcher becomes a case",
        INCIDENT,
        (
            "incident state: working",
            "incident work note: among us",
            "incident comment: to all",
            "incident file: log",
            "incident watch: ann@out.example",
        ),
        linked=False,
    ),
    Scenario("a closed case becomes a closed incident", CASE, ("case close: False Positive",), linked=False),
    Scenario("a lost table is rebuilt from the case's ARN", CASE, ("case title: newer",), given=TABLE_LOST),
    Scenario("a lost table is rebuilt from the tag", INCIDENT, ("case comment: hello",), given=TABLE_LOST),
    Scenario("the instance ignores our sys_id", CASE, linked=False, given=SYS_ID_IGNORED),
    Scenario("ServiceNow refuses the new incident", CASE, linked=False, given=CREATION_REFUSED),
    Scenario("AWS refuses the new case", INCIDENT, linked=False, given=CREATION_REFUSED),
)
FIELDS = (
    Scenario("title and description go to the incident", CASE, ("case title: t2", "case description: d2")),
    Scenario("title and description go to the case", CASE, ("incident title: t2", "incident description: d2")),
    Scenario("a title too long for the column", CASE, (f"case title: {'x' * 300}",)),
    Scenario("both change the title", CASE, ("case title: a", "incident title: b"), mapping=SERVICENOW_WINS),
    Scenario("both change the title, AWS wins", CASE, ("case title: a", "incident title: b"), mapping=AWS_WINS),
    Scenario(
        "the instance refuses the title",
        CASE,
        ("case title: curse", "case description: d2", "case comment: hello"),
        given=TITLE_REFUSED,
    ),
    Scenario("a field that is none of ours", CASE, ("incident priority: 1",)),
)
STATUS = (
    Scenario("two hops of status", CASE, ("incident state: contained",), modules=IR),
    Scenario("two hops of status", CASE, ("incident state: resolved",), modules=ITSM),
    Scenario("status goes to the incident", CASE, ("case status: Detection and Analysis",)),
    Scenario(
        "both change the status",
        CASE,
        ("case status: Post-incident Activities", "incident state: contained"),
        modules=IR,
        mapping=SERVICENOW_WINS,
    ),
    Scenario(
        "both change the status, AWS wins",
        CASE,
        ("case status: Post-incident Activities", "incident state: contained"),
        modules=IR,
        mapping=AWS_WINS,
    ),
    Scenario(
        "on hold beside containment",
        CASE,
        ("case status: Containment, Eradication and Recovery", "incident state: hold"),
        before=("incident state: working",),
        modules=ITSM,
    ),
    Scenario("a state no way leads to", CASE, ("incident state: new",), before=("incident state: working",)),
)
ENTRIES = (
    Scenario("a comment of the case", CASE, ("case comment: responders see it",)),
    Scenario(
        "a work note and a comment of the incident",
        CASE,
        ("incident work note: among us", "incident comment: to all"),
    ),
    Scenario("a long comment in parts", CASE, (f"case comment: {'word ' * 2000}",)),
    Scenario("a long work note in parts", CASE, (f"incident work note: {'word ' * 5000}",)),
    Scenario("thirty comments", CASE, tuple(f"case comment: {text}" for text in FINDINGS)),
    Scenario("thirty work notes", CASE, tuple(f"incident work note: {text}" for text in FINDINGS)),
    Scenario(
        "the same text from two people",
        CASE,
        ("case comment: same", "case comment: same", "incident work note: same"),
    ),
    Scenario("a comment is edited", CASE, ("case edited comment: Tuesday",), before=("case comment: Monday",)),
    Scenario("a file of the case", CASE, ("case file: trail",)),
    Scenario("a file of the incident", CASE, ("incident file: log",)),
    Scenario("files both ways", CASE, ("case file: trail", "incident file: log")),
    Scenario(
        "watchers both ways",
        CASE,
        ("case watch: ann@here.example", "incident watch: bob@out.example", "case unwatch: carl@out.example"),
        before=("case watch: carl@out.example",),
    ),
    Scenario("the context changes", CASE, ("case pending: Customer",)),
)
ENDS = (
    Scenario(
        "the case is closed with a comment and a file",
        CASE,
        ("case comment: last words", "case file: trail", "case close: False Positive"),
    ),
    Scenario(
        "the incident is closed with a note and a file",
        CASE,
        ("incident work note: last words", "incident file: log", "incident state: closed"),
    ),
    Scenario("both are closed", CASE, ("case close: Duplicate", "incident state: closed")),
    Scenario(
        "a closed case's incident is opened again",
        CASE,
        ("incident state: working", "incident work note: not over"),
        before=("case close: ",),
    ),
    Scenario("a closed case's incident gets another title", CASE, ("incident title: late",), before=("case close: ",)),
    Scenario(
        "everything at once",
        CASE,
        (
            "case title: a",
            "incident title: b",
            "case description: d2",
            "incident state: working",
            "case comment: from AWS",
            "incident work note: from ServiceNow",
            "case file: trail",
            "incident file: log",
            "case watch: ann@here.example",
            "case pending: Customer",
        ),
    ),
)
SCENARIOS = MADE + FIELDS + STATUS + ENTRIES + ENDS
