"""The table of an integration as its stack makes it (`stacks.due_table`), of moto."""

from __future__ import annotations

from typing import Any

from integration import names as n


def make_due_table(dynamodb: Any, name: str) -> None:
    kinds = {"PK": "S", "SK": "S", n.DUE_SHARD: "S", n.DUE: "N"}
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": kind} for each, kind in kinds.items()],
        KeySchema=_keys("PK", "SK"),
        GlobalSecondaryIndexes=[
            {"IndexName": n.DUE_INDEX, "Projection": {"ProjectionType": "ALL"}, "KeySchema": _keys(n.DUE_SHARD, n.DUE)}
        ],
    )


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
