"""`replay`: dead letters and blocked links, shown by id and sent again."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from integration import names as n
from integration.aws.bus import Event
from integration.cases.declaration import CASES
from integration.operations.cases.overview import open_links
from integration.operations.cases.plan_tables import show_plans
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.deployment.queues import Queues
from integration.operations.terminal import options
from integration.operations.terminal.output import Output, many
from integration.registry import dead_letter_queues, queues

if TYPE_CHECKING:
    from integration.operations.cases.overview import LinkStatus
    from integration.operations.deployment.deployed import Deployed
    from integration.operations.deployment.queues import Letter


@click.command()
@click.option("--all", "everything", is_flag=True, help="Send all of it again.")
@click.option("--case", "case_ids", multiple=True, metavar="ID", help="Of this case; repeat for more.")
@click.option(
    "--incident", "incidents", multiple=True, metavar="NUMBER", help="Of this incident, by number or sys_id; repeat."
)
@click.option("--discard", is_flag=True, help="Remove letters that are no events of ours and cannot be sent again.")
@options.deployment
@options.yes
@options.as_json
def replay(
    everything: bool, case_ids: tuple[str, ...], incidents: tuple[str, ...], discard: bool, yes: bool, as_json: bool,
    **where: Any,
) -> None:  # fmt: skip
    """Show what failed, or send it again: dead letters, blocked actions, suspended links.

    Without a choice nothing is sent. What is sent again is tried whatever held it back before. Before it asks, it shows
    what passes would do. Only ids, fields and states are shown.

    \b
    Examples:
      ./deploy_integrations_solution.py replay
      ./deploy_integrations_solution.py replay --all
      ./deploy_integrations_solution.py replay --case 4567890123 --incident INC0010001
    """
    output = Output(quiet=as_json)
    deployed = find(open_account(where["profile"], where["region"]), where["names"])
    choice = Choice(everything, frozenset(case_ids), frozenset(incidents))
    work = Replay(deployed, output)
    found = work.found()
    work.show(found)
    sent, removed = [], 0
    chosen = found.chosen(choice)
    if chosen.letters or chosen.links:
        if not yes:
            show_plans(output, deployed, work.records(chosen), forced=True)
        output.sure_if_asked(
            f"Send {many(len(chosen.letters), 'letter')} and {many(len(chosen.links), 'link')} again?", yes=yes
        )
        sent = work.send(chosen)
    if discard:
        removed = work.discard(found)
    work.queues.put_back(letter for letter in found.letters if letter.message_id not in work.gone)
    if as_json:
        output.document(found.as_json() | {"sent": sent, "discarded": removed})
    elif choice.asked and not sent and (found.letters or found.links):
        output.result("None of it was chosen.")
    elif sent:
        output.result(f"{len(sent)} sent again. `status` shows what becomes of them.")


@dataclass(frozen=True)
class Choice:
    everything: bool = False
    case_ids: frozenset[str] = frozenset()
    incidents: frozenset[str] = frozenset()

    @property
    def asked(self) -> bool:
        return self.everything or bool(self.case_ids) or bool(self.incidents)

    def takes(self, case_id: str, sys_id: str, number: str) -> bool:
        return self.everything or case_id in self.case_ids or bool({sys_id, number} & self.incidents)


@dataclass(frozen=True)
class Found:
    letters: tuple[Letter, ...]
    links: tuple[LinkStatus, ...]

    def chosen(self, choice: Choice) -> Found:
        """A case named by hand is woken even if nothing of it is known to wait."""
        return Found(
            tuple(x for x in self.letters if x.event is not None and choice.takes(x.case_id, x.sys_id, x.number)),
            tuple(x for x in self.links if choice.takes(x.case_id, x.sys_id, x.number)),
        )

    def as_json(self) -> dict[str, Any]:
        now = time.time()
        return {
            "letters": [
                {"queue": x.queue, "case_id": x.case_id, "sys_id": x.sys_id, "incident_number": x.number,
                 "event": x.what, "cause": x.cause, "sent": x.sent}
                for x in self.letters
            ],
            "links": [
                {"case_id": x.case_id, "sys_id": x.sys_id, "incident_number": x.number, "state": x.state,
                 "reasons": x.reasons(now)}
                for x in self.links
            ],
        }  # fmt: skip


class Replay:
    """`gone`: message ids that are in no dead-letter queue any more."""

    def __init__(self, deployed: Deployed, output: Output) -> None:

        self._deployed, self._output = deployed, output
        self.queues = Queues(deployed.client("sqs"))
        self.gone: set[str] = set()

    def found(self) -> Found:

        letters = [
            self._whole(letter)
            for queue in dead_letter_queues(self._deployed.names, self._deployed.integrations)
            for letter in self.queues.letters(queue)
        ]
        now = time.time()
        held = [link for link in open_links(self._deployed.table) if link.reasons(now)]
        return Found(tuple(letters), tuple(held))

    def show(self, found: Found) -> None:
        if not found.letters and not found.links:
            self._output.result("Nothing to replay: no dead letters, no blocked or suspended links.")
            return
        rows = [
            (x.queue, x.what, x.case_id or "-", x.number or x.sys_id or "-", x.cause or "-", _ago(x.sent))
            for x in found.letters
        ]
        if rows:
            self._output.table("Dead letters", ("queue", "event", "case", "incident", "cause", "since"), rows)
        if found.links:
            now = time.time()
            self._output.table(
                "Links", ("case", "incident", "state", "why"),
                [(x.case_id, x.number or x.sys_id, x.state, "; ".join(x.reasons(now))) for x in found.links],
            )  # fmt: skip

    def send(self, chosen: Found) -> list[str]:
        """A letter is sent and then leaves the dead ones: a crash in between doubles it."""
        deployed, sent = self._deployed, []
        for letter in chosen.letters:
            self._send_again(letter)
            self.queues.remove(letter)
            self.gone.add(letter.message_id)
            sent.append(letter.case_id or letter.sys_id)
        events = [
            Event(n.SOURCE_CASES, n.CASE_UPDATED, {"caseId": key, "forced": deployed.forced(key), "sweep": True})
            for key in (link.case_id for link in chosen.links)
        ]
        if events:
            deployed.asking.send([(event, 0) for event in events])
        return sent + [link.case_id for link in chosen.links]

    def records(self, chosen: Found) -> list[str]:
        """The cases and incidents it is about, each once."""
        letters = (letter.case_id or letter.sys_id for letter in chosen.letters if not self._foreign(letter))
        return list(dict.fromkeys(filter(None, (*letters, *(link.case_id for link in chosen.links)))))

    def _whole(self, letter: Letter) -> Letter:
        """Another integration's senders write as they like: its function alone knows what can be read."""
        return replace(letter, event=letter.as_sent) if letter.event is None and self._foreign(letter) else letter

    def _foreign(self, letter: Letter) -> bool:
        """Whether it is another integration's."""
        others = (each for each in self._deployed.integrations if each is not CASES)
        return letter.queue.removesuffix(n.DEAD_SUFFIX) in queues(self._deployed.names, others)

    def _send_again(self, letter: Letter) -> None:
        """Of cases behind live edits, and whatever held it back; of another integration where it came from."""
        if self._foreign(letter):
            self.queues.send(letter.queue.removesuffix(n.DEAD_SUFFIX), json.dumps(letter.event))
        else:
            self.queues.send(self._deployed.names.backfill_queue, letter.forced(self._deployed.forced))

    def discard(self, found: Found) -> int:
        letters = [letter for letter in found.letters if letter.event is None]
        for letter in letters:
            self.queues.remove(letter)
            self.gone.add(letter.message_id)
        return len(letters)


def _ago(moment: float) -> str:
    minutes = int((time.time() - moment) // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"
