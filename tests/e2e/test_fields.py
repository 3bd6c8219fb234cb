"""Titles and descriptions go both ways, whole; where both sides changed one, its policy decides and nothing is lost."""

import pytest

from mappers.mapping_file import load
from tests.e2e.shift import Pair, told

HOSTILE = "\U0001d518\U0001d52b\U0001d526 🔥 <b>bold</b> [code]x[/code] 'quoted\" \\ ^ORsys_id=1 javascript:gs.print()"


@pytest.fixture(params=["a case", "an incident"])
def pair(request, day):
    """What it was first."""
    return day.opened() if request.param == "a case" else day.reported()


def title_of(day, pair):
    return day.case(pair.case_id)["title"], day.incident(pair.sys_id)["short_description"]


def description_of(day, pair):
    return day.case(pair.case_id)["description"], day.incident(pair.sys_id)["description"]


@pytest.mark.parametrize("text", ["Named anew", HOSTILE])
def test_title_and_description_go_both_ways(day, pair, text):
    day.respond(pair.case_id, "fields", title=text, description=f"{text}\nand more")
    day.until(lambda: title_of(day, pair) == (text, text))
    day.until(lambda: description_of(day, pair) == (f"{text}\nand more",) * 2)
    day.edit(pair.sys_id, short_description=f"{text} again", description=f"{text}\nand less")
    day.until(lambda: title_of(day, pair) == (f"{text} again",) * 2)
    day.until(lambda: description_of(day, pair) == (f"{text}\nand less",) * 2)
    day.quiet()
    assert told([*day.notes(pair), *day.comments(pair)], "conflict") == []


def test_a_title_of_300_characters_never_comes_back_cut(day):
    long = "".join(f"word{number:03d}." for number in range(37)).ljust(300, "!")
    pair = day.opened(long)
    day.quiet()
    assert title_of(day, pair) == (long, long[:160])
    day.edit(pair.sys_id, work_notes="Looking.", description="Edited elsewhere.")
    day.until(lambda: day.case(pair.case_id)["description"] == "Edited elsewhere.")
    day.sweep(pair)
    day.quiet()
    assert title_of(day, pair) == (long, long[:160])
    notes = "".join(day.notes(pair))
    assert all(f"word{number:03d}." in notes for number in range(20, 37))


def test_a_long_description_is_told_whole_and_never_comes_back_cut(day):
    long = " ".join(f"word{number:04d}" for number in range(880))
    pair = day.opened(description=long)
    day.quiet()
    day.edit(pair.sys_id, work_notes="Looking.")
    day.sweep(pair)
    day.quiet()
    on_case, on_incident = description_of(day, pair)
    assert on_case == long
    assert long.startswith(on_incident)
    notes = "".join(day.notes(pair))
    cut = [word for word in long.split() if word not in on_incident and word not in notes]
    assert len(cut) <= 1


def test_an_emptied_title_stays_on_the_case_which_takes_no_empty_one(day):
    pair = day.reported()
    before = day.case(pair.case_id)["title"]
    day.edit(pair.sys_id, short_description="", description="Only the title is gone.")
    day.until(lambda: day.case(pair.case_id)["description"] == "Only the title is gone.")
    day.quiet()
    assert title_of(day, pair) == (before, "")


def both_rename(day, first) -> Pair:
    """Both sides change the title before either is told of it; then one queue is let go, and then the other."""
    pair = day.opened()
    day.quiet()
    order = day.queues if first == "case" else day.queues[::-1]
    for queue in order:
        day.plane.poller(queue).paused = True
    day.respond(pair.case_id, "fields", title="From AWS")
    day.edit(pair.sys_id, short_description="From ServiceNow")
    for queue in order:
        day.quiet()
        day.plane.poller(queue).resume()
    day.quiet()
    return pair


@pytest.mark.parametrize("first", ["case", "incident"])
def test_both_renamed_and_servicenow_s_title_stays(day, first):
    pair = both_rename(day, first)
    assert title_of(day, pair) == ("From ServiceNow", "From ServiceNow")
    assert len(told([*day.comments(pair), *day.notes(pair)], "From AWS")) == 1


def test_both_renamed_and_by_its_policy_the_title_of_aws_stays(day):
    """Whichever event comes first."""
    with day.mapping(fields={"short_description": {"policy": "aws"}}):
        for first in ("case", "incident"):
            pair = both_rename(day, first)
            assert title_of(day, pair) == ("From AWS", "From AWS")
            assert len(told([*day.comments(pair), *day.notes(pair)], "From ServiceNow")) == 1


def test_a_field_the_instance_refuses_is_said_once_on_the_case_and_the_rest_goes_on(day):
    pair = day.opened()
    acl = {"table": day.table, "field": "short_description", "operation": "write", "roles": ["admin"]}
    with day.switched("servicenow", field_acls=[acl]):
        day.respond(pair.case_id, "fields", title="Not taken", description="Taken.")
        day.respond(pair.case_id, "comment", body="Taken too.")
        day.until(lambda: day.incident(pair.sys_id)["description"] == "Taken.")
        day.until(lambda: any("Taken too." in note for note in day.notes(pair)))
        for _ in range(2):
            day.sweep(pair)
            day.quiet()
        assert day.incident(pair.sys_id)["short_description"] != "Not taken"
        assert len(told(day.comments(pair), "refused")) == 1
    day.time_passes(pair.case_id, 7 * 3600)
    day.sweep(pair)
    day.until(lambda: day.incident(pair.sys_id)["short_description"] == "Not taken")


FILE = """
[fields.u_aws_accounts]
case = "impactedAccounts"

[fields.u_started]
case = "actualIncidentStartDate"
transform = "date"

[fields.u_engagement]
case = "engagementType"
direction = "both"
choices = { "Security Incident" = "incident", "Investigation" = "look" }

[creation.incident]
impact = "1"

[creation.case]
impactedAwsRegions = ["eu-central-1"]
"""
"""A mapping file with columns of the customer's own, one of them both ways, and constants of new records."""


def test_columns_and_constants_of_a_mapping_file_hold_both_ways(day):
    for column in ("u_aws_accounts", "u_started", "u_engagement"):
        day.add_column(column)
    with day.mapping(**load(FILE, day.running.module)):
        pair = day.opened(impactedAccounts=["111122223333", "444455556666"])
        day.respond(pair.case_id, "fields", actualIncidentStartDate=1_767_225_600)
        day.until(lambda: day.incident(pair.sys_id)["u_started"] == "2026-01-01 00:00:00")
        row = day.incident(pair.sys_id)
        assert (row["u_aws_accounts"], row["u_engagement"]) == ("111122223333, 444455556666", "incident")
        assert row["impact"] == "1"
        day.edit(pair.sys_id, u_engagement="look")
        day.until(lambda: day.case(pair.case_id)["engagementType"] == "Investigation")
        reported = day.case(day.reported(u_engagement="look").case_id)
        assert [region["region"] for region in reported["impactedAwsRegions"]] == ["eu-central-1"]
