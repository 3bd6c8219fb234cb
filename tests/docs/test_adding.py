"""The pages on adding something are done as they stand, in a fresh clone: what is edited and typed, in their order."""

from __future__ import annotations

import pytest

from tests.docs.fresh_clone import fresh_clone, git, typed
from tests.docs.pages import DOCS, blocks
from tests.toy.installed import TREE

EDITED = {
    "adding.md": {
        "bench/money.py", "docs/architecture.md", "docs/cdk-bootstrap-policy-1.json",
        "docs/cdk-bootstrap-policy-2.json", "docs/cli.md", "docs/cost.md", "docs/mapping.md",
        "docs/operations.md", "docs/permissions.md", "docs/reference.md", "docs/security.md",
        "integration/cases/wiring.py", "integration/operations/app.py", "integration/operations/cases/alarms.py",
        "integration/operations/cases/grants.py", "integration/operations/commands/bus.py",
        "integration/operations/commands/service_now.py", "integration/operations/deployment/remembered.py",
        "integration/operations/deployment/request.py", "integration/operations/registry.py",
        "integration/registry.py", "lambdas/security_ir_poller/index.py", "mappers/service_now_sir_mapper.py",
        "pyproject.toml", "tests/identity/commands.json", "tests/identity/resources-blue.json",
        "tests/identity/resources-plain.json", "tests/identity/words-blue.json", "tests/identity/words-plain.json",
        "tests/contract/operations/test_cli_remembered.py", "tests/stacks/test_negative_authorization.py",
        "docs/servicenow-setup.md", "docs/workspaces/spa-creator-stack.yaml",
        "integration/emulators/servicenow/choices.py",
        "integration/emulators/servicenow/roles.py", "integration/emulators/servicenow/tables.py",
        "integration/module.py", "integration/operations/cases/people.py", "integration/operations/checking/probe.py",
        "integration/operations/console/actions.py", "mappers/closure.py", "mappers/mapped_statuses.py",
        "mappers/statuses.py", "servicenow_setup/roles.py", "tests/unit/mappers/test_creation_values.py",
        "tests/identity/surface-blue.json", "tests/identity/surface-plain.json",
        "tests/stacks/test_deployment_surface.py",
        *(str(path.relative_to(TREE)) for path in TREE.rglob("*.*") if "__pycache__" not in path.parts),
    },
}  # fmt: skip
"""Page → the files it leaves changed or new, and no others."""


@pytest.fixture
def clone(tmp_path):
    return fresh_clone(tmp_path / "clone")


@pytest.mark.parametrize("page", EDITED)
def test_the_page_is_all_that_is_to_do(clone, page):
    """Every line of it ends well, and nothing is left changed that it does not speak of."""
    said = ""
    for block in blocks(DOCS / page):
        if block.info == "diff":
            git(clone, "apply", given=block.text.encode())
        elif block.info == "sh":
            said += typed(clone, block.text)
    changed = git(clone, "status", "--porcelain", "--untracked-files=all").decode().splitlines()
    assert {line[3:] for line in changed} == EDITED[page]
    assert "security-incident-event-bus-second\n" in said
    assert "7 files changed" in said
