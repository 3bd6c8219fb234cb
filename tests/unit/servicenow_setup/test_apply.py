"""Setup is desired state: read, compare, write, read back; repeatable after a death anywhere; ours only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.clients.errors import Misconfigured
from servicenow_setup.apply import apply, plan, remove
from servicenow_setup.cases import RULES
from servicenow_setup.columns import normal
from servicenow_setup.credential import mark_of, store_token, stored_mark
from servicenow_setup.errors import Cut, Declined, MissingRole, NameTaken, NotEncrypted, SetupError
from servicenow_setup.roles import ROLE_OF_TABLE


def test_a_second_run_writes_nothing(instance, settings):
    apply(instance, settings)
    before = instance.snapshot()
    changes = apply(instance, settings)
    assert changes.writes == ()
    assert instance.snapshot() == before


def test_a_plan_tells_what_apply_then_does_and_writes_nothing(instance, settings):
    planned = plan(instance, settings)
    assert instance.snapshot() == {}
    apply(instance, settings)
    made = {row["sys_id"] for table in instance.rows for row in instance.all(table)}
    assert {change.wanted.sys_id for change in planned.writes} == made
    assert plan(instance, settings).writes == ()


def test_the_get_function_an_instance_makes_by_itself_goes(instance, settings):
    apply(instance, settings)
    assert [row["function_name"] for row in instance.all("sys_rest_message_fn")] == ["POST"]


def test_records_named_otherwise_before_are_renamed_in_place(instance, settings, monkeypatch):
    """Rules, message and credential had names that columns of 40 characters do not hold."""
    apply(instance, settings)
    reference = instance.snapshot()
    for table, name in FORMER.items():
        row = instance.named(table, settings.prefix)
        row["name"] = f"{settings.prefix} {name}"
    apply(instance, settings)
    assert instance.snapshot() == reference


FORMER = {
    "sys_rest_message": "AWS Security IR Integration Message",
    "discovery_credentials": "AWS Security IR Webhook Token",
}


@pytest.mark.parametrize("already", [False, True], ids=["first", "update"])
def test_a_column_that_holds_less_is_told_as_such(already, instance, settings):
    """Scripts would look the message up by a name it does not have."""
    if already:
        apply(instance, settings)
        instance.named("sys_rest_message", settings.message_name)["name"] = "old"
    instance.cuts["sys_rest_message", "name"] = 20
    with pytest.raises(Cut, match="name was cut to 20 characters by the instance") as caught:
        apply(instance, settings)
    assert "role" not in str(caught.value)
    assert already or instance.all("sys_rest_message") == []


def test_what_a_rule_of_the_instance_refuses_is_not_called_a_missing_role(instance, settings):
    instance.declines.add("sys_rest_message")
    with pytest.raises(Declined, match="refused to create a record of sys_rest_message"):
        apply(instance, settings)
    instance.declines.clear()
    apply(instance, settings)
    assert apply(instance, settings).writes == ()


@pytest.mark.parametrize(
    ("known", "stored"),
    [({"async"}, "async"), ({"async", "async_always"}, "async_always"), ({"async_always"}, "async_always")],
)
def test_an_async_rule_has_the_value_that_the_instance_knows(known, stored, instance, settings):
    """Unknown choices are dropped; newer instances know `async_always`, which runs during upgrades too."""
    instance.knows["sys_script", "when"] = {*known, "after"}
    apply(instance, settings)
    assert {row["when"] for row in instance.all("sys_script") if row["action_insert"] == "true"} == {stored}
    assert apply(instance, settings).writes == ()


def test_a_rule_the_platform_moved_to_the_newer_value_has_not_drifted(instance, settings):
    instance.knows["sys_script", "when"] = {"async", "after"}
    apply(instance, settings)
    for row in instance.all("sys_script"):
        row["when"] = row["when"].replace("async", "async_always")
    assert plan(instance, settings).writes == ()


def test_a_deletion_rule_the_instance_refuses_is_left_out_and_said(instance, settings):
    instance.refuses.add(("sys_script", "after", "task"))
    security = replace(settings, table="sn_si_incident")
    changes = apply(instance, security)
    assert [change.name for change in changes.left_out] == [f"{settings.prefix} AWS incident deleted"]
    assert any("deletions are found by the sweep" in line for line in changes.lines())
    assert len(instance.all("sys_script")) == len(RULES) - 1
    [due] = plan(instance, security).writes
    assert due.without == "deletions are found by the sweep"
    assert [change.name for change in apply(instance, security).left_out] == [due.name]
    remove(instance, security)
    assert instance.snapshot() == {}


@pytest.mark.parametrize("own_ids", [False, True], ids=["our sys_ids taken", "our sys_ids ignored"])
def test_a_death_after_any_write_is_repaired_by_a_repeat(own_ids, settings, instance):
    reference = type(instance)()
    apply(reference, settings)
    apply(reference, settings)
    total = len(reference.writes)
    for step in range(1, total + 1):
        there = type(instance)()
        there.own_ids, there.dies_after = own_ids, step
        _until_quiet(lambda there=there: apply(there, settings), there)
        assert _contents(there) == _contents(reference), f"died after write {step}"
        _dying_removal(there, settings, total)
        assert there.snapshot() == {}


def test_where_no_script_include_may_be_made_the_rules_carry_the_shared_code(instance, settings):
    """No documented role may create one."""
    instance.refuses.add("sys_script_include")
    apply(instance, settings)
    assert instance.all("sys_script_include") == []
    assert all("RESTMessageV2" in row["script"] for row in instance.all("sys_script"))
    assert apply(instance, settings).writes == ()


def test_a_script_include_that_arrives_without_its_script_is_taken_back(instance, settings):
    """A column that may not be written is dropped with a 200."""
    instance.drops.add(("sys_script_include", "script"))
    apply(instance, settings)
    assert instance.all("sys_script_include") == []
    assert all("RESTMessageV2" in row["script"] for row in instance.all("sys_script"))


def test_rules_give_their_shared_code_up_once_a_script_include_may_be_made(instance, settings):
    instance.refuses.add("sys_script_include")
    apply(instance, settings)
    instance.refuses.clear()
    apply(instance, settings)
    assert len(instance.all("sys_script_include")) == 1
    assert not any("RESTMessageV2" in row["script"] for row in instance.all("sys_script"))


@pytest.mark.parametrize("table", sorted(set(ROLE_OF_TABLE) - {"sys_script_include", "discovery_credentials"}))
def test_a_refused_table_names_its_role(table, instance, settings):
    instance.refuses.add(table)
    with pytest.raises(MissingRole, match=ROLE_OF_TABLE[table]):
        apply(instance, settings)


@pytest.mark.parametrize(
    ("table", "column"),
    [("sys_script", "script"), ("sys_script", "active"), ("sys_rest_message_fn_headers", "value")],
)
def test_a_silently_dropped_column_is_noticed_and_leaves_no_half_a_record(table, column, instance, settings):
    instance.drops.add((table, column))
    with pytest.raises(MissingRole) as caught:
        apply(instance, settings)
    assert caught.value.fields == (column,)
    assert instance.all(table) == []


def test_records_that_may_be_made_and_not_read_are_noticed(instance, settings):
    instance.hides.add("sys_script")
    with pytest.raises(MissingRole, match="business_rule_admin"):
        apply(instance, settings)


@pytest.mark.parametrize("table", ["sys_rest_message", "sys_script_include"])
def test_somebody_elses_record_of_a_name_that_scripts_look_up_stops_the_setup(table, instance, settings):
    name = settings.message_name if table == "sys_rest_message" else settings.include_name
    theirs = instance.put(table, name=name, description="made by hand")
    with pytest.raises(NameTaken, match=table):
        apply(instance, settings)
    assert instance.snapshot() == {table: {theirs["sys_id"]: theirs}}


def test_somebody_elses_rule_of_our_name_is_told_and_never_touched(instance, settings):
    theirs = instance.put("sys_script", name=f"{settings.prefix} AWS incident saved", script="gs.info('mine')")
    changes = apply(instance, settings)
    assert [found.sys_id for found in changes.foreign] == [theirs["sys_id"]]
    assert any("somebody else's" in line for line in changes.lines())
    remove(instance, settings)
    assert instance.snapshot() == {"sys_script": {theirs["sys_id"]: theirs}}


def test_another_deployment_in_the_same_instance_is_left_alone(instance, settings):
    other = replace(settings, prefix="zzzzzzzzzz", owner="999999999999/eu-west-1/default")
    apply(instance, other)
    apply(instance, other)
    before = instance.snapshot()
    apply(instance, settings)
    remove(instance, settings)
    assert instance.snapshot() == before


@pytest.mark.parametrize("change", [{"prefix": "f9e8d7c6b5"}, {"table": "sn_si_incident"}])
def test_switching_the_api_or_the_module_leaves_nothing_of_the_former_behind(change, instance, settings):
    apply(instance, settings)
    store_token(instance, settings.prefix, "t" * 43)
    now = replace(settings, **change)
    reference = type(instance)()
    for there in (instance, reference):
        apply(there, now)
        store_token(there, now.prefix, "u" * 43)
    assert _contents(instance) == _contents(reference)


def test_what_a_person_hung_onto_our_message_stays_until_we_leave(instance, settings):
    apply(instance, settings)
    [function] = [row for row in instance.all("sys_rest_message_fn") if row["function_name"] == "POST"]
    header = instance.put(
        "sys_rest_message_fn_headers", rest_message_function=function["sys_id"], name="X-Team", value="7"
    )
    apply(instance, settings)
    assert header in instance.all("sys_rest_message_fn_headers")
    remove(instance, settings)
    assert instance.snapshot() == {}


@pytest.mark.parametrize(
    ("table", "reference", "below"),
    [
        ("sys_rest_message", "rest_message", "sys_rest_message_fn"),
        ("sys_rest_message_fn", "rest_message_function", "sys_rest_message_fn_headers"),
    ],
)
@pytest.mark.parametrize("left", ["orphaned", "dangling"])
def test_what_is_left_of_ours_after_a_person_deleted_its_parent_is_used_again(
    left, table, reference, below, instance, settings
):
    apply(instance, settings)
    reference_state = instance.snapshot()
    instance.rows[table].clear()
    for row in instance.all(below):
        row[reference] = "" if left == "orphaned" else row[reference]
    apply(instance, settings)
    assert instance.snapshot() == reference_state


def test_a_refused_log_in_is_not_taken_for_a_missing_role(instance, settings, monkeypatch):
    def get(table, sys_id, fields=()):
        raise Misconfigured("servicenow", "the instance refused to log the integration user in")

    monkeypatch.setattr(instance, "get", get)
    with pytest.raises(Misconfigured, match="log the integration user in"):
        apply(instance, settings)


def test_a_removal_that_is_refused_names_the_role(instance, settings):
    apply(instance, settings)
    instance.refuses.add("sys_script")
    with pytest.raises(MissingRole, match="may not delete sys_script"):
        remove(instance, settings)


def test_the_token_is_stored_with_its_mark_and_nowhere_else(instance, settings, token):
    apply(instance, settings)
    assert stored_mark(instance, settings.prefix) == ""
    store_token(instance, settings.prefix, token)
    assert stored_mark(instance, settings.prefix) == mark_of(token)
    assert apply(instance, settings).writes == ()
    holders = [row for table in instance.rows for row in instance.all(table) if token in str(row)]
    assert holders == instance.all("discovery_credentials")
    assert holders[0]["password"] == f"cipher:{token}"
    assert holders[0]["active"] == "false", "Discovery must not offer the token to devices"


@pytest.mark.parametrize("spoil", ["drops", "refuses", "hides"])
def test_a_token_that_does_not_arrive_is_noticed(spoil, instance, settings, token):
    apply(instance, settings)
    table = "discovery_credentials"
    getattr(instance, spoil).add((table, "user_name") if spoil == "drops" else table)
    with pytest.raises(SetupError, match="credential_admin"):
        store_token(instance, settings.prefix, token)


@pytest.mark.parametrize(
    ("keeps", "said", "left"),
    [(lambda clear: clear, "in clear, so it was deleted", 0), (lambda clear: "", "did not take the token", 1)],
    ids=["in clear", "empty"],
)
@pytest.mark.parametrize("held", [False, True], ids=["first", "rotation"])
def test_a_token_that_is_not_encrypted_is_refused_and_taken_away(held, keeps, said, left, instance, settings, token):
    apply(instance, settings)
    if held:
        store_token(instance, settings.prefix, "former-" + token)
    instance.keeps = keeps
    with pytest.raises(NotEncrypted, match=said):
        store_token(instance, settings.prefix, token)
    assert token not in str(instance.snapshot())
    assert len(instance.all("discovery_credentials")) == left
    assert not stored_mark(instance, settings.prefix)
    instance.keeps = lambda clear: f"cipher:{clear}"
    store_token(instance, settings.prefix, token)
    assert stored_mark(instance, settings.prefix) == mark_of(token)


@pytest.mark.parametrize("step", [1, 2])
def test_a_token_is_marked_only_once_it_is_known_to_be_encrypted(step, instance, settings, token):
    """A death before leaves no mark, so that a repeat hands the token over again."""
    apply(instance, settings)
    store_token(instance, settings.prefix, "former-" + token)
    instance.dies_after = len(instance.writes) + step
    with pytest.raises(instance.death):
        store_token(instance, settings.prefix, token)
    assert stored_mark(instance, settings.prefix) == ("" if step == 1 else mark_of(token))


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_credential_is_made_where_there_is_none_and_taken_where_an_administrator_made_it(
    by_hand, instance, settings, token
):
    """The update set holds none; three fields by hand are enough."""
    if by_hand:
        instance.put("discovery_credentials", name=settings.credential_name, user_name="aws", password="x")
    store_token(instance, settings.prefix, token)
    [credential] = instance.all("discovery_credentials")
    assert (credential["name"], credential["password"]) == (settings.credential_name, f"cipher:{token}")
    assert stored_mark(instance, settings.prefix) == mark_of(token)
    apply(instance, settings)
    assert len(instance.all("discovery_credentials")) == 1
    remove(instance, settings)
    assert instance.snapshot() == {}


def _until_quiet(run, instance):
    """Runs until no death and nothing left to write; each run may die once."""
    for _ in range(4):
        try:
            if not run().writes:
                return
        except instance.death:
            pass
        instance.dies_after = None
    raise AssertionError("the setup does not come to rest")


def _dying_removal(instance, settings, most):
    """Dies after every single deletion until nothing is left."""
    for _ in range(most + 3):
        instance.dies_after = len(instance.writes) + 1
        try:
            remove(instance, settings)
        except instance.death:
            continue
        return


def _contents(instance):
    """Rows without sys_ids and references, which differ where an instance ignores ours; both names of async are one."""
    hidden = {"sys_id", "rest_message", "rest_message_function", "password"}
    return {
        table: sorted(
            sorted((key, normal(key, value)) for key, value in row.items() if key not in hidden)
            for row in rows.values()
        )
        for table, rows in instance.snapshot().items()
    }
