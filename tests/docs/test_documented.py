"""Everything there is stands in docs/reference.md, and nothing else does."""

from __future__ import annotations

import ast
import re

import pytest

from bench import workspace_money
from bench.money import PRICES, Assumed
from integration import constants, names
from integration.aws.telemetry import METRICS
from integration.changes.exits import MEANINGS
from integration.names import Names
from integration.operations.changes.instance import CREDENTIALS, FILES
from integration.operations.registry import OPERATED
from integration.registry import DEFAULT, with_connection
from tests.docs.cli_page import every_command
from tests.docs.pages import DOCS, ROOT, cells, prose
from tests.docs.reference_parts import WHAT, alarms

PAGE = DOCS / "reference.md"
ROOMS = [ROOT / "lambdas", ROOT / "integration" / "operations"]
"""Where settings are read; elsewhere `values` are something else."""


def values_with(prefix):
    return {value for name, value in vars(names).items() if name.startswith(prefix) and isinstance(value, str)}


def settings_in_code():
    """Keys that anything takes out of the parameter `settings`, and those that a deployment writes."""
    found = set()
    for path in (path for room in ROOMS for path in room.rglob("*.py")):
        text = path.read_text()
        found |= set(re.findall(r"\bvalues\.get\(\"([a-z_]+)\"", text))
        found |= set(re.findall(r"\"([a-z_]+)\" in self\.values", text))
    request = ast.parse((ROOT / "integration" / "operations" / "deployment" / "request.py").read_text())
    function = next(n for n in ast.walk(request) if isinstance(n, ast.FunctionDef) and n.name == "settings")
    written = next(n for n in ast.walk(function) if isinstance(n, ast.Dict))
    return found | {key.value for key in written.keys}


def variables_in_code():
    """Of the command line: what options and our own code read from the environment."""
    found = {*CREDENTIALS, *FILES}
    for command in every_command().values():
        found |= {param.envvar for param in command.params if getattr(param, "envvar", None)}
    for path in (ROOT / "integration" / "operations").rglob("*.py"):
        found |= set(re.findall(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"", path.read_text()))
    return (found | {"AWS_PROFILE", "AWS_REGION"}) - {"PATH", "JSII_NODE"}


TABLES = [
    ("Settings", settings_in_code),
    ("SSM parameters", lambda: values_with("PARAM_")),
    ("Environment variables of the functions", lambda: values_with("ENV_")),
    ("Environment variables of the command line", variables_in_code),
    ("Metrics", lambda: set(METRICS)),
    ("Constants", lambda: {name for name in vars(constants) if name.isupper()}),
]


@pytest.mark.parametrize(("heading", "there"), TABLES, ids=[heading for heading, _ in TABLES])
def test_a_table_lists_what_there_is(heading, there):
    assert set(cells(PAGE, heading)) == there()


def test_every_template_parameter_and_output_is_listed():
    listed = cells(PAGE, "Template parameters and outputs")
    outputs = {name for name, (kind, *_) in listed.items() if kind == "output"}
    assert outputs == values_with("OUTPUT_")
    text = (ROOT / "integration" / "operations" / "stacks" / "choices.py").read_text()
    assert all(name in text or name in values_with("PARAM_") for name in set(listed) - outputs)


def test_constants_have_the_values_the_page_shows():
    for name, (default, _) in cells(PAGE, "Constants").items():
        assert str(getattr(constants, name)) in {default, "30 days, 0:00:00"}


def test_every_event_is_listed():
    text = prose(PAGE)
    said = [names.CASE_CREATED, names.CASE_UPDATED, names.INCIDENT_CREATED, names.INCIDENT_UPDATED,
            names.INCIDENT_DELETED, names.PING, *names.NATIVE_DETAIL_TYPES]  # fmt: skip
    assert [each for each in said if f"`{each}`" not in text] == []


def test_every_name_says_what_it_names():
    assert set(WHAT) == {name for name, member in vars(Names).items() if isinstance(member, property)}


def test_every_alarm_has_its_section_in_operations():
    page = (DOCS / "operations.md").read_text()
    headings = " ".join(re.findall(r"^#+ .*$", page, re.MULTILINE))
    assert [key for key in alarms() if key not in headings] == []


def test_the_cost_counts_what_there_is():
    """Alarms (tests/stacks counts their metrics), metrics, prices and their sum."""
    fixed = cells(DOCS / "cost.md", "Fixed")
    default = [each for each in OPERATED if each.integration in with_connection(DEFAULT)]
    assert f"metrics of the {len(alarms(default))} alarms" in fixed
    prices = {"custom metrics": "metric", "KMS key": "key", "secret": "secret", "dashboard": "dashboard"}
    assert {row: float(fixed[row][1]) for row in prices} == {row: PRICES[key] for row, key in prices.items()}
    asked = Assumed().idle_polls / 3 * PRICES["sqs_request"]
    assert float(fixed["queues being asked by Lambda"][1]) == pytest.approx(asked, abs=0.005)
    assert fixed["custom metrics"][0] == str(len(METRICS))
    for many, each, together in (row for name, row in fixed.items() if "sum" not in name):
        assert float(many) * float(each) == pytest.approx(float(together))
    total = sum(float(row[2]) for name, row in fixed.items() if "sum" not in name)
    assert fixed["**sum**"][2] == f"**{total:.2f}**"
    assert f"about {round(total)} dollars" in (ROOT / "README.md").read_text()


def test_the_cost_of_workspaces_is_the_models():
    """Each row and sum, as `bench/workspace_money.py` has it."""
    page, stands, one = DOCS / "cost.md", workspace_money.fixed(), workspace_money.of_life()
    fixed = cells(page, "Workspaces")
    assert {row: float(cell[2].strip("*")) for row, cell in fixed.items()} == {
        **{name: round(dollars, 2) for name, dollars in stands.parts.items()}, "**sum**": round(stands.total, 2),
    }  # fmt: skip
    counts = [str(workspace_money.FIXED_ALARM_METRICS), str(workspace_money.FIXED_METRICS)]
    assert [fixed["metrics of its alarms"][0], fixed["custom metrics"][0]] == counts
    for many, each, together in (row for name, row in fixed.items() if "sum" not in name):
        assert float(many) * float(each) == pytest.approx(float(together))
    assert {row: float(cell[0].strip("*")) for row, cell in cells(page, "One workspace").items()} == {
        **{name: round(dollars, 4) for name, dollars in one.parts.items()}, "**sum**": round(one.total, 4),
    }  # fmt: skip
    made = {str(count): workspace_money.monthly(count) for count in workspace_money.COUNTS}
    assert {count: [float(cell) for cell in row] for count, row in cells(page, "So many a month").items()} == {
        count: [round(dollars, 2), round(dollars / int(count), 2)] for count, dollars in made.items()
    }


def test_every_command_has_an_entry_among_the_pages():
    text = prose(DOCS / "cli.md")
    assert [name for name in every_command() if f"### {name}\n" not in text] == []


def test_every_exit_code_of_changes_is_explained_with_them():
    told = {code: row[0] for code, row in cells(DOCS / "changes" / "README.md", "Exit codes").items()}
    assert told == {str(code): meaning for code, meaning in MEANINGS.items()}


def test_every_word_of_the_glossary_is_one_line_and_in_order():
    words = list(cells(DOCS / "glossary.md", "Glossary"))
    assert words == sorted(words)
