"""Imported, it makes `time.time` of this process follow the local system's clock.

It imports nothing of ours, since the emulators and the functions must not.
"""

from __future__ import annotations

import datetime as dt
import mmap
import os
import struct
import sys
import time
import types


class Clock:
    """The machine's time until `ahead` is what a file says. Whoever keeps it as a default follows later, too."""

    def __init__(self) -> None:
        self._machine = time.time
        self.ahead: bytes | mmap.mmap = bytes(8)

    def __call__(self) -> float:
        return self._machine() + float(struct.unpack_from("d", self.ahead)[0])


CLOCK = Clock()


def follow(path: str) -> None:
    """From now on `time.time` is ahead of the machine's by what the file says, a double of seconds."""
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib would be imported for this at every start
        CLOCK.ahead = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    time.time = CLOCK
    if "botocore.compat" in sys.modules:
        sign_by_it(sys.modules["botocore.compat"])


def sign_by_it(botocore_compat: types.ModuleType) -> None:
    """From now on botocore signs by it as well: it asks `datetime.now`, which does not ask `time.time`."""

    class Following(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Following:
            return cls.fromtimestamp(time.time(), tz)

    vars(botocore_compat)["datetime"] = types.SimpleNamespace(**{**vars(dt), "datetime": Following})


if "LOCAL_CLOCK" in os.environ:
    follow(os.environ["LOCAL_CLOCK"])
