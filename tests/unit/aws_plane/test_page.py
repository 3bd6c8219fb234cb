"""What the page on the plane tells has its reasons in the code."""

import pytest

from integration.aws_plane.deployment import KINDS
from integration.aws_plane.resources.kinds import Made, Resource, UnknownResource, check


@pytest.mark.parametrize("kind", KINDS)
def test_every_ignored_property_has_a_reason_and_none_is_also_used(kind):
    """Only what lies inside an ignored property needs none."""
    ignored = KINDS[kind].ignored
    bare = [name for name, reason in ignored.items() if not reason and name.rpartition(".")[0] not in ignored]
    assert bare == []
    assert set(KINDS[kind].used).isdisjoint(ignored)


def test_an_unknown_property_is_named_with_its_place_however_deep():
    properties = {"FunctionName": "f", "Environment": {"Variables": {"ANY": "x"}, "Odd": 1}, "Layers": []}
    resource = Resource("Stack", "id", "Logical", "AWS::Lambda::Function", properties)
    with pytest.raises(UnknownResource, match=r"Stack/Logical \(AWS::Lambda::Function\): .* Environment.Odd, Layers"):
        check(KINDS["AWS::Lambda::Function"], resource)


def test_a_name_is_made_the_same_every_time_and_fits():
    resource = Resource("S" * 40, "id", "L" * 40, "T", {})
    assert resource.named(None, 64) == resource.named(None, 64)
    assert len(resource.named(None, 64)) == 64
    assert resource.named("given") == "given"
    assert Made("x").attributes == {}
