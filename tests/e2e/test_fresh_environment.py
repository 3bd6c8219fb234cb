"""`pip install -r requirements.txt` and run: nothing else of this repository's tools is there, and no Node on the path.

A virtual environment out of uv's cache, with our byte code and what jsii has unpacked: a few seconds of processor.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from integration.operations.deployment.key_file import make_pair

REPOSITORY = Path(__file__).resolve().parents[2]
OPTIONS = (
    "--instance-id", "http://127.0.0.1:9", "--client-id", "c", "--client-secret", "s", "--user-sys-id", "a" * 32,
    "--integration-module", "itsm",
)  # fmt: skip
UNPACKED = Path.home() / ".cache/aws/jsii/package-cache"
UV = Path(sys.executable).parent / "uv"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """Runs the program in such an environment, from a folder that is not its own."""
    folder = tmp_path_factory.mktemp("fresh")
    venv, home = folder / "venv", folder / "home"
    home.mkdir()
    install(venv)
    make_pair(home / "private.key", home / "publickey.cer", 2048, 365, "test")
    environment = {
        "PATH": str(venv / "bin"), "HOME": str(home), "LANG": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": str(REPOSITORY), "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(UNPACKED),
    }  # fmt: skip

    def run(*words):
        what = words if words[0] == "-c" else (str(REPOSITORY / "deploy_integrations_solution.py"), *words)
        program = [str(venv / "bin" / "python"), *what]
        return subprocess.run(
            program, cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=300
        )

    return run


def install(venv):
    """Hard links out of the cache that `make install` has filled; where something is missing, it is fetched."""
    for command in (
        ["venv", "--quiet", "--python", sys.executable, str(venv)],
        ["pip", "install", "--quiet", "--python", str(venv / "bin" / "python"), "pip", "-r", "requirements.txt"],
    ):
        subprocess.run([UV, *command], cwd=REPOSITORY, check=True, capture_output=True, timeout=300)
    take_byte_code(Path(sysconfig.get_path("purelib")), next(venv.glob("lib/*/site-packages")))


def take_byte_code(ours, theirs):
    """Files of one cache are the same files, so what was compiled of ours is valid; aws_cdk alone takes ten seconds."""
    for compiled in ours.glob("aws_cdk/**/__pycache__"):
        shutil.copytree(compiled, theirs / compiled.relative_to(ours), dirs_exist_ok=True)


def test_there_is_no_node_but_that_of_the_requirements(fresh):
    assert shutil.which("node", path=fresh.__closure__[0].cell_contents["PATH"]) is None


def test_every_command_shows_its_help(fresh):
    done = fresh("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "service-now" in done.stdout
    assert fresh("service-now", "--help").returncode == 0


def test_check_says_what_is_missing(fresh):
    """No credentials and no options: a line for each, with what to do, and no trace."""
    done = fresh("check", "--region", "us-east-1", "--json")
    assert done.returncode == 1, done.stderr
    found = {verdict["subject"]: verdict for verdict in json.loads(done.stdout)["checks"]}
    assert "no usable AWS credentials" in found["identity"]["told"]
    assert "--instance-id" in found["sign-in"]["told"]
    assert "Traceback" not in done.stderr


def test_a_plan_says_what_is_missing(fresh):
    """Without an account it goes on, without a key it cannot: one sentence, and the command that makes one."""
    done = fresh("service-now", "--dry-run", *OPTIONS, "--private-key-path", "nowhere.key")
    assert done.returncode == 3
    assert "nowhere.key cannot be read: No such file" in done.stderr
    assert "keygen" in done.stderr


def test_stacks_are_made_with_the_node_of_the_requirements(fresh):
    """What every plan and deployment begins with; a whole one takes twenty seconds and is deployed elsewhere."""
    program = "from integration.operations.synth import app; print(app.new_app('assembly').node.path == '')"
    done = fresh("-c", program)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
