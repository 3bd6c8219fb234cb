"""How a link stands, in one word with reasons: the worst first, and nothing that is over."""

import pytest

from integration.operations.cases.overview import COMES_BACK, LinkStatus
from integration.operations.console.change_feed import case_event, incident_events
from integration.operations.console.figures import figures, percentile
from integration.operations.console.link_status import link_card
from integration.operations.console.snapshot import LagPoint, PassCard, QueueCard

NOW = 1000.0


def standing(**more):
    known = {"case_id": "1", "sys_id": "s", "number": "INC1", "table": "incident", "state": "active", "changed": 900.0,
             "lag_s": 1.0, "due": 1500.0}  # fmt: skip
    return LinkStatus(**(known | more))


def failed(error="Unavailable", retry_at=NOW + 10):
    return PassCard(990, "p", "case", error=error, system="servicenow", why="hibernating", retry_at=retry_at)


WORDS = [
    ("nothing to say", {}, None, "in step"),
    ("a live claim", {"held_until": NOW + 60}, None, "working"),
    ("a dead claim", {"held_until": NOW - 1}, None, "waiting"),
    ("the last pass failed", {"unclean": True}, None, "waiting"),
    ("its message comes back", {}, failed(), "waiting"),
    ("its message came back long ago", {}, failed(retry_at=NOW - 300), "in step"),
    ("one action refused", {"blocked": {"field:title>incident": "data policy"}}, failed(), "blocked"),
    ("the incident is hidden", {"state": "suspended", "blocked": {"x": "y"}}, None, "suspended"),
    ("both ended", {"state": "closed"}, None, "closed"),
    ("no incident yet", {"sys_id": "", "state": "new"}, None, "not linked"),
]


@pytest.mark.parametrize(("more", "last", "word"), [row[1:] for row in WORDS], ids=[row[0] for row in WORDS])
def test_one_word_for_each(more, last, word):
    assert link_card(standing(**more), last, NOW).standing == word


def test_a_reason_is_what_a_person_understands():
    card = link_card(standing(), failed(), NOW)
    assert card.reasons == ("ServiceNow does not answer",)
    assert link_card(standing(unclean=True), failed(), NOW).reasons == card.reasons
    assert link_card(standing(), failed("KeyError"), NOW).reasons == ("unexpected: KeyError",)
    assert link_card(standing(), failed("Later"), NOW).reasons == ("hibernating",)


def test_the_sentence_that_a_cause_replaces_is_the_overview_s_own():
    assert standing(unclean=True).reasons(NOW) == [COMES_BACK]


def test_a_side_without_counterpart_waits_only_if_somebody_tries():
    assert link_card(LinkStatus("1", "", ""), None, NOW).standing == "not linked"
    assert link_card(LinkStatus("", "s", "INC1"), failed("CreationStopped"), NOW).standing == "waiting"


def test_status_and_console_read_the_same_word():
    """`status` asks the link itself; the page only adds why a message of it comes back."""
    for _, more, last, word in WORDS:
        if last is None:
            assert standing(**more).standing(NOW) == word


def test_figures_count_what_is_shown():
    links = [link_card(standing(), None, NOW), link_card(standing(unclean=True), None, NOW)]
    queues = [QueueCard("cases_queue", "q", waiting=1, in_flight=2, delayed=3, dead=4), QueueCard("bus", "r", dead=1)]
    lag = [LagPoint(float(n), float(n)) for n in range(1, 21)]
    told = figures(links, queues, lag, {"Conflicts": 2.0})
    assert (told["in step"], told["waiting"], told["events waiting"], told["dead letters"]) == (1, 1, 6, 5)
    assert (told["lag p50"], told["lag p95"], told["conflicts"]) == (10.5, 19.0, 2.0)
    assert "lag p50" not in figures([], [], [], {})
    assert percentile([1.0], 0.95) == 1.0


PRINCIPALS = [
    ("AWS Responder", "Comment added by AWS Responder"),
    ("arn:aws:sts::1:assumed-role/Role/SecurityIncidentResponseClient", "Comment added by the integration"),
    ("arn:aws:iam::1:user/anna", "Comment added by anna"),
]


@pytest.mark.parametrize(("principal", "said"), PRINCIPALS)
def test_a_change_of_a_case_is_a_sentence(principal, said):
    assert case_event({"kind": "CommentAdded", "principal": principal, "caseId": "1"}) == (said, "1")


def test_an_entry_and_the_touch_of_its_record_are_said_once():
    changes = [
        {"table": "incident", "operation": "update", "sys_id": "i", "user_name": "beth.anglin"},
        {"table": "sys_journal_field", "operation": "insert", "sys_id": "j", "user_name": "aws_integration"},
        {"table": "incident", "operation": "insert", "sys_id": "k", "user_name": "beth.anglin"},
    ]
    told = list(incident_events(changes, {"j": "i"}))
    assert told == [("Journal entry added by the integration", "i"), ("Incident made by beth.anglin", "k")]
