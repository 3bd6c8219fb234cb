"""AWS by moto in this process, both other systems by their emulators, and commands run as a person would."""

import functools
import json
import os
from dataclasses import dataclass, field

import boto3
import moto
import pytest
from botocore import httpsession
from click.testing import CliRunner
from moto import backends
from moto.cloudformation.models import Stack as CloudFormationStack
from moto.core import models as moto_models
from moto.kms import models as kms_models
from moto.kms import utils as kms_utils

from integration import names as n
from integration.emulators import security_ir, servicenow
from integration.emulators.servicenow.staff import Staff
from integration.names import Names
from integration.operations import folders
from integration.operations.app import cli
from integration.operations.checking import preflight
from integration.operations.deployment import cdk, queues
from integration.operations.deployment.account import open_account
from integration.operations.deployment.cdk import VERSION
from integration.operations.deployment.key_file import make_pair
from integration.operations.rollout import steps
from tests.contract.operations.aws_clients import kept_client, own_client
from tests.contract.operations.deployed_world import NAMES, Operator, World
from tests.contract.operations.fake_cloudformation import FakeCdk, FakeCloudFormation
from tests.contract.operations.standing import standing
from tests.due_table import make_due_table

ACCOUNT, REGION = "123456789012", "us-east-1"
CLIENT_ID, SECRET = "client-1", "a-very-secret-secret"
ROLES = {
    "incident": ["itil", "business_rule_admin", "web_service_admin", "credential_admin", "script_include_admin"],
    "sn_si_incident": ["sn_si.analyst", "business_rule_admin", "web_service_admin", "credential_admin"],
}
API_ID = "a1b2c3d4e5"
WEBHOOK = f"https://{API_ID}.execute-api.{REGION}.amazonaws.com/prod/webhook"


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No credentials, region or settings of the machine; what commands keep goes to this test's folder."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "SERVICENOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/no-config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/no-credentials")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(folders, "REPOSITORY", tmp_path)
    monkeypatch.setattr(queues, "LISTEN_S", 0)  # moto knows all letters at once
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def kept():
    """Judges a document by the members that are kept; imported late: the toy's tests stand without tests/identity."""
    from tests.identity.documents import check_document

    return check_document


@pytest.fixture
def run(kept):
    """A command line, word by word; what comes back has `exit_code`, `stdout`, `stderr`. A document has its members."""

    def call(*words, stdin=None, env=None):
        done = CliRunner().invoke(cli, [str(word) for word in words], input=stdin, env=env)
        if "--json" in words and done.stdout.startswith("{"):
            kept(words[0], json.loads(done.stdout))
        return done

    return call


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    """(private key, certificate), made once."""
    folder = tmp_path_factory.mktemp("pair")
    make_pair(folder / "private.key", folder / "publickey.cer", 2048, 365, "test")
    return folder / "private.key", folder / "publickey.cer"


@dataclass
class Instance:
    """An emulated instance with the integration registered as the documents say."""

    url: str
    user: str
    names: dict = field(default_factory=dict)

    @functools.cached_property
    def people(self):
        return Staff(f"{self.url}/_admin", "ServiceNow", refused=AssertionError)

    def admin(self, method, path, **body):
        return self.people.send(method, path.lstrip("/"), json=body or None)

    def config(self, **switches):
        return self.admin("PATCH", "/config", **switches)

    def records(self, table):
        return self.people.rows(table)

    def flags(self, key, module="itsm"):
        """The six documented options."""
        return [
            "--instance-id", self.url, "--client-id", CLIENT_ID, "--client-secret", SECRET, "--user-sys-id", self.user,
            "--private-key-path", str(key), "--integration-module", module,
        ]  # fmt: skip

    def register(self, certificate, **more):
        body = {
            "client_id": CLIENT_ID, "client_secret": SECRET, "user_name": "aws_integration",
            "certificate_pem": certificate.read_text(), "lifespan_s": 3600,
        }  # fmt: skip
        return self.admin("POST", "/oauth", **body | more)


@pytest.fixture(scope="session")
def _servicenow_server():
    with standing() as served:
        yield served


@pytest.fixture
def instance(pair, _servicenow_server):
    """A fresh one for each test: its clock, switches and records are bent at will."""
    url, server = _servicenow_server
    with server.serving(servicenow.create_app()):
        yield _registered(Instance(url, ""), pair)


def _registered(made, pair):
    made.user = made.register(pair[1])["user_sys_id"]
    roles = sorted({role for each in ROLES.values() for role in each})
    made.admin("POST", "/roles", user_name="aws_integration", grant=[*roles, "snc_internal", "audit_viewer"])
    return made


@pytest.fixture(scope="session")
def _security_ir_server():
    app = security_ir.create_app()
    with security_ir.serve(app) as url:
        yield url, app.state.service


@pytest.fixture
def cases(_security_ir_server):
    url, service = _security_ir_server
    service.switches.update(type(service.switches)().as_json())
    service.switched()
    service.reset()
    return url


@functools.cache
def _key_pair(spec):
    """moto makes one for every KMS key, in 60 ms; symmetric ones do not use it."""
    return kms_utils.generate_private_key(spec)


_unused_context = functools.cache(httpsession.create_urllib3_context)
"""Each session makes two, in a millisecond each, to look for credentials by; moto answers before TLS would begin."""


@pytest.fixture
def aws(monkeypatch, cases):
    """An account with credentials, a region, an active membership; nothing is deployed."""
    monkeypatch.setattr(moto_models, "RESPONSES_METHODS", [])  # a thousand addresses for callers without botocore
    monkeypatch.setattr(kms_models, "generate_private_key", _key_pair)
    monkeypatch.setattr(CloudFormationStack, "parse_template", staticmethod(json.loads))  # its YAML is dear
    monkeypatch.setattr(httpsession, "create_urllib3_context", _unused_context)
    monkeypatch.setattr(boto3, "client", own_client)
    monkeypatch.setattr(boto3.Session, "client", kept_client)
    with moto.mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECURITY_IR", cases)
        _parameter("/cdk-bootstrap/hnb659fds/version", "33")
        monkeypatch.setattr(preflight, "_guardrails", lambda *_: iter(()))  # moto simulates no policies
        yield open_account(None, None)


@pytest.fixture
def deployed(aws, instance, pair):
    """Everything the commands read of a deployment, under its real names."""
    stand(Names(), instance, pair[0].read_bytes())
    return aws


def stand(names, instance, pem, *, module="itsm", settings=None):
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3, bucket = boto3.client("s3"), f"keys-{names.name or 'default'}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=n.KEY_OBJECT, Body=pem)
    make_due_table(boto3.client("dynamodb"), names.table)
    _stack(names.state_stack, {}, {n.OUTPUT_KEY_BUCKET: bucket, n.OUTPUT_DATA_KEY: key})
    _stack(names.common_stack, {"integrationModule": module}, {})
    outputs = {n.OUTPUT_WEBHOOK: WEBHOOK, n.OUTPUT_PREFIX: API_ID, n.OUTPUT_CLIENT: "arn"}
    _stack(names.servicenow_stack, {"integrationModule": module}, outputs)
    plain = {
        n.PARAM_INSTANCE: instance.url, n.PARAM_CLIENT_ID: CLIENT_ID, n.PARAM_USER: instance.user,
        n.PARAM_KEY_BUCKET: bucket, n.PARAM_KEY_OBJECT: n.KEY_OBJECT, n.PARAM_SETTINGS: json.dumps(settings or {}),
    }  # fmt: skip
    for name, value in plain.items():
        _parameter(names.parameter_prefix + name, value)
    _parameter(names.parameter_prefix + n.PARAM_CLIENT_SECRET, SECRET, "SecureString")
    _queues(names)
    token = json.dumps({"token": "t" * 48})
    boto3.client("secretsmanager").create_secret(Name=names.webhook_secret, SecretString=token)
    boto3.client("events").create_event_bus(Name=names.bus)
    boto3.client("sns").create_topic(Name=names.alarm_topic)


def _parameter(name, value, kind="String"):
    """As PutParameter leaves it in moto; a call takes twenty times as long."""
    _backend("ssm").put_parameter(name, None, value, kind, None, None, False, None, "text", None, None)


def _queues(names):
    """As CreateQueue leaves them in moto."""
    sqs = _backend("sqs")
    for name in (names.cases_queue, names.incidents_queue, names.backfill_queue):
        sqs.create_queue(name)
        sqs.create_queue(name + n.DEAD_SUFFIX)
    for name in (names.notifications_rule, names.poll_schedule):
        sqs.create_queue(name + n.DEAD_SUFFIX)


def _backend(service):
    return backends.get_backend(service)[ACCOUNT][REGION]


def _stack(name, parameters, outputs):
    """A stack of that name with these values, as CreateStack leaves it in moto; what it is made of does not matter."""
    template = {
        "Parameters": {key: {"Type": "String", "Default": value} for key, value in parameters.items()},
        "Resources": {
            "Only": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Name": f"/stack/{name}",
                    "Type": "String",
                    "Value": "1",
                },
            }
        },
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    _backend("cloudformation").create_stack(name, json.dumps(template), {})


@pytest.fixture
def world(aws, instance, pair, tmp_path, monkeypatch):
    """Everything a deployment needs; `world.deploy(**options)` runs one."""
    cloudformation = FakeCloudFormation()
    account = Operator(aws.session, aws.account_id, aws.region, aws.arn, cloudformation, aws)
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    boto3.client("s3").create_bucket(Bucket="keys")
    outputs = {
        NAMES.state_stack: {n.OUTPUT_KEY_BUCKET: "keys", n.OUTPUT_DATA_KEY: key},
        NAMES.servicenow_stack: {n.OUTPUT_WEBHOOK: "https://abc.example.com/prod/webhook", n.OUTPUT_PREFIX: "abc"},
    }
    monkeypatch.setattr(steps, "drifted", lambda *_: False)  # the fake sets nothing up, which would be seen
    monkeypatch.setattr(steps, "try_set_up", lambda *_: None)  # a file of its own tries it
    monkeypatch.setattr(steps, "verified", lambda *_: ("https://abc.example.com/prod/webhook", ()))
    return World(account, FakeCdk(cloudformation, outputs, VERSION), instance, pair[0], tmp_path)


@pytest.fixture(autouse=True)
def fetched(monkeypatch, request):
    """The fakes of npm leave a mark in place of the CDK CLI's 29 MB; `really_there` looks as the product does."""
    if "really_there" not in request.fixturenames:
        monkeypatch.setattr(cdk, "_is_there", lambda folder: (folder / "node_modules/aws-cdk/package.json").exists())


@pytest.fixture
def really_there():
    """Whether the CDK CLI is there is asked as in the product."""
