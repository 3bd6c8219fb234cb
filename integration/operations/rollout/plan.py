"""What a run would change, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.operations.deployment.cloudformation import GONE
from integration.operations.rollout.difference import summed
from integration.operations.terminal.output import many

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from integration.names import Names
    from integration.operations.checking.verdict import Verdict
    from integration.operations.deployment.cloudformation import Stack, Stacks
    from integration.operations.rollout.assembly import Assembly
    from integration.operations.rollout.difference import Difference
    from integration.operations.terminal.output import Output

NEVER_FINISHED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
"""Its creation failed; what its policies retain stands all the same."""


@dataclass(frozen=True)
class Outcome:
    """For `--json`. `changes` are what was (or would be) changed, `secrets` what was (or would be) stored."""

    changes: tuple[Difference, ...]
    secrets: tuple[str, ...]
    deployed: bool
    webhook_url: str = ""
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class Plan:
    """`there` are the stacks as they stand; `archive` and `settings` are what the assembly was made from."""

    there: Mapping[str, Stack | None]
    archive: Path
    settings: str
    assembly: Assembly
    changes: tuple[Difference, ...]
    secrets: tuple[str, ...]

    @property
    def first(self) -> bool:
        """Nothing of ours was ever set up in the instance by this deployment."""
        return any(each is None or each.status in (*GONE, *NEVER_FINISHED) for each in self.there.values())

    @property
    def empty(self) -> bool:
        """A stack that is not usable is a reason to deploy, though its template is the wanted one."""
        return not self.changes and not self.secrets and all(each and each.usable for each in self.there.values())


def show(plan: Plan, names: Names, stacks: Stacks | None, output: Output) -> None:
    """To the person; `stacks` None: nobody could look at what stands."""
    _name_what_stays(plan, names, stacks, output)
    if plan.secrets:
        output.result(f"Secrets to be stored: {', '.join(plan.secrets)}.")
    if not plan.changes:
        output.result("No resource changes.")
        return
    new = [name for name, stack in plan.there.items() if stack is None or stack.status in GONE]
    careful = sum(change.careful for change in plan.changes)
    title = f"{many(len(plan.changes), 'change')}, {careful} of them of rights or keys"
    rows = summed(plan.changes, new)
    if not output.narrow:
        output.table(title, ("", "stack", "type", "resource"), rows)
        return
    output.result(title)
    for stack in dict.fromkeys(stack for _, stack, _, _ in rows):
        within = [(verb, kind, what) for verb, of, kind, what in rows if of == stack]
        output.table(stack, ("", "type", "resource"), within)


def _name_what_stays(plan: Plan, names: Names, stacks: Stacks | None, output: Output) -> None:
    """The log role that an earlier version named: others may log through it, so an update only leaves it."""
    stack, role = plan.there[names.state_stack], names.former_api_log_role
    if stack and stacks and ("AWS::IAM::Role", role) in stacks.resources(stack.name).values():
        output.result(f"The role {role} is replaced and stays; `destroy --delete-data` takes it away.")
