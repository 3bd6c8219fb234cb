from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.clients.servicenow.timestamp import from_timestamp, to_timestamp

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9000, 1, 1), timezones=ZONES)  # noqa: DTZ001 - hypothesis wants bounds without a zone


@given(MOMENTS)
def test_there_and_back_is_the_same_second(moment):
    """Whatever zone a moment is told in, its stamp names the second it lies in."""
    back = from_timestamp(to_timestamp(moment))
    assert back.tzinfo is UTC
    assert timedelta(0) <= moment - back < timedelta(seconds=1)


@given(MOMENTS, MOMENTS)
def test_order_is_kept(one, other):
    """Stamps sort as the seconds do, so they may be compared as texts."""
    assert (to_timestamp(one) < to_timestamp(other)) == (
        from_timestamp(to_timestamp(one)) < from_timestamp(to_timestamp(other))
    )


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-21", "2026-11-21T08:00:00", "21-11-2026 08:00:00", "2026-11-21 08:00:00 ", "2026-13-01 00:00:00",
     "2026-11-21 08:00:00 AM", "1970-01-01 00:02:17.5", "\uff12026-11-21 08:00:00"],
)  # fmt: skip
def test_display_values_are_no_stamps(text):
    """What people see has their zone and format, and must not be taken for UTC."""
    with pytest.raises(ValueError, match=r".*"):
        from_timestamp(text)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        to_timestamp(datetime(2026, 11, 21))  # noqa: DTZ001 - the point of the test
