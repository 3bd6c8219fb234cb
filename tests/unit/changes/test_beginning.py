"""Which of several jobs runs the command: what their notes say, whose note counts, who was first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integration.changes.beginning import first, left, said, told
from integration.changes.environment import job_of
from integration.changes.model import UNTOLD, Beginning, Job
from integration.changes.plan import Seen

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OURS, THEIRS = "0" * 8, "1" * 8


@pytest.mark.parametrize("job", [UNTOLD, Job("deploy", "2"), Job("deploy: [a, b] of 3", "1.2"), Job("“x”", "a-b")])
def test_a_note_says_who_begins_and_is_read_back(job: Job) -> None:
    notes = [(f"The pipeline begins. {said(OURS, job)}", NOW), ("by hand [x]", NOW), (left(OURS), NOW)]
    assert told(notes[:2]) == (Beginning(OURS, job.name, job.attempt, NOW),)
    assert told(notes) == (Beginning(OURS, job.name, job.attempt, NOW, left=True),)
    assert told(notes[1:]) == ()
    assert told([notes[2], notes[0]]) == told(notes), "a start may land after its process left"


WHO = {
    # how much later theirs was noted, what else is known: whose it is
    "long before": (-60, {}, THEIRS),
    "in the same second": (0, {}, THEIRS),
    "a few seconds later, by another node's clock": (4, {}, THEIRS),
    "long after": (60, {}, OURS),
    "before, and left": (-60, {"left": True}, OURS),
}


@pytest.mark.parametrize("how", WHO)
def test_of_two_that_began_the_first_runs_the_command(how: str) -> None:
    later_s, more, whose = WHO[how]
    theirs = replace(Beginning(THEIRS, "deploy", "1", NOW + timedelta(seconds=later_s)), **more)
    found = first(Seen(token=OURS, beginnings=(theirs, Beginning(OURS, "deploy", "1", NOW)), job=Job("deploy", "1")))
    assert (found.token if found else OURS) == whose


def test_who_left_it_to_another_does_not_come_back() -> None:
    """Whatever the other did then: it may have cancelled the change."""
    own = Beginning(OURS, "deploy", "1", NOW, left=True)
    assert first(Seen(token=OURS, beginnings=(own, Beginning(THEIRS, "deploy", "1", NOW, left=True)))) == own


JOBS = {
    # variables: job, attempt
    "github": ({"GITHUB_ACTIONS": "true", "GITHUB_JOB": "deploy", "GITHUB_RUN_ATTEMPT": "2"}, Job("deploy", "2")),
    "gitlab": ({"GITLAB_CI": "true", "CI_JOB_NAME": "deploy: [a]", "CI_JOB_ID": "99"}, Job("deploy: [a]", "99")),
    "azure": (
        {
            "TF_BUILD": "True", "SYSTEM_STAGENAME": "prod", "SYSTEM_JOBNAME": "job1", "SYSTEM_STAGEATTEMPT": "2",
            "SYSTEM_JOBATTEMPT": "1",
        },
        Job("prod/job1", "2.1"),
    ),
    "bitbucket": ({"BITBUCKET_BUILD_NUMBER": "7", "BITBUCKET_STEP_RUN_NUMBER": "2"}, Job("", "2")),
    "circleci": (
        {"CIRCLECI": "true", "CIRCLE_WORKFLOW_WORKSPACE_ID": "w", "CIRCLE_JOB": "deploy", "CIRCLE_WORKFLOW_ID": "v"},
        Job("w/deploy", "v"),
    ),
    "jenkins": ({"JENKINS_URL": "x", "JOB_NAME": "shop", "BUILD_NUMBER": "12"}, Job("shop", "12")),
    "codebuild": ({"CODEBUILD_BUILD_ID": "shop:1"}, Job("", "shop:1")),
    "none": ({"JOB_NAME": "x"}, UNTOLD),
}  # fmt: skip


@pytest.mark.parametrize("system", JOBS)
def test_each_system_says_which_job_and_which_try_of_it(system: str) -> None:
    variables, job = JOBS[system]
    assert job_of(variables) == job
