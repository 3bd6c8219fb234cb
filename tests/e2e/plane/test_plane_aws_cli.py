"""The public `aws` command line, in an environment of its own, against the plane: what somebody types from our docs.

The first version, which is on PyPI; `logs tail` of the second asks FilterLogEvents. Each line goes through what the
script `aws` calls, all in one process, since it takes a second to start.
"""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from integration.aws_plane.template import Template
from tests.environments import AWS_CLI, Unreachable, inside

DRIVER = Path(__file__).with_name("awscli_driver.py")
ANSWERED = {
    "sts get-caller-identity --query '[Account,UserId]'": "123456789012\t123456789012",
    "cloudformation describe-stacks --stack-name TinyState --query 'Stacks[0].StackStatus'": "CREATE_COMPLETE",
    "cloudformation list-stack-resources --stack-name TinyState --query "
    "'StackResourceSummaries[?LogicalResourceId==`Table`].PhysicalResourceId'": "TinyTable",
    "lambda list-functions --query 'Functions[?FunctionName==`tiny-echo`].Handler'": "tiny_functions.echo",
    "lambda get-function --function-name tiny-echo --query Configuration.LoggingConfig.LogGroup":
        "/aws/lambda/tiny-echo",
    "lambda get-account-settings --query 'AccountLimit.[ConcurrentExecutions,UnreservedConcurrentExecutions]'":
        "1000\t1000",
    "scheduler list-schedules --query 'Schedules[?Name==`typed`].State'": "ENABLED",
    "scheduler get-schedule --name typed --query '[ScheduleExpression,State]'": "rate(1 day)\tENABLED",
    "logs filter-log-events --log-group-name /aws/lambda/tiny-metric --filter-pattern '{ $.case_id = \"1\" }' "
    "--query '[length(events) > `0`, length(events[?!contains(message, `case_id`)])]'": "True\t0",
    "logs filter-log-events --log-group-name /aws/lambda/tiny-custom --filter-pattern '\"CUSTOM Create\"' "
    "--query 'events[].message'": "CUSTOM Create",
    "sqs get-queue-attributes --queue-url {queue} --attribute-names All --query Attributes.VisibilityTimeout": "30",
    "secretsmanager list-secrets --query 'SecretList[?Name==`tiny/token`].RotationEnabled'": "True",
    "secretsmanager describe-secret --secret-id tiny/token --query RotationRules.AutomaticallyAfterDays": "30",
    "ssm get-parameter --name /Tiny/instance --query Parameter.Value": "dev12345",
    "dynamodb describe-table --table-name TinyTable --query Table.TableStatus": "ACTIVE",
    "events list-rules --event-bus-name tiny-bus --query 'Rules[].State'": "ENABLED",
    "iam list-roles --query 'length(Roles[?starts_with(RoleName, `TinyApplication-`)])'": "4",
    "apigateway get-rest-apis --query 'items[].name'": "TinyApi",
    "s3api list-buckets --query 'Buckets[].Name'": "tiny-bucket",
}  # fmt: skip
REFUSED = {
    "cloudformation describe-stacks --stack-name Nowhere": "ValidationError",
    "lambda get-function --function-name nobody": "ResourceNotFoundException",
    "scheduler get-schedule --name nobody": "ResourceNotFoundException",
    "logs filter-log-events --log-group-name /nowhere": "ResourceNotFoundException",
    "logs filter-log-events --log-group-name /aws/lambda/tiny-echo --filter-pattern '[a, b]'":
        "InvalidParameterException",
    "cloudformation detect-stack-drift --stack-name TinyState": "InvalidAction",
    "lambda list-layers": "NotImplemented",
    "ec2 describe-vpcs": "NotImplemented",
    "ecs list-clusters": "NotImplemented",
    "security-ir list-cases": "NotImplemented",
}  # fmt: skip
"""In each protocol: query, REST with JSON, JSON, that of EC2."""


@pytest.fixture(scope="module")
def typed(plane):
    """What each line told, by the line."""
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    echo = plane.functions["tiny-echo"].definition.arn
    plane.deploy([Template("Typed", {"Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}},
        "Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": {
            "Name": "typed", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": echo, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
        }},
    }})])  # fmt: skip
    plane.invoke("tiny-metric", {})
    queue = plane.boto3_client("sqs").get_queue_url(QueueName="tiny-queue")["QueueUrl"]
    lines = [*ANSWERED, *REFUSED]
    words = [
        ["--endpoint-url", plane.aws_url, "--output", "text", *shlex.split(line.replace("{queue}", queue))]
        for line in lines
    ]
    yield dict(zip(lines, told(words, plane.operator_environment()), strict=True))
    plane.destroy("Typed")


def told(words, account):
    try:
        alone = inside(AWS_CLI)
    except Unreachable as error:
        pytest.skip(str(error))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | account
    done = subprocess.run(
        [*alone, "python", str(DRIVER)], input=json.dumps(words), capture_output=True, text=True, env=environment,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("line", ANSWERED)
def test_what_somebody_types_is_answered(typed, line):
    assert (typed[line]["err"], typed[line]["code"]) == ("", 0)
    assert typed[line]["out"] == ANSWERED[line]


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_not_there_is_refused_with_its_code(typed, line):
    """As the command line tells it of AWS, not as an answer it cannot read."""
    assert typed[line]["code"] != 0
    assert f"An error occurred ({REFUSED[line]}) when calling" in typed[line]["err"]
