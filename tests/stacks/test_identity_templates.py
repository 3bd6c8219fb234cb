"""What templates name: ids CloudFormation and people go by, of the plain deployment and of one with every option."""

import pytest

from tests.identity.golden import check
from tests.identity.templates import of_type, resources, surface, words

VARIANTS = ("plain", "blue")


@pytest.fixture(params=VARIANTS)
def variant(request):
    return request.param, request.getfixturevalue(request.param)


def test_every_resource_keeps_its_id_type_name_and_stack(variant):
    """A resource whose id changes is made anew beside the old one, which a physical name forbids."""
    kind, stacks = variant
    check(f"resources-{kind}", resources(stacks.paths))


def test_parameters_and_outputs_keep_their_names_and_exports(variant):
    """Stacks import each other's exports, commands read outputs, operators give parameters."""
    kind, stacks = variant
    check(f"surface-{kind}", surface(stacks.paths))


def test_events_metrics_and_variables_keep_their_names(variant):
    """Dashboards and rules of others go by events and metrics; a function reads its variables."""
    kind, stacks = variant
    check(f"words-{kind}", words(stacks.templates))


def test_what_runs_may_be_found_elsewhere_with_the_code(plain):
    """The one part of identity that may change with the code: both are deployed together."""
    check("handlers", {p["FunctionName"]: p["Handler"] for p in of_type(plain.templates, "Lambda::Function")})
