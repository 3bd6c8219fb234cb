"""The client against an instance that checks signatures, roles, policies and time, over real HTTP."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from integration.clients.errors import Misconfigured, Missing, Refused, Unavailable
from integration.clients.servicenow.attachment import Attachments
from integration.clients.servicenow.auth import JwtBearer
from integration.clients.servicenow.batch import Batch, Read, read_whole
from integration.clients.servicenow.http import Http
from integration.clients.servicenow.journal import Journal
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from tests.keys import pem, rsa_key

FIELDS = ("number", "state", "short_description", "correlation_id", "sys_mod_count", "sys_updated_on", "work_notes")


@pytest.fixture
def table(http):
    return Table(http)


@pytest.fixture
def incident(table):
    return table.create("incident", {"short_description": "first", "correlation_id": "case-1"})


class TestSigningIn:
    def test_a_signed_assertion_opens_the_instance(self, table, incident):
        assert table.query("incident", Query(), ["number"], limit=1)

    @pytest.mark.parametrize(
        "wrong",
        [{"client_id": "another"}, {"client_secret": "wrong"}, {"user_sys_id": "0" * 32}, {"audience": "elsewhere"},
         {"clock": lambda: 1_000_000_000.0}, {"key": "another"}],
    )  # fmt: skip
    def test_each_wrong_credential_is_a_setting(self, instance, wrong):
        right = {"client_id": "client", "client_secret": "secret", "user_sys_id": instance.user_sys_id,
                 "key": "integration"}  # fmt: skip
        given = right | wrong
        http = Http(instance.url, JwtBearer(**given | {"key": pem(rsa_key(given["key"]))}), sleep=lambda _: None)
        with pytest.raises(Misconfigured, match="log the integration user in"):
            Table(http).get("incident", "a" * 32)

    def test_an_administrator_may_not_be_the_integration_user(self, instance):
        """Instances refuse it; the hint says what to do."""
        instance.admin("POST", "roles", {"user_name": "aws_integration", "grant": ["admin"]})
        with pytest.raises(Misconfigured, match="role admin"):
            Table(instance.http()).get("incident", "a" * 32)

    def test_a_token_taken_away_is_replaced(self, instance, table, incident):
        instance.admin("DELETE", "oauth/tokens")
        assert table.query("incident", Query(), ["number"], limit=1)

    def test_an_unscoped_client_is_told(self, instance, table):
        instance.config(unscoped_refused=["GET table"])
        instance.fault("403-unscoped")
        with pytest.raises(Misconfigured, match="useraccount"):
            table.query("incident", Query(), limit=1)


class TestRecords:
    def test_made_read_changed_found_removed(self, instance, table, incident):
        """Each step returns what the instance now holds."""
        assert table.get("incident", incident.sys_id, FIELDS).value("short_description") == "first"
        changed = table.update("incident", incident.sys_id, {"short_description": "second"}, FIELDS)
        assert changed.value("short_description") == "second"
        assert int(changed.value("sys_mod_count")) == int(incident.value("sys_mod_count")) + 1
        (found,) = table.query("incident", Query().equals("correlation_id", "case-1"), FIELDS)
        assert found.sys_id == incident.sys_id
        instance.admin("POST", "roles", {"user_name": "aws_integration", "grant": ["itil_admin"]})
        assert table.delete("incident", incident.sys_id)
        assert table.get("incident", incident.sys_id) is None

    def test_a_sys_id_of_ours_is_kept_and_taken_once(self, table):
        """A repeat of the creation finds the first one instead of making a second."""
        sys_id = uuid.uuid5(uuid.NAMESPACE_URL, "arn").hex
        assert table.create("incident", {"sys_id": sys_id}).sys_id == sys_id
        with pytest.raises(Refused):
            table.create("incident", {"sys_id": sys_id})

    def test_updating_nothing_says_so(self, table):
        with pytest.raises(Missing):
            table.update("incident", "f" * 32, {"state": "2"})
        assert table.delete("incident", "f" * 32) is False

    def test_an_unknown_table_is_a_setting(self, table):
        with pytest.raises(Misconfigured, match="no such table"):
            table.query("u_nothing", Query())

    def test_a_dropped_write_shows_in_the_answer(self, table, incident):
        """200, and the value as it was: nothing but the answer tells."""
        assert table.update("incident", incident.sys_id, {"state": "4711"}).value("state") == "1"


class TestQueries:
    def test_pages_hold_every_record_once(self, instance, table):
        made = {instance.seed("incident", short_description=str(number), category="paged") for number in range(7)}
        found = table.query("incident", Query().equals("category", "paged"), ["number"], page=3)
        assert {record.sys_id for record in found} == made
        assert len(found) == 7

    def test_a_filter_with_alternatives_stays_within_our_terms(self, table, incident):
        other = table.create("incident", {"short_description": "other"})
        mine = Query().equals("sys_id", incident.sys_id)
        assert len(table.query("incident", mine.filtered_by("state=1^NQstate=2"))) == 1
        assert table.query("incident", mine.filtered_by(f"state=9^NQsys_id={other.sys_id}")) == []


class TestJournals:
    def test_entries_are_read_with_their_authors(self, instance, http, table, incident):
        table.update("incident", incident.sys_id, {"work_notes": "ours\n\nwith a gap", "comments": "seen by all"})
        instance.act("update", sys_id=incident.sys_id, values={"comments": "theirs"})
        entries = Journal(http).entries("incident", incident.sys_id)
        told = {(entry.value("element"), entry.value("value"), entry.value("sys_created_by")) for entry in entries}
        assert told == {
            ("work_notes", "ours\n\nwith a gap", "aws_integration"),
            ("comments", "seen by all", "aws_integration"),
            ("comments", "theirs", "beth.anglin"),
        }

    def test_the_whole_incident_is_one_call(self, instance, incident):
        told = []
        http = instance.http(on_call=lambda *call: told.append(call[:4]))
        Table(http).update("incident", incident.sys_id, {"work_notes": "note"})
        Attachments(http).upload("incident", incident.sys_id, "a.txt", "text/plain", [b"abc"], 3)
        told.clear()
        whole = read_whole(http, "incident", incident.sys_id, FIELDS)
        assert whole.record.value("correlation_id") == "case-1"
        assert [entry.value("value") for entry in whole.journal] == ["note"]
        assert [file.value("file_name") for file in whole.attachments] == ["a.txt"]
        assert told == [("servicenow", "POST", "batch", "ok")]
        assert read_whole(http, "incident", "f" * 32) is None

    def test_parts_a_batch_left_over_are_unavailable(self, instance, http, incident):
        instance.config(batch_serves_at_most=1)
        reads = [Read(f"/api/now/table/incident/{incident.sys_id}", "incident") for _ in range(2)]
        first, second = Batch(http).run(reads)
        assert first.result["sys_id"]
        assert isinstance(second, Unavailable)


class TestFiles:
    def test_a_forbidden_extension_concerns_this_file(self, instance, http, incident):
        instance.admin("PATCH", "properties", {"glide.attachment.extensions": "txt"})
        with pytest.raises(Refused):
            Attachments(http).upload("incident", incident.sys_id, "a.exe", "text/plain", [b"abc"], 3)

    def test_a_file_for_no_record(self, http):
        with pytest.raises(Missing):
            Attachments(http).upload("incident", "f" * 32, "a.txt", "text/plain", [b"abc"], 3)

    def test_a_source_that_breaks_off_leaves_nothing(self, instance, http, incident):
        def broken():
            yield b"a" * 1000
            raise LookupError

        with pytest.raises(LookupError):
            Attachments(http).upload("incident", incident.sys_id, "a.txt", "text/plain", broken(), 2000)
        assert Attachments(http).list("incident", incident.sys_id) == []


READS = ["429-json", "429-html", "500", "500-after-commit", "reset-before", "reset-after", "html-200", "hibernation",
         "truncated-200", "202-empty"]  # fmt: skip


class TestFaults:
    @pytest.mark.parametrize("kind", READS)
    def test_a_read_survives_two_of_them(self, instance, table, incident, kind):
        table.get("incident", incident.sys_id)
        instance.fault(kind, table="incident", times=2)
        assert table.get("incident", incident.sys_id).sys_id == incident.sys_id

    @pytest.mark.parametrize("kind", ["401", "403-acl"])
    def test_a_token_refused_once_is_no_failure(self, instance, table, incident, kind):
        """Nodes disagree at times; a request that was refused had no effect, so a write is sent again too."""
        instance.fault(kind, method="PATCH")
        assert table.update("incident", incident.sys_id, {"short_description": "x"})["short_description"] == "x"

    @pytest.mark.parametrize(
        ("kind", "happened"),
        [("500-after-commit", True), ("reset-after", True), ("truncated-200", True), ("500", False),
         ("reset-before", False), ("html-200", False), ("202-empty", False), ("hibernation", False)],
    )  # fmt: skip
    def test_a_write_in_doubt_is_sent_once_and_says_so(self, instance, table, incident, kind, happened):
        """A journal appends: a second attempt would be a second note."""
        instance.fault(kind, method="PATCH")
        with pytest.raises(Unavailable) as caught:
            table.update("incident", incident.sys_id, {"work_notes": "once"})
        assert caught.value.outcome_unknown
        notes = [row for row in instance.rows("sys_journal_field") if row["value"] == "once"]
        assert len(notes) == int(happened)

    @pytest.mark.parametrize("kind", ["429-json", "429-html"])
    def test_a_write_turned_away_is_sent_again(self, instance, table, incident, kind):
        instance.fault(kind, method="PATCH")
        table.update("incident", incident.sys_id, {"work_notes": "once"})
        assert len([row for row in instance.rows("sys_journal_field") if row["value"] == "once"]) == 1

    def test_a_long_wait_is_left_to_the_queue(self, instance, table, incident):
        instance.fault("429-json", method="GET", seconds=600)
        with pytest.raises(Unavailable) as caught:
            table.get("incident", incident.sys_id)
        assert caught.value.retry_after_s == 600

    def test_an_instance_that_is_gone(self, key):
        http = Http("http://127.0.0.1:1", JwtBearer("c", "s", "u", key[0]), sleep=lambda _: None)
        with pytest.raises(Unavailable) as caught:
            Table(http).create("incident", {})
        assert not caught.value.outcome_unknown


def test_the_instance_s_clock_is_what_counts(instance, http, incident):
    instance.admin("POST", "clock", {"advance_s": 250})
    Table(http).get("incident", incident.sys_id)
    assert timedelta(seconds=200) < http.server_date - datetime.now(UTC) < timedelta(seconds=300)


def test_calls_do_not_share_a_session(instance, table, incident):
    """Instances serve the calls of one session one after the other; this one counts the calls that bring a cookie."""
    table.get("incident", incident.sys_id)
    calls = instance.admin("GET", "calls")
    assert calls["marks"] == {}
    assert calls["total"] > 0
