"""Items whose time is over go when the clock is set past it; what has no time, or no number there, stays."""

HOUR_S = 3600
TABLE = {
    "TableName": "timed", "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
}  # fmt: skip


def test_items_go_when_their_time_is_over(plane):
    dynamodb, now = plane.boto3_client("dynamodb"), int(plane.hours.now())
    times = {
        "soon": {"removeAt": {"N": str(now + HOUR_S)}}, "later": {"removeAt": {"N": str(now + 3 * HOUR_S)}},
        "never": {}, "text": {"removeAt": {"S": str(now)}},
        "old": {"removeAt": {"N": str(now - 6 * 365 * 24 * HOUR_S)}},
    }  # fmt: skip
    dynamodb.create_table(**TABLE)
    dynamodb.create_table(**{**TABLE, "TableName": "untimed"})
    dynamodb.update_time_to_live(
        TableName="timed", TimeToLiveSpecification={"Enabled": True, "AttributeName": "removeAt"}
    )
    for table in ("timed", "untimed"):
        for name, more in times.items():
            dynamodb.put_item(TableName=table, Item={"PK": {"S": name}, "SK": {"S": "latest"}, **more})
    plane.forward(2 * HOUR_S)
    left = [{e["PK"]["S"] for e in dynamodb.scan(TableName=t)["Items"]} for t in ("timed", "untimed")]
    assert left == [set(times) - {"soon"}, set(times)]
