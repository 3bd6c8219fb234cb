"""The gate's words: what is asked, who waits, what is answered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from integration.changes.model import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_S = 86_400.0
MARGIN_S = 300.0
"""So long before a wait ends it is answered, whatever is known: afterwards nobody listens."""


class Kind(StrEnum):
    """What waits; also the last part of the hook's path."""

    CODEPIPELINE = "codepipeline"
    STEP_FUNCTIONS = "step-functions"
    GITHUB = "github"
    GITLAB = "gitlab"
    AZURE = "azure"
    URL = "url"


LONGEST_S = dict.fromkeys(Kind, 7 * DAY_S) | {
    Kind.GITHUB: 30 * DAY_S,
    Kind.AZURE: 2 * DAY_S,
    Kind.CODEPIPELINE: 60 * DAY_S,
}
"""How long each waits at most. GitHub ends a job after 30 days, Azure's token is good for 48 hours, an approval of
CodePipeline says itself when it expires. Sources: GitHub, "Reviewing deployments"; Azure DevOps, "Invoke Azure Function
and REST API checks"; CodePipeline user guide, "JSON data format for manual approval notifications".
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """`address`: where the answer goes, by names of its kind; `secret`: what lets it in, if this one wait has its own.

    `ends` (epoch seconds): from then on no answer is taken. `answered`: how, once it was.
    """

    kind: Kind
    address: Mapping[str, str]
    secret: str = field(default="", repr=False)
    ends: float
    answered: str = ""

    @property
    def id(self) -> str:
        """The same however often it is told of."""
        told = json.dumps([self.kind, dict(self.address), self.secret], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    @property
    def answer_by(self) -> float:
        return self.ends - MARGIN_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One wait for one change. `wanted`: members of `Wish` as they were told, names not looked up.

    `fault`: what makes it unusable; then it is answered with that at once, since nobody else would tell the pipeline.
    """

    run: Run
    wanted: Mapping[str, Any]
    waiter: Waiter
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason`: one line for the pipeline's people, made of what the instance and its people said."""

    approved: bool
    reason: str
    number: str = ""

    @property
    def word(self) -> str:
        return "approved" if self.approved else "rejected"

    def told(self, longest: int) -> str:
        """`reason` on one line, without what steers a terminal, no longer than that."""
        line = "".join(each if each.isprintable() else " " for each in " ".join(self.reason.split()))
        return line if len(line) <= longest else line[: longest - 1] + "…"


def to_json(ask: Ask) -> dict[str, Any]:
    """For the gate's queue, which is encrypted."""
    return asdict(ask)


def from_json(told: Mapping[str, Any]) -> Ask:
    """What `to_json` made. Raises KeyError or TypeError for anything else."""
    waiter = {**told["waiter"], "kind": Kind(told["waiter"]["kind"])}
    return Ask(run=Run(**told["run"]), wanted=told["wanted"], waiter=Waiter(**waiter), fault=told["fault"])
