"""The screenshots of the documentation, of a day that somebody might have."""

CASES = (
    ("Root key used from a new country", "Sign-in without MFA, three minutes apart."),
    ("S3 bucket made public by an unknown role", "Policy:S3/BucketAnonymousAccessGranted"),
    ("Unusual volume of DescribeInstances calls", "From a Tor exit node."),
    ("EC2 instance mining crypto currency", "CryptoCurrency:EC2/BitcoinTool.B!DNS"),
)
INCIDENTS = ("Odd logins on payroll", "Phishing mail reported by finance", "Laptop lost at the airport")


def lived(day, until):
    """Case ids of a small day in both directions: words, files, states, and one conflict."""
    cases = [day.new_case(title, description) for title, description in CASES]
    for title in INCIDENTS:
        day.act("insert", short_description=title, description="Reported by phone.")
    incidents = [until(lambda case=case: day.incident_of(case))["sys_id"] for case in cases]
    until(lambda: {case["title"] for case in day.cases()} >= set(INCIDENTS))
    day.respond(cases[0], "comment", body="Two sign-ins came from the same exit node. Can you disable the key?")
    day.edit(incidents[0], work_notes="Key disabled at 09:12, sessions revoked.")
    until(lambda: len(day.case(cases[0])["comments"]) > 1)
    day.respond(cases[0], "status", status="Detection and Analysis")
    day.attach_to_case(cases[0], "trail.json", b'{"events": 3}')
    day.attach_to_incident(incidents[0], "screenshots.txt", b"who, when")
    day.edit(incidents[3], state="2", work_notes="Isolated the instance.")
    until(lambda: day.incident(incidents[0])["state"] == "2" and len(day.files(incidents[0])) > 1)
    return cases


def test_pictures(opened, address, act, day, until, pictures, running):
    cases = lived(day, until)
    page = opened(address(), reduced_motion="no-preference")
    with running.plane.held(running.names.cases_queue, running.names.incidents_queue):
        day.respond(cases[0], "fields", title="Root key used from two countries")
        sys_id = day.incident_of(cases[0])["sys_id"]
        day.edit(sys_id, short_description="Root key used, contained")
    until(lambda: day.case(cases[0])["title"] == "Root key used, contained")
    row = page.locator(f'#link-rows tr[data-case="{cases[0]}"]')
    row.locator(".why", has_text="conflict").wait_for()
    page.wait_for_timeout(2500)  # until what lit up is calm again
    page.screenshot(path=pictures / "console-light.png")
    row.click()
    page.locator("#sheet .passes .conflict").first.wait_for()
    page.screenshot(path=pictures / "console-link.png")
    page.keyboard.press("Escape")
    act.turn(page, "ServiceNow down", on=True)
    for case in cases[1:]:
        day.respond(case, "comment", body="Any news?")
    page.locator("#link-rows .pill", has_text="waiting").nth(1).wait_for()
    page.wait_for_timeout(1200)
    dark = opened(address(), color_scheme="dark")
    dark.locator("#link-rows .pill", has_text="waiting").first.wait_for()
    dark.wait_for_timeout(1500)
    dark.screenshot(path=pictures / "console-dark.png")
    narrow = opened(address(), viewport={"width": 414, "height": 896})
    narrow.locator("#link-rows .pill", has_text="waiting").first.wait_for()
    narrow.screenshot(path=pictures / "console-narrow.png")
    act.turn(page, "ServiceNow down", on=False)
    page.get_by_role("button", name="Try now").click()
    page.wait_for_function("() => !document.querySelector('#link-rows [data-standing=waiting]')", timeout=60_000)
    assert sorted(each.name for each in pictures.glob("console-*.png")) == [
        "console-dark.png", "console-light.png", "console-link.png", "console-narrow.png",
    ]  # fmt: skip
