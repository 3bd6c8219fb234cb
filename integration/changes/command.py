"""Runs the wrapped command as it would run alone: same streams, a process group of its own, signals passed on.

Dies after the start: the command goes on to its end, for a deployment cut in the middle is worse than one nobody
watches; the next try of the run finds a change that began and never ended, and says so.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from integration.changes import exits
from integration.changes.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_S, STREAMS_S = 30.0, 2.0
"""Between SIGTERM and SIGKILL; and for the streams of a command that ended, which a daemon of its may hold open."""
LOG_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024


class NoCommand(Exception):
    """It cannot be started; `code` is a shell's for it."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


class Interrupted(KeyboardInterrupt):
    """A signal ended the waiting; nothing was under way."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


def must_be_there(words: Sequence[str]) -> None:
    """Raises `NoCommand` before anything is changed. A name without a slash is looked for as a shell does."""
    if shutil.which(words[0]):
        return
    if "/" in words[0] and Path(words[0]).exists():
        raise NoCommand(
            f"{words[0]} cannot be executed: chmod +x, or name its interpreter before it", exits.NOT_EXECUTABLE
        )
    raise NoCommand(f"{words[0]} is not there: check its path, or the folder this runs in", exits.NOT_FOUND)


class Log:
    """The end of what a command writes, without secrets; safe for threads."""

    def __init__(self, secrets: Iterable[str], limit: int = LOG_BYTES) -> None:
        self._secrets, self._limit = tuple(secrets), limit
        self._lock, self._kept, self._left_out = threading.Lock(), bytearray(), 0

    def stream(self) -> Stream:
        return Stream(self, Redaction(self._secrets))

    def add(self, piece: bytes) -> None:
        with self._lock:
            self._kept += piece
            over = len(self._kept) - self._limit
            if over > 0:
                del self._kept[:over]
                self._left_out += over

    def content(self) -> bytes:
        with self._lock:
            head = f"[{self._left_out} bytes before this are left out]\n".encode() if self._left_out else b""
            return head + bytes(self._kept)


class Stream:
    """One of those that a log is made of: it adds whole lines, so that two do not mix within one."""

    def __init__(self, log: Log, redaction: Redaction) -> None:
        self._log, self._redaction, self._line = log, redaction, b""

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        self._line += self._redaction.fed(piece, last=last)
        if last and self._line:
            self._line = self._line.removesuffix(b"\n") + b"\n"
        whole = len(self._line) if last or len(self._line) > _CHUNK_BYTES else self._line.rfind(b"\n") + 1
        self._log.add(self._line[:whole])
        self._line = self._line[whole:]


class Command:
    """The port `Child`, of one command, once. `environment` is read at its start; without `log` streams are ours."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], log: Log | None = None) -> None:
        self._words, self._environment, self._log = words, environment, log
        self._process: subprocess.Popen[bytes] | None = None
        self._pumps: list[threading.Thread] = []
        self._group = True
        self._code: int | None = None
        self.asked = 0
        """A signal that came before: it is not started any more."""

    @property
    def running(self) -> bool:
        return self._process is not None and self._code is None

    @property
    def started(self) -> bool:
        return self._process is not None or self._code is not None

    def start(self) -> None:
        """What cannot be executed after all has ended at once, with a shell's code for it."""
        if self.asked:
            self._code = exits.as_in_a_shell(-self.asked)
            return
        sys.stdout.flush()
        self._group = not sys.stdin.isatty()  # a group of its own could not read from the terminal
        streams = subprocess.PIPE if self._log else None
        try:
            self._process = subprocess.Popen(  # noqa: S603 - running what the user typed is what this is for
                self._words,
                env=dict(self._environment),
                stdout=streams,
                stderr=streams,
                bufsize=0,
                process_group=0 if self._group else None,
            )
        except FileNotFoundError:
            self._code = exits.NOT_FOUND
        except OSError:
            self._code = exits.NOT_EXECUTABLE
        else:
            self._pumps = list(self._pumped(self._process))
            self._pass_on_what_came_meanwhile()

    def _pass_on_what_came_meanwhile(self) -> None:
        if self.asked:
            self.passed_on(self.asked)

    def wait(self, seconds: float) -> int | None:
        """The code as a shell has it, 128 + n for signal n; None: it still runs."""
        if self._process is not None and self._code is None:
            try:
                ended = self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                return None
            self._drain()
            self._code = exits.as_in_a_shell(ended)
        return self._code

    def passed_on(self, number: int) -> None:
        """To the whole group of it, whatever of that is left. A terminal tells its group of Ctrl-C by itself."""
        if self._process is not None and (self._group or number != signal.SIGINT):
            with suppress(ProcessLookupError, PermissionError):
                (os.killpg if self._group else os.kill)(self._process.pid, number)

    def terminate(self, grace_s: float = GRACE_S) -> None:
        """SIGTERM, and SIGKILL to what is left of it after the grace."""
        self.passed_on(signal.SIGTERM)
        if self.wait(grace_s) is None:
            self.passed_on(signal.SIGKILL)

    def _pumped(self, process: subprocess.Popen[bytes]) -> Iterator[threading.Thread]:
        for source, target in ((process.stdout, 1), (process.stderr, 2)):
            if source is not None and self._log is not None:
                pump = threading.Thread(target=_pump, args=(source, target, self._log), daemon=True)
                pump.start()
                yield pump

    def _drain(self) -> None:
        until = time.monotonic() + STREAMS_S
        for pump in self._pumps:
            pump.join(max(0.0, until - time.monotonic()))


def _pump(source: IO[bytes], target: int, log: Log) -> None:
    """Each piece as it comes; who no longer listens stops neither the command nor the log."""
    kept, heard = log.stream(), True
    while piece := os.read(source.fileno(), _CHUNK_BYTES):
        kept.feed(piece)
        heard = heard and _written(target, piece)
    kept.feed(b"", last=True)
    source.close()


def _written(target: int, piece: bytes) -> bool:
    view = memoryview(piece)
    try:
        while view:
            view = view[os.write(target, view) :]
    except OSError:
        return False
    return True


class Signals:
    """The port `Clock`. While entered, a signal that would end us reaches the command; before it starts, it ends the
    next sleep instead, so that no call is cut, and the command starts no more; once it ended, its record is finished.
    """

    def __init__(self, command: Command | None = None) -> None:
        self._command, self._asked, self._asleep = command, 0, False

    def seconds(self) -> float:
        return time.monotonic()

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._heard) for number in ENDING}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def sleep(self, seconds: float) -> None:
        """Raises `Interrupted`."""
        self._asleep = not (self._command and self._command.started)
        try:
            if self._asked and self._asleep:
                raise Interrupted(self._asked)
            time.sleep(seconds)
        finally:
            self._asleep = False

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if self._command and self._command.running:
            self._command.passed_on(number)
            return
        self._asked = number
        if self._command:
            self._command.asked = number
        if self._asleep:
            raise Interrupted(number)
