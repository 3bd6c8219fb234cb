"""Where quickjs has no wheel, Node runs the same scripts to the same end."""

import pytest

from integration.emulators.servicenow.glide import engine, node_context
from tests.unit.emulators.glide.test_engine import Host, run


@pytest.fixture
def host(monkeypatch):
    monkeypatch.setattr(engine, "quickjs", node_context)
    return Host()


def test_a_script_asks_the_host_and_changes_its_record(host):
    result = run(host, "var gr = new GlideRecord('t'); gr.addQuery('a', 'ä'); gr.query(); current.state = 3;")
    assert result.error is None
    assert result.changes == {"state": "3"}
    assert host.calls[0][:3] == ("query", "t", "a=ä")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("nothing.here()", "ReferenceError"),
        ("var a = ;", "SyntaxError"),
        ("function f() { return f() + 1; } f();", "RangeError"),
        ("process.exit()", "process is not defined"),
        ("var all = []; while (true) { all.push('x' + all.length); }", "out of memory"),
    ],
)
def test_a_failing_script_ends_its_run_and_nothing_else(host, script, said):
    """Nor does it see anything of Node."""
    assert said in run(host, script).error
    assert run(host, "current.state = 4;").changes == {"state": "4"}


def test_a_loop_ends_by_itself(host, monkeypatch):
    """Nobody can stop it from outside: its parent may be gone by then."""
    monkeypatch.setattr(node_context, "LONGEST_S", 0.2)
    assert "timed out" in run(host, "while (true) {}").error
