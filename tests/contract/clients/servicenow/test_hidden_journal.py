"""Journals whose rows access rules hide: the adapter reads what the record displays, in one and the same call."""

from __future__ import annotations

import pytest

from integration.cases import instance_side as adapter

LATE = 4_000_000_000.0


@pytest.fixture
def incidents(instance):
    """As a function's container has it: fresh, so that no journal was seen yet."""
    return lambda: adapter.ServiceNowIncidents(instance.http(), instance.url, "incident", (), instance.user_sys_id)


@pytest.fixture
def noted(instance):
    return instance.act("insert", values={"short_description": "s", "work_notes": "Seen?"})["record"]["sys_id"]


def said(read):
    return [(entry.element, entry.author, entry.text) for entry in read.incident.journal]


@pytest.mark.parametrize("access", ["empty", "403"])
def test_what_the_rows_hide_the_record_displays(instance, incidents, noted, access):
    """Authors are display names then, but for ourselves."""
    instance.config(journal_access={"*": access})
    port = incidents()
    port.update(noted, {"comments": "[AWS] ours"})
    read = port.read(noted, None)
    assert sorted(said(read)) == [
        ("comments", "aws_integration", "[AWS] ours"),
        ("work_notes", "Beth Anglin", "Seen?"),
    ]
    assert (read.shown, read.unread) == (True, False)


@pytest.mark.parametrize("access", ["empty", "403"])
def test_it_costs_no_call_more(instance, noted, access):
    calls = []
    instance.config(journal_access={"*": access})
    http = instance.http(on_call=lambda _, method, table, *__: calls.append((method, table)))
    port = adapter.ServiceNowIncidents(http, instance.url, "incident", (), instance.user_sys_id)
    port.own("somebody")
    calls.clear()
    assert said(port.read(noted, None))
    assert calls == [("POST", "batch")]


def test_a_journal_is_closed_under_a_container_that_has_seen_rows(instance, incidents, noted):
    known = incidents()
    read = known.read(noted, None)
    assert (said(read), read.shown) == ([("work_notes", "beth.anglin", "Seen?")], False)
    assert not {"comments", "work_notes", "comments_and_work_notes"} & set(read.incident.labels)
    instance.config(journal_access={"*": "403"})
    assert known.read(noted, None).shown


def test_late_entries_may_be_none_in_an_open_journal(incidents, noted):
    read = incidents().read(noted, LATE)
    assert (said(read), read.shown, read.unread) == ([], False, False)


FORMS = {
    "de": {"date_format": "dd.MM.yyyy", "time_format": "HH:mm:ss", "time_zone": "Europe/Berlin"},
    "us": {"date_format": "MM/dd/yyyy", "time_format": "hh:mm:ss a", "time_zone": "America/Los_Angeles"},
    "fr": {"date_format": "dd/MM/yyyy", "time_format": "HH.mm.ss", "time_zone": "Asia/Kathmandu"},
}


@pytest.mark.parametrize("form", FORMS)
def test_the_reader_may_have_any_form_of_dates_and_any_zone(instance, incidents, noted, form):
    [by_rows] = incidents().read(noted, None).incident.journal
    user = next(row for row in instance.rows("sys_user") if row["sys_id"] == instance.user_sys_id)
    instance.seed("sys_user", **{**user, **FORMS[form]})
    instance.config(journal_access={"*": "empty"})
    [displayed] = incidents().read(noted, None).incident.journal
    assert (displayed.created, displayed.text) == (by_rows.created, by_rows.text)


def test_what_neither_road_shows_is_told_and_stops_nothing(instance, incidents, noted):
    instance.config(
        journal_access={"*": "403"},
        field_acls=[
            {"table": "incident", "field": name, "operation": "read", "roles": ["admin"]}
            for name in ("comments", "work_notes", "comments_and_work_notes")
        ],
    )
    read = incidents().read(noted, None)
    assert (said(read), read.unread, read.incident.values["short_description"]) == ([], True, "s")
