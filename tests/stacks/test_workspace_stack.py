"""The stacks of workspaces: what people keep outlives them, who may call what, and a deployment without them is as it
was.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fnmatch import fnmatch

import pytest

from bench.workspace_money import FIXED_ALARM_METRICS, FIXED_METRICS
from integration.aws_plane.iam import statements
from integration.names import Names
from integration.workspaces import names as w
from integration.workspaces.naming import BucketNames, id_of_person, person_of
from tests.docs import bootstrap_policy
from tests.docs.pages import DOCS, anchors, cells
from tests.identity.golden import check
from tests.identity.templates import whole
from tests.stacks.test_bootstrap_policy import asked, lacking, refused
from tests.stacks.test_negative_authorization import allowed, resolved
from tests.stacks.test_negative_authorization import asked as authorized

OPERATIONS = DOCS / "workspaces" / "OPERATIONS.md"
SHARED = "SecurityIncidentResponseServiceNow"
OWN_ALARMS = ("Late", "Blocked", "Slow", "DeadLetters", "FunctionErrors", "Throttles")
NAMED = [
    w.STACK, w.STATE_STACK, w.CREATOR, w.BACKEND, w.WORKER, w.REAPER, w.TABLE, w.QUEUE, w.SCHEDULE, w.API, w.API_KEY,
    w.RULE,
]  # fmt: skip
DELETES = {"s3:DeleteBucket", "s3:DeleteObjectVersion"}


class Templates:
    def __init__(self, paths, name=""):
        self.all, self.paths = {p.name.partition(".")[0]: json.loads(p.read_text()) for p in paths}, paths
        self.own, self.kept = (self.all[name]["Resources"] for name in map(Names(name).of, (w.STACK, w.STATE_STACK)))

    def of_type(self, kind, kept=False):
        found = self.kept if kept else self.own
        return [each["Properties"] for each in found.values() if each["Type"] == kind]

    def only(self, kind, kept=False):
        [one] = self.of_type(kind, kept)
        return one

    def rights(self, part):
        """Actions of the role whose logical id has this in it."""
        [role] = [r for name, r in self.own.items() if r["Type"] == "AWS::IAM::Role" and part in name]
        said = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        return {one for s in said for one in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}


@pytest.fixture(scope="module")
def spa(synth, tmp_path_factory, deployment):
    request = replace(deployment, integrations=("cases", "workspace"), allowed_ips=("198.51.100.0/24",))
    return Templates(synth(request, tmp_path_factory.mktemp("spa")))


@pytest.fixture(scope="module")
def blue(synth, tmp_path_factory, deployment):
    """A second one in the same account, with names of buckets from everybody's namespace."""
    request = replace(
        deployment, names=Names("blue"), integrations=("workspace",), settings='{"bucket_namespace": "global"}'
    )
    return Templates(synth(request, tmp_path_factory.mktemp("blue")), "blue")


def test_what_is_kept_stands_before_what_works_on_it(spa):
    assert list(spa.all)[-2:] == [w.STATE_STACK, w.STACK]


def test_no_resource_of_a_deployment_without_workspaces_comes_or_goes(spa, plain):
    """The webhook's model knows the event; what workspaces use of the connection is an output of its stack."""
    for template, former in zip(spa.all.values(), plain.templates, strict=False):
        kinds = [sorted(r["Type"] for r in each["Resources"].values()) for each in (template, former)]
        assert kinds[0] == kinds[1]


def test_table_and_archive_stay_whatever_goes(spa):
    """`delete-stack` of either stack leaves both."""
    assert {each["Type"] for each in spa.kept.values()} == {
        "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::S3::BucketPolicy",
    }  # fmt: skip
    for each in spa.kept.values():
        if each["Type"] != "AWS::S3::BucketPolicy":
            assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Retain", "Retain")
    table = spa.only("AWS::DynamoDB::Table", kept=True)
    assert (table["TableName"], table["DeletionProtectionEnabled"]) == (w.TABLE, True)
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]


def test_the_archive_has_versions_and_is_nobodys(spa):
    archive = spa.only("AWS::S3::Bucket", kept=True)
    assert archive["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(archive["PublicAccessBlockConfiguration"].values()) == {True}


@pytest.mark.parametrize("name", NAMED)
def test_every_name_of_a_second_deployment_has_its_suffix(name):
    longest = Names("a" * 16).of(name)
    assert longest == f"{name}-{'a' * 16}"
    assert len(longest) <= 64


def test_what_is_kept_is_encrypted(spa):
    """The table and the links' secret by the deployment's key; the archive by S3's, so that a copy keeps its ETag."""
    table, archive = (spa.only(kind, kept=True) for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"))
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert "DataKey" in json.dumps(table["SSESpecification"]["KMSMasterKeyId"])
    assert "DataKey" in json.dumps(spa.only("AWS::SecretsManager::Secret")["KmsKeyId"])
    [rule] = archive["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_machines_need_a_key_and_people_do_not(spa):
    needed = {each["ApiKeyRequired"] for each in spa.of_type("AWS::ApiGateway::Method")}
    assert needed == {True, False}
    paths = {
        name: each["Properties"]["PathPart"] for name, each in spa.own.items() if each["Type"].endswith("::Resource")
    }
    keyed = {paths[m["ResourceId"]["Ref"]] for m in spa.of_type("AWS::ApiGateway::Method") if m["ApiKeyRequired"]}
    assert keyed == {w.MACHINES, "{id}", "extend", "links", "hand-over"}


def test_what_the_api_refuses_by_itself_it_says_in_our_words(spa):
    """Which header is missing, how long to wait, that there is no such path: API Gateway's own words do not tell."""
    said = {
        each["ResponseType"]: (each["StatusCode"], json.loads(each["ResponseTemplates"]["application/json"])["error"])
        for each in spa.of_type("AWS::ApiGateway::GatewayResponse")
    }
    assert {kind: status for kind, (status, _) in said.items()} == {
        "INVALID_API_KEY": "403", "MISSING_AUTHENTICATION_TOKEN": "404", "THROTTLED": "429",
    }  # fmt: skip
    assert "x-api-key" in said["INVALID_API_KEY"][1]
    (busy,) = (e for e in spa.of_type("AWS::ApiGateway::GatewayResponse") if e["ResponseType"] == "THROTTLED")
    assert busy["ResponseParameters"] == {"gatewayresponse.header.Retry-After": "'1'"}


def test_no_template_shows_the_key(spa):
    key = spa.only("AWS::ApiGateway::ApiKey")
    assert (key["Name"], "Value" in key, key["Enabled"]) == (w.API_KEY, False, True)


def test_allowed_addresses_bind_machines_and_never_links(spa):
    _, denied = spa.only("AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    assert denied["Condition"] == {"NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24"]}}
    assert denied["Resource"] == ["execute-api:/*/*/workspaces", "execute-api:/*/*/workspaces/*"]


def test_the_role_that_signs_reaches_buckets_of_workspaces_and_nothing_else(spa):
    [role] = [r for name, r in spa.own.items() if r["Type"] == "AWS::IAM::Role" and name.startswith("Files")]
    said = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert all(":s3:::sandbox-spa-*" in json.dumps(s["Resource"]) for s in said)
    [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert w.STACK in json.dumps(trust["Condition"])


def roles_of(template, where):
    """Logical id → what each role with a policy of ours may do."""
    return {
        name: statements(resolved(each["Properties"]["Policies"][0]["PolicyDocument"], where), name)
        for name, each in template.items()
        if each["Type"] == "AWS::IAM::Role" and "Policies" in each["Properties"]
    }


def crossings(roles, others, besides=()):
    """What some of these roles may do of that which the others' rights are about."""
    return {
        (name, action, resource)
        for name, policy in roles.items()
        for other in others.values()
        for action, resource, context in authorized(other)
        if not action.startswith(besides) and allowed(policy, action, resource, context)
    }


def test_no_role_reaches_what_is_another_deployment_s(spa, blue):
    """Each by its own policy: buckets, rows, queues, secrets, the role that signs, logs."""
    mine, theirs = roles_of(spa.own, "default"), roles_of(blue.own, "blue")
    assert crossings(mine, theirs) == crossings(theirs, mine) == set()
    assert len(crossings(mine, mine)) > 50, "the lines above would pass over empty policies"


def test_no_role_of_cases_reaches_what_is_of_workspaces_nor_back(spa):
    """But for the connection, which both use."""
    of_cases, own = roles_of(spa.all[SHARED]["Resources"], "default"), roles_of(spa.own, "default")
    connection = ("ssm:", "kms:", "secretsmanager:")
    key = "s3:GetObject"
    assert {action for _, action, _ in crossings(of_cases, own, connection)} <= {key}
    assert {action for _, action, _ in crossings(own, of_cases, connection)} <= {key}
    assert not any("sandbox" in resource for _, action, resource in crossings(of_cases, own) if action == key)


@pytest.mark.parametrize("regional", [True, False])
@pytest.mark.parametrize("name", ["", "blue", "bravo"])
def test_a_role_reaches_buckets_of_its_own_deployment_in_either_namespace(spa, blue, name, regional):
    """The same person is the same workspace in each of them; what was made before the option changed stays in use."""
    bucket = BucketNames("1" * 12, "us-east-1", regional, name).of(id_of_person(person_of("Ada"), 0), "ada", 1)
    for own, template in (("", spa), ("blue", blue)):
        [worker] = [policy for role, policy in roles_of(template.own, own).items() if "SandboxSpaWorker" in role]
        may = {
            allowed(worker, action, f"arn:aws:s3:::{bucket}", {}) for action in ("s3:CreateBucket", "s3:DeleteBucket")
        }
        assert may == {name == own}


def test_functions_of_its_own_stack_alone_are_trusted_to_sign(spa, blue):
    """Told by the names that CloudFormation gives their roles, 24 letters of the stack's: each would wait for the other
    if they were named.
    """
    from integration.operations.workspaces.stack import LOGICAL_IDS

    templates = {w.STACK: spa.own, f"{w.STACK}-blue": blue.own}
    for stack, template in templates.items():
        [files] = [each for name, each in template.items() if name.startswith("FilesRole")]
        trust = statements(resolved(files["Properties"]["AssumeRolePolicyDocument"], "here"), "trust")
        for other, theirs in templates.items():
            functions = [name for name in roles_of(theirs, "here") if name.startswith(LOGICAL_IDS)]
            assert len(functions) == 4
            for each in functions:
                told = {"aws:PrincipalArn": f"arn:aws:iam::111122223333:role/{other[:24]}-{each[:24]}-AbCdEf123456"}
                concerned = [said for said in trust if said.concerns("sts:AssumeRole", "any", told)]
                assert bool(concerned) is (stack == other)


def test_where_two_names_begin_alike_each_function_s_own_right_names_one_role(blue):
    """By its pattern `blue` trusts functions of `bravo`. To trust the account is to leave it to the caller's rights,
    and those of whatever deployment name the role of its own stack, whole: another's is not assumed.
    """
    from integration.operations.workspaces.stack import LOGICAL_IDS, roles_in

    trusted = f"{roles_in(f'{w.STACK}-blue')}"
    assert fnmatch(f"{f'{w.STACK}-bravo'[:24]}-{LOGICAL_IDS}WorkerRole1F052-AbCdEf123456", trusted)
    [files] = [name for name in blue.own if name.startswith("FilesRole")]
    theirs = {f"bravo/{files}.Arn": True, f"blue/{files}.Arn": False}
    for part in ("Creator", "Backend", "Worker"):
        [policy] = [each for name, each in roles_of(blue.own, "bravo").items() if f"{LOGICAL_IDS}{part}" in name]
        assert {role: allowed(policy, "sts:AssumeRole", role, {}) for role in theirs} == theirs


def test_functions_that_name_buckets_know_the_namespace(spa, blue):
    for template, said in ((spa, "account"), (blue, "global")):
        told = {
            each["Environment"]["Variables"].get(w.ENV_NAMESPACE) for each in template.of_type("AWS::Lambda::Function")
        }
        assert told == {said, None}, "the reaper names none"


@pytest.mark.parametrize("part", ["SandboxSpaCreator", "SandboxSpaBackend", "SandboxSpaReaper"])
def test_nobody_but_the_worker_deletes_a_bucket_or_a_version(spa, part):
    assert not spa.rights(part) & DELETES
    assert spa.rights("SandboxSpaWorker") >= DELETES


def test_what_people_reach_knows_no_instance(spa):
    """Neither function behind the API may read the credentials of ServiceNow."""
    for part in ("SandboxSpaCreator", "SandboxSpaBackend"):
        assert "ssm:GetParametersByPath" not in spa.rights(part)


def test_orders_of_the_instance_reach_the_worker_alone(spa):
    patterns = {each["Name"]: each["EventPattern"] for each in spa.of_type("AWS::Events::Rule")}
    assert patterns == {w.RULE: {"source": ["service-now"], "detail-type": [w.ORDERED]}}


def test_the_secret_is_made_there_and_shown_by_no_template(spa):
    secret = spa.only("AWS::SecretsManager::Secret")
    assert "SecretString" not in secret
    assert secret["GenerateSecretString"]["PasswordLength"] == 64


def test_its_alarms_bear_its_name(spa):
    alarms = {each["AlarmName"] for each in spa.of_type("AWS::CloudWatch::Alarm")}
    assert alarms == {f"SecurityIncidentResponse-Workspace{key}" for key in OWN_ALARMS}


def test_every_alarm_has_its_runbook(spa):
    """A row of the page, with the steps; what alarms of its own say names them, too."""
    page, steps = cells(OPERATIONS, "Alarms"), anchors(DOCS / "operations.md")
    described = {a["AlarmName"].partition("-")[2]: a["AlarmDescription"] for a in spa.of_type("AWS::CloudWatch::Alarm")}
    assert set(page) == set(described)
    leads = {key: re.search(r"\(\.\./operations\.md#(\w+)\)", row[1])[1] for key, row in page.items()}
    assert set(leads.values()) <= steps
    for key in ("WorkspaceLate", "WorkspaceBlocked", "WorkspaceSlow"):
        assert described[key].endswith(f"docs/operations.md#{leads[key]}.")


def test_what_alarms_read_of_ours_is_emitted_and_on_the_page(spa):
    """That each is emitted: tests/unit/workspaces/test_worker.py."""
    alarms = json.dumps(spa.of_type("AWS::CloudWatch::Alarm"))
    read = set(re.findall(r'"MetricName": "(Workspace\w+)"', alarms))
    assert read == {w.WAITING, w.BLOCKED, w.DELIVERY}
    assert set(cells(OPERATIONS, "Metrics")) == w.METRICS


def test_the_cost_page_counts_what_is_billed_of_its_alarms_and_metrics(spa):
    """AWS bills an alarm by the metrics it reads; the model has the same numbers."""
    alarms = spa.of_type("AWS::CloudWatch::Alarm")
    read = sum(sum("MetricStat" in m for m in alarm.get("Metrics", [])) or 1 for alarm in alarms)
    assert (read, len(w.METRICS)) == (FIXED_ALARM_METRICS, FIXED_METRICS)


def test_the_webhook_knows_of_orders_only_where_workspaces_are(spa, plain):
    def events(template):
        [model] = [r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGateway::Model"]
        return model["Properties"]["Schema"]["properties"]["event_type"]["enum"]

    assert w.ORDERED in events(spa.all[SHARED])
    assert w.ORDERED not in events(plain.servicenow)


def test_what_workspaces_are_known_by_stays(spa):
    """Ids, names, exports, events, metrics, variables: a change of one is made on purpose."""
    check("workspaces", whole(spa.paths[-2:]))


def test_cfn_lint_is_silent_about_workspaces(spa):
    from tests.stacks.test_checks import said_by_cfn_lint

    assert [said_by_cfn_lint(path) for path in spa.paths[-2:]] == [[], []]


def test_a_bootstrap_with_least_privilege_deploys_workspaces(spa, monkeypatch):
    """With the policy of workspaces beside the first two; without it, not."""
    needed = asked(spa)
    assert any(w.TABLE in need.resource for need in needed)
    assert refused(needed) == []
    types = bootstrap_policy.OWN["workspace"].types
    assert lacking(spa, "workspace", monkeypatch) == set(types)
