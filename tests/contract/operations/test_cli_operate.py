"""What an operations team does with a deployment: look, replay, resume, backfill, remap."""

import json
import time
from dataclasses import replace

import boto3
import pytest

from integration import names as n
from integration.aws.table import Table
from integration.cases.brake import stopped_since
from integration.cases.declaration import CASES
from integration.cases.forced import is_marked
from integration.cases.link import ACTIVE, SUSPENDED, Blocked, Link, Pair, value_fingerprint
from integration.cases.records import LinkRecords
from integration.connection.declaration import CONNECTION
from integration.names import Names
from integration.operations.cases.commands.backfill import Unlinked, send
from integration.operations.cases.overview import cases_of, links_of, open_links, overview
from integration.operations.commands.status import calm
from integration.operations.commands.status_document import status_of
from integration.operations.deployment.deployed import find
from integration.operations.deployment.queues import Queues
from integration.operations.terminal.output import REFUSED
from integration.reconcile.claims import Ending
from integration.registry import DEFAULT, dead_letter_queues, with_connection
from tests.contract.operations.deployed_world import SECRET

NAMES = Names()


@pytest.fixture
def table(deployed):
    return Table(deployed.client("dynamodb"), NAMES.table)


@pytest.fixture
def link(table):
    """Stores a link as a pass would; its case id."""
    links = LinkRecords(table, None)

    def make(case_id, state=ACTIVE, *, due=None, lag_s=2.0, sys_id="", blocked=(), base=None):
        made = Link(
            case_id, sys_id=sys_id or f"{case_id:0>32}", number="INC0010001", state=state, table="incident", lag_s=lag_s
        )
        now = time.time()
        made.blocked = {what: Blocked(why, "", now, now + 60) for what, why in blocked}
        made.base = base or {}
        links.claim(case_id, "owner", now + 60, now)
        links.join(made, "owner")
        links.release("owner", made, (), Ending(due or now + 900))
        return case_id

    return make


@pytest.fixture
def case(cases):
    """Makes a case in the emulated service; its id."""

    def make(**more):
        given = {
            "resolverType": "Self", "title": "private title", "description": "private text",
            "engagementType": "Investigation", "reportedIncidentStartDate": 1_767_323_045, "impactedAccounts": [],
            "watchers": [],
        }  # fmt: skip
        client = boto3.client("security-ir", endpoint_url=cases)
        return client.create_case(**given | more)["caseId"]

    return make


@pytest.fixture
def letter():
    """Puts a message among the dead letters of a queue."""

    def put(queue, body, cause=""):
        sqs = boto3.client("sqs")
        attributes = {"cause": {"DataType": "String", "StringValue": cause}} if cause else {}
        text = body if isinstance(body, str) else json.dumps(body)
        url = sqs.get_queue_url(QueueName=queue + n.DEAD_SUFFIX)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageAttributes=attributes)

    return put


def messages(queue):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def waiting(queue):
    return Queues(boto3.client("sqs")).depths(queue)["waiting"]


def case_event(case_id):
    return {
        "source": n.SOURCE_CASES, "detail-type": n.CASE_UPDATED, "time": "2026-11-21T10:00:00Z",
        "detail": {"caseId": case_id},
    }  # fmt: skip


def incident_event(sys_id, number):
    return {
        "source": n.SOURCE_INCIDENTS, "detail-type": n.INCIDENT_UPDATED, "time": "2026-11-21T10:00:00Z",
        "detail": {"sys_id": sys_id, "incident_number": number, "table": "incident"},
    }  # fmt: skip


# --------------------------------------------------------------------------------------------------- status
def test_status_shows_everything_at_once(run, deployed, link, letter, case):
    """States with reasons, dead letters, lag; nothing of a case's text. Exit 1, since something waits."""
    link(case(), blocked=[("field:title>incident", "the record is closed")])
    link(case(), SUSPENDED)
    link(case(), lag_s=4.0)
    letter(NAMES.cases_queue, case_event("1234567890"), "unexpected")
    done = run("status", "--json")
    document = json.loads(done.stdout)
    assert done.exit_code == 1
    assert document["links"]["by_state"] == {"active": 2, "suspended": 1}
    assert len(document["links"]["listed"]) == 2
    assert {
        "name": NAMES.cases_queue,
        "waiting": 0,
        "in_flight": 0,
        "delayed": 0,
        "dead": 1,
        "oldest_s": None,
    } in document["queues"]
    assert document["lag"]["p50_s"] == 2.0
    assert any("dead letter" in sentence for sentence in document["attention"])
    assert "private" not in done.output


COMMON = {"deployment", "stacks", "alarms", "queues", "events", "rules", "integrations", "attention"}


@pytest.mark.parametrize(
    ("there", "own"), [([CONNECTION], set()), ([CONNECTION, CASES], {"poll", "lag", "brake", "waiting", "links"})]
)
def test_status_has_the_parts_of_what_is_deployed(deployed, there, own):
    found = status_of(replace(find(deployed, NAMES), integrations=tuple(there)))
    assert found.document.keys() == COMMON | own
    assert found.document["integrations"] == {}
    assert {table.title for each in found.overviews.values() for table in each.tables} == (
        {"Links", "Worth a look"} if own else set()
    )


def test_in_step_is_said_only_where_nothing_waits_with_an_error(run, deployed, table, link, case):
    """A pass that fails again and again leaves no dead letter and no reason on its link."""
    link(case())
    now = int(time.time())
    row = {"PK": n.WAITING, "SK": "4711", "at": now - 60, "tries": 4, "error": "Misconfigured", "said": "no role"}
    table.put(row)
    table.put({**row, "SK": "0815", "at": now - 3600})
    found = overview(find(deployed, NAMES))
    assert [(each["record"], each["said"]) for each in found.document["waiting"]] == [("4711", "no role")]
    assert any("1 record waiting with an error, the last Misconfigured: no role" in said for said in found.attention)
    shown = run("status")
    assert [each for each in found.attention if each not in " ".join(shown.stderr.split())] == []
    assert "in step" not in shown.stdout
    table.put({"PK": n.WAITING, "SK": "4711", "at": now, "tries": 5})
    assert overview(find(deployed, NAMES)).document["waiting"] == []


@pytest.mark.parametrize("where", ["waiting", "in_flight", "delayed"])
def test_events_on_their_way_are_no_all_clear(where):
    rest = {"waiting": 0, "in_flight": 0, "delayed": 0}
    assert calm([rest, rest]) == "Everything is in step."
    assert "1 event under way" in calm([rest, {**rest, where: 1}])


def test_events_that_nobody_takes_are_told(run, deployed):
    """CloudWatch knows how old the oldest is."""
    age = {
        "MetricName": "ApproximateAgeOfOldestMessage", "Value": 1200.0, "Timestamp": time.time() - 70,
        "Dimensions": [{"Name": "QueueName", "Value": NAMES.cases_queue}],
    }  # fmt: skip
    boto3.client("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[age])
    found = json.loads(run("status", "--json").stdout)
    assert any(f"events wait in {NAMES.cases_queue} for 20 minutes" in said for said in found["attention"])


def test_status_for_people(run, deployed, link, case):
    link(case(), blocked=[("field:title>incident", "the record is closed")])
    done = run("status")
    assert "the record is closed" in done.stdout
    assert "SecurityIncidentResponseServiceNow" in done.stdout
    assert "Rules in ServiceNow, prefix a1b2c3d4e5" in done.stdout


@pytest.mark.parametrize(("words", "said"), [([], "nothing wants a look"), (["--links"], "nothing yet")])
def test_what_has_no_row_is_told_by_what_was_asked_for(run, deployed, monkeypatch, words, said):
    """There may be much that nobody has to look at."""
    calm = replace(
        found := status_of(find(deployed, NAMES)), document={**found.document, "integrations": {"change": []}}
    )
    monkeypatch.setattr("integration.operations.commands.status.status_of", lambda *_, **__: calm)
    assert said in run("status", *words).stdout


def test_status_of_nothing(run, aws):
    done = run("status")
    assert done.exit_code == 3
    assert "There is no deployment" in done.stderr
    assert "service-now" in done.stderr


def test_status_goes_on_where_one_part_cannot_be_read(run, deployed, instance):
    """ServiceNow is down: the rest is shown, and what could not be is said."""
    name = NAMES.parameter_prefix + n.PARAM_INSTANCE
    boto3.client("ssm").put_parameter(Name=name, Value="http://127.0.0.1:9", Type="String", Overwrite=True)
    document = json.loads(run("status", "--json").stdout)
    assert document["stacks"]
    assert any("the rules cannot be read" in sentence for sentence in document["attention"])


def test_every_open_link_is_found_without_a_scan(table, link):
    link("1111111111")
    link("2222222222", due=time.time() + 10**6)
    assert sorted(standing.case_id for standing in open_links(table)) == ["1111111111", "2222222222"]


def test_links_are_read_by_key(table, link):
    link("1111111111", sys_id="b" * 32)
    assert set(links_of(table, ["1111111111", "3333333333"])) == {"1111111111"}
    assert cases_of(table, ["b" * 32, "c" * 32]) == {"b" * 32: "1111111111"}


# --------------------------------------------------------------------------------------------------- replay
def test_replay_alone_only_shows(run, deployed, letter):
    """Ids and causes; every letter stays where it is and can be read again at once."""
    letter(NAMES.cases_queue, case_event("1234567890"), "unexpected")
    done = run("replay")
    assert done.exit_code == 0
    assert "1234567890" in done.stdout
    assert "unexpected" in done.stdout
    assert waiting(NAMES.cases_queue + n.DEAD_SUFFIX) == 1
    assert messages(NAMES.cases_queue) == []


def marked(event):
    """Whether the functions will believe that an operator asked."""
    detail = event["detail"]
    return is_marked(detail["forced"], detail.get("caseId") or detail["sys_id"], SECRET, time.time())


def test_replay_of_all_sends_each_with_the_operators_mark(run, deployed, letter):
    """To the one queue that lets operators in; both clients run the same pass."""
    letter(NAMES.cases_queue, case_event("1234567890"))
    letter(NAMES.incidents_queue, incident_event("a" * 32, "INC1"))
    letter(NAMES.backfill_queue, incident_event("b" * 32, "INC2"))
    letter(NAMES.notifications_rule, incident_event("c" * 32, "INC3"))
    assert run("replay", "--all").exit_code == 0
    sent = messages(NAMES.backfill_queue)
    told = {event["detail"].get("caseId") or event["detail"]["incident_number"] for event in sent}
    assert told == {"1234567890", "INC1", "INC2", "INC3"}
    assert all(marked(event) for event in sent)
    assert all(waiting(queue) == 0 for queue in dead_letter_queues(NAMES, with_connection(DEFAULT)))


def test_replay_of_one_leaves_the_others(run, deployed, letter):
    letter(NAMES.incidents_queue, incident_event("a" * 32, "INC1"))
    letter(NAMES.incidents_queue, incident_event("b" * 32, "INC2"))
    assert run("replay", "--incident", "INC2").exit_code == 0
    assert [event["detail"]["sys_id"] for event in messages(NAMES.backfill_queue)] == ["b" * 32]
    assert waiting(NAMES.incidents_queue + n.DEAD_SUFFIX) == 1


def test_replay_wakes_blocked_and_suspended_links(run, deployed, link):
    """In the same way as letters."""
    link("1111111111", blocked=[("comments>case", "too long")])
    link("2222222222", SUSPENDED)
    link("3333333333")
    done = run("replay", "--all", "--json")
    assert sorted(json.loads(done.stdout)["sent"]) == ["1111111111", "2222222222"]
    events = messages(NAMES.backfill_queue)
    assert sorted(event["detail"]["caseId"] for event in events) == ["1111111111", "2222222222"]
    assert all(marked(event) and event["detail"]["sweep"] for event in events)


def test_letters_that_are_none_are_kept_until_discarded(run, deployed, letter):
    letter(NAMES.cases_queue, "not JSON")
    letter(NAMES.poll_schedule, "{}")
    run("replay", "--all")
    assert waiting(NAMES.cases_queue + n.DEAD_SUFFIX) == 1
    assert json.loads(run("replay", "--discard", "--json").stdout)["discarded"] == 2
    assert waiting(NAMES.cases_queue + n.DEAD_SUFFIX) == 0


# --------------------------------------------------------------------------------------------------- resume
def test_resume_lets_the_brake_go(run, deployed, table):
    links = LinkRecords(table, None)
    now = time.time()
    assert links.count_creation(now, 1)
    assert not links.count_creation(now, 1)
    assert stopped_since(table) == (pytest.approx(now), None)
    assert run("resume").exit_code == 0
    assert stopped_since(table) == (None, None)
    assert links.count_creation(now, 1)


def test_resume_lets_an_opener_go_who_alone_is_held(run, deployed, table):
    links, now = LinkRecords(table, None), time.time()
    assert [links.count_creation(now, 25, "mallory") for _ in range(6)] == [True] * 5 + [False]
    assert stopped_since(table)[0] is None
    done = json.loads(run("resume", "--yes", "--json").stdout)
    assert (done["stopped_since"], done["held_since"], done["resumed"]) == (None, pytest.approx(now), True)
    assert links.count_creation(now, 25, "mallory")


def test_resume_without_brake(run, deployed):
    assert "not on" in run("resume").stdout


OF_CASES = (["plan", "INC0010001"], ["backfill", "--cases"], ["remap"], ["resume"])


@pytest.mark.parametrize("words", OF_CASES, ids=lambda words: words[0])
def test_what_is_about_cases_says_that_there_are_none(run, deployed, monkeypatch, words):
    """Beside other integrations; nothing of it is looked for."""
    monkeypatch.setattr("integration.operations.deployment.deployed.present", lambda *_: (CONNECTION,))
    done = run(*words)
    assert done.exit_code == REFUSED
    assert "Cases are not deployed here" in done.stderr
    assert "service-now" in done.stderr


# --------------------------------------------------------------------------------------------------- backfill
def test_backfill_of_cases_leaves_out_linked_and_closed_ones(run, deployed, case, cases, link):
    linked, fresh, closed = case(), case(), case()
    link(linked)
    boto3.client("security-ir", endpoint_url=cases).close_case(caseId=closed)
    done = run("backfill", "--cases", "--json")
    assert json.loads(done.stdout)["chosen"] == [fresh]
    [event] = messages(NAMES.backfill_queue)
    assert event["detail"]["caseId"] == fresh
    assert marked(event)


def test_backfill_of_incidents_stays_below_the_brake(run, deployed, instance):
    """As many as may become cases within an hour; the rest is said."""
    rows = [{"short_description": f"old {number}", "priority": "1"} for number in range(30)]
    instance.admin("POST", "/seed", incident=rows)
    done = run("backfill", "--incidents", "priority=1", "--rate", "600", "--json")
    document = json.loads(done.stdout)
    assert (document["found"], document["sent"]) == (30, 25)


def test_backfill_counts_first(run, deployed, case):
    case()
    done = run("backfill", "--cases", "--dry-run")
    assert "1 case not linked" in done.stdout
    assert messages(NAMES.backfill_queue) == []


def test_backfill_needs_to_know_what(run, deployed):
    assert run("backfill").exit_code == 2


def test_backfill_is_spread_over_time():
    """By the queue's delay as far as that goes, then by waiting."""
    sent, slept = [], []

    def put(_body, delay_s):
        sent.append(sum(slept) + delay_s)

    chosen = [Unlinked("case", str(number)) for number in range(40)]
    send(put, str, chosen, 1, lambda *_: None, slept.append)
    assert sent == [pytest.approx(number * 60, abs=1) for number in range(40)]


# --------------------------------------------------------------------------------------------------- remap
def test_remap_counts_and_applies(run, deployed, instance, case, cases, link, table):
    """A pair the mapping accepts no longer is brought in step; an accepted one is left alone."""
    case_id = case()
    [sys_id] = instance.admin("POST", "/seed", incident=[{"short_description": "x", "state": "2"}])["sys_ids"][
        "incident"
    ]
    base = {"status": Pair("Submitted", "2")}
    link(case_id, sys_id=sys_id, base=base)
    document = json.loads(run("remap", "--json").stdout)
    assert document["fields"] == [{"field": "status", "written": "case", "links": 1}]
    assert document["changed"] == 0
    done = run("remap", "--apply", "--json")
    assert json.loads(done.stdout)["changed"] == 1
    row = LinkRecords(table, None).get(case_id)
    assert row.link.pair("status") == Pair()
    assert not row.owner


def test_remap_leaves_a_column_empty_that_people_left_empty(run, deployed, instance, case, link):
    """An incident without a description: its case got the short description, since it must have one."""
    seeded = [{"short_description": "x", "description": "", "state": "1"}]
    [sys_id] = instance.admin("POST", "/seed", incident=seeded)["sys_ids"]["incident"]
    case_id = case(description="x")
    base = {
        name: Pair(value_fingerprint(name, text), value_fingerprint(name, on_incident))
        for name, text, on_incident in (("title", "private title", "x"), ("description", "x", ""))
    }
    link(case_id, sys_id=sys_id, base=base)
    assert json.loads(run("remap", "--json").stdout)["fields"] == [{"field": "title", "written": "case", "links": 1}]
