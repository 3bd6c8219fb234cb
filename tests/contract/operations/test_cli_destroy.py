"""`destroy`: ServiceNow first, then the stacks, the data only when told to; safe to repeat."""

import json
from types import SimpleNamespace

import boto3
import pytest

from integration import names as n
from integration.clients.servicenow.table import Table
from integration.connection.declaration import CONNECTION
from integration.names import Names
from integration.operations.commands import destroy as command_module
from integration.operations.deployment.account import Account
from integration.operations.deployment.deployed import find
from integration.operations.rollout import removal
from integration.operations.rollout.removal import Removal
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import USAGE, Output
from integration.workspaces.declaration import WORKSPACES
from servicenow_setup.apply import apply
from tests.contract.operations.fake_cloudformation import FakeCloudFormation, FakeStack

NAMES = Names()
LOG_ROLE = "SecurityIncidentResponseState-ApiLogsRole-a1b2c3"


def stacks():
    found = boto3.client("cloudformation").describe_stacks()["Stacks"]
    return {stack["StackName"] for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"}


def test_destroy_keeps_the_state(run, deployed, instance):
    """Table, key bucket and their key stay, so that a later deployment goes on from here."""
    done = run("destroy", "--yes")
    assert done.exit_code == 0, done.output
    assert stacks() == {NAMES.state_stack}
    assert boto3.client("dynamodb").list_tables()["TableNames"] == [NAMES.table]
    assert boto3.client("s3").list_objects_v2(Bucket="keys-default")["KeyCount"] == 1
    assert "Kept" in done.stdout


def test_destroy_takes_along_what_the_command_line_wrote(run, deployed):
    ours = {NAMES.parameter_prefix + name for name in (n.PARAM_CLIENT_SECRET, n.PARAM_FORMER)}
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name=NAMES.parameter_prefix + n.PARAM_FORMER, Value="dev0,dev1", Type="StringList")
    assert run("destroy", "--yes", "--json").exit_code == 0
    left = ssm.get_parameters_by_path(Path=NAMES.parameter_prefix)["Parameters"]
    assert not ours & {each["Name"] for each in left}


def test_servicenow_is_cleaned_first(run, deployed, instance):
    """Our records go while the credentials still stand."""

    there = find(deployed, NAMES).connection
    apply(Table(there.http), there.setup)
    assert len(instance.records("sys_script")) == 4
    assert run("destroy", "--yes").exit_code == 0
    assert instance.records("sys_script") == []
    assert instance.records("sys_rest_message") == []


def test_an_instance_that_refuses_stops_it(run, deployed, instance):
    """Nothing is touched before ServiceNow is clean, unless that is given up on purpose."""
    instance.admin("POST", "/roles", user_name="aws_integration", grant=["admin"])
    done = run("destroy", "--yes")
    assert done.exit_code == 3
    assert "--leave-servicenow" in done.stderr
    assert NAMES.servicenow_stack in stacks()
    assert run("destroy", "--yes", "--leave-servicenow").exit_code == 0
    assert NAMES.servicenow_stack not in stacks()


def test_destroy_can_be_repeated(run, deployed):
    run("destroy", "--yes")
    done = run("destroy", "--yes")
    assert done.exit_code == 0


def test_destroy_asks(run, deployed):
    """Without a terminal somebody must say --yes; nothing happens otherwise."""
    done = run("destroy")
    assert done.exit_code == 2
    assert "--yes" in done.stderr
    assert NAMES.servicenow_stack in stacks()


def test_nothing_to_destroy(run, aws):
    done = run("destroy", "--yes")
    assert done.exit_code == 0
    assert "nothing to remove" in done.stdout


@pytest.fixture
def standing(aws, monkeypatch):
    """A state stack with real resources below it, as its template retains them."""
    key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="keys")
    s3.put_bucket_versioning(Bucket="keys", VersioningConfiguration={"Status": "Enabled"})
    for content in (b"old", b"new"):
        s3.put_object(Bucket="keys", Key=n.KEY_OBJECT, Body=content)
    s3.delete_object(Bucket="keys", Key=n.KEY_OBJECT)
    boto3.client("dynamodb").create_table(
        TableName=NAMES.table, BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=True,
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
    )  # fmt: skip
    role = boto3.client("iam").create_role(RoleName=LOG_ROLE, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    boto3.client("apigateway").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
    )
    resources = {
        "Key": ("AWS::KMS::Key", key), "Bucket": ("AWS::S3::Bucket", "keys"),
        "Table": ("AWS::DynamoDB::Table", NAMES.table), "Role": ("AWS::IAM::Role", LOG_ROLE),
        "Policy": ("AWS::S3::BucketPolicy", "keys"),
    }  # fmt: skip
    fake = FakeCloudFormation({NAMES.state_stack: FakeStack({}, resources=resources, protected=True)})
    real = Account.client
    monkeypatch.setattr(
        Account, "client", lambda self, service: fake if service == "cloudformation" else real(self, service)
    )
    return Removal(aws, NAMES, Output()), fake, key


def test_the_data_goes_when_told_to(standing):
    """Every version of the key, the protected table, the encryption key, the log role, then the protected stack."""
    removing, fake, key = standing
    removing.data()
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []
    assert boto3.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert boto3.client("iam").list_roles()["Roles"] == []
    assert fake.stacks == {}


@pytest.mark.parametrize(("region", "left"), [("us-east-1", []), ("eu-west-1", [NAMES.former_api_log_role])])
def test_the_role_an_earlier_version_named_goes_with_the_data_of_its_region(standing, region, left):
    """An update leaves it behind; in another region a deployment of that version may still log through it."""
    trust = {"Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "apigateway.amazonaws.com"},
        "Condition": {"ArnLikeIfExists": {"aws:SourceArn": f"arn:aws:apigateway:{region}:*:/*"}},
    }]}  # fmt: skip
    named = {"RoleName": NAMES.former_api_log_role, "AssumeRolePolicyDocument": json.dumps(trust)}
    boto3.client("iam").create_role(**named)
    removing, _, _ = standing
    removing.data()
    assert [role["RoleName"] for role in boto3.client("iam").list_roles()["Roles"]] == left


def test_deleting_the_data_can_be_interrupted_anywhere(standing, monkeypatch):
    """What is gone already does not stop the next run, for the stack still names the rest."""
    removing, fake, _ = standing

    def died(*_):
        raise Failure("died")

    with monkeypatch.context() as dying:
        dying.setattr(Removal, "_key", died)
        with pytest.raises(Failure):
            removing.data()
    removing.data()
    assert fake.stacks == {}


def test_a_log_role_others_use_stays(standing):
    """API Gateway has one per account and region: with other APIs there, it is kept and said."""
    removing, *_ = standing
    boto3.client("apigateway").create_rest_api(name="somebody else's")
    removing.data()
    assert boto3.client("iam").list_roles()["Roles"]
    assert removing.kept


def test_a_creation_that_failed_leaves_nothing_in_the_way(standing):
    """What the attempt itself made goes, so that the next can make it; the table that stood before stays."""
    removing, fake, key = standing
    stack = fake.stacks[NAMES.state_stack]
    stack.status = "ROLLBACK_COMPLETE"
    stack.statuses = {"Key": "DELETE_SKIPPED", "Bucket": "DELETE_SKIPPED", "Table": "CREATE_FAILED"}
    removing.failed_creation()
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert boto3.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert boto3.client("dynamodb").list_tables()["TableNames"] == [NAMES.table]
    assert fake.stacks == {}


@pytest.mark.parametrize("key", ["cases", "connection", "nonsense"])
def test_one_that_shares_the_stack_of_the_connection_goes_with_all(run, key):
    result = run("destroy", "--only", key, "--yes")
    assert result.exit_code == USAGE
    assert "has no stack of its own" in " ".join(result.stderr.split())


ONE_OF_TWO = {
    "there": (["ServiceNowWorkspaceRule"], "workspace deploy … (as before)", "There was nothing"),
    "not there": ([], "There was nothing to remove.", "lets its events in"),
}


@pytest.mark.parametrize("how", ONE_OF_TWO)
def test_of_one_integration_it_says_what_became_of_that_one(run, monkeypatch, how):
    """The others stand, and a deployment without cases is not told to deploy them."""
    gone, said, unsaid = ONE_OF_TWO[how]
    left = SimpleNamespace(integrations=(CONNECTION, WORKSPACES), names=NAMES)
    account = SimpleNamespace(client=lambda _service: None)
    monkeypatch.setattr(command_module, "open_account", lambda *_: account)
    monkeypatch.setattr(removal, "find", lambda *_: left)
    for step in ("instance", "stacks"):
        monkeypatch.setattr(Removal, step, lambda self: self.removed.extend(gone))
    monkeypatch.setattr(Removal, "standing", lambda _self: [])
    done = run("destroy", "--only", "change", "--yes")
    assert "No stack of change of the deployment without a name stands." in done.stderr
    assert said in done.stdout
    assert unsaid not in done.stdout
