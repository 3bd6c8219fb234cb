"""The stack and the policy of workspaces as files: others read from them what is deployed. Mend: `make docs`."""

from __future__ import annotations

import json

import yaml

from integration.operations.commands.template_export import portable
from integration.operations.registry import grants
from integration.workspaces import names as w
from tests.docs.pages import DOCS
from tests.docs.workspace_files import NOTED, deployed

STACK, POLICY = (DOCS / "workspaces" / name for name in ("spa-creator-stack.yaml", "spa-creator-policy.json"))
OWNERS = {
    "SandboxSpaCreator": w.CREATOR, "SandboxSpaBackend": w.BACKEND, "SandboxSpaWorker": w.WORKER,
    "SandboxSpaReaper": w.REAPER, "Files": w.FILES_ROLE, "Sweep": w.SCHEDULE,
}  # fmt: skip


def test_who_reads_the_stack_reads_the_template_that_is_deployed():
    assert yaml.safe_load(STACK.read_text()) == NOTED | portable(deployed())


def test_the_policy_has_every_right_of_every_role_and_no_other():
    said = {}
    for each in json.loads(POLICY.read_text())["Statement"]:
        actions = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
        assert each["Effect"] == "Allow"
        said.setdefault(each["Sid"].rstrip("0123456789"), set()).update(actions)
    granted = {part: {action for each in grants()[owner] for action in each.actions} for part, owner in OWNERS.items()}
    assert said == granted


def test_the_policy_says_what_only_a_deployment_knows_as_a_template_does():
    text = POLICY.read_text()
    assert "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/sandbox-spa-resources" in text
    assert "Fn::" not in text
