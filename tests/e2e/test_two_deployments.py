"""Two deployments in one account, each with an instance of its own, leave each other's records alone; and each is
operated by its name.
"""

import json

import pytest
from click.testing import CliRunner

from integration.module import Module
from integration.operations.app import cli
from integration.operations.local.system import Options, joined, start
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


# ------------------------------------------------------------------------------------------------ operating one of them
@pytest.fixture(params=["red", "blue"])
def one(request, both):
    """The default one, or the named one, and the tag of its cases."""
    both[("red", "blue").index(request.param)].keep["tag"] = request.param
    return both[("red", "blue").index(request.param)]


def command(day, *words):
    """What the command line answers as JSON, run by the operator of this deployment."""
    named = ["--name", day.names.name] if day.names.name else []
    ended = CliRunner().invoke(cli, [*words, *named, "--yes", "--json"], env=day.plane.operator_environment())
    assert ended.exit_code == 0, ended.stderr
    return json.loads(ended.stdout)


def test_what_was_open_before_comes_by_backfill_counted_first(one):
    tags = {"team": one.keep["tag"]}
    with one.settings(installed_at=4_000_000_000, case_tag="team=nobody"):
        case_id = one.new_case(one.title(), "Open for a while.", tags=tags)
        title = one.title()
        sys_id = one.act("insert", short_description=title, state=one.states["new"])["sys_id"]
        one.quiet()
        assert (one.incident_of(case_id), one.case_of(sys_id)) == ({}, "")
    words = ("backfill", "--cases", "--incidents", f"short_description={title}", "--rate", "600")
    counted = command(one, *words, "--dry-run")
    assert {case_id, sys_id} <= set(counted["chosen"])
    one.quiet()
    assert (counted["sent"], one.incident_of(case_id), one.case_of(sys_id)) == (0, {}, "")
    command(one, *words)
    one.until(lambda: one.incident_of(case_id) and one.case_of(sys_id))
    assert {case_id, sys_id}.isdisjoint(command(one, *words, "--dry-run")["chosen"])


def test_the_brake_on_new_cases_is_let_go_by_resume(one):
    titles = {one.title(), one.title()}
    with one.settings(new_cases_per_hour=1):
        before = one.waiting()
        for title in titles:
            one.act("insert", short_description=title, state=one.states["new"])
        one.until(lambda: one.waiting() - before)
    assert command(one, "resume")["resumed"]
    assert not command(one, "resume")["resumed"]
    one.redeliver()
    one.until(lambda: titles <= {case["title"] for case in one.cases()})


CONTAINED, REVIEWED = "Containment, Eradication and Recovery", "Post-incident Activities"
CHANGES = {
    "itsm": (REVIEWED, "2", "6", {"accepted": {"2": ["Detection and Analysis", "Acknowledged", CONTAINED]}}),
    "ir": (CONTAINED, "18", "19", {"accepted": {"18": ["Detection and Analysis"]}}),
}
"""A status, the state beside it, the state a changed mapping wants, and that change."""


def test_a_changed_mapping_is_counted_and_then_applied_to_pairs_in_step(one):
    status, before, after, change = CHANGES[one.module]
    pair = one.opened(tags={"team": one.keep["tag"]})
    one.respond(pair.case_id, "status", status="Detection and Analysis")
    one.respond(pair.case_id, "status", status=status)
    one.until(lambda: one.state(pair) == before)
    one.quiet()
    with one.mapping(status={"policy": "aws", "to_state": {status: after}, **change}):
        one.sweep(pair)
        one.quiet()
        counted = command(one, "remap")
        assert (counted["links"], counted["changed"]) == ([pair.case_id], 0)
        assert counted["fields"] == [{"field": "status", "written": "incident", "links": 1}]
        assert one.state(pair) == before
        assert command(one, "remap", "--apply")["changed"] == 1
        one.until(lambda: one.state(pair) == after)
        assert one.status(pair) == status
