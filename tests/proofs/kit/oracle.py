"""Looks on while passes and people work, and says what must never happen. Knows the mapping, not the pass."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.cases.link import CASE, INCIDENT, STATUS, loads_link, value_fingerprint
from tests.fakes.incidents import OWN_USER
from tests.proofs.kit.edits import COLUMNS

if TYPE_CHECKING:
    from tests.fakes.running import Running
    from tests.proofs.kit.edits import Edit

Seen = dict[str, dict[tuple[str, str], int]]
FIELDS = ("title", "description", STATUS)
KINDS = {"title": "the title", "description": "the description", STATUS: "the status"}


@dataclass
class Written:
    """A value a person gave a field. `fine`: it reached the other side, was overwritten by its own side, or told."""

    side: str
    field: str
    value: str
    fine: bool = False


class Oracle:
    """`wrong` holds what was seen to go wrong; `look` is called after everything that happens."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.wrong: list[str] = []
        self.written: list[Written] = []
        self.last: dict[tuple[str, str], str] = {}
        self.by_us: dict[tuple[str, str], bool] = {}
        self.changes: Counter[tuple[str, str]] = Counter()  # by people, per side and field
        self.windows: dict[int, set[str]] = {}
        """Fields whose save by a person we overwrote between read and write, by pass; 0: nobody can have noticed."""
        self.listed: set[str] = set()
        """Who stood on the watch list when we looked last."""
        self.unlisted: dict[int, set[str]] = defaultdict(set)
        """Whom a person put there between our read and our write, which took them off; by pass, as above."""
        self.notes = 0
        self.texts: dict[str, Counter[str]] = {CASE: Counter(), INCIDENT: Counter()}
        self.replaced: set[str] = set()
        self.files: dict[str, set[str]] = {CASE: set(), INCIDENT: set()}
        self.watching: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        self.priority = ""
        self.ended_early = False
        """Closed in ServiceNow before anybody made a case of it: there will be none."""

    # ---- what stands where
    def one(self, side: str) -> dict[str, Any] | None:
        records = self.running.cases.records if side == CASE else self.running.incidents.records
        return next(iter(records.values())) if len(records) == 1 else None

    def value(self, side: str, field: str) -> str | None:
        record = self.one(side)
        if record is None:
            return None
        if side == CASE:
            return str(record["status"] if field == STATUS else record["values"][field])
        return str(record["columns"]["state" if field == STATUS else COLUMNS[field]])

    def accepted(self, field: str) -> bool:
        case, incident = self.value(CASE, field), self.value(INCIDENT, field)
        if case is None or incident is None:
            return False
        if field == STATUS:
            return self.running.rules.status.accepted(case, incident)
        return next(r for r in self.running.rules.fields if r.case == field).accepted(case, incident)

    def link(self) -> Any:
        rows = list(self.running.links.rows.values())
        return loads_link(rows[0]["doc"]) if len(rows) == 1 and rows[0]["doc"] else None

    # ---- people
    def person(self, edit: Edit) -> None:
        """Called after the edit was made."""
        for side in (CASE, INCIDENT):
            for field in FIELDS:
                now = self.value(side, field)
                if now is not None and now != self.last.get((side, field)):
                    self._wrote(side, field, now)
        if edit.what in {"comment", "work note", "edited comment"}:
            self.texts[edit.side][edit.value] += 1
        if edit.what == "file":
            self.files[edit.side].add(edit.value)
        if edit.what in {"watch", "unwatch"}:
            self.watching[edit.value].append((edit.side, edit.what == "watch"))
            self.changes[edit.side, "watchers"] += 1
            self.listed = self._on_list()
        self.ended_early |= (
            not self.running.cases.records and edit.what == "state" and edit.value in {"closed", "cancelled"}
        )
        if edit.what == "priority":
            self.priority = edit.value
        self.settle()

    def _wrote(self, side: str, field: str, value: str) -> None:
        for before in self.written:
            if (before.side, before.field) == (side, field):
                before.fine = True  # the same side's person has overwritten it: theirs to decide
        link = self.link()
        fine = False
        if link is not None:
            shown = value_fingerprint(field, value)
            named = any(n.side == side and shown in {*n.finals, *n.hops} for n in link.intents.get(field, []))
            fine = named or link.pair(field).on(side) == shown  # nobody can tell it from ours; or dealt with before
        self.last[side, field], self.by_us[side, field] = value, False
        self.changes[side, field] += 1
        self.written.append(Written(side, field, value, fine))

    # ---- passes
    def look(self, seen: Seen | None = None, writer: int = 0) -> None:
        """What changed since the last look was written by us. `seen`: which changes of people the writer had read;
        None: a write of a pass that is gone. `writer`: its number, 0 where it does not get the answer.
        """
        self._conflicts()
        for side in (CASE, INCIDENT):
            for field in FIELDS:
                now = self.value(side, field)
                if now is not None and now != self.last.get((side, field)):
                    self._ours(side, field, now, seen, writer)
        watched = (INCIDENT, "watchers")
        if not seen or seen.get(INCIDENT, {}).get(watched, -1) != self.changes[watched]:
            self.unlisted[writer] |= self.listed - self._on_list()
        self.listed = self._on_list()
        self.settle()

    def _ours(self, side: str, field: str, now: str, seen: Seen | None, writer: int) -> None:
        before = self.last.get((side, field))
        if before is not None:
            moved = {
                s for s in (CASE, INCIDENT) if not seen or seen.get(s, {}).get((s, field), -1) != self.changes[s, field]
            }
            if side in moved:
                self._window(side, field, before, writer)
            elif not moved:
                self._unforced(side, field, now, before)
            self._overwritten(side, field, before)
        self.last[side, field], self.by_us[side, field] = now, True

    def _unforced(self, side: str, field: str, now: str, before: str) -> None:
        """The rest of the world stood still between its read and its write."""
        other = self.value(INCIDENT if side == CASE else CASE, field) or ""
        pair = (before, other) if side == CASE else (other, before)
        if field == STATUS and self.running.rules.status.accepted(*pair):
            self.wrong.append(f"4 the status was moved from an accepted pair {pair} to {now}")
        if (side, field) == (CASE, "title") and now != before and before.startswith(now) and len(now) == 160:
            self.wrong.append("3 a cut title was written back")

    def gone(self, writer: int) -> None:
        """This pass ended before it could tell what it had noticed."""
        self.windows.setdefault(0, set()).update(self.windows.pop(writer, ()))
        self.unlisted[0] |= self.unlisted.pop(writer, set())

    def _window(self, side: str, field: str, before: str, writer: int) -> None:
        for entry in self.written:
            if (entry.side, entry.field, entry.value) == (side, field, before) and not entry.fine:
                entry.fine = True
                if side == INCIDENT:
                    self.windows.setdefault(writer, set()).add(field)

    def _overwritten(self, side: str, field: str, before: str) -> None:
        """A value that was accepted or told before, as the base says, may be followed by another."""
        link = self.link()
        if link is not None and link.pair(field).on(side) == value_fingerprint(field, before):
            for entry in self.written:
                if (entry.side, entry.field, entry.value) == (side, field, before):
                    entry.fine = True

    def _conflicts(self) -> None:
        """A conflict may only be told about a value a person wrote: never about one of ours, a hop, or a cut."""
        said = [
            (INCIDENT, e["text"])
            for r in self.running.incidents.records.values()
            for e in r["journal"]
            if e["author"] == OWN_USER
        ]
        said += [
            (CASE, c["body"])
            for r in self.running.cases.records.values()
            for c in r["comments"]
            if self.running.cases.own(c["creator"])
        ]
        if len(said) == self.notes:
            return
        self.notes = len(said)
        for side, text in said:
            if text in self.replaced or not text.startswith("[Integration] conflict"):
                continue
            self.replaced.add(text)
            for part in text.split("Both sides changed ")[1:]:
                field = next(name for name, words in KINDS.items() if part.startswith(words))
                loser = part.partition("replaced:\n")[2].rstrip("\n")
                if loser == self.last.get((side, field)) and self.by_us.get((side, field)):
                    self.wrong.append(
                        f"3 a conflict was told although we ourselves wrote {field} {loser[:30]!r} on the {side}"
                    )

    def settle(self) -> None:
        """Values that stand together as an accepted pair have reached both sides."""
        for entry in self.written:
            if not entry.fine and self.value(entry.side, entry.field) == entry.value and self.accepted(entry.field):
                entry.fine = True

    # ---- in the end
    def own_texts(self, side: str) -> list[str]:
        if side == CASE:
            return [
                c["body"]
                for r in self.running.cases.records.values()
                for c in r["comments"]
                if self.running.cases.own(c["creator"])
            ]
        return [
            e["text"] for r in self.running.incidents.records.values() for e in r["journal"] if e["author"] == OWN_USER
        ]

    def _told(self, *kinds: str) -> bool:
        heads = tuple(f"[Integration] {kind}" for kind in kinds)
        return any(text.startswith(heads) for side in (CASE, INCIDENT) for text in self.own_texts(side))

    def verdicts(self) -> list[str]:
        """Everything that does not hold after edits have ended and passes have run."""
        found = self.wrong + self.apart()
        if len(self.running.cases.records) != 1 or len(self.running.incidents.records) != 1:
            return found
        found += self._lost() + self._base() + self._leaks() + self._claims()
        record = self.one(INCIDENT)
        if record is not None and record["columns"].get("priority", "") != self.priority:
            found.append("4 an unrelated column was touched")
        return found

    def apart(self) -> list[str]:
        """What keeps the two systems apart."""
        cases, incidents = self.running.cases.records, self.running.incidents.records
        if not cases and self.ended_early:
            return []
        if (len(cases), len(incidents)) != (1, 1):
            return [f"2 there are {len(cases)} cases and {len(incidents)} incidents"]
        closed = self.value(CASE, STATUS) == "Closed"
        return self._apart(closed) + self._entries(closed) + self._files(closed) + self._watchers(closed)

    def _apart(self, closed: bool) -> list[str]:
        found = []
        blocked = set(self.link().blocked) if self.link() else set()
        for field in FIELDS:
            if self.accepted(field) or any(key.startswith(f"field:{field}>") for key in blocked):
                continue
            told = self._told("reopened", "case-closed") if closed else field == STATUS and self._told("status")
            pair = f"{self.value(CASE, field)!r}, {self.value(INCIDENT, field)!r}"
            if not told:
                found.append(f"1 {field} is apart and nobody was told: {pair[:120]}")
        return found

    def _entries(self, closed: bool) -> list[str]:
        found = []
        for side, other in ((CASE, INCIDENT), (INCIDENT, CASE)):
            there = self.own_texts(other)
            mirrored = Counter(text.partition("\n")[2] for text in there if text.startswith(("[AWS]", "[ServiceNow]")))
            standing = Counter(self._standing(side))
            for text, times in self.texts[side].items():
                if mirrored[text] > times:
                    found.append(
                        f"2 {text!r} of the {side} stands {mirrored[text]} times on the other side, {times} expected"
                    )
                if mirrored[text] < min(times, standing[text]) and not (
                    closed and side == INCIDENT and self._told("case-closed", "reopened")
                ):
                    found.append(f"2 {text!r} of the {side} is missing on the other side")
        return found

    def _standing(self, side: str) -> list[str]:
        """But for what was put aside, and told, since passes were killed on it."""
        aside = self._put_aside()
        if side == CASE:
            return [c["body"] for c in self.one(CASE)["comments"] if c["id"] not in aside]
        (sys_id,) = self.running.incidents.records
        shown = self.running.incidents.shown_ids(sys_id)
        return [e["text"] for e in self.one(INCIDENT)["journal"] if not {e["sys_id"], shown.get(e["sys_id"])} & aside]

    def _put_aside(self) -> set[str]:
        told = (text for side in (CASE, INCIDENT) for text in self.own_texts(side))
        named = (text.rpartition("(")[2].rstrip(")") for text in told if text.startswith("[Integration] put-aside"))
        return {entry for names in named for entry in names.split(", ")}

    def _files(self, closed: bool) -> list[str]:
        found = []
        for side, other in ((CASE, INCIDENT), (INCIDENT, CASE)):
            contents = Counter(f["content"] for f in self.one(other)["files"])
            named = self._put_aside()
            aside = {f["content"] for f in self.one(side)["files"] if f.get("id", f.get("sys_id")) in named}
            for name in self.files[side]:
                content = f"content of {name}".encode()
                times = contents[content]
                if times > 1:
                    found.append(f"2 file {name} of the {side} stands {times} times on the other side")
                if times == 0 and content not in aside and not (closed and side == INCIDENT):
                    found.append(f"2 file {name} of the {side} is missing on the other side")
        return found

    def _watchers(self, closed: bool) -> list[str]:
        if closed:
            return []
        on_incident, on_case = self._on_list(), set(self.one(CASE)["watchers"])
        found = []
        if on_incident != on_case and not (self.link() and "watchers:incident" in self.link().blocked):
            found.append(f"1 watchers differ: {sorted(on_case)} and {sorted(on_incident)}")
        for address, operations in self.watching.items():
            sides = {side for side, _ in operations}
            told = address in self.unlisted[0] or self._told("overlap")
            if len(sides) == 1 and not told and operations[-1][1] != (address in on_case):
                found.append(
                    f"3 watcher {address}: the last word was {operations[-1]}, on the case {address in on_case}"
                )
        return found

    def _on_list(self) -> set[str]:
        known, record = self.running.incidents.known_users, self.one(INCIDENT)
        listed = record["columns"].get("watch_list", "").split(",") if record else ()
        return {known.get(member, member) for member in listed if member}

    def _lost(self) -> list[str]:
        notes = "\n".join(self.own_texts(CASE) + self.own_texts(INCIDENT))
        now = {(side, field): self.value(side, field) for side in (CASE, INCIDENT) for field in FIELDS}
        lost = [
            w
            for w in self.written
            if not w.fine and w.value not in now.values() and f"replaced:\n{w.value.rstrip()}" not in notes
        ]
        found = [f"3 {w.field} {w.value[:30]!r}, written on the {w.side}, is lost without a note" for w in lost]
        noticed = {field for writer, fields in self.windows.items() for field in fields if writer}
        if noticed and not self._told("overlap"):
            found.append(f"3 an overlapping save was not told ({', '.join(sorted(noticed))})")
        return found

    def _base(self) -> list[str]:
        link = self.link()
        if link is None:
            return ["1 there is no link"]
        found = []
        for field in FIELDS:
            blocked = any(key.startswith(f"field:{field}>") for key in link.blocked)
            shown = {side: value_fingerprint(field, self.value(side, field)) for side in (CASE, INCIDENT)}
            others = [side for side, print_ in shown.items() if link.pair(field).on(side) != print_ and not blocked]
            found += [f"1 the base of {field} is not what the {side} shows" for side in others]
        return found + [f"1 intents of {name} are left" for name, left in link.intents.items() if left]

    def _leaks(self) -> list[str]:
        """No text of a case in the table: neither in links, nor in the ledger, nor in the audit."""
        links = self.running.links
        stored = json.dumps([row["doc"] for row in links.rows.values()])
        stored += repr([list(rows.values()) for rows in links.entries.values()]) + repr(links.audit)
        texts = [w.value for w in self.written if w.field != STATUS and len(w.value) > 2]
        texts += [text for side in self.texts.values() for text in side] + list(self.watching)
        texts += [f"{name}.txt" for side in self.files.values() for name in side]
        return [f"7 the table holds {text[:30]!r}" for text in texts if text and text in stored]

    def _claims(self) -> list[str]:
        found = []
        for row in self.running.links.rows.values():
            if row["owner"] or row["unclean"] or row["marked"]:
                found.append("1 a claim, a mark or an unclean end is left")
            if row["due"] is None and loads_link(row["doc"]).state != "closed":
                found.append("1 an open link has no time by which somebody looks")
        return found
