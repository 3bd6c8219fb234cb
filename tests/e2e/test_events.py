"""Events are only hints: doubled, late, disordered, of unknown records, they all end in the same state."""

import random
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from integration import names as n
from integration.aws_plane.faults import Effect, Fault
from tests.e2e.shift import written


def flood(day, *calls):
    """Each of them five times, in any order, from eight places at once."""
    wanted = [call for call in calls for _ in range(5)]
    random.Random(7).shuffle(wanted)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(call) for call in wanted]:
            done.result()


def test_five_events_of_everything_at_once_double_nothing(day):
    """A pair that changes on both sides, a new case and a new incident, each announced five times in any order."""
    pair = day.opened()
    day.respond(pair.case_id, "comment", body="Seen in CloudTrail.")
    day.edit(pair.sys_id, work_notes="Key disabled.")
    title = day.title()
    case_id = day.new_case(title, "New.")
    sys_id = day.act("insert", short_description=f"{title} too", state=day.states["new"])["sys_id"]
    flood(
        day,
        lambda: day.look_at_case(pair.case_id),
        lambda: day.look_at_incident(pair.sys_id),
        lambda: day.look_at_case(pair.case_id, sweep=True),
        lambda: day.publish(n.SOURCE_CASES, n.CASE_CREATED, {"caseId": case_id}),
        lambda: day.publish(n.SOURCE_INCIDENTS, n.INCIDENT_CREATED, {"sys_id": sys_id, "table": day.table}),
    )
    day.until(lambda: day.incident_of(case_id) and day.case_of(sys_id))
    day.quiet()
    assert written(day.notes(pair), "Seen in CloudTrail.") == 1
    assert written(day.comments(pair), "Key disabled.") == 1
    assert sorted(r["short_description"] for r in day.incidents() if title in r["short_description"]) == [
        title, f"{title} too",
    ]  # fmt: skip
    assert sorted(case["title"] for case in day.cases() if title in case["title"]) == [title, f"{title} too"]


@pytest.mark.parametrize("kind", ["doubled", "disordered", "late"])
def test_webhooks_and_native_events_may_come_as_they_like(day, kind):
    pair = day.opened()
    day.quiet()
    day.break_webhooks(kind=kind, times=2, seconds=1)
    day.break_security_ir(event="*", kind=kind, times=2, delay_s=1)
    for number in range(2):
        day.edit(pair.sys_id, work_notes=f"From ServiceNow {number}.")
        day.respond(pair.case_id, "comment", body=f"From AWS {number}.")
    day.respond(pair.case_id, "fields", title="The last title")
    day.until(lambda: day.incident(pair.sys_id)["short_description"] == "The last title")
    day.quiet()
    assert [written(day.comments(pair), f"From ServiceNow {number}.") for number in range(2)] == [1, 1]
    assert [written(day.notes(pair), f"From AWS {number}.") for number in range(2)] == [1, 1]


def test_the_native_event_of_our_own_case_overtakes_its_link(day):
    """The case stands, its link is not saved yet, and AWS already says there is a new case: one incident remains."""
    fault = Fault("dynamodb:TransactWriteItems", Effect.LATENCY, day.names.security_ir_client, seconds=2)
    day.plane.faults.add(fault)
    title = day.title()
    day.reported(title)
    day.quiet()
    assert day.plane.faults.active() == {}
    assert len([row for row in day.incidents() if row["short_description"] == title]) == 1
    assert len([case for case in day.cases() if case["title"] == title]) == 1


def test_an_event_of_an_unknown_record_is_let_go_in_the_end(day):
    """It may have overtaken its record, so it is looked at again for two minutes; after that it is none of ours."""
    no_incident, no_case = uuid.uuid4().hex, f"{uuid.uuid4().int % 10**10:010}"
    incident, case = {"sys_id": no_incident, "table": day.table}, {"caseId": no_case}
    day.publish(n.SOURCE_INCIDENTS, n.INCIDENT_UPDATED, incident)
    day.publish(n.SOURCE_CASES, n.CASE_UPDATED, case)
    day.until(lambda: day.waiting(no_incident) and day.waiting(no_case))
    day.publish(n.SOURCE_INCIDENTS, n.INCIDENT_UPDATED, incident, age_s=121)
    day.publish(n.SOURCE_CASES, n.CASE_UPDATED, case, age_s=121)
    day.quiet()
    assert (len(day.waiting(no_incident)), len(day.waiting(no_case))) == (1, 1)
    assert day.dead() == {}
    assert day.opened()


def test_a_message_that_is_no_event_goes_to_the_dead_letters_and_stops_nobody(day):
    sqs = day.plane.boto3_client("sqs")
    url = sqs.get_queue_url(QueueName=day.names.cases_queue)["QueueUrl"]
    dead = sqs.get_queue_url(QueueName=day.names.cases_queue + n.DEAD_SUFFIX)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="no event at all")
    (message,) = day.until(lambda: sqs.receive_message(QueueUrl=dead).get("Messages"))
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
    assert message["Body"] == "no event at all"
    assert day.opened()


def test_our_own_writes_come_back_as_events_and_cause_nothing(day):
    """An echo is one look at one side: it writes nothing and asks the other side nothing."""
    pair = day.opened()
    day.edit(pair.sys_id, work_notes="Looking.")
    day.until(lambda: written(day.comments(pair), "Looking.") == 1)
    day.quiet()
    version, comments = day.incident(pair.sys_id)["sys_mod_count"], len(day.comments(pair))
    runs, asked = day.plane.functions[day.names.poller].invocations, day.calls()["servicenow"]
    day.look_at_case(pair.case_id)
    day.quiet()
    assert (day.incident(pair.sys_id)["sys_mod_count"], len(day.comments(pair))) == (version, comments)
    if day.plane.functions[day.names.poller].invocations == runs:  # the scheduled look asks ServiceNow, too
        assert day.calls()["servicenow"] == asked
