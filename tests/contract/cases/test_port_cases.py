"""What the core may rely on of AWS Security Incident Response, held by the twin of the proofs and by the adapter."""

from __future__ import annotations

import uuid

import pytest

from integration.clients.errors import Refused, Unavailable
from tests.contract.cases.places import Announced
from tests.fakes.cases import OWN_ROLE

NOWHERE = "9999999999"
NOWHERE_ARN = f"arn:aws:security-ir:us-east-1:111122223333:case/{NOWHERE}"
DETECTION, CONTAINMENT = "Detection and Analysis", "Containment, Eradication and Recovery"
REVIEW = "Post-incident Activities"


def token() -> str:
    return uuid.uuid4().hex


def request(**changes):
    return {
        "resolverType": "Self", "title": "made", "description": "text", "engagementType": "Security Incident",
        "reportedIncidentStartDate": "2026-11-21T10:00:00+00:00", "impactedAccounts": [], "watchers": [], **changes,
    }  # fmt: skip


def send(aws, case_id, name, content, size=None, once=None):
    aws.port.upload(
        case_id, name, Announced(content), len(content) if size is None else size, token() if once is None else once
    )


def names(aws, case_id):
    return [file.file_name for file in aws.port.read(case_id).attachments]


def bodies(aws, case_id):
    return sorted(comment.body for comment in aws.port.read(case_id).comments)


def enter(context):
    with context:
        pass


WRITES = {
    "UpdateCase": lambda aws, case_id: aws.port.update(case_id, {"title": "other"}),
    "UpdateCaseStatus": lambda aws, case_id: aws.port.set_status(case_id, DETECTION),
    "CreateCaseComment": lambda aws, case_id: aws.port.comment(case_id, "hello", token()),
    "upload": lambda aws, case_id: send(aws, case_id, "a.txt", b"abc"),
    "CloseCase": lambda aws, case_id: aws.port.close(case_id),
}


def standing(aws, case_id):
    """What any of `WRITES` changes."""
    case = aws.port.read(case_id)
    return case.values["title"], case.status, len(case.comments), len(case.attachments)


# ------------------------------------------------------------------------------------------------ there or not
def test_a_case_that_is_not_there_is_none(aws):
    assert aws.port.read(NOWHERE) is None


@pytest.mark.parametrize("call", WRITES)
def test_a_write_to_no_case_is_refused(aws, call):
    with pytest.raises(Refused):
        WRITES[call](aws, NOWHERE)


def test_tags_of_no_case_and_files_of_no_case_are_refused(aws):
    with pytest.raises(Refused):
        aws.port.tags(NOWHERE_ARN)
    with pytest.raises(Refused):
        enter(aws.port.download(NOWHERE, "00000000-0000-0000-0000-000000000000"))


# ------------------------------------------------------------------------------------------------ making
def test_one_token_makes_one_case_even_after_it_was_closed(aws):
    once = token()
    made = aws.port.create(request(tags={"servicenow:default": "incident/1"}), once)
    case = aws.port.read(made)
    assert (case.status, case.values["title"], aws.port.tags(case.arn)) == (
        "Submitted",
        "made",
        {"servicenow:default": "incident/1"},
    )
    aws.port.close(made)
    assert aws.port.create(request(tags={"servicenow:default": "incident/1"}), once) == made


def test_another_request_under_a_used_token_is_refused(aws):
    once = token()
    aws.port.create(request(), once)
    with pytest.raises(Refused):
        aws.port.create(request(title="another"), once)


@pytest.mark.parametrize("wrong", [{"title": ""}, {"title": "x" * 301}, {"description": "x" * 8001}])
def test_what_no_case_can_be_made_of_is_refused_and_leaves_its_token_free(aws, wrong):
    once = token()
    with pytest.raises(Refused):
        aws.port.create(request(**wrong), once)
    assert aws.port.read(aws.port.create(request(), once)).values["title"] == "made"


# ------------------------------------------------------------------------------------------------ fields
@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"title": "x" * 301}, {"description": ""}, {"description": "x" * 8001}]
)
def test_a_text_out_of_bounds_is_refused_whole(aws, wrong):
    """Nothing of the same request is done, and nothing is cut."""
    case_id = aws.make("kept")
    with pytest.raises(Refused):
        aws.port.update(case_id, {"title": "new", "description": "new"} | wrong)
    assert aws.port.read(case_id).values["title"] == "kept"


def test_watchers_are_a_set_that_is_changed_by_members(aws):
    case_id = aws.make()
    add = [{"email": "ann@here.example"}, {"email": "bob@here.example"}]
    aws.port.update(case_id, {"watchersToAdd": add})
    aws.port.update(case_id, {"watchersToAdd": add[:1], "watchersToDelete": [{"email": "nobody@here.example"}]})
    assert aws.port.read(case_id).values["watchers"] == ("ann@here.example", "bob@here.example")
    aws.port.update(case_id, {"watchersToDelete": add[1:]})
    assert aws.port.read(case_id).values["watchers"] == ("ann@here.example",)


def test_a_case_takes_thirty_watchers_and_no_more(aws):
    case_id = aws.make()
    aws.port.update(case_id, {"watchersToAdd": [{"email": f"w{number}@here.example"} for number in range(30)]})
    with pytest.raises(Refused):
        aws.port.update(case_id, {"watchersToAdd": [{"email": "one.more@here.example"}]})
    assert len(aws.port.read(case_id).values["watchers"]) == 30


# ------------------------------------------------------------------------------------------------ status
@pytest.mark.parametrize(
    ("before", "wanted"),
    [("Submitted", CONTAINMENT), ("Submitted", REVIEW), (DETECTION, "Submitted"), (DETECTION, "Acknowledged"),
     ("Acknowledged", DETECTION), ("Ready to Close", REVIEW), (REVIEW, "Ready to Close")],
)  # fmt: skip
def test_a_step_that_is_not_listed_is_refused(aws, before, wanted):
    case_id = aws.make()
    aws.status(case_id, before)
    with pytest.raises(Refused):
        aws.port.set_status(case_id, wanted)
    assert aws.port.read(case_id).status == before


def test_the_listed_steps_are_taken(aws):
    case_id = aws.make()
    for status in (DETECTION, CONTAINMENT, REVIEW, DETECTION, REVIEW, CONTAINMENT, DETECTION):
        aws.port.set_status(case_id, status)
        assert aws.port.read(case_id).status == status


def test_a_status_that_is_there_already_is_no_refusal(aws):
    """The first attempt may have done it."""
    case_id = aws.make()
    aws.port.set_status(case_id, DETECTION)
    aws.port.set_status(case_id, DETECTION)
    aws.port.close(case_id)
    aws.port.close(case_id)
    assert aws.port.read(case_id).status == "Closed"


def test_of_a_case_in_the_hands_of_aws_only_the_end_is_ours(aws):
    case_id = aws.make(resolverType="AWS")
    with pytest.raises(Refused):
        aws.port.set_status(case_id, DETECTION)
    aws.port.comment(case_id, "hello", token())
    aws.port.close(case_id)
    assert aws.port.read(case_id).closed


@pytest.mark.parametrize("call", ["UpdateCase", "UpdateCaseStatus", "CreateCaseComment", "upload"])
def test_a_closed_case_is_a_wall(aws, call):
    case_id = aws.make()
    aws.port.close(case_id)
    before = standing(aws, case_id)
    with pytest.raises(Refused):
        WRITES[call](aws, case_id)
    assert standing(aws, case_id) == before


# ------------------------------------------------------------------------------------------------ comments
def test_every_page_of_the_comments_is_read(aws):
    """The service gives 25 at a time, in no promised order."""
    case_id = aws.make()
    made = [aws.port.comment(case_id, f"text {number}", token()) for number in range(30)]
    comments = aws.port.read(case_id).comments
    assert sorted(comment.comment_id for comment in comments) == sorted(made)
    assert min(comments, key=lambda c: (c.created, c.comment_id)).body == "text 0"


def test_one_token_is_one_comment_even_after_the_case_was_closed(aws):
    case_id, once = aws.make(), token()
    made = aws.port.comment(case_id, "hello", once)
    assert aws.port.comment(case_id, "hello", once) == made
    aws.port.close(case_id)
    assert aws.port.comment(case_id, "hello", once) == made
    assert bodies(aws, case_id) == ["hello"]


def test_two_tokens_are_two_comments_of_one_text_and_another_text_needs_another_token(aws):
    case_id, once = aws.make(), token()
    aws.port.comment(case_id, "same", once)
    aws.port.comment(case_id, "same", token())
    with pytest.raises(Refused):
        aws.port.comment(case_id, "different", once)
    assert bodies(aws, case_id) == ["same", "same"]


@pytest.mark.parametrize("body", ["", "x" * 12_001])
def test_an_empty_or_too_long_comment_is_refused(aws, body):
    case_id = aws.make()
    with pytest.raises(Refused):
        aws.port.comment(case_id, body, token())
    assert bodies(aws, case_id) == []


def test_whose_comment_it_is(aws):
    case_id = aws.make()
    aws.say(case_id, "theirs")
    aws.port.comment(case_id, "ours", token())
    owners = {comment.body: aws.port.own(comment.creator) for comment in aws.port.read(case_id).comments}
    assert owners == {"theirs": False, "ours": True}
    assert aws.port.own(OWN_ROLE)


OURS = OWN_ROLE.rpartition("/")[2]


@pytest.mark.parametrize(
    "creator",
    [
        "",
        "111122223333",
        OURS,
        f"arn:aws:sts::111122223333:assumed-role/people/{OURS}",
        f"arn:aws:sts::444455556666:assumed-role/client/{OURS}",
        "arn:aws:sts::111122223333:assumed-role/client/ada",
        f"arn:aws:iam::111122223333:user/{OURS}",
        f"{OWN_ROLE}/{OURS}",
    ],
)
def test_a_session_name_of_ours_makes_nobody_us(aws, creator):
    """Whoever may assume any role chooses the session's name: account and role count as much."""
    assert not aws.port.own(creator)


def test_an_edited_comment_keeps_its_id_and_says_who_and_when(aws):
    case_id = aws.make()
    made = aws.port.comment(case_id, "Monday", token())
    aws.edit(case_id, made, "Tuesday")
    (comment,) = aws.port.read(case_id).comments
    assert (comment.comment_id, comment.body) == (made, "Tuesday")
    assert comment.updated > comment.created
    assert aws.port.own(comment.creator)
    assert not aws.port.own(comment.updated_by)


def test_comments_and_investigations_are_read_when_asked_for(aws):
    case_id = aws.make()
    aws.say(case_id, "hello")
    aws.investigate(case_id, "who it was")
    case = aws.port.read(case_id, comments=False)
    assert (case.comments, case.comments_read, case.investigations) == ((), False, ())
    (found,) = aws.port.read(case_id, investigations=True).investigations
    assert (found.title, found.status) == ("who it was", "Completed")


# ------------------------------------------------------------------------------------------------ files
CONTENT = bytes(range(256)) * 3000


def test_a_file_goes_up_and_comes_down_as_it_was(aws):
    case_id = aws.make()
    pieces = [CONTENT[start : start + 70_000] for start in range(0, len(CONTENT), 70_000)]
    aws.port.upload(case_id, "trail.bin", Announced(*pieces), len(CONTENT), token())
    (file,) = aws.port.read(case_id).attachments
    assert (file.file_name, file.status, aws.port.own(file.creator)) == ("trail.bin", "Verified", True)
    with aws.port.download(case_id, file.attachment_id) as content:
        assert content.size == len(CONTENT)
        assert b"".join(content.iter()) == CONTENT


def test_the_same_upload_again_is_one_file(aws):
    """After a death between the upload and the row of it."""
    case_id, once = aws.make(), token()
    for _ in range(2):
        send(aws, case_id, "a.txt", b"abc", once=once)
    assert names(aws, case_id) == ["a.txt"]


def test_a_name_that_is_taken_is_refused(aws):
    case_id = aws.make()
    aws.attach(case_id, "a.txt", b"theirs")
    with pytest.raises(Refused):
        send(aws, case_id, "a.txt", b"ours")
    assert names(aws, case_id) == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "size"), [("a b.txt", 3), ("ä.txt", 3), ("x" * 256, 3), ("a.txt", 0), ("a.txt", 100 * 1024 * 1024 + 1)]
)
def test_a_name_or_size_that_no_case_holds_is_refused(aws, name, size):
    case_id = aws.make()
    with pytest.raises(Refused):
        send(aws, case_id, name, b"abc"[:size], size)
    assert names(aws, case_id) == []


def test_the_fifty_first_file_is_refused(aws):
    case_id = aws.make()
    for number in range(50):
        aws.attach(case_id, f"{number}.txt", b"abc")
    with pytest.raises(Refused):
        send(aws, case_id, "one-more.txt", b"abc")


@pytest.mark.parametrize("size", [2, 4])
def test_a_file_that_is_not_as_long_as_announced_leaves_nothing(aws, size):
    case_id = aws.make()
    with pytest.raises(Unavailable):
        send(aws, case_id, "a.txt", b"abc", size)
    assert names(aws, case_id) == []


def test_a_file_that_is_being_scanned_is_not_given_out(aws):
    case_id = aws.make()
    file = aws.attach(case_id, "a.txt", b"abc", "Pending")
    assert [f.status for f in aws.port.read(case_id).attachments] == ["Pending"]
    with pytest.raises(Refused):
        enter(aws.port.download(case_id, file))


def test_a_file_of_a_closed_case_is_still_given_out(aws):
    case_id = aws.make()
    file = aws.attach(case_id, "a.txt", b"abc")
    aws.port.close(case_id)
    with aws.port.download(case_id, file) as content:
        assert b"".join(content.iter()) == b"abc"


# ------------------------------------------------------------------------------------------------ lost and refused
@pytest.mark.parametrize("call", WRITES)
def test_a_write_whose_answer_is_lost_has_an_unknown_outcome(aws, call):
    """It took effect here, and the error says that it may have."""
    case_id = aws.make()
    before = standing(aws, case_id)
    aws.disturb("lose_answer", call)
    with pytest.raises(Unavailable) as caught:
        WRITES[call](aws, case_id)
    assert caught.value.outcome_unknown
    assert standing(aws, case_id) != before


@pytest.mark.parametrize("call", [name for name in WRITES if name != "upload"])
def test_a_write_that_is_turned_away_had_no_effect_and_says_so(aws, call):
    case_id = aws.make()
    before = standing(aws, case_id)
    aws.disturb("not_now", call)
    with pytest.raises(Unavailable) as caught:
        WRITES[call](aws, case_id)
    assert not caught.value.outcome_unknown
    assert standing(aws, case_id) == before


@pytest.mark.parametrize("call", ["GetCase", "ListComments"])
def test_a_read_that_fails_is_an_error_and_not_an_empty_answer(aws, call):
    case_id = aws.make()
    aws.say(case_id, "hello")
    aws.disturb("not_now", call)
    with pytest.raises(Unavailable):
        aws.port.read(case_id)
    assert bodies(aws, case_id) == ["hello"]
