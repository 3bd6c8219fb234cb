"""Two integrations more, deployed and removed in every order: each leaves cases and the other whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from integration.operations.deployment.synthesis import UNCHECKED
from tests.toy.installed import Toy, installed

pytestmark = pytest.mark.xdist_group("toys")
SETS = ("cases", "cases toy", "cases top", "cases toy top", "toy")
STEPS = [(smaller, larger) for smaller in SETS for larger in SETS if {*smaller.split()} < {*larger.split()}]
SHARED = "SecurityIncidentResponseServiceNow"
TOLD = {
    "AWS::ApiGateway::Model", "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage", "AWS::CloudWatch::Dashboard",
    "Custom::ServiceNowResources",
}  # fmt: skip
"""What knows of all: the webhook's model, with what deploys it; the one dashboard; what is wanted in the instance."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return installed(tmp_path_factory.mktemp("toys"), Toy(), Toy("top"))


@pytest.fixture(scope="module")
def templates(repository):
    script = Path(__file__).with_name("orders.py")
    made = subprocess.run(
        [sys.executable, script, *SETS], cwd=repository, env=os.environ | UNCHECKED | {"PYTHONPATH": str(repository)},
        check=True, capture_output=True,
    )  # fmt: skip
    return json.loads(made.stdout)


def only(templates, keys, kind):
    resources = templates[keys][SHARED]["Resources"].values()
    (found,) = (each["Properties"] for each in resources if each["Type"] == kind)
    return found


@pytest.mark.parametrize("step", [pair for pair in STEPS if "cases" in pair[0]], ids=" → ".join)
def test_whoever_comes_or_goes_changes_nothing_of_the_others(templates, step):
    smaller, larger = (templates[keys] for keys in step)
    for name in smaller.keys() - {SHARED}:
        assert smaller[name] == larger[name]
    before, after = smaller[SHARED]["Resources"], larger[SHARED]["Resources"]
    assert {before[x]["Type"] for x in before if before[x] != after.get(x)} <= TOLD
    assert {before[x]["Type"] for x in before.keys() - after.keys()} <= {"AWS::ApiGateway::Deployment"}


def test_a_stack_is_the_same_without_cases(templates):
    assert templates["toy"]["ToyStack"] == templates["cases toy top"]["ToyStack"]


@pytest.mark.parametrize("keys", SETS)
def test_the_webhook_takes_the_events_of_those_there_are(templates, keys):
    told = only(templates, keys, "AWS::ApiGateway::Model")["Schema"]["properties"]["event_type"]["enum"]
    marks = {"cases": "IncidentUpdated", "toy": "ToySaved", "top": "TopSaved"}
    assert {key for key, event_type in marks.items() if event_type in told} == set(keys.split())


@pytest.mark.parametrize("keys", SETS)
def test_the_instance_is_to_hold_what_those_want(templates, keys):
    assert only(templates, keys, "Custom::ServiceNowResources")["Integrations"] == keys


def linted(repository):
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--no-cache"], cwd=repository, env=os.environ | {"PYTHONPATH": str(repository)}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip


def test_the_import_contracts_hold_with_their_names_in_them(repository):
    done = linted(repository)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("tool", ["operations.registry", "emulators.kit", "aws_plane.plane", "cases.plan.fields"])
def test_the_contracts_keep_what_runs_from_tools_and_from_its_neighbours(repository, tool):
    """A toy is held to them by its name among the layers alone."""
    room = repository / "integration" / "toys" / "__init__.py"
    kept = room.read_text() if room.exists() else ""
    room.write_text(f"import integration.{tool}\n")
    done = linted(repository)
    room.write_text(kept)
    assert done.returncode == 1
    assert "What runs is layered BROKEN" in done.stdout
