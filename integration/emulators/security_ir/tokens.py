"""clientToken: the same request again gives the same answer, another one under the same token is a conflict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .errors import conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Fields


class Tokens:
    """Answers by operation and token; kept until a reset. A refused request leaves no trace."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], tuple[str, Fields]] = {}

    def once(self, operation: str, ask: Fields, run: Callable[[], Fields]) -> Fields:
        token = ask.get("clientToken")
        if token is None:
            return run()
        asked = _fingerprint(ask)
        if (operation, token) not in self._answers:
            self._answers[operation, token] = asked, run()
        seen, answer = self._answers[operation, token]
        if seen != asked:
            raise conflict("The clientToken was used before with other parameters", token, "ClientToken")
        return answer


def _fingerprint(ask: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in ask.items() if name != "clientToken"}, sort_keys=True)
