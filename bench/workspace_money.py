"""What workspaces cost a month, from the floors of their actions and list prices; every assumption can be changed.

Prices of S3: aws.amazon.com/s3/pricing, us-east-1, Standard, first 50 TB; the others' in `money`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.money import MINUTES, PRICES, Bill
from bench.workspaces import ACTIONS
from integration.workspaces.unheard import EVERY

FIXED_METRICS, FIXED_ALARM_METRICS, FUNCTION_GB, CALL_S = 6, 13, 0.25, 0.03
LOOK_CALLS = 8
"""A look lasts as long as so many calls of AWS: two of ServiceNow, and one."""
OPEN_PAGE_S = 3
MONTH_DAYS = 30
SETTINGS_AND_CHECK, READS = 7, 1
"""Of making: CreateBucket, five settings and the check's file; its read. What deletes costs nothing."""
COUNTS = (10, 100, 1000)
_AWS = {action.name: action.floor.aws for action in ACTIONS}


@dataclass(frozen=True)
class Life:
    """Of one workspace: `gb` in `files` files for `days`, each uploaded once and downloaded `downloads` times;
    `open_hours`: its page is looked at; `archived_months`: of its archive's that are counted with it.
    """

    days: float = 14
    files: int = 20
    gb: float = 1.0
    downloads: int = 2
    open_hours: float = 5
    archived_months: float = 1
    items_written: int = 6
    """Of a transaction's, twice a unit each: of making; so many again of ending."""


def fixed() -> Bill:
    """Beside the connection's: what stands when there is no workspace."""
    bill = Bill()
    bill.add("metrics of its alarms", FIXED_ALARM_METRICS * PRICES["alarm"])
    bill.add("custom metrics", FIXED_METRICS * PRICES["metric"])
    bill.add("secret that signs links", PRICES["secret"])
    bill.add("queue being asked by Lambda", 5 * 3 * MINUTES * PRICES["sqs_request"])
    sweep = PRICES["schedule"] + PRICES["lambda_request"] + PRICES["read_unit"] + _lambda_s(2)
    bill.add("a sweep a minute", MINUTES * sweep)
    look = 3 * PRICES["sqs_request"] + PRICES["lambda_request"] + PRICES["read_unit"] + _lambda_s(LOOK_CALLS)
    bill.add("a look for lost orders each five minutes", MINUTES / EVERY * look)
    return bill


def of_life(life: Life | None = None) -> Bill:
    """One workspace from its order to its proof."""
    one, bill = life or Life(), Bill()
    bill.add("making and ending", _making() + _ending(one.files) + 4 * one.items_written * PRICES["write_unit"])
    bill.add("files in and out", one.files * (_upload() + one.downloads * _download()))
    bill.add("the open page", one.open_hours * 3600 / OPEN_PAGE_S * _look())
    bill.add("its files", one.gb * one.days / MONTH_DAYS * PRICES["s3_gb"])
    bill.add("its archive", one.gb * one.archived_months * PRICES["s3_gb"])
    return bill


def monthly(count: int, life: Life | None = None) -> float:
    """So many made in each month."""
    return fixed().total + count * of_life(life).total


def _making() -> float:
    requests = SETTINGS_AND_CHECK * PRICES["s3_write"] + READS * PRICES["s3_read"]
    return requests + _call(_AWS["new, by a call"])


def _ending(files: int) -> float:
    """A copy each; policy, list, manifest and proof."""
    writes = (files + 4) * PRICES["s3_write"] + PRICES["s3_read"]
    return writes + PRICES["sqs_request"] * 3 + _call(_AWS["ended, nothing in it"] + files)


def _upload() -> float:
    """Two items of one transaction, and the file's own POST."""
    return _call(_AWS["an address to upload to"]) + 4 * PRICES["write_unit"] + PRICES["s3_write"]


def _download() -> float:
    return _call(_AWS["an address to download from"]) + PRICES["s3_read"]


def _look() -> float:
    return _call(_AWS["files are listed"]) + PRICES["s3_write"]


def _call(aws_calls: int) -> float:
    """Through the API, by a function, with the row read."""
    return PRICES["webhook"] + PRICES["lambda_request"] + PRICES["read_unit"] + _lambda_s(aws_calls)


def _lambda_s(aws_calls: int) -> float:
    return aws_calls * CALL_S * FUNCTION_GB * PRICES["lambda_gb_s"]
