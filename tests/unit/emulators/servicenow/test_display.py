"""How values look: four display modes, references, dates in the reader's zone, what instances display oddly."""

from __future__ import annotations

import pytest

from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.registering import save_user
from integration.emulators.servicenow.seed import ADMIN_ID

ABEL = fixed_id("user", "abel.tuter")
LINK = f"https://dev.example/api/now/table/sys_user/{ABEL}"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("", {"link": LINK, "value": ABEL}),
        ("sysparm_display_value=false", {"link": LINK, "value": ABEL}),
        ("sysparm_display_value=true", {"display_value": "Abel Tuter", "link": LINK}),
        ("sysparm_display_value=all", {"display_value": "Abel Tuter", "value": ABEL, "link": LINK}),
        ("sysparm_exclude_reference_link=true", ABEL),
        ("sysparm_display_value=true&sysparm_exclude_reference_link=true", "Abel Tuter"),
        (
            "sysparm_display_value=all&sysparm_exclude_reference_link=true",
            {"display_value": "Abel Tuter", "value": ABEL},
        ),
        ("sysparm_display_value=nonsense", {"link": LINK, "value": ABEL}),
    ],
)
def test_a_reference_in_each_mode(desk, parameters, expected):
    sys_id = desk.incident(caller_id=ABEL)
    assert desk("GET", f"/api/now/table/incident/{sys_id}?{parameters}").result["caller_id"] == expected


def test_links_name_the_version_that_was_called(desk):
    sys_id = desk.incident(caller_id=ABEL)
    shown = desk("GET", f"/api/now/v2/table/incident/{sys_id}").result
    assert shown["caller_id"]["link"] == f"https://dev.example/api/now/v2/table/sys_user/{ABEL}"


def test_every_raw_value_is_text_and_empty_references_are_empty_text(desk):
    row = desk("GET", f"/api/now/table/incident/{desk.incident(urgency='2')}").result
    expected = {
        "urgency": "2", "active": "true", "knowledge": "false", "sys_mod_count": "0", "assigned_to": "", "comments": "",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert all(isinstance(value, str) or set(value) == {"link", "value"} for value in row.values())


@pytest.mark.parametrize(
    ("field", "display"),
    [
        ("state", "New"),
        ("impact", "3 - Low"),
        ("contact_type", None),
        ("activity_due", "UNKNOWN"),
        ("sla_due", "UNKNOWN"),
        ("sys_created_on", "2026-09-21 07:20:00"),
        ("due_date", ""),
        ("sys_domain", "global"),
        ("watch_list", "Abel Tuter, someone@example.com"),
        ("assigned_to", ""),
    ],
)
def test_display_values(desk, field, display):
    sys_id = desk.incident(watch_list=f"{ABEL},someone@example.com")
    shown = desk("GET", f"/api/now/table/incident/{sys_id}?sysparm_display_value=all&sysparm_fields={field}").result
    assert shown[field]["display_value"] == display


def test_times_display_in_the_readers_zone_and_format_but_are_stored_in_utc(desk, instance):
    sys_id = desk.incident()
    save_user(
        instance,
        {
            "user_name": "beth.anglin",
            "time_zone": "Asia/Tokyo",
            "date_format": "dd/MM/yyyy",
            "time_format": "hh:mm:ss a",
        },
    )
    url = f"/api/now/table/incident/{sys_id}?sysparm_display_value=all&sysparm_fields=sys_created_on"
    assert desk("GET", url, user="beth.anglin").result["sys_created_on"] == {
        "display_value": "21/09/2026 11:20:00 PM", "value": "2026-09-21 14:20:00",
    }  # fmt: skip


def test_dot_walked_fields_keep_their_dotted_name_and_invalid_ones_are_left_out(desk):
    sys_id = desk.incident(caller_id=ABEL)
    fields = "number,caller_id.email,caller_id.nothing,nothing,opened_by.user_name,assigned_to.email"
    shown = desk("GET", f"/api/now/table/incident/{sys_id}?sysparm_fields={fields}").result
    assert shown == {
        "number": "INC0010001", "caller_id.email": "abel.tuter@example.com", "opened_by.user_name": "admin",
        "assigned_to.email": "",
    }  # fmt: skip


def test_the_answer_to_a_write_obeys_the_same_parameters(desk):
    created = desk(
        "POST", "/api/now/table/incident?sysparm_fields=number,opened_by&sysparm_display_value=true", body={}
    )
    assert created.result["number"] == "INC0010001"
    assert created.result["opened_by"]["display_value"] == "System Administrator"
    assert created.headers["Location"].endswith(
        "/api/now/table/incident/" + desk.instance.store.rows("incident")[0]["sys_id"]
    )


def test_a_duration_displays_in_words(desk, clock):
    sys_id = desk.incident()
    clock.advance(26 * 3600 + 61)
    desk.patch(sys_id, state="6", close_code="User error", close_notes="x")
    shown = desk("GET", f"/api/now/table/incident/{sys_id}?sysparm_display_value=all&sysparm_fields=calendar_duration")
    assert shown.result["calendar_duration"] == {
        "display_value": "1 Day 2 Hours 1 Minute 1 Second", "value": "1970-01-02 02:01:01",
    }  # fmt: skip


def test_input_may_be_display_values(desk, instance):
    """References by name, choices by label, times in the caller's own zone."""
    answer = desk("POST", "/api/now/table/incident?sysparm_input_display_value=true", user="beth.anglin", body={
        "caller_id": "Abel Tuter", "state": "In Progress", "due_date": "2026-09-21 07:20:00",
        "assigned_to": "Nobody At All",
    })  # fmt: skip
    row = desk.row(answer.result["sys_id"])
    assert (row["caller_id"], row["state"], row["due_date"], row["assigned_to"]) == (
        ABEL,
        "2",
        "2026-09-21 14:20:00",
        "",
    )


@pytest.mark.parametrize(("by_name", "stored"), [(True, ABEL), (False, "Abel Tuter")])
def test_a_name_for_a_reference_resolves_only_where_the_instance_does_so(desk, instance, by_name, stored):
    instance.switches.references_by_name = by_name
    assert desk.row(desk.incident(caller_id="Abel Tuter"))["caller_id"] == stored


def test_an_unknown_reference_is_stored_as_it_came_and_displays_as_nothing(desk):
    sys_id = desk.incident(caller_id="0" * 32)
    shown = desk("GET", f"/api/now/table/incident/{sys_id}?sysparm_display_value=all").result["caller_id"]
    assert (shown["value"], shown["display_value"]) == ("0" * 32, "")


def test_task_shows_records_of_all_that_extend_it(desk):
    desk.incident()
    desk.create("sn_si_incident", short_description="s")
    shown = desk(
        "GET", "/api/now/table/task?sysparm_fields=number,sys_class_name&sysparm_query=active=true^ORDERBYnumber"
    ).result
    assert [(row["number"], row["sys_class_name"]) for row in shown] == [
        ("INC0010001", "incident"), ("SIR0010001", "sn_si_incident"),
    ]  # fmt: skip


def test_secrets_are_never_shown_in_clear(desk, instance):
    values = {"name": "k", "type": "basic_auth", "user_name": "u", "password": "hunter2-clear"}
    url = "/api/now/table/discovery_credentials?sysparm_input_display_value=true"
    made = desk("POST", url, body=values).result
    shown = desk("GET", f"/api/now/table/discovery_credentials/{made['sys_id']}?sysparm_display_value=all")
    assert b"hunter2-clear" not in shown.raw
    assert shown.result["password"]["value"] == made["password"] != ""
    assert instance.cipher.decrypt(made["password"]) == "hunter2-clear"


def test_passwords_cannot_be_set_over_the_table_api(desk):
    made = desk.create("sys_user", user_name="new", first_name="A", last_name="B", user_password="x")
    assert (made["name"], made["user_password"]) == ("A B", "")


def test_a_password_is_shown_as_asterisks_to_administrators_only(desk):
    url = f"/api/now/table/sys_user/{ADMIN_ID}?sysparm_fields=user_password&sysparm_display_value=true"
    assert desk("GET", url).result == {"user_password": "********"}
    assert desk("GET", url, user="beth.anglin").result == {}


def test_the_system_administrator_has_the_sys_id_of_every_instance(desk):
    assert desk("GET", f"/api/now/table/sys_user/{ADMIN_ID}").result["user_name"] == "admin"
