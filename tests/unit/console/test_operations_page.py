"""docs/operations.md cannot drift from alarms, metrics and the line per pass."""

import re
from pathlib import Path

import pytest

from integration import names as n
from integration.aws.telemetry import METRICS
from integration.cases.audit import Report
from integration.cases.link import CASE
from integration.cases.messages import _facts_of
from integration.cases.wake import Wake
from integration.operations.app import SECTIONS
from integration.operations.registry import alarms
from integration.registry import INTEGRATIONS

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
ALARMS = re.findall(r"^### (\w+)$", PAGE, re.MULTILINE)
"""Documented ones; that these are all is a test, since to ask which there are starts Node."""


def part(title):
    """The text below one heading, up to the next of any level."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_has_its_meaning_its_cause_and_its_command(alarm):
    """Somebody who is woken at night finds what it means, why it is likely, and what to type."""
    told = part(alarm)
    assert all(f"**{word}**" in told for word in ("Means", "Likely", "Do"))
    commands = {command for section in SECTIONS.values() for command in section}
    typed = {words.split()[0] for words in re.findall(r"`([^`]+)`", told.partition("**Do**")[2])}
    assert typed & (commands | {"aws"})


def test_every_alarm_is_documented_and_none_that_does_not_exist():
    assert sorted(ALARMS) == sorted(alarm.key for alarm in alarms(INTEGRATIONS))


def test_every_metric_is_listed_and_no_other():
    named = {n.METRIC_LAG, *n.METRICS_OF_WORK, *n.METRICS_OF_TROUBLE, *n.METRICS_OF_CALLS}
    assert named == METRICS
    first_column = re.findall(r"^\| (`[^|]+`) \|", part("Metrics"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(first_column))) == METRICS


def test_every_member_of_the_line_per_pass_is_listed():
    listed = set(re.findall(r"`(\w+)`", part("The line per pass").partition("CloudWatch Logs")[0]))
    assert set(_facts_of(Report(wake=Wake(CASE, "1", 0)))) <= listed
    assert {"seconds", "attempts", "calls", "ends", "delay_s", "error", "system", "exception", "place"} <= listed
