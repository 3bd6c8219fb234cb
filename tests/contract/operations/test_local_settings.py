"""What a local system is set to, beside what its tests and users ask for."""

from integration.cases.brake import share
from integration.constants import NEW_CASES_PER_HOUR
from integration.operations.local.system import _own_name


def test_one_person_who_opens_everything_is_not_held_before_all_would_be_elsewhere(instance):
    settings = _own_name(f"{instance.url}/_admin")
    assert share(settings["new_cases_per_hour"]) == NEW_CASES_PER_HOUR
