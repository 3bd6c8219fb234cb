"""What later steps of a pipeline are told, in the form of their system, and what a log may show of foreign text.

Sources: GitHub "Workflow commands", Azure "Logging commands", GitLab "artifacts:reports:dotenv", CircleCI "Setting an
environment variable in a shell command". GitHub takes `##[` and Azure `##vso[` for a command wherever a line has it
(actions/runner `ActionCommand.cs`, microsoft/azure-pipelines-agent `Command.cs`), GitHub `::` where a line begins so.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FILE = "change.env"
"""Where a system takes outputs from a file, and no other is named."""
_FORMS = {
    "CHANGE_SYS_ID": r"[0-9a-f]{32}",
    "CHANGE_NUMBER": r"[A-Za-z0-9_-]{1,40}",
    "CHANGE_URL": r"https?://[A-Za-z0-9.:\[\]/?&=%_-]{1,300}",
    "CHANGE_OUTCOME": r"[a-z_-]{1,40}",
    "CHANGE_RECORDED": r"true|false",
    "CHANGE_STARTED": r"true|false",
    "CHANGE_COMMAND_EXIT": r"\d{1,3}",
}
NAMES = tuple(_FORMS)


def shaped(values: Mapping[str, str]) -> dict[str, str]:
    """All outputs; what has not its form is empty, so that no value can be read as a command, by whichever system."""
    return {name: values[name] if re.fullmatch(form, values.get(name, "")) else "" for name, form in _FORMS.items()}


def told(
    ci: str, values: Mapping[str, str], environ: Mapping[str, str], file: Path | None, say: Callable[[str], None]
) -> None:
    """To later steps; `say` prints a line on standard output. Raises `OSError` for a file that cannot be written."""
    outputs = shaped(values)
    if ci == "azure":
        for name, value in outputs.items():
            say(f"##vso[task.setvariable variable={name};isOutput=true]{value}")
    elif ci == "github" and environ.get("GITHUB_OUTPUT"):
        _append(Path(environ["GITHUB_OUTPUT"]), "".join(f"{name}={value}\n" for name, value in outputs.items()))
    elif ci == "circleci" and environ.get("BASH_ENV"):
        exported = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in outputs.items())
        _append(Path(environ["BASH_ENV"]), exported)
    elif ci and file is None:
        file = Path(FILE)
    if file:
        file.write_text("".join(f"{name}={value}\n" for name, value in outputs.items()))


def summarised(environ: Mapping[str, str], values: Mapping[str, str], code: int) -> None:
    """A line in the summary of the job, where the system has one. Raises `OSError`."""
    if not environ.get("GITHUB_STEP_SUMMARY"):
        return
    outputs = shaped(values)
    number = outputs["CHANGE_NUMBER"] or "no change"
    link = f"[{number}]({outputs['CHANGE_URL']})" if outputs["CHANGE_URL"] else number
    ended = (
        f"command {outputs['CHANGE_COMMAND_EXIT']}" if outputs["CHANGE_STARTED"] == "true" else "command not started"
    )
    line = f"**Change {link}**: {outputs['CHANGE_OUTCOME'] or 'unknown'}, {ended}, exit code {code}"
    _append(Path(environ["GITHUB_STEP_SUMMARY"]), line + "\n\n")


def _append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as lines:
        lines.write(text)


_ANYWHERE = re.compile(r"##(?=\w*\[)")
_AT_A_BEGINNING = re.compile(r"^(?=\s*::)", re.MULTILINE)


def harmless(text: str) -> str:
    """The text without a command of any of the systems; its further lines are marked as such."""
    lines = _ANYWHERE.sub("# #", text).splitlines()
    return _AT_A_BEGINNING.sub("| ", "\n| ".join(lines))


def harmless_document(content: Any) -> Any:
    """The same for every text of a JSON document."""
    if isinstance(content, dict):
        return {harmless(str(name)): harmless_document(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [harmless_document(each) for each in content]
    return _ANYWHERE.sub("# #", content) if isinstance(content, str) else content
