"""What `template-export` writes, deployed through CloudFormation's API by somebody who has no CDK."""

import json
import zipfile

import pytest

from integration.aws_plane.plane import Plane
from integration.names import Names
from integration.operations.commands.template_export import ARCHIVE, write
from integration.operations.deployment.synthesis import UNCHECKED
from integration.operations.stacks.deployment import Deployment
from integration.workspaces.names import STACK as SPA
from integration.workspaces.names import STATE_STACK as SPA_STATE

NAMES = Names()
FUNCTIONS = {NAMES.servicenow_stack: 7, SPA: 4}
STACKS = (NAMES.state_stack, NAMES.common_stack, NAMES.servicenow_stack, SPA_STATE, SPA)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """CDK's rules have seen these templates in tests/stacks; their engine takes longer than all the rest."""
    folder = tmp_path_factory.mktemp("exported")
    archive = folder / "made.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("lambdas/__init__.py", "")
    asked = Deployment(
        integrations=("cases", "workspace"), instance="dev12345", client_id="client-1", user_sys_id="a1" * 16,
        setup="none", code=archive,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in UNCHECKED.items():
            patch.setenv(name, value)
        assert tuple(write(asked, folder / "out")) == STACKS
    return folder / "out"


@pytest.fixture(scope="module")
def account(exported):
    """A bucket of its own with archive and templates; no bootstrap."""
    with Plane() as plane:
        bucket = plane.boto3_client("s3")
        bucket.create_bucket(Bucket="cdk-free")
        for path in exported.iterdir():
            bucket.put_object(Bucket="cdk-free", Key=path.name, Body=path.read_bytes())
        yield plane


def deploy(plane, name, until, **parameters):
    client = plane.boto3_client("cloudformation")
    client.create_change_set(
        StackName=name, ChangeSetName="c", ChangeSetType="CREATE", Capabilities=["CAPABILITY_IAM"],
        TemplateURL=f"{plane.aws_url}/cdk-free/{name}.template.json",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )  # fmt: skip
    client.execute_change_set(ChangeSetName="c", StackName=name)

    def settled():
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

    return until(settled, seconds=60)


def test_the_files_deploy_through_cloudformation(account, until):
    """In the order of the page beside them, with the archive where the parameters say."""
    done = [
        deploy(account, each, until, **({"codeBucket": "cdk-free"} if each in FUNCTIONS else {})) for each in STACKS
    ]
    assert [stack["StackStatus"] for stack in done] == ["CREATE_COMPLETE"] * len(STACKS)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in done[2]["Outputs"]}
    assert outputs["ServiceNowWebhookUrl"].endswith("/prod/webhook")
    for name, many in FUNCTIONS.items():
        made = account.stack(name).template.resources.values()
        places = [r["Properties"]["Code"] for r in made if r["Type"] == "AWS::Lambda::Function"]
        assert places == [{"S3Bucket": {"Ref": "codeBucket"}, "S3Key": {"Ref": "codeKey"}}] * many


def test_nothing_of_it_needs_the_cdk_s_bootstrap_or_is_secret(exported):
    for path in exported.glob("*.template.json"):
        assert "cdk-hnb659fds" not in path.read_text()
        assert "BEGIN" not in path.read_text()
        assert json.loads(path.read_text())["Resources"]


def test_the_page_names_every_stack_and_what_is_left(exported):
    page = (exported / "README.md").read_text()
    assert all(f"--stack-name {name} " in page for name in STACKS)
    for left in ("serviceNowClientSecret", "servicenow/private-key.pem", ARCHIVE, "KeyBucketName", "DataKeyArn"):
        assert left in page
