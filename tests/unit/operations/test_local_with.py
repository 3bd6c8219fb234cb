"""`local --with KEY`: what is named is started with the connection; nothing named means cases."""

import click
import pytest
from click.testing import CliRunner

from integration.operations import registry
from integration.operations.commands.local import _keys, local
from integration.operations.declaration import load
from integration.operations.tour import Part

GIVEN = {"nothing": ((), ("cases",)), "one": (("cases",), ("cases",)), "one twice": (("cases", "cases"), ("cases",))}


@pytest.mark.parametrize("how", GIVEN)
def test_what_is_named_is_started_once(how):
    given, started = GIVEN[how]
    assert _keys(None, None, given) == started


def test_all_is_whatever_there_is():
    assert _keys(None, None, ("all",)) == registry.startable()


@pytest.mark.parametrize("key", ["nonsense", "connection"])
def test_an_unknown_key_is_refused_with_those_there_are(key):
    """The connection is none of them: it is always there."""
    result = CliRunner().invoke(local, ["--with", key])
    assert result.exit_code == click.UsageError.exit_code
    there = ", ".join(registry.startable())
    assert f"there is no integration {key!r}, only {there}; or all" in " ".join(result.output.split())


def test_the_connection_is_there_without_any():
    assert [each.integration.key for each in registry.chosen(())] == ["connection"]


def test_the_connection_comes_before_what_stands_on_it():
    assert [each.integration.key for each in registry.chosen(["cases"])] == ["connection", "cases"]


@pytest.mark.parametrize("key", registry.startable())
def test_every_integration_has_its_part_of_the_tour(key):
    (operated,) = (each for each in registry.OPERATED if each.integration.key == key)
    assert isinstance(load(operated.tour), Part)
