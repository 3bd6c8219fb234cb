"""`template-export`: the stacks and the functions' archive as files, for those who deploy otherwise."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from integration import names as n
from integration.module import Module
from integration.operations.commands.integrations import integrations
from integration.operations.deployment.account import open_account
from integration.operations.deployment.request import as_text, identity_of, options_of
from integration.operations.deployment.signing_key import find_key
from integration.operations.deployment.synthesis import synthesise
from integration.operations.rollout.assembly import functions_archive, warn_of_slow_starts
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import USAGE, Output
from integration.registry import DEFAULT, kept
from mappers.mapping_file import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.names import Names
    from integration.operations.stacks.deployment import Deployment

ARCHIVE = "functions.zip"
PROTECT = "aws cloudformation update-termination-protection --enable-termination-protection"
FUNCTION = "AWS::Lambda::Function"
CODE = {"S3Bucket": {"Ref": "codeBucket"}, "S3Key": {"Ref": "codeKey"}}
CODE_PARAMETERS = {
    "codeBucket": {"Type": "String", "MinLength": 1, "Description": f"Bucket of this region that holds {ARCHIVE}"},
    "codeKey": {"Type": "String", "Default": ARCHIVE, "Description": "Its key there"},
}


@click.command(name="template-export")
@click.option("--instance-id", required=True, envvar="SERVICENOW_INSTANCE_ID", help="As of service-now.")
@click.option("--client-id", required=True, envvar="SERVICENOW_CLIENT_ID", help="As of service-now.")
@click.option("--user-sys-id", required=True, envvar="SERVICENOW_USER_SYS_ID", help="As of service-now.")
@click.option("--integration-module", required=True, type=options.MODULES, envvar="SERVICENOW_MODULE", help="As there.")
@integrations(f"What to export besides the connection; repeat, or all.  [default: {' '.join(DEFAULT)}]", DEFAULT)
@options.signing_key
@options.of_templates
@click.option("--api-log-role/--no-api-log-role", default=True, show_default=True,
              help="No, where API Gateway has a role for logs in this account and region already.")  # fmt: skip
@options.guardrails
@click.option("--name", "names", type=options.DeploymentName(), default="", metavar="NAME", help="Which deployment.")
@options.place
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the files.")
def template_export(out: Path, **given: Any) -> None:
    """Write the stacks and the functions' archive, for CloudFormation, StackSets, Service Catalog or Terraform.

    They hold no secret. README.md beside them says the commands that are left: the archive into a bucket, the client
    secret and the private key between the first stack and the others. AWS is asked for the key of --signing-key only.

    \b
    Examples:
      ./deploy_integrations_solution.py template-export --instance-id dev12345 --client-id abc123 \\
          --user-sys-id 8b3fede183cbfe90e020f7a6feaad387 --integration-module itsm --with workspace --out stacks
    """
    output = Output()
    deployment = _deployment(**given)
    warn_of_slow_starts(output)
    stacks = len(write(deployment, out))
    output.say(
        f"Written to {out}: {stacks} stacks, {ARCHIVE} and README.md with what is left to do, all without secrets."
    )


def _deployment(
    *, names: Names, instance_id: str, client_id: str, user_sys_id: str, integration_module: str,
    integrations: tuple[str, ...], api_log_role: bool, signing_key: str | None = None, profile: str | None = None,
    region: str | None = None, **asked: Any,
) -> Deployment:  # fmt: skip
    """Raises `Failure` for what no template can carry, and what `find_key` raises."""
    from integration.operations.stacks.deployment import BadDeployment, Deployment  # noqa: PLC0415 - looks for Node

    module = Module(integration_module)
    instance, client_id, user = identity_of(instance_id, client_id, user_sys_id)
    given = options_of(module, **asked)
    settings = {"installed_at": int(time.time()), "mapping": json.loads(to_json(given.pop("mapping", {})))}
    settings |= {name: given.pop(name, "") for name in ("incident_filter", "case_tag")}
    if signing_key:
        key = find_key(open_account(profile, region).client("kms"), signing_key)
        settings |= {n.SIGNING_KEY: key.arn, "key_id": key.key_id}
    try:
        return Deployment(
            names=names, integrations=integrations, module=module, instance=instance, client_id=client_id,
            user_sys_id=user, settings=as_text({key: value for key, value in settings.items() if value}),
            code=functions_archive(),
            api_log_role=api_log_role, **given,
        )  # fmt: skip
    except BadDeployment as error:
        raise Failure(f"This cannot be exported: {error}.", code=USAGE) from None


def write(deployment: Deployment, out: Path) -> dict[str, Any]:
    """Into `out`, which is made; what it holds of an earlier export is replaced. The templates by stack, in order."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        paths = synthesise(Path(folder), ["--deployment"], deployment.as_json())
        written = {path.name.partition(".")[0]: portable(json.loads(path.read_text())) for path in paths}
    for name, body in written.items():
        (out / f"{name}.template.json").write_text(json.dumps(body, separators=(",", ":")))
    shutil.copyfile(deployment.code, out / ARCHIVE)
    (out / "README.md").write_text(_page(deployment.names, written, deployment.signing_key))
    return written


def portable(template: Mapping[str, Any]) -> dict[str, Any]:
    """Without the CDK's bootstrap: where the code lies is a parameter, and notes for the CDK are left out."""
    resources = {logical: _resource(each) for logical, each in template["Resources"].items()}
    functions = any(each["Type"] == FUNCTION for each in resources.values())
    more = {"Parameters": template.get("Parameters", {}) | CODE_PARAMETERS} if functions else {}
    return {**template, "Resources": resources, **more}


def _resource(made: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in made.items() if key != "Metadata"}
    return kept | ({"Properties": made["Properties"] | {"Code": CODE}} if made["Type"] == FUNCTION else {})


def _page(names: Names, written: Mapping[str, Any], signing_key: str = "") -> str:
    prefix = names.parameter_prefix
    later = "\n".join(
        _step(name, body, protected=name in kept(names)) for name, body in written.items() if name != names.state_stack
    )
    return f"""# What is left to do

Once per account and region. A bucket of yours in that region takes the archive (`$CODE_BUCKET`); the secrets stay out
of these files and go where the first stack made a place for them.

```sh
aws cloudformation deploy --stack-name {names.state_stack} --template-file {names.state_stack}.template.json \\
  --capabilities CAPABILITY_IAM
{PROTECT} --stack-name {names.state_stack}
output() {{ aws cloudformation describe-stacks --stack-name {names.state_stack} \\
  --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text; }}
aws ssm put-parameter --name {prefix}{n.PARAM_CLIENT_SECRET} --type SecureString --overwrite \\
  --key-id "$(output {n.OUTPUT_DATA_KEY})" --value file://secret.txt
{_key_step(signing_key)}
aws s3 cp {ARCHIVE} "s3://$CODE_BUCKET/{ARCHIVE}"
{later}
```

**StackSets, Service Catalog**: the same in the same order, each a set or product; later ones import what earlier ones
export. **Terraform**: an `aws_cloudformation_stack` each, `depends_on` in the same order.
These ways are described, not tried; a test deploys the files through CloudFormation's API, against the local plane.

A new version: export again, `aws s3 cp` the archive under another key, and give `codeKey`. `check`, `status`, `replay`
and the other commands work on what was deployed this way.
"""


def _step(name: str, body: Mapping[str, Any], *, protected: bool) -> str:
    """The larger templates, which are those with functions, go through the bucket."""
    command = f"aws cloudformation deploy --stack-name {name} --template-file {name}.template.json"
    if protected:
        return f"{command}\n{PROTECT} --stack-name {name}"
    if "codeBucket" not in body.get("Parameters", {}):
        return command
    return f"""{command} \\
  --s3-bucket "$CODE_BUCKET" --capabilities CAPABILITY_IAM --parameter-overrides codeBucket="$CODE_BUCKET\""""


def _key_step(signing_key: str) -> str:
    if signing_key:
        return f"# no private key: {signing_key} signs; ServiceNow knows its certificate and Kid (keygen --kms)"
    return f"""\
aws s3 cp private.key "s3://$(output {n.OUTPUT_KEY_BUCKET})/{n.KEY_OBJECT}" --sse aws:kms \\
  --sse-kms-key-id "$(output {n.OUTPUT_DATA_KEY})\""""
