"""A record, its journal and its files in one call; each part with its own fate."""

from __future__ import annotations

import base64
import json

import pytest

from integration.clients.errors import Misconfigured, Missing, Refused, Unavailable
from integration.clients.servicenow.answer import Answer
from integration.clients.servicenow.batch import Batch, Read, Unread, read_lists, read_whole
from integration.clients.servicenow.change import ChangeApi
from integration.clients.servicenow.query import Query

URL = "https://dev12345.service-now.com"
BATCH = f"{URL}/api/now/v1/batch"
A = "a" * 32
RECORD = {"sys_id": A, "state": "2"}
ENTRY = {"sys_id": "j1", "element": "comments", "element_id": A, "name": "incident", "value": "text"}
FILE = {"sys_id": "f1", "table_name": "incident", "table_sys_id": A}
NONE = {"error": {"message": "No Record found", "detail": None}}


def part(number, status, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]
    return {"id": str(number), "status_code": status, "body": base64.b64encode(content).decode(), "headers": named}


def serve(instance, *parts, unserviced=()):
    instance.post(BATCH, json={"serviced_requests": list(parts), "unserviced_requests": list(unserviced)})


def good(total="1"):
    return [
        part(0, 200, {"result": RECORD}),
        part(1, 200, {"result": [ENTRY]}, X_Total_Count=total),
        part(2, 200, {"result": [FILE]}, x_total_count="1"),
    ]


def test_each_part_has_its_own_fate(http, instance):
    """In the order asked, whatever order they came in; of a part that was not served nothing is known."""
    parts = [part(2, 400, {"error": {"message": "bad"}}), part(1, 404, NONE), part(0, 200, {"result": []})]
    serve(instance, *parts, {"id": "3", "status_code": 200, "body": "%%"}, unserviced=["4"])
    found = Batch(http).run([Read(f"/api/now/table/t{n}", f"t{n}") for n in range(5)])
    assert [type(answer) for answer in found] == [Answer, Missing, Refused, Unread, Unread]


def test_a_body_may_be_wrapped(http, instance):
    """As in the samples of the documentation: base64 in lines of 76."""
    wrapped = part(0, 200, {"result": [{"sys_id": str(number)} for number in range(20)]})
    wrapped["body"] = base64.encodebytes(base64.b64decode(wrapped["body"])).decode().replace("\n", "\r\n")
    serve(instance, wrapped)
    [answer] = Batch(http).run([Read("/api/now/table/t", "t")])
    assert len(answer.result) == 20


def test_parts_carry_their_own_headers_and_relative_addresses(http, instance):
    serve(instance, part(0, 200, {"result": []}))
    Batch(http).run([Read("/api/now/table/t", "t", {"sysparm_query": "a=1^b=ü"})])
    sent = json.loads(instance.calls[0].request.body)["rest_requests"][0]
    assert sent["url"] == "/api/now/table/t?sysparm_query=a%3D1%5Eb%3D%C3%BC"
    assert sent["headers"] == [{"name": "Accept", "value": "application/json"}]


def test_a_batch_of_reads_is_repeated_like_a_read(http, instance):
    instance.post(BATCH, status=503)
    serve(instance, part(0, 200, {"result": []}))
    assert isinstance(Batch(http).run([Read("/api/now/table/t", "t")])[0], Answer)


def test_a_whole_incident_is_one_call(http, instance):
    serve(instance, *good())
    whole = read_whole(http, "incident", A, ["state"])
    assert (whole.record.value("state"), len(whole.journal), len(whole.attachments)) == ("2", 1, 1)
    assert len(instance.calls) == 1


def test_no_record_is_none(http, instance):
    serve(instance, part(0, 404, NONE), *good()[1:])
    assert read_whole(http, "incident", A) is None


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_a_part_that_failed_fails_the_read(http, instance, broken):
    """A journal that could not be read is not an empty journal."""
    parts = good()
    parts[broken] = part(broken, 500, b"")
    serve(instance, *parts)
    with pytest.raises(Unavailable):
        read_whole(http, "incident", A)


def test_a_journal_longer_than_a_page_is_read_to_its_end(http, instance):
    serve(instance, *good(total="201"))
    longer = instance.get(f"{URL}/api/now/table/sys_journal_field", json={"result": [ENTRY, {**ENTRY, "sys_id": "j2"}]})
    assert len(read_whole(http, "incident", A).journal) == 2
    assert longer.call_count >= 1


CLOSED = {"error": {"message": "User Not Authorized", "detail": "Access to unscoped api is not allowed"}}
NO_BATCH = {
    "securely scoped": lambda instance: instance.post(BATCH, status=403, json=CLOSED),
    "no role": lambda instance: instance.post(BATCH, status=403, json={"error": {"message": "User Not Authorized"}}),
    "not there": lambda instance: instance.post(BATCH, status=404, json={"error": {"message": "no such resource"}}),
    "not allowed": lambda instance: instance.post(BATCH, status=405, json={"error": {"message": "Method not allowed"}}),
    "a part left unserved": lambda instance: serve(instance, *good()[:2], unserviced=["2"]),
    "a part in another coding": lambda instance: serve(instance, *good()[:2], {**good()[2], "body": "%%"}),
}


@pytest.mark.parametrize("why", NO_BATCH)
def test_what_a_batch_does_not_serve_is_read_singly(http, instance, why):
    """A client may have the Table API and not this one."""
    NO_BATCH[why](instance)
    instance.get(f"{URL}/api/now/table/incident/{A}", json={"result": RECORD})
    instance.get(f"{URL}/api/now/table/sys_journal_field", json={"result": [ENTRY]}, headers={"X-Total-Count": "1"})
    instance.get(f"{URL}/api/now/attachment", json={"result": []})
    whole = read_whole(http, "incident", A)
    assert (whole.record.sys_id, len(whole.journal), whole.attachments) == (A, 1, [])


def test_lists_are_read_singly_as_well(http, instance):
    instance.post(BATCH, status=403, json=CLOSED)
    instance.get(f"{URL}/api/now/table/incident", json={"result": [RECORD]}, headers={"X-Total-Count": "1"})
    assert [row.sys_id for row in read_lists(http, [("incident", Query(), ("state",))], 10)[0]] == [A]


DENIED = {"error": {"message": "Insufficient rights", "detail": "Insufficient rights to query records"}}
HIDDEN = {
    "refused": (part(1, 403, DENIED), "denied"),
    "counted and not shown": (part(1, 200, {"result": []}, X_Total_Count="3"), "counted"),
    "a term dropped": (part(1, 200, {"result": [{**ENTRY, "element_id": "b" * 32}]}, X_Total_Count="9"), "denied"),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_hidden_journal_keeps_nothing_from_being_read(http, instance, how):
    answer, why = HIDDEN[how]
    serve(instance, good()[0], answer, good()[2])
    whole = read_whole(http, "incident", A)
    assert (whole.record.sys_id, whole.journal, whole.rows_hidden, len(whole.attachments)) == (A, [], why, 1)


def test_a_hidden_journal_keeps_nothing_from_being_read_singly(http, instance):
    instance.post(BATCH, status=403, json=CLOSED)
    instance.get(f"{URL}/api/now/table/incident/{A}", json={"result": RECORD})
    instance.get(f"{URL}/api/now/table/sys_journal_field", status=403, json=DENIED)
    instance.get(f"{URL}/api/now/attachment", json={"result": [FILE]}, headers={"X-Total-Count": "1"})
    whole = read_whole(http, "incident", A)
    assert (whole.rows_hidden, len(whole.attachments)) == ("denied", 1)


def test_an_empty_journal_is_not_hidden(http, instance):
    serve(instance, good()[0], part(1, 200, {"result": []}, X_Total_Count="0"), good()[2])
    assert not read_whole(http, "incident", A).rows_hidden


def test_where_everything_is_closed_the_setting_is_told(http, instance):
    instance.post(BATCH, status=403, json=CLOSED)
    instance.get(f"{URL}/api/now/table/incident/{A}", status=403, json=CLOSED)
    with pytest.raises(Misconfigured, match="scope"):
        read_whole(http, "incident", A)


CHANGE = f"/api/sn_chg_rest/change/{A}"
ABORTED = {"error": {"message": "Operation Failed", "detail": "aborted by Business Rule 'R^1'"}, "status": "failure"}
NOWHERE = {"error": {"message": "Requested URI does not represent any resource", "detail": None}}
CHECKED, MOVED = part(1, 200, {"result": "c"}), part(0, 200, {"result": [RECORD]})
TOGETHER = {
    # what a batch answers to the update of a change and the check behind it: what comes of it, updates made singly
    "both": ([MOVED, CHECKED], True, 0),
    "nothing to check by": ([MOVED, part(1, 400, {"error": {"message": "no item"}})], False, 0),
    "no batches for this API": ([part(0, 400, NOWHERE), part(1, 400, NOWHERE)], False, 1),
    "a rule says no": ([part(0, 403, ABORTED), CHECKED], Refused, 0),
    "none served": ([], Unavailable, 0),
    "a page": ([part(0, 200, b"<html>"), CHECKED], Unavailable, 0),
}


@pytest.mark.parametrize("case", TOGETHER)
def test_an_update_of_a_change_takes_its_check_with_it(http, instance, case):
    """It is not made a second time where it may have been done."""
    parts, found, singly = TOGETHER[case]
    serve(instance, *parts)
    single = instance.patch(URL + CHANGE, json={"result": RECORD})
    if isinstance(found, bool):
        row, begun = ChangeApi(http).update_checking(A, {"state": "-2"})
        assert (row.sys_id, begun) == (A, found)
    else:
        with pytest.raises(found) as met:
            ChangeApi(http).update_checking(A, {"state": "-2"})
        assert getattr(met.value, "outcome_unknown", True)
    assert single.call_count == singly
    sent = json.loads(instance.calls[0].request.body)["rest_requests"]
    assert [(each["method"], each["url"]) for each in sent] == [("PATCH", CHANGE), ("POST", f"{CHANGE}/conflict")]
    assert json.loads(base64.b64decode(sent[0]["body"])) == {"state": "-2"}


def test_where_batches_are_closed_the_update_of_a_change_goes_alone(http, instance):
    instance.post(BATCH, status=403, json={"error": {"message": "no", "detail": "no"}})
    instance.patch(URL + CHANGE, json={"result": RECORD})
    row, begun = ChangeApi(http).update_checking(A, {"state": "-2"})
    assert (row.sys_id, begun) == (A, False)
