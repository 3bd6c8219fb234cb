"""The page shows the queues that integrations declare, each at its place on the map."""

from integration import registry
from integration.declaration import Integration
from integration.names import Names
from integration.operations.console.queues import shown
from integration.registry import DEFAULT, with_connection

NAMES = Names()
OTHER = Integration(key="toy", stack="servicenow_stack", queues=("backfill_queue",), dead_letters_of=("poller",))


def test_every_declared_queue_is_shown_and_every_other_place_of_dead_letters():
    cards = list(shown(NAMES, registry.INTEGRATIONS))
    assert [card.name for card in cards if card.live] == list(registry.queues(NAMES))
    assert {card.name + "-dead" for card in cards} == set(registry.dead_letter_queues(NAMES))
    assert [card.key for card in shown(NAMES, with_connection(DEFAULT))] == [
        "cases_queue", "incidents_queue", "backfill_queue", "poller", "bus"
    ]  # fmt: skip


def test_what_another_integration_declares_is_shown_by_its_own_name():
    assert [tuple(card) for card in shown(NAMES, [OTHER])] == [
        ("backfill_queue", NAMES.backfill_queue, True), ("poller", NAMES.poller, False)
    ]  # fmt: skip
