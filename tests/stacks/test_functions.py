"""Each function is what the published specification names, runs what it should, and knows no secret."""

import re
from dataclasses import replace

import pytest

from integration.operations.deployment.cold_start import RUNTIME
from tests.stacks.conftest import BLUE, PLAIN

FUNCTIONS = {
    "SecurityIncidentResponsePoller": ("security_ir_poller", 180),
    "SecurityIncidentResponseServiceNowClient": ("service_now_client", 180),
    "SecurityIncidentResponseClient": ("security_ir_client", 180),
    "ServiceNowNotificationsHandler": ("service_now_notifications_handler", 10),
    "ServiceNowWebhookAuthorizer": ("service_now_webhook_authorizer", 10),
    "ServiceNowResourceSetupLambda": ("service_now_resource_setup_handler", 300),
    "ServiceNowWebhookTokenRotation": ("service_now_token_rotation", 300),
}
WHOLE_PASS = {
    "TABLE_NAME", "EVENT_BUS_NAME", "PARAMETER_PREFIX", "INTEGRATION_MODULE", "DEPLOYMENT_NAME", "LOG_LEVEL",
    "FUNCTION_TIMEOUT_S", "DATA_KEY_ARN", "BUCKET_OWNER", "POWERTOOLS_SERVICE_NAME",
}  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), FUNCTIONS.items())
def test_a_function_runs_its_folder(plain, name, expected):
    folder, timeout_s = expected
    function = plain.function(name)
    assert function["Handler"] == f"lambdas.{folder}.index.handler"
    assert function["Timeout"] == timeout_s
    assert function["Environment"]["Variables"]["FUNCTION_TIMEOUT_S"] == str(timeout_s)
    assert function["MemorySize"] == 256
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]


def test_the_runtime_is_the_version_that_compiles(plain):
    runtimes = {f["Properties"]["Runtime"] for f in plain.of_type("AWS::Lambda::Function").values()}
    assert runtimes == {f"python{RUNTIME}"}


def test_there_is_no_other_function(plain):
    """No construct brought one along: nothing but our Python runs in the account."""
    names = {f["Properties"]["FunctionName"] for f in plain.of_type("AWS::Lambda::Function").values()}
    assert names == set(FUNCTIONS)
    assert not plain.of_type("AWS::CloudFormation::CustomResource")


def test_a_new_account_has_concurrency_enough(plain):
    """Reserved concurrency fails where the account has the initial ten; the queues bound it instead."""
    for function in plain.of_type("AWS::Lambda::Function").values():
        assert "ReservedConcurrentExecutions" not in function["Properties"]


@pytest.mark.parametrize(
    "name",
    ["SecurityIncidentResponsePoller", "SecurityIncidentResponseServiceNowClient", "SecurityIncidentResponseClient"],
)
def test_a_pass_is_told_where_things_are(plain, name):
    assert set(plain.function(name)["Environment"]["Variables"]) >= WHOLE_PASS


def test_a_client_is_told_the_roles_of_both(plain):
    """What either wrote on AWS is ours; the function's name alone would be anybody's to choose."""
    names = ("SecurityIncidentResponseServiceNowClient", "SecurityIncidentResponseClient")
    first, second = (plain.function(name) for name in names)
    for client in (first, second):
        told = client["Environment"]["Variables"]["CLIENT_ROLES"]
        assert told == {"Fn::Join": ["", [first["Role"], " ", second["Role"]]]}


@pytest.mark.parametrize("name", ["ServiceNowResourceSetupLambda", "ServiceNowWebhookTokenRotation"])
def test_the_instance_side_has_the_documented_variables(plain, name):
    """All that the published specification lists but the password pair: there is no password."""
    variables = plain.function(name)["Environment"]["Variables"]
    assert {"SERVICE_NOW_INSTANCE_ID", "SERVICE_NOW_RESOURCE_PREFIX", "WEBHOOK_URL", "LOG_LEVEL"} <= set(variables)
    assert not {"SERVICE_NOW_USER", "SERVICE_NOW_PASSWORD_PARAM"} & set(variables)
    assert variables["SERVICE_NOW_INSTANCE_ID"] == "/SecurityIncidentResponse/serviceNowInstanceId"
    api = next(iter(plain.of_type("AWS::ApiGateway::RestApi")))
    assert variables["SERVICE_NOW_RESOURCE_PREFIX"] == {"Ref": api}


def test_no_template_can_hold_a_secret(plain, blue):
    """No template parameter, resource or dynamic reference carries the client secret, the key or the token."""
    for stacks in (plain, blue):
        for template in stacks.templates:
            assert "{{resolve:" not in str(template)
            assert not any("secret" in name.lower() for name in template.get("Parameters", {}))
        types = {p["Properties"]["Type"] for p in stacks.of_type("AWS::SSM::Parameter").values()}
        assert types == {"String"}
        assert "serviceNowClientSecret" not in str(stacks.templates)


def test_every_log_ends_and_goes_with_its_stack(plain):
    logs = plain.of_type("AWS::Logs::LogGroup").values()
    assert all(log["Properties"]["RetentionInDays"] == 90 and log["DeletionPolicy"] == "Delete" for log in logs)
    names = [str(log["Properties"]["LogGroupName"]) for log in logs]
    assert {f"/aws/lambda/{name}" for name in FUNCTIONS} <= set(names)
    assert any("API-Gateway-Execution-Logs_" in name for name in names)


def test_edited_constants_reach_the_template(edited):
    client = edited.function("SecurityIncidentResponseServiceNowClient")
    assert (client["MemorySize"], client["Timeout"]) == (512, 420)
    queue = edited.named("AWS::SQS::Queue", "QueueName", "SecurityIncidentResponseCaseEvents")
    assert queue["Properties"]["VisibilityTimeout"] == 480
    feeds = edited.of_type("AWS::Lambda::EventSourceMapping").values()
    assert [each["Properties"]["ScalingConfig"]["MaximumConcurrency"] for each in feeds] == [2, 2, 2]
    logs = edited.of_type("AWS::Logs::LogGroup").values()
    assert {log["Properties"]["RetentionInDays"] for log in logs} == {365}
    rotation = edited.only("AWS::SecretsManager::RotationSchedule")
    assert rotation["Properties"]["RotationRules"] == {"AutomaticallyAfterDays": 60}


def test_no_function_is_changed_before_its_parameters(plain):
    """A function started in between would keep the old settings under the new revision."""
    parameters = set(plain.of_type("AWS::SSM::Parameter"))
    for function in plain.of_type("AWS::Lambda::Function").values():
        assert parameters <= set(function["DependsOn"])


def test_new_settings_start_functions_afresh(plain, blue):
    """A warm function would keep old settings; the revision in its environment makes Lambda start a new one."""
    revisions = [
        stacks.function(name)["Environment"]["Variables"]["CONFIGURATION_REVISION"]
        for stacks, name in (
            (plain, "SecurityIncidentResponsePoller"),
            (blue, "SecurityIncidentResponsePoller-blue"),
        )
    ]
    assert revisions == [PLAIN.configuration_digest, BLUE.configuration_digest]


@pytest.mark.parametrize("changed", ["settings", "instance", "client_id", "user_sys_id", "revision"])
def test_the_revision_changes_with_all_a_warm_function_keeps(changed):
    other = replace(PLAIN, **{changed: '{"a": 1}'})
    assert other.configuration_digest != PLAIN.configuration_digest
    assert re.fullmatch("[0-9a-f]{12}", other.configuration_digest)
