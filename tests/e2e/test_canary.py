"""A word that stands in every field people fill, on both sides: no place of ours holds it afterwards."""

import uuid

import pytest

from integration import names as n
from tests.docs.kept_items import unnamed
from tests.e2e.canary import Places

WORD = f"Quetzalcoatl{uuid.uuid4().hex[:8]}"
"""Of this run only, so that another's in the same temporary folder is not taken for it."""


def test_what_people_write_is_nowhere_with_us(itsm_day):
    """Linked, commented, edited, attached to, closed; while events wait, and one was put aside."""
    places, pair = Places(itsm_day), lived(itsm_day)
    queue = put_aside(itsm_day, pair)
    with itsm_day.plane.held(*itsm_day.queues):
        itsm_day.respond(pair.case_id, "comment", body=f"{WORD} again")
        itsm_day.edit(pair.sys_id, work_notes=f"{WORD} again", close_notes=f"{WORD} again")
        itsm_day.until(lambda: all(itsm_day.plane.queues[name].total for name in itsm_day.queues[:2]))
        found = {place: places.read(place) for place in places.names}
        strange = [each for item in places.items() for each in unnamed(item)]
    places.take_away(queue, pair.sys_id)
    itsm_day.quiet()
    assert {place for place, texts in found.items() if not texts} <= {"cache"}, "nothing was looked at"
    assert [place for place, texts in found.items() if any(WORD.lower() in text.lower() for text in texts)] == []
    assert strange == [], "docs/security.md names all that an item of the table holds"


@pytest.mark.parametrize("place", Places.names)
def test_the_search_finds_what_is_planted(itsm_day, place):
    """Without this a search that looks at the wrong thing would find nothing for ever."""
    places, word = Places(itsm_day), f"planted-{uuid.uuid4().hex}"
    with places.planted(place, word):
        assert any(word in text for text in places.read(place))
    itsm_day.quiet()


def lived(day):
    """A pair that both sides worked on, in step."""
    watcher = [{"email": f"{WORD.lower()}@example.net", "name": WORD, "jobTitle": WORD}]
    pair = day.opened(f"{WORD} title", description=f"{WORD} description", watchers=watcher)
    day.respond(pair.case_id, "comment", body=f"{WORD} comment")
    day.attach_to_case(pair.case_id, f"{WORD}.txt", f"{WORD} content".encode())
    day.attach_to_incident(pair.sys_id, f"[private] {WORD}.txt", f"{WORD} content".encode())
    watched = {"watch_list": f"{WORD}@b.example", "short_description": f"{WORD} renamed"}
    day.edit(pair.sys_id, comments=f"[private] {WORD}", **watched)
    day.edit(pair.sys_id, work_notes=f"{WORD} note")
    day.until(lambda: day.files(pair.sys_id) and any(f"{WORD} note" in body for body in day.comments(pair)))
    day.until(lambda: day.case(pair.case_id)["title"] == f"{WORD} renamed")
    ended = day.reported(f"{WORD} reported")
    day.close_incident(ended, close_notes=f"{WORD} solution")
    day.until(lambda: day.status(ended) == "Closed")
    assert any(f"{WORD} solution" in body for body in day.comments(ended))
    day.quiet()
    return pair


def put_aside(day, pair):
    """A letter about them among the dead; the queue it lies in."""
    detail = {"sys_id": pair.sys_id, "table": day.table, "polled": True, "sys_mod_count": "many"}
    day.publish(n.SOURCE_INCIDENTS, n.INCIDENT_UPDATED, detail)
    queue = day.names.incidents_queue + n.DEAD_SUFFIX
    day.until(lambda: day.dead().get(queue))
    return queue
