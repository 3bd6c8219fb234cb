"""Whatever a journal displays or an error says is read in time with its length only."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.clients.errors import RemoteError
from integration.clients.servicenow.answer import understood
from integration.clients.servicenow.record import Record
from integration.clients.servicenow.shown import BOTH, _Header, _in_order, entries, told
from tests.budget import slowness

CHARACTERS, SECONDS = 100_000, 0.3
"""A displayed journal is two columns with thousands of moments to read; quadratic time would be seconds."""
STAMP = {"value": "2026-11-21 18:30:00", "display_value": "2026-11-21 18:30:00"}


def displayed(text):
    columns = {"comments": text, BOTH: text}
    shown = {name: {"value": "", "display_value": said} for name, said in columns.items()}
    told(entries(Record({"sys_updated_on": STAMP} | shown)), {})


def refused(detail):
    content = json.dumps({"error": {"message": "Operation Failed", "detail": detail}}).encode()
    with pytest.raises(RemoteError):
        understood(403, {}, content, write=True, call="POST incident")


def headers(number):
    """Half of them out of the order of time, as quotes are."""
    moments = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n * 7919 % number) for n in range(number))
    return "".join(f"{moment:%Y-%m-%d %H:%M:%S} - a (b)\n\n" for moment in moments)


TEXTS = {
    "headers in disorder": headers(2000),
    "one header": "2026-11-21 18:30:00 - a (b)\n\n" * 2000,
    "parentheses": "2026-11-21 18:30:00 - " + "(" * CHARACTERS,
    "labels": "a:b:" + " " * CHARACTERS + ":",
    "colons": "a:" * (CHARACTERS // 2),
    "spaces": " " * CHARACTERS,
    "lines": "\n" * CHARACTERS,
    "digits": "1" * CHARACTERS,
}


@pytest.mark.parametrize("read", [displayed, refused])
@pytest.mark.parametrize("text", TEXTS)
def test_foreign_text_takes_time_with_its_length_only(read, text):
    def taken():
        started = time.process_time()
        read(TEXTS[text])
        return time.process_time() - started

    best = min(taken() for _ in range(3))
    assert best < SECONDS or best < SECONDS * slowness()


MOMENTS = st.lists(st.integers(0, 12).map(lambda h: datetime(2026, 1, 1, h, tzinfo=UTC)), min_size=1, max_size=9)


@given(MOMENTS, st.sampled_from([timedelta(0), timedelta(hours=1)]))
def test_the_longest_row_back_in_time_is_kept(moments, slack):
    """As looking at every row that begins with the first header finds it."""

    def longest(place):
        below = [n for n in range(place + 1, len(moments)) if moments[n] <= moments[place] + slack]
        return 1 + max(map(longest, below), default=0)

    found = _in_order([_Header(n, moment, "a", "b") for n, moment in enumerate(moments)], slack)
    kept = [header.created for header in found]
    assert found[0].line == 0
    assert len(kept) == longest(0)
    assert all(lower <= upper + slack for upper, lower in pairwise(kept))
