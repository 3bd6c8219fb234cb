"""What an integration keeps stands in a stack before its own, and goes with the data only."""

from __future__ import annotations

import pytest

from integration import registry
from integration.connection.declaration import CONNECTION
from integration.names import Names
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.names import STACK, STATE_STACK

NAMES = Names("blue")


def test_what_is_kept_is_made_before_what_uses_it_and_behind_the_connection():
    stacks = registry.stacks(NAMES, (WORKSPACES, CONNECTION))
    assert stacks == (NAMES.servicenow_stack, f"{STATE_STACK}-blue", f"{STACK}-blue")


@pytest.mark.parametrize(("integrations", "kept"), [((CONNECTION,), ()), ((WORKSPACES,), (f"{STATE_STACK}-blue",))])
def test_most_integrations_keep_nothing(integrations, kept):
    assert registry.kept(NAMES, integrations) == kept
