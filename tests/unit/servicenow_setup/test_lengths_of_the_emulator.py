"""What the set-up writes fits into the emulated instance, whose lengths come from elsewhere than its own."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from integration.emulators.servicenow.lengths import PUBLISHED
from integration.emulators.servicenow.tables import base_schema
from servicenow_setup.desired import desired
from servicenow_setup.lengths import LENGTHS

SCHEMA = base_schema()


@pytest.fixture(params=itertools.product([1, 10, 16], ["incident", "sn_si_incident"]), ids=str)
def longest(request, settings):
    size, table = request.param
    url = "https://" + "a" * 188 + ".com"
    return replace(settings, prefix="p" * size, table=table, owner="o" * 60, webhook_url=url)


@pytest.mark.parametrize("inline", [False, True])
def test_everything_the_set_up_writes_has_a_column_that_holds_it(longest, inline):
    for record in desired(longest, inline=inline).records:
        columns = SCHEMA.columns(record.table)
        for name, value in {**record.given, **record.values}.items():
            if name != "sys_class_name":
                limit = columns[name].max_length
                assert not limit or len(value) <= limit, (record.table, name)


def test_where_a_page_says_it_both_sides_say_the_same():
    known = {f"{table}.{name}": length.most for (table, name), length in LENGTHS.items() if length.source}
    assert {name: PUBLISHED[name].characters for name in known} == known


def test_where_none_does_the_set_up_keeps_to_what_the_emulator_holds():
    for (table, name), length in LENGTHS.items():
        limit = SCHEMA.columns(table)[name].max_length
        assert not limit or length.most <= limit, (table, name)
