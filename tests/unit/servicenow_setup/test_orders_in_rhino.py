"""The rules about orders once more in Rhino, with script strings and with Java strings (see test_rules_in_rhino)."""

from __future__ import annotations

from tests.unit.servicenow_setup.test_rules_in_rhino import (  # noqa: F401 - fixtures and marks under their own names
    new_host,
    process,
    pytestmark,
    rhino,
)
from tests.unit.servicenow_setup.test_workspaces import (  # noqa: F401 - the scenarios, under their own names
    ready,
    test_a_rule_tells_which_order_to_look_at_and_nothing_of_it,
    test_of_what_our_user_writes_only_its_orders_are_news,
    test_the_rule_before_an_order_is_stored_approves_it,
    wanting,
)
