"""Every switch of the instance: its default, what it decides, which values are kinder than the platform, the source.

A default is what a source says of the platform; where none settles it, every reading can be tried. The page
docs/emulators/servicenow.md is generated from here. No tour, end-to-end test or proof sets a kinder value
(tests/unit/emulators/servicenow/test_kinder.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from integration.emulators.kit.switches import Switch, described, switch

from .catalog_switches import CatalogSwitches
from .change_switches import ChangeSwitches
from .sources import DOCS, GIPITY, GOOGLE_SECOPS, PYSNC, RECORDED, RULES, SAMPLE, SECURITY, SEEN

_CLOSURE = ["close_code", "close_notes"]
_NAMES = {"type": "array", "items": {"type": "string"}}
_TEXT = {"type": "string"}


def _lists_of(**members: Any) -> dict[str, Any]:
    item = {"type": "object", "required": list(members), "additionalProperties": False, "properties": members}
    return {"type": "array", "items": item}


@dataclass
class Switches(ChangeSwitches, CatalogSwitches):
    """One switch per unknown."""

    # who may do what
    enforce_roles: bool = switch(True, "whether access rules apply at all")
    admin_sees_sir: bool = switch(True, "whether `admin` alone sees security incidents")
    admin_only: list[str] = switch(
        [],
        "tables that only `admin` may create, read, change and delete, whatever roles are documented for them",
        source=f"none: {SECURITY}granular-admin-roles.md; all set-up tables: {SAMPLE}",
    )
    journal_access: dict[str, str] = switch(
        {"admin": "ok", "audit_viewer": "ok", "*": "empty"},
        "per role, whether sys_journal_field is `ok`, `empty` or `403`; the best role counts",
        schema={"type": "object", "additionalProperties": {"enum": ["ok", "empty", "403"]}},
        kinder={"admin": "ok", "itil": "ok", "sn_incident_read": "ok", "sn_si.read": "ok", "*": "empty"},
        source=f"{SECURITY}granular-admin-roles-for-auditing.md; {GOOGLE_SECOPS}; 403: {RECORDED}",
    )
    field_acls: list[dict[str, Any]] = switch(
        [],
        "`{table, field, operation, roles}`: others' values are dropped (`write`), hidden (`read`), not to be filtered"
        " by (`query_match`), or not to be compared, searched and sorted by (`query_range`); without these two, queries"
        " follow `read`",
        schema=_lists_of(
            table=_TEXT, field=_TEXT, operation={"enum": ["read", "write", "query_match", "query_range"]}, roles=_NAMES
        ),
        source=f"{SECURITY}access-control/query-acl-rule.md",
    )
    query_refused: str = switch(
        "403",
        "a query with a term the caller may not ask is refused with `403`, or the term is `ignored` and matches all",
        among=("403", "ignored"),
        source=f"403: {RECORDED}; ignored: {DOCS}release-notes/australia-security-notables.md",
    )
    choice_access: str = switch(
        "403",
        "for others than admin sys_choice is `403`, or shows its `labels` and cannot be filtered",
        among=("403", "labels"),
        kinder="labels",
        source=SEEN,
    )
    closed_write: str = switch(
        "drop",
        "on a closed incident, for itil: `drop` all but journals, `403`, or `allow`",
        among=("drop", "403", "allow"),
    )
    close_by_itil: str = switch(
        "allow", "setting state 7 without itil_admin: `allow`, `drop` or `403`", among=("allow", "drop", "403")
    )
    attachment_delete: str = switch(
        "writer",
        "who deletes files: whoever may write the record, the `owner`, or `admin`",
        among=("writer", "owner", "admin"),
    )
    basic_auth: bool = switch(True, "whether people may use basic authentication")
    # tokens
    password_grant: bool = switch(
        True, "whether a user name and a password get a token; not where single sign-on or a second factor is forced"
    )
    audiences: list[str] = switch(["client_id"], "accepted `aud`: `client_id`, `endpoint`, or literal texts")
    token_failure_status: int = switch(401, "status of refusals of the token endpoint")
    token_failure_as_200: bool = switch(False, "refusals come with status 200")
    unscoped_refused: list[str] = switch(
        [], "globs of `METHOD api` that a securely scoped client is refused (`POST table`)"
    )
    # records
    honour_client_sys_id: bool = switch(True, "whether POST keeps the client's `sys_id`")
    references_by_name: bool = switch(
        True, "whether a unique display value stands for its record without `sysparm_input_display_value`"
    )
    mandatory: list[dict[str, Any]] = switch(
        [
            {"table": "incident", "condition": "stateIN6,7", "fields": _CLOSURE},
            {"table": "sn_si_incident", "condition": "state=3", "fields": _CLOSURE},
            {"table": "change_request", "condition": "state=3", "fields": _CLOSURE},
        ],
        "data policies: `{table, condition, fields}`",
        schema=_lists_of(table=_TEXT, condition=_TEXT, fields=_NAMES),
    )
    unknown_column: str = switch(
        "ignored",
        "a condition on a column that does not exist is `ignored`, lets `none` match, or is `403`",
        among=("ignored", "none", "403"),
        source=f"ignored, none: {PYSNC}; 403: {SEEN}",
    )
    column_lengths: dict[str, int] = switch(
        {}, "`table.column`: where it is cut instead, 0 for nowhere", kinder={"sys_rest_message.name": 0}, source=SEEN
    )
    assumed_lengths: bool = switch(
        True, "whether columns are cut whose length is assumed, not published", kinder=False, source=SEEN
    )
    long_columns_cut: bool = switch(
        True,
        "whether columns of more than 255 characters are cut, which the database does not insist on",
        kinder=False,
        source="https://support.servicenow.com/kb?id=kb_article_view&sysparm_article=KB0685779",
    )
    missing_choices: list[str] = switch(
        [],
        "`table.column=value`: choices this instance does not offer (`sys_script.when=async_always`: an older release)",
        source=f"{RULES}; {GIPITY}",
    )
    password2_unasked: str = switch(
        "dropped",
        "an encrypted column that is written without `sysparm_input_display_value=true`: the value is `dropped`, stored"
        " in `clear`, or `encrypted` all the same",
        among=("dropped", "clear", "encrypted"),
        kinder="encrypted",
        source=f"dropped: {DOCS}api-reference/rest-apis/c_TableAPI.md;"
        " clear: ansible-collections/servicenow.itsm, issue 221",
    )
    journal_max_chars: int = switch(4000, "where journal input is cut; 0 for nowhere")
    reopen_clears_resolution: bool = switch(True, "whether reopening empties resolved_at and resolved_by")
    caller_comment_resumes: bool = switch(True, "whether a comment of the caller takes an incident off hold")
    unordered: str = switch(
        "insertion", "order of rows without ORDERBY: `insertion` or `shuffled`", among=("insertion", "shuffled")
    )
    # Security Incident Response
    sir_plugin: bool = switch(True, "whether `sn_si_incident` exists")
    sir_process: str = switch(
        "open", "`open`, or `stateful`: forward by one state, else an abort", among=("open", "stateful")
    )
    sir_leaves_draft_when_assigned: bool = switch(False, "whether assigning a draft moves it to Analysis")
    sir_priority_calculated: bool = switch(False, "whether priority follows severity and business criticality")
    sir_close_codes: str = switch(
        "numbers",
        "whether `sn_si_incident.close_code` stores `numbers` or its `labels`",
        among=("numbers", "labels"),
        kinder="labels",
        source=f"{RECORDED}/get_security_incident_success.json.resp",
    )
    # attachments
    attachment_state_delay_s: float = switch(
        2.0,
        "how long a file stays `pending`, until an update by `system` for which rules run; 0: it is available at once,"
        " without one",
        kinder=0,
        source=f"{RECORDED}/get_attachment_by_table_sys_id_many.json.resp",
    )
    attachment_bumps_parent: bool = switch(False, "whether a file changes its record's version")
    attachment_refusal_status: int = switch(400, "status for files too large or of a forbidden kind")
    attachment_refusal_message: str = switch("Failed to create the attachment", "message for these")
    # business rules
    rule_needs_advanced: bool = switch(True, "whether a rule without `advanced` leaves its script out")
    async_delay_s: float = switch(0.2, "when asynchronous rules start")
    async_jitter_s: float = switch(0.0, "up to so much later, at random: they get out of order")
    async_insert_seen_as_update: bool = switch(
        False, "whether `operation()` of an asynchronous rule says update for an insert"
    )
    async_survives_abort: bool = switch(False, "whether an asynchronous rule runs for a write that was aborted")
    foreign_rules: str = switch(
        "refused",
        "rules on a table of another scope that are neither asynchronous nor set values before: `refused`, `ignored`"
        " (stored and never run), or `run`",
        among=("refused", "ignored", "run"),
        kinder="run",
        source=f"{RULES}; how a refusal reads: {SEEN}",
    )
    import_fills_columns: bool = switch(
        False,
        "whether a Script Include that an update set brings without `api_name` and `sys_scope` is found all the same",
        kinder=True,
        source="exports in opsgenie/opsgenie-integration and jacebenson/update-set-host carry them;"
        f" what happens without: {SEEN}",
    )
    # the wire
    unknown_path_status: int = switch(400, "status for paths that are no resource")
    max_url_chars: int = switch(8192, "longer addresses are answered 414 in HTML")
    max_body_bytes: int = switch(10 * 1024 * 1024, "larger bodies are answered 413 (files are limited by the property)")
    rate_limit_per_hour: int = switch(0, "calls per user and clock hour, then 429 with Retry-After; 0 for no rule")
    max_running: int = switch(0, "calls at once, then 429 in HTML; 0 for no limit")
    serves_at_once: int = switch(0, "calls served at once, the others wait for their turn; 0 for any number")
    batch_timeout_s: float = switch(30.0, "parts not begun by then are unserviced")
    batch_max_bytes: int = switch(5 * 1024 * 1024, "larger batches are answered 413")
    batch_serves_at_most: int = switch(0, "parts served, the rest is unserviced; 0 for all")
    batch_wraps_bodies: bool = switch(
        True,
        "whether bodies in a batch's answer stand in lines of 76 characters",
        kinder=False,
        source=f"wrapped: {DOCS}api-reference/rest-apis/batch-api.md; not: elastic/connectors, its recorded answers",
    )
    stats_acl_filtered: bool = switch(True, "whether counts leave out what the caller may not see")


SWITCHES: dict[str, Switch] = described(Switches)
KINDER: dict[str, Any] = {name: each.kinder for name, each in SWITCHES.items() if each.kinder is not None}
"""An instance that hides every mistake it can."""
