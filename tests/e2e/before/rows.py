"""Writes `tests/identity/rows.json` anew: the table as the former version's functions leave it with work at hand.

.venv/bin/python -m tests.e2e.before.rows
"""

import json
import tempfile
from pathlib import Path

from integration.operations.local.system import Options, start
from tests.e2e.shift import MANY_CASES, Shift
from tests.e2e.test_update_and_back import Account, begin, unpacked

ROWS = Path(__file__).parents[2] / "identity" / "rows.json"


def main() -> None:
    """Without what is encrypted, which only that system's key opens."""
    with tempfile.TemporaryDirectory() as folder, start(Options(settings=MANY_CASES, deploy=False)) as running:
        Account(running).bring(unpacked(Path(folder)))
        begin(Shift(running))
        table = running.plane.boto3_client("dynamodb").scan(TableName=running.names.table)
        rows = [{name: value for name, value in row.items() if name != "request"} for row in table["Items"]]
    rows.sort(key=lambda row: (row["PK"]["S"], row["SK"]["S"]))
    ROWS.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
