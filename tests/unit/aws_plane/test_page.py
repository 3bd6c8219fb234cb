"""The page on the plane says what the code does."""

from pathlib import Path

import pytest

from integration.aws_plane.deployment import KINDS
from integration.aws_plane.page import page
from integration.aws_plane.resources.kinds import Made, Resource, UnknownResource, check

PAGE = Path(__file__).resolve().parents[3] / "docs" / "emulators" / "aws.md"


def test_the_page_is_up_to_date():
    """If this fails: `python -m integration.aws_plane.page > docs/emulators/aws.md`."""
    assert PAGE.read_text(encoding="utf-8") == page()


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
