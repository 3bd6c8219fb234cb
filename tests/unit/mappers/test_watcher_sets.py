from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.watchers import Merge, fit_for_case, format_watch_list, merge, parse_watch_list

SETS = st.frozensets(st.sampled_from(["a@x.io", "b@x.io", "c@x.io", "d@x.io"]))

MERGES = [
    ("nothing changed", "a", "a", "a", Merge()),
    ("added on the case", "a", "ab", "a", Merge(add_to_incident=frozenset("b"))),
    ("added on the incident", "a", "a", "ab", Merge(add_to_case=frozenset("b"))),
    ("removed on the case", "ab", "a", "ab", Merge(remove_from_incident=frozenset("b"))),
    ("removed on the incident", "ab", "ab", "a", Merge(remove_from_case=frozenset("b"))),
    ("removed on both", "ab", "a", "a", Merge()),
    ("added on both", "a", "ab", "ab", Merge()),
    ("never compared: a union", "", "a", "b", Merge(add_to_case=frozenset("b"), add_to_incident=frozenset("a"))),
    ("removed here, another added there", "a", "", "ab", Merge(frozenset("b"), remove_from_incident=frozenset("a"))),
]  # fmt: skip


@pytest.mark.parametrize(("base", "case", "incident", "merged"), [m[1:] for m in MERGES], ids=[m[0] for m in MERGES])
def test_additions_and_removals_go_to_the_other_side(base, case, incident, merged):
    assert merge(frozenset(base), frozenset(case), frozenset(incident)) == merged


@given(SETS, SETS, SETS)
def test_both_sides_end_with_the_same_set(base, case, incident):
    found = merge(base, case, incident)
    after = (case | found.add_to_case) - found.remove_from_case
    assert after == (incident | found.add_to_incident) - found.remove_from_incident
    assert merge(after, after, after) == Merge()


@given(SETS, SETS)
def test_without_a_base_nothing_is_removed(case, incident):
    found = merge(frozenset(), case, incident)
    assert not found.remove_from_case
    assert not found.remove_from_incident


def test_a_watch_list_keeps_its_order_and_names_each_member_once():
    assert parse_watch_list("b1, a@x.io,,b1") == ("b1", "a@x.io")
    assert parse_watch_list("") == ()
    assert format_watch_list(["b1", "a@x.io", "b1"]) == "b1,a@x.io"


@given(st.lists(st.text("abc@.0", min_size=1), unique=True))
def test_a_watch_list_round_trips(members):
    assert list(parse_watch_list(format_watch_list(members))) == members


def test_what_aws_does_not_take_is_left_out():
    kept, left = fit_for_case(["B@x.io", "b@x.io ", "no address", "a@b", "ü@x.io"])
    assert (kept, left) == (("b@x.io",), ("a@b", "no address", "ü@x.io"))
    kept, left = fit_for_case(f"user{n:02}@x.io" for n in range(31))
    assert (len(kept), left) == (30, ("user30@x.io",))
