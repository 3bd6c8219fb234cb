"""A copy of what is deployed, with one integration more: a room in each place, and three lines that name it.

The lines are one in each registry (with its import) and the name in the import contract; no other file that was there
is changed. The rooms stand in `tree/`, as they would in the repository.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TREE = Path(__file__).parent / "tree"
COPIED = (
    "integration", "lambdas", "mappers", "servicenow_setup", "deploy_integrations_solution.py", "pyproject.toml",
    "requirements.txt", "requirements-local.txt",
)  # fmt: skip
OPERATED = r"integration\.operations\.cases"


@dataclass(frozen=True)
class Toy:
    """Another `word` makes another toy of the same tree."""

    word: str = "toy"

    def named(self, text: str) -> str:
        for former, word in (("toy", self.word), ("Toy", self.word.capitalize()), ("TOY", self.word.upper())):
            text = text.replace(former, word)
        return text


def installed(folder: Path, *toys: Toy) -> Path:
    """`folder`, which is then a repository with these."""
    for name in COPIED:
        origin = REPOSITORY / name
        if origin.is_dir():
            shutil.copytree(origin, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(origin, folder / name)
    for toy in toys:
        for path in sorted(TREE.rglob("*.*")):
            target = folder / toy.named(str(path.relative_to(TREE)))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(toy.named(path.read_text()))
        _register(folder, toy)
    return folder


def _register(folder: Path, toy: Toy) -> None:
    for room, name in (("integration", "TOY"), ("integration/operations", "TOY_OPERATED")):
        module, path = room.replace("/", ".") + ".toys.declaration", folder / room / "registry.py"
        _insert(path, r"(?=\nif TYPE_CHECKING:)", toy.named(f"from {module} import {name}\n"))
        _insert(path, r"(?<=,\n)(?=\)\n)", toy.named(f"    {name},\n"))
    for beside, name in ((r"integration\.cases", "integration.toys"), (OPERATED, "integration.operations.toys")):
        _insert(folder / "pyproject.toml", rf'(?m)(?<=^    "{beside})(?=[ "])', toy.named(f" | {name}"))


def _insert(path: Path, place: str, text: str) -> None:
    """At the first such place."""
    whole = path.read_text()
    found = re.search(place, whole)
    assert found, (path, place)
    path.write_text(whole[: found.start()] + text + whole[found.start() :])
