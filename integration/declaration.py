"""The declaration of an integration: data that its functions, stacks, webhook and set-up read. Imports nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Function(NamedTuple):
    """`owner` names it (`Names.of`) and is the key of its rights; `folder` lies below lambdas/.

    `logical_id` is part of its logical ids: with another one CloudFormation would make a second function of the same
    name, which cannot be. `signs_in`: it reads the private key, so a new key starts it afresh. `alarms`: metrics of
    Lambda that the common alarms sum, but for what has an alarm of its own or fails on purpose.
    """

    owner: str
    folder: str
    logical_id: str
    signs_in: bool = False
    alarms: tuple[str, ...] = ("Errors", "Throttles")


class Key(NamedTuple):
    """What a notification may say beside its record: one of `words`, or a text of this `form` (an expression).

    With neither, it is a number for people's eyes: what has not the form of one is dropped, and nothing is refused.
    """

    name: str
    words: tuple[str, ...] = ()
    form: str = ""


class Notification(NamedTuple):
    """What the instance may tell: events of these types about records of these tables.

    A type is one integration's alone. `keys` may be missing; all that is not declared is dropped.
    """

    tables: tuple[str, ...]
    event_types: tuple[str, ...]
    keys: tuple[Key, ...] = ()


class Integration(NamedTuple):
    """`marks`: `correlation_display` of the records it makes in ServiceNow; no other integration takes them.

    `key` is a command group and a dimension of metrics; its room bears the plural. `stack` is where it stands, alone
    or beside others. What is said to name something does so by `Names.of`.
    """

    key: str
    stack: str = ""
    """Without one, it deploys nothing."""
    deploy: str = ""
    """The command that deploys it; without one, that of what it stands beside."""
    keeps: str = ""
    """The stack of what outlives it, deployed before it; most keep nothing."""
    output: str = ""
    """Of the stack; where it shares one, this tells that it is there."""
    functions: tuple[Function, ...] = ()
    queues: tuple[str, ...] = ()
    """Their names; each queue has one for dead letters."""
    dead_letters_of: tuple[str, ...] = ()
    """Names of what else has a queue for them."""
    notifications: tuple[Notification, ...] = ()
    setup: str = ""
    """`module:function` that gives its records in the instance, for `servicenow_setup.desired`; most functions start
    without.
    """
    setup_settings: tuple[str, ...] = ()
    """Of the deployment's settings, those that its records in the instance follow; fields of `SetupSettings`."""
    roles: tuple[str, ...] = ()
    """Of the integration user, which it needs to run beside those of the module."""
    marks: tuple[str, ...] = ()
    metrics: frozenset[str] = frozenset()
    """Counts of its own, beside those that every integration has."""
    log_keys: frozenset[str] = frozenset()
    """Of its log lines, beside those of all: words for ids, counts and bounded words, never for texts."""


def setup_parts(integrations: Iterable[Integration]) -> tuple[str, ...]:
    """What they want in the instance, for `SetupSettings.parts`."""
    return tuple(each.setup for each in integrations if each.setup)


def roles_of(integrations: Iterable[Integration]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role for each in integrations for role in each.roles))
