"""What reviewers' checkers find in our templates, and our answer: `make review` runs them, docs/security.md shows it.

Each runs in an environment of its own: they pin what our own tools pin otherwise.
Security Hub looks at an account, not at templates: its controls stand beside the rule that means the same.
cdk-nag runs in the tests as well, which compare; its answers are those of each `acknowledgements.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.docs.pages import DOCS, ROOT
from tests.environments import CHECKOV, inside

if TYPE_CHECKING:
    from integration.operations.stacks.deployment import Deployment

FOUND = DOCS / "review.json"
ANSWERS = {
    "CKV_AWS_18": (
        "S3.9",
        "The key's and the archive's, read by roles of this deployment only; CloudTrail's data events tell more.",
    ),
    "CKV_AWS_27": (
        "",
        "Encrypted by SQS itself: EventBridge cannot write to a queue whose customer key asks who sends.",
    ),
    "CKV_AWS_59": (
        "",
        "Functions judge a hook's signature and a page's bearer; without its header a hook starts none.",
    ),
    "CKV_AWS_73": (
        "APIGateway.3",
        "Each pass logs its calls and durations under one id; tracing would need rights on `*`.",
    ),
    "CKV_AWS_115": ("", "Queues bound how many passes run; a young account has too little concurrency to reserve any."),
    "CKV_AWS_116": (
        "",
        "Clients are fed by queues with dead letters; the others are waited for, or started anew a minute later.",
    ),
    "CKV_AWS_117": (
        "Lambda.3",
        "`--subnets` and `--security-groups`; without, they reach what a function reaches: AWS and ServiceNow.",
    ),
    "CKV_AWS_120": ("", "A cached answer to an event would lose the next one."),
    "CKV_AWS_158": (
        "",
        "Logs hold ids and bounded words, no text of a case; CloudWatch encrypts them with a key of its own.",
    ),
    "CKV_AWS_173": (
        "",
        "Variables are names, ids and ARNs, never a secret; Lambda encrypts them with a key of its own.",
    ),
}
"""checkov's rule → Security Hub's control of the same meaning, and the answer."""
HUB_ALONE = {
    "APIGateway.2": "No client certificate: behind each API stands a function, which AWS calls by IAM.",
    "APIGateway.4": "Throttling, an authorizer or signatures, and lists of addresses; each stage takes a web ACL.",
    "CloudFormation.3": "On for the state stack, which holds data; the others can be made again.",
    "CloudWatch.16": "`LOG_RETENTION_DAYS` in `integration/constants.py` is 90; set 365 where that is asked.",
    "DynamoDB.6": "On for tables that outlive their stack; the gate's holds waits under way, which end with it.",
    "SecretsManager.1": "The webhook's token rotates; the gate's keys and workspaces' a person changes.",
}
"""Controls that no rule of checkov stands for. Source: Security Hub user guide, controls reference."""


def table() -> str:
    rows = [
        f"| `{rule}` | {ANSWERS[rule][0]} | {each['count']} | {each['title']} | {ANSWERS[rule][1]} |"
        for rule, each in stored()["checkov"].items()
    ]
    rows += [f"|  | {control} |  |  | {answer} |" for control, answer in HUB_ALONE.items()]
    rows += [
        f"| `{each['rule']}` |  | {each['count']} | {each['title'].rstrip('.')} | {each['answer']} |"
        for each in stored()["cdk-nag"]
    ]
    head = ["| checkov, cdk-nag | Security Hub | resources | finding | answer |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FOUND.read_text())
    return found


def main() -> None:
    from tests.docs import nag

    found = nag.findings(nag.report(everything()))
    report = _checkov(everything())
    failed = [(each["check_id"], each["check_name"]) for each in report["results"]["failed_checks"]]
    rules = {
        rule: {"title": title, "count": count} for (rule, title), count in sorted(Counter(failed).items(), key=_number)
    }
    version, passed = CHECKOV.partition("==")[2], report["summary"]["passed"]
    told = {"version": version, "passed": passed, "checkov": rules, "cdk-nag": found}
    FOUND.write_text(json.dumps(told, indent=2) + "\n")


def everything() -> Deployment:
    """What is looked at: all stacks there are."""
    from integration.operations.registry import startable
    from integration.operations.stacks.deployment import Deployment

    return Deployment(integrations=startable(), instance="dev1", client_id="c", user_sys_id="a1")


def _checkov(deployment: Deployment) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        synthesise = [sys.executable, "-m", "integration.operations.synth.templates", "--out", f"{folder}/out"]
        subprocess.run(
            [*synthesise, "--deployment"], input=deployment.as_json(), cwd=ROOT, check=True, capture_output=True,
            text=True,
        )  # fmt: skip
        templates = Path(folder) / "templates"
        templates.mkdir()
        for path in (Path(folder) / "out").glob("*.template.json"):
            path.rename(templates / path.name)
        return _asked(templates)


def _asked(templates: Path) -> dict[str, Any]:
    asked = ["checkov", "-d", str(templates), "--framework", "cloudformation", "--quiet", "--compact", "-o", "json"]
    done = subprocess.run([*inside(CHECKOV), *asked], capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _number(found: tuple[tuple[str, str], int]) -> int:
    return int(found[0][0].rpartition("_")[2])


if __name__ == "__main__":
    main()
