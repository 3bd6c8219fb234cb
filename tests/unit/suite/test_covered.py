"""The table of `make coverage`."""

from tests.covered import table


def told(run, lines):
    return {"summary": {"covered_lines": run, "num_statements": lines}}


def test_each_room_has_its_share_and_a_file_without_lines_is_no_room():
    files = {
        "integration/cases/planner.py": told(9, 10), "integration/cases/walk.py": told(10, 10),
        "integration/names.py": told(1, 2), "lambdas/x/index.py": told(1, 4), "mappers/__init__.py": told(0, 0),
    }  # fmt: skip
    assert table({"files": files}).splitlines()[2:] == [
        "| `integration` | 2 | 50.0 % |", "| `integration/cases` | 20 | 95.0 % |", "| `lambdas` | 4 | 25.0 % |",
        "| all | 26 | 80.8 % |",
    ]  # fmt: skip
