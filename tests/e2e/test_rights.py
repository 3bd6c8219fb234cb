"""Every right of every role is used: on one system, by whatever ran there before and by this story.

A right nobody uses is taken away, or stands below with its reason.
"""

from contextlib import contextmanager

from integration import names as n
from integration.aws_plane.faults import Effect, Fault
from tests.e2e.rights import reason_for
from tests.e2e.shift import written

SLASH = "the guide does not say whether the ARN of a path ends in a slash; the functions ask in one of both ways"
ALLOWED = {
    ("ApiLogsRole", "*"): "an AWS-managed policy, for API Gateway's own logs, which the plane does not write",
    ("PollSchedule", "sqs:SendMessage"): "EventBridge Scheduler's own, where it cannot start a function at all",
    ("PollSchedule", "arn:aws:sqs:*"): "the queue of the same",
    ("", "arn:aws:ssm:us-east-1:123456789012:parameter/SecurityIncidentResponse/"): SLASH,
    ("", "arn:aws:ssm:us-east-1:123456789012:parameter/SecurityIncidentResponse"): SLASH,
}
"""(part of the role's name, pattern of actions or resources) → why nothing here uses it."""


def test_every_right_is_used_or_has_a_reason(itsm_day):
    day = itsm_day
    a_usual_day(day)
    everything_by_setting(day)
    each_side_finds_what_the_other_did(day)
    a_case_that_was_made_and_not_linked(day)
    a_journal_by_its_rows(day)
    an_event_that_never_came(day)
    what_waits_and_what_is_put_aside(day)
    a_rotation(day)
    day.quiet()
    unused = [(each, reason_for(each, ALLOWED)) for each in day.plane.unused_grants()]
    without = [f"{each.origin}: {each.what}" for each, reason in unused if not reason]
    assert without == [], "\n".join(without)
    assert len({each.what for each, reason in unused if reason == SLASH}) == 1, "one of both is used by all"


@contextmanager
def silence(day):
    """Nothing is under way, neither side tells what happens on it, and no scheduled poll finds it."""
    with day.unscheduled():
        day.quiet()
        day.lose_webhooks(None)
        day.break_security_ir(event="*", kind="lost", times=None)
        try:
            yield
        finally:
            day.mend()


def only_by_update(day):
    """New records wait, so that whatever is published about them as changed finds them without a link."""
    return day.plane.held(day.names.backfill_queue)


def a_usual_day(day):
    """What happens on one side is carried by the function that this side wakes."""
    pair = day.opened()
    with silence(day), day.plane.held(*day.queues):
        for number in range(2):
            day.respond(pair.case_id, "comment", body=f"From AWS {number}.")
        day.attach_to_case(pair.case_id, "of-aws.json", b"{}")
        day.until(lambda: day.case(pair.case_id)["caseAttachments"][0]["attachmentStatus"] == "Verified")
        day.look_at_case(pair.case_id)
    day.until(lambda: day.files(pair.sys_id))
    day.quiet()
    day.respond(pair.case_id, "edit-comment", commentId="000000", body="Said otherwise.")
    day.until(lambda: written(day.notes(pair), "Said otherwise."))
    with silence(day), day.plane.held(*day.queues):
        for number in range(2):
            day.edit(pair.sys_id, description=f"From ServiceNow {number}.", work_notes=f"From ServiceNow {number}.")
        day.attach_to_incident(pair.sys_id, "of-servicenow.txt", b"x")
        day.look_at_incident(pair.sys_id)
    day.until(lambda: len(day.case(pair.case_id)["caseAttachments"]) == 2)
    with silence(day):
        day.edit(pair.sys_id, state=day.states["working"])
        day.poll()
        day.until(lambda: day.status(pair) == "Detection and Analysis")
        day.close_incident(pair)
        day.look_at_incident(pair.sys_id)
        day.until(lambda: day.status(pair) == "Closed")


def everything_by_setting(day):
    """Investigations and the response team are asked for by whichever function makes or reads."""
    with day.mapping(investigations=True, watchers={"response_team": True}):
        pair = day.reported(work_notes="First words.")
        with only_by_update(day):
            case_id = day.new_case(day.title(), "Told as changed before it was told as new.")
            day.look_at_case(case_id)
            day.until(lambda: day.incident_of(case_id))
        day.look_at_case(pair.case_id, sweep=True)
        day.look_at_incident(pair.sys_id, sweep=True)
        day.quiet()


def each_side_finds_what_the_other_did(day):
    """Each function also does what the other one usually does, since a pass brings the whole link in step."""
    first, second = day.opened(), day.opened()
    with silence(day):
        day.attach_to_incident(first.sys_id, "who.txt", b"who, when")
        day.until(lambda: day.files(first.sys_id)[0]["state"] == "available")
        day.edit(first.sys_id, state=day.states["working"])
        day.look_at_case(first.case_id, sweep=True)
        day.until(lambda: day.case(first.case_id)["caseAttachments"])
        day.until(lambda: day.status(first) == "Detection and Analysis")
        day.attach_to_case(second.case_id, "trail.json", b"{}")
        day.until(lambda: day.case(second.case_id)["caseAttachments"][0]["attachmentStatus"] == "Verified")
        day.look_at_incident(second.sys_id, sweep=True)
        day.until(lambda: day.files(second.sys_id))
        day.close_incident(first)
        day.look_at_case(first.case_id, sweep=True)
        day.until(lambda: day.status(first) == "Closed")


def a_case_that_was_made_and_not_linked(day):
    """Who finds it by its tag, or takes up where the other died, reads the request it was made with."""
    case_id, sys_id = made_and_died(day)
    with only_by_update(day):
        day.look_at_case(case_id)
        day.until(lambda: day.case_of(sys_id))
    case_id, sys_id = made_and_died(day)
    day.long_after(case_id, sys_id)
    with day.plane.held(day.names.cases_queue):  # else the case is found by its tag
        day.poll()
        day.redeliver()
        day.until(lambda: day.case_of(sys_id))
    day.mend()


def a_journal_by_its_rows(day):
    """By default the record displays its journal; who may read its rows asks the table which are known."""
    day.roles(grant=["audit_viewer"])
    pair = day.reported(work_notes="Whoever reads rows.")
    day.until(lambda: written(day.comments(pair), "Whoever reads rows."))
    day.edit(pair.sys_id, work_notes="And once more.")
    day.until(lambda: written(day.comments(pair), "And once more."))
    day.quiet()
    day.roles(revoke=["audit_viewer"])


def an_event_that_never_came(day):
    """What a poll told of stands in the table a quarter of an hour later, or is told again."""
    with silence(day), day.plane.held(*day.queues):
        case_id = day.new_case(day.title(), "Nobody was told.")
        day.poll()
    day.until(lambda: day.incident_of(case_id))
    day.quiet()
    day.told_long_ago()
    day.time_passes(case_id)
    day.poll()
    day.quiet()


def made_and_died(day):
    """A case and its incident, which do not know of each other."""
    title = day.title()
    day.break_security_ir(event="*", kind="lost", times=None)
    day.plane.faults.add(Fault("security-ir:CreateCase", Effect.KILL_AFTER, day.names.security_ir_client))
    sys_id = day.act("insert", short_description=title, state=day.states["new"])["sys_id"]
    (case_id,) = day.until(lambda: [case["caseId"] for case in day.cases() if case["title"] == title])
    return case_id, sys_id


def what_waits_and_what_is_put_aside(day):
    """An unknown record may have been overtaken by its event; what is no event goes to the dead letters."""
    day.publish(n.SOURCE_CASES, n.CASE_UPDATED, {"caseId": "9999999999"})
    for detail_type in (n.INCIDENT_UPDATED, n.INCIDENT_CREATED):
        day.publish(n.SOURCE_INCIDENTS, detail_type, {"sys_id": "f" * 32, "table": day.table})
    sqs = day.plane.boto3_client("sqs")
    for queue in day.queues:
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody="no event at all")
    for queue in day.queues:
        url = sqs.get_queue_url(QueueName=queue + n.DEAD_SUFFIX)["QueueUrl"]
        (message,) = day.until(lambda url=url: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0).get("Messages"))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def a_rotation(day):
    """It waits 12 s on purpose, so one that ran before is good enough; the test of a schedule is none."""
    if "secretsmanager:PutSecretValue" not in {each.what for each in day.plane.unused_grants()}:
        return
    secrets, name = day.plane.boto3_client("secretsmanager"), day.names.webhook_secret
    before = secrets.get_secret_value(SecretId=name)["VersionId"]
    secrets.rotate_secret(SecretId=name)
    day.until(lambda: secrets.get_secret_value(SecretId=name)["VersionId"] != before, seconds=120)
