"""Paths of the Change Management API, the more special ones first."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from . import change_api

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exchange import Response

_BASE = r"/api/sn_chg_rest(?:/(?P<version>v1))?/change"
_ID = "/(?P<sys_id>[^/]+)"
_PATHS: list[tuple[str, Callable[..., Response]]] = [
    ("", change_api.collection),
    ("/normal", partial(change_api.collection, kind="normal")),
    ("/emergency", partial(change_api.collection, kind="emergency")),
    ("/standard", partial(change_api.collection, kind="standard")),
    (f"/normal{_ID}", partial(change_api.record, kind="normal")),
    (f"/emergency{_ID}", partial(change_api.record, kind="emergency")),
    (f"/standard{_ID}", change_api.standard),
    (f"{_ID}/nextstates", change_api.next_states),
    (f"{_ID}/approvals", change_api.approvals),
    (_ID, change_api.record),
]
CHANGE_ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
    ("sn_chg_rest", re.compile(_BASE + path), handler) for path, handler in _PATHS
]
