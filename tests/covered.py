"""`make coverage`: which of our lines the tests in one process run; writes the table of CONTRIBUTING.md.

coverage.py comes from an environment of its own. What end-to-end tests run in processes of theirs is not seen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.docs.pages import ROOT, put_between
from tests.environments import COVERAGE, inside

if TYPE_CHECKING:
    from collections.abc import Mapping

OURS = ("integration", "lambdas", "mappers", "servicenow_setup")
TESTS = ("tests/unit", "tests/contract", "tests/stacks")
UNTIMED = ("-k", "not takes_time")
"""Lines that are counted take three times as long."""
WHERE = "import coverage, pathlib; print(pathlib.Path(coverage.__file__).parents[1])"


def main(words: list[str]) -> int:
    there = subprocess.check_output([*inside(COVERAGE, "--python", sys.executable), "python", "-c", WHERE], text=True)
    environment = {**os.environ, "PYTHONPATH": there.strip()}

    def coverage(*words: str) -> int:
        return subprocess.run(
            [sys.executable, "-m", "coverage", *words], env=environment, cwd=ROOT, check=False
        ).returncode

    with tempfile.TemporaryDirectory() as folder:
        data, told = f"--data-file={folder}/data", Path(folder, "told.json")
        pytest = ("-m", "pytest", "-q", "-p", "no:budget", "-p", "no:cacheprovider", *UNTIMED, *(words or TESTS))
        code = coverage("run", data, f"--source={','.join(OURS)}", *pytest)
        coverage("json", data, "--quiet", "-o", str(told))
        shown = table(json.loads(told.read_text()))
    print(shown)
    if not (code or words):
        put_between(ROOT / "CONTRIBUTING.md", "coverage", shown)
    return code


def table(told: Mapping[str, Any]) -> str:
    """By room, of coverage's report as JSON."""
    run: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for name, file in told["files"].items():
        run[_room(name)] += file["summary"]["covered_lines"]
        lines[_room(name)] += file["summary"]["num_statements"]
    shares = [(f"`{room}`", lines[room], run[room]) for room in sorted(lines) if lines[room]]
    shares.append(("all", lines.total(), run.total()))
    rows = [("room", "lines", "run"), ("---", "--:", "--:")]
    rows += [(room, str(count), f"{100 * reached / count:.1f} %") for room, count, reached in shares]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _room(name: str) -> str:
    """`integration` has rooms of its own."""
    parts = Path(name).parts
    return "/".join(parts[:2] if parts[0] == OURS[0] and len(parts) > 2 else parts[:1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
