"""The bill grows with what is done, and with nothing else."""

from dataclasses import replace

import pytest

from bench.money import PRICES, Assumed, Work, monthly

NOTHING = Work(0, 0, 0, 0, 0)
WORKS = {
    "new_case": Work(3, 2, 1, 2, 2),
    "to_incident": Work(2, 2, 1, 2, 1),
    "to_case": Work(3, 1, 1, 2, 1, webhook=True),
    "echo": Work(2, 0, 1, 0, 0),
    "sweep": Work(2, 1, 1, 1, 1),
    "poll": Work(1, 1, 2, 1, 0),
}
IDLE = Assumed(changes=0, idle_polls=0, metrics=0, alarm_metrics=0, log_kb=0, listed=0)
STANDING = PRICES["dashboard"] + PRICES["secret"] + PRICES["key"]


def test_without_cases_there_is_what_stands_and_the_poll():
    bill = monthly(0, WORKS, IDLE)
    assert bill.parts["Dashboard"] + bill.parts["Secrets Manager"] + bill.parts["KMS"] == STANDING
    assert 0 < bill.total - STANDING < 1


@pytest.mark.parametrize(
    ("works", "assumed", "more"),
    [
        ({"echo": Work(200, 0, 1, 0, 0)}, {}, "Lambda"),
        ({"to_incident": Work(2, 2, 1, 2, 10)}, {}, "DynamoDB"),
        ({}, {"changes": 500}, "API Gateway"),
        ({}, {"log_kb": 15}, "CloudWatch logs"),
        ({}, {"sweep_minutes": 5}, "SQS"),
        ({}, {"link_kb": 9}, "DynamoDB"),
        ({}, {"metrics": 30}, "CloudWatch metrics and alarms"),
    ],
)
def test_more_of_anything_costs_more_where_it_belongs(works, assumed, more):
    given = Assumed()
    plain = monthly(100, WORKS, given)
    dearer = monthly(100, WORKS | works, replace(given, **assumed))
    assert dearer.parts[more] > plain.parts[more]
    assert dearer.total > plain.total


def test_a_webhook_pays_for_its_way_in():
    by_webhook = monthly(100, dict.fromkeys(WORKS, NOTHING) | {"to_case": Work(0, 0, 0, 0, 0, webhook=True)})
    by_event = monthly(100, dict.fromkeys(WORKS, NOTHING))
    times = 100 * Assumed().changes
    assert by_webhook.parts["API Gateway"] == pytest.approx(times * PRICES["webhook"])
    assert by_webhook.parts["EventBridge"] - by_event.parts["EventBridge"] == pytest.approx(
        times * PRICES["custom_event"]
    )


@pytest.mark.parametrize("cases", [10, 100, 1000])
def test_ten_times_the_cases_cost_less_than_ten_times_as_much(cases):
    assert monthly(cases, WORKS).total < monthly(10 * cases, WORKS).total < 10 * monthly(cases, WORKS).total


def test_the_parts_are_the_whole():
    bill = monthly(10, WORKS)
    assert bill.total == pytest.approx(sum(bill.parts.values()))
    assert all(part >= 0 for part in bill.parts.values())
