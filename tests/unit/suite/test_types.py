"""mypy reads of the CDK what the templates are made of; what it skipped it would take for anything."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
SERVICE = re.compile(r"from aws_cdk import (aws_\w+)|(?:from|import) aws_cdk\.(\w+)")


def test_every_part_of_the_cdk_in_use_is_read_and_no_other():
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    [read] = (each["module"] for each in overrides if "aws_cdk" in each["module"])
    files = (ROOT / "integration").rglob("*.py")
    used = {"".join(found) for file in files for found in SERVICE.findall(file.read_text())}
    assert {name.removeprefix("aws_cdk.") for name in read} - {"aws_cdk", "_jsii"} == used
