"""What `local` starts works, both ways and for both modules."""

import json

import boto3
import requests


def test_a_case_becomes_an_incident_and_a_comment_a_note(system, until):
    day = system.people()
    case = day.new_case("Odd log-ins", "Three minutes apart.")
    incident = until(lambda: day.incident_of(case))
    assert incident["short_description"].endswith("Odd log-ins")
    day.respond(case, "comment", body="Please rotate the key.")
    until(lambda: [note for note in day.journal(incident["sys_id"]) if "Please rotate the key." in note])


def test_an_incident_becomes_a_case_through_webhook_and_authorizer(system, until):
    day = system.people()
    before = len(system.plane.front.statuses)
    day.act("insert", short_description="Laptop lost", description="On the train.")
    until(lambda: [case for case in day.cases() if case["title"] == "Laptop lost"])
    assert set(system.plane.front.statuses[before:]) == {202}


def test_the_webhook_takes_only_its_token(system):
    body = {"event_type": "IncidentUpdated", "incident_number": "INC1", "sys_id": "0" * 32}
    url = system.webhook_url
    assert requests.post(url, json=body, timeout=10).status_code == 401
    assert requests.post(url, json=body, headers={"Authorization": "Bearer no"}, timeout=10).status_code == 401


def test_the_operator_sees_cases_through_the_aws_endpoint(itsm, until):
    day = itsm.people()
    case = day.new_case("Seen by the operator", "x")
    environment = itsm.plane.operator_environment()
    client = boto3.client(
        "security-ir", endpoint_url=environment["AWS_ENDPOINT_URL"], region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"], aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    pages = client.get_paginator("list_cases").paginate()
    assert case in {item["caseId"] for page in pages for item in page["items"]}


def test_the_poller_runs_by_its_schedule(itsm, until):
    poller = itsm.plane.functions[itsm.names.poller]
    assert itsm.plane.clock.names()[f"{itsm.names.poller.removesuffix('er')}"] == 60
    until(lambda: poller.invocations > poller.errors)


def test_what_happens_in_servicenow_is_logged_with_ids_only(itsm, until):
    """ServiceNowNotificationsRule → CloudWatch."""
    day = itsm.people()
    record = day.act("insert", short_description="A private matter", description="Do not log.")
    logs = itsm.plane.boto3_client("logs")
    group = next(
        g["logGroupName"] for g in logs.describe_log_groups()["logGroups"]
        if g["logGroupName"].endswith(itsm.names.notifications_rule)
    )  # fmt: skip

    def told():
        events = logs.filter_log_events(logGroupName=group)["events"]
        return [json.loads(e["message"]) for e in events if record["sys_id"] in e["message"]]

    (event, *_) = until(told)
    assert event["source"] == "service-now"
    assert "private" not in json.dumps(event)


def test_the_token_rotates_and_servicenow_goes_on(itsm, until):
    """Secrets Manager → rotation function → credential in the instance → webhook; it waits 12 s on purpose."""
    secrets = itsm.plane.boto3_client("secretsmanager")
    name = itsm.names.webhook_secret
    before = secrets.get_secret_value(SecretId=name)["VersionId"]
    secrets.rotate_secret(SecretId=name)
    failures = itsm.plane.rotations.failures
    until(lambda: secrets.get_secret_value(SecretId=name)["VersionId"] != before or failures, seconds=60)
    assert failures == []
    day = itsm.people()
    day.act("insert", short_description="After the rotation", description="x")
    until(lambda: [case for case in day.cases() if case["title"] == "After the rotation"])


def test_nothing_is_left_to_do_when_it_is_quiet(system, until):
    until(system.plane.quiet)
    dead = {name: depth.total for name, depth in system.plane.queues.items() if name.endswith("-dead")}
    assert set(dead.values()) == {0}
