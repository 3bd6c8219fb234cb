"""What `make quick` takes to be near a change."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from tests import quick
from tests.budget import LISTED

ROOT = quick.REPOSITORY


def names(changed):
    return [test.relative_to(ROOT).as_posix() for test in quick.nearest([ROOT / each for each in changed])]


GENERATED = "tests/docs/test_generated.py"


def test_a_test_that_imports_what_changed_comes_first():
    _, *found = names(["mappers/text_split.py"])
    direct = [each for each in found if "mappers.text_split" in (ROOT / each).read_text()]
    assert direct
    assert set(direct) & set(found[: len(direct) + 2])


def test_what_depends_on_it_through_others_comes_too():
    assert any(each.startswith("tests/unit/cases") for each in names(["mappers/text_split.py"]))


def test_a_changed_test_is_the_nearest():
    assert names(["tests/unit/suite/test_quick.py"]) == [GENERATED, "tests/unit/suite/test_quick.py"]


@pytest.mark.parametrize("changed", ["integration/cases/plan.py", "integration/cases/gone.py"])
def test_generated_pages_are_compared_before_all_whichever_code_changed(changed):
    """A new import makes the table of imports stale, and so does a module that is no more."""
    assert names([changed])[0] == GENERATED


def test_a_rule_of_the_instance_reaches_the_tests_of_rules():
    assert "tests/unit/servicenow_setup/test_rules.py" in names(["servicenow_setup/business_rules/incident_saved.js"])


def test_a_page_is_read_by_none():
    assert names(["docs/limits.md"]) == []


USUAL = "tests/unit/test_it.py::test_it[a]"


@pytest.mark.parametrize(
    ("test", "tests_took", "left_out"),
    [
        (USUAL, 0, False),
        (USUAL, quick.BUDGET_S - 1, False),
        (USUAL, quick.BUDGET_S + 1, True),
        (f"tests/unit/{next(iter(LISTED))}[a]", 0, True),
    ],
)
def test_what_takes_long_and_what_comes_late_is_left_out(monkeypatch, test, tests_took, left_out):
    """Collecting uses up no time of the tests: where it took all of it, no test ran, and the commit passed."""
    clock = iter([100.0, 100.0 + tests_took])
    monkeypatch.setattr(quick, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    budget = quick.Budget()
    budget.pytest_collection_finish()
    with pytest.raises(pytest.skip.Exception) if left_out else nullcontext():
        budget.pytest_runtest_setup(SimpleNamespace(nodeid=test))
