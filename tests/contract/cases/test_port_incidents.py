"""What the core may rely on of an instance, held by the twin of the proofs and by the adapter over HTTP."""

from __future__ import annotations

import hashlib
import uuid

import pytest

from integration.clients.errors import Misconfigured, Refused, Unavailable
from integration.operations.waiting import until
from tests.contract.cases.places import Announced

NOWHERE = "f" * 32
NOBODYS = "0" * 31 + "e"


def sys_id() -> str:
    return uuid.uuid4().hex


def read(snow, key, since=None):
    return snow.port.read(key, since).incident


def texts(snow, key, since=None):
    return [entry.text for entry in read(snow, key, since).journal]


def value(snow, key, column):
    return read(snow, key).values.get(column, "")


def enter(context):
    with context:
        pass


WRITES = {
    "create": lambda snow, key: snow.port.create({"sys_id": key, "short_description": "made"}),
    "update": lambda snow, key: snow.port.update(key, {"short_description": "changed"}),
    "upload": lambda snow, key: snow.port.upload(key, "a.txt", Announced(b"abc"), 3),
}


def target(snow, call):
    """What the write is about: a record, or the sys_id of one to come."""
    return sys_id() if call == "create" else snow.make()


def standing(snow, key):
    """What any of `WRITES` changes."""
    found = snow.port.read(key, None)
    return found and (found.incident.values["short_description"], len(found.incident.attachments))


# ------------------------------------------------------------------------------------------------ there or not
def test_a_record_that_is_not_there_is_none_and_takes_nothing(snow):
    assert snow.port.read(NOWHERE, None) is None
    assert list(snow.port.find("arn:none")) == []
    assert not snow.port.matches(NOWHERE, "state=1")
    for call in ("update", "upload"):
        with pytest.raises(Refused):
            WRITES[call](snow, NOWHERE)
    with pytest.raises(Refused):
        enter(snow.port.download(NOBODYS))


def test_what_this_user_may_not_see_is_as_if_it_were_not_there(snow):
    """Only `readable` tells a hidden record from a hidden table, and `hides` from one that is gone."""
    key = snow.make(correlation_id="arn:hidden")
    assert snow.port.readable()
    assert not snow.port.hides(key)
    with snow.hidden():
        assert snow.port.read(key, None) is None
        assert list(snow.port.find("arn:hidden")) == []
        assert not snow.port.readable()
        assert snow.port.hides(key)
        assert not snow.port.hides(NOWHERE)
        with pytest.raises(Refused):
            WRITES["update"](snow, key)
    assert value(snow, key, "short_description") == "Odd logins"


def test_a_record_of_our_own_says_nothing_of_those_that_others_opened(snow):
    """An instance shows a record to whoever opened it, also when he has lost the role for all others."""
    snow.make()
    snow.port.create({"sys_id": sys_id(), "short_description": "ours"})
    assert snow.port.readable()
    with snow.hidden():
        assert not snow.port.readable()


# ------------------------------------------------------------------------------------------------ making
def test_a_record_carries_our_sys_id_and_takes_it_once(snow):
    """Whoever repeats a creation finds the first."""
    key = sys_id()
    made = snow.port.create({"sys_id": key, "short_description": "made", "correlation_id": f"arn:{key}"})
    assert (made.sys_id, made.state, made.mod_count, made.values["short_description"]) == (key, "1", 0, "made")
    assert made.number.startswith("INC")
    with pytest.raises(Refused):
        snow.port.create({"sys_id": key, "short_description": "again"})
    assert list(snow.port.find(f"arn:{key}")) == [key]
    assert value(snow, key, "short_description") == "made"


def test_an_instance_may_ignore_our_sys_id(snow):
    key = sys_id()
    with snow.naming_records_itself():
        made = snow.port.create({"sys_id": key, "short_description": "made", "correlation_id": f"arn:{key}"})
    assert made.sys_id != key
    assert snow.port.read(key, None) is None
    assert list(snow.port.find(f"arn:{key}")) == [made.sys_id]


def test_a_note_at_creation_is_the_first_of_the_journal(snow):
    key = sys_id()
    snow.port.create({"sys_id": key, "short_description": "made", "work_notes": "first"})
    assert texts(snow, key) == ["first"]
    assert read(snow, key).mod_count == 0


# ------------------------------------------------------------------------------------------------ writing
@pytest.mark.parametrize(("column", "limit"), [("short_description", 160), ("description", 4000)])
def test_a_text_too_long_is_cut_without_a_word_and_the_answer_shows_it(snow, column, limit):
    key = snow.make()
    long = "x" * (limit + 1)
    assert snow.port.update(key, {column: long}).values[column] == long[:limit]
    assert value(snow, key, column) == long[:limit]


def test_every_write_counts_once_and_one_that_changes_nothing_not_at_all(snow):
    """Columns and a note in one PATCH are one write; the same again is none."""
    key = snow.make()
    before = read(snow, key).mod_count
    changed = snow.port.update(key, {"short_description": "new", "description": "d", "work_notes": "both"})
    assert (changed.mod_count, changed.values["short_description"]) == (before + 1, "new")
    again = snow.port.update(key, {"short_description": "new", "description": "d", "work_notes": ""})
    assert again.mod_count == before + 1
    snow.edit(key, short_description="theirs")
    assert read(snow, key).mod_count == before + 2
    assert texts(snow, key) == ["both"]


def test_a_note_alone_counts_too(snow):
    key = snow.make()
    before = read(snow, key).mod_count
    assert snow.port.update(key, {"work_notes": "a", "comments": "b"}).mod_count == before + 1
    assert {(entry.element, entry.text) for entry in read(snow, key).journal} == {
        ("work_notes", "a"),
        ("comments", "b"),
    }


def test_the_same_note_twice_is_two_entries(snow):
    """Journals append: nothing here recognises a repeat."""
    key = snow.make()
    for _ in range(2):
        snow.port.update(key, {"work_notes": "same"})
    assert texts(snow, key) == ["same", "same"]


@pytest.mark.parametrize("values", [{"state": "99"}, {"u_nothing_such": "x"}])
def test_what_the_instance_does_not_know_is_dropped_without_a_word(snow, values):
    key = snow.make()
    before = read(snow, key)
    after = snow.port.update(key, values)
    assert (after.state, after.mod_count) == (before.state, before.mod_count)


def test_a_column_this_user_may_not_write_comes_back_as_it_was(snow):
    key = snow.make()
    with snow.dropping("short_description"):
        after = snow.port.update(key, {"short_description": "new", "description": "taken"})
    assert (after.values["short_description"], after.values["description"]) == ("Odd logins", "taken")


def test_a_record_ends_with_a_code_or_not_at_all(snow):
    """A data policy names what is missing, and nothing of the same write is done."""
    key = snow.make()
    with pytest.raises(Refused) as caught:
        snow.port.update(key, {"state": "6", "short_description": "new", "work_notes": "note"})
    assert "Resolution code" in caught.value.reason
    assert (read(snow, key).state, value(snow, key, "short_description"), texts(snow, key)) == ("1", "Odd logins", [])
    closing = {"state": "6", "close_code": "Duplicate", "close_notes": "see the other"}
    assert snow.port.update(key, closing).state == "6"
    assert snow.port.update(key, {"state": "7"}).state == "7"


def test_a_closed_record_takes_notes_and_nothing_else(snow):
    """Dropped without a word, as for any column this user may not write."""
    key = snow.make(state="7", close_code="Duplicate", close_notes="see the other")
    before = read(snow, key).mod_count
    after = snow.port.update(key, {"short_description": "late", "state": "2"})
    assert (after.values["short_description"], after.state, after.mod_count) == ("Odd logins", "7", before)
    snow.port.update(key, {"work_notes": "not over"})
    assert texts(snow, key) == ["not over"]


# ------------------------------------------------------------------------------------------------ files
def test_files_are_listed_with_size_and_hash_and_come_down_as_they_were(snow):
    key, content = snow.make(), bytes(range(256)) * 2000
    theirs = snow.attach(key, "theirs.bin", b"abc")
    ours = snow.port.upload(key, "ours.bin", Announced(content[:100], content[100:]), len(content))
    files = {file.sys_id: file for file in read(snow, key).attachments}
    assert set(files) == {theirs, ours}
    assert (files[ours].size_bytes, files[ours].sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert {file.file_name: snow.port.own(file.created_by) for file in files.values()} == {
        "theirs.bin": False,
        "ours.bin": True,
    }
    with snow.port.download(ours) as came:
        assert came.size == len(content)
        assert b"".join(came.iter()) == content


def test_the_same_file_twice_is_two_files(snow):
    """Nothing here recognises a repeat, in name or content."""
    key = snow.make()
    made = {snow.port.upload(key, "a.txt", Announced(b"abc"), 3) for _ in range(2)}
    assert {file.sys_id for file in read(snow, key).attachments} == made
    assert len(made) == 2


def test_a_file_does_not_count_as_a_change_of_the_record(snow):
    key = snow.make()
    before = read(snow, key).mod_count
    WRITES["upload"](snow, key)
    assert read(snow, key).mod_count == before


@pytest.mark.parametrize("size", [None, 2, 4])
def test_a_file_that_is_not_as_long_as_announced_leaves_nothing(snow, size):
    key = snow.make()
    with pytest.raises(Unavailable):
        snow.port.upload(key, "a.txt", Announced(b"abc"), size)
    assert read(snow, key).attachments == ()


def test_a_file_that_is_not_allowed_is_refused(snow):
    key = snow.make()
    with snow.refusing_files(), pytest.raises(Refused):
        WRITES["upload"](snow, key)
    assert read(snow, key).attachments == ()


# ------------------------------------------------------------------------------------------------ people
def test_an_address_is_the_one_active_user_who_has_it(snow):
    ann, twice = f"{sys_id()}@here.example", f"{sys_id()}@here.example"
    key = snow.user(ann)
    snow.user(twice, 2)
    assert dict(snow.port.users([ann, twice, "nobody@out.example"])) == {ann: key}


def test_the_watch_list_is_told_with_addresses(snow):
    address = f"{sys_id()}@here.example"
    user = snow.user(address)
    key = snow.make(watch_list=f"{user},bob@out.example,{NOBODYS}")
    looked = snow.port.read(key, None)
    assert looked.incident.values["watch_list"] == f"{user},bob@out.example,{NOBODYS}"
    assert dict(looked.emails) == {user: address}


SHAPES = [
    "{user}, {other}",
    "{user}, ",
    "{user},\n{other}",
    "{user},Beth Anglin",
    "{user},javascript:gs.x()",
    "{user},a^b",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_watch_list_of_any_shape_is_told_as_it_stands(snow, shape):
    """What cannot be a user is not asked for, and is no error of the set-up."""
    addresses = {name: f"{sys_id()}@here.example" for name in ("user", "other")}
    users = {name: snow.user(address) for name, address in addresses.items()}
    looked = snow.port.read(snow.make(watch_list=shape.format(**users)), None)
    assert looked.incident.values["watch_list"] == shape.format(**users)
    assert dict(looked.emails) == {users[name]: addresses[name] for name in users if f"{{{name}}}" in shape}


def test_every_member_of_a_long_list_is_looked_up(snow):
    """A hundred fit into one question; the rest is asked for as well."""
    address = f"{sys_id()}@here.example"
    user = snow.user(address)
    members = ",".join([*(f"{number:032x}" for number in range(250)), user])
    assert dict(snow.port.read(snow.make(watch_list=members), None).emails) == {user: address}


def test_a_column_no_row_shows_is_the_setup_s(snow):
    key = snow.make(watch_list=snow.user(f"{sys_id()}@here.example"))
    with snow.hiding_addresses(), pytest.raises(Misconfigured):
        snow.port.read(key, None)


def test_an_address_nobody_can_ask_for_is_nobody_s(snow):
    assert dict(snow.port.users(["a^b@example.com", "a,b@example.com", ""])) == {}
    assert dict(snow.port.users([])) == {}


def test_a_filter_is_the_instances_own_question(snow):
    key = snow.make(short_description="cloud")
    assert snow.port.matches(key, "short_description=cloud")
    assert not snow.port.matches(key, "short_description=else")


# ------------------------------------------------------------------------------------------------ lost and refused
@pytest.mark.parametrize("call", WRITES)
def test_a_write_whose_answer_is_lost_has_an_unknown_outcome(snow, call):
    key = target(snow, call)
    before = standing(snow, key)
    snow.disturb("lose_answer", call)
    with pytest.raises(Unavailable) as caught:
        WRITES[call](snow, key)
    assert caught.value.outcome_unknown
    assert standing(snow, key) != before


@pytest.mark.parametrize("call", ["create", "update"])
def test_a_write_may_land_after_its_answer_was_lost(snow, call):
    key = target(snow, call)
    before = standing(snow, key)
    snow.commit_late(call)
    with pytest.raises(Unavailable) as caught:
        WRITES[call](snow, key)
    assert caught.value.outcome_unknown
    assert standing(snow, key) == before

    def landed():
        snow.seconds_pass(0.1)
        return standing(snow, key) != before

    until(landed, look_s=0.02)


@pytest.mark.parametrize("call", ["create", "update"])
def test_a_write_that_is_turned_away_had_no_effect_and_says_so(snow, call):
    key = target(snow, call)
    before = standing(snow, key)
    snow.disturb("not_now", call)
    with pytest.raises(Unavailable) as caught:
        WRITES[call](snow, key)
    assert not caught.value.outcome_unknown
    assert standing(snow, key) == before
