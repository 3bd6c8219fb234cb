"""Put beside the tests of the commands of a repository with the toy: worked, polled, shown, replayed, destroyed."""

import json
import sys
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import boto3
import pytest

from integration import names as n
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.connection.notification import BadNotification, detail_of
from integration.connection.runtime import runtime
from integration.operations.checking.preflight import named, obstacles
from integration.operations.commands.local import _parts
from integration.operations.declaration import load
from integration.operations.deployment.cloudformation import Stacks, integration_stacks, present
from integration.operations.deployment.deployed import find
from integration.operations.deployment.remembered import completed
from integration.operations.deployment.request import request_of
from integration.operations.registry import OPERATED, checks, startable
from integration.operations.rollout.plan import Outcome
from integration.registry import NOTIFICATIONS, queues
from integration.toys.declaration import ENV_QUEUE, ENV_TABLE, GROUPS, MARK, QUEUE, SAVED, TABLE, TOY
from integration.toys.declaration import WORKER as FUNCTION
from servicenow_setup.apply import apply
from servicenow_setup.desired import desired
from tests.contract.operations.conftest import _stack
from tests.contract.operations.deployed_world import NAMES
from tests.due_table import make_due_table

WORKER = "lambdas.toy_worker.index"
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)


@pytest.fixture
def kept():
    """Documents have its members, too."""
    return lambda *_: None


@pytest.fixture
def toy(deployed, monkeypatch):
    """Its stack, its table and queues, and its worker's environment. The worker itself."""
    _stack("ToyStack", {}, {})
    make_due_table(boto3.client("dynamodb"), TABLE)
    for queue in (QUEUE, QUEUE + n.DEAD_SUFFIX):
        boto3.client("sqs").create_queue(QueueName=queue)
    there = find(deployed, NAMES)
    url = boto3.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"]
    environment = there.environment | {ENV_TABLE: TABLE, ENV_QUEUE: url, "AWS_REGION": deployed.region}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    runtime.cache_clear()
    monkeypatch.delitem(sys.modules, WORKER, raising=False)  # each test is a container of its own
    return import_module(WORKER).handler


def group(instance, name):
    told = instance.admin("POST", "/act", **{
        "as": "admin", "operation": "insert", "table": GROUPS, "sys_id": "", "values": {"name": name},
        "attachments": [], "enforce": False,
    })  # fmt: skip
    return told["record"]["sys_id"]


def incidents(deployed):
    table = Table(find(deployed, NAMES).connection.http)
    return {
        row.value("correlation_id"): row.sys_id
        for row in table.query("incident", Query().equals("correlation_display", MARK), ["correlation_id"])
    }


def told(sys_id):
    return {"source": n.SOURCE_INCIDENTS, "detail-type": SAVED, "detail": {"event_type": SAVED, "sys_id": sys_id}}


def record(sys_id):
    return {
        "messageId": sys_id, "receiptHandle": "r", "body": json.dumps(told(sys_id)),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "0"},
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{QUEUE}",
    }  # fmt: skip


def depth(queue):
    sqs = boto3.client("sqs")
    found = sqs.get_queue_attributes(
        QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def test_it_has_a_queue_of_its_own():
    assert QUEUE in queues(NAMES)


def test_a_message_is_claimed_and_worked_once(toy, deployed, instance):
    sys_id = group(instance, "Toy one")
    for _ in range(2):
        assert toy({"Records": [record(sys_id)]}, CONTEXT) == {"batchItemFailures": []}
    made = incidents(deployed)
    assert list(made) == [f"toy/{sys_id}"]
    item = boto3.client("dynamodb").get_item(TableName=TABLE, Key={"PK": {"S": f"Toy#{sys_id}"}, "SK": {"S": "latest"}})
    assert item["Item"]["version"] == {"N": "2"}
    assert item["Item"]["incident"] == {"S": made[f"toy/{sys_id}"]}
    assert "owner" not in item["Item"]


def test_a_poll_tells_what_is_new_once(toy, instance):
    group(instance, "Toy two")
    assert [toy({}, CONTEXT)["found"] for _ in range(2)] == [{"groups": 1}, {"groups": 0}]
    assert depth(QUEUE) == 1


def test_status_shows_its_stack_queue_and_rows(toy, deployed, instance, run):
    sys_id = group(instance, "Toy three")
    toy({"Records": [record(sys_id)]}, CONTEXT)
    shown = json.loads(run("status", "--json").stdout)
    assert shown["integrations"] == {"toy": [{"group": sys_id, "incident": incidents(deployed)[f"toy/{sys_id}"]}]}
    assert "ToyStack" in {stack["name"] for stack in shown["stacks"]}
    assert QUEUE in {queue["name"] for queue in shown["queues"]}
    assert run("toy").stdout.strip() == "1"


def test_a_dead_letter_goes_back_to_its_queue(toy, run):
    sqs = boto3.client("sqs")
    dead = sqs.get_queue_url(QueueName=f"{QUEUE}-dead")["QueueUrl"]
    sqs.send_message(QueueUrl=dead, MessageBody=json.dumps(told("a" * 32)))
    assert json.loads(run("replay", "--all", "--yes", "--json").stdout)["sent"] == ["a" * 32]
    assert (depth(QUEUE), depth(f"{QUEUE}-dead"), depth(NAMES.backfill_queue)) == (1, 0, 0)


def test_it_goes_alone(toy, deployed, instance, run):
    """Its rule and its stack; what is of cases stands, in the instance too."""
    there = find(deployed, NAMES).connection
    apply(Table(there.http), there.setup)
    rules = {each.name for each in desired(there.setup).records if each.table == "sys_script"}
    assert instance_rules(instance) == rules
    done = run("destroy", "--only", TOY.key, "--yes", "--json")
    assert done.exit_code == 0, done.output
    assert instance_rules(instance) == {name for name in rules if "toy" not in name} != rules


def instance_rules(instance):
    rows = instance.admin("GET", "/state?table=sys_script")["tables"].get("sys_script", [])
    return {row["name"] for row in rows if " AWS " in row["name"]}


def test_what_is_named_is_deployed_beside_cases(instance, pair, run, monkeypatch):
    asked = []

    def steps(request, *_):
        asked.append(set(request.integrations))
        return SimpleNamespace(plan=lambda: Outcome((), (), deployed=False))

    monkeypatch.setattr("integration.operations.rollout.command.Steps", steps)
    given = {
        "--instance-id": instance.url, "--client-id": "client-1", "--client-secret": "secret",
        "--user-sys-id": instance.user, "--private-key-path": str(pair[0]), "--integration-module": "itsm",
    }  # fmt: skip
    words = [word for option in given.items() for word in option]
    done = [run("service-now", *words, "--dry-run", *more) for more in ([], ["--with", TOY.key], ["--with", "all"])]
    assert [each.exit_code for each in done] == [0, 0, 0], done[0].output
    assert asked == [{"cases"}, {"cases", TOY.key}, set(startable())]


TOURS = {(): [], ("cases",): ["cases"], (TOY.key,): [TOY.key], ("cases", TOY.key): ["cases", TOY.key]}


@pytest.mark.parametrize("keys", TOURS)
def test_a_tour_is_of_what_was_started(keys):
    tours = {each.integration.key: load(each.tour) for each in OPERATED if each.tour}
    assert _parts(keys) == [tours[key] for key in TOURS[keys]]


def test_check_asks_its_own_questions(toy, deployed):
    (verdict,) = checks()[TOY.key].deployment(find(deployed, NAMES))
    assert (verdict.subject, verdict.state) == ("toys", "ok")


def test_what_a_deployment_has_is_read_from_its_stacks(toy, deployed):
    """A deployment of cases keeps the toy, and the toy's keeps cases."""

    def there():
        return {each.key for each in present(integration_stacks(Stacks(deployed), NAMES), NAMES)}

    assert there() == {"connection", "cases", "toy"}
    boto3.client("cloudformation").delete_stack(StackName="ToyStack")
    assert there() == {"connection", "cases"}


def test_what_bears_its_names_already_is_told_before_it_is_made(aws):
    """Where it is asked for, and its stack does not stand."""
    new = {each.name for each in named(NAMES, ("cases", TOY.key))} - {each.name for each in named(NAMES)}
    assert new == {FUNCTION, QUEUE}
    boto3.client("sqs").create_queue(QueueName=QUEUE)
    assert list(obstacles(aws, NAMES)) == []
    (verdict,) = obstacles(aws, NAMES, integrations=("cases", TOY.key))
    assert (verdict.state, QUEUE in verdict.told) == ("fail", True)
    _stack("ToyStack", {}, {})
    assert list(obstacles(aws, NAMES, integrations=("cases", TOY.key))) == []


def test_its_role_is_one_the_user_may_keep(toy, deployed):
    assert "sn_incident_read" in find(deployed, NAMES).connection.setup.roles


ASKED = {"cases alone": ("cases",), "the toy": ("cases", "toy")}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("there", [(), ("toy",), ("cases", "toy")])
def test_a_deployment_adds_and_takes_none_away(instance, pair, asked, there):
    request = request_of(NAMES, instance.url, "client-1", "secret", instance.user, pair[0], "itsm")
    kept = completed(replace(request, integrations=ASKED[asked]), {"integrations": there})
    assert set(kept.integrations) == {*ASKED[asked], *there}


def test_its_notification_is_heard_and_no_other_table_s():
    told_of = {"event_type": SAVED, "sys_id": "a" * 32, "table": GROUPS}
    assert detail_of(told_of, NOTIFICATIONS) == told_of
    with pytest.raises(BadNotification, match="table"):
        detail_of(told_of | {"table": "incident"}, NOTIFICATIONS)
