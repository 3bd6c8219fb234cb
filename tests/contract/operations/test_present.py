"""Which integrations a deployment has is told by its stacks, and by nothing that is kept elsewhere."""

import pytest

from integration import names as n
from integration.names import Names
from integration.operations.deployment.cloudformation import GONE, Stack, present
from integration.registry import stacks

NAMES = Names()
WEBHOOK, CLIENT = {n.OUTPUT_WEBHOOK: "https://"}, {n.OUTPUT_CLIENT: "arn"}
STANDS = {
    "the connection alone": ("CREATE_COMPLETE", WEBHOOK, ["connection"]),
    "with cases": ("CREATE_COMPLETE", WEBHOOK | CLIENT, ["cases", "connection"]),
    "while it changes": ("UPDATE_IN_PROGRESS", WEBHOOK | CLIENT, ["cases", "connection"]),
    "after a failed change": ("UPDATE_ROLLBACK_FAILED", WEBHOOK | CLIENT, ["cases", "connection"]),
    **{status: (status, WEBHOOK | CLIENT, []) for status in GONE},
}


def keys(stack):
    there = dict.fromkeys(stacks(NAMES)) | {NAMES.servicenow_stack: stack}
    return [each.key for each in present(there, NAMES)]


@pytest.mark.parametrize("how", STANDS)
def test_what_shares_a_stack_is_told_by_its_output(how):
    status, outputs, there = STANDS[how]
    assert keys(Stack(NAMES.servicenow_stack, status, outputs)) == there


def test_without_a_stack_nothing_is_there():
    assert keys(None) == []
