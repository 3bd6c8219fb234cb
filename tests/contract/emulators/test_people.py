"""People act on both emulators and look at them from outside, in the systems' own words where something is refused."""

import pytest

from integration.emulators import security_ir, servicenow
from integration.emulators.security_ir.responders import Responders
from integration.emulators.servicenow.staff import Staff, file_of
from integration.operations.cases.people import People

TOKEN = "t"


class Refused(Exception):
    pass


class Silent(Exception):
    pass


MANNER = {"refused": Refused, "silent": Silent, "timeout_s": 10}


@pytest.fixture(scope="module")
def responders():
    with security_ir.serve(security_ir.create_app(admin_token=TOKEN)) as url:
        yield Responders(f"{url}/_admin/{TOKEN}", "Security IR", **MANNER)


@pytest.fixture(scope="module")
def staff():
    with servicenow.serve(servicenow.create_app(admin_token=TOKEN)) as url:
        yield Staff(f"{url}/_admin/{TOKEN}", "ServiceNow", **MANNER)


def test_responders_open_a_case_work_on_it_and_see_it(responders):
    case_id = responders.open_case("Odd sign-ins", "From two countries.", watchers=[{"email": "ann@example.com"}])
    responders.act(case_id, "comment", body="We look at it.")
    file_id = responders.attach(case_id, "a.txt", b"hello")
    case = responders.case(case_id)
    assert (case["title"], [each["email"] for each in case["watchers"]]) == ("Odd sign-ins", ["ann@example.com"])
    assert [each["body"] for each in case["comments"]] == ["We look at it."]
    assert [each["attachmentId"] for each in case["caseAttachments"]] == [file_id]
    assert [each["caseId"] for each in responders.cases()] == [case_id]


def test_staff_write_records_with_files_and_see_them(staff):
    made = staff.write("beth.anglin", "insert", "incident", short_description="Odd", files=[file_of("a.txt", b"hello")])
    staff.write("beth.anglin", "update", "incident", made["sys_id"], work_notes="Key disabled.")
    assert staff.settle(10)
    shown = staff.tables("incident", "sys_journal_field", "sys_attachment")
    assert [row["short_description"] for row in shown["incident"]] == ["Odd"]
    assert [row["value"] for row in shown["sys_journal_field"]] == ["Key disabled."]
    assert [(row["file_name"], row["table_sys_id"]) for row in shown["sys_attachment"]] == [("a.txt", made["sys_id"])]
    staff.write("admin", "delete", "incident", made["sys_id"], enforce=False)
    assert staff.rows("incident") == []


def test_a_refusal_is_in_the_systems_words_and_notes_the_call(responders, staff):
    with pytest.raises(Refused, match="ServiceNow: Invalid table no_such_table") as refused:
        staff.write("joe.employee", "insert", "no_such_table")
    assert refused.value.__notes__ == ["POST act: 400"]
    with pytest.raises(Refused, match="Security IR: Case 42 was not found"):
        responders.act("42", "comment", body="x")


def test_people_rest_only_when_the_functions_between_the_systems_do(responders, staff):
    """Else a pass of a former act is still at work when a scene begins, and changes what nobody has heard of yet."""
    at_work = [True, False]
    people = People(responders.url, staff.url, "incident", lambda: not at_work.pop(0))
    assert [people.resting(), people.resting()] == [False, True]


def test_who_does_not_answer_is_named():
    with pytest.raises(Silent, match=r"^The emulated ServiceNow does not answer \(ConnectionError\)\.$"):
        Staff("http://127.0.0.1:1/_admin", "ServiceNow", **MANNER).send("GET")


@pytest.mark.parametrize(("side", "route", "name", "value"), [
    ("responders", "config", "latency_s", 0.25), ("staff", "config", "serves_at_once", 3),
    ("staff", "properties", "glide.sys.default.tz", "Europe/Berlin"),
])  # fmt: skip
def test_what_was_switched_is_put_back_whatever_happens(request, side, route, name, value):
    people = request.getfixturevalue(side)
    before = people.send("GET", route)

    def fails() -> None:
        with people.switched(route, **{name: value}):
            assert people.send("GET", route)[name] == value
            raise KeyError(name)

    with pytest.raises(KeyError):
        fails()
    assert people.send("GET", route) == before
