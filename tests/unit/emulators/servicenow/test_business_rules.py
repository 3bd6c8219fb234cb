"""Business rules: which run, in which order, with what, and what they may do. Scripts run in the real engine."""

from __future__ import annotations

import threading

import pytest

from integration.emulators.servicenow import rules
from integration.emulators.servicenow.glide import ScriptResult
from integration.emulators.servicenow.ids import fixed_id

CLOSURE = {"close_code": "User error", "close_notes": "done"}


@pytest.fixture
def rule(instance):
    """Plants a business rule on incident that runs for inserts and updates; keywords change its columns."""

    def plant(name: str, script: str = "", **values: str) -> str:
        columns = {
            "name": name, "collection": "incident", "when": "before", "order": "100", "active": "true",
            "advanced": "true", "action_insert": "true", "action_update": "true", "script": script, **values,
        }  # fmt: skip
        return instance.plant("sys_script", columns)["sys_id"]

    return plant


def logged(instance) -> list[str]:
    return [row["message"] for row in instance.store.rows("syslog")]


def test_before_rules_change_the_record_in_their_order_around_the_engines(desk, rule, instance):
    """Below 1000 before the priority look-up, from 1000 after it."""
    rule("late", "current.priority = '4'; current.category = 'network'", order="1000")
    rule("second", "current.short_description = current.short_description + ' second'", order="20")
    rule("first", "current.short_description = 'first'; current.impact = '1'; current.priority = '5'", order="10")
    row = desk.row(desk.incident(urgency="1"))
    assert (row["short_description"], row["impact"], row["priority"], row["category"]) == (
        "first second",
        "1",
        "4",
        "network",
    )


def test_a_before_rule_may_abort_and_is_named(desk, rule, instance):
    rule_id = rule("No moves", "current.setAbortAction(true); gs.addErrorMessage('not told')", action_insert="false")
    sys_id = desk.incident()
    refusal = desk.patch(sys_id, state="2", comments="x").refusal
    assert refusal == (
        403, "Operation Failed",
        (
            f"Operation against file 'incident' was aborted by Business Rule 'No moves^{rule_id}'."
            " Business Rule Stack:No moves"
        ),
    )  # fmt: skip
    assert desk.row(sys_id)["state"] == "1"
    assert instance.store.rows("sys_journal_field") == []


def test_an_abort_in_an_after_rule_comes_too_late(desk, rule):
    rule("After", "current.setAbortAction(true)", when="after")
    assert desk.row(desk.incident(urgency="1"))["urgency"] == "1"


def test_after_rules_see_the_stored_record_and_its_journal_input(desk, rule, instance):
    rule(
        "After",
        "gs.info(current.number + '|' + current.comments + '|' + previous.urgency + '>' + current.urgency)",
        when="after",
        action_insert="false",
    )
    desk.patch(desk.incident(), urgency="1", comments="c")
    assert logged(instance) == ["INC0010001|c|3>1"]


def test_after_rules_from_1000_skip_the_update_that_closes(desk, rule, instance):
    """The trap for those who want to hear of closures."""
    rule("early", "gs.info('early')", when="after", order="999", action_insert="false")
    rule("late", "gs.info('late')", when="after", order="1000", action_insert="false")
    sys_id = desk.incident()
    desk.patch(sys_id, urgency="1")
    desk.patch(sys_id, state="7", **CLOSURE)
    assert logged(instance) == ["early", "late", "early"]


@pytest.mark.parametrize(
    ("columns", "runs"),
    [
        ({}, True),
        ({"active": "false"}, False),
        ({"action_update": "false"}, False),
        ({"collection": "task"}, True),
        ({"collection": "problem"}, False),
        ({"filter_condition": "urgency=1^EQ"}, True),
        ({"filter_condition": "urgency=2^EQ"}, False),
        ({"filter_condition": "urgencyVALCHANGES^EQ"}, True),
        ({"filter_condition": "stateVALCHANGES^EQ"}, False),
        ({"filter_condition": "urgencyCHANGESTO1^urgencyCHANGESFROM3^EQ"}, True),
        ({"filter_condition": "sys_updated_by!=admin^EQ"}, False),
        ({"condition": "current.urgency == '1' && gs.getUserName() == 'admin'"}, True),
        ({"condition": "current.urgency.changesTo('2')"}, False),
        ({"condition": "no.such.thing"}, False),
        ({"advanced": "false"}, False),
    ],
)
@pytest.mark.parametrize("when", ["before", "after", "async"])
def test_which_rules_run_for_an_update(desk, rule, instance, columns, runs, when):
    sys_id = desk.incident()
    rule("r", "gs.info('ran')", **{"action_insert": "false", "when": when, **columns})
    desk.patch(sys_id, urgency="1")
    assert instance.jobs.settle(5)
    assert [message for message in logged(instance) if message == "ran"] == ["ran"] * runs


def test_whether_a_rule_needs_advanced_is_a_switch(desk, rule, instance):
    instance.switches.rule_needs_advanced = False
    rule("r", "gs.info('ran')", advanced="false")
    desk.incident()
    assert logged(instance) == ["ran"]


def test_a_plain_rule_may_abort_without_a_script(desk, rule):
    rule("Frozen", advanced="false", abort_action="true", filter_condition="state=2^EQ")
    assert desk.patch(desk.incident(), state="2").refusal[2].startswith("Operation against file 'incident' was aborted")


def test_a_script_that_throws_is_logged_and_stops_nothing(desk, rule, instance):
    rule("broken", "no.such.thing")
    desk.incident(short_description="s")
    assert len(instance.store.rows("incident")) == 1
    assert "broken" in logged(instance)[0]


def test_an_asynchronous_rule_reads_the_record_again_and_knows_no_previous(desk, rule, instance):
    """It sees what happened since: here the second update, twice."""
    instance.switches.async_delay_s = 0.2
    rule(
        "a",
        "gs.info(current.operation() + ' ' + current.urgency + ' ' + previous + ' ' + gs.getUserName())",
        when="async",
        action_insert="false",
    )
    sys_id = desk.incident()
    desk.patch(sys_id, user="beth.anglin", urgency="1")
    desk.patch(sys_id, user="beth.anglin", urgency="2")
    assert logged(instance) == []
    assert instance.jobs.settle(5)
    assert logged(instance) == ["update 2 null beth.anglin"] * 2


def test_an_asynchronous_rule_on_a_deletion_has_no_record(desk, rule, instance):
    script = "gs.info('current is ' + current)"
    rule("async", script, when="async", action_delete="true", action_insert="false", action_update="false")
    rule("after", "gs.info('after ' + current.number)", when="after", action_delete="true", action_insert="false")
    desk("DELETE", f"/api/now/table/incident/{desk.incident()}")
    assert instance.jobs.settle(5)
    assert sorted(logged(instance)) == ["after INC0010001", "current is null"]


@pytest.mark.parametrize(("seen", "told"), [(False, "insert"), (True, "update")])
def test_an_asynchronous_rule_may_take_an_insert_for_an_update(desk, rule, instance, seen, told):
    instance.switches.async_insert_seen_as_update = seen
    rule("a", "gs.info(current.operation())", when="async")
    desk.incident()
    assert instance.jobs.settle(5)
    assert logged(instance) == [told]


@pytest.mark.parametrize(("survives", "messages"), [(False, []), (True, ["current is null"])])
def test_an_asynchronous_rule_may_outlive_an_aborted_insert(desk, rule, instance, survives, messages):
    instance.switches.async_survives_abort = survives
    rule("abort", "current.setAbortAction(true)", order="200")
    rule("a", "gs.info('current is ' + current)", when="async")
    assert desk("POST", "/api/now/table/incident", body={}).status == 403
    assert instance.jobs.settle(5)
    assert logged(instance) == messages


def test_a_condition_is_evaluated_again_only_by_property(desk, rule, instance):
    instance.switches.async_delay_s = 0.2
    rule("a", "gs.info('ran')", when="async", condition="current.urgency == '1'", action_insert="false")
    sys_id = desk.incident()
    for _ in range(2):
        desk.patch(sys_id, urgency="1")
        desk.patch(sys_id, urgency="2")
        assert instance.jobs.settle(5)
        name = "glide.businessrule.async_condition_check"
        instance.plant("sys_properties", {**instance.store.find("sys_properties", name=name)[0], "value": "true"})
    assert logged(instance) == ["ran"]


def test_an_update_without_a_change_runs_no_rule_after_it(desk, rule, instance):
    rule("after", "gs.info('after')", when="after", action_insert="false")
    sys_id = desk.incident(urgency="2")
    desk.patch(sys_id, urgency="2")
    assert logged(instance) == []


def test_a_rule_that_updates_its_own_record_does_not_run_for_itself(desk, rule, instance):
    rule(
        "again", "gs.info('ran'); current.work_notes = 'by rule'; current.update()", when="after", action_insert="false"
    )
    other = rule("other", "gs.info('other')", when="after", order="50", action_insert="false")
    assert other
    sys_id = desk.incident()
    desk.patch(sys_id, urgency="1")
    assert logged(instance) == ["other", "ran", "other"]
    assert [row["value"] for row in instance.store.rows("sys_journal_field")] == ["by rule"]
    assert desk.row(sys_id)["sys_mod_count"] == "2"


def test_scripts_reach_other_records_past_access_rules(desk, rule, instance):
    rule("r", """
        var user = new GlideRecord('sys_user');
        if (user.get('user_name', 'abel.tuter')) { current.caller_id = user.getUniqueValue(); }
        current.work_notes = gs.getProperty('instance_name') + ' ' + gs.getUser().hasRole('itil');
    """)  # fmt: skip
    row = desk.row(desk.incident(user="joe.employee"))
    assert row["caller_id"] == fixed_id("user", "abel.tuter")
    assert [entry["value"] for entry in instance.store.rows("sys_journal_field")] == ["dev00001 false"]


def test_rules_of_sys_attachment_hear_of_files(desk, rule, instance):
    rule(
        "in",
        "gs.info('+' + current.file_name + ' ' + current.table_name)",
        collection="sys_attachment",
        when="after",
        filter_condition="table_name=incident^EQ",
    )
    rule(
        "out",
        "gs.info('-' + current.file_name)",
        collection="sys_attachment",
        when="after",
        action_delete="true",
        action_insert="false",
    )
    sys_id = desk.incident()
    url = f"/api/now/attachment/file?table_name=incident&table_sys_id={sys_id}&file_name=a.txt"
    file_id = desk("POST", url, body=b"x", headers={"content-type": "text/plain"}).result["sys_id"]
    desk("DELETE", f"/api/now/attachment/{file_id}")
    assert logged(instance) == ["+a.txt incident", "-a.txt"]


def test_no_lock_is_held_while_a_rule_runs_and_both_writers_keep_their_change(desk, rule, instance, monkeypatch):
    """Only changed columns are written, so that two writers of one record do not undo each other."""
    sys_id = desk.incident()
    rule("slow", action_insert="false")
    done = threading.Event()

    def write() -> None:
        instance.store.change("incident", sys_id, {"urgency": "1", "sys_mod_count": "1"})
        done.set()

    class Engine:
        def __init__(self, host: object) -> None:
            self.host = host

        def run(self, script: str, **call: object) -> ScriptResult:
            threading.Thread(target=write).start()
            assert done.wait(5), "a lock is held while a rule runs"
            return ScriptResult(ran=True)

    monkeypatch.setattr(rules, "ScriptEngine", Engine)
    row = desk.patch(sys_id, description="mine").result
    assert (row["description"], row["urgency"], row["sys_mod_count"]) == ("mine", "1", "2")
