"""What each HTTP answer means: as data, so that the table can be read beside the facts about the API."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from integration.clients.errors import Misconfigured, Missing, Refused, RemoteError, Unavailable
from integration.clients.servicenow.answer import retry_after, server_date, understood
from integration.clients.servicenow.errors import NoSuchApi, TokenRefused

HTML = b"<html><body>Instance Hibernating page</body></html>"


def error(message, detail=None):
    return json.dumps({"error": {"message": message, "detail": detail}, "status": "failure"}).encode()


def raised(status, content, *, write=False, headers=None):
    with pytest.raises(RemoteError) as caught:
        understood(status, CaseInsensitiveDict(headers or {}), content, write=write, call="GET incident")
    return caught.value


TRUNCATED = b'{"result":[{"sys_id":"1"},{"sys'
CANCELLED_INSIDE = b'{"result":[],"error":{"message":"Transaction cancelled: maximum execution time exceeded"}}'

ANSWERS = [
    # status, body, type for a read, type for a write
    (200, HTML, Unavailable, Unavailable),
    (200, TRUNCATED, Unavailable, Unavailable),
    (200, CANCELLED_INSIDE, Unavailable, Unavailable),
    (200, b"", Unavailable, Unavailable),
    (200, b"[]", Unavailable, Unavailable),
    (201, b"created", Unavailable, Unavailable),
    (202, b"", Unavailable, Unavailable),
    (202, b"{}", Unavailable, Unavailable),
    (302, b"", Misconfigured, Misconfigured),
    (307, HTML, Misconfigured, Misconfigured),
    (400, error("Invalid table x"), Misconfigured, Misconfigured),
    (400, error("Requested URI does not represent any resource"), NoSuchApi, NoSuchApi),
    (404, error("Requested URI does not represent any resource"), NoSuchApi, NoSuchApi),
    (400, error("The payload is not valid JSON."), Refused, Refused),
    (401, error("User Not Authenticated", "Required to provide Auth information"), TokenRefused, TokenRefused),
    (401, HTML, TokenRefused, TokenRefused),
    (403, error("User Not Authorized", "Access to unscoped api is not allowed"), Misconfigured, Misconfigured),
    (403, error("User Not Authorized", "User is unauthorized to access table: x"), Misconfigured, Misconfigured),
    (403, error("User Not Authorized", "Failed API level ACL Validation"), TokenRefused, TokenRefused),
    (403, error("Insufficient rights to query records", "Field(s)…"), Misconfigured, Misconfigured),
    (403, error("Operation Failed", "ACL Exception Update Failed due to security constraints"), Misconfigured, Refused),
    (403, error("Operation Failed", "Data Policy Exception: \n\tmandatory: Close notes"), Misconfigured, Refused),
    (403, error("Operation Failed", "aborted by Business Rule 'R^1'"), Misconfigured, Refused),
    (500, error("Change Request record could not be updated. x was aborted by Business Rule 'R^1'"), Refused, Refused),
    (403, error("User Not Authorized"), Misconfigured, Refused),
    (403, HTML, Misconfigured, Misconfigured),
    (403, b"", Misconfigured, Misconfigured),
    (407, HTML, Misconfigured, Misconfigured),
    (404, error("No Record found", "Record doesn't exist or ACL restricts the record retrieval"), Missing, Missing),
    (404, HTML, Unavailable, Unavailable),
    (405, error("Method not supported"), Refused, Refused),
    (413, HTML, Refused, Refused),
    (414, HTML, Refused, Refused),
    (429, HTML, Unavailable, Unavailable),
    (429, error("Rate limit exceeded"), Unavailable, Unavailable),
    (499, b"", Unavailable, Unavailable),
    (500, error("Transaction cancelled: maximum execution time exceeded"), Unavailable, Unavailable),
    (500, error("com.glide.script.fencing.access.ScopeAccessNotGrantedException"), Misconfigured, Misconfigured),
    (502, HTML, Unavailable, Unavailable),
    (503, b"", Unavailable, Unavailable),
]


@pytest.mark.parametrize(("status", "content", "read", "write"), ANSWERS)
def test_the_type_says_who_must_act(status, content, read, write):
    """Each answer of the catalogue has exactly one meaning, and it may differ between reads and writes."""
    assert type(raised(status, content)) is read
    assert type(raised(status, content, write=True)) is write


@pytest.mark.parametrize(("status", "content", "_read", "_write"), ANSWERS)
def test_only_a_write_can_have_an_unknown_outcome(status, content, _read, _write):
    """A read is never 'perhaps done'; a write is, unless the instance turned it away before doing anything."""
    assert not getattr(raised(status, content), "outcome_unknown", False)
    written = raised(status, content, write=True)
    if isinstance(written, Unavailable):
        assert written.outcome_unknown is (status != 429)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Sat, 21 Nov 2026 10:00:30 GMT", "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 30),
        ({"X-RateLimit-Reset": "1795255260", "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 60),
        ({"Retry-After": "Sat, 21 Nov 2026 09:00:00 GMT", "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_the_instance_may_say_how_long_to_wait(headers, seconds):
    """Seconds, a date, or the reset of a rate limit; measured by the instance's own clock."""
    assert retry_after(CaseInsensitiveDict(headers)) == seconds
    assert raised(429, HTML, headers=headers).retry_after_s == seconds


def test_a_data_policy_names_its_labels():
    """The labels are kept for people; nobody decides on them, since they are translated."""
    text = "Data Policy Exception: \n\tThe following fields are mandatory: Resolution code, Close notes"
    refused = raised(403, error("Operation Failed", text), write=True)
    assert refused.fields == ("Resolution code", "Close notes")
    assert (
        refused.reason == "Operation Failed: Data Policy Exception: "
        "The following fields are mandatory: Resolution code, Close notes"
    )


def test_messages_hold_no_text_of_a_record():
    """What a rule says may quote the record: it stands in `reason`, not in the text that reaches logs."""
    refused = raised(403, error("Operation Failed", "Mr Smith's breach"), write=True)
    assert "Smith" not in str(refused) + repr(refused)
    assert "Smith" in refused.reason


def test_messages_name_the_transaction():
    """The transaction id is how the customer finds the call in the instance's own log."""
    assert "transaction 0123456789ab" in str(raised(500, HTML, headers={"X-Transaction-ID": "0123456789ab"}))


def test_a_transaction_id_that_is_none_is_not_repeated():
    assert "alert" not in str(raised(500, HTML, headers={"X-Transaction-ID": "<script>alert"}))


def test_good_answers():
    answer = understood(
        200, CaseInsensitiveDict({"x-total-count": "3"}), b'{"result":[]}', write=False, call="GET incident"
    )
    assert (answer.result, answer.total) == ([], 3)
    assert understood(204, CaseInsensitiveDict(), b"", write=True, call="DELETE incident").result is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sat, 21 Nov 2026 10:00:00 GMT", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_instance_s_clock(text, moment):
    assert server_date(CaseInsensitiveDict({"Date": text} if text else {})) == moment


POLICIES = {
    "en": "Data Policy Exception: \n\tThe following fields are mandatory: Resolution code, Resolution notes",
    "de": "Datenrichtlinienausnahme: \n\tDie folgenden Felder sind obligatorisch: Resolution code, Resolution notes",
    "fr": "Exception de politique de données : \n\tChamps obligatoires : Resolution code, Resolution notes",
    "pt": "Exceção de política de dados: \n\tOs campos a seguir são obrigatórios: Resolution code,Resolution notes",
    "ja": "データポリシー例外：次のフィールドは必須です：Resolution code、Resolution notes",  # noqa: RUF001 - as it is written
}


@pytest.mark.parametrize("language", POLICIES)
def test_a_data_policy_names_its_columns_in_any_language(language):
    """The labels stand after the last colon."""
    refused = raised(403, error("Operation Failed", POLICIES[language]), write=True)
    assert refused.fields == ("Resolution code", "Resolution notes")


@pytest.mark.parametrize(
    "detail",
    [
        "Operation against file 'incident' was aborted by Business Rule 'Stop: it^0a1b'. Business Rule Stack:Stop: it",
        "ACL Exception Update Failed due to security constraints",
        "",
    ],
)
def test_other_refusals_name_none(detail):
    assert raised(403, error("Operation Failed", detail), write=True).fields == ()


PAGES = [
    (200, b"<html>Your instance is hibernating</html>", {}, "hibernates: open it in a browser"),
    (503, b"<html>Scheduled maintenance</html>", {}, "in maintenance"),
    (200, b"<html><form>SAMLRequest</form></html>", {}, "sign-in page"),
    (200, b"<html><title>Log in | ServiceNow</title></html>", {}, "sign-in page"),
    (503, b"<html>Geplante Wartung</html>", {}, "in maintenance"),
    (200, b'{"result": [{"short_description": "<b>maintenance", "sys', {}, "not whole JSON"),
    (
        302,
        b"",
        {"Location": "https://idp.example.com/saml2/idp"},
        "except /api and /oauth_token.do from single sign-on",
    ),
    (302, b"", {"Location": "https://other.service-now.com/"}, "check its id and address"),
    (403, b"<html>Access denied</html>", {}, "does not let this address in"),
    (407, b"", {}, "does not let this address in"),
    (502, b"<html>Bad gateway</html>", {}, "not whole JSON"),
]


@pytest.mark.parametrize(("status", "content", "headers", "said"), PAGES)
def test_what_came_in_place_of_an_answer_is_named(status, content, headers, said):
    assert said in raised(status, content, headers=headers).reason


def test_a_refusal_that_may_be_an_allow_list_says_so():
    """A machine identity's access list refuses what its roles would allow."""
    reason = raised(403, error("User Not Authorized")).reason
    assert "a role is missing" in reason
    assert "machine identity access" in reason
    assert "caller access" in reason


CLASSES = [
    ("Error during insert of incident (INC0010001)", True),
    ("Unique Key violation detected by database (Duplicate entry 'INC0010001' for key 'number')", True),
    ("Deadlock found when trying to get lock; try restarting transaction", True),
    ("Data Policy Exception: The following fields are mandatory: Caller", False),
    ("Operation against file 'incident' was aborted by Business Rule 'x'", False),
    ("ACL Exception Insert Failed due to security constraints", False),
]


@pytest.mark.parametrize(("detail", "by_chance"), CLASSES)
def test_a_refusal_is_classed_by_what_a_repeat_would_bring(detail, by_chance):
    """The next insert gets another number; a policy says the same again."""
    assert raised(403, error("Operation Failed", detail), write=True).by_chance is by_chance


def test_a_refusal_steers_no_terminal():
    """It is shown to operators: no escape sequence, no C1 control, nothing that turns the direction of text."""
    message = "no\x1b]0;owned\x07 \x9b2J\u202esuch\x00 record"
    body = json.dumps({"error": {"message": message}}).encode()
    with pytest.raises(Refused) as refused:
        understood(403, {}, body, write=True, call="PATCH incident")
    assert refused.value.reason == "no]0;owned 2Jsuch record"


def test_accepted_work_is_an_answer_where_it_can_be_asked_for():
    """Change Management begins workers with 202; any other 202 is a queue that nobody tells the end of."""
    begun = understood(202, {}, b'{"result":{"worker":{"sysId":"1"}}}', write=True, call="POST change_request")
    assert begun.result == {"worker": {"sysId": "1"}}
