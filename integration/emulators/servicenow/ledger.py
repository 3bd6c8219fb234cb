"""Every switch: what it decides, which of its values are kinder than the platform, and the source of the default.

The page docs/emulators/servicenow.md is generated from here. No tour, end-to-end test or proof sets a kinder value
(tests/unit/servicenow_emulator/test_snow_kinder.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .sources import DOCS, GIPITY, GOOGLE_SECOPS, PYSNC, RECORDED, RULES, SAMPLE, SECURITY, SEEN


@dataclass(frozen=True, slots=True)
class Switch:
    """`kinder`: a value that hides mistakes an instance shows, if any. `source`: addresses, repositories with paths."""

    decides: str
    kinder: Any = None
    source: str = ""


SWITCHES: dict[str, Switch] = {
    "enforce_roles": Switch("whether access rules apply at all"),
    "admin_sees_sir": Switch("whether `admin` alone sees security incidents"),
    "admin_only": Switch(
        "tables that only `admin` may create, read, change and delete, whatever roles are documented for them",
        source=f"none: {SECURITY}granular-admin-roles.md; all set-up tables: {SAMPLE}",
    ),
    "journal_access": Switch(
        "per role, whether sys_journal_field is `ok`, `empty` or `403`; the best role counts",
        kinder={"admin": "ok", "itil": "ok", "sn_incident_read": "ok", "sn_si.read": "ok", "*": "empty"},
        source=f"{SECURITY}granular-admin-roles-for-auditing.md; {GOOGLE_SECOPS}; 403: {RECORDED}",
    ),
    "field_acls": Switch(
        "`{table, field, operation, roles}`: others' values are dropped (`write`), hidden (`read`), not to be filtered"
        " by (`query_match`), or not to be compared, searched and sorted by (`query_range`); without these two, queries"
        " follow `read`",
        source=f"{SECURITY}access-control/query-acl-rule.md",
    ),
    "query_refused": Switch(
        "a query with a term the caller may not ask is refused with `403`, or the term is `ignored` and matches all",
        source=f"403: {RECORDED}; ignored: {DOCS}release-notes/australia-security-notables.md",
    ),
    "choice_access": Switch(
        "for others than admin sys_choice is `403`, or shows its `labels` and cannot be filtered",
        kinder="labels",
        source=SEEN,
    ),
    "closed_write": Switch("on a closed incident, for itil: `drop` all but journals, `403`, or `allow`"),
    "close_by_itil": Switch("setting state 7 without itil_admin: `allow`, `drop` or `403`"),
    "attachment_delete": Switch("who deletes files: whoever may write the record, the `owner`, or `admin`"),
    "basic_auth": Switch("whether people may use basic authentication"),
    "audiences": Switch("accepted `aud`: `client_id`, `endpoint`, or literal texts"),
    "token_failure_status": Switch("status of refusals of the token endpoint"),
    "token_failure_as_200": Switch("refusals come with status 200"),
    "unscoped_refused": Switch("globs of `METHOD api` that a securely scoped client is refused (`POST table`)"),
    "honour_client_sys_id": Switch("whether POST keeps the client's `sys_id`"),
    "references_by_name": Switch(
        "whether a unique display value stands for its record without `sysparm_input_display_value`"
    ),
    "mandatory": Switch("data policies: `{table, condition, fields}`"),
    "unknown_column": Switch(
        "a condition on a column that does not exist is `ignored`, lets `none` match, or is `403`",
        source=f"ignored, none: {PYSNC}; 403: {SEEN}",
    ),
    "column_lengths": Switch(
        "`table.column`: where it is cut instead, 0 for nowhere", kinder={"sys_rest_message.name": 0}, source=SEEN
    ),
    "assumed_lengths": Switch(
        "whether columns are cut whose length is assumed, not published", kinder=False, source=SEEN
    ),
    "long_columns_cut": Switch(
        "whether columns of more than 255 characters are cut, which the database does not insist on",
        kinder=False,
        source="https://support.servicenow.com/kb?id=kb_article_view&sysparm_article=KB0685779",
    ),
    "missing_choices": Switch(
        "`table.column=value`: choices this instance does not offer (`sys_script.when=async_always`: an older release)",
        source=f"{RULES}; {GIPITY}",
    ),
    "password2_unasked": Switch(
        "an encrypted column that is written without `sysparm_input_display_value=true`: the value is `dropped`, stored"
        " in `clear`, or `encrypted` all the same",
        kinder="encrypted",
        source=f"dropped: {DOCS}api-reference/rest-apis/c_TableAPI.md;"
        " clear: ansible-collections/servicenow.itsm, issue 221",
    ),
    "journal_max_chars": Switch("where journal input is cut; 0 for nowhere"),
    "reopen_clears_resolution": Switch("whether reopening empties resolved_at and resolved_by"),
    "caller_comment_resumes": Switch("whether a comment of the caller takes an incident off hold"),
    "unordered": Switch("order of rows without ORDERBY: `insertion` or `shuffled`"),
    "sir_plugin": Switch("whether `sn_si_incident` exists"),
    "sir_process": Switch("`open`, or `stateful`: forward by one state, else an abort"),
    "sir_leaves_draft_when_assigned": Switch("whether assigning a draft moves it to Analysis"),
    "sir_priority_calculated": Switch("whether priority follows severity and business criticality"),
    "sir_close_codes": Switch(
        "whether `sn_si_incident.close_code` stores `numbers` or its `labels`",
        kinder="labels",
        source=f"{RECORDED}/get_security_incident_success.json.resp",
    ),
    "attachment_state_delay_s": Switch(
        "how long a file stays `pending`, until an update by `system` for which rules run; 0: it is available at once,"
        " without one",
        kinder=0,
        source=f"{RECORDED}/get_attachment_by_table_sys_id_many.json.resp",
    ),
    "attachment_bumps_parent": Switch("whether a file changes its record's version"),
    "attachment_refusal_status": Switch("status for files too large or of a forbidden kind"),
    "attachment_refusal_message": Switch("message for these"),
    "rule_needs_advanced": Switch("whether a rule without `advanced` leaves its script out"),
    "async_delay_s": Switch("when asynchronous rules start"),
    "async_jitter_s": Switch("up to so much later, at random: they get out of order"),
    "async_insert_seen_as_update": Switch("whether `operation()` of an asynchronous rule says update for an insert"),
    "async_survives_abort": Switch("whether an asynchronous rule runs for a write that was aborted"),
    "foreign_rules": Switch(
        "rules on a table of another scope that are neither asynchronous nor set values before: `refused`, `ignored`"
        " (stored and never run), or `run`",
        kinder="run",
        source=f"{RULES}; how a refusal reads: {SEEN}",
    ),
    "import_fills_columns": Switch(
        "whether a Script Include that an update set brings without `api_name` and `sys_scope` is found all the same",
        kinder=True,
        source="exports in opsgenie/opsgenie-integration and jacebenson/update-set-host carry them;"
        f" what happens without: {SEEN}",
    ),
    "latency_s": Switch("before every answer"),
    "unknown_path_status": Switch("status for paths that are no resource"),
    "max_url_chars": Switch("longer addresses are answered 414 in HTML"),
    "max_body_bytes": Switch("larger bodies are answered 413 (files are limited by the property)"),
    "rate_limit_per_hour": Switch("calls per user and clock hour, then 429 with Retry-After; 0 for no rule"),
    "max_running": Switch("calls at once, then 429 in HTML; 0 for no limit"),
    "serves_at_once": Switch("calls served at once, the others wait for their turn; 0 for any number"),
    "batch_timeout_s": Switch("parts not begun by then are unserviced"),
    "batch_max_bytes": Switch("larger batches are answered 413"),
    "batch_serves_at_most": Switch("parts served, the rest is unserviced; 0 for all"),
    "batch_wraps_bodies": Switch(
        "whether bodies in a batch's answer stand in lines of 76 characters",
        kinder=False,
        source=f"wrapped: {DOCS}api-reference/rest-apis/batch-api.md; not: elastic/connectors, its recorded answers",
    ),
    "stats_acl_filtered": Switch("whether counts leave out what the caller may not see"),
}

KINDER: dict[str, Any] = {name: switch.kinder for name, switch in SWITCHES.items() if switch.kinder is not None}
"""An instance that hides every mistake it can."""
