"""Standard streams that whoever started us closed are opened, on nothing.

Else the next connection takes the number of one of them, and a command that we start writes into it.
"""

from __future__ import annotations

import os
import sys


def complete() -> None:
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest number that is free
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for our whole life


def unheard(name: str) -> None:
    """What is said on it from now on goes nowhere; what it could not take is not tried again at our end."""
    setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until we end; see `complete`
