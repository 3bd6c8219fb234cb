from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.clients.servicenow.query import BadFilter, BadQuery, Query
from integration.clients.servicenow.record import Record

QUERIES = [
    (Query(), ""),
    (Query().equals("sys_id", "a1"), "sys_id=a1"),
    (Query().equals("caller_id.email", "a@b.c").is_in("state", ["2", "1"]), "caller_id.email=a@b.c^stateIN1,2"),
    (
        Query().at_least("sys_updated_on", datetime(2026, 11, 21, 8, 9, 10, tzinfo=UTC)).order_by("sys_updated_on"),
        "sys_updated_on>=2026-11-21 08:09:10^ORDERBYsys_updated_on",
    ),
    (
        Query().below("opened_at", datetime(2026, 11, 21, tzinfo=UTC)).starts_with("name", "x1"),
        "opened_at<2026-11-21 00:00:00^nameSTARTSWITHx1",
    ),
    (Query().equals("b", "1").descending_by("a"), "b=1^ORDERBYDESCa"),
    (Query().order_by("sys_id"), "ORDERBYsys_id"),
    (Query().contains("cat_item.meta", "x kind:a/b"), "cat_item.metaLIKEx kind:a/b"),
    (Query().equals("a", "1").filtered_by("b=2^ORb=3"), "a=1^b=2^ORb=3"),
    (Query().equals("a", "1").filtered_by("^b=2^EQ"), "a=1^b=2"),
    (Query().equals("a", "1").filtered_by("b=2^NQc=3").order_by("d"), "a=1^b=2^NQa=1^c=3^ORDERBYd"),
    (Query().filtered_by("b=2").filtered_by("c=3^ORc=4"), "b=2^c=3^ORc=4"),
    (Query().equals("a", "1").filtered_by("  "), "a=1"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "encoded"), QUERIES)
def test_encoded(query, encoded):
    assert str(query) == encoded


BAD = [
    lambda: Query().equals("sys_id", "a^ORb=c"),
    lambda: Query().equals("sys_id", ""),
    lambda: Query().equals("sys_id", " a"),
    lambda: Query().equals("sys_id", "a\nb"),
    lambda: Query().equals("sys_id", "JavaScript:gs.getUserID()"),
    lambda: Query().equals("sys_id=1^x", "a"),
    lambda: Query().equals("Sys_id", "a"),
    lambda: Query().is_in("state", []),
    lambda: Query().is_in("state", ["1,2"]),
    lambda: Query().is_in("state", [str(n) for n in range(101)]),
    lambda: Query().order_by("a^b=1"),
    lambda: Query().filtered_by("a=1^ORDERBYb"),
    lambda: Query().filtered_by("^ORa=1"),
    lambda: Query().filtered_by("a=1^NQ"),
    lambda: Query().filtered_by("a=1\n"  "^b=2"),
    lambda: Query().filtered_by("a=1^NQb=2").filtered_by("c=1^NQd=2"),
]  # fmt: skip


@pytest.mark.parametrize("build", BAD)
def test_refused(build):
    """Nothing that could start a term of its own, run a script, or ask for something nobody meant."""
    with pytest.raises((BadQuery, BadFilter)):
        build()


@given(st.text(), st.text())
def test_a_value_stays_one_term(value, other):
    """Whatever a value holds, the query has the terms that were asked for, or is refused."""
    try:
        query = Query().equals("a", value).equals("b", other)
    except BadQuery:
        return
    assert str(query).split("^") == [f"a={value}", f"b={other}"]
    assert "javascript:" not in str(query).lower()
    assert len(str(query).splitlines()) == 1


@given(st.text())
def test_refusals_do_not_quote(text):
    """The value may be a person's text; only the column is named."""
    with pytest.raises(BadQuery) as caught:
        Query().equals("a_column", f"§^{text}")
    assert "§" not in str(caught.value)
    assert "a_column" in str(caught.value)


TERMS = st.tuples(st.sampled_from("abc"), st.sampled_from("123"))


@given(st.lists(TERMS, max_size=3), st.lists(st.lists(TERMS, min_size=1, max_size=2), min_size=1, max_size=3))
def test_a_filter_never_reaches_beyond_our_terms(own, alternatives):
    """Evaluated as the instance would: every row that a filtered query finds also fulfils each of our own terms."""
    query = Query()
    for field, value in own:
        query = query.equals(field, value)
    encoded = "^NQ".join("^".join(f"{field}={value}" for field, value in group) for group in alternatives)
    groups = str(query.filtered_by(encoded)).split("^NQ")
    for group in groups:
        assert {f"{field}={value}" for field, value in own} <= set(group.split("^"))
    assert len(groups) == len(alternatives)


ROWS = [
    ({"sys_id": "A1"}, True),
    ({"sys_id": {"value": "a1", "display_value": "A one"}}, True),
    ({"sys_id": {"value": "x", "display_value": "a1"}}, True),
    ({"sys_id": "other"}, False),
    ({"number": "INC1"}, False),
    ({"sys_id": ""}, False),
]


@pytest.mark.parametrize(("row", "matches"), ROWS)
def test_rows_are_checked_against_the_question(row, matches):
    """A column that is not in the answer was not asked by: the instance ignored the term."""
    assert Query().equals("sys_id", "a1").matches(Record(row)) is matches
    assert Query().is_in("sys_id", ["b", "a1"]).matches(Record(row)) is matches


MOMENT = datetime(2026, 11, 21, 8, tzinfo=UTC)
SINCE, UNTIL, NAMED, HOLDS = (
    Query().at_least("opened_at", MOMENT),
    Query().below("opened_at", MOMENT),
    Query().starts_with("name", "x1 b"),
    Query().contains("name", "x1 b"),
)
RANGES = [
    (SINCE, {"opened_at": "2026-11-21 08:00:00"}, True),
    (SINCE, {"opened_at": "2026-11-21 07:59:59"}, False),
    (SINCE, {"opened_at": {"value": "2026-11-21 07:59:59", "display_value": "2026-11-21 23:59:59"}}, False),
    (SINCE, {"opened_at": ""}, False),
    (SINCE, {}, False),
    (UNTIL, {"opened_at": "2026-11-21 07:59:59"}, True),
    (UNTIL, {"opened_at": "2026-11-21 08:00:00"}, False),
    (NAMED, {"name": "X1 Bus"}, True),
    (NAMED, {"name": "x10"}, False),
    (HOLDS, {"name": "[a X1 b]"}, True),
    (HOLDS, {"name": "x1"}, False),
    (HOLDS, {}, False),
]


@pytest.mark.parametrize(("query", "row", "matches"), RANGES)
def test_a_range_is_checked_as_an_equality_is(query, row, matches):
    """A rule may let this user compare and not search; what it shows is in a zone of its own, so raw values count."""
    assert query.matches(Record(row)) is matches
    assert set(query.key_fields) == {"opened_at"} or set(query.key_fields) == {"name"}


def test_what_an_instance_did_not_sort_is_sorted_here():
    rows = [Record({"sys_id": str(n), "sys_updated_on": f"2026-11-21 08:00:0{n}"}) for n in (2, 1, 3)]
    assert [row.sys_id for row in Query().order_by("sys_updated_on").in_order(rows)] == ["1", "2", "3"]
    assert [row.sys_id for row in Query().descending_by("sys_updated_on").in_order(rows)] == ["3", "2", "1"]
    assert Query().order_by("number").in_order(rows) == rows
