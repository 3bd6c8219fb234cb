"""What a person does on the page arrives on the other side, also after something was broken and healed."""

import requests

from integration.operations.cases.people import once
from integration.operations.console.fault_switches import SLOW_S

SLOWEST = """least => fetch("/api/picture").then(answer => answer.json())
    .then(picture => picture.lag.some(point => point.side === "case" && point.seconds >= least))"""


def test_a_case_made_here_appears_as_an_incident(page, act):
    act.create(page, "case", "Root key used from a new country")
    act.card(page, "incidents", "Root key used from a new country").wait_for()
    row = act.row(page, "Root key used from a new country")
    row.locator(".pill", has_text="in step").wait_for()
    page.locator("#traffic .pass", has_text="incident made").first.wait_for()
    page.locator(".flow .node.tone-aws").first.wait_for(state="attached")  # keeps its colour when its light is out
    page.locator("#lag circle.case").first.wait_for(state="attached")


def test_an_incident_made_here_appears_as_a_case(page, act):
    act.create(page, "incident", "Odd logins on payroll")
    act.card(page, "cases", "Odd logins on payroll").wait_for()


def test_words_pass_in_both_directions_once(page, act, day, until):
    """A comment of a responder and a work note of an analyst, each seen on the other half of the open sheet."""
    act.create(page, "case", "Words")
    sheet = act.pair(page, "Words")
    aws, snow = sheet.locator(".half.aws"), sheet.locator(".half.snow")
    aws.get_by_label("Comment as AWS responder").fill("We see it in CloudTrail too.")
    aws.get_by_role("button", name="Comment").click()
    snow.locator(".entry.from-aws", has_text="We see it in CloudTrail too.").wait_for()
    snow.get_by_label("Entry as analyst").fill("Key disabled at 09:12.")
    snow.get_by_role("button", name="Work note").click()
    aws.locator(".entry.from-snow", has_text="Key disabled at 09:12.").wait_for()
    case = next(case for case in day.cases() if case["title"] == "Words")
    assert once(day.bodies(case["caseId"]), "Key disabled at 09:12.")


def test_fields_and_states_follow_as_the_plan_says(page, act, running):
    """While the event waits, the sheet says what its pass will do; then it does."""
    act.create(page, "incident", "States")
    sheet = act.pair(page, "States")
    aws, snow = sheet.locator(".half.aws"), sheet.locator(".half.snow")
    snow.get_by_label("State", exact=True).select_option(label="In Progress")
    snow.get_by_role("button", name="Set").click()
    aws.locator(".chip", has_text="Detection and Analysis").wait_for()
    sheet.locator(".pill", has_text="in step").wait_for()
    plan = sheet.locator(".plan")
    with running.plane.held(running.names.cases_queue):
        aws.get_by_label("Title").fill("States, renamed on AWS")
        aws.get_by_role("button", name="Save").click()
        act.card(page, "cases", "States, renamed on AWS").wait_for()
        plan.get_by_role("button", name="Show the plan").click()
        plan.locator(".steps", has_text="`title` is set on the incident").wait_for()
    act.card(page, "incidents", "States, renamed on AWS").wait_for()
    sheet.locator(".passes", has_text="title: case changed, set on incident").wait_for()
    plan.get_by_role("button", name="Show the plan").click()
    plan.locator(".place", has_text="In step").wait_for()


def test_closing_one_side_closes_the_other(page, act):
    act.create(page, "case", "To be closed")
    sheet = act.pair(page, "To be closed")
    sheet.locator(".half.snow").get_by_label("State", exact=True).select_option(label="Closed")
    sheet.locator(".half.snow").get_by_role("button", name="Set").click()
    sheet.locator(".half.aws .chip", has_text="Closed").wait_for()
    sheet.locator(".pill", has_text="closed").wait_for()


def test_a_file_reaches_the_other_side(page, act):
    act.create(page, "case", "With a file")
    sheet = act.pair(page, "With a file")
    file = {"name": "trail.json", "mimeType": "application/json", "buffer": b'{"events": 3}'}
    sheet.get_by_label("File for the case").set_input_files(file)
    sheet.locator(".half.aws").get_by_role("button", name="Attach").click()
    sheet.locator(".half.snow .files", has_text="trail.json").wait_for()


def test_servicenow_down_waits_with_a_reason_and_heals(page, act):
    """Nothing is lost while it is down; the page says what waits, why, and until when."""
    act.create(page, "case", "While it was down")
    act.card(page, "incidents", "While it was down").wait_for()
    act.turn(page, "ServiceNow down", on=True)
    sheet = act.pair(page, "While it was down")
    sheet.get_by_label("Comment as AWS responder").fill("Said while it was down.")
    sheet.locator(".half.aws").get_by_role("button", name="Comment").click()
    sheet.locator(".whys", has_text="ServiceNow does not answer").wait_for()
    page.keyboard.press("Escape")
    row = act.row(page, "While it was down")
    row.locator(".pill", has_text="waiting").wait_for()
    row.locator(".why", has_text="next try").wait_for()
    page.locator(".flow .node.broken", has_text="ServiceNow").wait_for()
    act.turn(page, "ServiceNow down", on=False)
    page.get_by_role("button", name="Try now").click()
    row.locator(".pill", has_text="in step").wait_for(timeout=60_000)
    act.pair(page, "While it was down").locator(".half.snow .entry", has_text="Said while it was down.").wait_for()


def test_security_ir_down_waits_with_a_reason_and_heals(page, act):
    act.create(page, "incident", "While AWS was down")
    act.card(page, "cases", "While AWS was down").wait_for()
    act.turn(page, "Security IR down", on=True)
    sheet = act.pair(page, "While AWS was down")
    snow = sheet.locator(".half.snow")
    snow.get_by_label("Short description").fill("Renamed while AWS was down")
    snow.get_by_role("button", name="Save").click()
    sheet.locator(".whys", has_text="Security IR does not answer").wait_for()
    page.keyboard.press("Escape")
    page.locator(".flow .node.broken", has_text="Security IR").wait_for()
    act.turn(page, "Security IR down", on=False)
    page.get_by_role("button", name="Try now").click()
    act.card(page, "cases", "Renamed while AWS was down").wait_for(timeout=60_000)


def test_lost_events_of_aws_are_made_up_for_by_the_poller(page, act, running, day):
    act.turn(page, "AWS events lost", on=True)
    act.create(page, "case", "Told by nobody")
    act.card(page, "cases", "Told by nobody").wait_for()
    running.plane.invoke(running.names.poller, {})
    act.card(page, "incidents", "Told by nobody").wait_for()
    assert [event for event in day.aws("events")["events"] if event["state"] == "lost"]


def test_a_conflict_is_settled_and_the_loser_is_kept(page, act):
    """Both sides change one title while the queues rest: the policy decides, and the other value stands in a note."""
    act.create(page, "case", "Named by nobody yet")
    sheet = act.pair(page, "Named by nobody yet")
    page.keyboard.press("Escape")
    row = act.row(page, "Named by nobody yet")
    case_id = row.get_attribute("data-case")
    row = page.locator(f'#link-rows tr[data-case="{case_id}"]')
    row.locator(".pill", has_text="in step").wait_for()
    act.turn(page, "Pause to ServiceNow", on=True)
    act.turn(page, "Pause to AWS", on=True)
    row.click()
    aws, snow = sheet.locator(".half.aws"), sheet.locator(".half.snow")
    aws.get_by_label("Title").fill("Named by AWS")
    aws.get_by_role("button", name="Save").click()
    page.locator("#said", has_text="Saved").wait_for()
    snow.get_by_label("Short description").fill("Named by ServiceNow")
    snow.get_by_role("button", name="Save").click()
    act.card(page, "incidents", "Named by ServiceNow").wait_for()
    page.keyboard.press("Escape")
    act.turn(page, "Pause to ServiceNow", on=False)
    act.turn(page, "Pause to AWS", on=False)
    row.locator(".why", has_text="1 conflict settled").wait_for(timeout=60_000)
    act.card(page, "cases", "Named by ServiceNow").wait_for()
    row.click()
    aws.locator(".entry.from-us", has_text="Named by AWS").wait_for()
    sheet.locator(".passes .conflict", has_text="both changed").wait_for()


def test_a_crash_in_mid_pass_is_seen_and_survived(page, act, running, day, until):
    """The pass dies after its write and before its record; what it wrote stands once, and its claim is shown."""
    act.create(page, "case", "Survives")
    sheet = act.pair(page, "Survives")
    page.keyboard.press("Escape")
    row = act.row(page, "Survives")
    row.locator(".pill", has_text="in step").wait_for()
    act.turn(page, "Crash to ServiceNow", on=True)
    row.click()
    sheet.get_by_label("Comment as AWS responder").fill("Said before the crash.")
    sheet.locator(".half.aws").get_by_role("button", name="Comment").click()
    page.keyboard.press("Escape")
    page.locator("#traffic .crash").first.wait_for()
    row.locator(".why", has_text="a pass holds it").wait_for()
    page.locator(".break[aria-checked=false]", has_text="Crash to ServiceNow").wait_for()
    sys_id = row.get_attribute("data-incident")
    assert sum("Said before the crash." in text for text in day.journal(sys_id)) == 1


def test_lost_webhooks_are_made_up_for_by_the_poller(page, act, running):
    act.create(page, "incident", "Unheard")
    act.card(page, "cases", "Unheard").wait_for()
    requests.delete(f"{running.servicenow_admin}/outbound", timeout=10)
    act.turn(page, "Webhooks lost", on=True)
    snow = act.pair(page, "Unheard").locator(".half.snow")
    snow.get_by_label("Short description").fill("Found by the poller")
    snow.get_by_role("button", name="Save").click()
    act.card(page, "incidents", "Found by the poller").wait_for()
    requests.post(f"{running.servicenow_admin}/settle", json={"timeout_s": 30}, timeout=60)
    running.plane.invoke(running.names.poller, {})
    act.card(page, "cases", "Found by the poller").wait_for()
    calls = requests.get(f"{running.servicenow_admin}/outbound", timeout=10).json()["calls"]
    assert {call["fault"] for call in calls} == {"lost"}


def test_a_slow_instance_shows_in_the_lag(page, act):
    """At least the delay of one call; nothing is lost or doubled meanwhile."""
    act.create(page, "case", "Slow")
    act.card(page, "incidents", "Slow").wait_for()
    act.turn(page, "ServiceNow slow", on=True)
    sheet = act.pair(page, "Slow")
    sheet.get_by_label("Comment as AWS responder").fill("Said slowly.")
    sheet.locator(".half.aws").get_by_role("button", name="Comment").click()
    sheet.locator(".half.snow .entry.from-aws", has_text="Said slowly.").wait_for(timeout=60_000)
    page.wait_for_function(SLOWEST, arg=SLOW_S, timeout=60_000)
    page.keyboard.press("Escape")


def test_a_paused_queue_says_how_much_waits(page, act, until, read):
    act.create(page, "incident", "Paused")
    act.card(page, "cases", "Paused").wait_for()
    act.turn(page, "Pause to AWS", on=True)
    snow = act.pair(page, "Paused").locator(".half.snow")
    snow.get_by_label("Short description").fill("Paused, renamed")
    snow.get_by_role("button", name="Save").click()
    until(lambda: _queue(read, "incidents_queue")["waiting"] >= 1)
    assert _queue(read, "incidents_queue")["paused"]
    page.keyboard.press("Escape")
    act.turn(page, "Pause to AWS", on=False)
    act.card(page, "cases", "Paused, renamed").wait_for(timeout=60_000)
    until(lambda: _queue(read, "incidents_queue")["waiting"] == 0)


def _queue(read, key):
    picture = read("/api/picture").json()
    return next(queue for queue in picture["queues"] if queue["key"] == key)
