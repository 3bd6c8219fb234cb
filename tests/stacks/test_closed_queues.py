"""Queues take messages of AWS's services, under their own conditions, and of the functions that write to them.

A principal of the account with `sqs:SendMessage` on everything is refused, as the evaluator of the local plane judges.
"""

from __future__ import annotations

import json

import pytest

from integration import names as n
from integration.aws_plane.iam import Principal, judge, statements
from integration.names import Names

NAMES = Names()
EVERYTHING = statements({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, "identity")
OPERATORS = NAMES.backfill_queue
"""The one queue that operators' commands send to; what they ask there they sign."""
SENDERS = {
    NAMES.cases_queue: {"poller"},
    NAMES.incidents_queue: {"poller"},
    NAMES.cases_queue + n.DEAD_SUFFIX: {"servicenow_client"},
    NAMES.incidents_queue + n.DEAD_SUFFIX: {"security_ir_client"},
    NAMES.backfill_queue + n.DEAD_SUFFIX: {"security_ir_client"},
    NAMES.notifications_rule + n.DEAD_SUFFIX: set(),
    NAMES.poll_schedule + n.DEAD_SUFFIX: {"poll_schedule"},
}


def policy_of(plain, queue):
    """As text, each reference as the logical id it points to."""
    [queue_id] = [i for i, r in plain.of_type("AWS::SQS::Queue").items() if r["Properties"]["QueueName"] == queue]
    [found] = [
        each["Properties"]["PolicyDocument"] for each in plain.of_type("AWS::SQS::QueuePolicy").values()
        if {"Ref": queue_id} in each["Properties"]["Queues"]
    ]  # fmt: skip
    return statements(resolved(found), queue), queue_id


def resolved(part):
    if isinstance(part, dict) and set(part) == {"Fn::GetAtt"}:
        return part["Fn::GetAtt"][0]
    if isinstance(part, dict) and set(part) & {"Fn::Join", "Ref", "Fn::Sub"}:
        return json.dumps(part)
    if isinstance(part, dict):
        return {key: resolved(value) for key, value in part.items()}
    return [resolved(each) for each in part] if isinstance(part, list) else part


def role_of(plain, owner):
    """Logical id of the role of a function, or of the schedule."""
    if owner == "poll_schedule":
        [schedule] = plain.of_type("AWS::Scheduler::Schedule").values()
        return resolved(schedule["Properties"]["Target"]["RoleArn"])
    return resolved(plain.function(getattr(NAMES, owner))["Role"])


def may_send(plain, queue, role):
    policy, queue_id = policy_of(plain, queue)
    context = {"aws:SecureTransport": "true", "aws:PrincipalArn": role, "aws:PrincipalIsAWSService": "false"}
    return judge(EVERYTHING, policy, Principal("AWS", (role,)), "sqs:SendMessage", queue_id, context).allowed


def test_every_queue_has_its_senders_here(plain):
    queues = {each["Properties"]["QueueName"] for each in plain.of_type("AWS::SQS::Queue").values()}
    assert queues == {*SENDERS, OPERATORS}


@pytest.mark.parametrize(("queue", "senders"), SENDERS.items())
def test_only_functions_that_write_to_a_queue_may_send(queue, senders, plain):
    for owner in ("poller", "servicenow_client", "security_ir_client", "notifications_handler", "poll_schedule"):
        assert may_send(plain, queue, role_of(plain, owner)) == (owner in senders), owner


@pytest.mark.parametrize("queue", SENDERS)
def test_a_plain_principal_may_not_send(queue, plain):
    """Whatever IAM grants it; an administrator uses `replay`, or changes the policy, which CloudTrail tells."""
    for who in ("arn:aws:iam::123456789012:role/Administrator", "arn:aws:iam::123456789012:root"):
        assert not may_send(plain, queue, who)


@pytest.mark.parametrize("queue", [q for q in SENDERS if "Poll" not in q])
def test_eventbridge_still_delivers(queue, plain):
    """The closed policy speaks of no service; what lets a rule in stands beside it."""
    policy, queue_id = policy_of(plain, queue)
    allowed = next(s for s in policy if s.allow and "sqs:SendMessage" in s.actions)
    [source] = {value for keys in allowed.conditions.values() for value in keys.values()}
    context = {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "true", "aws:SourceArn": source}
    events = Principal("Service", ("events.amazonaws.com",))
    assert judge([], policy, events, "sqs:SendMessage", queue_id, context).allowed


def test_operators_may_send_to_the_queue_of_what_they_ask(plain):
    assert may_send(plain, OPERATORS, "arn:aws:iam::123456789012:role/Operator")
