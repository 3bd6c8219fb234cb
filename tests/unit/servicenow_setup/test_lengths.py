"""Whatever we write fits into its column: an instance cuts what is longer without a word."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from servicenow_setup.cases import RULES
from servicenow_setup.credential import mark_of
from servicenow_setup.desired import desired
from servicenow_setup.errors import BadSetting
from servicenow_setup.lengths import LENGTHS

UNCUT = {"script", "active", "advanced", "client_callable", "order"} | {
    f"action_{action}" for action in ("insert", "update", "delete", "query")
}
"""Scripts, booleans and numbers."""
SIZES = [1, 10, 16]


@pytest.fixture(params=itertools.product(SIZES, ["incident", "sn_si_incident"]), ids=str)
def longest(request, settings):
    """The longest of everything a setting may hold."""
    size, table = request.param
    url = "https://" + "a" * 188 + ".com"
    return replace(settings, prefix="p" * size, table=table, owner="o" * 60, webhook_url=url)


@pytest.mark.parametrize("inline", [False, True])
def test_every_column_we_write_holds_what_we_write(inline, longest):
    for record in desired(longest, inline=inline).records:
        for name, value in record.values.items():
            if name not in UNCUT:
                assert len(value) <= LENGTHS[record.table, name].most, (record.table, name)


def test_every_name_holds_forty_characters_at_most(longest):
    records = desired(longest).records
    assert {record.kind for record in records} >= {f"rule/{rule.key}/{longest.table}" for rule in RULES}
    assert max(len(record.name) for record in records) <= 40
    assert all(record.name.startswith(f"{longest.prefix} ") for record in records if record.table == "sys_script")


def test_the_mark_of_a_token_fits_behind_the_user_name(longest, token):
    [credential] = [record for record in desired(longest).records if record.table == "discovery_credentials"]
    most = LENGTHS["discovery_credentials", "user_name"].most
    assert len(f"{credential.values['user_name']} {mark_of(token)}") <= most


def test_an_address_that_no_message_holds_is_refused(longest):
    with pytest.raises(BadSetting, match="webhook_url"):
        replace(longest, webhook_url=longest.webhook_url + "/")


def test_a_source_is_an_address():
    assert all(not length.source or length.source.startswith("https://") for length in LENGTHS.values())
    assert LENGTHS["sys_rest_message", "name"].source
