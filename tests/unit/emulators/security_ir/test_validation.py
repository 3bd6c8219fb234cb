"""The limits of the model that boto3 leaves to the server are the emulator's to enforce."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.emulators.security_ir.errors import ApiError
from integration.emulators.security_ir.protocol import check_input, read_input

CASE = {
    "resolverType": "Self",
    "title": "Title",
    "description": "Description",
    "engagementType": "Investigation",
    "reportedIncidentStartDate": 1_795_262_400,
    "impactedAccounts": ["111122223333"],
    "watchers": [{"email": "soc@example.com"}],
}
FITS = {
    "a title of 300 code points": {"title": "\U0001f6a8" * 300},
    "an emptied list": {"impactedAccounts": [], "watchers": []},
    "IPv4": {"threatActorIpAddresses": [{"ipAddress": "198.51.100.7", "userAgent": "curl"}]},
    "IPv6 in full and upper case": {"threatActorIpAddresses": [{"ipAddress": "2001:DB8:0:0:0:0:0:1"}]},
    "the range from space to full stop in service names": {"impactedServices": ['Amazon "S3" (a+b), 100%']},
    "a null member is an absent one": {"tags": None},
    "a member nobody knows is ignored": {"colour": "red"},
    "a fraction of a second": {"reportedIncidentStartDate": 1_795_262_400.25},
    "600 services": {"impactedServices": [f"service {index}" for index in range(600)]},
}
REFUSED = {
    "a missing member": ({"title": None}, "/title"),
    "an empty text": ({"title": ""}, "/title"),
    "a title too long": ({"title": "x" * 301}, "/title"),
    "a description too long": ({"description": "x" * 8001}, "/description"),
    "an unknown word": ({"resolverType": "aws"}, "/resolverType"),
    "an account of 11 digits": ({"impactedAccounts": ["11112222333"]}, "/impactedAccounts/0"),
    "an account in other digits": ({"impactedAccounts": ["\u0661" * 12]}, "/impactedAccounts/0"),
    "a trailing line feed is no full match": ({"impactedAccounts": ["111122223333\n"]}, "/impactedAccounts/0"),
    "201 accounts": ({"impactedAccounts": ["111122223333"] * 201}, "/impactedAccounts"),
    "31 watchers": ({"watchers": [{"email": "soc@example.com"}] * 31}, "/watchers"),
    "a watcher without e-mail": ({"watchers": [{"name": "Ann"}]}, "/watchers/0/email"),
    "a watcher's e-mail that is none": ({"watchers": [{"email": "soc at example"}]}, "/watchers/0/email"),
    "IPv6 compressed": (
        {"threatActorIpAddresses": [{"ipAddress": "2001:DB8::1"}]},
        "/threatActorIpAddresses/0/ipAddress",
    ),
    "IPv6 in lower case": (
        {"threatActorIpAddresses": [{"ipAddress": "2001:db8:0:0:0:0:0:1"}]},
        "/threatActorIpAddresses/0/ipAddress",
    ),
    "a slash in a service name": ({"impactedServices": ["EC2/VPC"]}, "/impactedServices/0"),
    "an underscore in a service name": ({"impactedServices": ["a_b"]}, "/impactedServices/0"),
    "an unknown region": ({"impactedAwsRegions": [{"region": "eu-west-9"}]}, "/impactedAwsRegions/0/region"),
    "201 tags": ({"tags": {str(index): "" for index in range(201)}}, "/tags"),
    "a tag value too long": ({"tags": {"key": "v" * 257}}, "/tags/key"),
    "an empty tag key": ({"tags": {"": "v"}}, "/tags/key"),
    "a number for a text": ({"title": 7}, "/title"),
    "a text for a list": ({"watchers": "soc@example.com"}, "/watchers"),
    "a list for a map": ({"tags": []}, "/tags"),
    "a text for a structure": ({"watchers": ["soc@example.com"]}, "/watchers/0"),
    "a text for a time": ({"reportedIncidentStartDate": "2026-11-21T12:00:00Z"}, "/reportedIncidentStartDate"),
    "a truth for a time": ({"reportedIncidentStartDate": True}, "/reportedIncidentStartDate"),
    "a time beyond all calendars": ({"reportedIncidentStartDate": 1e15}, "/reportedIncidentStartDate"),
    "a token too long": ({"clientToken": "t" * 256}, "/clientToken"),
}


@pytest.mark.parametrize("changes", FITS.values(), ids=FITS)
def test_what_fits_the_model_passes(changes):
    assert check_input("CreateCase", CASE | changes)["resolverType"] == "Self"


@pytest.mark.parametrize(("changes", "path"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_by_its_path(changes, path):
    with pytest.raises(ApiError) as refused:
        check_input("CreateCase", CASE | changes)
    error = refused.value
    assert (error.code, error.status, error.members["reason"]) == (
        "ValidationException",
        400,
        "FIELD_VALIDATION_FAILED",
    )
    assert {field["name"] for field in error.members["fieldList"]} == {path}


def test_every_wrong_member_is_named_at_once():
    with pytest.raises(ApiError) as refused:
        check_input("CreateCase", {})
    named = {field["name"] for field in refused.value.members["fieldList"]}
    assert named == {f"/{name}" for name in CASE}


@pytest.mark.parametrize(
    ("length", "passes"),
    [(0, False), (1, True), (104_857_600, True), (104_857_601, False), (True, False), (1.0, False)],
)
def test_integers_have_bounds_and_are_not_truths_or_fractions(length, passes):
    ask = {"caseId": "1234567890", "fileName": "a.txt", "contentLength": length}
    if passes:
        assert check_input("GetCaseAttachmentUploadUrl", ask)["contentLength"] == length
    else:
        with pytest.raises(ApiError, match="/contentLength"):
            check_input("GetCaseAttachmentUploadUrl", ask)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff\xfe{}", b'{"title": NaN}'])
def test_a_body_that_is_no_json_object_cannot_be_parsed(body):
    with pytest.raises(ApiError) as refused:
        read_input("CreateCase", {}, "", body)
    assert refused.value.members["reason"] == "CANNOT_PARSE"


def test_members_of_path_and_query_are_not_taken_from_the_body():
    body = json.dumps({"caseId": "9999999999", "maxResults": 1, "nextToken": "body"}).encode()
    asked = read_input("ListInvestigations", {"caseId": "1234567890"}, "maxResults=7", body)
    assert asked == {"caseId": "1234567890", "maxResults": 7}


def test_repeated_and_iso_query_members_are_read():
    arn = "arn:aws:security-ir:us-east-1:111122223333:case/1234567890"
    assert read_input("UntagResource", {"resourceArn": arn}, "tagKeys=a&tagKeys=b%20c", b"")["tagKeys"] == ["a", "b c"]
    query = "startDate=2026-11-01T00%3A00%3A00Z&endDate=2026-11-02T00%3A00%3A00Z"
    asked = read_input("GetFindingMetrics", {"membershipId": "m-0123456789"}, query, b"")
    assert asked["endDate"] - asked["startDate"] == 86_400


@pytest.mark.parametrize(
    "query", ["maxResults=0", "maxResults=26", "maxResults=ten", "maxResults=", "maxResults=%D9%A1"]
)
def test_a_page_size_outside_1_to_25_is_refused(query):
    with pytest.raises(ApiError, match="/maxResults"):
        read_input("ListInvestigations", {"caseId": "1234567890"}, query, b"")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
        max_leaves=8,
    )
)
def test_no_json_whatsoever_breaks_the_check(value):
    """Any JSON is either taken or refused with the model's error; nothing else is ever raised."""
    for name in ("title", "watchers", "tags", "impactedAwsRegions", "reportedIncidentStartDate"):
        with contextlib.suppress(ApiError):
            check_input("CreateCase", CASE | {name: value})
