"""A workspace from its order to its proof: ordered in the catalog, used by its link, extended, ended, gone."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests
from click.testing import CliRunner

from bench.conditions import one_at_a_time, settled
from bench.counters import Books
from bench.desk import PERSON, Desk
from bench.workspace_load import ORDERED
from bench.workspaces import ACTIONS, IN_CLASS, TRIES, Work, counted
from integration import names as n
from integration.operations.app import cli
from integration.operations.console.panels import panels
from integration.operations.console.plane_account import plane_account
from integration.operations.deployment.deployed import find
from integration.operations.local import tour
from integration.operations.local.system import Options, start
from integration.operations.waiting import until
from integration.operations.workspaces.checks import CHECKS
from integration.operations.workspaces.tour import LINK, TOUR
from integration.workspaces import names as w
from integration.workspaces.bulk import LINES_MOST
from integration.workspaces.model import ADDRESS_S, DAY_S
from integration.workspaces.unheard import EVERY, MINUTE_S
from servicenow_setup.workspaces import ORDERS
from tests.e2e.rights import without_reason

FULL_NAME, MATE, MACHINES_PERSON = "Joe Employee", "beth.anglin", "Vera Unlikely-Name"
FILE, CONTENT = "salaries of the board.txt", b"who earns what"
CLASS, FEW, YOUNG_ACCOUNT, NEAR_FLOOR = 50, 15, 2, 1.3
SLASH = "the guide does not say whether the ARN of a path ends in a slash; the functions ask in one of both ways"
ALLOWED = {
    ("Sweep", "sqs:SendMessage"): "EventBridge Scheduler's own, where it cannot start a function at all",
    ("Sweep", "arn:aws:sqs:*"): "the queue of the same",
    ("Worker", "arn:aws:ssm:us-east-1:123456789012:parameter/SecurityIncidentResponse/"): SLASH,
    ("Worker", "kms:Decrypt"): "names that another of its environments encrypted",
    ("Worker", "arn:aws:kms:*"): "the same",
    ("Worker", "s3:GetObject"): "a pass that goes on where another one died reads its manifest",
}
"""(part of the role's name, pattern of actions or resources) → why nothing here uses it."""


@pytest.fixture(scope="module")
def shop():
    with start(Options(integrations=("workspace",))) as running:
        yield Desk(running)


@pytest.fixture(autouse=True)
def operator(shop, monkeypatch):
    for name, value in shop.running.plane.operator_environment().items():
        monkeypatch.setenv(name, value)


def test_an_order_is_delivered_used_extended_ended_and_proven(shop):
    """Rule, webhook, worker; the item is closed with the link, once; the end's item with the proof."""
    first = shop.order(action="new", kind="personal", days="7")
    link = link_in(shop.closed(first))
    workspace = link.partition("#")[2].partition(".")[0]
    second = shop.order(action="new", kind="personal")
    assert link in shop.closed(second), "a person has one workspace, whoever orders it again"
    assert shown("list")["workspaces"][0]["workspace"] == workspace
    assert shown("audit") == {"buckets": 1, "orphans": [], "missing": []}

    bearer = used(shop, link)
    extended(shop, bearer, workspace, first)
    ended(shop, workspace, first)
    assert len([note for note in shop.notes(first) if link in note]) == 1
    assert shop.page("GET", "files", bearer).json()["files"] == []


def used(shop, link):
    """The bearer of a session in which a file was uploaded."""
    bearer = shop.page("POST", "session", link=link).json()["token"]
    assert shop.page("GET", "me", bearer).json()["name"] == FULL_NAME
    form = shop.page("POST", "uploads", bearer, name=FILE, size=len(CONTENT), type="text/plain").json()
    put = requests.post(form["url"], data=form["fields"], files={"file": (FILE, CONTENT, "text/plain")}, timeout=30)
    assert put.ok, put.text
    (listed,) = shop.page("GET", "files", bearer).json()["files"]
    assert (listed["name"], listed["size"]) == (FILE, len(CONTENT))
    for undo in (False, True):
        assert shop.page("POST", "remove", bearer, name=FILE, undo=undo).status_code == 200
    address = shop.page("POST", "downloads", bearer, name=FILE).json()["url"]
    assert requests.get(address, timeout=30).content == CONTENT
    return bearer


def extended(shop, bearer, workspace, first):
    """By the page, and by an order: both count from the end."""
    before = shown("show", workspace)["expires"]
    assert shop.page("POST", "extend", bearer).status_code == 200
    assert "extended until" in shop.closed(shop.order(action="extend", days="3"))
    assert shown("show", workspace)["expires"] == pytest.approx(before + (7 + 3) * DAY_S, abs=2)
    until(lambda: any("extended until" in note for note in shop.notes(first)), what="a note on the first item")


def ended(shop, workspace, first):
    """Whoever still uploads has the life of an address; then everything is archived, and nothing is left."""
    leaving = shop.order(action="end")
    until(lambda: shown("show", workspace)["phase"] == "ending", what="an end that began")
    shop.running.forward(ADDRESS_S + 1)
    until(lambda: shown("list", "--all")["workspaces"][0]["phase"] == "gone", what="a workspace that is gone")
    shop.running.forward(ADDRESS_S)
    proof = shown("show", workspace)["proof"]
    assert proof in shop.closed(leaving)
    until(lambda: any(proof in note for note in shop.notes(first)), what="the proof on the first item")
    compared = shown("proof", workspace)
    assert (compared["differences"], compared["proof"]["files"]) == ([], 1)
    assert shown("list") == {"workspaces": []}
    assert shown("audit") == {"buckets": 0, "orphans": [], "missing": []}


def test_a_team_has_a_link_each(shop):
    """Named on its item; whoever leaves may end it by the page."""
    (mate,) = shop.staff.rows("sys_user", user_name=MATE)
    note = shop.closed(shop.order(action="new", kind="team", team=mate["sys_id"]))
    lines = [line for line in note.splitlines() if "/w#" in line]
    assert [line.partition(":")[0] for line in lines] == [FULL_NAME, mate["name"]]
    link = lines[1].split()[-1]
    bearer = shop.page("POST", "session", link=link).json()["token"]
    assert shop.page("GET", "me", bearer).json()["name"] == mate["name"]
    assert shop.page("POST", "end", bearer).status_code == 202
    until(lambda: shown("list") == {"workspaces": []}, what="no workspace any more")


def test_each_workspace_of_the_scripted_day_arrives(shop, monkeypatch):
    """And what is said twice is counted. The class is as large as makes its list a file."""
    few = [f"Participant {number:02}" for number in range(LINES_MOST + 1)]
    monkeypatch.setattr("integration.operations.workspaces.tour.CLASS", few)
    people = shop.running.people()
    day = tour.run([TOUR], people, "itsm", lambda: 0, lambda: None, lambda _: None)
    assert {step.name: step.why for step in day.steps if not step.arrived} == {}
    assert (len(day.steps), day.duplicates) == (15, 0)
    said = next(row for row in shop.staff.rows("sys_journal_field", name=ORDERS) if "[workspace" in row["value"])
    shop.staff.write("admin", "update", ORDERS, said["element_id"], enforce=False, comments=said["value"])
    assert TOUR.duplicates(people) == 1


def test_a_class_is_ready_once_and_ends_together(shop):
    """With one list of links, and near the floor of calls; also where an account runs few functions at once."""
    since, before = time.time(), shop.phased("gone", "class")
    links, made = class_of(shop, "student", CLASS), shop.calls(since)
    assert made <= NEAR_FLOOR * IN_CLASS * CLASS
    quota = shop.running.plane.functions.concurrency
    was, quota.limit = quota.limit, YOUNG_ACCOUNT
    links |= class_of(shop, "late", FEW)
    quota.limit = was
    assert sum(function.throttles for function in shop.running.plane.functions)
    assert len(links) == CLASS + FEW
    assert shown("audit") == {"buckets": CLASS + FEW, "orphans": [], "missing": []}
    seen(shop, CLASS + FEW)
    assert len(shown("end", "--all-of-class", "--yes")["ended"]) == CLASS + FEW
    until(lambda: shop.phased("gone", "class") == before + CLASS + FEW, what="a class that is gone")
    assert shown("audit") == {"buckets": 0, "orphans": [], "missing": []}
    buckets = [call for call in shop.running.plane.calls(since=since) if call.operation == "CreateBucket"]
    assert len(buckets) == CLASS + FEW


def test_many_orders_at_once_are_delivered_once_each(shop):
    """By a link of its own, near the floor of calls; then they end together."""
    since, before = time.time(), shop.phased("gone", "team")
    links, made = of_orders(shop, CLASS), shop.calls(since)
    assert made <= NEAR_FLOOR * ORDERED.aws * CLASS
    assert len(links) == CLASS
    assert shown("audit") == {"buckets": CLASS, "orphans": [], "missing": []}
    assert len(shown("end", "--all", "--yes")["ended"]) == CLASS
    until(lambda: shop.phased("gone", "team") == before + CLASS, what="teams that are gone")
    assert shown("audit") == {"buckets": 0, "orphans": [], "missing": []}


def test_orders_whose_news_was_lost_are_found_and_delivered(shop):
    """Where an account has no function free, or AWS does not answer, a rule tells in vain: the next look finds them.

    So it does an approval that was taken back after the delivery.
    """
    with in_vain(shop, FEW):
        items = [shop.order(action="new", kind="team") for _ in range(FEW)]
    assert not any(shop.is_closed(item) for item in items)
    looked(shop)
    assert len({link_in(shop.closed(item)) for item in items}) == FEW
    assert shown("audit") == {"buckets": FEW, "orphans": [], "missing": []}

    before = shop.phased("gone", "team")
    with in_vain(shop, FEW):
        decided(shop, items, "rejected")
    looked(shop)
    until(lambda: shop.phased("gone", "team") == before + FEW, what="teams that are gone")
    assert shown("audit") == {"buckets": 0, "orphans": [], "missing": []}
    decided(shop, items, "approved")  # else each look of a week reads their rows, and others count its calls
    until(shop.running.resting)


def decided(shop, items, approval):
    for item in items:
        shop.staff.write("admin", "update", ORDERS, item, enforce=False, approval=approval)


@contextmanager
def in_vain(shop, count):
    """No function starts, until rules have told of so many items."""
    quota, before = shop.running.plane.functions.concurrency, len(not_delivered(shop))
    was, quota.limit = quota.limit, 0
    try:
        yield
        until(lambda: len(not_delivered(shop)) >= before + count, what="rules that told in vain")
    finally:
        quota.limit = was


def not_delivered(shop):
    lines = [row["message"] for row in shop.staff.rows("syslog")]
    return [line for line in lines if "WorkspaceOrdered" in line and "AWS answered with status 500" in line]


def looked(shop):
    """By the next look, once nothing can be on its way any more."""
    shop.forward_to_look(EVERY * MINUTE_S)
    until(shop.running.resting)


def of_orders(shop, count):
    """The links that so many items are closed with, ordered side by side."""
    with ThreadPoolExecutor(8) as pool:
        items = list(pool.map(lambda _: shop.order(action="new", kind="team"), range(count)))
    links = {link_in(shop.closed(item)) for item in items}
    until(shop.running.resting)
    return links


def seen(shop, count):
    """By `check`, which finds nothing wrong, and in the console; hours went by here, so nobody signs in anywhere."""
    deployed = find(plane_account(shop.running.plane), shop.running.names)
    assert [each for each in CHECKS.deployment(deployed) if each.state != "ok"] == []
    (panel,) = panels(deployed)
    assert (panel.title, len(panel.rows), panel.said) == ("Workspace", count, ())


def class_of(shop, name, count):
    """Its links, once its item is closed: all of them in one file, or in the note where they are few."""
    names = [f"{name} {number}" for number in range(count)]
    item = shop.order(action="new", kind="class", names="\n".join(names))
    note = shop.closed(item)
    assert f"{count} of {count} workspaces are ready" in note
    until(shop.running.resting)
    made = shop.machine("GET", f"?order={item}").json()["workspaces"]
    links = {each["link"] for each in made if each["phase"] == "ready"}
    assert len(links) == count
    files = shop.staff.rows("sys_attachment", table_sys_id=item)
    listed = sum(len(f'"{each}",\n') for each in names) + sum(map(len, links)) + len("name,link\n")
    assert ([int(file["size_bytes"]) for file in files] == [listed]) if files else set(LINK.findall(note)) == links
    return links


@pytest.fixture(scope="module")
def work(shop):
    with one_at_a_time(shop.running):
        yield Work(shop)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_an_action_makes_the_calls_of_its_floor(work, action):
    """Warm; and no fewer, else the floor is argued wrongly."""
    acted = counted(action, work)
    assert (acted.aws, acted.servicenow) == (action.floor.aws, action.floor.servicenow), acted.detail


def test_a_look_for_lost_orders_costs_two_reads(work):
    """Each five minutes, however many workspaces there are; a third call for the rows of what a week took back."""
    looks = [look_of(work) for _ in range(TRIES)]
    assert {"dynamodb:Query": 1, "sqs:SendMessageBatch": 1, "GET sc_req_item": 2} in looks


def look_of(work):
    """Its calls. The clock is set forward for it, so others may be due, and a token be over."""
    running = work.desk.running
    settled(running)
    books = Books(running)
    books.open()
    work.desk.forward_to_look()
    running.plane.invoke(w.REAPER, {})
    settled(running)
    calls = dict(books.read().detail)
    assert calls.pop("dynamodb:BatchGetItem", 0) <= 2
    return calls


def test_a_machine_makes_one_with_its_key(shop):
    """201, or 202 on a busy machine; then 200 with the same; without the key nothing is made."""
    wanted = {"username": MACHINES_PERSON, "idempotency_key": "nightly", "kind": "team", "team": ["Ed Mate"]}
    made = shop.machine("POST", json=wanted)
    assert made.status_code in {201, 202}, made.text
    workspace = made.json()["workspace_id"]
    until(lambda: shop.machine("GET", f"/{workspace}").json()["phase"] == "ready")
    again = shop.machine("POST", json=wanted)
    assert (again.status_code, again.json()["link"]) == (200, made.json()["link"])
    refused = shop.machine("POST", json=wanted, key={})
    assert (refused.status_code, "x-api-key" in refused.json()["error"]) == (403, True)
    (found,) = shop.machine("GET", "?order=nightly").json()["workspaces"]
    assert found["workspace_id"] == workspace
    handed = shop.machine("POST", f"/{workspace}/hand-over", json={"username": "New Name"})
    assert (handed.status_code, handed.json()["link"] == found["link"]) == (200, False)
    assert shop.machine("DELETE", f"/{workspace}?now=true").status_code == 202
    until(lambda: shop.machine("GET", f"/{workspace}").json()["phase"] == "gone")


NONSENSE = [
    ("POST", "", {"data": f'{{"username": "{MACHINES_PERSON}"'}, 422),
    ("POST", "", {"data": MACHINES_PERSON * 1000}, 413),
    ("POST", "", {"json": {"username": f"{MACHINES_PERSON} 😀"}}, 422),
    ("POST", "", {"json": {"username": MACHINES_PERSON, "days": 10_000}}, 422),
    ("POST", "", {"data": "username=x", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415),
    ("GET", "?order=nobody", {}, 404),
    ("GET", "/00000000-0000-4000-8000-000000000000", {}, 404),
    ("GET", "/x/y/z", {}, 404),
    ("PUT", "", {}, 404),
]


def test_what_makes_no_sense_is_refused_with_a_sentence(shop):
    """Through API Gateway, by it or by the function; also on the page's side."""
    for method, path, more, status in NONSENSE:
        sent = {"headers": {"Content-Type": "application/json"}, **more}
        answer = shop.machine(method, path, key=shop.key | sent.pop("headers"), **sent)
        assert (answer.status_code, len(answer.json()["error"]) > 20) == (status, True), (method, path, answer.text)
    for answer in (shop.page("POST", "session", link=FILE), shop.page("GET", "files"), shop.page("GET", "files", FILE)):
        assert (answer.status_code, "link" in answer.json()["error"]) == (403, True)


def test_nobody_and_no_file_is_named_in_a_log_and_rights_are_as_they_should_be(shop):
    """After all of the above: nothing was refused by a role, and no right of ours is without a use."""
    plane = shop.running.plane
    a_message_that_is_none(plane)
    until(shop.running.resting)
    lines = [line for function in plane.functions for line in plane.logs(function.name)]
    named = [line for line in lines for secret in (PERSON, FULL_NAME, MACHINES_PERSON, FILE) if secret in line]
    assert (bool(lines), named) == (True, [])
    assert [str(denial) for denial in plane.denied()] == []
    assert without_reason(plane, w.STACK, ALLOWED) == []


def a_message_that_is_none(plane):
    """It is put aside."""
    sqs = plane.boto3_client("sqs")
    queue, dead = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in (w.QUEUE, w.QUEUE + n.DEAD_SUFFIX))
    sqs.send_message(QueueUrl=queue, MessageBody="no event at all")
    until(lambda: sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=0).get("Messages"), what="what was put aside")


def link_in(note):
    (link,) = {word for word in note.split() if "/w#" in word}
    return link


def shown(*words):
    """What `workspace … --json` printed."""
    done = CliRunner().invoke(cli, ["workspace", *words, "--json"])
    assert done.exit_code == 0, (words, done.output, done.exception)
    return json.loads(done.stdout)
