"""`service-now` from validation to verification, over a CloudFormation and a CDK CLI that only remember."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import boto3
import pytest
import requests

from integration import names as n
from integration.operations.checking.verdict import ok
from integration.operations.checking.webhook import webhook
from integration.operations.deployment.cdk import Cdk
from integration.operations.deployment.request import request_of
from integration.operations.rollout import steps, verification
from integration.operations.rollout.steps import Steps
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import REFUSED, Output
from tests.contract.operations.deployed_world import NAMES, SECRET, STACKS
from tests.contract.operations.fake_cloudformation import FakeStack


def test_a_first_deployment(world):
    """The state stack stands before the secrets are stored in it, the rest after; then all three are complete."""
    outcome = world.deploy()
    assert outcome.deployed
    assert world.cdk.deployments == [[NAMES.state_stack], list(STACKS)]
    secret = boto3.client("ssm").get_parameter(
        Name=NAMES.parameter_prefix + n.PARAM_CLIENT_SECRET, WithDecryption=True
    )["Parameter"]
    assert (secret["Type"], secret["Value"]) == ("SecureString", SECRET)
    stored = boto3.client("s3").get_object(Bucket="keys", Key=n.KEY_OBJECT)
    assert stored["Body"].read() == world.key.read_bytes()
    assert stored["ServerSideEncryption"] == "aws:kms"


def test_a_second_run_without_changes_does_nothing(world):
    world.deploy()
    world.store_settings()
    before = len(world.cdk.commands)
    outcome = world.deploy()
    assert outcome.changes == ()
    assert world.cdk.commands[before:] == []


def test_the_installation_time_is_kept(world):
    """What was opened before it stays out, so a later deployment must not move it."""
    world.deploy()
    world.store_settings()
    began = world.settings()["installed_at"]
    name = NAMES.parameter_prefix + n.PARAM_SETTINGS
    boto3.client("ssm").put_parameter(
        Name=name, Value=json.dumps(world.settings() | {"installed_at": began - 1000}), Type="String", Overwrite=True
    )
    world.deploy(incident_filter="priority=1")
    assert world.settings()["installed_at"] == began - 1000
    assert world.settings()["incident_filter"] == "priority=1"


@pytest.mark.parametrize(
    ("before", "known", "recorded"),
    [(None, None, None), ("same", None, None), ("dev0", None, ["dev0", "same"]), ("dev1", ["dev0", "dev1"],
     ["dev0", "dev1", "same"])],
)  # fmt: skip
def test_a_change_of_instance_is_recorded_before_the_functions_hear_of_it(before, known, recorded, world):
    """The set-up function cleans recorded instances only: the former one, and the new one if all is rolled back."""
    world.deploy()
    world.store_settings()
    ssm, here = boto3.client("ssm"), {"same": world.instance.url}
    for name, value in ((n.PARAM_INSTANCE, before), (n.PARAM_FORMER, known and ",".join(known))):
        if value:
            stored = here.get(value, value)
            ssm.put_parameter(Name=NAMES.parameter_prefix + name, Value=stored, Type="StringList")
    world.deploy(log_level="debug")
    found = ssm.get_parameters_by_path(Path=NAMES.parameter_prefix)["Parameters"]
    [told] = [each["Value"].split(",") for each in found if each["Name"].endswith(n.PARAM_FORMER)] or [None]
    assert told == (recorded and [here.get(each, each) for each in recorded])


def test_a_new_secret_starts_the_functions_anew(world, monkeypatch):
    """The revision changes with the secrets, without being made from them."""
    world.deploy()
    first = world.revisions[-1]
    again = world.steps()
    again.request = replace(again.request, client_secret="another-secret")
    monkeypatch.setattr(steps, "validate", lambda *_, **__: [])  # the instance knows the former secret only
    again.run(yes=True)
    assert world.revisions[-1] != first
    assert "another-secret" not in world.revisions[-1]


def test_no_secret_leaves_by_the_back_door(world, capfd):
    """Neither arguments nor environment of a child, nor a template, nor a line for the person holds one."""
    world.deploy()
    told = json.dumps([world.cdk.commands, world.cdk.environments])
    shown = "".join(capfd.readouterr())
    templates = json.dumps([stack.template for stack in world.cloudformation.stacks.values()])
    body = world.key.read_text().splitlines()[3]
    for place in (told, shown, templates):
        assert SECRET not in place
        assert body not in place


def test_the_documented_environment_variable_does_not_reach_the_child(world, monkeypatch):
    monkeypatch.setenv("SERVICENOW_CLIENT_SECRET", SECRET)
    world.deploy()
    assert all("SERVICENOW_CLIENT_SECRET" not in given for given in world.cdk.environments if "AWS_REGION" in given)


def test_the_cdk_cli_is_pinned_and_fetched_once(world):
    world.deploy()
    installs = [command for command in world.cdk.commands if "ci" in command]
    assert len(installs) == 1
    assert "--ignore-scripts" in installs[0]


def test_changed_parameters_are_not_overruled_by_former_ones(world):
    """The CLI would keep a stack's former parameter values, and with them the former instance."""
    world.deploy()
    assert all("--no-previous-parameters" in command for command in world.cdk.commands if "deploy" in command)


def test_a_failed_setup_names_the_missing_role(world):
    """CloudFormation's reason comes before the CLI's summary; the exit code is the deployment's."""
    reason = "Message returned: The integration user may not create sys_script. Give it the role business_rule_admin"
    world.cdk.fails[NAMES.servicenow_stack] = reason
    with pytest.raises(Failure) as failed:
        world.deploy()
    assert failed.value.code == 4
    assert "business_rule_admin" in failed.value.sentence
    assert "check" in failed.value.then


def test_what_the_organisation_forbids_is_told_with_the_option_it_takes(world):
    reason = "not authorized to perform: kms:CreateKey on resource: * with an explicit deny in a service control policy"
    world.cdk.fails[NAMES.state_stack] = reason
    with pytest.raises(Failure, match="kms:CreateKey") as failed:
        world.deploy()
    assert "--tag KEY=VALUE" in failed.value.then
    assert "ask its administrator" in failed.value.then


def test_a_right_that_cloudformation_lacks_is_told_with_the_page_that_has_it(world):
    """CloudFormation's own session, not a function's."""
    world.cdk.fails[NAMES.state_stack] = (
        "User: arn:aws:sts::123456789012:assumed-role/cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1"
        "/AWSCloudFormation is not authorized to perform: kms:CreateKey on resource: * because no identity-based "
        "policy allows the kms:CreateKey action"
    )
    with pytest.raises(Failure, match="kms:CreateKey") as failed:
        world.deploy()
    assert "bootstrap again with the policies of docs/CDK_BOOTSTRAP_POLICY.md" in failed.value.then


def test_a_refused_change_set_names_what_exists(world, monkeypatch):
    """Its reasons stand in DescribeEvents, and no resource has failed."""
    bus = {"PhysicalResourceId": "the-bus", "ValidationStatusReason": "already exists", "Timestamp": datetime.now(UTC)}
    world.cdk.fails[NAMES.state_stack] = ""
    world.cloudformation.refusals[NAMES.state_stack] = [bus]
    with pytest.raises(Failure, match="the-bus: already exists"):
        world.deploy()


def test_the_run_after_a_failed_one_picks_up(world):
    """A rolled back creation is no deployment: the same command deploys it, though the templates are the same."""
    world.cdk.fails[NAMES.servicenow_stack] = "not yet"
    with pytest.raises(Failure):
        world.deploy()
    world.cdk.fails.clear()
    assert world.deploy().deployed
    assert world.cloudformation.stacks[NAMES.servicenow_stack].status == "UPDATE_COMPLETE"


def test_a_state_stack_that_was_never_finished_is_made_anew(world):
    """Retained resources of the failed attempt would be in the way of the next one."""
    world.cdk.fails[NAMES.state_stack] = "no right to make a key"
    with pytest.raises(Failure):
        world.deploy()
    world.cdk.fails.clear()
    assert world.deploy().deployed
    assert ("delete", NAMES.state_stack) in world.cloudformation.calls


def test_what_an_interrupted_run_left_moving_is_waited_for(world, monkeypatch):
    world.deploy()
    world.store_settings()
    world.cloudformation.then[NAMES.common_stack] = ["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    again = world.steps()
    again.stacks._sleep = lambda _s: None
    assert again.run(yes=True).changes == ()


def test_a_rollback_that_got_stuck_is_continued(world):
    world.deploy()
    world.store_settings()
    world.cloudformation.stacks[NAMES.common_stack].status = "UPDATE_ROLLBACK_FAILED"
    world.deploy()
    assert ("continue", NAMES.common_stack) in world.cloudformation.calls


def test_ctrl_c_says_how_to_go_on(world):
    def interrupted(*_):
        raise KeyboardInterrupt

    world.deploy()
    made = world.steps(log_level="debug")
    made.cdk = Cdk(world.account, interrupted)
    with pytest.raises(Failure) as failed:
        made.run(yes=True)
    assert failed.value.code == 130
    assert "same command" in failed.value.then


def test_a_dry_run_touches_nothing(world):
    """It says what would change; no stack, no parameter, no object, no child."""
    outcome = world.steps().plan()
    assert {change.verb for change in outcome.changes} == {"create"}
    assert world.cloudformation.stacks == {}
    assert world.cdk.commands == []
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket="keys")
    found = boto3.client("ssm").get_parameters_by_path(Path=NAMES.parameter_prefix, Recursive=True)["Parameters"]
    assert found == []


def test_a_dry_run_names_changed_properties(world):
    world.deploy()
    world.store_settings()
    function, parameters = world.steps(log_level="debug").plan().changes
    assert (function.verb, function.type, function.fields) == ("change", "AWS::Lambda::Function", ("level",))
    assert (parameters.type, parameters.fields) == ("Parameters", ("logLevel",))


def test_a_narrow_terminal_gets_a_table_per_stack(world, monkeypatch, capfd):
    """A column less, so that names are not broken inside their cells."""
    monkeypatch.setattr(Output, "narrow", True)
    world.steps().plan()
    shown = capfd.readouterr().out.splitlines()
    assert {NAMES.state_stack, NAMES.common_stack, NAMES.servicenow_stack} <= set(shown)


def test_a_dry_run_s_warnings_stand_below_the_table(world, monkeypatch, capfd):
    """Above it, its hundred lines would push them off the screen."""
    monkeypatch.setattr(sys, "stderr", sys.stdout)
    world.steps().plan()
    lines = capfd.readouterr().out.splitlines()
    said = [line.startswith("warning: ") for line in lines]
    assert True in said
    assert all(said[said.index(True) :])
    assert any("AWS::DynamoDB::Table" in line for line in lines)


def test_nothing_is_touched_where_the_sign_in_fails(world):
    world.instance.admin("POST", "/roles", user_name="aws_integration", grant=["admin"])
    with pytest.raises(Failure) as failed:
        world.deploy()
    assert "administrator" in failed.value.sentence
    assert world.cdk.commands == []


def not_bootstrapped(_monkeypatch):
    boto3.client("ssm").delete_parameter(Name="/cdk-bootstrap/hnb659fds/version")


def a_region_without_the_service(monkeypatch):
    """Its address does not answer, as that of a region which does not offer it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECURITY_IR", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.mark.parametrize(
    ("lack", "told", "fix"),
    [
        (not_bootstrapped, "is not bootstrapped", "bootstrap aws://123456789012/us-east-1"),
        (a_region_without_the_service, "does not answer in us-east-1", "--region"),
    ],
)
def test_nothing_is_touched_in_an_account_that_cannot_take_it(world, monkeypatch, lack, told, fix):
    lack(monkeypatch)
    with pytest.raises(Failure) as failed:
        world.deploy()
    assert told in failed.value.sentence
    assert fix in failed.value.sentence
    assert world.cdk.commands == []


@pytest.mark.parametrize("go", [Steps.plan, partial(Steps.run, yes=True)], ids=["--dry-run", "for real"])
@pytest.mark.parametrize(("term", "named"), [
    ("no_such_column=1", "no_such_column"), ("category", "category"), ("javascript:gs.log(1)", "javascript"),
])  # fmt: skip
def test_nothing_is_touched_where_a_filter_term_means_nothing(world, go, term, named):
    """A dry run ends as the real run would."""
    world.instance.admin("POST", "/seed", incident=[{"short_description": "one"}])
    with pytest.raises(Failure) as failed:
        go(world.steps(incident_filter=term))
    assert failed.value.code == REFUSED
    assert named in failed.value.sentence
    assert world.cdk.commands == []


def test_an_instance_out_of_reach_from_here_is_a_warning(world, capfd):
    """Only the functions must reach it; the operator's machine may be shut out."""
    made = world.steps()
    made.request = replace(made.request, instance="http://127.0.0.1:9")
    made.run(yes=True)
    assert "was not asked anything from here" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "without --incident-filter every new incident becomes a case"),
        ({}, "alarms have no receiver"),
        ({"incident_filter": "priority=1", "alarm_email": ["a@example.com"]}, ""),
    ],
)
def test_what_is_probably_not_meant_is_said(world, options, said):
    warnings = world.request(**options).warnings()
    assert any(said in warning for warning in warnings) if said else warnings == []


def test_a_key_that_others_may_read_is_said(world, tmp_path):
    path = tmp_path / "loose.key"
    path.write_bytes(world.key.read_bytes())
    path.chmod(0o644)
    world.key = path
    assert f"chmod 600 {path}" in " ".join(world.request().warnings())


@pytest.mark.parametrize("sys_id", ["awsintegration", "A1" * 16])
def test_a_user_name_or_a_sys_id_in_capitals_is_said(world, capfd, sys_id):
    """The instance decides; where it knows no such user nothing is touched."""
    made = world.steps()
    made.request = replace(made.request, user_sys_id=sys_id)
    with pytest.raises(Failure, match="sys_id"):
        made.run(yes=True)
    assert "not 32 hexadecimal digits" in capfd.readouterr().err
    assert world.cdk.commands == []


def test_the_roles_of_api_gateway_are_left_to_others(world):
    """Where the account's API Gateway has somebody else's role for logs, we bring none."""
    arn = "arn:aws:iam::123456789012:role/others"
    boto3.client("apigateway").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}]
    )
    assert world.steps()._api_log_role() is False
    world.cloudformation.stacks[NAMES.state_stack] = FakeStack(
        {}, resources={"Logs": ("AWS::ApiGateway::Account", "x")}
    )
    assert world.steps()._api_log_role() is True


def test_a_deployment_ends_with_a_look_at_it(deployed, instance, pair, monkeypatch, capfd):
    """The webhook is pinged with the current token, and what stands in ServiceNow is compared with what should."""
    pinged = []
    monkeypatch.setattr(
        verification, "webhook", lambda url, token, name: pinged.append((url, token)) or ok("webhook", url)
    )
    request = request_of(NAMES, instance.url, "client-1", SECRET, instance.user, pair[0], "itsm")
    _, verdicts = verification.verified(request, deployed, Output())
    assert [token for _, token in pinged] == ["t" * 48]
    assert {verdict.subject for verdict in verdicts} == {"webhook", "rules", "event"}
    assert "Deployed. The webhook is https://" in capfd.readouterr().out


def test_the_webhook_is_pinged():
    """202 is the only good answer."""
    asked = []

    def post(url, **given):
        asked.append((url, given["json"], given["headers"]))
        response = requests.Response()
        response.status_code = 202
        return response

    assert webhook("https://x/prod/webhook", "token", post=post).state == "ok"
    assert asked == [("https://x/prod/webhook", {"event_type": "Ping"}, {"Authorization": "Bearer token"})]


def test_refusing_the_plan_leaves_the_secrets_alone(world, monkeypatch):
    """What would change is shown before anything is stored."""
    world.deploy()
    world.store_settings()
    refused = world.steps(log_level="debug")
    refused.request = replace(refused.request, client_secret="another-secret")
    monkeypatch.setattr(steps, "validate", lambda *_, **__: [])
    monkeypatch.setattr(Output, "sure_if_asked", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        refused.run(yes=False)
    name = NAMES.parameter_prefix + n.PARAM_CLIENT_SECRET
    assert boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == SECRET


def test_a_dry_run_shows_what_would_be_made_in_servicenow(world, capfd):
    world.steps().plan()
    assert "create sys_script 'PREFIX AWS incident saved'" in capfd.readouterr().out


def test_a_key_with_a_name_signs_with_it(world):
    """After `rotate-key` two verifier maps may stand, of which only the named one fits."""
    world.deploy()
    world.store_settings()
    key_id = world.request().key.key_id
    [own_map] = world.instance.records("jwt_verifier_map")
    world.instance.admin("POST", "/seed", jwt_verifier_map=[{**own_map, "kid": key_id}])
    world.instance.register(world.key.with_name("publickey.cer"), kid="another")
    name = NAMES.parameter_prefix + n.PARAM_SETTINGS
    settings = json.dumps(world.settings() | {"key_id": key_id})
    boto3.client("ssm").put_parameter(Name=name, Value=settings, Type="String", Overwrite=True)
    world.deploy()
    assert world.settings()["key_id"] == key_id
