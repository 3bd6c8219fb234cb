"""What the environment of each CI says of a run: the same in a re-run, another for another run."""

from __future__ import annotations

import pytest

from integration.changes.environment import SYSTEMS, NoRun, ci_of, run_of
from integration.changes.key import key_of
from integration.changes.model import Part

GITHUB = {
    "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "octo/shop",
    "GITHUB_RUN_ID": "4711", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_SHA": "abc", "GITHUB_ACTOR": "mona",
}  # fmt: skip
GITLAB = {
    "GITLAB_CI": "true", "CI_SERVER_URL": "https://gitlab.com", "CI_PROJECT_PATH": "octo/shop", "CI_PIPELINE_ID": "815",
    "CI_JOB_ID": "1", "CI_PIPELINE_URL": "https://gitlab.com/octo/shop/-/pipelines/815", "CI_COMMIT_SHA": "abc",
    "GITLAB_USER_LOGIN": "mona", "CI_ENVIRONMENT_NAME": "production",
}  # fmt: skip
AZURE = {
    "TF_BUILD": "True", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": "https://dev.azure.com/octo/",
    "SYSTEM_TEAMPROJECT": "shop", "BUILD_BUILDID": "99", "SYSTEM_STAGEATTEMPT": "1", "SYSTEM_JOBATTEMPT": "1",
    "BUILD_SOURCEVERSION": "abc", "BUILD_REQUESTEDFOR": "Mona", "ENVIRONMENT_NAME": "production",
}  # fmt: skip
JENKINS = {
    "JENKINS_URL": "https://ci.example.com/", "JOB_NAME": "octo/shop", "BUILD_TAG": "jenkins-octo-shop-7",
    "BUILD_URL": "https://ci.example.com/job/octo/job/shop/7/", "GIT_COMMIT": "abc", "BUILD_USER_ID": "mona",
}  # fmt: skip
CODEBUILD = {
    "CODEBUILD_BUILD_ID": "shop:1-2",
    "CODEBUILD_BUILD_ARN": "arn:aws:codebuild:eu-central-1:123456789012:build/shop:1-2",
    "CODEBUILD_BUILD_URL": "https://console.aws.amazon.com/shop", "CODEBUILD_RESOLVED_SOURCE_VERSION": "abc",
    "CODEBUILD_INITIATOR": "codepipeline/shop",
}  # fmt: skip
CIRCLECI = {
    "CIRCLECI": "true", "CIRCLE_PROJECT_USERNAME": "octo", "CIRCLE_PROJECT_REPONAME": "shop",
    "CIRCLE_PIPELINE_ID": "p-1", "CIRCLE_WORKFLOW_WORKSPACE_ID": "w-1", "CIRCLE_WORKFLOW_ID": "w-1",
    "CIRCLE_SHA1": "abc", "CIRCLE_BUILD_URL": "https://circleci.com/gh/octo/shop/1", "CIRCLE_USERNAME": "mona",
}  # fmt: skip
BITBUCKET = {
    "BITBUCKET_BUILD_NUMBER": "12", "BITBUCKET_REPO_FULL_NAME": "octo/shop", "BITBUCKET_STEP_RUN_NUMBER": "1",
    "BITBUCKET_COMMIT": "abc", "BITBUCKET_DEPLOYMENT_ENVIRONMENT": "production",
    "BITBUCKET_STEP_TRIGGERER_UUID": "{mona}",
}  # fmt: skip
ENVIRONMENTS = {
    "github": GITHUB, "gitlab": GITLAB, "azure": AZURE, "jenkins": JENKINS, "codebuild": CODEBUILD,
    "circleci": CIRCLECI, "bitbucket": BITBUCKET,
}  # fmt: skip
RERUNS = {
    "github": {"GITHUB_RUN_ATTEMPT": "2"},
    "gitlab": {"CI_JOB_ID": "2"},
    "azure": {"SYSTEM_STAGEATTEMPT": "2", "SYSTEM_JOBATTEMPT": "3"},
    "circleci": {"CIRCLE_WORKFLOW_ID": "w-2", "CIRCLE_BUILD_URL": "https://circleci.com/gh/octo/shop/2"},
    "bitbucket": {"BITBUCKET_STEP_RUN_NUMBER": "2"},
}
"""What a re-run changes; Jenkins and CodeBuild give it a run of its own, so there `--key` is for it."""
OTHERS = {
    "github": {"GITHUB_RUN_ID": "4712"}, "gitlab": {"CI_PIPELINE_ID": "816"}, "azure": {"BUILD_BUILDID": "100"},
    "jenkins": {"BUILD_TAG": "jenkins-octo-shop-8"}, "codebuild": {"CODEBUILD_BUILD_ARN": "arn:…:build/shop:3-4"},
    "circleci": {"CIRCLE_PIPELINE_ID": "p-2"}, "bitbucket": {"BITBUCKET_BUILD_NUMBER": "13"},
}  # fmt: skip


def key(environ, **named):
    return key_of(run_of(environ, **named), "production", "shop")


def test_every_system_is_in_the_tables():
    assert {each.ci for each in SYSTEMS} == set(ENVIRONMENTS) == set(OTHERS)


@pytest.mark.parametrize("ci", ENVIRONMENTS)
def test_a_run_is_recognised(ci):
    run = run_of(ENVIRONMENTS[ci])
    assert (ci_of(ENVIRONMENTS[ci]), run.ci, run.commit, run.part) == (ci, ci, "abc", None)
    assert run.run


@pytest.mark.parametrize("ci", RERUNS)
def test_a_re_run_is_the_same_run(ci):
    again = ENVIRONMENTS[ci] | RERUNS[ci]
    assert key(again) == key(ENVIRONMENTS[ci])


@pytest.mark.parametrize("ci", OTHERS)
def test_another_run_is_another_run(ci):
    assert key(ENVIRONMENTS[ci] | OTHERS[ci]) != key(ENVIRONMENTS[ci])


def test_a_classic_release_is_the_release_and_not_its_build():
    first, second = (AZURE | {"RELEASE_RELEASEID": each} for each in ("1", "2"))
    assert key(first) != key(second)


def test_a_rerun_from_failed_of_circleci_is_found_without_the_pipeline_s_id():
    """The workflow's id changes, its workspace's stays."""
    without = {name: value for name, value in CIRCLECI.items() if name != "CIRCLE_PIPELINE_ID"}
    assert key(without | RERUNS["circleci"]) == key(without)


PARTS = {
    "gitlab": ({"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "5"}, Part(2, 5)),
    "azure": ({"SYSTEM_JOBPOSITIONINPHASE": "2", "SYSTEM_TOTALJOBSINPHASE": "5"}, Part(2, 5)),
    "circleci": ({"CIRCLE_NODE_INDEX": "1", "CIRCLE_NODE_TOTAL": "5"}, Part(2, 5)),
    "bitbucket": ({"BITBUCKET_PARALLEL_STEP": "1", "BITBUCKET_PARALLEL_STEP_COUNT": "5"}, Part(2, 5)),
}
ALONE = {
    "gitlab": {"CI_NODE_TOTAL": "1"},
    "azure": {"SYSTEM_JOBPOSITIONINPHASE": "1", "SYSTEM_TOTALJOBSINPHASE": "1"},
    "circleci": {"CIRCLE_NODE_INDEX": "0", "CIRCLE_NODE_TOTAL": "1"},
}


@pytest.mark.parametrize("ci", PARTS)
def test_parallel_jobs_are_parts_of_one_run_counted_from_one(ci):
    variables, part = PARTS[ci]
    assert run_of(ENVIRONMENTS[ci] | variables).part == part
    assert key(ENVIRONMENTS[ci] | variables) == key(ENVIRONMENTS[ci])


@pytest.mark.parametrize("ci", ALONE)
def test_a_job_alone_is_no_part(ci):
    assert run_of(ENVIRONMENTS[ci] | ALONE[ci]).part is None


def test_what_is_typed_counts_more_than_what_is_found():
    assert run_of(GITLAB | PARTS["gitlab"][0], part="1/3").part == Part(1, 3)
    named = run_of(GITHUB, key="release-7")
    assert (named.ci, named.run, named.commit) == ("key", "release-7", "abc")
    assert key(GITHUB, key="release-7") == key(JENKINS, key="release-7") == key({}, key="release-7")


@pytest.mark.parametrize("part", ["0/3", "4/3", "2", "2/", "a/b", "1/0", "-1/2", "1/99999", "٢/٣"])
def test_what_is_no_part_is_said(part):
    with pytest.raises(NoRun, match="no part such as 2/5"):
        run_of(GITHUB, part=part)


def test_without_a_system_the_run_must_be_named():
    with pytest.raises(NoRun, match=r"github, gitlab, .* with --key"):
        run_of({"HOME": "/root"})


@pytest.mark.parametrize("ci", ["github", "gitlab", "azure", "jenkins", "circleci"])
def test_a_system_that_does_not_say_which_run_it_is_needs_a_key(ci):
    """A variable a container did not get, say: two runs must not share a change. The others are known by that one."""
    detect = next(each.detect for each in SYSTEMS if each.ci == ci)
    with pytest.raises(NoRun, match=f"{ci} is recognised"):
        run_of({detect: "true"})
