"""What no source settles, and what a test wants otherwise. Names are those of `PATCH /_admin/config`.

Each switch is described in docs/emulators/servicenow.md; a test keeps both lists the same.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

import jsonschema


def _journal_access() -> dict[str, str]:
    return {"admin": "ok", "audit_viewer": "ok", "*": "empty"}


def _mandatory() -> list[dict[str, Any]]:
    closure = ["close_code", "close_notes"]
    return [
        {"table": "incident", "condition": "stateIN6,7", "fields": closure},
        {"table": "sn_si_incident", "condition": "state=3", "fields": closure},
    ]


@dataclass
class Switches:
    """One switch per unknown."""

    # who may do what
    enforce_roles: bool = True
    admin_sees_sir: bool = True
    admin_only: list[str] = field(default_factory=list)
    journal_access: dict[str, str] = field(default_factory=_journal_access)
    field_acls: list[dict[str, Any]] = field(default_factory=list)
    query_refused: str = "403"
    choice_access: str = "403"
    closed_write: str = "drop"
    close_by_itil: str = "allow"
    attachment_delete: str = "writer"
    basic_auth: bool = True
    # tokens
    audiences: list[str] = field(default_factory=lambda: ["client_id"])
    token_failure_status: int = 401
    token_failure_as_200: bool = False
    unscoped_refused: list[str] = field(default_factory=list)
    # records
    honour_client_sys_id: bool = True
    references_by_name: bool = True
    mandatory: list[dict[str, Any]] = field(default_factory=_mandatory)
    unknown_column: str = "ignored"
    column_lengths: dict[str, int] = field(default_factory=dict)
    assumed_lengths: bool = True
    long_columns_cut: bool = True
    missing_choices: list[str] = field(default_factory=list)
    password2_unasked: str = "dropped"
    journal_max_chars: int = 4000
    reopen_clears_resolution: bool = True
    caller_comment_resumes: bool = True
    unordered: str = "insertion"
    # Security Incident Response
    sir_plugin: bool = True
    sir_process: str = "open"
    sir_leaves_draft_when_assigned: bool = False
    sir_priority_calculated: bool = False
    sir_close_codes: str = "numbers"
    # attachments
    attachment_state_delay_s: float = 2.0
    attachment_bumps_parent: bool = False
    attachment_refusal_status: int = 400
    attachment_refusal_message: str = "Failed to create the attachment"
    # business rules
    rule_needs_advanced: bool = True
    async_delay_s: float = 0.2
    async_jitter_s: float = 0.0
    async_insert_seen_as_update: bool = False
    async_survives_abort: bool = False
    foreign_rules: str = "refused"
    import_fills_columns: bool = False
    # the wire
    latency_s: float = 0.0
    unknown_path_status: int = 400
    max_url_chars: int = 8192
    max_body_bytes: int = 10 * 1024 * 1024
    rate_limit_per_hour: int = 0
    max_running: int = 0
    serves_at_once: int = 0
    batch_timeout_s: float = 30.0
    batch_max_bytes: int = 5 * 1024 * 1024
    batch_serves_at_most: int = 0
    batch_wraps_bodies: bool = True
    stats_acl_filtered: bool = True

    def update(self, values: Any) -> None:
        """Set some switches. Raises jsonschema.ValidationError, and then none is set."""
        jsonschema.validate(values, SCHEMA)
        for name, value in values.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_SHAPES: dict[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "minimum": 0},
    "float": {"type": "number", "minimum": 0},
    "str": {"type": "string"},
    "list[str]": {"type": "array", "items": {"type": "string"}},
    "dict[str, int]": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
}
_NAMES = {"type": "array", "items": {"type": "string"}}
_CHOSEN: dict[str, dict[str, Any]] = {
    "closed_write": {"enum": ["drop", "403", "allow"]},
    "close_by_itil": {"enum": ["allow", "drop", "403"]},
    "attachment_delete": {"enum": ["writer", "owner", "admin"]},
    "unordered": {"enum": ["insertion", "shuffled"]},
    "sir_process": {"enum": ["open", "stateful"]},
    "sir_close_codes": {"enum": ["numbers", "labels"]},
    "query_refused": {"enum": ["403", "ignored"]},
    "unknown_column": {"enum": ["ignored", "none", "403"]},
    "choice_access": {"enum": ["403", "labels"]},
    "password2_unasked": {"enum": ["dropped", "clear", "encrypted"]},
    "foreign_rules": {"enum": ["refused", "ignored", "run"]},
    "journal_access": {"type": "object", "additionalProperties": {"enum": ["ok", "empty", "403"]}},
    "mandatory": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["table", "condition", "fields"],
            "additionalProperties": False,
            "properties": {"table": {"type": "string"}, "condition": {"type": "string"}, "fields": _NAMES},
        },
    },
    "field_acls": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["table", "field", "operation", "roles"],
            "additionalProperties": False,
            "properties": {
                "table": {"type": "string"},
                "field": {"type": "string"},
                "operation": {"enum": ["read", "write", "query_match", "query_range"]},
                "roles": _NAMES,
            },
        },
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {each.name: _CHOSEN.get(each.name) or _SHAPES[str(each.type)] for each in fields(Switches)},
}
