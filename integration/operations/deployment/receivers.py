"""Reads from SNS and CloudWatch who receives alarms and which alarms ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from integration.aws.errors import raising_ours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.names import Names
    from integration.operations.deployment.account import Account

PENDING = "PendingConfirmation"
"""Stands for the ARN of a subscription whose owner has not confirmed it (SNS API, ListSubscriptionsByTopic)."""
_GONE = ("NotFound", "NotFoundException", "InvalidParameter")


@dataclass(frozen=True, slots=True)
class Receiver:
    """An address, or the ARN of somebody's topic; `confirmed` is False while AWS waits for the address's owner."""

    address: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Alarms:
    """`ringing` by name; `receivers` as they stand."""

    ringing: tuple[str, ...]
    receivers: tuple[Receiver, ...]

    @property
    def pending(self) -> list[str]:
        return [each.address for each in self.receivers if not each.confirmed]

    @property
    def listening(self) -> list[str]:
        return [each.address for each in self.receivers if each.confirmed]


def topic_arn(account: Account, names: Names) -> str:
    partition = account.arn.split(":")[1]
    return f"arn:{partition}:sns:{account.region}:{account.account_id}:{names.alarm_topic}"


def alarms(account: Account, names: Names) -> Alarms:
    """Raises `RemoteError`. A topic that is not there has no receivers."""
    own = topic_arn(account, names)
    with raising_ours("a look at the alarms and their topic"):
        pages = (
            account.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=names.alarm_prefix)
        )
        found = [each for page in pages for each in page["MetricAlarms"] if _ours(each["AlarmName"], names)]
        subscriptions = _subscriptions(account, own)
    others = sorted({action for each in found for action in each.get("AlarmActions") or () if action != own})
    ringing = sorted(each["AlarmName"] for each in found if each["StateValue"] == "ALARM")
    return Alarms(tuple(ringing), (*subscriptions, *(Receiver(each) for each in others)))


def confirm_command(account: Account, names: Names, address: str) -> str:
    """AWS's mail lives three days; the same subscription asked for again sends another."""
    return (
        f"Follow the link in AWS's mail to {address}. For another mail: aws sns subscribe --protocol email "
        f"--topic-arn {topic_arn(account, names)} --notification-endpoint {address} --region {account.region}"
    )


def _subscriptions(account: Account, topic: str) -> Sequence[Receiver]:
    pages = account.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    try:
        found = [each for page in pages for each in page["Subscriptions"]]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _GONE:
            return ()
        raise
    return [Receiver(str(each["Endpoint"]), each["SubscriptionArn"] != PENDING) for each in found]


def _ours(alarm: str, names: Names) -> bool:
    """The default deployment's prefix is the beginning of a named one's, too."""
    return "-" not in alarm.removeprefix(names.alarm_prefix)
