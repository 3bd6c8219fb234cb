"""Records and journals, and what is not taken for an answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from integration.clients.errors import Misconfigured, Missing, Unavailable
from integration.clients.servicenow.journal import Journal
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table

URL = "https://dev12345.service-now.com"
A, B = "a" * 32, "b" * 32
NONE = {"error": {"message": "No Record found", "detail": "Record doesn't exist or ACL restricts the record retrieval"}}


def both(**columns):
    """A row as display_value=all shows it."""
    return {name: {"value": value, "display_value": f"shown {value}"} for name, value in columns.items()}


def asked(call):
    return {name: values[0] for name, values in parse_qs(urlsplit(call.request.url).query).items()}


@pytest.fixture
def table(http):
    return Table(http)


class TestGet:
    def test_one_read_gives_values_and_labels(self, table, instance):
        instance.get(f"{URL}/api/now/table/incident/{A}", json={"result": both(sys_id=A, state="2")})
        record = table.get("incident", A, ["state"])
        assert (record.sys_id, record.value("state"), record.label("state")) == (A, "2", "shown 2")
        assert asked(instance.calls[0]) == {
            "sysparm_display_value": "all",
            "sysparm_exclude_reference_link": "true",
            "sysparm_fields": "sys_id,state",
        }

    def test_none_means_the_instance_said_so(self, table, instance):
        instance.get(f"{URL}/api/now/table/incident/{A}", status=404, json=NONE)
        assert table.get("incident", A) is None

    @pytest.mark.parametrize("result", [both(sys_id=B), {}, None, [both(sys_id=A)], both(state="2")])
    def test_another_record_is_no_answer(self, table, instance, result):
        """It would be written over the wrong one."""
        instance.get(f"{URL}/api/now/table/incident/{A}", json={"result": result})
        with pytest.raises(Unavailable, match="another record"):
            table.get("incident", A)

    @pytest.mark.parametrize("sys_id", ["", "../incident", "a b", "a/b", "a" * 65, "a?x=y"])
    def test_a_sys_id_cannot_lead_elsewhere(self, table, sys_id):
        with pytest.raises(ValueError, match="sys_id"):
            table.get("incident", sys_id)

    @pytest.mark.parametrize("sys_id", ["4", "global", A])
    def test_the_platform_s_odd_ids_are_taken(self, table, instance, sys_id):
        instance.get(f"{URL}/api/now/table/sys_x/{sys_id}", json={"result": both(sys_id=sys_id)})
        assert table.get("sys_x", sys_id).sys_id == sys_id


class TestQuery:
    def pages(self, instance, total, rows):
        """Answers by offset and limit, as an instance does that counts before it hides rows (None)."""

        def answer(request):
            given = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
            start, limit = int(given["sysparm_offset"]), int(given["sysparm_limit"])
            shown = [both(sys_id=row, active="true") for row in rows[start : start + limit] if row]
            headers = {} if total is None else {"X-Total-Count": str(total)}
            return 200, headers, json.dumps({"result": shown})

        instance.add_callback("GET", f"{URL}/api/now/table/incident", answer)

    def test_all_pages_are_read(self, table, instance):
        rows = [f"r{n}" for n in range(5)]
        self.pages(instance, 5, rows)
        found = table.query("incident", Query().equals("active", "true"), page=2)
        assert [record.sys_id for record in found] == rows
        assert len(instance.calls) == 3
        assert asked(instance.calls[0])["sysparm_query"] == "active=true^ORDERBYsys_id"

    def test_a_short_page_is_not_the_end(self, table, instance):
        """Rows this user may not see are counted and then left out, so even an empty page may lie in between."""
        self.pages(instance, 6, ["r0", None, None, None, "r4", "r5"])
        assert [record.sys_id for record in table.query("incident", Query(), page=2)] == ["r0", "r4", "r5"]

    def test_without_a_count_an_empty_page_is_the_end(self, table, instance):
        self.pages(instance, None, ["r0", "r1", "r2"])
        assert len(table.query("incident", Query(), page=2)) == 3
        assert len(instance.calls) == 3

    def test_a_limit_reads_no_more_than_that(self, table, instance):
        self.pages(instance, 5, [f"r{n}" for n in range(5)])
        assert len(table.query("incident", Query(), limit=2)) == 2
        assert len(instance.calls) == 1

    def test_a_small_limit_does_not_make_small_pages(self, table, instance):
        """Hidden rows come first: in pages of one, each of them would be a call."""
        self.pages(instance, 300, [None] * 250 + ["r250"])
        assert [record.sys_id for record in table.query("incident", Query(), limit=1)] == ["r250"]
        assert len(instance.calls) == 2

    @pytest.mark.parametrize(
        "found", ["ann@out.example ", " ANN@out.example", "\u00e4nn@out.example", "\uff41nn@out.example"]
    )
    def test_a_list_s_rows_are_not_checked_stricter_than_the_database_compares(self, table, instance, found):
        """A collation pads blanks and ignores accents: what it finds for a list is no dropped term."""
        rows = [both(sys_id=A, email=found), both(sys_id=B, email="bob@out.example")]
        instance.get(f"{URL}/api/now/table/sys_user", json={"result": rows})
        wanted = Query().is_in("email", ["ann@out.example", "bob@out.example"])
        assert [record.sys_id for record in table.query("sys_user", wanted)] == [A, B]

    def test_rows_that_match_no_value_of_a_list_are_left_out(self, table, instance):
        rows = [both(sys_id=A, email="\u00e6nn@out.example"), both(sys_id=B, email="bob@out.example")]
        instance.get(f"{URL}/api/now/table/sys_user", json={"result": rows})
        wanted = Query().is_in("email", ["aenn@out.example", "bob@out.example"])
        assert [record.sys_id for record in table.query("sys_user", wanted)] == [B]

    def test_a_list_none_of_whose_values_is_found_was_dropped(self, table, instance):
        instance.get(f"{URL}/api/now/table/sys_user", json={"result": [both(sys_id=A, email="x"), both(sys_id=B)]})
        with pytest.raises(Misconfigured, match="email"):
            table.query("sys_user", Query().is_in("email", ["ann@out.example", "bob@out.example"]))

    def test_a_row_on_two_pages_comes_once(self, table, instance):
        self.pages(instance, 4, ["r0", "r1", "r1", "r2"])
        assert [record.sys_id for record in table.query("incident", Query(), page=2)] == ["r0", "r1", "r2"]

    def test_without_sorting_the_first_are_known_when_all_are_read(self, table, instance):
        """Sorting needs a right of its own; without it the instance leaves it out and says nothing."""
        stamps = [f"2026-11-21 08:00:0{n}" for n in (4, 1, 3, 0, 2)]

        def answer(request):
            start = int(parse_qs(urlsplit(request.url).query)["sysparm_offset"][0])
            rows = [both(sys_id=stamp, sys_updated_on=stamp) for stamp in stamps[start : start + 2]]
            return 200, {"X-Total-Count": "5"}, json.dumps({"result": rows})

        instance.add_callback("GET", f"{URL}/api/now/table/incident", answer)
        query = Query().at_least("sys_updated_on", datetime(2026, 11, 21, tzinfo=UTC)).order_by("sys_updated_on")
        found = table.query("incident", query, ["sys_updated_on"], limit=2, page=2)
        assert [record.sys_id[-1] for record in found] == ["0", "1"]
        assert len(instance.calls) == 3

    def test_a_dropped_range_is_noticed(self, table, instance):
        row = both(sys_id=A, sys_updated_on="2026-01-01 00:00:00")
        instance.get(f"{URL}/api/now/table/incident", json={"result": [row]})
        query = Query().at_least("sys_updated_on", datetime(2026, 11, 21, tzinfo=UTC))
        with pytest.raises(Misconfigured, match=r"sys_updated_on: a column does not exist, or .* search it"):
            table.query("incident", query, ["number"])

    def test_the_whole_table_is_no_answer_to_a_question(self, table, instance):
        """An unknown column makes its term disappear; a caller would then act on records it never asked for."""
        rows = [both(sys_id=A, number="INC1"), both(sys_id=B, number="INC2")]
        instance.get(f"{URL}/api/now/table/incident", json={"result": rows})
        with pytest.raises(Misconfigured, match="correlation_id"):
            table.query("incident", Query().equals("correlation_id", "x"), ["number"])
        assert asked(instance.calls[0])["sysparm_fields"] == "sys_id,number,correlation_id"

    @pytest.mark.parametrize("result", [None, {}, "x"])
    def test_no_list_is_no_empty_list(self, table, instance, result):
        instance.get(f"{URL}/api/now/table/incident", json={"result": result})
        with pytest.raises(Unavailable):
            table.query("incident", Query())


class TestWrites:
    def test_create_returns_what_the_instance_made(self, table, instance):
        instance.post(f"{URL}/api/now/table/incident", status=201, json={"result": both(sys_id=A, state="1")})
        record = table.create("incident", {"sys_id": A, "state": "9"})
        assert record.value("state") == "1"
        assert json.loads(instance.calls[0].request.body) == {"sys_id": A, "state": "9"}
        assert instance.calls[0].request.headers["Content-Type"] == "application/json"

    def test_update_sends_only_what_changes(self, table, instance):
        instance.patch(f"{URL}/api/now/table/incident/{A}", json={"result": both(sys_id=A, state="2")})
        assert table.update("incident", A, {"state": "2", "work_notes": "x"}).value("state") == "2"
        assert json.loads(instance.calls[0].request.body) == {"state": "2", "work_notes": "x"}
        assert asked(instance.calls[0])["sysparm_display_value"] == "all"

    @pytest.mark.parametrize("result", [None, {}, [], both(number="INC1")])
    def test_a_write_without_a_record_has_an_unknown_outcome(self, table, instance, result):
        instance.post(f"{URL}/api/now/table/incident", status=201, json={"result": result})
        with pytest.raises(Unavailable) as caught:
            table.create("incident", {})
        assert caught.value.outcome_unknown

    def test_an_update_answered_with_another_record_has_an_unknown_outcome(self, table, instance):
        instance.patch(f"{URL}/api/now/table/incident/{A}", json={"result": both(sys_id=B)})
        with pytest.raises(Unavailable):
            table.update("incident", A, {})

    def test_an_update_of_nothing_says_so(self, table, instance):
        instance.patch(f"{URL}/api/now/table/incident/{A}", status=404, json=NONE)
        with pytest.raises(Missing):
            table.update("incident", A, {})

    def test_delete_tells_whether_there_was_anything(self, table, instance):
        instance.delete(f"{URL}/api/now/table/incident/{A}", status=204)
        instance.delete(f"{URL}/api/now/table/incident/{B}", status=404, json=NONE)
        assert (table.delete("incident", A), table.delete("incident", B)) == (True, False)


ENTRY = {
    "sys_id": "j1", "element": "comments", "element_id": A, "name": "incident", "value": "text",
    "sys_created_on": "2026-11-21 08:00:00", "sys_created_by": "abel",
}  # fmt: skip


class TestJournal:
    def test_entries_of_one_record_of_one_table(self, http, instance):
        """A sys_id of ours may stand in both tables, so the table's name counts too."""
        instance.get(f"{URL}/api/now/table/sys_journal_field", json={"result": [both(**ENTRY)]})
        entries = Journal(http).entries("incident", A, datetime(2026, 11, 21, tzinfo=UTC))
        assert [entry.value("value") for entry in entries] == ["text"]
        assert asked(instance.calls[0])["sysparm_query"] == (
            f"element_id={A}^name=incident^elementINcomments,work_notes"
            "^sys_created_on>=2026-11-21 00:00:00^ORDERBYsys_created_on^ORDERBYsys_id"
        )

    def test_entries_of_another_record_are_no_answer(self, http, instance):
        other = {**ENTRY, "element_id": B}
        instance.get(f"{URL}/api/now/table/sys_journal_field", json={"result": [both(**other)]})
        with pytest.raises(Misconfigured):
            Journal(http).entries("incident", A)

    def test_a_closed_journal_is_a_setting(self, http, instance):
        denied = {"error": {"message": "User Not Authorized", "detail": "User is unauthorized to access table: x"}}
        instance.get(f"{URL}/api/now/table/sys_journal_field", status=403, json=denied)
        with pytest.raises(Misconfigured, match="role"):
            Journal(http).entries("incident", A)
