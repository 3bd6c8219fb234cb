"""Imported, it makes `time.time` of this process follow the local system's clock.

It imports nothing of ours, since the emulators and the functions must not.
"""

import mmap
import os
import struct
import time


def follow(path: str) -> None:
    """From now on `time.time` is ahead of the machine's by what the file says, a double of seconds."""
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib would be imported for this at every start
        ahead = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    machine = time.time
    time.time = lambda: machine() + struct.unpack_from("d", ahead)[0]


if "LOCAL_CLOCK" in os.environ:
    follow(os.environ["LOCAL_CLOCK"])
