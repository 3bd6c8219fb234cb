"""Two deployments in one account, each with an instance of its own, leave each other's records alone."""

import pytest

from integration.local.running import Options, joined, start
from integration.model import Module
from tests.e2e.shift import Shift, written

RED = {"case_tag": "team=red", "new_cases_per_hour": 1000}
BLUE = {"case_tag": "team=blue", "new_cases_per_hour": 1000}


@pytest.fixture(scope="module")
def both():
    """The default one for `incident`, and one named blue for `sn_si_incident`."""
    with (
        start(Options(module=Module.ITSM, settings=RED)) as red,
        joined(red, Options(module=Module.IR, name="blue", settings=BLUE)) as blue,
    ):
        yield Shift(red), Shift(blue)


def test_each_takes_the_cases_with_its_tag(both):
    red, blue = both
    case_id = red.new_case(red.title(), "Red.", tags={"team": "red"})
    other_id = blue.new_case(blue.title(), "Blue.", tags={"team": "blue"})
    nobody_s = blue.new_case(blue.title(), "Nobody's.")
    red.until(lambda: red.incident_of(case_id))
    blue.until(lambda: blue.incident_of(other_id))
    for day in both:
        day.poll()
        day.quiet()
    assert (red.incident_of(other_id), blue.incident_of(case_id)) == ({}, {})
    assert (red.incident_of(nobody_s), blue.incident_of(nobody_s)) == ({}, {})


def test_a_case_one_of_them_made_is_left_alone_by_the_other(both):
    red, blue = both
    made, other = red.reported(), blue.reported()
    for day in both:
        day.poll()
        day.quiet()
    assert (red.incident_of(other.case_id), blue.incident_of(made.case_id)) == ({}, {})
    assert red.case(made.case_id)["tags"] == {"servicenow:default": f"incident/{made.sys_id}"}
    assert blue.case(other.case_id)["tags"] == {"servicenow:blue": f"sn_si_incident/{other.sys_id}"}
    for day, pair in ((red, made), (blue, other)):
        day.respond(pair.case_id, "comment", body="Ours.")
        day.edit(pair.sys_id, work_notes="Ours too.")
        day.until(lambda day=day, pair=pair: written(day.notes(pair), "Ours.") == 1)
        day.until(lambda day=day, pair=pair: written(day.comments(pair), "Ours too.") == 1)


def test_neither_reads_what_is_the_other_s(both):
    """Each function's role ends at its own deployment: nothing was asked for that it was refused."""
    red, _ = both
    assert [str(denial) for denial in red.plane.denied()] == []
    tables = {"": red.names.table, "-blue": both[1].names.table}
    for call in red.plane.calls():
        if call.service == "dynamodb" and call.role:
            own = tables["-blue" if call.function.endswith("-blue") else ""]
            assert all(resource.partition(":table/")[2].partition("/")[0] == own for resource in call.resources), call
