"""`--with KEY`: `local` starts what is named, or cases where nothing is; `service-now` adds it to cases."""

import click
import pytest
from click.testing import CliRunner

from integration.operations import registry
from integration.operations.commands.local import local
from integration.operations.commands.service_now import service_now
from integration.operations.declaration import load
from integration.operations.tour import Part

COMMANDS = {"local": local, "service-now": service_now}
GIVEN = {"nothing": ((), ("cases",)), "one": (("cases",), ("cases",)), "one twice": (("cases", "cases"), ("cases",))}


def keys_of(command, *given):
    (option,) = (each for each in command.params if each.name == "integrations")
    return option.process_value(click.Context(command), given)


@pytest.mark.parametrize("how", GIVEN)
def test_what_is_named_is_started_once(how):
    given, started = GIVEN[how]
    assert keys_of(local, *given) == started


def test_a_deployment_has_cases_whatever_is_named():
    assert keys_of(service_now) == ()


@pytest.mark.parametrize("command", COMMANDS)
def test_all_is_whatever_there_is(command):
    assert keys_of(COMMANDS[command], "all") == registry.startable()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("key", ["nonsense", "connection"])
def test_an_unknown_key_is_refused_with_those_there_are(command, key):
    """The connection is none of them: it is always there."""
    result = CliRunner().invoke(COMMANDS[command], ["--with", key])
    assert result.exit_code == click.UsageError.exit_code
    there = ", ".join(registry.startable())
    assert f"there is no integration {key!r}, only {there}; or all" in " ".join(result.output.split())


def test_the_connection_is_there_without_any():
    assert [each.integration.key for each in registry.chosen(())] == ["connection"]


def test_the_connection_comes_before_what_stands_on_it():
    assert [each.integration.key for each in registry.chosen(["cases"])] == ["connection", "cases"]


@pytest.mark.parametrize("operated", [each for each in registry.OPERATED if each.tour], ids=lambda each: each.tour)
def test_a_part_of_the_tour_is_one(operated):
    assert isinstance(load(operated.tour), Part)
