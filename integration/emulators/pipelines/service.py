"""The state of the emulated pipelines: who waits, by what they are known, and what they were answered."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from integration.emulators.kit import service as kit

from .faults import Fault
from .switches import Switches

if TYPE_CHECKING:
    from integration.emulators.kit.clock import Clock

WAITS = "waiting"


@dataclass
class Wait:
    """One deployment that waits. `path`: where its answer goes; `token`: what lets the answer in; `until`: epoch
    seconds, None for ever.

    `answers`: all that came and were taken, so that a second one shows.
    """

    path: str
    token: str = ""
    until: float | None = None
    state: str = WAITS
    environment: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Job:
    """GitLab's: `blocked` until its deployment is approved, then `manual` until somebody plays it."""

    project: str
    deployment: str
    job: str
    pipeline: str
    environment: str
    status: str = "blocked"
    answers: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Installation:
    """Of the GitHub App: which repositories its tokens are good for."""

    repositories: tuple[str, ...]
    tokens: dict[str, float] = field(default_factory=dict)


class Service(kit.Service[Switches, Fault]):
    """Several systems behind one address; their paths tell them apart.

    `app_id` and `app_key` (public key, PEM) are those the GitHub App was registered with, `gitlab_token` that of
    whoever approves.
    """

    NAME = "pipelines"

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        switches: Switches | None = None,
        app_id: str = "1",
        app_key: str = "",
        gitlab_token: str = "glpat-emulated",  # noqa: S107 - of nobody
    ) -> None:
        super().__init__(switches or Switches(), Fault, clock)
        self.lock = threading.RLock()
        self.app_id, self.app_key, self.gitlab_token = app_id, app_key, gitlab_token
        self.reset()

    def reset(self) -> None:
        with self.lock:
            super().reset()
            self.installations: dict[str, Installation] = {}
            self.runs: dict[str, Wait] = {}
            self.jobs: dict[str, Job] = {}
            self.plans: dict[str, Wait] = {}
            self.hooks: dict[str, Wait] = {}
            self.approvals: dict[str, Wait] = {}
            self.tasks: dict[str, Wait] = {}

    def answered(self, wait: Wait | Job, state: str, what: dict[str, Any]) -> None:
        if isinstance(wait, Wait):
            wait.state = state
        else:
            wait.status = state
        wait.answers.append(what)
        self.changes.add(at=self.clock(), kind="Answered", state=state)

    def state(self, **_: list[str]) -> Any:
        kinds = ("runs", "jobs", "plans", "hooks", "approvals", "tasks")
        with self.lock:
            return {kind: {key: asdict(each) for key, each in getattr(self, kind).items()} for kind in kinds}
