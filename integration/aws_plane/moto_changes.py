"""What moto 5.2 does otherwise than AWS, or at a price that shows where everything goes through it."""

from __future__ import annotations

import copy
import functools
import time
from typing import Any

from moto import backends
from moto.core import responses, serialize
from moto.dynamodb import models as dynamodb_models
from moto.dynamodb.models import table as dynamodb_table
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.parsing import ast_nodes, validators
from moto.events import models as event_models
from moto.events import utils as event_shapes
from moto.iam.access_control import PermissionResult
from moto.s3 import models as s3_models
from moto.s3 import responses as s3_responses
from moto.secretsmanager import models as secrets_models
from moto.sns import models as sns_models
from moto.sns import responses as sns_responses
from moto.sqs import models as sqs_models

_PLAIN = ({"S"}, {"N"}, {"BOOL"})


def make(sent_to: set[str]) -> None:
    """All of them. The names of queues that get something are added to `sent_to`."""
    deliver_whole_events()
    current_unless_asked_otherwise()
    note_queues_in(sent_to)
    cost_less()
    wait_for_the_owner_of_an_address()
    make_buckets_as_s3_does()


def cost_less() -> None:
    """Those after which moto answers as before."""
    look_at_the_clock_cheaply()
    remember_what_stays()
    answer_plain_values_as_they_are()
    keep_only_what_a_transaction_touches()


def deliver_whole_events() -> None:
    """What moto 5.2 delivers lacks `account`, and costs eight JSONPath parsers an event; ours go out as they are.

    Input transformers, which the replaced function is for, are refused by the plane.
    """

    def as_it_is(*, event: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in event.items() if name != "ingestion-time"}

    event_shapes.EventTemplateParser.parse = staticmethod(as_it_is)


def current_unless_asked_otherwise() -> None:
    """GetSecretValue without version and stage is AWSCURRENT; moto 5.2 goes on answering with the version it had before
    the label moved.
    """
    backend = secrets_models.SecretsManagerBackend
    as_asked = backend.get_secret_value

    def get_secret_value(self: Any, secret_id: str, version_id: str, version_stage: str) -> dict[str, Any]:
        stage = version_stage or ("" if version_id else "AWSCURRENT")
        secret: dict[str, Any] = as_asked(self, secret_id, version_id, stage)
        return secret

    backend.get_secret_value = get_secret_value


def wait_for_the_owner_of_an_address() -> None:
    """A mail subscription is pending until its owner confirms; in moto 5.2 it counts at once. No mail goes out here, so
    the token of ConfirmSubscription is the address.
    """
    backend = sns_models.SNSBackend
    as_listed, as_answered = backend.list_subscriptions_by_topic, sns_responses.SNSResponse.confirm_subscription

    def list_subscriptions_by_topic(self: Any, topic_arn: str, next_token: str | None = None) -> tuple[list[Any], Any]:
        found, later = as_listed(self, topic_arn, next_token)
        return [_as_shown(each) for each in found], later

    def confirm_subscription(self: Any) -> Any:
        for each in self.backend.subscriptions.values():
            if each.topic.arn == self._get_param("TopicArn") and each.endpoint == self._get_param("Token"):
                each.confirmed = True
        return as_answered(self)

    backend.list_subscriptions_by_topic = list_subscriptions_by_topic
    sns_responses.SNSResponse.confirm_subscription = confirm_subscription


def _as_shown(subscription: Any) -> Any:
    if subscription.protocol not in ("email", "email-json") or subscription.confirmed:
        return subscription
    shown = copy.copy(subscription)
    shown.arn = "PendingConfirmation"
    return shown


def make_buckets_as_s3_does() -> None:
    """Private and encrypted from the first moment; moto 5.2 leaves both out. A bucket's own policy is judged by the
    plane, with its conditions, which moto does not look at; so are signatures, of which moto guesses that an address
    with `response-content-…` is a false one wherever there is no such key.
    """
    backend = s3_models.S3Backend
    as_asked = backend.create_bucket

    def create_bucket(self: Any, *asked: Any, **more: Any) -> Any:
        made = as_asked(self, *asked, **more)
        made.public_access_block = s3_models.PublicAccessBlock(True, True, True, True)
        default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}
        made.encryption = {"Rule": default}
        return made

    backend.create_bucket = create_bucket
    s3_models.FakeBucket.get_permission = lambda _self, _action, _resource: PermissionResult.NEUTRAL
    s3_responses.S3Response._invalid_headers = lambda *_: False  # noqa: SLF001 - moto calls it by this name alone


def note_queues_in(sent_to: set[str]) -> None:
    """The name of every queue that a message is put into."""
    as_asked = sqs_models.Queue.add_message

    def add_message(self: Any, message: Any) -> None:
        sent_to.add(self.name)
        as_asked(self, message)

    sqs_models.Queue.add_message = add_message


def look_at_the_clock_cheaply() -> None:
    """A queue asks for the time for every message it holds, at each receive three times and more: moto 5.2 reads all
    attributes of the queue to learn how long a message is kept, and makes three datetimes for each look at the clock.
    """

    def is_kept(self: Any, queue_name: str, message: Any) -> bool:
        kept_s = self.get_queue(queue_name).message_retention_period
        until: float = kept_s + message.sent_timestamp / 1000
        return until > time.time()

    backend = sqs_models.SQSBackend
    backend.is_message_valid_based_on_retention_period = is_kept
    sqs_models.unix_time = event_models.unix_time = time.time
    sqs_models.unix_time_millis = lambda: time.time() * 1000


def remember_what_stays() -> None:
    """Each call lists moto's folders and a class's methods, each node of an update expression asks eight validators
    what they are for, and a tree nobody else holds is copied.
    """
    folders = frozenset(backends.list_of_moto_modules())
    _replace(backends, "list_of_moto_modules", lambda: folders)
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)

    @functools.cache
    def kinds(validator: Any) -> Any:
        return as_asked(validator.__new__(validator))

    def deepcopy(what: Any) -> Any:
        return what if isinstance(what, ast_nodes.Node) else copy.deepcopy(what)

    as_asked = ast_nodes.DepthFirstTraverser.nodes_to_be_processed
    _replace(ast_nodes.DepthFirstTraverser, "nodes_to_be_processed", lambda self: kinds(self.__class__))
    _replace(validators, "deepcopy", deepcopy)


def answer_plain_values_as_they_are() -> None:
    """Strings, numbers and truths of an item stand in the table as they are answered. For each, moto 5.2 asks after ten
    kinds of value, under three names each: a hundred rows take a fifth of a second, in which nobody else is answered.
    """
    json_answers = serialize.BaseJSONSerializer
    as_asked = json_answers._serialize_type_structure  # noqa: SLF001 - moto calls it by this name alone

    def structure(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key and type(value) is dict and value.keys() in _PLAIN:
            serialized[key] = value
        else:
            as_asked(self, serialized, value, shape, key)

    _replace(json_answers, "_serialize_type_structure", structure)


def keep_only_what_a_transaction_touches() -> None:
    """Not the whole table for every item, as moto 5.2 does to go back to where one fails: with a thousand links that
    takes a second.
    """
    backend = dynamodb_models.DynamoDBBackend
    as_asked = backend.transact_write_items

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        kept = [_kept(self, op) for item in transact_items for op in item.values() if op["TableName"] in self.tables]
        try:
            as_asked(self, transact_items)
        except Exception:
            for rows, key, before in kept:
                rows.pop(key, None)
                if before is not None:
                    rows[key] = before
            raise

    _replace(backend, "transact_write_items", transact_write_items)
    dynamodb_table.Table.__deepcopy__ = lambda table, _memo: table


def _replace(owner: Any, name: str, by: Any) -> None:
    """What was there is its `__wrapped__`."""
    setattr(owner, name, functools.wraps(getattr(owner, name))(by))


def _kept(backend: Any, op: dict[str, Any]) -> tuple[dict[Any, Any], Any, Any]:
    """Where an item of a table with both keys stands, its key there, and a copy of it."""
    table, key = backend.tables[op["TableName"]], op.get("Key") or op["Item"]
    rows = table.items[DynamoType(key[table.hash_key_attr])]
    place = DynamoType(key[table.range_key_attr])
    return rows, place, copy.deepcopy(rows.get(place))
