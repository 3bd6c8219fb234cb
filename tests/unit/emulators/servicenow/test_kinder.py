"""Who lets the emulated instance be kinder than the platform: every place is listed here, and why."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from integration.emulators.servicenow.switches import KINDER, SWITCHES, Switches

ROOT = Path(__file__).parents[4]
ROOMS = ("tests", "bench", "integration", "lambdas", "servicenow_setup")
OWN = ("integration/emulators/servicenow", "tests/unit/emulators/servicenow", "tests/docs")
"""The emulator, its own tests with both values of each switch, and its page."""
STRICTER = {
    "tests/contract/cases/places.py": {"journal_access"},
    "tests/contract/clients/servicenow/test_hidden_journal.py": {"journal_access"},
    "tests/contract/servicenow_setup/test_setup_bad_places.py": {"journal_access"},
    "tests/contract/servicenow_setup/test_setup_over_http.py": {"attachment_state_delay_s", "column_lengths"},
    "tests/e2e/test_attachments.py": {"attachment_state_delay_s"},
    "tests/e2e/test_update_set_way.py": {"journal_access"},
    "tests/contract/operations/test_cli_check.py": {"journal_access"},
    "tests/contract/operations/test_cli_check_bad_instances.py": {"column_lengths", "journal_access"},
}
"""Files that set such a switch to a value as strict as the default or stricter."""
WHOLE = {
    "tests/contract/servicenow_setup/test_kinder_instance.py",
    "tests/e2e/test_kinder_instance.py",
}
"""What passes on a strict instance passes on the kindest, too: these set `KINDER`."""


def named(path: Path) -> set[str]:
    """Switches that have a kinder value and stand in the source as keyword, attribute, or text, and `KINDER` itself."""
    text, found = path.read_text(), set()
    if not any(name in text for name in (*KINDER, "KINDER")):
        return found
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.Name):
            found.add(node.id)
    return found & {*KINDER, "KINDER"}


def places() -> dict[str, set[str]]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    names = {str(path.relative_to(ROOT)): named(path) for path in paths}
    return {name: found for name, found in names.items() if found and not name.startswith(OWN)}


def test_nobody_sets_a_kinder_value_unseen():
    """Not the tour, the local command, nor any proof; whoever names such a switch anew is listed above, or changed."""
    assert places() == STRICTER | {key: {"KINDER"} for key in WHOLE}


@pytest.mark.parametrize("name", sorted(KINDER))
def test_no_default_is_kinder_than_the_platform(name):
    assert Switches().as_json()[name] != KINDER[name]


def test_kinder_values_can_be_set():
    switches = Switches()
    switches.update(KINDER)
    assert {name: switches.as_json()[name] for name in KINDER} == KINDER
    assert set(KINDER) < set(SWITCHES)
