"""The table adapter over moto: plain Python in and out, conditions that fail with what stands there."""

from __future__ import annotations

import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from integration.aws.errors import AwsError, ConditionFailed
from integration.aws.item import Check, Delete, Put, Update, from_item, to_item
from integration.aws.table import Table
from integration.clients.errors import Misconfigured, RemoteError, Unavailable

NEW = Attr("PK").not_exists()


@pytest.fixture
def table(client):
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="links",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "PK", "AttributeType": "S"}, {"AttributeName": "SK", "AttributeType": "S"},
            {"AttributeName": "shard", "AttributeType": "S"}, {"AttributeName": "due", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[{
            "IndexName": "due", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "shard", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}],
        }],
    )  # fmt: skip
    return Table(dynamodb, "links")


def item(sk="latest", **values):
    return {"PK": "Case#1", "SK": sk, **values}


FLOATS = st.floats(-1e9, 1e9).map(lambda number: round(number, 6))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text() | FLOATS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(min_size=1), VALUES, max_size=5))
def test_what_goes_in_comes_out(values):
    """Numbers stay numbers: nobody above this room meets a Decimal."""
    assert from_item(to_item(values)) == values


def test_bytes_and_tuples():
    assert from_item(to_item({"a": b"\x00", "b": (1, 2.5)})) == {"a": b"\x00", "b": [1, 2.5]}


class TestSingle:
    def test_none_means_there_is_none(self, table):
        assert table.get("Case#1", "latest") is None

    def test_put_get_delete(self, table):
        table.put(item(status="Submitted", version=1))
        assert table.get("Case#1", "latest") == item(status="Submitted", version=1)
        table.delete("Case#1", "latest")
        assert table.get("Case#1", "latest") is None

    def test_a_failed_condition_tells_what_stands_there(self, table):
        """The one who lost needs to know to whom."""
        table.put(item(owner="a"), NEW)
        with pytest.raises(ConditionFailed) as caught:
            table.put(item(owner="b"), NEW)
        assert caught.value.item == item(owner="a")
        with pytest.raises(ConditionFailed) as caught:
            table.delete("Case#1", "latest", Attr("owner").eq("b"))
        assert caught.value.item == item(owner="a")

    def test_a_condition_on_nothing(self, table):
        with pytest.raises(ConditionFailed) as caught:
            table.update(Update(("Case#1", "latest"), values={"a": 1}, condition=Attr("PK").exists()))
        assert caught.value.item is None
        assert not caught.value.retried

    def test_an_update_returns_the_whole_item(self, table):
        table.put(item(kept="x", old="y", count=1))
        update = Update(
            ("Case#1", "latest"),
            values={"status": "Closed", "none": None},
            defaults={"kept": "z", "first": 1},
            added={"count": 2},
            removed=["old"],
            condition=Attr("count").eq(1) & Attr("status").not_exists(),
        )
        after = item(kept="x", count=3, status="Closed", none=None, first=1)
        assert table.update(update) == after
        assert table.get("Case#1", "latest") == after

    def test_reserved_words_are_names_like_others(self, table):
        names = ["name", "status", "owner", "table", "size", "a.b", "with space"]
        table.update(Update(("Case#1", "latest"), values=dict.fromkeys(names, 1)))
        assert table.get("Case#1", "latest") == item() | dict.fromkeys(names, 1)


class TestMany:
    def test_a_batch_larger_than_one_call(self, table):
        for number in range(103):
            table.put(item(sk=f"{number:03d}", n=number))
        keys = [("Case#1", f"{number:03d}") for number in range(110)]
        found = table.batch([*keys, keys[0]])
        assert {key: row["n"] for key, row in found.items()} == {keys[n]: n for n in range(103)}

    def test_a_query_reads_all_pages_in_order(self, table):
        for number in range(5):
            table.put(item(sk=f"Comment#{number}", text="x" * 300_000))
        table.put(item(sk="latest"))
        key = Key("PK").eq("Case#1") & Key("SK").begins_with("Comment#")
        assert [row["SK"] for row in table.query(key)] == [f"Comment#{number}" for number in range(5)]
        assert [row["SK"] for row in table.query(key, limit=2, forward=False)] == ["Comment#4", "Comment#3"]

    def test_a_query_of_an_index(self, table):
        for number in range(4):
            table.put(item(sk=str(number), shard="s", due=number))
        table.put(item(sk="latest"))
        key = Key("shard").eq("s") & Key("due").lte(2)
        assert [row["due"] for row in table.query(key, index="due")] == [0, 1, 2]


class TestTransactions:
    def test_all_or_none(self, table):
        table.put(item(version=1))
        writes = [
            Put({"PK": "Incident#a", "SK": "latest"}, NEW),
            Update(("Case#1", "latest"), values={"version": 2}, condition=Attr("version").eq(7)),
        ]
        with pytest.raises(ConditionFailed) as caught:
            table.transact(writes)
        assert (caught.value.index, caught.value.item) == (1, item(version=1))
        assert table.get("Incident#a", "latest") is None

    def test_every_kind_of_write(self, table):
        table.put(item("a"))
        table.put(item("b"))
        table.transact([
            Put(item("c")), Update(("Case#1", "a"), values={"x": 1}), Delete(("Case#1", "b")),
            Check(("Case#1", "d"), Attr("PK").not_exists()),
        ], token="t1")  # fmt: skip
        assert [row["SK"] for row in table.query(Key("PK").eq("Case#1"))] == ["a", "c"]


CANCELLED = [
    (["None", "TransactionConflict"], Unavailable),
    (["ThrottlingError", "None"], Unavailable),
    (["ProvisionedThroughputExceeded"], Unavailable),
    (["TransactionConflict", "ConditionalCheckFailed"], ConditionFailed),
    (["ValidationError"], AwsError),
]


@pytest.mark.parametrize(("codes", "kind"), CANCELLED)
def test_why_a_transaction_was_cancelled(table, codes, kind):
    """A neighbour at work is no answer to our condition."""
    with Stubber(table._client) as stub:
        reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
        stub.add_client_error("transact_write_items", "TransactionCanceledException", "", 400, modeled_fields=reasons)
        with pytest.raises(RemoteError) as caught:
            table.transact([Put(item())])
    assert type(caught.value) is kind


FAILURES = [
    ("ThrottlingException", 400, Unavailable, False),
    ("ProvisionedThroughputExceededException", 400, Unavailable, False),
    ("TransactionConflictException", 400, Unavailable, False),
    ("InternalServerError", 500, Unavailable, True),
    ("AccessDeniedException", 400, Misconfigured, None),
    ("ResourceNotFoundException", 400, Misconfigured, None),
    ("ValidationException", 400, AwsError, None),
]


@pytest.mark.parametrize(("code", "status", "kind", "unknown"), FAILURES)
def test_what_the_table_s_errors_mean(table, code, status, kind, unknown):
    with Stubber(table._client) as stub:
        stub.add_client_error("put_item", code, "value of Mr Smith", status)
        with pytest.raises(RemoteError) as caught:
            table.put(item())
    assert type(caught.value) is kind
    assert getattr(caught.value, "outcome_unknown", None) is unknown
    assert "Smith" not in str(caught.value)


def test_our_own_write_may_be_what_stands_there(table):
    """botocore repeats a write whose answer was lost, and the repeat meets the first one."""
    with Stubber(table._client) as stub:
        stub.add_client_error(
            "put_item", "ConditionalCheckFailedException", "", 400, response_meta={"RetryAttempts": 1}
        )
        with pytest.raises(ConditionFailed) as caught:
            table.put(item(), NEW)
    assert caught.value.retried


def test_keys_that_are_never_served_are_no_absence(table, monkeypatch):
    """A ledger row that was not read would be written again as a comment."""
    unserved = {"Responses": {}, "UnprocessedKeys": {"links": {"Keys": [to_item({"PK": "a", "SK": "b"})]}}}
    monkeypatch.setattr(table._client, "batch_get_item", lambda **_: unserved)
    with pytest.raises(Unavailable):
        table.batch([("a", "b")])


def test_the_name_of_an_unknown_table_is_a_setting(client):
    with pytest.raises(Misconfigured):
        Table(client("dynamodb"), "nothing").get("a", "b")


def test_causes_are_withheld(table):
    """botocore's own message may quote the item."""
    with Stubber(table._client) as stub:
        stub.add_client_error("put_item", "ValidationException", "secret", 400)
        with pytest.raises(RemoteError) as caught:
            table.put(item())
    assert caught.value.__suppress_context__
    assert isinstance(caught.value.__context__, ClientError)
