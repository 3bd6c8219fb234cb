"""docs/emulators/security_ir.md names everything a reader could use, and nothing that is not there."""

import re
from pathlib import Path

import pytest

from integration.emulators.kit.admin import routes
from integration.emulators.security_ir.admin import OWN
from integration.emulators.security_ir.faults import CALL_KINDS, EVENT_KINDS
from integration.emulators.security_ir.operations import OPERATIONS
from integration.emulators.security_ir.people import ACTS
from integration.emulators.security_ir.switches import SWITCHES

PAGE = (Path(__file__).parents[4] / "docs/emulators/security_ir.md").read_text()
NAMED = {
    "operations": OPERATIONS,
    "switches": SWITCHES,
    "acts": ACTS,
    "kinds of faults": (*CALL_KINDS, *EVENT_KINDS),
}


@pytest.mark.parametrize("names", NAMED.values(), ids=NAMED)
def test_the_page_names_them_all(names):
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_the_page_lists_the_routes_there_are():
    listed = {re.split(r"[? ]", route)[0] for route in re.findall(r"\| `[A-Z, ]+ (/_admin[^`]*)` \|", PAGE)}
    assert listed == {route.path for route in routes(OWN)} - {"/_admin/{rest:path}"}
