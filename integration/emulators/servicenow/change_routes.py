"""Paths of the Change Management API, the more special ones first."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from . import change_api, change_catalog_api, change_planning_api

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exchange import Response

_BASE = r"/api/sn_chg_rest(?:/(?P<version>v1))?/change"
_ID = "/(?P<sys_id>[^/]+)"
_TASK = "/(?P<task_id>[^/]+)"
_PATHS: list[tuple[str, Callable[..., Response]]] = [
    ("", change_api.collection),
    ("/normal", partial(change_api.collection, kind="normal")),
    ("/emergency", partial(change_api.collection, kind="emergency")),
    ("/standard", partial(change_api.collection, kind="standard")),
    ("/model", change_catalog_api.models),
    (f"/model{_ID}", change_catalog_api.model),
    ("/standard/template", change_catalog_api.templates),
    (f"/standard/template{_ID}", change_catalog_api.template),
    (f"/worker{_ID}", change_planning_api.worker),
    ("/ci/(?P<item>[^/]+)/schedule", change_planning_api.item_schedule),
    (f"/normal{_ID}", partial(change_api.record, kind="normal")),
    (f"/emergency{_ID}", partial(change_api.record, kind="emergency")),
    (f"/standard{_ID}", change_api.standard),
    (f"{_ID}/nextstates", change_api.next_states),
    (f"{_ID}/approvals", change_api.approvals),
    (f"{_ID}/conflict", change_planning_api.conflict),
    (f"{_ID}/schedule", change_planning_api.schedule),
    (f"{_ID}/schedule/first_available", change_planning_api.first_available),
    (f"{_ID}/ci", change_planning_api.items),
    (f"{_ID}/task", change_catalog_api.tasks),
    (f"{_ID}/task{_TASK}", change_catalog_api.task),
    (_ID, change_api.record),
]
CHANGE_ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
    ("sn_chg_rest", re.compile(_BASE + path), handler) for path, handler in _PATHS
]
