"""Encoded queries: every operator on one small table, and what instances do with what they cannot read."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.javascript import Gs
from integration.emulators.servicenow.query import Query, Term, parse
from integration.emulators.servicenow.session import Session

ABEL, BETH = fixed_id("user", "abel.tuter"), fixed_id("user", "beth.anglin")


@pytest.fixture
def desk(desk):
    """Three incidents: a (new, Abel's), b (in progress, Beth's, on a watch list), c (on hold, nobody's)."""
    desk.incident(short_description="alpha disk", caller_id=ABEL, urgency="1", impact="1", correlation_id="a")
    desk.incident(
        short_description="Beta network", caller_id=BETH, state="2", watch_list=f"{ABEL},x@y.z", correlation_id="b"
    )
    desk.incident(short_description="gamma disk", state="3", correlation_id="c", due_date="2026-09-22 00:00:00")
    return desk


def found(desk, query: str, extra: str = "") -> str:
    answer = desk("GET", f"/api/now/table/incident?sysparm_fields=correlation_id&sysparm_query={quote(query)}{extra}")
    assert answer.status == 200, answer.raw
    return "".join(row["correlation_id"] for row in answer.result)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "abc"),
        ("state=2", "b"),
        ("state!=2", "ac"),
        ("state<2", "a"),
        ("state<=2", "ab"),
        ("state>2", "c"),
        ("state>=2", "bc"),
        ("stateIN1,3", "ac"),
        ("stateNOT IN1,3", "b"),
        ("short_descriptionSTARTSWITHALPHA", "a"),
        ("short_descriptionENDSWITHdisk", "ac"),
        ("short_description%disk", "ac"),
        ("short_descriptionLIKEDISK", "ac"),
        ("short_description*disk", "ac"),
        ("short_descriptionNOT LIKEdisk", "b"),
        ("short_description!*disk", "b"),
        ("short_description=beta NETWORK", "b"),
        ("caller_idISEMPTY", "c"),
        ("caller_idISNOTEMPTY", "ab"),
        ("caller_idANYTHING", "abc"),
        ("descriptionEMPTYSTRING", "abc"),
        ("caller_id=", "c"),
        ("priorityBETWEEN1@2", "a"),
        ("impactSAMEASurgency", "abc"),
        ("impactNSAMEASurgency", ""),
        ("opened_atSAMEASsys_created_on", "abc"),
        ("due_dateGT_FIELDopened_at", "c"),
        ("due_dateISNOTEMPTY^due_dateLT_FIELDopened_at", ""),
        ("sys_created_onONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()", "abc"),
        ("sys_created_onONYesterday@javascript:gs.beginningOfYesterday()@javascript:gs.endOfYesterday()", ""),
        ("sys_created_onRELATIVEGE@minute@ago@15", "abc"),
        ("sys_created_onRELATIVELT@minute@ago@15", ""),
        ("sys_created_on>=2026-09-21 14:20:00", "abc"),
        ("sys_created_on>2026-09-21 14:20:00", ""),
        ("due_date>2026-09-21 14:20:00", "c"),
        ("sys_created_on>=javascript:gs.minutesAgoStart(5)", "abc"),
        ("sys_created_on<javascript:gs.minutesAgo(5)", ""),
        ("active=true", "abc"),
        ("active=1", "abc"),
        ("active!=true", ""),
        ("knowledge=false", "abc"),
        ("caller_id.user_name=abel.tuter", "a"),
        ("caller_id.emailENDSWITH@example.com", "ab"),
        ("caller_idLIKEanglin", "b"),
        (f"caller_id={ABEL}", "a"),
        (f"watch_listLIKE{ABEL}", "b"),
        ("sys_class_nameINSTANCEOFtask", "abc"),
        ("123TEXTQUERY321=gamma disk", "c"),
        ("state=1^ORstate=2", "ab"),
        ("state=1^ORstate=2^short_descriptionLIKEdisk", "a"),
        ("short_descriptionLIKEdisk^state=1^ORstate=2", "a"),
        ("state=1^caller_idISEMPTY^NQstate=2", "b"),
        ("state=1^NQstate=3", "ac"),
        ("state=3^EQ", "c"),
    ],
)
def test_an_operator_selects_what_the_documentation_says(desk, query, expected):
    assert found(desk, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("no_such_field=banana", "abc"),
        ("state=2^no_such_field=banana", "b"),
        ("no_such_field=banana^ORstate=2", "b"),
        ("^^^", "abc"),
        ("banana", "abc"),
        ("caller_id.no_such=1", "abc"),
        ("short_description.x=1", "abc"),
        ("state=NOT_A_NUMBER", ""),
        ("state==1", ""),
        ("State=2", "abc"),
        ("stateINjavascript:gs.nonsense()", ""),
    ],
)
def test_what_is_not_understood_is_left_out_and_is_no_error(desk, query, expected):
    """An unknown field returns the whole table: the trap every client has to know."""
    assert found(desk, query) == expected


@pytest.mark.parametrize(("query", "expected"), [("no_such_field=banana", ""), ("state=2^x=1", ""), ("state=2", "b")])
def test_a_property_turns_unknown_fields_into_no_rows(desk, instance, query, expected):
    instance.plant(
        "sys_properties",
        {**instance.store.find("sys_properties", name="glide.invalid_query.returns_no_rows")[0], "value": "true"},
    )
    assert found(desk, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ORDERBYshort_description", "abc"),
        ("ORDERBYDESCshort_description", "cba"),
        ("^ORDERBYDESCstate", "cba"),
        ("ORDERBYpriority^ORDERBYDESCstate", "acb"),
        ("ORDERBYcaller_id", "cab"),
        ("ORDERBYcaller_id.user_name", "cab"),
        ("stateIN1,2^ORDERBYDESCcorrelation_id", "ba"),
        ("ORDERBYno_such_field", "abc"),
    ],
)
def test_rows_come_in_the_order_asked_for(desk, query, expected):
    """Empty values come first, references by what they display, ties stay as they were."""
    assert found(desk, query) == expected


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ("&state=2", "b"),
        ("&state=In Progress", "b"),
        ("&caller_id=Abel Tuter", "a"),
        ("&nonsense=1", "abc"),
        ("&state=", ""),
    ],
)
def test_plain_pairs_filter_by_value_or_label(desk, pairs, expected):
    answer = desk("GET", f"/api/now/table/incident?sysparm_fields=correlation_id{pairs}")
    assert "".join(row["correlation_id"] for row in answer.result) == expected


def test_me_is_the_caller(desk):
    """`javascript:gs.getUserID()` and the dynamic filter Me mean whoever asks."""
    me = desk(
        "GET", "/api/now/table/sys_user?sysparm_query=sys_idDYNAMIC90d1921e5f510100a9ad2572f2b477fe", user="beth.anglin"
    )
    same = desk("GET", "/api/now/table/sys_user?sysparm_query=sys_id=javascript:gs.getUserID()", user="beth.anglin")
    assert [row["user_name"] for row in me.result] == ["beth.anglin"] == [row["user_name"] for row in same.result]


def test_groups_alternatives_and_order_are_kept_apart():
    query = parse("a=1^b=2^ORb=3^NQc=4^ORDERBYDESCd^ORDERBYe")
    a, b2, b3, c = (Term(field, "=", value) for field, value in ["a1", "b2", "b3", "c4"])
    assert query == Query((((a,), (b2, b3)), ((c,),)), (("d", True), ("e", False)))
    assert query.fields == {"a", "b", "c", "d", "e"}


def test_related_list_queries_are_left_out_as_a_whole():
    query = parse("RLQUERYtask.parent,>0^short_description=x^ENDRLQUERY^state=1")
    assert query.fields == {"state"}
    assert query.unreadable == 1


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("minutesAgo(5)", "2026-09-21 14:15:00"),
        ("minutesAgoStart(5)", "2026-09-21 14:15:00"),
        ("minutesAgoEnd(5)", "2026-09-21 14:15:59"),
        ("hoursAgo(2)", "2026-09-21 12:20:00"),
        ("hoursAgoStart(2)", "2026-09-21 12:00:00"),
        ("daysAgoStart(1)", "2026-09-20 07:00:00"),
        ("beginningOfToday()", "2026-09-21 07:00:00"),
        ("endOfToday()", "2026-09-22 06:59:59"),
        ("beginningOfYesterday()", "2026-09-20 07:00:00"),
        ("beginningOfThisWeek()", "2026-09-21 07:00:00"),
        ("beginningOfThisMonth()", "2026-09-01 07:00:00"),
        ("beginningOfLastMonth()", "2026-08-01 07:00:00"),
        ("endOfLastMonth()", "2026-09-01 06:59:59"),
        ("beginningOfThisQuarter()", "2026-07-01 07:00:00"),
        ("beginningOfThisYear()", "2026-01-01 08:00:00"),
        ("dateGenerate('2026-09-01','00:00:00')", "2026-09-01 07:00:00"),
        ("dateGenerate('2026-09-01','end')", "2026-09-02 06:59:59"),
        ("nowDateTime()", "2026-09-21 14:20:00"),
        ("getUserName()", "beth"),
        ("getProperty('p')", "v"),
        ("unheardOf()", ""),
    ],
)
def test_script_values_are_the_callers_own_days_in_utc(expression, expected):
    now = datetime(2026, 9, 21, 14, 20, tzinfo=UTC)
    gs = Gs(Session({"user_name": "beth"}), now, ZoneInfo("America/Los_Angeles"), {"p": "v"}.get)
    assert gs.value(f"javascript:gs.{expression}") == expected
