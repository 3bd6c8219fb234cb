"""What the environment of a CI system says of the run of a pipeline.

Sources: the systems' own pages about their variables (GitHub "Variables reference", GitLab "Predefined CI/CD
variables", Azure "Use predefined variables", Jenkins "Using environment variables", CodeBuild "Environment variables in
build environments", CircleCI "Project values and variables", Bitbucket "Variables and secrets").
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.changes.model import UNTOLD, Job, Part, Run

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_KEY = "key"
"""`Run.ci` where a person named the run."""
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Members but `detect`, `index` and `total` are texts with the names of variables in braces; of several, the first
    whose variables are all set. `first`: what the first of parallel parts has for its index. `job` and `attempt`: alike
    `job` and another `attempt` mean that the one before is over.
    """

    ci: str
    detect: str
    server: str = ""
    project: str = ""
    run: tuple[str, ...]
    commit: str = ""
    job: str = ""
    attempt: str = ""
    environment: str = ""
    index: str = ""
    total: str = ""
    first: int = 1


SYSTEMS = (
    System(
        ci="github", detect="GITHUB_ACTIONS", server="{GITHUB_SERVER_URL}", project="{GITHUB_REPOSITORY}",
        run=("{GITHUB_RUN_ID}",), commit="{GITHUB_SHA}", job="{GITHUB_JOB}", attempt="{GITHUB_RUN_ATTEMPT}",
    ),
    System(
        ci="gitlab", detect="GITLAB_CI", server="{CI_SERVER_URL}", project="{CI_PROJECT_PATH}",
        run=("{CI_PIPELINE_ID}",), commit="{CI_COMMIT_SHA}", job="{CI_JOB_NAME}", attempt="{CI_JOB_ID}",
        environment="{CI_ENVIRONMENT_NAME}", index="CI_NODE_INDEX", total="CI_NODE_TOTAL",
    ),
    System(
        ci="azure", detect="TF_BUILD", server="{SYSTEM_TEAMFOUNDATIONCOLLECTIONURI}", project="{SYSTEM_TEAMPROJECT}",
        run=("release/{RELEASE_RELEASEID}", "{BUILD_BUILDID}"), commit="{BUILD_SOURCEVERSION}",
        job="{SYSTEM_STAGENAME}{RELEASE_ENVIRONMENTNAME}/{SYSTEM_JOBNAME}",
        attempt="{SYSTEM_STAGEATTEMPT}{RELEASE_ATTEMPTNUMBER}.{SYSTEM_JOBATTEMPT}",
        environment="{ENVIRONMENT_NAME}", index="SYSTEM_JOBPOSITIONINPHASE", total="SYSTEM_TOTALJOBSINPHASE",
    ),
    System(
        ci="bitbucket", detect="BITBUCKET_BUILD_NUMBER", server="https://bitbucket.org",
        project="{BITBUCKET_REPO_FULL_NAME}", run=("{BITBUCKET_BUILD_NUMBER}",), commit="{BITBUCKET_COMMIT}",
        attempt="{BITBUCKET_STEP_RUN_NUMBER}", environment="{BITBUCKET_DEPLOYMENT_ENVIRONMENT}",
        index="BITBUCKET_PARALLEL_STEP", total="BITBUCKET_PARALLEL_STEP_COUNT", first=0,
    ),
    System(
        ci="circleci", detect="CIRCLECI", server="circleci",
        project="{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME}",
        run=("{CIRCLE_PIPELINE_ID}", "{CIRCLE_WORKFLOW_WORKSPACE_ID}"), commit="{CIRCLE_SHA1}",
        job="{CIRCLE_WORKFLOW_WORKSPACE_ID}/{CIRCLE_JOB}", attempt="{CIRCLE_WORKFLOW_ID}",
        index="CIRCLE_NODE_INDEX", total="CIRCLE_NODE_TOTAL", first=0,
    ),
    System(
        ci="jenkins", detect="JENKINS_URL", server="{JENKINS_URL}", project="{JOB_NAME}", run=("{BUILD_TAG}",),
        commit="{GIT_COMMIT}", job="{JOB_NAME}", attempt="{BUILD_NUMBER}",
    ),
    System(
        ci="codebuild", detect="CODEBUILD_BUILD_ID", run=("{CODEBUILD_BUILD_ARN}", "{CODEBUILD_BUILD_ID}"),
        commit="{CODEBUILD_RESOLVED_SOURCE_VERSION}", job="{CODEBUILD_BATCH_BUILD_IDENTIFIER}",
        attempt="{CODEBUILD_BUILD_ID}",
    ),
)  # fmt: skip
"""The first that is detected: a runner of GitHub may itself live in CodeBuild or beside Jenkins."""
NAMES = ", ".join(each.ci for each in SYSTEMS)


class NoRun(ValueError):
    """What identifies the run is not known; the message says what to give."""


def ci_of(environ: Mapping[str, str]) -> str:
    """The system's key; empty where none is recognised."""
    return next((each.ci for each in SYSTEMS if environ.get(each.detect)), "")


def job_of(environ: Mapping[str, str]) -> Job:
    """Who we are among the jobs of a run, on one line; of a system that is not recognised nobody tells."""
    system = next((each for each in SYSTEMS if environ.get(each.detect)), None)
    if system is None:
        return UNTOLD
    name, attempt = (_filled(each, environ) for each in (system.job, system.attempt))
    return Job(" ".join(name.split())[:LONGEST_NAME], "".join(attempt.split()))


def run_of(environ: Mapping[str, str], key: str = "", part: str = "") -> Run:
    """`key`: what a person named the run by, in place of what the system says; `part`: as `2/5`. Raises `NoRun`."""
    system = next((each for each in SYSTEMS if environ.get(each.detect)), None)
    if system is None and not key:
        raise NoRun(f"no CI system is recognised ({NAMES}): name this run with --key, alike in a re-run of it")
    given = _part(part) if part else _own_part(system, environ)
    if system is None:
        return Run(ci=BY_KEY, server="", project="", run=key, part=given)
    run = key or _first(system.run, environ)
    if not run:
        raise NoRun(f"{system.ci} is recognised, but {' or '.join(system.run)} is not set: name this run with --key")

    def text(template: str) -> str:
        return _filled(template, environ)

    return Run(
        ci=BY_KEY if key else system.ci,
        server="" if key else text(system.server),
        project="" if key else text(system.project),
        run=run,
        part=given,
        commit=text(system.commit),
        environment=text(system.environment),
    )


def _filled(template: str, environ: Mapping[str, str]) -> str:
    """What is not set is left out."""
    return template.format_map(defaultdict(str, environ))


def _first(templates: tuple[str, ...], environ: Mapping[str, str]) -> str:
    whole = (each for each in templates if all(environ.get(name) for name in re.findall(r"{(\w+)}", each)))
    return next((_filled(each, environ) for each in whole), "")


def _part(text: str) -> Part:
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if not found or int(found[1]) > int(found[2]):
        raise NoRun(f"{text!r} is no part such as 2/5, counted from 1")
    return Part(int(found[1]), int(found[2]))


def _own_part(system: System | None, environ: Mapping[str, str]) -> Part | None:
    """None where the job is alone, or where the system counts none."""
    if system is None:
        return None
    index, total = environ.get(system.index, ""), environ.get(system.total, "")
    if not (index.isdigit() and total.isdigit()) or int(total) < 2:
        return None
    counted = int(index) - system.first + 1
    return _part(f"{counted}/{int(total)}")
