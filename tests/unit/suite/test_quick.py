"""What `make quick` takes to be near a change."""

from tests import quick

ROOT = quick.REPOSITORY


def names(changed):
    return [test.relative_to(ROOT).as_posix() for test in quick.nearest([ROOT / each for each in changed])]


def test_a_test_that_imports_what_changed_comes_first():
    found = names(["mappers/text_split.py"])
    direct = [each for each in found if "mappers.text_split" in (ROOT / each).read_text()]
    assert direct
    assert set(direct) & set(found[: len(direct) + 2])


def test_what_depends_on_it_through_others_comes_too():
    assert any(each.startswith("tests/unit/cases") for each in names(["mappers/text_split.py"]))


def test_a_changed_test_is_the_nearest():
    assert names(["tests/unit/suite/test_quick.py"]) == ["tests/unit/suite/test_quick.py"]


def test_a_rule_of_the_instance_reaches_the_tests_of_rules():
    assert "tests/unit/servicenow_setup/test_rules.py" in names(["servicenow_setup/business_rules/incident_saved.js"])


def test_a_page_is_read_by_none():
    assert names(["docs/limits.md"]) == []
