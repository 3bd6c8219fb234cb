"""The very command line that deploys into an account, against the plane: the CDK CLI, CloudFormation, the bundle.

CloudFormation has exactly the rights of docs/CDK_BOOTSTRAP_POLICY.md, for the first deployment and for whatever
follows. What it deploys then works, with exactly the roles of the published specification; a second run changes
nothing, secrets rotate, and what it destroys is gone.
"""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from integration import names as n
from integration.operations import waiting
from integration.operations.cases.tour import DAY
from integration.operations.deployment.key_file import make_pair, read_key
from integration.operations.deployment.signing_key import find_key
from integration.operations.deployment.synthesis import UNCHECKED
from integration.operations.local import tour
from integration.operations.local.system import INTEGRATION_USER, Options, start
from integration.operations.terminal.output import DEPLOYMENT_FAILED, INTERRUPTED
from integration.operations.terminal.output import NO_ANSWER as CANNOT_FETCH
from servicenow_setup.columns import COLUMNS
from servicenow_setup.roles import documented_roles
from tests.docs import bootstrap_policy
from tests.e2e.terminal import AS_IN_A_TERMINAL

REPOSITORY = Path(__file__).resolve().parents[2]
DEMANDED = "cost-centre"
TAG = f"{DEMANDED}=4711"
MISSING = "dynamodb:CreateTable"
ALLOWED_IPS = ("--allowed-ips", "127.0.0.0/8")
"""From where the emulated instance sends."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def account():
    with start(Options(deploy=False, documented_roles=True)) as running:
        grant(running.plane)
        yield running


def grant(plane, without=""):
    """`cdk bootstrap` with the policies of the page, less one right."""
    documents = bootstrap_policy.filled(plane.world.place.account, plane.world.place.region)
    for statement in (each for document in documents for each in document["Statement"]):
        statement["Action"] = [action for action in statement["Action"] if action != without]
    plane.cloudformation.bootstrap(documents)


@pytest.fixture(scope="module")
def key(account, tmp_path_factory):
    """The private key in use; tests that change it say so here. None: a key of KMS is."""
    path = tmp_path_factory.mktemp("key") / "private.key"
    path.write_text(account.credentials.private_key_pem)
    path.chmod(0o600)
    return {"path": path}


@pytest.fixture(scope="module")
def begin(account, key):
    """Starts the command line as the operator of the plane. CDK's rules are asked at the first start alone: what
    follows differs in options, and their engine takes as long as all the rest.
    """
    asked = {}

    def begin(*words):
        given = {
            "SERVICENOW_INSTANCE_ID": account.servicenow_url, "SERVICENOW_CLIENT_ID": account.credentials.client_id,
            "SERVICENOW_CLIENT_SECRET": account.credentials.client_secret,
            "SERVICENOW_USER_SYS_ID": account.user_sys_id, "SERVICENOW_MODULE": "itsm",
        }  # fmt: skip
        if key["path"]:
            given["SERVICENOW_PRIVATE_KEY_PATH"] = str(key["path"])
        environment = {**os.environ, **account.plane.operator_environment(), **given, **asked}
        asked.update(UNCHECKED)
        return subprocess.Popen(
            [*AS_IN_A_TERMINAL, sys.executable, "deploy_integrations_solution.py", *words], cwd=REPOSITORY,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment,
        )  # fmt: skip

    return begin


@pytest.fixture(scope="module")
def command(begin):
    """The command brought to its end."""

    def run(*words):
        return ended(begin(*words))

    return run


def ended(process):
    out, err = process.communicate(timeout=280)
    assert "Traceback" not in err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture(scope="module")
def before(account):
    """What stands on both sides before anything is deployed."""
    return standing(account)


@pytest.fixture(scope="module")
def forbidden(account, command, before):
    """The first deployment, in an organisation that demands a tag nobody told it of."""
    account.plane.world.organisation.demand_tags(DEMANDED)
    left = command("service-now", "--yes")
    if left.returncode == CANNOT_FETCH:
        pytest.skip("npm or pip do not reach their registry: " + left.stderr.strip()[-200:])
    return left


@pytest.fixture(scope="module")
def unbootstrapped(account, command, forbidden):
    """The second, while CloudFormation's role lacks one right; what it left, and what stands afterwards."""
    grant(account.plane, MISSING)
    left = command("service-now", "--yes", "--tag", TAG)
    grant(account.plane)
    return left, standing(account)


@pytest.fixture(scope="module")
def interrupted(account, begin, unbootstrapped):
    """The third, left with Ctrl-C while CloudFormation makes its first stack."""
    running = begin("service-now", "--yes", "--tag", TAG)
    histories, first = account.plane.stacks.histories, account.names.state_stack
    waiting.until(lambda: (first in histories and begun(histories[first])) or running.poll() is not None, 120)
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does it: to all of them
    return ended(running)


def begun(history):
    """Not the rolled back one."""
    return history.moving or history.made


@pytest.fixture(scope="module")
def refused(account, begin, interrupted):
    """The fourth, in which ServiceNow refuses what the set-up writes: a role is taken away once the trial is over."""
    people, role = account.people(), ["web_service_admin"]
    change = partial(people.servicenow.send, "POST", "roles")
    running = begin("service-now", "--yes", "--tag", TAG)
    histories, last = account.plane.stacks.histories, account.names.servicenow_stack
    waiting.until(lambda: (last in histories and begun(histories[last])) or running.poll() is not None, 240)
    change(json={"user_name": INTEGRATION_USER, "revoke": role})
    left = ended(running)
    change(json={"user_name": INTEGRATION_USER, "grant": role})
    return left


@pytest.fixture(scope="module")
def deployed(account, command, refused):
    """It ends with an event that went from the instance's rule through the webhook to the table."""
    done = command("service-now", "--yes", "--tag", TAG, *ALLOWED_IPS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "event: came in from the instance" in done.stdout
    return account


@pytest.fixture
def people(deployed):
    return deployed.people()


def standing(account):
    """Everything an operator would find: by kind, the names. Records of cases and incidents are nobody's to remove."""
    plane = account.plane
    client = plane.boto3_client
    keys = [each["KeyId"] for each in client("kms").list_keys()["Keys"]]
    described = [client("kms").describe_key(KeyId=each)["KeyMetadata"] for each in keys]
    people = account.people()
    return {
        "stacks": sorted(plane.stacks.deployed),
        "functions": sorted(function.name for function in plane.functions),
        "roles": sorted(role.name for role in plane.roles),
        "APIs": sorted(plane.world.apis),
        "queues": sorted(plane.queues),
        "tables": client("dynamodb").list_tables()["TableNames"],
        "buckets": [each["Name"] for each in client("s3").list_buckets()["Buckets"]],
        "parameters": sorted(each["Name"] for each in client("ssm").describe_parameters()["Parameters"]),
        "secrets": [each["Name"] for each in client("secretsmanager").list_secrets()["SecretList"]],
        "buses": [each["Name"] for each in client("events").list_event_buses()["EventBuses"]],
        "rules": [each["Name"] for each in client("events").list_rules()["Rules"]],
        "topics": client("sns").list_topics()["Topics"],
        "alarms": [each["AlarmName"] for each in client("cloudwatch").describe_alarms()["MetricAlarms"]],
        "logs": [each["logGroupName"] for each in client("logs").describe_log_groups()["logGroups"]],
        "keys": [each["KeyId"] for each in described if each["KeyState"] != "PendingDeletion"],
        "ServiceNow": {table: people.rows(table) for table in COLUMNS},
    }


def test_without_the_tag_an_organisation_demands_nothing_is_made(forbidden, deployed):
    """What is missing is told with its option; with it the same command deploys, and the tag is remembered."""
    assert forbidden.returncode == DEPLOYMENT_FAILED
    assert "with an explicit deny in a service control policy" in forbidden.stderr
    assert "--tag KEY=VALUE for a mandatory tag" in forbidden.stderr
    histories = deployed.plane.stacks.histories.values()
    assert all(history.tags[DEMANDED] == "4711" for history in histories)


def test_a_right_that_cloudformation_lacks_is_named_and_nothing_stays(unbootstrapped, account, before):
    """What was made before the refusal is taken back; AWS's sentence is told with the page that has the right."""
    left, stood = unbootstrapped
    table = account.plane.world.place.arn("dynamodb", f"table/{account.names.table}")
    assert left.returncode == DEPLOYMENT_FAILED
    assert f"/AWSCloudFormation is not authorized to perform: {MISSING} on resource: {table} because no" in left.stderr
    assert "bootstrap again with the policies of docs/CDK_BOOTSTRAP_POLICY.md" in left.stderr
    assert stood == before


def test_under_the_documented_rights_addresses_are_limited(deployed):
    """The API's own policy, which the right to change the API does not include."""
    (api,) = deployed.plane.world.apis.values()
    assert "127.0.0.0/8" in str(api.policy)


def test_who_interrupts_a_deployment_is_told_how_to_go_on(interrupted):
    assert interrupted.returncode == INTERRUPTED
    assert "Interrupted. What CloudFormation has begun it brings to an end by itself." in interrupted.stderr
    assert "Run the same command again" in interrupted.stderr


def test_what_servicenow_refuses_is_rolled_back_and_named_with_the_role(refused, deployed):
    """The run after it picks up."""
    assert refused.returncode == DEPLOYMENT_FAILED
    assert "may not create sys_rest_message. Give it the role web_service_admin" in refused.stderr
    assert "then run the same command again" in refused.stderr


def test_a_whole_day_passes_with_the_roles_of_the_published_specification(deployed, people):
    """Every step of the tour arrives, once; no right is missing on either side."""
    names = {row["sys_id"]: row["name"] for row in people.rows("sys_user_role")}
    held = [row for row in people.rows("sys_user_has_role") if row["user"] == deployed.user_sys_id]
    assert {names[row["role"]] for row in held} == set(documented_roles("incident"))

    def dead():
        return sum(d.total for name, d in deployed.plane.queues.items() if name.endswith(n.DEAD_SUFFIX))

    toured = tour.run(
        [DAY], people, "itsm", dead, lambda: deployed.plane.invoke(deployed.names.poller, {}), lambda _outcome: None
    )
    assert {step.name: step.why for step in toured.steps if not step.arrived} == {}
    assert (toured.duplicates, toured.dead_letters) == (0, 0)
    assert deployed.plane.denied() == ()


def test_no_secret_stands_in_a_template_or_in_an_environment(deployed):
    secret = deployed.credentials.client_secret
    for stack in deployed.plane.stacks.deployed.values():
        assert secret not in json.dumps(stack.template.body)
        assert secret not in json.dumps([s.resource.properties for s in stack.resources.values()], default=str)


def test_the_status_of_it_is_in_order(deployed, command):
    """With the lag of the last day, as CloudWatch has it, below the seconds that were promised."""
    done = command("status", "--json")
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    assert {stack["status"] for stack in told["stacks"]} == {"CREATE_COMPLETE"}
    assert told["lag"]["from"] == "the last day"
    assert told["events"]["last"]
    assert 0 < told["lag"]["p50_s"] <= told["lag"]["p95_s"] < 60


def test_what_a_clone_took_from_the_instance_is_set_up_again(deployed, command, people, until):
    """Nothing differs on AWS, so only a look at the instance tells."""
    before = len(people.rows("sys_script"))
    for table in ("sys_script", "discovery_credentials"):
        for row in people.rows(table):
            act = {"as": "admin", "operation": "delete", "table": table, "sys_id": row["sys_id"], "enforce": False}
            people.servicenow.send("POST", "act", json=act)
    done = command("service-now", "--yes")
    assert done.returncode == 0, done.stderr
    assert len(people.rows("sys_script")) == before
    people.act("insert", short_description="Heard again", description="x")
    until(lambda: [case for case in people.cases() if case["title"] == "Heard again"], seconds=60)


def test_the_token_changes_when_asked(deployed, command, people, until):
    """What ServiceNow sends afterwards is taken; the former token is dropped at once."""
    done = command("rotate", "--now", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["previous_dropped"]
    people.act("insert", short_description="With the new token", description="x")
    until(lambda: [case for case in people.cases() if case["title"] == "With the new token"], seconds=60)
    assert deployed.plane.front.statuses[-1] == 202


def test_the_key_changes_and_at_no_moment_is_neither_taken(deployed, command, people, key, tmp_path_factory, until):
    """The key in use gets its name, the new one a verifier map of its own; then the functions change over."""
    folder = tmp_path_factory.mktemp("new")
    new, certificate = folder / "new.key", folder / "new.cer"
    make_pair(new, certificate, 2048, 365, "test")
    words = ("rotate-key", "--private-key-path", str(new), "--certificate", str(certificate), "--yes")
    asked = command(*words)
    assert asked.returncode == 3
    assert f"Kid {read_key(new).key_id}" in asked.stderr
    case = people.new_case("Between two keys", "x")
    until(lambda: people.incident_of(case), seconds=60)
    add_verifier_maps(deployed, people, key["path"], new, certificate)
    done = command(*words)
    assert done.returncode == 0, done.stderr
    people.servicenow.send("DELETE", "oauth/tokens")
    drop_verifier_map(people, read_key(key["path"]).key_id)
    people.respond(case, "comment", body="Signed with the new key.")
    until(
        lambda: [text for text in people.journal(people.incident_of(case)["sys_id"]) if "new key" in text], seconds=60
    )
    key["path"] = new


def add_verifier_maps(deployed, people, old, new, certificate):
    """What the command asks an administrator for: Kid of the one there is, and a second one."""
    (there,) = people.rows("jwt_verifier_map")
    seeded = {"jwt_verifier_map": [{**there, "kid": read_key(old).key_id}]}
    people.servicenow.send("POST", "seed", json=seeded)
    add_verifier_map(deployed, people, certificate, read_key(new).key_id)


def add_verifier_map(deployed, people, certificate, kid):
    body = {
        "certificate_pem": certificate.read_text(), "client_id": deployed.credentials.client_id,
        "client_secret": deployed.credentials.client_secret, "user_name": "aws_integration", "lifespan_s": 3600,
        "kid": kid,
    }  # fmt: skip
    people.servicenow.send("POST", "oauth", json=body)


def drop_verifier_map(people, kid):
    (row,) = [row for row in people.rows("jwt_verifier_map") if row["kid"] == kid]
    act = {
        "as": "admin", "operation": "delete", "table": "jwt_verifier_map", "sys_id": row["sys_id"], "enforce": False
    }  # fmt: skip
    people.servicenow.send("POST", "act", json=act)


def test_a_kms_key_takes_over_and_no_function_reads_a_private_key(
    deployed, command, people, key, tmp_path_factory, until
):
    """Judged by the roles as they are deployed: each function may sign with that key, and none reads an object."""
    kms, certificate = deployed.plane.boto3_client("kms"), tmp_path_factory.mktemp("kms") / "kms.cer"
    arn = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    key["kms"] = arn
    made = command("keygen", "--kms", arn, "--certificate", str(certificate))
    assert made.returncode == 0, made.stderr
    add_verifier_map(deployed, people, certificate, find_key(kms, arn).key_id)
    former, key["path"] = read_key(key["path"]).key_id, None
    case = people.new_case("Before KMS signs", "x")
    until(lambda: people.incident_of(case), seconds=60)
    done = command("service-now", "--yes", "--signing-key", arn)
    assert done.returncode == 0, done.stderr
    people.servicenow.send("DELETE", "oauth/tokens")
    drop_verifier_map(people, former)
    began = deployed.plane.calls()[-1].at
    people.respond(case, "comment", body="Signed by KMS.")
    until(lambda: [text for text in people.journal(people.incident_of(case)["sys_id"]) if "by KMS" in text], seconds=60)
    called = {(call.function, f"{call.service}:{call.operation}") for call in deployed.plane.calls(since=began)}
    assert (deployed.names.servicenow_client, "kms:Sign") in called
    assert {function for function, call in called if call == "s3:GetObject"} <= {"operator"}


def test_a_changed_setting_changes_only_what_it_concerns_and_a_second_run_nothing(deployed, command, people, until):
    """No stack, no secret, no key, no asset, no record in ServiceNow."""
    first = moments(deployed)
    done = command("service-now", "--yes", "--log-level", "debug")
    assert done.returncode == 0, done.stderr
    assert {name for name, moment in moments(deployed).items() if moment != first[name]} == {
        deployed.names.servicenow_stack
    }
    assert deployed.plane.functions[deployed.names.poller].definition.variables["LOG_LEVEL"] == "debug"
    until(deployed.plane.quiet, seconds=60)
    second, ours, began = moments(deployed), standing(deployed), deployed.plane.calls()[-1].at
    done = command("service-now", "--yes", "--log-level", "debug")
    assert done.returncode == 0, done.stderr
    assert "Nothing to change" in done.stderr + done.stdout
    assert moments(deployed) == second
    assert standing(deployed)["ServiceNow"] == ours["ServiceNow"]
    written = {
        f"{call.service}:{call.operation}"
        for call in deployed.plane.calls(since=began)
        if call.function == "operator" and call.operation.startswith(("Put", "Create", "Delete", "Update", "Execute"))
    }
    assert written == set()


def moments(deployed):
    return {history.name: history.changed for history in deployed.plane.stacks.histories.values()}


def test_what_was_destroyed_is_gone_on_both_sides(deployed, command, before, key):
    """Last: what the other tests stand on is taken away. First all but the data, then all."""
    assert command("destroy", "--yes").returncode == 0
    left = standing(deployed)
    assert left["stacks"] == [deployed.names.state_stack]
    assert (left["queues"], left["functions"], left["secrets"]) == ([], [], [])
    assert left["ServiceNow"] == before["ServiceNow"]
    if "kms" in key:  # the operator's, which nothing of ours destroys
        deployed.plane.boto3_client("kms").schedule_key_deletion(KeyId=key["kms"].rpartition("/")[2])
    done = command("destroy", "--delete-data", "--yes")
    assert done.returncode == 0, done.stderr
    assert standing(deployed) == before
