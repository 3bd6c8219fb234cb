"""One DynamoDB table with keys PK and SK. Reads are consistent, writes may have conditions, nothing is scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import SYSTEM, AwsError, ConditionFailed, error_for
from integration.aws.item import Delete, Item, Put, Update, expression, from_item, key_of, request, to_item
from integration.clients.errors import RemoteError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from boto3.dynamodb.conditions import ConditionBase

    from integration.aws.item import Key, Write

_BATCH = 100
"""BatchGetItem takes no more keys, TransactWriteItems no more writes."""


class Table:
    """`client`: a boto3 DynamoDB client (`errors.connect`). Every method raises `RemoteError`."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self.name = client, name

    def get(self, pk: str, sk: str) -> Item | None:
        answer = self._call("get_item", TableName=self.name, Key=key_of((pk, sk)), ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def batch(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """The items there are, by key. Raises `Unavailable` if the table does not serve all keys in five rounds."""
        wanted = list(dict.fromkeys(keys))
        found: dict[Key, Item] = {}
        for start in range(0, len(wanted), _BATCH):
            found |= self._batch([key_of(key) for key in wanted[start : start + _BATCH]])
        return found

    def put(self, item: Mapping[str, Any], condition: ConditionBase | None = None) -> None:
        self.write(Put(item, condition))

    def update(self, update: Update) -> Item:
        """The whole item as it then is."""
        answer = self._write("update_item", {**request(update), "ReturnValues": "ALL_NEW"})
        return from_item(answer["Attributes"])

    def delete(self, pk: str, sk: str, condition: ConditionBase | None = None) -> None:
        self.write(Delete((pk, sk), condition))

    def write(self, write: Put | Update | Delete) -> None:
        """Raises `ConditionFailed` with the item that stands there instead."""
        self._write(f"{type(write).__name__.lower()}_item", request(write))

    def transact(self, writes: Sequence[Write], token: str = "") -> None:
        """All or none. The same `token` (at most 36 characters) within ten minutes writes once."""
        items = [{_operation(write): {**request(write), **self._target()}} for write in writes]
        self._call("transact_write_items", TransactItems=items, **({"ClientRequestToken": token} if token else {}))

    def query(
        self,
        key: ConditionBase,
        *,
        index: str = "",
        limit: int | None = None,
        forward: bool = True,
    ) -> Iterator[Item]:
        """Items of one partition in sort order, page by page; `key` as in `Key("PK").eq(…) & Key("SK").begins_with(…)`.

        An index shows items a moment late and, unless it projects all, with its own attributes only.
        """
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        asked: Item = {"KeyConditionExpression": expression(key, names, values, key=True), "ScanIndexForward": forward}
        asked |= {"ExpressionAttributeNames": names, "ExpressionAttributeValues": to_item(values)}
        asked |= {"IndexName": index} if index else {"ConsistentRead": True}
        left = limit
        while left is None or left > 0:
            page = self._call("query", TableName=self.name, **asked, **({"Limit": left} if left else {}))
            yield from map(from_item, page["Items"])
            left = None if left is None else left - len(page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _target(self) -> Item:
        return {"TableName": self.name, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

    def _write(self, operation: str, asked: Mapping[str, Any]) -> Item:
        return self._call(operation, **asked, **self._target())

    def _batch(self, keys: list[Item]) -> dict[Key, Item]:
        found: dict[Key, Item] = {}
        left: Item = {self.name: {"Keys": keys, "ConsistentRead": True}}
        for _ in range(5):
            answer = self._call("batch_get_item", RequestItems=left)
            for item in map(from_item, answer["Responses"].get(self.name, [])):
                found[item["PK"], item["SK"]] = item
            left = answer.get("UnprocessedKeys") or {}
            if not left:
                return found
        raise Unavailable(SYSTEM, "the table does not serve all keys of a batch")

    def _call(self, operation: str, **asked: Any) -> Item:
        try:
            answer: Item = getattr(self._client, operation)(**asked)
        except ClientError as error:
            raise _failure(error, operation) from None
        except BotoCoreError as error:
            raise error_for(error, operation, write=_writes(operation)) from None
        return answer


def _operation(write: Write) -> str:
    name = type(write).__name__
    return "ConditionCheck" if name == "Check" else name


def _writes(operation: str) -> bool:
    return operation not in ("get_item", "batch_get_item", "query")


def _failure(error: ClientError, operation: str) -> RemoteError:
    response: Mapping[str, Any] = error.response
    retried = bool(response.get("ResponseMetadata", {}).get("RetryAttempts"))
    code = response.get("Error", {}).get("Code")
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(_standing(response), retried=retried)
    if code == "TransactionCanceledException":
        return _cancelled(response.get("CancellationReasons") or [], retried=retried)
    return error_for(error, operation, write=_writes(operation))


def _cancelled(reasons: Sequence[Mapping[str, Any]], *, retried: bool) -> RemoteError:
    """A failed condition is an answer; everything else that cancels is a neighbour at work or a busy table."""
    for index, reason in enumerate(reasons):
        if reason.get("Code") == "ConditionalCheckFailed":
            return ConditionFailed(_standing(reason), index=index, retried=retried)
    codes = sorted({str(reason.get("Code")) for reason in reasons} - {"None"})
    if "ValidationError" in codes or "ItemCollectionSizeLimitExceeded" in codes:
        return AwsError(f"transact_write_items: {', '.join(codes)}")
    return Unavailable(SYSTEM, f"transact_write_items: {', '.join(codes)}")


def _standing(reason: Mapping[str, Any]) -> Item | None:
    return from_item(reason["Item"]) if reason.get("Item") else None
