"""A pair in step or a record alone, and what happens to it, for the tests of what a pass would do."""

from contextlib import suppress
from dataclasses import replace

from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.whole import Plan
from integration.clients.errors import Unavailable
from integration.names import PROBE_MARK
from integration.operations.cases import plan_words
from integration.operations.cases.planned import planned
from integration.operations.cases.preview import preview
from tests.fakes.running import Running, at_call
from tests.fakes.world import Killed

READS = {
    "GetCase", "ListComments", "ListTagsForResource", "GetMembership", "read", "find", "users", "matches", "readable",
    "close_codes", "read journal", "read files", "hides", "get", "get incident", "ledger", "whole ledger",
}  # fmt: skip
PRIVATE = "Kestrel"
"""Stands in every text that people write here."""


class Scene:
    """A pair in step, and what people do to it."""

    def __init__(self, **settings):
        self.running = Running("itsm", **settings)
        self.cases, self.incidents, self.world = self.running.cases, self.running.incidents, self.running.world
        self.running.case(self.cases.make(f"{PRIVATE} key used"))
        self.case_id, self.sys_id = self.running.linked()
        self.world.now += 3600

    def on_case(self, title="title on AWS"):
        self.cases.records[self.case_id]["values"]["title"] = f"{PRIVATE} {title}"

    def on_incident(self, title="title in ServiceNow"):
        self.incidents.edit(self.sys_id, short_description=f"{PRIVATE} {title}")

    def refused(self):
        """A change that the instance has refused."""
        self.on_case()
        self.incidents.refuse = lambda _, values: "a data policy" if "short_description" in values else None
        self.running.case(self.case_id)

    def told(self, side=CASE, **flags):
        """As the command has it, of a deployment that refuses every write."""
        key = self.case_id if side == CASE else self.sys_id
        self.world.hook = only_reads
        found = preview(self.running.reconciler, self.running.wake(side, key, sweep=True, **flags))
        if isinstance(found, Plan):
            shown = planned(found)
            return [shown.said, *shown.sentences]
        return [plan_words.headline(found.word, found.text)]


def only_reads(moment, system, call):
    assert call in READS, f"{moment} {system}.{call}: a plan only reads"


def both_sides(scene):
    scene.on_case()
    scene.on_incident()


def alike(scene):
    scene.on_case("one title")
    scene.on_incident("one title")


def nothing(_):
    """Nobody does anything."""


def a_bug(scene):
    """Its event is a dead letter by now."""
    scene.on_case()
    wake = scene.running.wake(CASE, scene.case_id)

    def broken():
        raise KeyError("nobody foresaw it")

    for _ in range(5):
        at_call(scene.running, "before", "update", broken)
        scene.running.reconciler.run(wake, scene.world.now + 180)
        scene.world.now += 600


def silent(scene):
    def down():
        raise Unavailable("servicenow", "hibernating")

    at_call(scene.running, "before", "read", down)


def suspended(scene):
    scene.incidents.make("Another that can be read")
    scene.incidents.hidden.add(scene.sys_id)
    for _ in range(2):
        scene.running.incident(scene.sys_id, sweep=True)
        scene.world.now += 300


def away(scene):
    scene.incidents.make("Another that can be read")
    nothing_shown(scene)


def many_away(scene):
    away(scene)
    scene.running.links.unreadable = {str(number): scene.world.now for number in range(9)}


def nothing_shown(scene):
    scene.incidents.hidden.add(scene.sys_id)


def deleted(scene):
    del scene.incidents.records[scene.sys_id]


def comment(scene):
    scene.cases.add_comment(scene.case_id, f"{PRIVATE} was here.")


def note(scene):
    scene.incidents.edit(scene.sys_id, work_notes=f"{PRIVATE} was seen.")


def scanned(scene):
    scene.cases.add_file(scene.case_id, f"{PRIVATE}.txt", b"evidence")
    scene.cases.records[scene.case_id]["files"][-1]["status"] = "Pending"


def on_hold(scene):
    """In step On Hold, when AWS moves on."""
    scene.cases.set_status(scene.case_id, "Detection and Analysis")
    scene.incidents.edit(scene.sys_id, state="3")
    scene.running.sweep()
    scene.cases.set_status(scene.case_id, "Containment, Eradication and Recovery")


def closed_and_edited(scene):
    """The case is closed, and the incident goes on."""
    scene.cases.close(scene.case_id)
    scene.running.case(scene.case_id)
    scene.on_incident()


def ended(scene):
    scene.incidents.edit(scene.sys_id, state="7", work_notes=f"{PRIVATE} was revoked.")


def ended_with_a_scan(scene):
    scene.incidents.edit(scene.sys_id, state="7")
    scene.incidents.add_file(scene.sys_id, f"{PRIVATE}.png", b"pixels", state="pending")


def held(scene):
    """A pass is at work."""
    scene.on_case()
    now = scene.world.now
    scene.running.links.claim(scene.case_id, "another pass", now + 200, now)


def may_land(scene):
    """The answer to a write was lost, and so was the pass that made it."""
    scene.on_case()
    row = scene.running.links.get(scene.case_id)
    scene.running.links.claim(scene.case_id, "dead", scene.world.now + 1, scene.world.now)
    row.link.unsettled_until = scene.world.now + 65
    scene.running.links.save("dead", row.link)
    scene.world.now += 2


def files(scene):
    scene.cases.add_file(scene.case_id, f"{PRIVATE}.txt", b"evidence")
    scene.incidents.add_file(scene.sys_id, f"{PRIVATE}.png", b"pixels")


def watchers(scene):
    scene.cases.update(scene.case_id, {"watchersToAdd": [{"email": "kestrel@here.example"}]})


# --------------------------------------------------------------------------------------------------- without a pair
def alone_on_aws(running):
    return CASE, running.cases.make(f"{PRIVATE} alone")


def alone_in_servicenow(running):
    return INCIDENT, running.incidents.make(f"{PRIVATE} alone")


def of_another_team(running):
    side, key = alone_on_aws(running)
    running.settings = replace(running.settings, case_tag="team=red")
    return side, key


def filtered(running):
    running.settings = replace(running.settings, incident_filter="category=security")
    return alone_in_servicenow(running)


def blocked_case(running):
    side, key = alone_on_aws(running)
    running.incidents.refuse = lambda *_: "a data policy"
    running.case(key)
    return side, key


def blocked_incident(running):
    side, key = alone_in_servicenow(running)
    running.cases.refused_titles.add(f"{PRIVATE} alone")
    running.incident(key)
    return side, key


def mended_case(running):
    """Refused as it was, and another since."""
    side, key = blocked_case(running)
    running.cases.update(key, {"title": f"{PRIVATE} mended"})
    return side, key


def mended_incident(running):
    """Refused as it was, and another since."""
    side, key = blocked_incident(running)
    running.incidents.edit(key, short_description=f"{PRIVATE} mended")
    return side, key


def tagged_under_way(running):
    return killed_at(running, *tagged(running), "ListTagsForResource")


def no_longer_pointing(running):
    """It named a case of another incident, which was refused, and names none now."""
    tag = f"{running.world.table}/{'f' * 32}"
    case_id = running.cases.make(f"{PRIVATE} of another", tags={running.settings.own_tag: tag})
    sys_id = running.incidents.make("Pointed", correlation_id=running.cases.arn(case_id))
    running.incident(sys_id)
    running.incidents.edit(sys_id, correlation_id="")
    return INCIDENT, sys_id


def killed_at(running, side, key, call):
    """Before this call, of which its claim stands for a time."""

    def die():
        raise Killed

    at_call(running, "before", call, die)
    with suppress(Killed):
        running.reconciler.run(running.wake(side, key), running.world.now + 180)
    return side, key


def incident_under_way(running):
    return killed_at(running, *alone_on_aws(running), "find")


def case_under_way(running):
    return killed_at(running, *alone_in_servicenow(running), "CreateCase")


def probe(running):
    return INCIDENT, running.incidents.make("Probe", correlation_id=PROBE_MARK)


def foreign(running):
    running.settings = replace(running.settings, foreign_marks=("another of ours",))
    return INCIDENT, running.incidents.make("Not ours", correlation_display="another of ours")


def pointing(running):
    case_id = running.cases.make(f"{PRIVATE} pointed at")
    return INCIDENT, running.incidents.make("Points", correlation_id=running.cases.arn(case_id))


def tagged(running):
    sys_id = running.incidents.make(f"{PRIVATE} named")
    tag = f"{running.world.table}/{sys_id}"
    return CASE, running.cases.make("Names", tags={running.settings.own_tag: tag})
