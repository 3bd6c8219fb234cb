"""Every private text on every occasion on which we write: nothing of it crosses, nothing of it stays with us."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from integration.model import Investigation
from tests.fakes.world import Killed
from tests.unit.cases.functions import Functions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECRET, PUBLIC = "canary-51c0", "public-8f2e"
TOO_LARGE = b"1" * ((1 << 20) + 1)
WORKED_ON = {"incident": "2", "sn_si_incident": "16"}
RESOLVED = {"incident": "6", "sn_si_incident": "100"}
CLOSED = {"incident": "7", "sn_si_incident": "3"}
PRIVATE_NOTES = {"comments": {"work_notes": "private"}}
ONE_MIB = {"attachments": {"max_mb": 1}}
HERE_ONLY = {"watchers": {"domains": ["here.example"]}}


class Stage(Functions):
    """One incident, with a case where `opened`; both sides' people write a public text beside whatever is private."""

    def __init__(self, module: str, mapping: Mapping[str, Any], put: Callable[[Stage], None]) -> None:
        super().__init__(module, mapping)
        self._put = put
        self.sys_id = self.incidents.make("Odd logins", description="From two countries.")

    @property
    def case_id(self) -> str:
        return next(iter(self.cases.records))

    def opened(self) -> Stage:
        self.incident(self.sys_id)
        return self

    def put(self, public: str = PUBLIC) -> Stage:
        """The private text, and a public one after it."""
        self._put(self)
        self.incidents.edit(self.sys_id, comments=public)
        return self

    def told(self) -> Stage:
        self.incident(self.sys_id)
        self.sweep()
        return self

    def edit(self, **columns: str) -> Stage:
        self.incidents.edit(self.sys_id, **columns)
        return self

    def close(self, state: Mapping[str, str] = CLOSED) -> Stage:
        return self.edit(state=state[self.incidents.table], close_code="Duplicate")

    def file(self, name: str, content: bytes = b"1", state: str = "available") -> None:
        self.incidents.add_file(self.sys_id, name, content, state=state)


# ------------------------------------------------------------------- what stays in ServiceNow, and under which mapping
def columns(**values: str) -> Callable[[Stage], None]:
    return lambda stage: stage.incidents.edit(stage.sys_id, **values)


TEXTS: Mapping[str, tuple[Mapping[str, Any], Callable[[Stage], None]]] = {
    "a marked work note": ({}, columns(work_notes=f"[private] {SECRET}")),
    "a marked comment": ({}, columns(comments=f"[private]\n{SECRET}")),
    "a marked text longer than any field": ({}, columns(work_notes=f"[private] {SECRET * 400}")),
    "who wrote a marked note": ({}, lambda s: s.incidents.edit(s.sys_id, SECRET, work_notes="[private] seen")),
    "any work note": (PRIVATE_NOTES, columns(work_notes=SECRET)),
    "marked closing notes": ({}, columns(close_notes=f"[private] {SECRET}")),
    "closing notes where work notes stay": (PRIVATE_NOTES, columns(close_notes=SECRET)),
    "a file's content": ({}, lambda s: s.file("[private] a.txt", SECRET.encode())),
    "a file's name": ({}, lambda s: s.file(f"[private] {SECRET}.txt")),
    "the name of an empty file": ({}, lambda s: s.file(f"[private] {SECRET}.txt", b"")),
    "the name of a large file": (ONE_MIB, lambda s: s.file(f"[private] {SECRET}.txt", TOO_LARGE)),
    "the name of a file taken away": ({}, lambda s: s.file(f"[private] {SECRET}.txt", state="not_available")),
    "a column that is not mapped": ({}, columns(u_internal=SECRET)),
    "a watcher of another domain": (HERE_ONLY, columns(watch_list=f"{SECRET}@evil.example")),
}


# ------------------------------------------------------------------------------- when we write
def refused_by_aws(stage: Stage) -> Stage:
    stage.opened().cases.refuse = lambda _call: "not now"
    stage.edit(short_description="Odder logins", description="x" * 9000).put().told()
    stage.cases.refuse = lambda _call: None
    stage.world.now += 86_400
    return stage.told()


def refused_by_servicenow(stage: Stage) -> Stage:
    stage.opened().incidents.refuse = lambda _call, _values: "a data policy says no"
    stage.cases.records[stage.case_id]["values"]["title"] = "Oddest logins"
    return stage.put().told()


def creation_refused(stage: Stage) -> Stage:
    stage.cases.refuse = lambda call: "not so" if call == "CreateCase" else None
    stage.put().told()
    stage.cases.refuse = lambda _call: None
    stage.world.now += 86_400
    return stage.told()


def dying(stage: Stage) -> Stage:
    """Killed after each write, as often as there is one."""

    def hook(moment: str, system: str, call: str) -> None:
        if moment == "after" and system == "aws" and call in {"CreateCaseComment", "upload", "UpdateCase"}:
            left.pop() if left else None
            if left:
                raise Killed

    left = [1, 2, 3]
    stage.opened().put().edit(description="From three.").world.hook = hook
    return stage.told()


def table_lost(stage: Stage) -> Stage:
    stage.opened().put().told()
    for kept in (stage.links.rows, stage.links.by_incident, stage.links.entries):
        kept.clear()
    return stage.told()


def journal_displayed(stage: Stage) -> Stage:
    stage.incidents.rows_hidden = True
    return stage.opened().put().told()


def kinds_untold(stage: Stage) -> Stage:
    stage.incidents.labels_untold = True
    return journal_displayed(stage)


def conflict(stage: Stage) -> Stage:
    stage.opened().put().edit(short_description="Ours", description="Ours " * 900)
    stage.cases.records[stage.case_id]["values"] |= {"title": "Theirs", "description": "Theirs " * 900}
    return stage.told()


def case_closed_on_aws(stage: Stage) -> Stage:
    stage.opened().cases.records[stage.case_id]["status"] = "Closed"
    return stage.put().told()


def file_removed(stage: Stage) -> Stage:
    stage.opened().put().told().incidents.records[stage.sys_id]["files"].clear()
    return stage.told()


def hidden(stage: Stage) -> Stage:
    """With another that is not, since a hidden table says nothing of a record."""
    stage.incidents.make("Another")
    stage.opened().put().told().incidents.hidden = {stage.sys_id}
    stage.world.now += 86_400
    return stage.told()


def edited_on_aws(stage: Stage) -> Stage:
    made = stage.opened().cases.add_comment(stage.case_id, "It was Monday.")
    stage.put().told().cases.edit_comment(stage.case_id, made, "It was Tuesday.")
    return stage.told()


def status_of_aws(stage: Stage) -> Stage:
    """A note says that the case does not follow its incident."""
    stage.opened().cases.records[stage.case_id]["values"]["resolverType"] = "AWS"
    return stage.put().told().edit(state=WORKED_ON[stage.incidents.table]).told()


def asked_for(stage: Stage) -> Stage:
    stage.opened().put().incident(stage.sys_id, forced=True)
    return stage.told()


def many(stage: Stage) -> Stage:
    stage.opened()
    for number in range(30):
        stage.put(f"{PUBLIC} {number}")
    return stage.told()


OCCASIONS: Mapping[str, Callable[[Stage], Stage]] = {
    "an edit": lambda stage: stage.opened().put().told(),
    "a creation": lambda stage: stage.put().told(),
    "a resolution": lambda stage: stage.opened().put().close(RESOLVED).told(),
    "a closure": lambda stage: stage.opened().put().close().told(),
    "a title too long": lambda stage: stage.opened().put().edit(short_description="x" * 160).told(),
    "a removal": file_removed,
    "a replay": asked_for,
    "a conflict": conflict,
    "a refusal by AWS": refused_by_aws,
    "a refusal by ServiceNow": refused_by_servicenow,
    "a refused creation": creation_refused,
    "a death": dying,
    "an edit on AWS": edited_on_aws,
    "a status that AWS sets": status_of_aws,
    "a lost table": table_lost,
    "a journal as it is displayed": journal_displayed,
    "a journal of unknown kinds": kinds_untold,
    "a case that is closed": case_closed_on_aws,
    "a record that is hidden": hidden,
    "thirty of them": many,
}


def arrives(mapping: Mapping[str, Any], occasion: str) -> bool:
    """Nothing reaches a closed case; what may be a work note stays where these do."""
    return occasion != "a case that is closed" and (occasion, mapping) != ("a journal of unknown kinds", PRIVATE_NOTES)


@pytest.mark.parametrize("module", ["itsm", "ir"])
@pytest.mark.parametrize("occasion", OCCASIONS)
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_private_in_servicenow_stays_there(text: str, occasion: str, module: str) -> None:
    """What is public and written at the same time arrives, so the occasion did write; neither is with us."""
    mapping, put = TEXTS[text]
    stage = OCCASIONS[occasion](Stage(module, mapping, put))
    assert SECRET not in stage.on_aws()
    assert (PUBLIC in stage.on_aws()) == arrives(mapping, occasion)
    assert [word for word in (SECRET, PUBLIC) if word in stage.with_us()] == []


# ------------------------------------------------------------------------------- and what stays on AWS
def member(name: str, value: Any) -> Callable[[Functions, str], None]:
    return lambda stage, case_id: stage.cases.records[case_id]["values"].update({name: value})


def investigated(stage: Functions, case_id: str) -> None:
    told = Investigation("inv-0123456789", "Summarization", SECRET, SECRET, "Completed", datetime.now(UTC))
    stage.cases.records[case_id]["investigations"].append(told)


def watched(stage: Functions, case_id: str) -> None:
    stage.cases.records[case_id]["watchers"].add(f"{SECRET}@evil.example")


def led(stage: Functions, _case_id: str) -> None:
    stage.cases.team = (f"{SECRET}@here.example",)


ON_AWS: Mapping[str, tuple[Mapping[str, Any], Callable[[Functions, str], None]]] = {
    "an investigation": ({}, investigated),
    "a member that is not mapped": ({}, member("internal", SECRET)),
    "the context": ({"context": False}, member("threatActorIpAddresses", (SECRET,))),
    "a watcher of another domain": (HERE_ONLY, watched),
    "the response team": ({}, led),
}


ALLOWED: Mapping[str, Mapping[str, Any]] = {
    "an investigation": {"investigations": True},
    "the context": {"context": True},
    "a watcher of another domain": {"watchers": {"domains": ["evil.example"]}},
    "the response team": {"watchers": {"response_team": True}},
}


def lived(module: str, mapping: Mapping[str, Any], text: str, *, first: bool) -> Functions:
    """Created, edited, commented, closed, the table lost in between; the text is there at first, or comes later."""
    stage = Functions(module, mapping)
    case_id = stage.cases.make("Root key used")
    for moment in (True, False):
        if moment == first:
            ON_AWS[text][1](stage, case_id)
        stage.cases.records[case_id]["values"]["title"] = f"{PUBLIC} {moment}"
        stage.cases.add_comment(case_id, PUBLIC)
        stage.case(case_id)
        stage.links.rows.clear()
        stage.sweep()
    stage.cases.records[case_id]["status"] = "Closed"
    stage.case(case_id)
    return stage


@pytest.mark.parametrize("module", ["itsm", "ir"])
@pytest.mark.parametrize("first", [True, False], ids=["at first", "later"])
@pytest.mark.parametrize("text", ON_AWS)
def test_what_is_private_on_aws_stays_there(text: str, module: str, *, first: bool) -> None:
    stage = lived(module, ON_AWS[text][0], text, first=first)
    there = repr(stage.incidents.records)
    assert SECRET not in there
    assert PUBLIC in there
    assert [word for word in (SECRET, PUBLIC) if word in stage.with_us()] == []


@pytest.mark.parametrize("text", ALLOWED)
def test_by_setting_it_goes_over_and_still_does_not_stay_with_us(text: str) -> None:
    stage = lived("itsm", ALLOWED[text], text, first=True)
    assert SECRET in repr(stage.incidents.records)
    assert SECRET not in stage.with_us()
