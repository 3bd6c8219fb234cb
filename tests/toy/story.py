"""Run in a repository with the toy: deployed beside cases, heard, polled, claimed, shown, replayed, destroyed."""

import json
import os

from click.testing import CliRunner

from integration.operations.app import cli
from integration.operations.declaration import load
from integration.operations.local import tour
from integration.operations.local.system import LocalSystem, Options, start
from integration.operations.toys.declaration import TOY_OPERATED
from integration.operations.waiting import until
from integration.toys.declaration import MARK, QUEUE, SAVED, WORKER


def main() -> None:
    with start(Options(integrations=("cases", "toy"))) as running:
        os.environ.update(running.plane.operator_environment())
        toured(running)
        polled(running)
        shown(running, groups=2)
        replayed(running)
        shown(running, groups=3)
        left_alone(running)
        destroyed_alone(running)
        destroyed(running)


def typed(*words: str) -> str:
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code in (0, 1), (words, done.output, done.stderr, done.exception)
    return done.stdout


def group(running: LocalSystem, name: str) -> str:
    groups = running.people()
    groups.table = "sys_user_group"
    return str(groups.act("insert", by="admin", enforce=False, name=name)["sys_id"])


def incidents(running: LocalSystem) -> list[str]:
    return [row["correlation_id"] for row in running.people().rows("incident") if row["correlation_display"] == MARK]


def toured(running: LocalSystem) -> None:
    """Heard: the instance's rule told the webhook, the bus the queue, and a pass claimed the row."""
    played = tour.run([load(TOY_OPERATED.tour)], running.people(), "itsm", lambda: 0, lambda: None, lambda _: None)
    assert {step.name: step.why for step in played.steps if not step.arrived} == {}


def polled(running: LocalSystem) -> None:
    """With the rule switched off nothing is heard; what a poll tells twice is one incident all the same."""
    rules = running.people()
    rules.table = "sys_script"
    (rule,) = (row for row in rules.rows("sys_script") if row["name"].endswith("AWS toy saved"))
    rules.act("update", rule["sys_id"], by="admin", enforce=False, active="false")
    unheard = group(running, "Toy of the poll")
    assert running.plane.invoke(WORKER, {})["found"] == {"groups": 2}
    until(lambda: f"toy/{unheard}" in incidents(running))
    until(running.resting)
    assert running.plane.invoke(WORKER, {})["found"] == {"groups": 0}
    assert len(incidents(running)) == len(set(incidents(running))) == 2


def shown(running: LocalSystem, groups: int) -> None:
    until(running.resting)
    told = json.loads(typed("status", "--json"))
    assert {row["incident"] for row in told["integrations"]["toy"]} == {
        row["sys_id"] for row in running.people().rows("incident") if row["correlation_display"] == MARK
    }
    assert "ToyStack" in {stack["name"] for stack in told["stacks"]}
    assert QUEUE in {queue["name"] for queue in told["queues"]}
    assert typed("toy").strip() == str(groups)


def replayed(running: LocalSystem) -> None:
    """A dead letter of its queue goes back there."""
    sys_id = group(running, "Toy of the letter")
    body = {"source": "service-now", "detail-type": SAVED, "detail": {"event_type": SAVED, "sys_id": sys_id}}
    sqs = running.plane.boto3_client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=f"{QUEUE}-dead")["QueueUrl"], MessageBody=json.dumps(body))
    sent = json.loads(typed("replay", "--all", "--yes", "--json"))
    assert sent["sent"] == [sys_id]
    until(lambda: f"toy/{sys_id}" in incidents(running))


def left_alone(running: LocalSystem) -> None:
    """No case was made of what the toy made."""
    assert running.people().cases() == []


def rules(running: LocalSystem) -> set[str]:
    return {row["name"].partition(" ")[2] for row in running.people().rows("sys_script") if " AWS " in row["name"]}


def destroyed_alone(running: LocalSystem) -> None:
    """Its stack and its rule are gone; what is of cases stands."""
    before = set(running.plane.stacks.deployed), rules(running)
    typed("destroy", "--only", "toy", "--yes")
    after = set(running.plane.stacks.deployed), rules(running)
    assert (before[0] - after[0], before[1] - after[1]) == ({"ToyStack"}, {"AWS toy saved"})
    assert json.loads(typed("status", "--json"))["integrations"] == {}


def destroyed(running: LocalSystem) -> None:
    typed("destroy", "--yes")
    assert list(running.plane.stacks.deployed) == [running.names.state_stack]
    assert rules(running) == set()


if __name__ == "__main__":
    main()
