from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest
from botocore.validate import ParamValidator

from integration.module import Module
from mappers.closure import close_code_for, close_notes_for, resolution_comment
from mappers.creation import new_case, new_incident
from mappers.mapping_rules import rules_for
from tests.unit.mappers.records import CASE, INCIDENT, SYS_ID

SEEN = datetime(2026, 11, 29, 1, 2, 3, tzinfo=UTC)
TAGS = {"servicenow:default": f"incident/{SYS_ID}"}


def made(incident=INCIDENT, overrides=None, watchers=()):
    return new_case(incident, rules_for(Module.ITSM, overrides), watchers=watchers, tags=TAGS, seen_at=SEEN)


# -------------------------------------------------------------------------------- an incident for a case
def test_a_new_incident_carries_what_is_mapped_and_nothing_else(itsm):
    assert new_incident(CASE, itsm) == {
        "short_description": "Root key used",
        "description": "Seen in CloudTrail",
        "state": "1",
    }


def test_a_new_incident_has_the_state_of_its_status(rules):
    contained = replace(CASE, status="Containment, Eradication and Recovery")
    assert new_incident(contained, rules)["state"] == {"itsm": "2", "ir": "18"}[rules.module]


def test_a_closed_case_makes_a_closed_incident_with_code_and_notes(rules):
    values = new_incident(replace(CASE, status="Closed"), rules)
    assert values["state"] == {"itsm": "7", "ir": "3"}[rules.module]
    assert values["close_code"] == {"itsm": "Solution provided", "ir": "Investigation completed"}[rules.module]
    assert "8403556009" in values["close_notes"]


def test_constants_give_way_to_what_is_mapped():
    rules = rules_for(Module.ITSM, {"creation": {"incident": {"category": "security", "description": "see AWS"}}})
    values = new_incident(CASE, rules)
    assert (values["category"], values["description"]) == ("security", "Seen in CloudTrail")
    assert new_incident(replace(CASE, values={"title": "x"}), rules)["description"] == "see AWS"


def test_an_unknown_status_leaves_the_state_to_the_instance(itsm):
    assert "state" not in new_incident(replace(CASE, status="Unheard of"), itsm)


def test_texts_are_cut_at_creation(itsm):
    long = replace(CASE, values={"title": "t" * 200, "description": "d"})
    assert new_incident(long, itsm)["short_description"] == "t" * 160


# -------------------------------------------------------------------------------- a case for an incident
def test_a_new_case_invents_nothing():
    assert made() == {
        "resolverType": "Self",
        "engagementType": "Security Incident",
        "impactedAccounts": [],
        "title": "Root key used",
        "description": "Seen in CloudTrail",
        "reportedIncidentStartDate": "2026-11-21T12:03:11+00:00",
        "watchers": [],
        "tags": TAGS,
    }


EMPTY = [
    ({"short_description": "Key used", "description": ""}, "Key used", "Key used"),
    ({"short_description": "", "description": "Seen"}, "INC0010001", "Seen"),
    ({"short_description": " ", "description": " \n"}, "INC0010001", "INC0010001"),
]


@pytest.mark.parametrize(("values", "title", "description"), EMPTY)
def test_an_empty_description_is_the_short_description(values, title, description):
    params = made(replace(INCIDENT, values=values))
    assert (params["title"], params["description"]) == (title, description)


def test_aws_demands_a_title_even_where_none_is_mapped():
    params = made(
        overrides={"fields": {"short_description": {"enabled": False}, "description": {"direction": "to_incident"}}}
    )
    assert (params["title"], params["description"]) == ("Root key used", "Seen in CloudTrail")


def test_what_is_configured_goes_with_every_new_case():
    case = {"resolverType": "AWS", "impactedAccounts": ["111122223333"], "impactedAwsRegions": ["eu-central-1"]}
    params = made(overrides={"creation": {"case": case}}, watchers=["B@x.io", "nobody"])
    assert (params["resolverType"], params["impactedAccounts"]) == ("AWS", ["111122223333"])
    assert params["impactedAwsRegions"] == [{"region": "eu-central-1"}]
    assert params["watchers"] == [{"email": "b@x.io"}]


def test_what_a_column_says_goes_before_a_constant():
    overrides = {
        "fields": {"u_e": {"case": "engagementType", "direction": "both", "choices": {"Investigation": "inv"}}},
        "creation": {"case": {"engagementType": "Security Incident"}},
    }
    assert made(replace(INCIDENT, values={"u_e": "inv"}), overrides)["engagementType"] == "Investigation"
    assert made(overrides=overrides)["engagementType"] == "Security Incident"


def test_create_case_gets_no_member_it_does_not_know():
    overrides = {"fields": {"u_started": {"case": "actualIncidentStartDate", "direction": "both"}}}
    assert "actualIncidentStartDate" not in made(
        replace(INCIDENT, values={"u_started": "2026-11-20 01:02:03"}), overrides
    )


def test_a_column_can_give_the_start():
    overrides = {"fields": {"u_started": {"case": "reportedIncidentStartDate", "direction": "both"}}}
    params = made(replace(INCIDENT, values={"u_started": "2026-11-20 01:02:03"}), overrides)
    assert params["reportedIncidentStartDate"] == "2026-11-20T01:02:03+00:00"


def test_too_long_texts_are_cut():
    long = replace(INCIDENT, values={"short_description": "t" * 310, "description": "d" * 8100})
    assert (len(made(long)["title"]), len(made(long)["description"])) == (300, 8000)


def test_an_incident_without_any_date_began_when_it_was_seen():
    """AWS demands a date, and an import may leave none."""
    assert made(replace(INCIDENT, opened=None))["reportedIncidentStartDate"] == "2026-11-29T01:02:03+00:00"


@pytest.mark.parametrize("values", [{}, {"short_description": "t" * 900, "description": "d" * 9000}])
def test_the_request_is_json_that_the_api_model_takes(values):
    """What goes through the table as JSON must still be a request; checked against botocore's own model."""
    params = json.loads(json.dumps(made(replace(INCIDENT, values=values), watchers=["a@x.io"])))
    client = boto3.client("security-ir", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    shape = client.meta.service_model.operation_model("CreateCase").input_shape
    assert not ParamValidator().validate(params, shape).has_errors()
    assert 1 <= len(params["title"]) <= 300
    assert 1 <= len(params["description"]) <= 8000


# -------------------------------------------------------------------------------- closing
CODES = [
    ("itsm", "", (), "Solution provided"),
    ("itsm", "", ("Solved (Permanently)", "Not Solved (Too Costly)"), "Solved (Permanently)"),
    ("itsm", "Duplicate", ("Solution provided", "Duplicate"), "Duplicate"),
    (
        "itsm",
        "Not Resolved",
        ("Not Solved (Not Reproducible)", "Solved (Permanently)"),
        "Not Solved (Not Reproducible)",
    ),
    ("itsm", "Duplicate", ("Solved (Permanently)",), "Solved (Permanently)"),
    ("itsm", "", ("something else",), "Solution provided"),
    ("ir", "", (), "Investigation completed"),
    ("ir", "False Positive", (), "False positive"),
    ("ir", "False Positive", {"-100": "False positive", "1": "Not resolved"}, "-100"),
    ("ir", "", ("INVESTIGATION COMPLETED",), "INVESTIGATION COMPLETED"),
    ("ir", "", {"-104": "Nicht behoben", "-100": "Investigation completed"}, "-100"),
    ("ir", "", {"-101": "Threat mitigated"}, "-101"),
    ("ir", "", {"Investigation completed": "Untersuchung abgeschlossen"}, "Investigation completed"),
]


@pytest.mark.parametrize(("module", "closure_code", "choices", "code"), CODES)
def test_the_first_wanted_code_the_instance_offers_is_taken(module, closure_code, choices, code):
    case = replace(CASE, values={"closureCode": closure_code})
    offered = choices if isinstance(choices, dict) else dict(zip(choices, choices, strict=True))
    assert close_code_for(case, rules_for(Module(module)), offered) == code


def test_configured_codes_go_first():
    rules = rules_for(
        Module.ITSM, {"closure": {"codes": ["Ours"], "by_closure_code": {"Duplicate": "Double"}, "notes": "Done."}}
    )
    assert close_code_for(CASE, rules, {"Solution provided": "", "Ours": ""}) == "Ours"
    assert close_code_for(CASE, rules, {"Solution provided": ""}) == "Solution provided"
    assert close_code_for(replace(CASE, values={"closureCode": "Duplicate"}), rules) == "Double"
    assert close_notes_for(CASE, rules) == "Done.\nCase: 8403556009"


def test_what_is_said_before_a_case_is_closed(itsm):
    closed = replace(
        INCIDENT,
        state="7",
        values={"close_code": "Solved", "close_notes": "Key rotated"},
        labels={"state": "Geschlossen"},
    )
    assert resolution_comment(closed, itsm) == (
        "closed",
        SYS_ID,
        "The incident in ServiceNow is Geschlossen.\nResolution code: Solved\nResolution notes: Key rotated",
    )
    bare = resolution_comment(replace(INCIDENT, state="8", values={}), itsm)
    assert bare[2] == "The incident in ServiceNow is Canceled."
