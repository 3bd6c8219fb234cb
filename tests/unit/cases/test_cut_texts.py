"""A side that shows the beginning of a text only never shortens the whole of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.cases.plan.cutting import rejoined
from tests.fakes.running import Running

WHOLE = " ".join(f"line{number:04d}" for number in range(832))
"""7,487 characters; the column takes 4,000."""
SHOWN = WHOLE[:4000].rstrip()


@pytest.mark.parametrize(
    ("edited", "becomes"),
    [
        ("URGENT " + SHOWN, "URGENT " + WHOLE),
        (SHOWN.replace("line0100 ", ""), WHOLE.replace("line0100 ", "")),
        (("URGENT " + SHOWN)[:4000].rstrip(), "URGENT " + WHOLE),
        (SHOWN + " and more", None),
        (SHOWN[:2000], None),
        ("Something else", None),
        ("", None),
    ],
    ids=["in front", "within", "in front, cut again", "at the end", "the end is gone", "replaced", "emptied"],
)
def test_the_rest_is_put_back_only_where_its_place_is_known(edited: str, becomes: str | None) -> None:
    assert rejoined(WHOLE, edited) == becomes


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_edited_no_rest_is_lost(whole: str, edited: str) -> None:
    joined = rejoined(whole, edited)
    assert joined is None or (joined.startswith(edited) and whole.endswith(joined[len(edited) :]))


@pytest.fixture
def cut() -> tuple[Running, str, str]:
    running = Running("itsm")
    case_id = running.cases.make("Root key used", WHOLE)
    running.case(case_id)
    sys_id = running.linked()[1]
    assert running.incidents.records[sys_id]["columns"]["description"] == SHOWN
    return running, case_id, sys_id


@pytest.mark.parametrize("times", [1, 2])
def test_a_word_in_front_of_a_cut_text_reaches_aws_and_nothing_goes(cut: tuple[Running, str, str], times: int) -> None:
    """Also the second time, when the column holds what no cut of ours ever was."""
    running, case_id, sys_id = cut
    for _ in range(times):
        running.incidents.edit(
            sys_id, description="URGENT " + running.incidents.records[sys_id]["columns"]["description"]
        )
        running.incident(sys_id)
    assert running.cases.records[case_id]["values"]["description"] == "URGENT " * times + WHOLE
    before = running.world.writes
    running.sweep()
    assert running.world.writes == before


def test_an_edit_at_the_cut_keeps_the_whole_and_is_told(cut: tuple[Running, str, str]) -> None:
    running, case_id, sys_id = cut
    running.incidents.edit(sys_id, description=SHOWN[:100] + " ends here")
    running.incident(sys_id)
    running.sweep()
    assert running.cases.records[case_id]["values"]["description"] == WHOLE
    assert running.incidents.records[sys_id]["columns"]["description"] == SHOWN
    assert sum("ends here" in text and "longer in AWS" in text for text in running.journal(sys_id)) == 1


def test_a_text_born_in_servicenow_is_whole_there_however_long() -> None:
    """Its column takes more than we would ever write, so what a person leaves away is meant."""
    running = Running("itsm")
    running.incident(running.incidents.make("Odd logins", description=WHOLE))
    case_id, sys_id = running.linked()
    running.incidents.edit(sys_id, description=WHOLE[:2000].rstrip())
    running.incident(sys_id)
    assert running.cases.records[case_id]["values"]["description"] == WHOLE[:2000].rstrip()
