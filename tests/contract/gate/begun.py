"""Something that waits in each of the emulated systems, and how the gate answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from integration.changes.gate.callbacks import codepipeline, step_functions
from integration.changes.gate.callbacks.azure import Azure
from integration.changes.gate.callbacks.github import GitHub
from integration.changes.gate.callbacks.gitlab import GitLab
from integration.changes.gate.callbacks.signed_url import SignedUrl
from tests.contract.gate.conftest import ENVIRONMENT, HOOK_TOKEN, REPOSITORY, WEBHOOK_SECRET, waiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.changes.gate.waiter import Waiter


GITLAB_JOB = {"project": "17", "deployment": "5", "job": "9", "pipeline": "31", "environment": ENVIRONMENT}


@dataclass
class Begun:
    """`operation`: what the other side calls the answer; `said`: what of it was taken, oldest first."""

    waiter: Waiter
    callback: Callable[[Any, Any], str]
    operation: str
    words: dict[bool, str]
    said: Callable[[], list[dict[str, Any]]]


def github(url, people, out, secrets):
    people.send(
        "POST", "github/runs",
        json={
            "repository": REPOSITORY, "run": 99, "environment": ENVIRONMENT, "installation": 5,
            "secret": WEBHOOK_SECRET,
        },
    )  # fmt: skip
    address = {"api": url, "repository": REPOSITORY, "run": "99", "environment": ENVIRONMENT, "installation": "5"}

    def said():
        return people.send("GET", "state")["runs"][f"{REPOSITORY}/99"]["answers"]

    words = {True: "approved", False: "rejected"}
    return Begun(waiter("github", address), GitHub(out, secrets), "GitHubReview", words, said)


def gitlab(url, people, out, secrets):
    people.send("POST", "gitlab/jobs", json=GITLAB_JOB)
    address = {"server": url, "project": "17", "pipeline": "31", "environment": ENVIRONMENT}

    def said():
        return people.send("GET", "state")["jobs"]["9"]["answers"][:1]

    words = {True: "approved", False: "rejected"}
    return Begun(waiter("gitlab", address), GitLab(out, secrets), "GitLabApproval", words, said)


def azure(url, people, out, _secrets):
    told = people.send("POST", "azure/checks", json={"organization": "acme"})["headers"]
    address = {
        "plan_url": told["PlanUrl"].rstrip("/"), "project": told["ProjectId"], "hub": told["HubName"],
        "plan": told["PlanId"], "job": told["JobId"], "task": told["TaskInstanceId"],
    }  # fmt: skip

    def said():
        return people.send("GET", "state")["plans"][told["PlanId"]]["answers"]

    words = {True: "succeeded", False: "failed"}
    return Begun(waiter("azure", address, told["AuthToken"]), Azure(out), "AzureEvent", words, said)


def hook(_url, people, out, secrets):
    address = people.send("POST", "hooks", json={"name": "once", "secret": HOOK_TOKEN})

    def said():
        return people.send("GET", "state")["hooks"]["once"]["answers"]

    words = {True: "approved", False: "rejected"}
    return Begun(waiter("url", address), SignedUrl(out, secrets), "Hook", words, said)


def approval(url, people, _out, _secrets):
    names = {"pipeline": "shop", "stage": "Deploy", "action": "Change"}
    people.send("POST", "codepipeline/approvals", json={**names, "token": "t" * 36})
    client = of_aws("codepipeline", url)

    def said():
        return people.send("GET", "state")["approvals"]["shop/Deploy/Change"]["answers"]

    def callback(who, answer):
        return codepipeline.answer(client, who, answer)

    words = {True: "Approved", False: "Rejected"}
    return Begun(waiter("codepipeline", names, "t" * 36), callback, "PutApprovalResult", words, said)


def of_aws(service, url):
    config = Config(retries={"total_max_attempts": 1}, read_timeout=0.5)
    place = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "k", "aws_secret_access_key": "s"}
    return boto3.client(service, config=config, **place)


def task(url, people, _out, _secrets):
    people.send("POST", "stepfunctions/tasks", json={"token": "a-task-token"})
    client = of_aws("stepfunctions", url)

    def said():
        return people.send("GET", "state")["tasks"]["a-task-token"]["answers"]

    def callback(who, answer):
        return step_functions.answer(client, who, answer)

    words = {True: "SUCCEEDED", False: "FAILED"}
    return Begun(waiter("step-functions", {}, "a-task-token"), callback, "SendTaskSuccess", words, said)


KINDS = {"github": github, "gitlab": gitlab, "azure": azure, "url": hook, "codepipeline": approval, "task": task}
