"""Our bus takes events of the functions that publish, whatever IAM grants anybody else."""

from __future__ import annotations

import pytest

from integration.aws_plane.iam import Principal, judge, statements
from integration.operations.registry import chosen, grants
from integration.operations.stacks.permissions import PUBLISH
from tests.stacks.test_closed_queues import EVERYTHING, resolved, role_of

GRANTS = grants(chosen(("cases",)))
OTHERS = ("arn:aws:iam::123456789012:role/Administrator", "arn:aws:iam::123456789012:root",
          "arn:aws:iam::999999999999:role/Neighbour")  # fmt: skip


@pytest.fixture
def policy(plain):
    """Its statements, and the ARN they speak of."""
    properties = plain.only("AWS::Events::EventBusPolicy")["Properties"]
    assert plain.only("AWS::Events::EventBus")["Properties"]["Name"] == properties["EventBusName"]
    document = resolved(properties["Statement"])
    return statements({"Statement": document}, "bus"), document["Resource"]


def may_publish(policy, principal, **context):
    context = {"aws:PrincipalArn": principal.names[0], "aws:PrincipalIsAWSService": "false", **context}
    found, bus = policy
    return judge(EVERYTHING, found, principal, "events:PutEvents", bus, context).allowed


@pytest.mark.parametrize("owner", GRANTS)
def test_who_has_the_right_to_publish_may_and_no_other_role(owner, policy, plain):
    assert may_publish(policy, Principal("AWS", (role_of(plain, owner),))) == (PUBLISH in GRANTS[owner])


@pytest.mark.parametrize("who", OTHERS)
def test_whoever_may_do_everything_may_not_publish(who, policy):
    assert not may_publish(policy, Principal("AWS", (who,)))


def test_eventbridge_itself_may_play_events_again(policy):
    service = Principal("Service", ("events.amazonaws.com",))
    assert may_publish(policy, service, **{"aws:PrincipalIsAWSService": "true"})


def test_nothing_but_publishing_is_denied(policy):
    """So whoever deploys can change the policy, and rules can be made and read."""
    [denial], bus = policy
    assert (denial.allow, denial.actions) == (False, ("events:PutEvents",))
    assert bus.endswith('security-incident-event-bus"]]}'), bus
