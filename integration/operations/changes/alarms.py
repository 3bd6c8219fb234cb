"""Alarms of the gate; docs/changes/gate.md has a row for each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from integration.changes.gate import names as g
from integration.operations.stacks.alarms import FIVE_MINUTES, Alarm, own_metric

if TYPE_CHECKING:
    from integration.names import Names

LONGEST_WAIT_S, MOST_ERRORS_PERCENT = 3600, 5


def _errors(names: Names) -> cloudwatch.MathExpression:
    """Of a hundred answers, those that could not be given."""
    tried = {"failed": own_metric(names, g.FAILED), "given": own_metric(names, g.ANSWERED)}
    share = "100 * FILL(failed, 0) / (FILL(failed, 0) + FILL(given, 0))"
    expression = f"IF(FILL(failed, 0) > 0, {share}, 0)"
    return cloudwatch.MathExpression(expression=expression, using_metrics=dict(tried), period=FIVE_MINUTES)


ALARMS = (
    Alarm(
        "ChangeErrors",
        "More than one in twenty answers did not reach its pipeline. The gate's log says which kind, and why.",
        _errors,
        threshold=MOST_ERRORS_PERCENT + 0.01,
    ),
    Alarm(
        "ChangeWaits",
        "A pipeline has waited over an hour for a change. `status` names it; its approvers decide, or cancel it.",
        lambda names: own_metric(names, g.WAITED, "Maximum").with_(period=Duration.minutes(15)),
        threshold=LONGEST_WAIT_S,
    ),
    Alarm(
        "ChangeRejected",
        "A pipeline was told no. Its answer, and the change, say who and why.",
        lambda names: own_metric(names, g.REJECTED),
    ),
    Alarm(
        "ChangeNotMade",
        "A change could not be made as a pipeline asked for it; the pipeline was told why.",
        lambda names: own_metric(names, g.NOT_MADE),
    ),
    Alarm(
        "ChangeForgotten",
        "A change whose deployment was let through is open an hour past its planned end: `change settle` ends it.",
        lambda names: own_metric(names, g.FORGOTTEN),
    ),
)
