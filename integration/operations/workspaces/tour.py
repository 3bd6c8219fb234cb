"""Workspaces of a day: ordered, approved, used, extended, warned of, expired, archived, proven; a class, a leaver.

People act in the catalog, on the page by their links, and by the commands; days pass by the clock set forward.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from integration.operations.tour import BOTH, TO_AWS, Part, Step
from integration.operations.waiting import until
from integration.operations.workspaces.visitor import Visitor
from integration.workspaces.model import ADDRESS_S, DAY_S
from servicenow_setup.workspaces import ITEM_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.operations.tour import Sweep

PERSON, MANAGER, LEAVER = "abel.tuter", "beth.anglin", "joe.employee"
FOR_OTHERS = {"glide.sc.req_for.roles": "itil"}
"""Who may order for somebody else: the manager, who has this role."""
OUR_APPROVAL = "AWS order approved"
ITEMS, CLOSED_COMPLETE = "sc_req_item", "3"
CLASS = [f"Participant {number:02}" for number in range(1, 51)]
LEFT_OUT = ["participant 07", "../../etc/passwd"]
"""One stands in the class already, one can be nobody's name."""
LINK, MARK = re.compile(r"\S+/w#\S+"), re.compile(r"\[workspace \S+ #\d+\]")
FIRST, LATE = ("plans for spring.txt", b"plans"), ("at the last minute.txt", b"late")


class Orders:
    """Those of this day, by what each is for."""

    def __init__(self, people: Any) -> None:
        self.staff, self.running = people.servicenow, people.running
        self._made: dict[str, str] = {}
        self.answer: tuple[int, Any] = (0, {})
        """Of the last command: exit code and document."""

    # ---- what people do
    def place(self, name: str, *, by: str = PERSON, requested_for: str = "", **variables: str) -> None:
        request = self.staff.in_catalog(by, "order", item=ITEM_NAME, requested_for=requested_for, variables=variables)
        (item,) = self.staff.rows(ITEMS, request=str(request["sys_id"]))
        self._made[name] = str(item["sys_id"])

    def approved_by(self, person: str) -> None:
        """From now on; nobody: by our rule, as it is set up."""
        (rule,) = (row for row in self.staff.rows("sys_script") if row["name"].endswith(OUR_APPROVAL))
        (item,) = self.staff.rows("sc_cat_item", name=ITEM_NAME)
        asked = self.staff.rows("sys_user", user_name=person)[0]["sys_id"] if person else ""
        self._change("sc_cat_item", item, asks=asked)
        self._change("sys_script", rule, active=str(not person).lower())

    def _change(self, table: str, row: Any, **values: str) -> None:
        self.staff.write("admin", "update", table, row["sys_id"], enforce=False, **values)

    def approve(self, name: str) -> None:
        self.staff.in_catalog(MANAGER, "approve", of=self._made[name])

    def cancel(self, name: str) -> None:
        self.staff.in_catalog(PERSON, "cancel", of=str(self._item(name)["request"]))

    def command(self, *words: str) -> None:
        """`workspace …`; what it answers is kept."""
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "integration.operations.app", "workspace", *words, "--json"],
            env={**os.environ, **self.running.plane.operator_environment(), "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.answer = done.returncode, json.loads(done.stdout or "{}")

    # ---- what is seen
    def _item(self, name: str) -> Any:
        return self.staff.rows(ITEMS, sys_id=self._made[name])[0]

    def number(self, name: str) -> str:
        return str(self._item(name)["number"])

    def notes(self, name: str) -> list[str]:
        rows = self.staff.rows("sys_journal_field", element_id=self._made[name])
        return [str(row["value"]) for row in rows]

    def waits(self, name: str) -> bool:
        """Somebody is asked, and nothing was said."""
        asked = self.staff.rows("sysapproval_approver", sysapproval=self._made[name], state="requested")
        return bool(asked) and not self.notes(name)

    def closed(self, name: str) -> bool:
        return bool(self._item(name)["state"] == CLOSED_COMPLETE)

    def said(self, name: str, words: str) -> bool:
        return sum(words in note for note in self.notes(name)) == 1

    def says(self, name: str, words: str) -> bool:
        """Once, and by then the item is closed."""
        return self.closed(name) and self.said(name, words)

    def links(self, name: str) -> list[str]:
        return LINK.findall("\n".join(self.notes(name)))

    def files(self, name: str) -> list[str]:
        return [str(row["file_name"]) for row in self.staff.rows("sys_attachment", table_sys_id=self._made[name])]

    def opened(self, name: str) -> Visitor:
        """The page of its link: signed in anew each time, since a session lives for some hours only."""
        return Visitor(self.links(name)[0])


def _steps(people: Any, _sweep: Sweep) -> Sequence[Step]:
    orders = Orders(people)
    return [*_ordered(orders), *_used(orders), *_expired(orders), *_class(orders), *_leaver(orders), _audited(orders)]


def _ordered(orders: Orders) -> list[Step]:
    def order(_people: Any) -> None:
        orders.approved_by(MANAGER)
        orders.place("first", action="new", kind="personal", days="3")

    def cancelled(_people: Any) -> None:
        orders.place("cancelled", action="new", kind="demo")
        until(lambda: orders.waits("cancelled"), what="somebody who is asked")
        orders.cancel("cancelled")
        orders.approved_by("")

    return [
        Step("an order waits for its approval, and nothing is made", TO_AWS, order, lambda _: orders.waits("first")),
        Step(
            "the manager approves: a workspace, its item closed with the link", BOTH,
            lambda _: orders.approve("first"),
            lambda _: orders.closed("first") and len(orders.links("first")) == 1,
        ),
        Step(
            "another order is cancelled before it is approved: nothing comes of it", TO_AWS, cancelled,
            lambda _: not orders.notes("cancelled") and not orders.closed("cancelled"), quiet=True,
        ),
        Step(
            "the same person orders again, and gets the same link", BOTH,
            lambda _: orders.place("again", action="new", kind="personal"),
            lambda _: orders.closed("again") and orders.links("again") == orders.links("first"),
        ),
    ]  # fmt: skip


def _used(orders: Orders) -> list[Step]:
    return [
        Step(
            "the link opens the page, and a file is uploaded", "page → AWS",
            lambda _: orders.opened("first").put(*FIRST),
            lambda _: orders.opened("first").files() == {FIRST[0]: len(FIRST[1])},
        ),
        Step(
            "it is extended by two days", BOTH,
            lambda _: orders.place("longer", action="extend", days="2"),
            lambda _: orders.says("longer", "extended until") and orders.said("first", "extended until"),
        ),
    ]  # fmt: skip


def _expired(orders: Orders) -> list[Step]:
    """A file whose upload began in the last minute and ends after it."""
    forward = orders.running.forward

    def late(_people: Any) -> None:
        forward(orders.opened("first").left() - 60)
        page = orders.opened("first")
        form = page.form(*LATE)
        forward(61)
        page.send(form, LATE[1])

    def ending(_people: Any) -> bool:
        page = orders.opened("first")
        return page.state()["phase"] == "ending" and page.ask("uploads", name="more", size=1)[0] == 409

    def proof(_people: Any) -> None:
        orders.command("proof", orders.links("first")[0].partition("#")[2].partition(".")[0])

    def agrees(_people: Any) -> bool:
        code, shown = orders.answer
        return code == 0 and shown["proof"]["files"] == 2 and not shown["differences"]

    return [
        Step(
            "two days before its end its person is warned", "AWS → ServiceNow",
            lambda _: forward(orders.opened("first").left() - 2 * DAY_S + 60),
            lambda _: orders.said("first", "ends in less than 2 days"),
        ),
        Step("it expires while a file is uploaded: that one arrives, others are refused", "page → AWS", late, ending),
        Step(
            "archived and removed: the proof stands on the order", BOTH,
            lambda _: forward(ADDRESS_S + 1),
            lambda _: orders.said("first", "answers 404") and orders.said("first", "2 files"),
        ),
        Step("the archive agrees with the proof", "AWS", proof, agrees),
    ]  # fmt: skip


def _class(orders: Orders) -> list[Step]:
    def ready(_people: Any) -> bool:
        done, listed = f"{len(CLASS)} of {len(CLASS)}", orders.files("class")
        return orders.says("class", done) and orders.said("class", "Left out") and listed == ["workspaces.csv"]

    def end(_people: Any) -> None:
        orders.command("end", "--order", orders.number("class"), "--yes", "--now")

    def gone(_people: Any) -> bool:
        orders.command("list")
        return orders.answer == (0, {"workspaces": []})

    return [
        Step(
            "a class of 50 by one order: one list of links, two bad names named", BOTH,
            lambda _: orders.place(
                "class", by=MANAGER, action="new", kind="class", names="\n".join([*CLASS, *LEFT_OUT])
            ),
            ready,
        ),
        Step("the class ends, all at once", "AWS", end, gone),
    ]  # fmt: skip


def _leaver(orders: Orders) -> list[Step]:
    def two(_people: Any) -> None:
        orders.staff.send("PATCH", "properties", json=FOR_OTHERS)
        for kind in ("personal", "demo"):
            orders.place(f"{kind} of the leaver", by=LEAVER, action="new", kind=kind)

    def both(name: str) -> list[str]:
        return [f"personal {name}", f"demo {name}"]

    return [
        Step(
            "somebody has two", BOTH, two,
            lambda _: all(orders.closed(each) for each in both("of the leaver")),
        ),
        Step(
            "they leave the company: one order ends both", BOTH,
            lambda _: orders.place("leaving", by=MANAGER, requested_for=LEAVER, action="end"),
            lambda _: orders.says("leaving", "Ended, and gone")
            and all(orders.said(each, "answers 404") for each in both("of the leaver")),
        ),
    ]  # fmt: skip


def _audited(orders: Orders) -> Step:
    empty = (0, {"buckets": 0, "orphans": [], "missing": []})
    return Step(
        "the audit finds no bucket that is left", "AWS",
        lambda _: orders.command("audit"), lambda _: orders.answer == empty,
    )  # fmt: skip


def _doubled(people: Any) -> int:
    """Notes with the same mark on one item."""
    rows = people.servicenow.rows("sys_journal_field", name=ITEMS)
    said = [(row["element_id"], mark) for row in rows for mark in MARK.findall(str(row["value"]))]
    return len(said) - len(set(said))


TOUR = Part(_steps, duplicates=_doubled)
