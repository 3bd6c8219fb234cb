"""The business rules that tell of incidents and their attachments."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.names import PROBE_MARK
from servicenow_setup.desired import ASYNC, DELETED, SAVED, business_rule
from servicenow_setup.scripts import rule_script, scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicenow_setup.desired import Wanted
    from servicenow_setup.settings import SetupSettings

GLOBAL_TABLES = ("incident", "task")


@dataclass(frozen=True, slots=True)
class Rule:
    """One business rule. `key` makes its sys_id, so it stays for ever; `script` is the file it comes from."""

    key: str
    script: str
    title: str
    attachments: bool
    deletion: bool


PROBED_BY = "incident_saved"
"""Key of the rule that also tells of the record `check` writes."""
RULES = (
    Rule("incident_saved", "incident_saved", "AWS incident saved", attachments=False, deletion=False),
    Rule("incident_deleted", "incident_deleted", "AWS incident deleted", attachments=False, deletion=True),
    Rule("attachment_saved", "attachment_saved", "AWS attachment saved", attachments=True, deletion=False),
    Rule("attachment_deleted", "attachment_deleted", "AWS attachment deleted", attachments=True, deletion=True),
)
"""Titles fit, with an id of sixteen letters, into the 40 characters that `sys_script.name` holds."""


def case_rules(settings: SetupSettings, *, inline: bool) -> Iterator[Wanted]:
    """Each, for `servicenow_setup.desired`."""
    return (_rule(settings, rule, inline=inline) for rule in RULES)


def _rule(settings: SetupSettings, rule: Rule, *, inline: bool) -> Wanted:
    kind = f"rule/{rule.key}/{settings.table}"
    text = "Tells AWS Security Incident Response. Filter, order and active are yours; the rest is restored."
    made = business_rule(
        settings,
        kind,
        text,
        _filter(settings, rule),
        on=DELETED if rule.deletion else SAVED,
        name=f"{settings.prefix} {rule.title}",
        collection=_collection(settings, rule),
        when="after" if rule.deletion else ASYNC,
        condition=_condition(settings, rule),
        script=rule_script(settings, rule.script, inline=inline),
    )
    return replace(made, without="deletions are found by the sweep") if rule.deletion else made


def _collection(settings: SetupSettings, rule: Rule) -> str:
    """A table of another scope, as `sn_si_incident` is, takes no `after` rule of ours; `task` above it is global.

    https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html
    """
    if rule.attachments:
        return "sys_attachment"
    return "task" if rule.deletion and settings.table not in GLOBAL_TABLES else settings.table


def _filter(settings: SetupSettings, rule: Rule) -> str:
    """A file counts when it comes, and when the instance lets go what it held back until it was scanned.

    On `task` only columns of tasks can be asked for; a deletion that concerns nobody is ignored on AWS.
    """
    if rule.attachments and rule.deletion:
        return f"table_name={settings.table}^EQ"
    if rule.attachments:
        ours = f"table_name={settings.table}"
        return f"{ours}^sys_mod_count=0^NQ{ours}^stateCHANGESFROMpending^EQ"
    if _collection(settings, rule) != settings.table:
        return f"sys_class_name={settings.table}^EQ"
    terms = scope(settings)
    if rule.key == PROBED_BY and terms != [""]:
        terms = [*terms, f"correlation_id={PROBE_MARK}"]
    return f"{'^NQ'.join(terms)}^EQ" if terms != [""] else ""


def _condition(settings: SetupSettings, rule: Rule) -> str:
    """What our user writes is no news, but for the record of `check`, whose event shows that events travel."""
    others = f"gs.getUserID() != {json.dumps(settings.user_sys_id)}"
    if settings.foreign_marks and _collection(settings, rule) == settings.table:
        others += f" && {json.dumps(settings.foreign_marks)}.indexOf(String(current.correlation_display)) < 0"
    if rule.key != PROBED_BY:
        return others
    return f"{others} || String(current.correlation_id) === {json.dumps(PROBE_MARK)}"
