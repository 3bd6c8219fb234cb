"""Run in a repository with toys: the templates of these sets of integrations, as one JSON object by their keys."""

import json
import sys
import tempfile
from pathlib import Path

from integration.operations.stacks.deployment import Deployment
from integration.operations.synth.templates import synth


def main() -> None:
    found = {}
    for keys in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            paths = synth(Deployment(integrations=tuple(keys.split())), Path(folder))
            found[keys] = {path.name.partition(".")[0]: json.loads(path.read_text()) for path in paths}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
