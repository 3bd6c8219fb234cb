"""The bootstrap policies are valid, short enough, ours only; who deploys needs what the command line calls."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase

import pytest

from integration.aws_plane.handlers import NEVER
from integration.declaration import Function, Integration
from integration.names import Names
from integration.operations.declaration import Operated
from integration.operations.stacks.permissions import Grant
from tests.docs import authorization
from tests.docs import bootstrap_policy as policy
from tests.docs.pages import DOCS, ROOT

PAGE = DOCS / "CDK_BOOTSTRAP_POLICY.md"


@pytest.mark.parametrize("part", [*policy.PARTS, *policy.OWN])
def test_a_managed_policy_may_be_that_long(part):
    compact = json.dumps(json.loads(policy.text(part)), separators=(",", ":"))
    assert len(compact.replace("REGION", "ap-southeast-1").replace("ACCOUNT", "1" * 12)) <= policy.LARGEST_CHARACTERS


def test_every_action_stands_in_one_of_them():
    given = [a for part in policy.PARTS for statement in policy.statements(part) for a in statement["Action"]]
    assert sorted(given) == sorted(policy.needed())


@pytest.mark.parametrize("part", [*policy.PARTS, *policy.OWN])
def test_every_statement_has_an_effect(part):
    """An action that is none, or on a resource it does not take, is silently ignored, and the deployment refused."""
    given = json.loads(policy.text(part))["Statement"]
    assert [said for statement in given for said in authorization.void(statement)] == []


def test_what_is_left_out_as_no_action_is_none():
    claimed = [action for action, why in NEVER.items() if "not an action" in why]
    assert claimed
    assert [action for action in claimed if authorization.formats(action)] == []


def test_a_statement_without_effect_is_seen():
    on = ["arn:aws:events:REGION:ACCOUNT:event-bus/x"]
    wrong = {"Action": ["s3:GetObjectMetadata", "events:PutPermission", "events:PutEvents"], "Resource": on}
    assert [said.partition(" takes ")[0] for said in authorization.void(wrong)] == [
        "there is no action s3:GetObjectMetadata",
        "events:PutPermission",
    ]


def test_addresses_can_be_limited_under_it():
    """`--allowed-ips` is the API's resource policy, whose right stands besides those to change the API."""
    given = {action for statement in policy.statements("1") for action in statement["Action"]}
    assert "apigateway:UpdateRestApiPolicy" in given


def test_only_actions_without_a_name_of_ours_are_allowed_on_everything():
    for part in policy.PARTS:
        for statement in policy.statements(part):
            if statement["Resource"] == ["*"]:
                assert set(statement["Action"]) <= policy.ANY


@pytest.mark.parametrize("name", ["", "blue"])
def test_every_name_of_a_deployment_is_covered(name):
    """By attribute of Names: the pattern of the policy's resources takes it."""
    names = Names(name)
    covered = [
        ("dynamodb", f"table/{names.table}"), ("events", f"event-bus/{names.bus}"),
        ("events", f"rule/{names.bus}/{names.servicenow_client_rule}"), ("events", f"rule/{names.native_rule}"),
        ("events", f"rule/{names.native_new_cases_rule}"),
        ("lambda", f"function:{names.servicenow_client}"), ("lambda", f"function:{names.notifications_handler}"),
        ("logs", f"log-group:/aws/lambda/{names.authorizer}"),
        ("logs", f"log-group:/aws/events/{names.notifications_rule}"),
        ("logs", f"log-group:/aws/apigateway/{names.webhook_api}"), ("sns", names.alarm_topic),
        ("sqs", names.cases_queue), ("sqs", f"{names.notifications_rule}-dead"), ("sqs", f"{names.poll_schedule}-dead"),
        ("ssm", f"parameter{names.parameter_prefix}settings"),
        ("secretsmanager", f"secret:{names.webhook_secret}-AbCdEf"),
        ("scheduler", f"schedule/{names.poll_schedule}/{names.poll_schedule}"), ("kms", names.data_key_alias),
        ("cloudwatch", f"alarm:{names.alarm_prefix}DeadLetters"),
    ]  # fmt: skip
    for service, tail in covered:
        arn = f"arn:aws:{service}:REGION:ACCOUNT:{tail}"
        assert any(fnmatchcase(arn, pattern) for pattern in policy.resources(service)), arn
    assert fnmatchcase(f"arn:aws:iam::ACCOUNT:role/{names.servicenow_stack[:24]}X", policy.resources("iam")[0])
    assert names.state_stack.lower().startswith("securityincidentresponsestate")


def test_what_a_record_names_is_covered(monkeypatch):
    """Names of a further integration begin with a word of its own."""
    worker = Function(owner="ToyWorker", folder="toy_worker", logical_id="ToyWorker")
    toy = Integration(key="toy", stack="ToyStack", functions=(worker,), queues=("ToyEvents",))
    rights = (
        Grant(("dynamodb:GetItem",), ("arn:{partition}:dynamodb:{region}:{account}:table/Toys{suffix}",), "its rows"),
    )
    operated = (*policy.OPERATED, Operated(integration=toy, stack="", grants=""))
    monkeypatch.setattr(policy, "grants", lambda those: {worker.owner: rights} if those is operated else {})
    added = {
        service: [x for x in policy.resources(service, operated) if x not in policy.resources(service)]
        for services in policy.PARTS.values()
        for service in services
    }
    regional = "arn:aws:{}:REGION:ACCOUNT:{}".format
    assert {service: found for service, found in added.items() if found} == {
        "iam": ["arn:aws:iam::ACCOUNT:role/ToyStack*"],
        "lambda": [regional("lambda", "function:ToyWorker*")],
        "logs": [regional("logs", "log-group:/aws/lambda/ToyWorker*")],
        "sqs": [regional("sqs", "ToyEvents*")],
        "dynamodb": [regional("dynamodb", "table/Toys*")],
    }


def test_the_page_names_the_cdk_cli_that_is_pinned():
    from integration.operations.deployment.cdk import VERSION

    found = {v for page in DOCS.glob("*.md") for v in re.findall(r"aws-cdk@([0-9.]+)", page.read_text())}
    assert found == {VERSION}


OPERATIONS = {
    "dynamodb": "delete_item get_item query batch_get_item update_table delete_table describe_table",
    "ssm": "get_parameter get_parameters_by_path put_parameter delete_parameter",
    "sqs": "get_queue_url get_queue_attributes receive_message send_message delete_message change_message_visibility",
    "cloudformation": "describe_stacks describe_stack_events list_stack_resources get_template delete_stack "
                      "continue_update_rollback update_termination_protection describe_events",
    "secretsmanager": "rotate_secret describe_secret get_secret_value update_secret_version_stage",
    "lambda": "update_function_configuration get_function_configuration get_function get_account_settings "
              "invoke_function",
    "kms": "schedule_key_deletion describe_key get_public_key sign", "cloudwatch": "get_metric_data describe_alarms",
    "sns": "list_subscriptions_by_topic", "events": "describe_event_bus",
    "logs": "describe_resource_policies filter_log_events",
    "sts": "get_caller_identity",
    "iam": "get_role list_attached_role_policies detach_role_policy delete_role simulate_principal_policy",
    "s3": "put_object get_object delete_bucket get_bucket_tagging",
}  # fmt: skip
"""What the command line calls, in boto's words. The test below sees that nothing is missing here."""
OTHERWISE_NAMED = {
    "list_object_versions", "delete_objects", "get_account", "get_rest_apis", "update_account", "get_api_key",
    "head_object", "head_bucket",
}  # fmt: skip
NOT_AWS = {"list_commands"}
"""Their IAM actions have other names: ListBucketVersions, DeleteObject(Version), apigateway:GET and PATCH."""


def test_the_page_lists_what_the_command_line_calls():
    text = PAGE.read_text()
    for service, operations in OPERATIONS.items():
        for operation in operations.split():
            action = "".join(part.capitalize() for part in operation.split("_"))
            assert f"`{service}:{action}`" in text, f"{service}:{action}"


def test_the_command_line_calls_nothing_else():
    """Names of AWS operations in its source; what it calls through the functions' own adapters is listed above."""
    import botocore.session
    from botocore import xform_name

    session = botocore.session.get_session()
    services = [*OPERATIONS, "apigateway"]
    known = {xform_name(o) for s in services for o in session.get_service_model(s).operation_names}
    called = set()
    for path in (ROOT / "integration" / "operations").rglob("*.py"):
        called |= set(
            re.findall(
                r"(?:\.|_call\(\"\w+\", |_call\(|_called\([\w.]+, |paginator\()\"?([a-z]+_[a-z_]+)\"?[(,)]",
                path.read_text(),
            )
        )
    listed = {operation for operations in OPERATIONS.values() for operation in operations.split()}
    assert (called & known) - listed - OTHERWISE_NAMED - NOT_AWS == set()
