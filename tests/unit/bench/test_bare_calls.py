"""What is made bare are the calls that our code makes: as many as the floor says, with their conditions."""

import pytest

from bench.bare_calls import CHECK, INSTANCE, Place, of_one, of_orders
from bench.workspace_load import IN_ONE, ORDERED
from integration.workspaces.bucket_settings import Rules
from integration.workspaces.bulk import AT_ONCE
from integration.workspaces.naming import BucketNames

PLACE = Place(
    "table",
    "http://queue",
    BucketNames("123456789012", "us-east-1"),
    Rules("http://page", ("arn:aws:iam::1:role/r",)),
    "us-east-1",
)
CHECK_CALLS, BEFORE_THE_CLOCK = 4, 1
"""AssumeRole, POST, GET, DELETE; an order of its own is on the bus before."""


def test_each_of_one_order_has_the_calls_of_its_floor():
    work = of_one(PLACE, "item", 2 * AT_ONCE + 1)
    assert {made(calls) for calls in work.each} == {(IN_ONE.aws, IN_ONE.servicenow)}
    assert len(work.each) == 2 * AT_ONCE + 1


def test_each_order_of_its_own_has_the_calls_of_its_floor():
    work = of_orders(PLACE, ["one", "two"])
    assert {made(calls) for calls in work.each} == {(ORDERED.aws - BEFORE_THE_CLOCK, ORDERED.servicenow)}


def made(calls):
    """Of AWS and of the instance."""
    instance = sum(call.service == INSTANCE for call in calls)
    return len(calls) - instance + (CHECK_CALLS - 1) * sum(call.operation == CHECK for call in calls), instance


def test_every_message_of_the_order_begins_one():
    """And what comes once all are made begins none."""
    work = of_one(PLACE, "item", 2 * AT_ONCE + 1)
    assert sum(len(call.asked.get("Entries", ())) for call in work.head) == len(work.each)
    assert [call.operation for call in work.tail if call.service == INSTANCE] == ["files", "attach", "close"]


@pytest.mark.parametrize("work", [of_one(PLACE, "item", 3), of_orders(PLACE, ["item"])], ids=["of one", "of its own"])
def test_writes_of_the_table_have_their_conditions(work):
    """All but those of a row nobody has: places, audit, the name of an order that is begun with its row."""
    writes = [call for part in (work.head, work.tail, *work.each) for call in part if call.operation == "update_item"]
    assert [call for call in writes if "ConditionExpression" not in call.asked] == []
    transactions = [call for part in work.each for call in part if call.operation == "transact_write_items"]
    assert all("ConditionExpression" in call.asked["TransactItems"][0][verb]
               for call in transactions for verb in call.asked["TransactItems"][0])  # fmt: skip


def test_what_was_written_is_known_by_its_keys():
    work = of_one(PLACE, "item", 2)
    kinds = sorted(pk.partition("#")[0] for pk, sk in work.keys if sk == "latest")
    assert kinds == ["Bucket", "Bucket", "Order", "Order", "Order", "Workspace", "Workspace"]
