"""What a person sees first: help for everything, at once, on a machine that has nothing yet."""

import subprocess
import sys

import pytest

from integration.operations.app import SECTIONS
from integration.operations.deployment.bundle import REPOSITORY

COMMANDS = [name for section in SECTIONS.values() for name in section]
HEAVY = ("boto3", "botocore", "aws_cdk", "jsii", "moto", "rich", "cryptography", "starlette")
DOCUMENTED = (
    "--instance-id", "--client-id", "--client-secret", "--user-sys-id", "--private-key-path", "--integration-module",
    "--log-level",
)  # fmt: skip


def test_help_of_the_program_imports_nothing_heavy():
    """In a fresh interpreter: `--help` answers without boto3, CDK, moto."""
    code = (
        "import sys; sys.argv = ['deploy_integrations_solution.py', '--help']\n"
        "from integration.operations.app import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert not ended.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout
    assert "service-now" in done.stdout


@pytest.mark.parametrize("spelling", ["deploy_integrations_solution.py", "deploy-integrations-solution.py"])
def test_both_documented_scripts_start(spelling):
    """Both spellings of the published specification are executable and are the same program."""
    path = REPOSITORY / spelling
    assert path.stat().st_mode & 0o111
    done = subprocess.run([sys.executable, path, "--version"], capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.strip()


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("local", "console")])
def test_every_command_explains_itself(run, name):
    """Each has an example that begins as a person would type it, and says what its options default to."""
    done = run(name, "--help")
    assert done.exit_code == 0, done.stderr
    assert "Examples:" in done.stdout
    assert f"./deploy_integrations_solution.py {name}" in done.stdout


def test_the_documented_options_are_there(run):
    shown = run("service-now", "--help").stdout
    assert [option for option in DOCUMENTED if option not in shown] == []


@pytest.mark.parametrize("deploys", [["change", "deploy"], ["workspace", "deploy"]])
def test_what_stands_in_every_deployment_each_way_to_deploy_takes(run, deploys):
    """Without cases nothing else could say it."""
    shown = run(*deploys, "--help").stdout
    of_all = ("--log-level", "--log-policy", "--setup", "--alarm-email", "--alarm-topic", "--allowed-ips", "--subnets")
    assert [option for option in of_all if option not in shown] == []


def test_the_help_lists_every_exit_code(run):
    from integration.operations.terminal import output

    text = " ".join(run("--help").stdout.split())
    codes = [
        output.DONE,
        output.NOT_IN_ORDER,
        output.USAGE,
        output.REFUSED,
        output.DEPLOYMENT_FAILED,
        output.NO_ANSWER,
        output.BUG,
    ]
    assert all(f"{code} " in text.partition("Exit codes:")[2] for code in [*codes, output.INTERRUPTED])


def test_an_unknown_command_is_wrong_usage(run):
    done = run("deploy")
    assert done.exit_code == 2
    assert "No such command" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_know_every_spelling(run, shell):
    done = run("completion", shell)
    assert done.exit_code == 0
    for spelling in ("deploy-integrations-solution", "deploy_integrations_solution.py"):
        assert spelling in done.stdout


def test_completing_a_command_name_imports_no_command():
    """Pressing tab is answered from the table of commands."""
    code = (
        "import os, sys\n"
        "from integration.operations.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    env = {"_DEPLOY_INTEGRATIONS_SOLUTION_COMPLETE": "bash_complete", "COMP_WORDS": "x sta", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True, env=env
    )
    assert done.stdout.splitlines() == ["plain,status", "[]"]
