"""`plan` over a deployment: what a pass would do is read, told and not done; a pass then does just that."""

import io
import json
import threading
import time
import zipfile
from contextlib import contextmanager

import boto3
import pytest
from botocore.client import BaseClient

from integration import names as n
from integration.aws.table import Table
from integration.cases.link import CASE, Blocked, Pair, value_fingerprint
from integration.cases.wake import Wake
from integration.names import Names
from integration.operations.cases.plan_tables import show_plans
from integration.operations.cases.planned import Planning
from integration.operations.deployment.deployed import find
from integration.operations.terminal.output import Output
from integration.reconcile.claims import Ending

NAMES = Names()
PRIVATE = "Kestrel"
READS_THERE = ("GET ", "POST oauth", "POST batch", "batch GET")
READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "Decrypt")
"""What operations begin with that change nothing."""


@pytest.fixture
def functions(deployed):
    """A function of the deployment, as far as a command looks at it."""
    trusts = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"},
    }]}  # fmt: skip
    made = boto3.client("iam").create_role(RoleName="client", AssumeRolePolicyDocument=json.dumps(trusts))
    role = made["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "")
    boto3.client("lambda").create_function(
        FunctionName=NAMES.servicenow_client, Role=role, Handler="index.handler", Runtime="python3.13",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {n.ENV_CLIENT_ROLES: f"{role} {role}", n.ENV_TIMEOUT_S: "180"}},
    )  # fmt: skip
    return deployed


@pytest.fixture
def case(aws, cases):
    client = boto3.client("security-ir", endpoint_url=cases)
    made = client.create_case(
        resolverType="Self", title=f"{PRIVATE} title", description=f"{PRIVATE} text", engagementType="Investigation",
        reportedIncidentStartDate=1_767_323_045, impactedAccounts=[], watchers=[],
    )  # fmt: skip
    return made["caseId"]


@pytest.fixture
def do(functions):
    """A whole pass for a case, as its function runs it; what it did."""

    def run(case_id):
        now = time.time()
        outcome = Planning(find(functions, NAMES)).core.run(Wake(CASE, case_id, now), now + 180)
        assert outcome.error is None
        return outcome.report.done

    return run


@pytest.fixture
def only_reads(monkeypatch, instance):
    """While it lasts, AWS refuses every write; ServiceNow's calls are judged at its end: a batch of reads is a POST.

    Threads that were there before belong to systems of other tests.
    """
    call, others = BaseClient._make_api_call, set(threading.enumerate()) - {threading.current_thread()}

    def refusing(client, operation, request):
        reads = operation.startswith(READS) or threading.current_thread() in others
        assert reads, f"{client.meta.service_model.service_name}:{operation} is no read"
        return call(client, operation, request)

    @contextmanager
    def lasting():
        instance.admin("DELETE", "/calls")
        with monkeypatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", refusing)
            yield
        counts = instance.admin("GET", "/calls")["counts"]
        assert [name for name in counts if not name.startswith(READS_THERE)] == []

    return lasting


def change_title(cases, case_id, text):
    boto3.client("security-ir", endpoint_url=cases).update_case(caseId=case_id, title=f"{PRIVATE} {text}")


@contextmanager
def stored_link(deployed, case_id):
    """To be changed, and stored as a pass would."""
    links, now = Planning(find(deployed, NAMES)).core.links, time.time()
    link = links.claim(case_id, "test", now + 60, now).link
    yield link
    links.release("test", link, (), Ending(now + 900))


def test_a_case_without_an_incident_is_told_what_becomes_of_it(run, functions, case, only_reads):
    with only_reads():
        done = run("plan", case)
    assert (done.exit_code, "An incident would be made for the case" in done.stdout) == (0, True)


def test_an_incident_without_a_case_is_told_of_the_brake(run, functions, instance, only_reads):
    number = instance.admin("POST", "/seed", incident=[{"short_description": "x"}])["sys_ids"]["incident"][0]
    Table(functions.client("dynamodb"), NAMES.table).put({"PK": "Brake", "SK": "latest", "stopped": time.time()})
    with only_reads():
        done = run("plan", number)
    assert "A case would be made for the incident; the brake holds everybody's" in done.stdout


def test_a_pair_is_found_by_its_case_its_number_and_its_sys_id(run, instance, case, do, only_reads):
    do(case)
    [made] = instance.records("incident")
    for record in (case, made["number"], made["sys_id"]):
        with only_reads():
            found = json.loads(run("plan", record, "--json").stdout)
        assert (found["case_id"], found["sys_id"], found["incident_number"]) == (case, made["sys_id"], made["number"])
        assert (found["outcome"], found["steps"]) == ("nothing new", [])


def test_what_is_planned_is_told_without_its_text_and_then_done(run, cases, case, do, only_reads):
    do(case)
    change_title(cases, case, "title, corrected")
    client = boto3.client("security-ir", endpoint_url=cases)
    client.update_case_status(caseId=case, caseStatus="Detection and Analysis")
    with only_reads():
        shown, told = run("plan", case), json.loads(run("plan", case, "--json").stdout)
    assert "1. `title` is set on the incident (short_description): the case changed." in shown.stdout
    assert (told["outcome"], [(step["what"], step["side"], step["about"]) for step in told["steps"]]) == (
        "acts", [("field", "incident", "title"), ("status", "incident", "status")]
    )  # fmt: skip
    assert PRIVATE not in shown.output + json.dumps(told)
    assert do(case) == ["title → incident", "status → incident"]


def test_what_is_only_remembered_is_told(run, functions, case, do, only_reads):
    do(case)
    with stored_link(functions, case) as link:
        link.base["title"] = Pair()
    with only_reads():
        told = json.loads(run("plan", case, "--json").stdout)
    assert (told["outcome"], told["steps"]) == ("settles", [])
    assert told["settled"] == ["`title`: both may stand beside each other: taken as accepted"]


def test_a_number_nobody_knows_is_told_with_what_to_give(run, functions):
    done = run("plan", "INC9999999")
    assert done.exit_code == 3
    assert "no incident of the number INC9999999" in done.stderr


def test_a_silent_instance_is_told_as_by_any_command(run, instance, case, do):
    do(case)
    instance.admin("POST", "/faults", kind="hibernation", times=None)
    assert run("plan", case).exit_code == 5


# --------------------------------------------------------------------------------------- before something is sent
def test_what_cannot_be_shown_is_said_and_holds_nothing_up(functions, case, capsys):
    """A dead letter may name anything."""
    show_plans(Output(), find(functions, NAMES), ["INC9999999", case])
    told = capsys.readouterr().out
    assert "no incident of the number INC9999999" in told
    assert "An incident would be made for the case" in told


def test_a_dry_run_of_backfill_shows_what_passes_would_do(run, functions, case, only_reads):
    with only_reads():
        done = run("backfill", "--cases", "--dry-run")
    assert "An incident would be made for the case" in done.stdout


def test_remap_shows_what_passes_would_do_with_values_forgotten(run, functions, instance, cases, case, do, only_reads):
    """Nobody has changed anything: it is the mapping that accepts the pair no longer."""
    do(case)
    change_title(cases, case, "of another mapping")
    [made] = instance.records("incident")
    titles = f"{PRIVATE} of another mapping", made["short_description"]
    with stored_link(functions, case) as link:
        link.base["title"] = Pair(*(value_fingerprint("title", text) for text in titles))
    with only_reads():
        done = run("remap")
    assert "`title` is set on the case: both sides changed, and the policy decides" in done.stdout


def test_replay_shows_what_passes_would_do_before_it_sends(run, functions, cases, case, do):
    do(case)
    change_title(cases, case, "title, corrected")
    with stored_link(functions, case) as link:
        link.blocked["comment:1"] = Blocked("too long", "", time.time(), time.time() + 3600)
    done = run("replay", "--all")
    assert "`title` is set on the incident (short_description): the case changed" in done.stdout
    assert PRIVATE not in done.output
