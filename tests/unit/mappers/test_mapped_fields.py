from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.module import Module
from mappers import service_now_sir_mapper as tables
from mappers.field import FieldRule
from mappers.mapping_rules import rules_for
from mappers.problem import MappingError
from mappers.text_split import units
from mappers.transform import CHOICE, DATE, DAY, LINE, LIST, LOWER, TEXT, UPPER, Transform

TEXTS = st.text(max_size=400)
YEARS = (datetime(1970, 1, 2), datetime(2200, 1, 1))  # noqa: DTZ001 - hypothesis adds the zones


def rule(column, overrides=None, module=Module.ITSM):
    found = [r for r in rules_for(module, {"fields": overrides or {}}).fields if r.incident == column]
    assert len(found) == 1
    return found[0]


def test_title_and_description_go_both_ways_by_default(rules):
    shipped = [r for r in rules.fields if not r.incident.startswith("u_")]
    assert [(r.incident, r.case, r.direction, r.policy, r.limit_incident, r.limit_case) for r in shipped] == [
        ("short_description", "title", "both", "servicenow", 160, 300),
        ("description", "description", "both", "servicenow", 4000, 8000),
    ]


def test_the_documented_table_is_the_one_in_the_file():
    documented = {"short_description": "title", "description": "description", "comments_and_work_notes": "caseComments"}
    shipped = {column: case for column, case in tables.FIELD_MAPPING.items() if not column.startswith("u_")}
    assert shipped == documented, "a line for a column of yours may stand beside"


# -------------------------------------------------------------------------------- edits of FIELD_MAPPING
def test_a_line_added_takes_effect(monkeypatch):
    monkeypatch.setitem(tables.FIELD_MAPPING, "u_accounts", "impactedAccounts")
    added = rule("u_accounts")
    assert added.incident_value_for(("111122223333", "444455556666")) == "111122223333, 444455556666"
    assert added.direction == "to_incident"


def test_a_line_removed_takes_effect(monkeypatch):
    """A line that `monkeypatch` deletes comes back as the last, so the whole table is another for a while."""
    others = {column: case for column, case in tables.FIELD_MAPPING.items() if column != "description"}
    monkeypatch.setattr(tables, "FIELD_MAPPING", others)
    left = [r.incident for r in rules_for(Module.ITSM).fields]
    assert [column for column in left if not column.startswith("u_")] == ["short_description"]


def test_the_joint_journal_means_both_and_is_never_a_field(rules, monkeypatch):
    assert set(rules.comments.mirrored) == {"comments", "work_notes"}
    assert "comments_and_work_notes" not in rules.columns
    monkeypatch.delitem(tables.FIELD_MAPPING, "comments_and_work_notes")
    assert rules_for(Module.ITSM).comments.mirrored == ()
    monkeypatch.setitem(tables.FIELD_MAPPING, "comments", "caseComments")
    assert rules_for(Module.ITSM).comments.mirrored == ("comments",)


WRONG_LINES = [
    ("u_x", "titel", "FIELD_MAPPING.u_x.case: 'titel' is no plain field of a case. Did you mean .title"),
    ("u_x", "title", "FIELD_MAPPING.u_x.case: title is mapped to short_description already"),
    ("u_x", "watchers", "Watchers are set by"),
    ("state", "caseStatus", "Statuses are set by"),
    ("work_note", "caseComments", "no journal. Did you mean .work_notes"),
]


@pytest.mark.parametrize(("column", "case", "message"), WRONG_LINES)
def test_a_wrong_line_is_named(monkeypatch, column, case, message):
    monkeypatch.setitem(tables.FIELD_MAPPING, column, case)
    with pytest.raises(MappingError, match=message):
        rules_for(Module.ITSM)


def test_a_mapping_file_goes_before_the_table():
    changed = rule("short_description", {"short_description": {"policy": "aws", "limit_incident": 80}})
    assert (changed.case, changed.policy, changed.limit_incident) == ("title", "aws", 80)


def test_a_column_can_take_a_case_field_over():
    overrides = {"short_description": {"enabled": False}, "u_title": {"case": "title", "direction": "both"}}
    assert rule("u_title", overrides).case_value_for("New") == "New"


# -------------------------------------------------------------------------------- values
CUT = "x" * 200
PAIRS = [
    ("short_description", "Root key used", "Root key used", True),
    ("short_description", "Root key used", "Root key", False),
    ("short_description", "Root\nkey used ", "Root key used", True),
    ("short_description", CUT, "x" * 160, True),
    ("short_description", CUT, "x" * 159, False),
    ("short_description", CUT, "", False),
    ("description", "a\r\nb\r\n", "a\nb", True),
    ("description", "a\nb", "a\r\nb", True),
    ("description", "a\nb", "a b", False),
    ("description", "", "", True),
    ("description", "y" * 8000, "y" * 8500, True),
]


@pytest.mark.parametrize(("column", "on_case", "on_incident", "accepted"), PAIRS)
def test_which_values_count_as_the_same(column, on_case, on_incident, accepted):
    assert rule(column).accepted(on_case, on_incident) is accepted


def test_an_empty_title_cannot_be_said_on_aws(rules):
    assert [r.case_value_for(" \n") for r in rules.fields[:2]] == [None, None]


def test_a_cut_text_leaves_a_rest_that_completes_it():
    title = rule("short_description")
    text = "Root key used " * 20
    assert title.incident_value_for(text) + title.rest_for_incident(text) == text.rstrip()
    long = "z" * 9000
    description = rule("description")
    assert description.case_value_for(long) + description.rest_for_case(long) == long


def test_a_shorter_column_than_configured_is_recognised_as_our_own_write():
    """The instance cuts at its dictionary's length; a crash in between must not take that for an edit."""
    assert "x" * 100 in rule("short_description").ours_on_incident(CUT)


@given(TEXTS)
def test_what_is_written_is_accepted_and_known_as_ours(text):
    for r in map(rule, ("short_description", "description")):
        on_incident, on_case = r.incident_value_for(text), r.case_value_for(text)
        assert r.accepted(text, on_incident)
        assert on_incident in r.ours_on_incident(text)
        assert units(on_incident) <= r.limit_incident
        if on_case is not None:
            assert r.accepted(on_case, text)
            assert on_case in r.ours_on_case(text)
            assert units(on_case) <= r.limit_case


@given(st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp"]), min_size=150, max_size=400))
def test_a_cut_is_never_written_back(text):
    """What the instance itself left of our text forms an accepted pair with what it came from."""
    title = rule("short_description")
    assert title.accepted(text, text[:160])
    assert title.accepted(text, text[:160].rstrip())


# -------------------------------------------------------------------------------- transforms
@given(TEXTS)
def test_text_and_line_round_trip(text):
    for name in (TEXT, LINE):
        one = Transform(name)
        there = one.to_incident(text)
        assert one.to_incident(one.to_case(there) or "") == there


@given(st.datetimes(*YEARS, timezones=st.timezones()))
def test_date_round_trips_to_the_second(moment):
    one = Transform(DATE)
    there = one.to_incident(moment.isoformat())
    assert one.to_incident(one.to_case(there)) == there


@given(st.sets(st.text("abc012 .-", min_size=1).map(str.strip).filter(bool)), st.sampled_from([", ", "; ", "\n", ","]))
def test_list_round_trips_as_a_set(members, separator):
    one = Transform(LIST, separator=separator)
    assert set(one.to_case(one.to_incident(tuple(sorted(members))))) == members


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1), st.data())
def test_choice_round_trips_where_columns_differ(choices, draw):
    unique = {ours: f"{n}" for n, ours in enumerate(choices)}
    ours = draw.draw(st.sampled_from(sorted(unique)))
    one = Transform(CHOICE, tuple(unique.items()))
    assert one.to_case(one.to_incident(ours)) == ours


@given(TEXTS)
def test_upper_and_lower_settle(text):
    for name in (UPPER, LOWER):
        there = Transform(name).to_incident(text)
        assert FieldRule("resolverType", "u_x", "to_incident", transform=Transform(name)).accepted(text, there)


SAID = [
    (Transform(DATE), "2026-11-21T13:03:11.5+01:00", "2026-11-21 12:03:11"),
    (Transform(DATE), "2026-11-21T12:03:11Z", "2026-11-21 12:03:11"),
    (Transform(DATE), "", ""),
    (Transform(DAY), "2026-11-21T23:30:00-02:00", "2026-11-22"),
    (Transform(CHOICE, (("None", "nobody"),)), "None", "nobody"),
    (Transform(CHOICE, (("None", "nobody"),)), "Customer", None),
    (Transform(LIST), (), ""),
    (Transform(LIST), "", ""),
    (Transform(UPPER), "Self", "SELF"),
]


@pytest.mark.parametrize(("transform", "value", "said"), SAID)
def test_what_a_value_is_called_in_servicenow(transform, value, said):
    assert transform.to_incident(value) == said


NOT_SAID = [
    (Transform(DATE), "tomorrow"),
    (Transform(DATE), ""),
    (Transform(CHOICE, (("a", "b"),)), "c"),
    (Transform(), " "),
]


@pytest.mark.parametrize(("transform", "value"), NOT_SAID)
def test_what_the_case_has_no_word_for_is_none(transform, value):
    assert transform.to_case(value) is None


def test_a_choice_without_a_line_is_left_as_it_is():
    choice = rule("u_e", {"u_e": {"case": "engagementType", "choices": {"Investigation": "inv"}, "direction": "both"}})
    assert choice.incident_value_for("Security Incident") is None
    assert choice.case_value_for("something") is None
    assert choice.ours_on_incident("Security Incident") == ()
    assert not choice.accepted("Security Incident", "inv")
