"""What becomes of a record as it is written: defaults, engines, policies, journals, versions."""

from __future__ import annotations

import pytest

from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.seed import ADMIN_ID

ABEL = fixed_id("user", "abel.tuter")
CLOSURE = {"close_code": "User error", "close_notes": "done"}
POLICY = "Data Policy Exception: \n\tThe following fields are mandatory: "


def test_defaults_of_a_minimal_incident(desk):
    row = desk.row(desk.incident())
    expected = {
        "impact": "3", "urgency": "3", "priority": "5", "severity": "3", "state": "1", "incident_state": "1",
        "category": "inquiry", "notify": "1", "approval": "not requested", "upon_approval": "proceed",
        "upon_reject": "cancel", "made_sla": "true", "knowledge": "false", "escalation": "0", "active": "true",
        "child_incidents": "0", "reopen_count": "0", "reassignment_count": "0", "sys_mod_count": "0",
        "opened_at": "2026-09-21 14:20:00", "sys_created_on": "2026-09-21 14:20:00", "opened_by": ADMIN_ID,
        "sys_class_name": "incident", "sys_domain": "global", "sys_domain_path": "/", "number": "INC0010001",
        "caller_id": "", "sys_created_by": "admin", "sys_updated_by": "admin",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_numbers_run_on_and_are_spent_by_failed_inserts(desk):
    desk.incident()
    assert desk("POST", "/api/now/table/incident", body={"state": "6"}).status == 403
    assert desk.row(desk.incident())["number"] == "INC0010003"
    assert desk.create("sn_si_incident")["number"] == "SIR0010001"


def test_a_sys_id_of_the_clients_choice_is_kept_and_taken_only_once(desk):
    mine = "0123456789ABCDEF0123456789abcdef"
    assert desk.incident(sys_id=mine) == mine
    status, message, detail = desk("POST", "/api/now/table/incident", body={"sys_id": mine}).refusal
    assert (status, message, detail) == (403, "Operation Failed", "Error during insert of incident (INC0010002)")


def test_an_instance_may_ignore_the_clients_sys_id(desk, instance):
    instance.switches.honour_client_sys_id = False
    assert desk.incident(sys_id="a" * 32) != "a" * 32


def test_a_property_keeps_system_fields_for_administrators(desk, instance):
    name = "glide.rest.table_api.admin_only_sys_fields"
    instance.plant("sys_properties", {**instance.store.find("sys_properties", name=name)[0], "value": "true"})
    assert desk.incident(user="beth.anglin", sys_id="b" * 32) != "b" * 32
    assert desk.incident(sys_id="c" * 32) == "c" * 32


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [("1", "1", "1"), ("1", "2", "2"), ("1", "3", "3"), ("2", "1", "2"), ("2", "2", "3"), ("2", "3", "4"),
     ("3", "1", "3"), ("3", "2", "4"), ("3", "3", "5")],
)  # fmt: skip
def test_priority_is_looked_up_and_a_written_one_overridden(desk, impact, urgency, priority):
    sys_id = desk.incident(impact=impact, urgency=urgency, priority="1")
    assert desk.row(sys_id)["priority"] == priority
    assert desk.patch(sys_id, priority="2").result["priority"] == priority


def test_each_effective_update_counts_and_a_repeated_one_does_not(desk, clock):
    sys_id = desk.incident()
    clock.advance(5)
    first = desk.patch(sys_id, short_description="x", user="beth.anglin").result
    assert (first["sys_mod_count"], first["sys_updated_on"], first["sys_updated_by"]) == (
        "1",
        "2026-09-21 14:20:05",
        "beth.anglin",
    )
    clock.advance(5)
    assert desk.patch(sys_id, short_description="x").result["sys_updated_on"] == "2026-09-21 14:20:05"
    assert desk.patch(sys_id, short_description="y").result["sys_mod_count"] == "2"


def test_put_changes_only_what_it_names(desk):
    sys_id = desk.incident(short_description="s", description="d")
    assert (
        desk("PUT", f"/api/now/table/incident/{sys_id}", body={"description": "e"}).result["short_description"] == "s"
    )


@pytest.mark.parametrize("field", ["state", "incident_state"])
def test_state_and_incident_state_are_one(desk, field):
    row = desk.patch(desk.incident(), **{field: "2"}).result
    assert (row["state"], row["incident_state"]) == ("2", "2")
    made = desk.row(desk.incident(**{field: "3"}))
    assert (made["state"], made["incident_state"]) == ("3", "3")


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"state": "6"}, "Resolution code, Resolution notes"),
        ({"state": "7"}, "Resolution code, Resolution notes"),
        ({"state": "6", "close_notes": "n"}, "Resolution code"),
        ({"state": "6", "close_code": "User error"}, "Resolution notes"),
        ({"state": "6", "close_code": "Solved (Permanently)", "close_notes": "n"}, "Resolution code"),
    ],
)
def test_closing_needs_closure_details_and_says_so_in_labels(desk, values, missing):
    """An invalid choice is dropped, and it is the policy that then complains: the last case."""
    sys_id = desk.incident()
    assert desk.patch(sys_id, **values).refusal == (403, "Operation Failed", POLICY + missing)
    assert desk.row(sys_id)["state"] == "1"


def test_policies_are_a_switch(desk, instance):
    instance.switches.update(
        {"mandatory": [{"table": "task", "condition": "active=true", "fields": ["caller_id", "no_such"]}]}
    )
    assert desk("POST", "/api/now/table/incident", body={}).refusal[2] == f"{POLICY}Caller"


def test_resolving_closing_and_reopening_leave_their_marks(desk, clock):
    sys_id = desk.incident()
    clock.advance(60)
    row = desk.patch(sys_id, state="6", user="beth.anglin", **CLOSURE).result
    assert (row["resolved_at"], row["resolved_by"]["value"]) == ("2026-09-21 14:21:00", fixed_id("user", "beth.anglin"))
    assert (row["active"], row["closed_at"]) == ("true", "")
    reopened = desk.patch(sys_id, state="2").result
    assert (reopened["reopen_count"], reopened["resolved_at"], reopened["reopened_by"]["value"]) == ("1", "", ADMIN_ID)
    closed = desk.patch(sys_id, state="7").result
    assert (closed["active"], closed["closed_at"], closed["closed_by"]["value"]) == (
        "false",
        "2026-09-21 14:21:00",
        ADMIN_ID,
    )


def test_a_canceled_incident_is_inactive_without_closure_details(desk):
    assert desk.patch(desk.incident(), state="8").result["active"] == "false"


def test_invalid_choices_are_dropped_unless_a_property_allows_them(desk, instance):
    sys_id = desk.incident(category="network", contact_type="carrier pigeon")
    assert desk.patch(sys_id, category="no such category").result["category"] == "network"
    assert desk.row(sys_id)["contact_type"] == ""
    name = "glide.rest.choice.allow_non_existing_value"
    instance.plant("sys_properties", {**instance.store.find("sys_properties", name=name)[0], "value": "true"})
    assert desk.patch(sys_id, category="no such category").result["category"] == "no such category"


def test_unknown_keys_and_readonly_columns_in_a_body_are_ignored(desk):
    row = desk.patch(
        desk.incident(), no_such="x", sys_mod_count="99", sys_class_name="task", sys_updated_by="me"
    ).result
    assert (row["sys_mod_count"], row["sys_class_name"], row["sys_updated_by"]) == ("0", "incident", "admin")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (True, "true"),
        (None, ""),
        (3, "3"),
        ({"value": "v", "display_value": "d"}, "v"),
        (["a", "b"], "a,b"),
        ("x" * 300, "x" * 100),
        ("\ud83d", "?"),
    ],
)
def test_json_values_become_text_cut_to_the_columns_length(desk, sent, stored):
    made = desk("POST", "/api/now/table/incident", body={"correlation_id": sent}).result
    assert made["correlation_id"] == stored


@pytest.mark.parametrize(
    ("sent", "stored"), [("2026-09-21 01:02:03", "2026-09-21 01:02:03"), ("tomorrow", ""), ("", "")]
)
def test_what_is_no_time_is_dropped(desk, sent, stored):
    assert desk.row(desk.incident(due_date=sent))["due_date"] == stored


def test_journal_input_appends_rows_and_is_never_read_back_raw(desk, clock):
    sys_id = desk.incident(comments="first")
    clock.advance(1)
    row = desk.patch(
        sys_id, comments="second", work_notes="internal", comments_and_work_notes="x", user="beth.anglin"
    ).result
    assert (row["comments"], row["work_notes"], row["comments_and_work_notes"], row["sys_mod_count"]) == (
        "",
        "",
        "",
        "1",
    )
    query = f"element_id={sys_id}^elementINcomments,work_notes^ORDERBYsys_created_on^ORDERBYelement"
    entries = desk("GET", f"/api/now/table/sys_journal_field?sysparm_query={query}").result
    told = [(each["element"], each["value"], each["sys_created_by"], each["name"]) for each in entries]
    assert told == [
        ("comments", "first", "admin", "incident"), ("comments", "second", "beth.anglin", "incident"),
        ("work_notes", "internal", "beth.anglin", "incident"),
    ]  # fmt: skip
    assert set(entries[0]) == {
        "sys_id",
        "sys_created_on",
        "sys_created_by",
        "sys_tags",
        "name",
        "element_id",
        "element",
        "value",
    }


def test_the_same_text_twice_is_two_entries_and_an_empty_one_none(desk, instance):
    sys_id = desk.incident()
    for text in ("again", "again", "", "  "):
        desk.patch(sys_id, work_notes=text)
    assert [row["value"] for row in instance.store.find("sys_journal_field", element_id=sys_id)] == ["again", "again"]
    assert desk.row(sys_id)["sys_mod_count"] == "2"


def test_a_journal_displays_newest_first_with_author_and_label(desk, clock):
    sys_id = desk.incident(comments="one\n\ntwo")
    clock.advance(3600)
    desk.patch(sys_id, work_notes="three", user="beth.anglin")
    url = f"/api/now/table/incident/{sys_id}?sysparm_display_value=true&sysparm_fields=comments,comments_and_work_notes"
    comments = "2026-09-21 07:20:00 - System Administrator (Additional comments)\none\n\ntwo\n\n"
    notes = "2026-09-21 08:20:00 - Beth Anglin (Work notes)\nthree\n\n"
    assert desk("GET", url).result == {"comments": comments, "comments_and_work_notes": notes + comments}


def test_journal_entries_are_cut_where_the_instance_cuts_them(desk, instance):
    instance.switches.journal_max_chars = 5
    sys_id = desk.incident(comments="1234567")
    assert instance.store.find("sys_journal_field", element_id=sys_id)[0]["value"] == "12345"


@pytest.mark.parametrize(("switch", "state"), [(True, "2"), (False, "3")])
def test_a_comment_of_the_caller_takes_an_incident_off_hold(desk, instance, switch, state):
    instance.switches.caller_comment_resumes = switch
    sys_id = desk.incident(caller_id=ABEL, state="3", hold_reason="1")
    desk.patch(sys_id, comments="of somebody else")
    assert desk.row(sys_id)["state"] == "3"
    desk.patch(sys_id, user="abel.tuter", comments="here you are")
    assert (desk.row(sys_id)["state"], desk.row(sys_id)["incident_state"]) == (state, state)


def test_deleting_takes_attachments_and_journal_along_and_is_audited(desk, instance):
    sys_id = desk.incident(comments="c")
    upload = f"/api/now/attachment/file?table_name=incident&table_sys_id={sys_id}&file_name=a.txt"
    file_id = desk("POST", upload, body=b"abc", headers={"content-type": "text/plain"}).result["sys_id"]
    answer = desk("DELETE", f"/api/now/table/incident/{sys_id}")
    assert (answer.status, answer.raw) == (204, b"")
    assert desk("GET", f"/api/now/attachment/{file_id}").status == 404
    assert not instance.file_of(file_id).exists()
    assert not instance.store.find("sys_journal_field", element_id=sys_id)
    audited = {row["documentkey"]: row["tablename"] for row in instance.store.rows("sys_audit_delete")}
    assert audited == {sys_id: "incident", file_id: "sys_attachment"}


@pytest.mark.parametrize(
    ("mode", "start", "target", "status"),
    [
        ("open", "10", "100", 200), ("stateful", "10", "16", 200), ("stateful", "10", "18", 403),
        ("stateful", "18", "16", 403), ("stateful", "100", "10", 403), ("stateful", "20", "7", 200),
    ],
)  # fmt: skip
def test_security_incidents_move_as_their_process_allows(desk, instance, mode, start, target, status):
    sys_id = desk.create("sn_si_incident", state=start)["sys_id"]
    instance.switches.sir_process = mode
    assert desk.patch(sys_id, table="sn_si_incident", state=target).status == status


def test_a_security_incident_closes_with_its_own_codes(desk):
    sys_id = desk.create("sn_si_incident", state="100")["sys_id"]
    assert desk.patch(sys_id, table="sn_si_incident", state="3").refusal[2] == f"{POLICY}Close code, Resolution notes"
    row = desk.patch(sys_id, table="sn_si_incident", state="3", close_code="-105", close_notes="n").result
    assert (row["state"], row["active"], row["closed_at"]) == ("3", "false", "2026-09-21 14:20:00")


def test_an_assigned_draft_may_leave_draft_by_itself(desk, instance):
    instance.switches.sir_leaves_draft_when_assigned = True
    sys_id = desk.create("sn_si_incident")["sys_id"]
    assert desk.patch(sys_id, table="sn_si_incident", assigned_to=ABEL).result["state"] == "16"


def test_a_new_rest_message_brings_a_default_get(desk):
    made = desk.create("sys_rest_message", name="m", rest_endpoint="https://x.example")
    functions = desk("GET", f"/api/now/table/sys_rest_message_fn?sysparm_query=rest_message={made['sys_id']}").result
    assert [(row["function_name"], row["http_method"]) for row in functions] == [("Default GET", "get")]


def test_a_dictionary_entry_makes_a_column(desk):
    desk.create(
        "sys_dictionary", name="incident", element="u_case", column_label="Case", internal_type="string", max_length="5"
    )
    assert desk.row(desk.incident(u_case="1234567"))["u_case"] == "12345"
