"""What operators see of a deployment: parameters, outputs, alarms, names, tags."""

import json
from types import SimpleNamespace

import pytest

from bench.money import PRICES, Assumed
from integration.aws_plane.authority import Place
from integration.aws_plane.organisation import MAKING, Organisation
from integration.aws_plane.resources.kinds import Resource
from integration.module import Module
from integration.names import Names
from integration.operations.deployment.cloudformation import Stacks
from integration.operations.deployment.remembered import deployed_options
from integration.operations.registry import alarms as alarms_of
from integration.operations.stacks.deployment import BadDeployment, Deployment
from integration.registry import DEFAULT, with_connection
from tests.contract.operations.fake_cloudformation import FakeCloudFormation, FakeStack
from tests.docs.pages import DOCS, cells
from tests.stacks.conftest import BLUE

PHYSICAL = {
    "AWS::DynamoDB::Table": "TableName", "AWS::SQS::Queue": "QueueName", "AWS::Lambda::Function": "FunctionName",
    "AWS::Events::EventBus": "Name", "AWS::Events::Rule": "Name", "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SSM::Parameter": "Name", "AWS::SecretsManager::Secret": "Name", "AWS::SNS::Topic": "TopicName",
    "AWS::Scheduler::Schedule": "Name", "AWS::Scheduler::ScheduleGroup": "Name", "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName", "AWS::KMS::Alias": "AliasName", "AWS::IAM::Role": "RoleName",
    "AWS::Logs::ResourcePolicy": "PolicyName", "AWS::ApiGateway::RestApi": "Name",
}  # fmt: skip


def physical_names(stacks):
    found = set()
    for kind, key in PHYSICAL.items():
        for resource in stacks.of_type(kind).values():
            name = resource["Properties"].get(key)
            if isinstance(name, str):
                found.add((kind, name))
    return found


def test_two_deployments_share_no_name(plain, blue):
    """They live in one account and region."""
    assert len(physical_names(plain)) > 50
    assert not physical_names(plain) & physical_names(blue)
    stacks = [Names().state_stack, Names().common_stack, Names().servicenow_stack]
    assert not set(stacks) & {Names("blue").state_stack, Names("blue").common_stack, Names("blue").servicenow_stack}


def test_the_documented_parameters_are_template_parameters(plain, blue):
    parameters = plain.servicenow["Parameters"]
    assert parameters["integrationModule"]["AllowedValues"] == ["itsm", "ir"]
    assert parameters["logLevel"]["AllowedValues"] == ["info", "debug", "error"]
    assert parameters["logLevel"]["Default"] == "error"
    defaults = {key: parameter["Default"] for key, parameter in blue.servicenow["Parameters"].items()}
    assert defaults == {
        "integrationModule": "ir", "logLevel": "info", "serviceNowInstanceId": "https://blue.example.com",
        "serviceNowClientId": "client-2", "serviceNowUserId": "b2" * 16,
    }  # fmt: skip


def test_what_the_functions_read_stands_below_one_path(plain, blue):
    for stacks, path in ((plain, "/SecurityIncidentResponse/"), (blue, "/SecurityIncidentResponse/blue/")):
        names = {p["Properties"]["Name"] for p in stacks.of_type("AWS::SSM::Parameter").values()}
        assert names == {
            path + name
            for name in (
                "serviceNowInstanceId", "serviceNowClientId", "serviceNowUserId", "privateKeyAssetBucket",
                "privateKeyAssetKey", "settings",
            )
        }  # fmt: skip


def test_settings_may_grow_beyond_four_kibibytes_and_shrink_again(plain):
    """An advanced parameter cannot be made standard, so the tier is never named."""
    tiers = {p["Properties"]["Tier"] for p in plain.of_type("AWS::SSM::Parameter").values()}
    assert tiers == {"Intelligent-Tiering"}


def test_the_documented_outputs_are_there(plain):
    outputs = plain.servicenow["Outputs"]
    assert {"ServiceNowClientLambdaArn", "ServiceNowWebhookUrl", "ServiceNowResourcePrefix"} == set(outputs)
    assert "/prod/webhook" not in str(plain.common)
    assert "/webhook" in str(outputs["ServiceNowWebhookUrl"]["Value"])


def test_every_alarm_tells_what_it_means_and_whom(plain):
    """To the topic at the start and at the end; the description ends in something to do."""
    alarms = {a["Properties"]["AlarmName"]: a["Properties"] for a in plain.of_type("AWS::CloudWatch::Alarm").values()}
    assert set(alarms) == {"SecurityIncidentResponse-" + alarm.key for alarm in alarms_of(with_connection(DEFAULT))}
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] != []
        assert len(alarm["AlarmDescription"]) > 40


def test_the_cost_page_counts_what_is_billed_of_alarms(plain):
    """AWS bills an alarm by the metrics it reads."""
    alarms = [each["Properties"] for each in plain.of_type("AWS::CloudWatch::Alarm").values()]
    read = sum(sum("MetricStat" in m for m in alarm.get("Metrics", [])) or 1 for alarm in alarms)
    row = next(row for name, row in cells(DOCS / "cost.md", "Fixed").items() if name.startswith("metrics of"))
    assert (int(row[0]), float(row[1])) == (read, PRICES["alarm"])
    assert Assumed().alarm_metrics == read
    (stage,) = plain.only("AWS::ApiGateway::Stage")["Properties"]["MethodSettings"]
    assert stage["MetricsEnabled"] is False


def test_a_refused_token_is_no_error_of_a_function(plain):
    """The authorizer refuses by raising; strangers who knock would ring at night."""
    alarms = {a["Properties"]["AlarmName"]: a["Properties"] for a in plain.of_type("AWS::CloudWatch::Alarm").values()}

    def watched(key):
        metrics = alarms[f"SecurityIncidentResponse-{key}"]["Metrics"]
        stats = [metric["MetricStat"]["Metric"] for metric in metrics if "MetricStat" in metric]
        return {dimension["Value"] for metric in stats for dimension in metric["Dimensions"]}

    assert watched("Throttles") - watched("FunctionErrors") == {"ServiceNowWebhookAuthorizer"}


def test_silence_of_the_poller_is_an_alarm(plain):
    silent = plain.named("AWS::CloudWatch::Alarm", "AlarmName", "SecurityIncidentResponse-PollerSilent")["Properties"]
    assert silent["TreatMissingData"] == "breaching"
    assert silent["ComparisonOperator"] == "LessThanThreshold"


def test_mail_is_sent_only_where_asked(plain, blue):
    assert not plain.of_type("AWS::SNS::Subscription")
    asked = [each["Properties"]["Endpoint"] for each in blue.of_type("AWS::SNS::Subscription").values()]
    assert sorted(asked) == ["duty@example.com", "soc@example.com"]


def test_somebody_s_topic_is_told_beside_ours(blue):
    """By its ARN, which is how a later deployment finds it again."""
    alarms = [each["Properties"] for each in blue.of_type("AWS::CloudWatch::Alarm").values()]
    told = [[action for action in alarm["AlarmActions"] if isinstance(action, str)] for alarm in alarms]
    assert told == [["arn:aws:sns:eu-central-1:123456789012:pager"]] * len(alarms)
    assert all(len(alarm["AlarmActions"]) == 2 for alarm in alarms)


def test_what_is_deployed_is_read_back_from_the_templates(blue):
    """Options that are not given stay, so what the templates hold must be found in them."""
    deployed = FakeCloudFormation({
        BLUE.names.common_stack: FakeStack(blue.common, outputs=blue.common["Outputs"]),
        BLUE.names.servicenow_stack: FakeStack(blue.servicenow, outputs=blue.servicenow["Outputs"]),
    })  # fmt: skip
    stacks = Stacks(SimpleNamespace(client=lambda _: deployed))
    found = deployed_options(stacks, BLUE.names, json.loads(BLUE.settings))
    assert {name: found[name] for name in found if hasattr(BLUE, name)} == {
        "log_level": "info", "setup": "update-set", "log_policy": "account", "allowed_ips": ("192.0.2.0/24",),
        "alarm_emails": ("soc@example.com", "duty@example.com"), "alarm_topic": BLUE.alarm_topic,
        "tags": tuple(sorted(BLUE.tags)), "subnets": BLUE.subnets, "security_groups": BLUE.security_groups,
        "permissions_boundary": BLUE.permissions_boundary, "qualifier": BLUE.qualifier, "signing_key": "",
        "integrations": BLUE.integrations,
    }  # fmt: skip
    assert found["incident_filter"] == "x" * 5000


def test_the_dashboard_is_one_page_of_json(plain):
    body = plain.only("AWS::CloudWatch::Dashboard")["Properties"]["DashboardBody"]
    text = body if isinstance(body, str) else "".join(p if isinstance(p, str) else "x" for p in body["Fn::Join"][1])
    assert len(json.loads(text)["widgets"]) >= 8


TAGLESS = {
    "AWS::ApiGateway::Account", "AWS::ApiGateway::Authorizer", "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model", "AWS::ApiGateway::RequestValidator", "AWS::ApiGateway::Resource",
    "AWS::CloudWatch::Dashboard", "AWS::Events::EventBusPolicy", "AWS::KMS::Alias", "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission", "AWS::Logs::ResourcePolicy", "AWS::S3::BucketPolicy", "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::Scheduler::Schedule",
    "AWS::SecretsManager::RotationSchedule", "Custom::ServiceNowResources",
}  # fmt: skip
"""Types CloudFormation offers no tags for."""


def test_everything_carries_the_deployments_tags(blue):
    for template in blue.templates:
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] not in TAGLESS:
                tags = resource["Properties"].get("Tags", [])
                flat = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
                assert flat.get("Deployment") == "blue", logical_id
                assert flat.get("Application") == "aws-servicenow-integrations", logical_id


def test_everything_carries_the_tags_asked_for(blue):
    """On the stacks too: a guardrail looks at what CloudFormation is asked for."""
    tagged = {logical for t in blue.templates for logical, r in t["Resources"].items() if r["Type"] not in TAGLESS}
    for template in blue.templates:
        for logical in tagged & set(template["Resources"]):
            tags = template["Resources"][logical]["Properties"]["Tags"]
            flat = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
            assert flat.items() >= {"team": "soc", "cost-centre": "4711"}.items(), logical
    manifest = json.loads((blue.paths[0].parent / "manifest.json").read_text())["artifacts"]
    stacks = [each["properties"] for each in manifest.values() if each["type"] == "aws:cloudformation:stack"]
    assert all(each["tags"]["team"] == "soc" for each in stacks)


def test_an_organisation_that_demands_a_tag_lets_all_be_made_with_it_alone(plain, blue):
    """By the templates as they are: each resource that takes tags is refused without `--tag`."""
    organisation = Organisation(Place("123456789012", "us-east-1"))
    organisation.demand_tags("team")
    for deployment, refused in ((plain, set(MAKING)), (blue, set())):
        resources = [each for template in deployment.templates for each in template["Resources"].items()]
        assert {told["Type"] for _, told in resources} - TAGLESS == set(MAKING)
        assert {
            told["Type"] for name, told in resources
            if organisation.refusal("me", Resource("Stack", "id", name, told["Type"], told["Properties"]), {})
        } == refused  # fmt: skip


def test_the_bootstrap_is_the_cdk_s_own_unless_another_is_named(plain, blue):
    """Where its version stands, the role that deploys and the bucket of the functions' code."""
    for deployment, qualifier in ((plain, "hnb659fds"), (blue, "acme")):
        manifest = json.loads((deployment.paths[0].parent / "manifest.json").read_text())["artifacts"]
        stacks = [each["properties"] for each in manifest.values() if each["type"] == "aws:cloudformation:stack"]
        assert len(stacks) == 3
        assert all(f"/cdk-bootstrap/{qualifier}/" in each["bootstrapStackVersionSsmParameter"] for each in stacks)
        assert all(f"cdk-{qualifier}-deploy-role" in each["assumeRoleArn"] for each in stacks)
        code = [function["Properties"]["Code"] for function in deployment.of_type("AWS::Lambda::Function").values()]
        assert all(f"cdk-{qualifier}-assets" in str(each) for each in code)


def test_every_role_is_bounded_where_asked(plain, blue):
    roles = [role["Properties"] for role in blue.of_type("AWS::IAM::Role").values()]
    assert roles
    assert all("policy/team/Boundary" in str(role["PermissionsBoundary"]) for role in roles)
    assert not any("PermissionsBoundary" in r["Properties"] for r in plain.of_type("AWS::IAM::Role").values())


def test_every_function_enters_the_vpc_where_asked(plain, blue):
    """With the rights on network interfaces, which Lambda uses in the role's name."""
    for function in blue.of_type("AWS::Lambda::Function").values():
        assert function["Properties"]["VpcConfig"] == {
            "SubnetIds": ["subnet-0a0a0a0a", "subnet-0b0b0b0b"], "SecurityGroupIds": ["sg-0c0c0c0c"],
        }  # fmt: skip
        role = blue.of_type("AWS::IAM::Role")[function["Properties"]["Role"]["Fn::GetAtt"][0]]
        assert "ec2:CreateNetworkInterface" in str(role["Properties"]["Policies"])
    assert "ec2:" not in str(plain.templates)
    assert not any("VpcConfig" in f["Properties"] for f in plain.of_type("AWS::Lambda::Function").values())


def test_a_deployment_survives_the_way_to_the_process_that_makes_templates():
    deployment = Deployment(
        names=Names("blue"),
        module=Module.IR,
        instance="dev1",
        allowed_ips=("192.0.2.1",),
        settings='{"a": 1}',
        tags=(("team", "soc"),),
        subnets=("subnet-0a0a0a0a",),
        security_groups=("sg-0c0c0c0c",),
    )
    assert Deployment.from_json(deployment.as_json()) == deployment


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"log_level": "warn"}, "info, debug, error"),
        ({"setup": "soap"}, "rest, update-set, none"),
        ({"settings": "{"}, "not JSON"),
        ({"settings": "[]"}, "not a JSON object"),
        ({"settings": json.dumps({"x": "y" * 9000})}, "8192"),
        ({"allowed_ips": ("192.0.2.300",)}, "192.0.2.300"),
        ({"log_policy": "none"}, "group, account"),
        ({"subnets": ("subnet-0a0a0a0a",)}, "both"),
    ],
)
def test_what_no_template_can_carry_is_refused(wrong, told):
    with pytest.raises(BadDeployment, match=told):
        Deployment(**wrong)
