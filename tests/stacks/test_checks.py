"""Others' rules: cdk-nag's two packs and cfn-lint find nothing we have not answered."""

import os
from functools import cache

import pytest

from integration.names import Names
from integration.operations.registry import accepted
from integration.operations.stacks import node
from tests.docs import nag, review
from tests.docs.test_workspace_files import STACK

SAID_TWICE = "W3005"
"""CDK writes DependsOn where a reference says so already; harmless and not ours to change."""


def said_by_cfn_lint(template):
    from cfnlint.config import ConfigMixIn

    runner = cfn_lint()
    runner.config = ConfigMixIn(["--template", str(template)])
    return [str(match) for match in runner.run() if match.rule.id != SAID_TWICE]


@cache
def cfn_lint():
    """With its rules, which one run of its command reads once for all templates."""
    from cfnlint.config import ConfigMixIn  # a second, which no other worker needs
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn([]))


def test_cdk_nag_is_answered(checked):
    """The AwsSolutions and Serverless packs raise on anything left; the report must say both ran."""
    conclusions = {report["pluginName"]: report["conclusion"] for report in checked["pluginReports"]}
    assert conclusions["AwsSolutions"] == conclusions["Serverless"] == "success"
    assert set(conclusions.values()) == {"success"}


def test_no_acknowledgement_has_outlived_its_finding(checked):
    """Nor does another one's reason stand in place of its own."""
    violations = [v for report in checked["pluginReports"] for v in report["suppressedViolations"]]
    silenced = {(v["acknowledgedId"], v["reason"]) for v in violations}
    for each in accepted():
        assert silenced & {(finding, each.reason) for finding in each.findings(Names())}, each
    assert {finding for finding, _ in silenced} <= set().union(*(each.findings(Names()) for each in accepted()))


def test_the_page_shows_what_cdk_nag_finds_and_our_answers(checked):
    """docs/security.md; `make review` renews it."""
    assert review.stored()["cdk-nag"] == nag.findings(checked)


@pytest.mark.parametrize("index", [0, 1, 2], ids=["state", "common", "servicenow"])
def test_cfn_lint_is_silent(blue, index):
    assert said_by_cfn_lint(blue.paths[index]) == []


def test_cfn_lint_is_silent_about_the_stack_that_others_read():
    assert said_by_cfn_lint(STACK) == []


def test_cfn_lint_says_what_is_wrong_of_each_template(tmp_path):
    """One after the other, with the rules of the one before."""
    wrong = tmp_path / "wrong.json"
    for kind in ("AWS::SNS::Topics", "AWS::SQS::Queues"):
        wrong.write_text(f'{{"Resources": {{"It": {{"Type": "{kind}"}}}}}}')
        [said] = said_by_cfn_lint(wrong)
        assert kind in said


def test_node_is_found_where_the_machine_has_none(monkeypatch):
    """requirements.txt brings one; jsii is told to use it."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JSII_NODE", raising=False)
    node.make_findable()
    assert os.access(os.environ["JSII_NODE"], os.X_OK)
    monkeypatch.delenv("JSII_NODE")
