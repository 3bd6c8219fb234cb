"""Turns an exception into a sentence, the next command and an exit code; the one place that does so."""

from __future__ import annotations

import errno
import os
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

import click

from integration.clients.errors import Refused, RemoteError, Unavailable, Untrusted
from integration.names import BadName
from integration.operations.folders import log_folder
from integration.operations.terminal import output
from integration.operations.terminal.streams import unheard
from integration.reconcile.errors import EXPECTED
from mappers.problem import MappingError
from servicenow_setup.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
MUST_CHANGE = (RemoteError, *EXPECTED, SetupError, BadName, MappingError)


class Failure(Exception):
    """Something a person can settle. `then`: the command or act that comes next."""

    def __init__(self, sentence: str, then: str = "", code: int = output.REFUSED) -> None:
        super().__init__(sentence)
        self.sentence, self.then, self.code = sentence, then, code


def report(error: BaseException) -> int:
    """Say it on standard error; the exit code."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on; nor is there more to say
        return output.NOT_READ
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    failure = explained(error)
    output.Output().error(failure.sentence, failure.then)
    if isinstance(error, OSError):
        unheard("stdout")  # what it could not take would be tried again at our end
    return failure.code


def explained(error: BaseException) -> Failure:
    """What to say about it. What nobody foresaw is a bug of ours: its trace goes to a file."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Failure("Interrupted.", "Run the same command again; it goes on from there.", output.INTERRUPTED)
    if isinstance(error, Unavailable):
        return Failure(_sentence(error), "Try again in a moment.", output.NO_ANSWER)
    if _is_of(error, "botocore.exceptions"):
        return explained(_ours(error))
    if isinstance(error, MUST_CHANGE):
        return Failure(_sentence(error), error.then if isinstance(error, Untrusted) else output.command("check"))
    return _around_us(error) or Failure(
        f"This should not have happened: {type(error).__name__}.",
        f"The trace is in {_kept(error)}; please report it without secrets.",
        output.BUG,
    )


def _around_us(error: BaseException) -> Failure | None:
    """A disk that is full, and whoever answers in the place of AWS."""
    if isinstance(error, OSError) and error.errno in _FULL:
        what = error.filename or "What is to be shown"
        return Failure(f"{what} cannot be written: {error.strerror}.", "Make room, and run the same command again.")
    if _is_of(error, "botocore.parsers"):
        told = "What answers in the place of AWS is no answer of AWS: a proxy's, perhaps."
        return Failure(told, "See HTTPS_PROXY, AWS_ENDPOINT_URL and the region; then try again.", output.NO_ANSWER)
    return None


def _sentence(error: BaseException) -> str:
    """What the other side itself said is shown here, where only the operator reads it."""
    said = getattr(error, "reason", "") if isinstance(error, Refused) else ""
    text = f"{error}: {said}" if said and said not in str(error) else str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _is_of(error: BaseException, module: str) -> bool:
    """Asked without importing botocore: a pipeline that waits for a change has none."""
    return any(kind.__module__ == module for kind in type(error).__mro__)


def _ours(error: Any) -> BaseException:
    from integration.aws.errors import error_for  # noqa: PLC0415 - as above

    return error_for(error, str(getattr(error, "operation_name", "") or type(error).__name__))


def _kept(error: BaseException) -> Path:
    """Readable by its owner only: a trace may quote what was typed."""
    folder = log_folder()
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    path.touch(mode=0o600)
    path.write_text("".join(traceback.format_exception(error)))
    return path
