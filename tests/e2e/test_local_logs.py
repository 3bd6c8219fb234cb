"""What the functions write while a day goes by: one line per pass with what an operator needs, and nothing private."""

import json

import pytest

from integration import names as n
from integration.operations.waiting import until

MARK = "Quetzalcoatl"
"""In every text people write here, so that any of them would be found."""
ALWAYS = {"pass_id", "message_id", "case_id", "sys_id", "woken_by", "trigger", "outcome", "plan", "done", "seconds",
          "attempts", "runs", "ends"}  # fmt: skip


@pytest.fixture(scope="module")
def lived(itsm):
    """A case with comment, file and watcher, its incident with a note; the lines of all functions afterwards."""
    day = itsm.people()
    case = day.new_case(f"{MARK} title", f"{MARK} description", watchers=[{"email": f"{MARK.lower()}@example.net"}])
    incident = until(lambda: day.incident_of(case))["sys_id"]
    day.respond(case, "comment", body=f"{MARK} comment")
    day.attach_to_case(case, f"{MARK}.txt", f"{MARK} content".encode())
    day.edit(incident, work_notes=f"{MARK} note", short_description=f"{MARK} renamed")
    until(lambda: day.files(incident) and any(f"{MARK} note" in body for body in day.bodies(case)))
    until(lambda: day.case(case)["title"] == f"{MARK} renamed")
    until(itsm.plane.quiet)  # a pass says what it did when it ends, and what comes meanwhile keeps it running
    lines = [line for function in itsm.plane.functions for line in itsm.plane.logs(function.name)]
    return case, incident, lines


def passes_in(lines):
    told = [json.loads(line) for line in lines if line.startswith("{")]
    return [line for line in told if "pass_id" in line]


def test_a_pass_is_one_line_that_tells_what_was_done_and_why(lived):
    case, incident, lines = lived
    ours = [line for line in passes_in(lines) if line["case_id"] == case]
    assert all(line.keys() >= ALWAYS for line in ours)
    assert len({line["pass_id"] for line in ours}) == len(ours)
    made = next(line for line in ours if "incident made" in line["done"])
    assert (made["sys_id"], made["woken_by"], made["trigger"]) == (incident, "case", "event")
    assert made["calls"]["servicenow:ok"] > 0 < made["calls"]["security_ir:ok"]
    assert made["seconds"] > 0
    assert any("title: incident changed, set on case" in line["plan"] for line in ours)


def test_no_line_holds_a_text_or_a_secret(itsm, lived):
    """Titles, descriptions, comments, file names and addresses stay in the two systems; secrets where they are kept."""
    _, _, lines = lived
    told = "\n".join(lines).lower()
    ssm, secrets = itsm.plane.boto3_client("ssm"), itsm.plane.boto3_client("secretsmanager")
    name = itsm.names.parameter_prefix + n.PARAM_CLIENT_SECRET
    secret = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    token = json.loads(secrets.get_secret_value(SecretId=itsm.names.webhook_secret)["SecretString"])["token"]
    for private in (MARK, secret, token, "PRIVATE KEY", "X-Amz-Signature", "Bearer ", "eyJ"):
        assert private.lower() not in told


@pytest.mark.usefixtures("lived")
def test_every_metric_that_was_told_has_the_one_dimension(itsm):
    told = itsm.plane.metrics()
    assert {datum.name for datum in told} >= {n.METRIC_LAG, "Passes", "Actions", "Polls", "ServiceNowCalls"}
    assert {tuple(datum.dimensions.items()) for datum in told} == {(("service", itsm.names.telemetry_service),)}


def test_what_a_pass_changed_stays_beside_its_link_for_a_time(itsm, lived):
    """Field names and reasons, never values; DynamoDB removes the row when its time is over."""
    case, _, _ = lived
    rows = itsm.plane.boto3_client("dynamodb").query(
        TableName=itsm.names.table,
        KeyConditionExpression="PK = :case AND begins_with(SK, :audit)",
        ExpressionAttributeValues={":case": {"S": f"Case#{case}"}, ":audit": {"S": "Audit#"}},
    )["Items"]
    trail = [json.loads(row["what"]["S"]) for row in rows]
    assert any("incident made" in each["done"] for each in trail)
    assert any("title: incident changed, set on case" in each["reasons"] for each in trail)
    assert all(each["woken_by"] in {"case", "incident"} and each["pass"] for each in trail)
    assert MARK.lower() not in json.dumps(rows).lower()
    assert all(int(row[n.REMOVE_AT]["N"]) > float(row["SK"]["S"].split("#")[1]) for row in rows)
