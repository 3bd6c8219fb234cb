"""A deployment on fakes whose messages go the functions' own way, so that all they leave behind can be looked at."""

from __future__ import annotations

import io
import itertools
import json
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.telemetry import Telemetry
from integration.cases import messages
from integration.cases.forced import mark
from integration.cases.link import CASE
from tests.fakes.running import CLAIM_S, FUNCTION_S, Running
from tests.fakes.world import Killed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.cases.audit import Report
    from integration.cases.wake import Wake

CLIENT_SECRET = "s3cr3t-of-the-client"
TRIES = 40
NUMBER = itertools.count()


class Functions(Running):
    """Logs at their most talkative; what is sent to SQS, and which messages wait, as the functions say it."""

    def __init__(self, module: str = "itsm", mapping: Mapping[str, Any] | None = None, **settings: Any) -> None:
        super().__init__(module, mapping, **settings)
        self.stream = io.StringIO()
        self.telemetry = Telemetry(f"everything{next(NUMBER)}", "tests", "debug", self.stream)
        self.sent: list[Any] = []
        self.waiting: dict[tuple[str, str], Mapping[str, Any]] = {}

    def deliver(self, wake: Wake, tries: int = TRIES) -> Report | None:
        """Until the functions are done with it; what is killed comes back."""
        for receives in range(1, tries):
            self.world.now += 300
            try:
                if not self._handled(wake, receives):
                    return None
            except Killed:
                self.world.now += CLAIM_S
            self.incidents.land_late()
        raise AssertionError("the message never ends")

    def _handled(self, wake: Wake, receives: int) -> list[Any]:
        record = {
            "messageId": "m-1", "receiptHandle": "r-1", "body": json.dumps(self._event(wake)),
            "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:queue",
            "attributes": {"ApproximateReceiveCount": str(receives)},
        }  # fmt: skip
        left_s = self.world.now + FUNCTION_S - time.time()  # the batch reckons its end by the machine's clock
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: left_s * 1000)
        failed: list[Any] = messages.handle({"Records": [record]}, context, self._parts())["batchItemFailures"]  # type: ignore[arg-type]  # the parts a batch asks for
        return failed

    def _event(self, wake: Wake) -> dict[str, Any]:
        case = wake.side == CASE
        detail: dict[str, Any] = {"caseId": wake.key} if case else {"sys_id": wake.key, "table": self.incidents.table}
        forced = {"forced": mark(CLIENT_SECRET, wake.key, time.time())} if wake.forced else {}
        source = n.SOURCE_CASES if case else n.SOURCE_INCIDENTS
        at = datetime.fromtimestamp(self.world.now, UTC).isoformat()
        return {"source": source, "time": at, "detail": detail | {"sweep": wake.sweep} | forced}

    def _parts(self) -> SimpleNamespace:
        sqs = SimpleNamespace(
            meta=SimpleNamespace(endpoint_url="https://sqs.us-east-1.amazonaws.com"),
            send_message=lambda **message: self.sent.append(message),
            change_message_visibility=lambda **message: self.sent.append(message),
        )
        return SimpleNamespace(
            reconciler=self.reconciler, rules=self.rules, ready=True,
            runtime=SimpleNamespace(telemetry=self.telemetry, client=lambda _service: sqs),
            connection=SimpleNamespace(settings=SimpleNamespace(client_secret=CLIENT_SECRET)),
            table=SimpleNamespace(put=lambda row: self.waiting.update({(row["PK"], row["SK"]): row})),
        )  # fmt: skip

    # ---- what is left behind
    def on_aws(self) -> str:
        """All that stands on the cases, with every request that made something."""
        return repr(self.cases.records) + repr(self.cases.tokens)

    def with_us(self) -> str:
        """Lines with their metrics, messages, and every row but a request in flight, which KMS encrypts."""
        requests = [{**vars_of(row), "request": None} for row in self.links.by_incident.values()]
        kept = (self.links.rows, self.links.entries, self.links.audit, requests, self.waiting, self.sent)
        return self.stream.getvalue() + repr(kept)


def vars_of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}
