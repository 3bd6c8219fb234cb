"""Switches of Change Management: what its sources leave open, or say in two ways (see `switches.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from integration.emulators.kit import switches as kit
from integration.emulators.kit.switches import switch

from .sources import CHANGE, CHANGE_API

_ITSM = "ansible-collections/servicenow.itsm, "
_OCTOPUS = "OctopusDeploy/docs, src/pages/docs/approvals/servicenow/index.md"


@dataclass
class ChangeSwitches(kit.Switches):
    # the API
    change_api: bool = switch(True, "whether `/api/sn_chg_rest` is there")
    change_by_sn_change_write: bool = switch(
        False,
        "whether `sn_change_write` may POST and PATCH by that API",
        source=f"not: {CHANGE_API}; yes: {_OCTOPUS}",
    )
    change_one_as: str = switch(
        "list",
        "what is documented as a list of one record comes as a `list` or as an `object`",
        among=("list", "object"),
        source=f"list: {CHANGE_API}",
    )
    change_values: str = switch(
        "typed",
        "values are `typed` JSON, or `text` with a bare `sys_id`",
        among=("typed", "text"),
        source=f"both: {CHANGE_API}, samples of GET one and of POST normal",
    )
    change_refusal_status: int = switch(400, "status where a rule refuses a write by that API", source=CHANGE_API)
    change_honours_sys_id: bool = switch(False, "whether that API keeps the client's `sys_id`")
    change_names: str = switch(
        "stored",
        "a name in a reference, not named in `encrypted_fields`: `stored` as it is, `resolved`, or answered `500`",
        among=("stored", "resolved", "500"),
        source="500: Freundcloud/microservices-demo, SERVICENOW-DEVOPS-CHANGE-PAYLOAD-FIX.md",
    )
    change_label_twice: str = switch(
        "first", "a label that stands for two records: the `first` is taken, or `none`", among=("first", "none")
    )
    change_label_unknown: str = switch(
        "empty", "a label that stands for no record: the field is `empty`, or `500`", among=("empty", "500")
    )
    change_state_labels: bool = switch(
        True, "whether that API takes labels of states, as `assess`", source=f"{CHANGE_API}, PATCH normal"
    )
    change_named_ignored: list[str] = switch([], "fields that stand in `ignoredFields` and are written all the same")
    change_standard_correlation: bool = switch(
        False,
        "whether `POST /standard/{template}` keeps `correlation_id`, a field its template does not have",
        source=CHANGE_API,
    )
    change_retired_status: int = switch(404, "status for a template that is retired or was never published")
    change_conflict_unasked: str = switch(
        "200",
        "`GET …/conflict` before any check: `200` with `Not Run`, or `404`",
        among=("200", "404"),
        source=f"200: {CHANGE_API}",
    )
    change_worker_delay_s: float = switch(0.2, "how long a worker takes, half of it waiting")
    change_worker_kept_s: float = switch(3600.0, "how long a worker can be asked after its end; 0 for ever")
    # states
    change_state_at_creation: str = switch(
        "dropped",
        "a later state at creation: `dropped` (New), `kept` (without approvals), or `refused`",
        among=("dropped", "kept", "refused"),
        source=f"dropped: {_ITSM}issues 187, 257, 278; kept: Freundcloud/microservices-demo",
    )
    change_steps: str = switch(
        "legal",
        "which states may be written over REST: those whose transition is available (`legal`), or `none`",
        among=("legal", "none"),
        source=f"legal: {_ITSM}its integration test itsm_change_request",
    )
    change_illegal_state: str = switch(
        "403",
        "any other state is refused with `403`, or `dropped`",
        among=("403", "dropped"),
        source="403: Freundcloud/microservices-demo",
    )
    change_dates_enforced: bool = switch(False, "whether Implement is refused outside the planned dates")
    change_batch_walks: bool = switch(False, "whether a batch may move a change twice, with no flow running in between")
    change_rejected_s: float | None = switch(
        0.0, "how long `approval` reads `rejected` after the return to New; `null`: until it is submitted again"
    )
    change_standard_leaves_new: bool = switch(False, "whether a standard change leaves New by itself")
    change_standard_approved: bool = switch(True, "whether a standard change is approved where it leaves New")
    change_flow_delay_s: float = switch(
        0.2, "when flows run after a write; 0: within it, as workflows do", source=f"{CHANGE}change-flows.md"
    )
    change_work_times: str = switch(
        "instance",
        "`work_start` and `work_end` are the `instance`'s, which sets them in Implement and Review, or as the `client`"
        " writes them",
        among=("instance", "client"),
    )
    # records
    change_risks: str = switch(
        "four",
        "values of `risk`: `four` from 1 Very High, or `three` from 1 High",
        among=("four", "three"),
        source=f"four: {_ITSM}plugins/module_utils/change_request.py, and samples in {CHANGE_API}; three: its tables",
    )
    change_closed_files: str = switch(
        "refused", "files for a change that is closed or canceled: `refused` or `taken`", among=("refused", "taken")
    )
    approval_access: dict[str, str] = switch(
        {"admin": "ok", "approval_admin": "ok", "change_manager": "ok", "itil": "ok", "*": "empty"},
        "per role, whether others' rows of sysapproval_approver are `ok`, `empty` or `403`; the best role counts",
        schema={"type": "object", "additionalProperties": {"enum": ["ok", "empty", "403"]}},
    )
