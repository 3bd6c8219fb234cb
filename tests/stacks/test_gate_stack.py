"""The gate's stack: what it holds rests encrypted, who asks is signed, and cases' stack stays as it is without it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from integration.changes.gate import names as g
from integration.changes.gate.intake import HOOKED
from integration.names import Names
from tests.docs import bootstrap_policy
from tests.identity.golden import check
from tests.identity.templates import whole
from tests.stacks.test_bootstrap_policy import asked, lacking, refused

SHARED = "SecurityIncidentResponseServiceNow"
OWN_ALARMS = ("Errors", "Waits", "Rejected", "NotMade", "Forgotten", "DeadLetters", "FunctionErrors", "Throttles")


class Templates:
    def __init__(self, paths):
        self.paths, self.path = paths, paths[-1]
        self.all = {path.name.partition(".")[0]: json.loads(path.read_text()) for path in paths}
        self.own = self.all[g.STACK]["Resources"]

    def of_type(self, kind):
        return [each["Properties"] for each in self.own.values() if each["Type"] == kind]

    def only(self, kind):
        [one] = self.of_type(kind)
        return one


@pytest.fixture(scope="module")
def gate(synth, tmp_path_factory, deployment):
    settings = json.dumps({g.SETTING_ALLOWED_IPS: ["198.51.100.0/24"], g.SETTING_ANSWERS_TO: ["api.github.com"]})
    request = replace(deployment, integrations=("cases", "change"), settings=settings)
    return Templates(synth(request, tmp_path_factory.mktemp("gate")))


def test_the_gate_is_the_last_stack_and_no_resource_of_the_others_comes_or_goes(gate, plain):
    """The webhook's model knows the event, and the set-up is asked again."""
    assert list(gate.all)[-1] == g.STACK
    for template, former in zip(gate.all.values(), plain.templates, strict=False):
        kinds = [sorted(r["Type"] for r in each["Resources"].values()) for each in (template, former)]
        assert kinds[0] == kinds[1]


def test_what_is_asked_rests_under_the_deployments_key_and_goes_by_itself(gate):
    table = gate.only("AWS::DynamoDB::Table")
    assert (table["TableName"], table["SSESpecification"]["SSEType"]) == (g.TABLE, "KMS")
    assert table["TimeToLiveSpecification"]["Enabled"]
    [index] = table["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]["ProjectionType"]) == ("due", "ALL")


@pytest.mark.parametrize("name", [g.TABLE, g.QUEUE, g.TOPIC, g.GATE, g.FRONT_DOOR, g.API, g.SCHEDULE, g.RULE, g.STACK])
def test_every_name_of_a_second_deployment_has_its_suffix(name):
    longest = Names("a" * 16).of(name)
    assert longest == f"{name}-{'a' * 16}"
    assert len(longest) <= 64


def test_every_hook_wants_the_header_that_proves_who_asks(gate):
    """Without it no function starts; the function checks the rest."""
    methods = [each for each in gate.of_type("AWS::ApiGateway::Method") if each["HttpMethod"] == "POST"]
    headers = sorted(name.rpartition(".")[2] for each in methods for name in each["RequestParameters"])
    assert len(methods) == len(HOOKED)
    assert headers == ["Authorization", "X-Gate-Signature-256", "X-Gate-Signature-256", "X-Hub-Signature-256"]
    assert gate.only("AWS::ApiGateway::RequestValidator")["ValidateRequestParameters"]


def test_addresses_that_may_call_the_hooks_are_the_gates_own(gate):
    assert "198.51.100.0/24" in json.dumps(gate.only("AWS::ApiGateway::RestApi")["Policy"])
    others = gate.all[SHARED]["Resources"].values()
    assert not [r for r in others if r["Type"] == "AWS::ApiGateway::RestApi" and "Policy" in r["Properties"]]


def test_approvals_come_by_the_topic_and_what_cannot_be_delivered_is_kept(gate):
    subscription = gate.only("AWS::SNS::Subscription")
    assert (subscription["Protocol"], set(subscription["RedrivePolicy"])) == ("sqs", {"deadLetterTargetArn"})


def test_events_of_changes_reach_the_gate_alone(gate):
    patterns = {each["Name"]: each["EventPattern"] for each in gate.of_type("AWS::Events::Rule")}
    assert patterns[g.RULE] == {"source": ["service-now"], "detail-type": [g.UPDATED]}
    assert patterns[g.RULE_REQUESTED] == {"account": [{"Ref": "AWS::AccountId"}], "detail-type": [g.REQUESTED]}


def test_the_front_door_may_take_asks_and_nothing_else(gate):
    """It faces the internet: no row, no key of the instance, no answer to anybody."""
    [role] = [r for name, r in gate.own.items() if r["Type"] == "AWS::IAM::Role" and "FrontDoor" in name]
    said = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    actions = {one for s in said for one in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
    assert actions == {
        "ssm:GetParameter", "sqs:SendMessage", "secretsmanager:GetSecretValue", "kms:Decrypt",
        "logs:CreateLogStream", "logs:PutLogEvents",
    }  # fmt: skip


def test_the_secret_is_made_there_and_shown_by_no_template(gate):
    secret = gate.only("AWS::SecretsManager::Secret")
    assert "SecretString" not in secret
    assert secret["GenerateSecretString"]["GenerateStringKey"] == "token"


def test_the_webhook_knows_of_changes_only_where_the_gate_is(gate, plain):
    def events(template):
        [model] = [r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGateway::Model"]
        return model["Properties"]["Schema"]["properties"]["event_type"]["enum"]

    assert g.UPDATED in events(gate.all[SHARED])
    assert g.UPDATED not in events(plain.servicenow)


def test_its_alarms_bear_its_name(gate):
    alarms = {each["AlarmName"] for each in gate.of_type("AWS::CloudWatch::Alarm")}
    assert alarms == {f"SecurityIncidentResponse-Change{key}" for key in OWN_ALARMS}


def test_cloudformation_may_deploy_it_by_the_documented_policies_and_not_without_its_own(gate, monkeypatch):
    """A bootstrap made before there was a gate lacks the third; nothing in that one stands there for nothing."""
    assert refused(asked(gate)) == []
    types = bootstrap_policy.OWN["change"].types
    assert lacking(gate, "change", monkeypatch) == set(types)


def test_what_the_gate_is_known_by_stays(gate):
    """Ids, names, exports, events, metrics, variables: a change of one is made on purpose."""
    check("gate", whole(gate.paths[-1:]))


def test_cfn_lint_is_silent_about_the_gate(gate):
    from tests.stacks.test_checks import said_by_cfn_lint

    assert said_by_cfn_lint(gate.path) == []
