"""Which records are kept in step at all, and what becomes of a table that is lost."""

import json
import time

from integration import names as n
from integration.cases.forced import mark
from tests.e2e.shift import told, written

CATEGORY = {"itsm": ("network", "hardware"), "ir": ("Phishing", "Policy violation")}


def titles(day):
    return [case["title"] for case in day.cases()]


def test_the_incident_filter_says_which_incidents_become_cases(day):
    wanted, other = CATEGORY[day.module]
    theirs, ours = day.title(), day.title()
    with day.settings(incident_filter=f"category={wanted}"):
        day.act("insert", short_description=theirs, category=other)
        pair = day.reported(ours, category=wanted)
        day.poll()
        day.quiet()
        assert (ours in titles(day), theirs in titles(day)) == (True, False)
        day.edit(pair.sys_id, category=other, description="Linked stays linked.")
        day.until(lambda: day.case(pair.case_id)["description"] == "Linked stays linked.")


def test_the_case_tag_says_which_cases_become_incidents(day):
    with day.settings(case_tag="team=blue"):
        theirs = day.new_case(day.title(), "Red.", tags={"team": "red"})
        untagged = day.new_case(day.title(), "No team.")
        ours = day.opened(tags={"team": "blue"})
        day.quiet()
        assert day.incident_of(ours.case_id)
        assert (day.incident_of(theirs), day.incident_of(untagged)) == ({}, {})


def test_a_case_of_another_deployment_is_left_alone(day):
    case_id = day.new_case(day.title(), "Made by another.", tags={"servicenow:other": "incident/" + "0" * 32})
    day.look_at_case(case_id, sweep=True)
    day.quiet()
    day.poll()
    day.quiet()
    assert day.incident_of(case_id) == {}


def test_an_incident_from_before_the_installation_waits_for_backfill(day):
    title = day.title()
    with day.settings(installed_at=4_000_000_000):
        sys_id = day.act("insert", short_description=title, state=day.states["new"])["sys_id"]
        day.quiet()
        assert title not in titles(day)
        backfill(day, sys_id)
        day.until(lambda: day.case_of(sys_id))
    assert titles(day).count(title) == 1


def backfill(day, sys_id):
    """What the command puts on the queue behind live traffic."""
    sqs, ssm = day.plane.boto3_client("sqs"), day.plane.boto3_client("ssm")
    name = day.names.parameter_prefix + n.PARAM_CLIENT_SECRET
    secret = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    event = {
        "source": n.SOURCE_INCIDENTS, "detail-type": n.INCIDENT_UPDATED, "time": "2026-01-01T00:00:00Z",
        "detail": {"sys_id": sys_id, "table": day.table, "forced": mark(secret, sys_id, time.time())},
    }  # fmt: skip
    url = sqs.get_queue_url(QueueName=day.names.backfill_queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))


def test_more_new_cases_than_allowed_stop_creation_until_it_is_resumed(day):
    """Cases cannot be deleted, so a rule gone wild is stopped; what waits is made when somebody says so."""
    wanted = [f"{day.title()} {number}" for number in range(4)]
    day.resume()
    with day.settings(new_cases_per_hour=2):
        before = day.waiting()
        for title in wanted:
            day.act("insert", short_description=title, state=day.states["new"])
        day.until(lambda: len(day.waiting() - before) >= 2)
        day.quiet()
        assert sum(title in titles(day) for title in wanted) == 2
        assert {m.name for m in day.plane.metrics("CreationStopped") if m.value} == {"CreationStopped"}
    day.resume()
    day.redeliver()
    day.until(lambda: all(title in titles(day) for title in wanted))
    day.quiet()
    assert [titles(day).count(title) for title in wanted] == [1] * 4


def test_a_lost_table_is_rebuilt_from_both_sides_without_one_duplicate(lone_day):
    """By the ARN on the incident and the tag on the case; comments and files by author, reference, name and hash.

    Away from the other tests, whose every link would be made anew.
    """
    day = lone_day
    pairs = [day.opened(), day.reported()]
    for pair in pairs:
        day.respond(pair.case_id, "comment", body="Said on AWS.")
        day.edit(pair.sys_id, work_notes="Said in ServiceNow.")
        day.attach_to_case(pair.case_id, "from-aws.txt", b"from AWS")
        day.attach_to_incident(pair.sys_id, "from servicenow.txt", b"from ServiceNow")
    for pair in pairs:
        day.until(lambda pair=pair: len(day.files(pair.sys_id)) == len(day.case(pair.case_id)["caseAttachments"]) == 2)
        day.until(lambda pair=pair: written(day.comments(pair), "Said in ServiceNow.") == 1)
    day.quiet()
    before = [picture(day, pair) for pair in pairs]
    totals = len(day.cases()), len(day.incidents())
    day.lose_table()
    for _ in range(2):
        for pair in pairs:
            day.look_at_case(pair.case_id, sweep=True)
            day.look_at_incident(pair.sys_id, sweep=True)
        day.quiet()
    assert [picture(day, pair) for pair in pairs] == before
    day.poll()
    day.quiet()
    assert (len(day.cases()), len(day.incidents())) == totals
    for pair in pairs:
        day.respond(pair.case_id, "comment", body="And it goes on.")
        day.until(lambda pair=pair: written(day.notes(pair), "And it goes on.") == 1)


def picture(day, pair):
    """What people see of a pair."""
    return (
        sorted(day.comments(pair)), sorted(day.notes(pair)),
        sorted(a["sha256"] for a in day.case(pair.case_id)["caseAttachments"]),
        sorted(file["hash"] for file in day.files(pair.sys_id)),
    )  # fmt: skip


def test_outside_the_scope_an_operator_links_an_incident_that_carries_a_case_s_arn(day):
    """Whoever may edit an incident could else read any case and close it."""
    arn = day.opened()
    day.quiet()
    known = day.incident(arn.sys_id)["correlation_id"]
    with day.settings(case_tag="team=nobody"):
        case_id = day.new_case(day.title(), "Already worked on.")
        day.quiet()
        assert day.incident_of(case_id) == {}
        adopted = known.rpartition("/")[0] + f"/{case_id}"
        sys_id = day.act("insert", short_description="By hand", correlation_id=adopted, enforce=False, by="admin")[
            "sys_id"
        ]
        day.until(lambda: told(day.journal(sys_id), "not-linked"))
        backfill(day, sys_id)
        day.respond(case_id, "comment", body="Found each other.")
        day.until(lambda: written(day.journal(sys_id), "Found each other.") == 1)


def test_two_incidents_for_one_case_are_never_guessed_between(day):
    with day.settings(case_tag="team=nobody"):
        case_id = day.new_case(day.title(), "Twice.")
        day.quiet()
    pair = day.opened()
    prefix = day.incident(pair.sys_id)["correlation_id"].rpartition("/")[0]
    day.lose_webhooks(None)
    made = [
        day.act("insert", short_description="Twin", correlation_id=f"{prefix}/{case_id}", enforce=False, by="admin")
        for _ in range(2)
    ]
    day.forget(case_id)
    day.look_at_case(case_id, sweep=True)
    day.quiet()
    assert day.link(case_id).get("state") == "suspended"
    assert [day.journal(row["sys_id"]) for row in made] == [[], []]


def test_a_table_that_cannot_be_read_suspends_nothing(day):
    """A role was taken away: messages wait, and no record is taken for deleted."""
    pair = day.reported()
    day.quiet()
    before = day.waiting()
    role = {"itsm": "itil", "ir": "sn_si.analyst"}[day.module]
    day.roles(revoke=[role])
    try:
        day.respond(pair.case_id, "comment", body="Can you read me?")
        day.until(lambda: day.waiting() - before)
        assert told(day.comments(pair), "suspended") == []
    finally:
        day.roles(grant=[role])
    day.redeliver()
    day.until(lambda: written(day.notes(pair), "Can you read me?") == 1)
    assert day.link(pair.case_id)["state"] == "active"
