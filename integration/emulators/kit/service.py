"""What every emulated service holds: its clock, calls, changes, faults, switches and files."""

from __future__ import annotations

import shutil
import tempfile
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from .calls import Calls
from .changes import Changes
from .clock import Clock
from .faults import Fault, Faults
from .switches import Switches

S = TypeVar("S", bound=Switches)
F = TypeVar("F", bound=Fault)


class Service(ABC, Generic[S, F]):
    """`start` and `close` frame its life in an application; `ending` is set before, so that nobody waits on."""

    NAME: ClassVar[str]

    def __init__(self, switches: S, faults: type[F], clock: Clock | None = None) -> None:
        self.switches = switches
        self.faults = Faults(faults)
        self.clock = clock or Clock()
        self.calls = Calls()
        self.changes = Changes()
        self.ending = threading.Event()
        self._folder: Path | None = None
        self._making = threading.Lock()

    @property
    def files(self) -> Path:
        """Their folder, made for the first."""
        with self._making:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix=f"{self.NAME}-"))
            return self._folder

    def start(self) -> None:
        """Begins what runs beside the requests."""

    def close(self) -> None:
        """Ends it, and removes the files."""
        self.ending.set()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def reset(self) -> None:
        """Back to the start; switches, clock and change numbers go on."""
        self.faults.clear()
        self.calls.clear()
        for file in self._folder.iterdir() if self._folder else ():
            file.unlink()

    def switched(self) -> None:
        """Called when switches were set."""

    def moved(self) -> None:
        """Called when the clock was moved."""

    def overview(self) -> dict[str, Any]:
        """What `GET /_admin` says besides its name."""
        return {}

    @abstractmethod
    def state(self, **asked: list[str]) -> Any:
        """All it holds, as JSON; `asked` narrows it."""
