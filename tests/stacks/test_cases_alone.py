"""A deployment that has only cases: what else could be deployed changes not a letter of its templates."""

import json
import os
import subprocess
import sys
from pathlib import Path

from integration.operations.deployment.synthesis import UNCHECKED
from tests.stacks.conftest import PLAIN

ROOT = Path(__file__).parents[2]
WITHOUT = """
import importlib.util, sys
from pathlib import Path

for name in ("integration.registry", "integration.operations.registry"):
    spec = importlib.util.find_spec(name)
    source = Path(spec.origin).read_text()
    for line in ("    CHANGES,\\n", "    WORKSPACES,\\n", "    CHANGES_OPERATED,\\n", "    WORKSPACES_OPERATED,\\n"):
        source = source.replace(line, "")
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    exec(compile(source, spec.origin, "exec"), vars(module))

from integration.operations.registry import startable
from integration.operations.synth import templates

assert startable() == ("cases",), startable()
templates.main()
"""


def test_the_gate_and_workspaces_change_nothing_where_only_cases_are(plain, tmp_path):
    """As if nobody had ever declared them: the difference is empty, the code's hash apart.

    CDK's rules have seen the templates that these are compared with.
    """
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT, "--out", str(tmp_path), "--deployment"],
        input=PLAIN.as_json(), capture_output=True, text=True, cwd=ROOT, timeout=300, check=False,
        env=os.environ | UNCHECKED,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr[-2000:]
    alone = [json.loads(Path(path).read_text()) for path in json.loads(said.stdout)]
    assert alone == plain.templates
