"""Node runs in a child of its own: it sees no secret, and whoever presses Ctrl-C reads our sentence alone."""

import json
import os
import signal
import sys
import threading

import pytest

from integration.operations.deployment import synthesis
from integration.operations.deployment.synthesis import RULES, SynthesisFailed, synthesise
from tests.contract.operations.test_cli_children import CANARY, SECRETS

TELLS = "import json, os, sys; print(json.dumps([json.dumps(dict(os.environ)), sys.stdin.read(), str(os.getsid(0))]))"
NOISY = """
import pathlib, signal, subprocess, sys
alive = pathlib.Path("{alive}").open("w")
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=[alive.fileno()])
print("up", file=alive, flush=True)
try:
    signal.pause()
finally:
    print("Error on jsii API channel: ECONNRESET", file=sys.stderr)
"""


@pytest.fixture
def heard():
    """Whoever started the tests in the background has Ctrl-C ignored."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.fixture
def child(monkeypatch, tmp_path):
    """The child runs this code instead of CDK."""

    def runs(code):
        (tmp_path / "stand_in.py").write_text(code)
        monkeypatch.setattr(synthesis, "MODULE", "stand_in")
        monkeypatch.setattr(synthesis, "REPOSITORY", tmp_path)

    return runs


def test_it_reads_the_deployment_and_sees_no_secret(child, tmp_path, monkeypatch):
    for name in (*SECRETS, "SNOW_PASSWORD", "HOMEBREW_GITHUB_API_TOKEN", "NODE_AUTH_TOKEN"):
        monkeypatch.setenv(name, CANARY)
    child(TELLS)
    environment, given, session = map(str, synthesise(tmp_path, given='{"name": "x"}'))
    assert given == '{"name": "x"}'
    assert session != str(os.getsid(0))
    assert CANARY not in environment
    assert json.loads(environment)["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("checked", [True, False])
def test_cdk_s_own_rules_are_asked_before_a_deployment_and_not_by_the_local_system(
    child, tmp_path, checked, monkeypatch
):
    """The CDK CLI's own word for it (`--no-validation`)."""
    monkeypatch.delenv(RULES, raising=False)
    child(TELLS)
    environment, *_ = map(str, synthesise(tmp_path, checked=checked))
    assert json.loads(environment).get("CDK_VALIDATION", "true") == ("true" if checked else "false")


def test_who_has_told_cdk_to_ask_no_rules_is_heard(child, tmp_path, monkeypatch):
    monkeypatch.setenv("CDK_VALIDATION", "false")
    child(TELLS)
    environment, *_ = map(str, synthesise(tmp_path))
    assert json.loads(environment)["CDK_VALIDATION"] == "false"


@pytest.mark.usefixtures("heard")
def test_ctrl_c_ends_it_with_its_node_and_shows_nothing_of_it(child, tmp_path, capfd):
    """A terminal sends it to a whole group; the session is another one, so we alone hear it."""
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    child(NOISY.format(alive=alive))

    def press():
        with alive.open() as lines:
            assert lines.readline() == "up\n"
            os.kill(os.getpid(), signal.SIGINT)
            lines.read()  # ends with the last process that has it open

    finger = threading.Thread(target=press, daemon=True)
    finger.start()
    with pytest.raises(KeyboardInterrupt):
        synthesise(tmp_path)
    finger.join(10)
    assert not finger.is_alive()
    assert capfd.readouterr() == ("", "")


def test_what_cdk_complained_of_last_is_told(child, tmp_path):
    child("import sys; sys.exit('\\n'.join(f'line {n}' for n in range(40)))")
    with pytest.raises(SynthesisFailed, match=r"\Aline 25\n") as failed:
        synthesise(tmp_path)
    assert str(failed.value).endswith("line 39")
    assert sys.executable not in str(failed.value)
