"""DynamoDB's removal of items whose time is over, when the clock is set forward.

Source: DynamoDB developer guide, "Using time to live": within a few days after the time, in epoch seconds, and nothing
older than five years. Between two settings of the clock items stay, so what is over may still be read, as on AWS.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

_OLDEST_S = 5 * 365 * 24 * 3600


def remove(dynamodb: Any, now: float) -> None:
    """From every table that has it switched on; `dynamodb` is a client of moto's own."""
    for page in dynamodb.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            told = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
            if told["TimeToLiveStatus"] == "ENABLED":
                _sweep(dynamodb, table, told["AttributeName"], now)


def _sweep(dynamodb: Any, table: str, attribute: str, now: float) -> None:
    """A number in the attribute counts, nothing else."""
    keys = [each["AttributeName"] for each in dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]]
    over = {
        "FilterExpression": "attribute_type(#t, :n) AND #t BETWEEN :oldest AND :now",
        "ExpressionAttributeNames": {"#t": attribute},
        "ExpressionAttributeValues": {
            ":n": {"S": "N"}, ":oldest": {"N": str(int(now) - _OLDEST_S)}, ":now": {"N": str(int(now))},
        },
    }  # fmt: skip
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, **over):
        for item in page["Items"]:
            with suppress(dynamodb.exceptions.ConditionalCheckFailedException):  # given more time meanwhile
                dynamodb.delete_item(
                    TableName=table, Key={name: item[name] for name in keys}, ConditionExpression="#t = :t",
                    ExpressionAttributeNames={"#t": attribute}, ExpressionAttributeValues={":t": item[attribute]},
                )  # fmt: skip
