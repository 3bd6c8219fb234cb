"""What `status` says and what the console shows of a deployment are the same figures."""

import json
import time
from dataclasses import replace

import boto3
import pytest

from integration import names as n
from integration.aws.table import Table
from integration.cases.link import ACTIVE, CLOSED, SUSPENDED, Blocked, Link
from integration.cases.records import LinkRecords
from integration.connection.declaration import CONNECTION
from integration.names import Names
from integration.operations.console.deployed import DeployedSource
from integration.operations.deployment.deployed import find
from integration.reconcile.claims import Ending
from integration.registry import stacks

NAMES = Names()
LINKS = [
    ("in step", ACTIVE, {}),
    ("blocked", ACTIVE, {"field:title>incident": Blocked("the record is closed", "", 1, 9e9)}),
    ("suspended", SUSPENDED, {}),
    ("closed", CLOSED, {}),
]


@pytest.fixture
def stored(deployed, cases):
    """A link of each kind, one event that waits and one that died; the case ids."""
    links, made = LinkRecords(Table(deployed.client("dynamodb"), NAMES.table), None), []
    client = boto3.client("security-ir", endpoint_url=cases)
    for number, (_, state, blocked) in enumerate(LINKS):
        case_id = client.create_case(
            resolverType="Self", title="t", description="d", engagementType="Investigation",
            reportedIncidentStartDate=1_767_323_045, impactedAccounts=[], watchers=[],
        )["caseId"]  # fmt: skip
        now = time.time()
        link = Link(case_id, sys_id=f"{number:032d}", number=f"INC{number:07d}", table="incident", state=state)
        link.lag_s, link.changed, link.blocked = 1.0 + number, now, blocked
        links.claim(case_id, "owner", now + 60, now)
        links.join(link, "owner")
        links.release("owner", link, (), Ending(None if state == CLOSED else now + 900))
        made.append(case_id)
    sqs = boto3.client("sqs")
    for queue in (NAMES.cases_queue, NAMES.incidents_queue + n.DEAD_SUFFIX):
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody="{}")
    return made


def test_links_lags_and_queues_are_told_alike(run, deployed, stored):
    told = json.loads(run("status", "--json").stdout)
    shown = DeployedSource(find(deployed, NAMES)).snapshot()
    cards = {card.case_id: card for card in shown.links}
    assert [cards[case_id].standing for case_id in stored] == [standing for standing, _, _ in LINKS]
    assert sum(told["links"]["by_state"].values()) == len(cards)
    for row in told["links"]["listed"]:
        card = cards[row["case_id"]]
        assert (list(card.reasons), card.lag_s, card.number) == (row["reasons"], row["lag_s"], row["incident_number"])
    queues = {queue["name"]: (queue["waiting"], queue["dead"]) for queue in told["queues"]}
    assert {queue.name: (queue.waiting, queue.dead) for queue in shown.queues} == queues
    assert (shown.figures["events waiting"], shown.figures["dead letters"]) == (1, 1)
    assert shown.figures["lag p50"] == told["lag"]["p50_s"]


def test_only_queues_of_what_is_deployed_are_looked_for(deployed):
    without_cases = replace(find(deployed, NAMES), integrations=(CONNECTION,))
    assert [queue.key for queue in DeployedSource(without_cases).snapshot().queues] == ["bus"]


def test_a_deployment_is_found_with_one_look_at_each_stack(deployed):
    asked = []
    hooks = deployed.client("cloudformation").meta.events
    hooks.register("provide-client-params.cloudformation.DescribeStacks", lambda params, **_: asked.append(params))
    find(deployed, NAMES)
    assert [each["StackName"] for each in asked] == [NAMES.state_stack, *stacks(NAMES)]
