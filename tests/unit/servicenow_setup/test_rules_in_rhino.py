"""Every scenario of the rules once more in Rhino, with script strings and with Java strings.

An instance hands a script Java strings, which are objects there: `===` with a script's string is false.
"""

from __future__ import annotations

import pytest

from tests.instance_scripts.rhino import MISSING, Rhino, RhinoEngine, command
from tests.unit.servicenow_setup.test_rules import *  # noqa: F403 - the scenarios, under their own names

pytestmark = [pytest.mark.skipif(command() is None, reason=MISSING), pytest.mark.xdist_group("rhino")]


@pytest.fixture(scope="module")
def process():
    started = Rhino()
    yield started
    started.close()


@pytest.fixture(scope="module", params=["script strings", "Java strings"])
def rhino(request, process):
    process.java = request.param == "Java strings"
    return process


@pytest.fixture
def new_host(new_host, rhino):
    """The same host, its scripts in Rhino."""

    class InRhino(new_host):
        def engine(self):
            return RhinoEngine(self, rhino)

    return InRhino


def test_a_java_string_is_no_script_string_here(rhino, new_host, instance):
    """Otherwise these scenarios would show nothing that the embedded engine does not."""
    host = new_host(instance)
    script = "gs.info(String(typeof current.getValue('a')) + (current.getValue('a') === 'x'));"
    result = host.engine().run(
        script, table="incident", current={"a": "x"}, previous=None, operation="update", user="joe"
    )
    assert result.error is None
    assert host.logged == ["info: objectfalse" if rhino.java else "info: stringtrue"]
