"""The example pipelines: each script as its system runs it, in its shell, with its variables and its outputs.

Not run, for no test can: `uses:` steps, the clone and the installation, credentials bindings, images, and what starts
which job when.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.contract.pipelines.conftest import PATIENCE_S, ROOT, SECRET
from tests.unit.changes.test_environment import ENVIRONMENTS

EXAMPLES = ROOT / "docs" / "changes" / "examples"
INSTALLING = {
    'git clone --quiet --depth 1 "$INTEGRATIONS_URL" integrations',
    "python3 -m pip install --quiet -r integrations/requirements-change.lock",
}
OURS = {"SERVICENOW_CLIENT_ID": "ci", "SERVICENOW_CLIENT_SECRET": SECRET, "VERSION": "abc"}
OUTPUT = re.compile(r"\$\{\{ steps\.change\.outputs\.(\w+) \}\}")
BASH, PIPEFAIL = ("bash", "-e", "-c"), ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


@dataclass
class Job:
    """A folder of a runner. `given`: what the system sets for every script."""

    folder: object
    given: dict

    def script(self, shell, text, **more):
        lines = [line for line in text.splitlines() if line.strip() not in INSTALLING]
        done = subprocess.run(
            [*shell, "\n".join(lines)], env={**self.given, **more}, cwd=self.folder, text=True, check=False,
            capture_output=True, timeout=PATIENCE_S * 2,
        )  # fmt: skip
        assert done.returncode == 0, (text, done.stdout, done.stderr)
        return done.stdout


def of(name):
    return yaml.safe_load((EXAMPLES / name).read_text())


def github(job):
    """Each step a shell of its own, with a file for its outputs; those of one with an id stand in later variables."""
    told = {}
    for number, step in enumerate(of("github.yml")["jobs"]["production"]["steps"]):
        if "run" in step and step["name"] != "Install":
            outputs = job.folder / f"outputs-{number}"
            outputs.touch()
            named = {n: OUTPUT.fullmatch(v) for n, v in step.get("env", {}).items()}
            env = {n: told[found[1]] for n, found in named.items() if found}
            job.script(PIPEFAIL, step["run"], GITHUB_OUTPUT=str(outputs), **env)
            if step.get("id") == "change":
                told = dict(line.split("=", 1) for line in outputs.read_text().splitlines())


def gitlab(job):
    """A job's lines are one script; a job gets the lines of an earlier one's dotenv report for variables."""
    jobs, told = of("gitlab.yml"), {}
    for name in ("test", "change", "deploy"):
        job.script(BASH, "\n".join(jobs[name]["script"]), **told)
        report = jobs[name].get("artifacts", {}).get("reports", {}).get("dotenv")
        if report:
            told = dict(line.split("=", 1) for line in (job.folder / report).read_text().splitlines())


def azure(job):
    """Variables of a step with a name come from its log, and stand in later scripts as `$(name.VARIABLE)`."""
    told = {}
    for step in of("azure.yml")["jobs"][0]["steps"][1:]:
        text = step["bash"]
        for name, value in told.items():
            text = text.replace(f"$(change.{name})", value)
        log = job.script(PIPEFAIL, text)
        found = re.findall(r"##vso\[task\.setvariable variable=(\w+);isOutput=true\](.*)", log)
        told |= dict(found) if step.get("name") == "change" else {}


def jenkins(job):
    """`sh` with -xe; a binding of user name and password is three variables."""
    bound = {"SERVICENOW_CLIENT": f"ci:{SECRET}", "SERVICENOW_CLIENT_USR": "ci", "SERVICENOW_CLIENT_PSW": SECRET}
    for text in re.findall(r"sh '''\n(.*?)'''", (EXAMPLES / "Jenkinsfile").read_text(), re.DOTALL):
        job.script(("sh", "-xe", "-c"), text, **bound)


def codebuild(job):
    """Of version 0.2, all commands share one shell."""
    phases = of("codebuild.yml")["phases"]
    lines = [line for phase in ("install", "pre_build", "build", "post_build") for line in phases[phase]["commands"]]
    job.script(BASH, "\n".join(lines), EXECUTION=job.folder.name)


def circleci(job):
    """Each step reads what earlier ones exported."""
    exported = job.folder / "bash_env"
    exported.touch()
    for step in of("circleci.yml")["jobs"]["production"]["steps"]:
        if isinstance(step, dict) and step["run"]["name"] != "Install":
            job.script(PIPEFAIL, f'. "$BASH_ENV"\n{step["run"]["command"]}', BASH_ENV=str(exported))


def bitbucket(job):
    """A step's lines are one script, those after it another."""
    step = of("bitbucket.yml")["pipelines"]["branches"]["main"][0]["step"]
    for lines in (step["script"], step["after-script"]):
        job.script(BASH, "\n".join(lines))


SYSTEMS = {each.__name__: each for each in (github, gitlab, azure, jenkins, codebuild, circleci, bitbucket)}


def ready(ci, folder, environ, url):
    """What a checkout leaves on a runner, and the clone beside it; ours is looked at every 5 s."""
    folder.mkdir()
    (folder / "integrations").symlink_to(ROOT)
    for name, text in {"test.sh": "echo '<tests/>'", "deploy.sh": "echo deployed > deployed.txt"}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    text = (EXAMPLES / "change.toml").read_text().replace("poll_interval = 15", "poll_interval = 5")
    (folder / "change.toml").write_text(text.replace('app = "shop"', f'app = "{ci}"'))
    path = f"{Path(sys.executable).parent}:{environ['PATH']}"  # of an environment with what would be installed
    given = {"PATH": path, "HOME": str(folder), "SERVICENOW_INSTANCE_ID": url, **OURS}
    return Job(folder, {**given, **ENVIRONMENTS[ci]})


@pytest.fixture
def played(instance, environ, tmp_path, approving):
    """All at once, since each mostly waits for people. Folder by system."""
    jobs = {ci: ready(ci, tmp_path / ci, environ, instance.url) for ci in SYSTEMS}
    with ThreadPoolExecutor(len(jobs)) as pool:
        ended = {ci: pool.submit(SYSTEMS[ci], job) for ci, job in jobs.items()}
        for each in ended.values():
            each.result()
    return {ci: job.folder for ci, job in jobs.items()}


def test_every_example_deploys_under_a_change_of_its_own_and_tells_which(instance, played):
    """Approved by people, with the tests' result attached, closed as successful."""
    rows = {ci: instance.change((folder / "told.txt").read_text().split()[0]) for ci, folder in played.items()}
    assert {ci: (folder / "deployed.txt").exists() for ci, folder in played.items()} == dict.fromkeys(SYSTEMS, True)
    assert len({row["sys_id"] for row in rows.values()}) == len(SYSTEMS)
    for ci, row in rows.items():
        assert (row["state"], row["close_code"], row["approval"]) == ("3", "successful", "approved"), ci
        assert instance.files(row["sys_id"]) == {"Test Results.xml"}, ci
        assert row["correlation_display"].startswith(f"{ci} abc to production"), ci


def test_every_example_is_played_and_linked_from_the_page():
    there = {path.name for path in EXAMPLES.iterdir()} - {"change.toml"}
    assert there == {"Jenkinsfile" if ci == "jenkins" else f"{ci}.yml" for ci in SYSTEMS}
    page = (ROOT / "docs" / "changes" / "README.md").read_text()
    assert [name for name in there if f"(examples/{name})" not in page] == []


def test_every_example_installs_by_the_same_two_lines():
    """These are not run: nothing may be installed while tests run."""
    assert shutil.which("git")
    for path in EXAMPLES.iterdir():
        found = {
            line.strip(" -") for line in path.read_text().splitlines() if "integrations" in line and "INTEGR" in line
        }
        assert found <= INSTALLING, path.name
