"""`--setup update-set`: an administrator imports the rules, the integration user may only touch records and the token.

Then, on the same system: tokens change under load, webhooks vanish for ten minutes, and nothing is lost.
"""

import json
import threading

import pytest
import requests
from click.testing import CliRunner

from integration.operations.app import cli
from integration.operations.local.system import INTEGRATION_USER, Options, start

NOTES, ROTATIONS = 100, 2
MINUTES = 10
AUDITED = {"admin": "ok", "audit_viewer": "ok", "*": "empty"}
"""As by default."""
"""As the emulated instance begins."""


@pytest.fixture(scope="module")
def imported():
    """Deployed, exported, imported, and the token put there with `rotate`: as docs/servicenow-setup.md says."""
    with start(Options(setup="update-set")) as running:
        xml = command(running, "setup-export").stdout
        admin(running, "update-sets", {"xml": xml})
        command(running, "rotate", "--yes")
        yield running
        assert [str(denial) for denial in running.plane.denied()] == []


def command(running, *words):
    """A command of ours as an operator of this plane runs it."""
    done = CliRunner().invoke(cli, list(words), env=running.plane.operator_environment())
    assert done.exit_code == 0, done.output
    return done


def admin(running, path, body):
    answer = requests.post(f"{running.servicenow_admin}/{path}", json=body, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture
def people(imported):
    return imported.people()


def webhooks(people):
    """Calls the instance made to us, oldest first."""
    return people.servicenow.send("GET", "outbound")["calls"]


def case_titled(people, title):
    return next((case["caseId"] for case in people.cases() if case["title"] == title), "")


def test_it_works_with_the_roles_for_records(imported, people, until):
    """No role that may write a rule, and none was written: the four rules came with the import."""
    granted = {row["name"] for row in roles_of(people, imported.user_sys_id)}
    assert granted == {"itil", "snc_internal", "credential_admin"}
    people.act("insert", short_description="Imported rules tell", description="x")
    until(lambda: case_titled(people, "Imported rules tell"))
    assert {call["status"] for call in webhooks(people)} == {202}
    assert len(people.rows("sys_script")) == 4


def roles_of(people, user_sys_id):
    names = {row["sys_id"]: row for row in people.rows("sys_user_role")}
    return [names[row["role"]] for row in people.rows("sys_user_has_role") if row["user"] == user_sys_id]


def test_no_event_is_lost_while_the_token_changes(imported, people, until):
    """A hundred edits arrive while the token rotates twice: each call is taken, each note is mirrored once."""
    title = "Edited while tokens change"
    sys_id = people.act("insert", short_description=title, description="x")["sys_id"]
    case = until(lambda: case_titled(people, title))
    before, version = len(webhooks(people)), current_version(imported)
    rotated = threading.Event()
    failed = []

    def rotate():
        try:
            for _ in range(ROTATIONS):
                command(imported, "rotate", "--yes")
        except AssertionError as error:
            failed.append(error)
        rotated.set()

    thread = threading.Thread(target=rotate)
    thread.start()
    sent = 0
    while sent < NOTES or not rotated.is_set():
        sent += 1
        people.edit(sys_id, work_notes=f"note {sent:03}.")
        rotated.wait(0.2)  # the pace of a busy desk, not a flood
    thread.join()
    assert failed == []
    assert current_version(imported) != version
    admin(imported, "settle", {"timeout_s": 20})
    calls = webhooks(people)[before:]
    assert len(calls) == sent >= NOTES
    assert {call["status"] for call in calls} == {202}
    wanted = {f"note {number:03}." for number in range(1, sent + 1)}
    until(lambda: wanted <= {note for body in people.bodies(case) for note in wanted if note in body}, seconds=120)
    texts = "\n".join(people.bodies(case))
    assert {note for note in wanted if texts.count(note) != 1} == set()


def current_version(running):
    return running.plane.boto3_client("secretsmanager").get_secret_value(SecretId=running.names.webhook_secret)[
        "VersionId"
    ]


def test_ten_minutes_without_a_webhook_are_found_by_one_sweep(imported, people, until):
    """Comments, notes, a file, states and new incidents, a minute apart; the poller is asked once, by hand."""
    allow_clocks_to_differ(imported, people)
    first = people.act("insert", short_description="There before the silence", description="x")["sys_id"]
    case = until(lambda: case_titled(people, "There before the silence"))
    until(imported.plane.quiet, seconds=60)
    answered = len(imported.plane.front.statuses)
    people.lose_webhooks(None)
    for minute in range(MINUTES):
        admin(imported, "clock", {"advance_s": 60})
        people.edit(first, work_notes=f"work note of minute {minute}.", comments=f"comment of minute {minute}.")
        if minute % 2:
            people.act("insert", short_description=f"Unheard of, minute {minute}", description="x")
    people.attach_to_incident(first, "unheard.txt", b"of")
    people.edit(first, short_description="Renamed in silence", state="2")
    admin(imported, "settle", {"timeout_s": 20})
    assert len(imported.plane.front.statuses) == answered
    people.servicenow.send("DELETE", "webhook-faults")

    imported.plane.invoke(imported.names.poller, {})

    until(lambda: people.case(case)["title"] == "Renamed in silence", seconds=60)
    until(lambda: all(case_titled(people, f"Unheard of, minute {m}") for m in range(1, MINUTES, 2)), seconds=60)
    texts = [f"{kind} of minute {m}." for kind in ("work note", "comment") for m in range(MINUTES)]
    until(lambda: all(any(text in body for body in people.bodies(case)) for text in texts), seconds=60)
    until(lambda: [f for f in people.case(case)["caseAttachments"] if f["fileName"].startswith("unheard")], seconds=60)
    assert len(imported.plane.front.statuses) == answered


def allow_clocks_to_differ(running, people):
    """Only the instance's clock is moved; its registration then has to bear that ours is behind."""
    [application] = people.rows("oauth_jwt")
    admin(running, "seed", {"oauth_jwt": [{**application, "clock_skew": str(MINUTES * 60 + 300)}]})


def test_a_journal_whose_rows_are_hidden_doubles_nothing(imported, people, until):
    """So instances are by default: the rows are an empty list; what we appended is displayed by the record."""
    case = people.new_case("Hidden journal", "x")
    incident = until(lambda: people.incident_of(case))["sys_id"]
    for number in range(3):
        people.respond(case, "comment", body=f"answer {number}.")
        until(lambda text=f"answer {number}.": [n for n in people.journal(incident) if text in n])
    sweep(imported, case)
    until(imported.plane.quiet, seconds=60)
    notes = "\n".join(people.journal(incident))
    assert [notes.count(f"answer {number}.") for number in range(3)] == [1, 1, 1]


def test_a_journal_that_is_refused_is_read_as_it_is_displayed(imported, people, until):
    """403: comments arrive all the same, each once, also after a role opens the rows."""
    sys_id = people.act("insert", short_description="Refused journal", description="x")["sys_id"]
    case = until(lambda: case_titled(people, "Refused journal"))
    until(imported.plane.quiet, seconds=60)
    told = len(imported.plane.metrics("Misconfigured"))
    config(people, journal_access={"*": "403"})
    try:
        people.edit(sys_id, comments="said while it was refused.")
        until(lambda: [body for body in people.bodies(case) if "said while it was refused." in body], seconds=60)
    finally:
        config(people, journal_access=AUDITED)
    admin(imported, "roles", {"user_name": INTEGRATION_USER, "grant": ["audit_viewer"]})
    people.edit(sys_id, comments="said when it was open.")
    until(lambda: [body for body in people.bodies(case) if "said when it was open." in body], seconds=60)
    admin(imported, "roles", {"user_name": INTEGRATION_USER, "revoke": ["audit_viewer"]})
    assert "\n".join(people.bodies(case)).count("said while it was refused.") == 1
    assert len(imported.plane.metrics("Misconfigured")) == told


def config(people, **switches):
    people.servicenow.send("PATCH", "config", json=switches)


def sweep(running, case):
    """As the poller publishes it for a link that is due."""
    detail = json.dumps({"caseId": case, "sweep": True})
    entry = {"EventBusName": running.names.bus, "Source": "security-ir", "DetailType": "CaseUpdated", "Detail": detail}
    assert running.plane.boto3_client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_a_clone_is_answered_and_its_events_go_no_further(imported, people, until):
    """What calls itself otherwise is another instance with a copy of our rules and token; the log tells of it."""
    handler = imported.names.notifications_handler
    patch(people, instance_name="clone00001")
    try:
        sys_id = people.act("insert", short_description="A copy", description="x")["sys_id"]
        until(lambda: [line for line in told_of(imported, handler, sys_id) if "another instance" in line])
    finally:
        patch(people, instance_name="dev00001")
    assert webhooks(people)[-1]["status"] == 202
    assert not [line for line in told_of(imported, handler, sys_id) if "published" in line]


def told_of(running, handler, sys_id):
    """The lines about one incident: another's late webhook may be told of meanwhile."""
    return [line for line in running.plane.logs(handler) if sys_id in line]


def patch(people, **properties):
    people.servicenow.send("PATCH", "properties", json=properties)
