"""What waits for a change starts without AWS's packages, and nearly as fast as click alone."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

import pytest

from integration.changes.exits import MEANINGS
from tests.contract.pipelines.conftest import ROOT, STANDARD

WITHOUT = ("boto3", "botocore", "aws_cdk", "jsii", "constructs", "aws_lambda_powertools", "moto", "starlette")
PROGRAM = f"""
import sys
class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {WITHOUT}:
            raise ModuleNotFoundError(name=name.partition('.')[0])
sys.meta_path.insert(0, Nowhere())
sys.path.insert(0, {str(ROOT)!r})
from integration.operations.app import main
main()
"""
CLICK = """
import click
@click.group()
def cli(): "Some words."
@cli.command()
def run(): "Some words."
cli()
"""


@pytest.fixture
def alone(environ, tmp_path):
    """The program where none of them can be imported."""

    def call(*words):
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, "change", *words],
            env=environ, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return call


def test_help_answers(alone):
    shown = alone("--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "rollback" in shown.stdout
    told = " ".join(shown.stdout.partition("Exit codes")[2].split())
    assert [code for code, meaning in MEANINGS.items() if f"{code} {meaning}" not in told] == []


@pytest.mark.parametrize(
    ("words", "file"), [(["change", "run"], "requirements-change.lock"), (["status"], "requirements.lock")]
)
def test_who_installed_nothing_is_told_what_to(words, file):
    """A pipeline need not install what deploys to AWS."""
    code = "import runpy, sys; sys.modules['click'] = None; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    script = str(ROOT / "deploy_integrations_solution.py")
    done = subprocess.run([sys.executable, "-c", code, script, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip().endswith(f"-r {file}")) == (1, True), done.stderr


@pytest.mark.parametrize("how", ["-I", "-P"])
def test_it_finds_itself_where_python_does_not_look_beside_a_script(environ, tmp_path, how):
    """As with PYTHONSAFEPATH."""
    words = [sys.executable, how, str(ROOT / "deploy_integrations_solution.py"), "change", "--help"]
    done = subprocess.run(words, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_deployment_runs(alone, tmp_path):
    done = alone("run", *STANDARD, "--json", "--", "touch", "deployed")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "deployed").exists()


@pytest.mark.parametrize("words", [("run",), ("run", "--nonsense"), ("check", "--instance-id", "no instance at all")])
def test_what_is_wrong_is_still_a_sentence(alone, words):
    done = alone(*words, *(("--", "true") if words == ("run",) else ()))
    assert done.returncode in (2, 3), done.stderr
    assert "Traceback" not in done.stderr


def seconds(*words, cwd=ROOT, env=None):
    """Of processor time, which others on this machine do not change much."""
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, cwd=cwd, env=env)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_utime + used.ru_stime


def test_a_run_adds_less_than_a_second_beyond_its_calls(environ, tmp_path):
    """What it does itself; a call is waited for, and costs no processor."""
    words = (str(ROOT / "deploy_integrations_solution.py"), "change", "run", *STANDARD, "--", "true")
    assert seconds(*words, cwd=tmp_path, env=environ) < 1


def test_help_takes_at_most_half_as_long_again_as_click_alone():
    """Pairs, one after the other, so that both meet the same machine; compiled before."""
    program = ("deploy_integrations_solution.py", "change", "--help")
    seconds(*program)
    pairs = [(seconds(*program), seconds("-c", CLICK, "--help")) for _ in range(9)]
    assert median(ours / theirs for ours, theirs in pairs) <= 1.5
