"""From the deployment as it was before the house's first move (`before/make.py`) to today's and back, work at hand.

Both are deployed through CloudFormation's API in one account, for one instance. The former functions write rows and
set-up records themselves; today's go on with them, then the former ones with what today's have left.
"""

import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from integration.aws_plane.functions import SOURCE
from integration.operations.local.system import Options, put_credentials, start
from integration.operations.local.templates import synthesised
from tests.e2e.before.make import ARCHIVE, CODE, OPTIONS, TEMPLATES
from tests.e2e.shift import MANY_CASES, Pair, Shift, told, written

IN_PLACE = {
    ("AWS::CloudWatch::Alarm", "AlarmDescription"),
    ("AWS::CloudWatch::Alarm", "Metrics"),
    ("AWS::CloudWatch::Dashboard", "DashboardBody"),
    ("AWS::Lambda::Function", "Code"),
    ("Custom::ServiceNowResources", "Digest"),
    ("Custom::ServiceNowResources", "Integrations"),
}
"""What may differ: code, and what tells of it. Source: "Update requires: No interruption" in CloudFormation's template
reference; a custom resource stays while its handler answers the same physical id.
"""
ADDED = {"ClosedBus"}
"""Logical ids that came since; CHANGELOG.md names each."""
RECORDS = (
    "sys_script", "sys_script_include", "sys_rest_message", "sys_rest_message_fn", "sys_rest_message_fn_headers",
    "discovery_credentials",
)  # fmt: skip
"""Tables the set-up writes into."""
SAID = "Said before the change."
REFUSED = {"table": "incident", "field": "short_description", "operation": "write", "roles": ["admin"]}


class Version(NamedTuple):
    """Templates by stack, and the folder the functions run from."""

    templates: dict[str, Path]
    code: Path


@pytest.fixture
def former(tmp_path):
    return unpacked(tmp_path)


def unpacked(folder):
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    return Version(by_stack((folder / TEMPLATES).iterdir()), folder / CODE)


@pytest.fixture
def today():
    return Version(by_stack(synthesised(OPTIONS)), SOURCE)


def by_stack(paths):
    return {path.name.partition(".")[0]: path for path in paths}


@pytest.fixture
def account():
    """An account after `cdk bootstrap`, and an instance that knows us."""
    with start(Options(settings=MANY_CASES, deploy=False)) as running:
        yield Account(running)


class Account:
    """One deployment, brought from version to version."""

    def __init__(self, running):
        self.running, self.plane = running, running.plane
        self.cloudformation = self.plane.boto3_client("cloudformation")
        names = running.names
        self.stacks = (names.state_stack, names.common_stack, names.servicenow_stack)

    def bring(self, version):
        self.plane.functions.source_paths[:] = [version.code]
        for name in self.stacks:
            self._change(name, version.templates[name])
            if name == self.running.names.state_stack:
                put_credentials(self.plane, self.running.names, self.plane.outputs(), self.running.credentials)

    def _change(self, name, template):
        """A change set of a template in the bucket of assets, as the CDK CLI makes it; none where nothing changes."""
        bucket = f"cdk-hnb659fds-assets-{self.plane.place.account}-{self.plane.place.region}"
        self.plane.boto3_client("s3").put_object(Bucket=bucket, Key=template.name, Body=template.read_bytes())
        asked = {"StackName": name, "ChangeSetName": "c"}
        self.cloudformation.create_change_set(
            **asked, ChangeSetType="UPDATE" if name in self.plane.stacks.deployed else "CREATE",
            TemplateURL=f"{self.plane.aws_url}/{bucket}/{template.name}", Parameters=self._parameters(template),
        )  # fmt: skip
        described = self.cloudformation.describe_change_set(**asked)
        if "didn't contain changes" in described.get("StatusReason", ""):
            return
        self.cloudformation.execute_change_set(**asked)
        self.plane.cloudformation.wait()
        (stack,) = self.cloudformation.describe_stacks(StackName=name)["Stacks"]
        assert stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, stack.get("StackStatusReason")

    def _parameters(self, template):
        chosen = {
            "integrationModule": self.running.module.value,
            "logLevel": "info",
            "serviceNowInstanceId": self.running.servicenow_url,
            "serviceNowClientId": self.running.credentials.client_id,
            "serviceNowUserId": self.running.credentials.user_sys_id,
        }
        asked = json.loads(template.read_text()).get("Parameters", {})
        return [{"ParameterKey": k, "ParameterValue": v} for k, v in chosen.items() if k in asked]

    def standing(self):
        """Logical id → physical id."""
        found = [self.cloudformation.describe_stack_resources(StackName=name) for name in self.stacks]
        return {r["LogicalResourceId"]: r["PhysicalResourceId"] for told in found for r in told["StackResources"]}

    def differences(self, version):
        """(type, attribute or property) of what another version changes; the logical ids that one alone has."""
        changed, lone = set(), set()
        for name in self.stacks:
            deployed = self.cloudformation.get_template(StackName=name)["TemplateBody"]["Resources"]
            wanted = json.loads(version.templates[name].read_text())["Resources"]
            lone |= deployed.keys() ^ wanted.keys()
            for each in deployed.keys() & wanted.keys():
                a, b = flat(deployed[each]), flat(wanted[each])
                changed |= {(b["Type"], part) for part in a.keys() | b.keys() if a.get(part) != b.get(part)}
        return changed, lone


def flat(resource):
    properties = resource.get("Properties", {})
    return {name: value for name, value in resource.items() if name != "Properties"} | properties


def kept(day, begun):
    """Keys of what the table holds about pairs that are made."""
    return {(row["PK"]["S"], row["SK"]["S"]) for pair in begun.pairs for row in day.rows_of(pair.case_id)}


def set_up(day):
    """What stands in the instance for whom, and where it sends to."""
    rows = [(table, row) for table in RECORDS for row in day.rows(table)]
    return {(table, row["sys_id"], row.get("name", ""), row.get("rest_endpoint", "")) for table, row in rows}


class Begun(NamedTuple):
    """What people and functions have at hand when the version changes."""

    opened: Pair
    reported: Pair
    closed: Pair
    refused: Pair
    title: str
    """Of the case whose incident refused it."""
    late: str
    """The case whose incident is being made: its answer is lost, it appears later."""
    asked: str
    """The incident whose case is being made: the request waits in the table, encrypted."""

    @property
    def pairs(self):
        return [self.opened, self.reported, self.closed, self.refused]


def begin(day):
    opened, reported, closed, refused = day.opened(), day.reported(), day.opened(), day.opened()
    day.respond(opened.case_id, "comment", body=SAID)
    day.edit(reported.sys_id, work_notes=SAID)
    day.close_incident(closed)
    title = day.title()
    with day.switched("servicenow", field_acls=[REFUSED]):
        day.respond(refused.case_id, "fields", title=title)
        day.until(lambda: told(day.comments(refused), "refused"))
    day.until(lambda: day.status(closed) == "Closed")
    day.until(lambda: written(day.notes(opened), SAID) == written(day.comments(reported), SAID) == 1)
    day.quiet()
    waiting = day.waiting()
    day.break_security_ir(operation="CreateCase", kind="429", times=None)
    asked = day.new_incident(day.title(), "Security IR takes no case now.")
    day.until(lambda: "request" in day.incident_item(asked) and day.waiting() - waiting)
    day.break_servicenow(kind="commit-late", method="POST", path=f"*/table/{day.table}", seconds=2)
    late = day.new_case(day.title(), "The answer to this is lost.")
    day.until(lambda: not day.servicenow.send("GET", "faults")["rules"])
    assert "title" in str(day.link(refused.case_id)["blocked"])
    assert len(day.link(late).get("sys_id", "")) != 32
    return Begun(opened, reported, closed, refused, title, late, asked)


def waits(day, begun):
    """What was refused is neither tried before its time nor told again."""
    day.sweep(begun.refused)
    day.quiet()
    assert day.incident(begun.refused.sys_id)["short_description"] != begun.title
    assert len(told(day.comments(begun.refused), "refused")) == 1


def goes_on(day, begun, words):
    """Edits arrive, what was refused is tried again in its time, what is in the making becomes one."""
    day.mend()
    day.respond(begun.opened.case_id, "comment", body=f"{words} on the case.")
    day.edit(begun.reported.sys_id, work_notes=f"{words} on the incident.", short_description=f"{words}.")
    day.time_passes(begun.refused.case_id, 7 * 3600)
    day.sweep(begun.refused)
    day.until(lambda: written(day.notes(begun.opened), f"{words} on the case.") == 1)
    day.until(lambda: written(day.comments(begun.reported), f"{words} on the incident.") == 1)
    day.until(lambda: day.case(begun.reported.case_id)["title"] == f"{words}.")
    day.until(lambda: day.incident(begun.refused.sys_id)["short_description"] == begun.title)
    assert written(day.notes(begun.opened), SAID) == written(day.comments(begun.reported), SAID) == 1
    late = Pair(begun.late, day.until(lambda: day.incident_of(begun.late))["sys_id"])
    day.arrives_in_the_end(late, lambda: day.link(begun.late).get("sys_id") == late.sys_id)
    return [*begun.pairs, late, Pair(day.until(lambda: case_made(day, begun.asked)), begun.asked)]


def case_made(day, sys_id):
    day.quiet()
    if not day.case_of(sys_id):
        day.long_after("", sys_id)
        day.redeliver()
    return day.case_of(sys_id)


def shown(day, pairs):
    """All that people read of these pairs, and how many records each case has."""
    records = [row["correlation_id"] for row in day.incidents()]
    return [
        (day.case(p.case_id)["title"], day.status(p), day.state(p), sorted(day.comments(p)), sorted(day.notes(p)),
         sum(each.endswith(f"/{p.case_id}") for each in records))
        for p in pairs
    ]  # fmt: skip


def nothing_is_doubled(day, pairs):
    """A further look at everything changes nothing; nothing was refused to a function, nothing given up."""
    day.quiet()
    before = shown(day, pairs)
    assert {each[-1] for each in before} == {1}
    for pair in pairs:
        day.sweep(pair)
    day.poll()
    day.quiet()
    assert shown(day, pairs) == before
    assert day.dead() == {}
    assert [str(each) for each in day.plane.denied()] == []


def test_a_deployment_goes_to_today_s_version_and_back_with_its_work(account, former, today):
    """Nothing is replaced but code; address and records of the set-up stay; each version goes on with the other's."""
    account.bring(former)
    day = Shift(account.running)
    begun = begin(day)
    rows = kept(day, begun)
    standing, records, address = account.standing(), set_up(day), day.running.webhook_url
    assert any(endpoint == address for *_, endpoint in records)

    changed, added = account.differences(today)
    assert (changed - IN_PLACE, added) == (set(), ADDED)
    account.bring(today)
    assert {k: v for k, v in account.standing().items() if k not in ADDED} == standing
    assert (set_up(day), day.running.webhook_url) == (records, address)
    waits(day, begun)
    pairs = goes_on(day, begun, "With today's")
    assert kept(day, begun) > rows
    nothing_is_doubled(day, pairs)

    newer = begin(day)
    rows = kept(day, newer)
    account.bring(former)
    assert account.standing() == standing
    assert (set_up(day), day.running.webhook_url) == (records, address)
    waits(day, newer)
    pairs += goes_on(day, newer, "With the former")
    goes_on(day, begun, "Again with the former")
    assert kept(day, newer) > rows
    nothing_is_doubled(day, pairs)
