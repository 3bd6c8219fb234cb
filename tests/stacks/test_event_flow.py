"""Events reach the right queue, wait long enough, and are never dropped unseen."""

import pytest

from integration.names import NATIVE_DETAIL_TYPES
from integration.reconcile.verdict import longest_s

QUEUES = {
    "SecurityIncidentResponseCaseEvents": "SecurityIncidentResponseServiceNowClient",
    "SecurityIncidentResponseIncidentEvents": "SecurityIncidentResponseClient",
    "SecurityIncidentResponseBackfill": "SecurityIncidentResponseClient",
}
DEAD_ONLY = ["ServiceNowNotificationsRule-dead", "SecurityIncidentResponsePoll-dead"]


def logical_id(stacks, kind, key, name):
    (found,) = (i for i, r in stacks.of_type(kind).items() if r["Properties"].get(key) == name)
    return found


@pytest.mark.parametrize(("queue", "function"), QUEUES.items())
def test_a_queue_feeds_its_client(plain, queue, function):
    """Five at a time, five at once, failed ones come back alone."""
    queue_id = logical_id(plain, "AWS::SQS::Queue", "QueueName", queue)
    function_id = logical_id(plain, "AWS::Lambda::Function", "FunctionName", function)
    (mapping,) = (
        m["Properties"]
        for m in plain.of_type("AWS::Lambda::EventSourceMapping").values()
        if m["Properties"]["EventSourceArn"] == {"Fn::GetAtt": [queue_id, "Arn"]}
    )
    assert mapping["FunctionName"] == {"Ref": function_id}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}
    assert mapping["BatchSize"] == 5


@pytest.mark.parametrize("queue", QUEUES)
def test_a_message_outlives_a_pass_and_an_outage(plain, queue):
    """Function timeout < claim expiry (timeout + 20 s) < visibility; fourteen days, a thousand receives, then dead.

    That many tries last longer than the fourteen days.
    """
    properties = plain.named("AWS::SQS::Queue", "QueueName", queue)["Properties"]
    timeout = plain.function(QUEUES[queue])["Timeout"]
    assert timeout + 20 < properties["VisibilityTimeout"] == timeout + 60
    assert properties["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert properties["RedrivePolicy"]["maxReceiveCount"] == 1000
    mean = 0.835  # of what is left of a wait by chance
    assert sum(mean * min(longest_s(n), 1 << min(n, 11)) for n in range(1, 1000)) > 14 * 24 * 3600
    dead = logical_id(plain, "AWS::SQS::Queue", "QueueName", queue + "-dead")
    assert properties["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [dead, "Arn"]}


def test_every_queue_is_encrypted_and_nothing_else_is_queued(plain):
    queues = {q["Properties"]["QueueName"]: q["Properties"] for q in plain.of_type("AWS::SQS::Queue").values()}
    assert set(queues) == {*QUEUES, *(q + "-dead" for q in QUEUES), *DEAD_ONLY}
    assert all(q["SqsManagedSseEnabled"] is True for q in queues.values())
    assert all(q["MessageRetentionPeriod"] == 14 * 24 * 3600 for q in queues.values())


OWN = {"account": [{"Ref": "AWS::AccountId"}]}
"""Events forwarded from another account's bus keep AWS's source."""
RULES = {
    "service-now-client-rule": (
        {"source": ["security-ir"], "detail-type": ["CaseUpdated"]},
        "SecurityIncidentResponseCaseEvents",
    ),
    "security-ir-native-rule": (
        {"source": ["aws.security-ir"], "detail-type": [t for t in NATIVE_DETAIL_TYPES if t != "Case Created"], **OWN},
        "SecurityIncidentResponseCaseEvents",
    ),
    "security-ir-client-rule": (
        {"source": ["service-now"], "detail-type": ["IncidentUpdated", "IncidentDeleted"]},
        "SecurityIncidentResponseIncidentEvents",
    ),
    "security-ir-new-records-rule": (
        {"source": ["security-ir", "service-now"], "detail-type": ["CaseCreated", "IncidentCreated"]},
        "SecurityIncidentResponseBackfill",
    ),
    "security-ir-native-new-cases-rule": (
        {"source": ["aws.security-ir"], "detail-type": ["Case Created"], **OWN},
        "SecurityIncidentResponseBackfill",
    ),
}


@pytest.mark.parametrize(("rule", "expected"), RULES.items())
def test_a_rule_brings_its_events_to_its_queue(plain, rule, expected):
    pattern, queue = expected
    properties = plain.named("AWS::Events::Rule", "Name", rule)["Properties"]
    assert properties["EventPattern"] == pattern
    (target,) = properties["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [logical_id(plain, "AWS::SQS::Queue", "QueueName", queue), "Arn"]}
    assert "InputTransformer" not in target


def test_aws_own_events_come_from_the_default_bus_ours_from_ours(plain):
    buses = {r["Properties"]["Name"]: r["Properties"].get("EventBusName") for r in rules(plain)}
    assert buses.pop("security-ir-native-rule") is None
    assert buses.pop("security-ir-native-new-cases-rule") is None
    assert set(buses.values()) == {"security-incident-event-bus"}


def test_every_target_is_retried_for_a_day_and_then_kept(plain):
    for rule in rules(plain):
        for target in rule["Properties"]["Targets"]:
            assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
            assert target["DeadLetterConfig"]["Arn"]


def rules(stacks):
    return stacks.of_type("AWS::Events::Rule").values()


def test_service_now_events_are_logged(plain, blue):
    """The log named after the rule, which alone may write: by its own policy, or one of the account's ten."""
    (target,) = plain.named("AWS::Events::Rule", "Name", "ServiceNowNotificationsRule")["Properties"]["Targets"]
    assert "log-group:" in str(target["Arn"])
    assert not plain.of_type("AWS::Logs::ResourcePolicy")
    logs = plain.of_type("AWS::Logs::LogGroup").values()
    (own,) = (log["Properties"] for log in logs if "ResourcePolicyDocument" in log["Properties"])
    assert own["LogGroupName"] == "/aws/events/ServiceNowNotificationsRule"
    accounts = blue.only("AWS::Logs::ResourcePolicy")["Properties"]["PolicyDocument"]
    for policy in (str(own["ResourcePolicyDocument"]), str(accounts)):
        assert "aws:SourceArn" in policy
        assert "logs:PutLogEvents" in policy


def test_a_poll_starts_every_minute_once_its_parameters_exist(plain):
    schedule = plain.only("AWS::Scheduler::Schedule")
    assert schedule["Properties"]["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["Properties"]["Target"]["DeadLetterConfig"]["Arn"]
    poller = logical_id(plain, "AWS::Lambda::Function", "FunctionName", "SecurityIncidentResponsePoller")
    assert poller in schedule["DependsOn"]
    assert plain.only("AWS::Lambda::EventInvokeConfig")["Properties"]["MaximumRetryAttempts"] == 0
