"""Stamps as a reader is shown them, read back from what the same record says twice."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from integration.clients.servicenow.form import Form

CREATED, UPDATED = "2026-10-21 08:05:09", "2026-11-21 18:30:00"
FORMS = {
    "iso, UTC": ("2026-10-21 08:05:09", "2026-11-21 18:30:00", "2026-11-20 23:59:58"),
    "iso, Los Angeles": ("2026-10-21 01:05:09", "2026-11-21 10:30:00", "2026-11-20 15:59:58"),
    "German": ("21.10.2026 10:05:09", "21.11.2026 19:30:00", "21.11.2026 00:59:58"),
    "German, summer to winter": ("21.10.2026 10:05:09", "21.11.2026 19:30:00", "21.11.2026 00:59:58"),
    "French": ("21/10/2026 10:05:09", "21/11/2026 19:30:00", "21/11/2026 00:59:58"),
    "American, twelve hours": ("10/21/2026 03:05:09 AM", "11/21/2026 12:30:00 PM", "11/20/2026 05:59:58 PM"),
    "American, dots": ("10-21-2026 03.05.09 AM", "11-21-2026 12.30.00 PM", "11-20-2026 05.59.58 PM"),
    "Spanish words": ("21-10-2026 10:05:09 a. m.", "21-11-2026 07:30:00 p. m.", "21-11-2026 12:59:58 a. m."),
    "words nobody knows": ("21-10-2026 10:05:09 fm", "21-11-2026 07:30:00 em", "21-11-2026 12:59:58 fm"),
    "Japanese": ("2026年10月21日 17:05:09", "2026年11月22日 03:30:00", "2026年11月21日 08:59:58"),
    "Japanese, half days": ("2026/10/21 午後5:05:09", "2026/11/22 午前3:30:00", "2026/11/21 午前8:59:58"),
    "Kathmandu": ("2026-10-21 13:50:09", "2026-11-22 00:15:00", "2026-11-21 05:44:58"),
    "short years": ("21.10.26 08:05:09", "21.11.26 18:30:00", "20.11.26 23:59:58"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_displayed_stamp_is_the_moment_it_names(form):
    created, updated, entry = FORMS[form]
    learned = Form.learned([(CREATED, created), (UPDATED, updated)])
    assert re.fullmatch(learned.pattern, entry)
    assert learned.moment(entry) == datetime(2026, 11, 20, 23, 59, 58, tzinfo=UTC)


def test_seconds_may_not_be_shown():
    learned = Form.learned([(CREATED, "21.10.2026 10:05")])
    assert learned.moment("22.10.2026 10:07") == datetime(2026, 10, 22, 8, 7, tzinfo=UTC)


@pytest.mark.parametrize(("entry", "day"), [("11/12/2026 12:00:00", 12), ("12/11/2026 12:00:00", 12)])
def test_a_date_that_reads_either_way_is_the_nearer_one(entry, day):
    """On 11/11 nothing tells day from month; what was written is no month away."""
    learned = Form.learned([("2026-11-11 10:00:00", "11/11/2026 10:00:00")])
    assert learned.moment(entry) == datetime(2026, 11, day, 12, tzinfo=UTC)


def test_the_name_of_a_month_is_taken_for_a_known_one():
    learned = Form.learned([(UPDATED, "21-Nov-2026 19:30:00")])
    assert re.fullmatch(learned.pattern, "20-Nov-2026 08:00:00")
    assert learned.moment("20-Nov-2026 08:00:00") == datetime(2026, 11, 20, 7, tzinfo=UTC)


def test_each_moment_has_the_zone_of_the_nearest_known_one():
    """Clocks were put back in between."""
    learned = Form.learned([(CREATED, "2026-10-21 10:05:09"), (UPDATED, "2026-11-21 19:30:00")])
    assert learned.changes
    assert learned.moment("2026-10-21 12:00:00").hour == 10
    assert learned.moment("2026-11-21 12:00:00").hour == 11


@pytest.mark.parametrize("shown", [[], [("", "")], [(CREATED, "UNKNOWN")], [(CREATED, "1.1.1999 00:00:00")]])
def test_what_explains_nothing_is_no_form(shown):
    assert Form.learned(shown) is None


@pytest.mark.parametrize("text", ["", "soon", "2026-11-21", "2026-31-31 10:00:00"])
def test_what_is_no_moment_is_none(text):
    learned = Form.learned([(CREATED, CREATED)])
    with pytest.raises(ValueError, match="moment"):
        learned.moment(text)
