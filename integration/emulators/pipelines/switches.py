"""What no source settles about these systems."""

from __future__ import annotations

from dataclasses import dataclass

from integration.emulators.kit import switches as kit
from integration.emulators.kit.switches import switch


@dataclass
class Switches(kit.Switches):
    github_done_status: int = switch(
        422, "status of an answer to a run that waits for none", schema={"enum": [404, 409, 422]}
    )
    gitlab_done_status: int = switch(
        400, "status of a decision about a deployment that waits for none", schema={"enum": [400, 404, 409]}
    )
    azure_done_status: int = switch(404, "status of an event for a plan that is over", schema={"enum": [404, 409, 410]})
    hook_done_status: int = switch(404, "status of a one-time address that was used", schema={"enum": [404, 409, 410]})
