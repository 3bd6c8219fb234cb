"""The keys of a mapping file and what their values must be, as data that docs and checks share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.model import CaseStatus
from mappers.field_names import CASE_FIELDS, CLOSURE_CODES, OWN_COLUMNS, nearest
from mappers.problem import Problem
from mappers.transform import MEANING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what its value must be and means. `kind` is a Python type; `words`, `pattern` and `range` narrow it.

    A list's `words` and `pattern` hold for each member; `form` says the pattern in words.
    """

    kind: type
    meaning: str
    default: str = ""
    words: tuple[str, ...] = ()
    pattern: str = ""
    form: str = ""
    range: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class AnyKey:
    """A table whose keys the user chooses; each must match `pattern` (or be one of `words`) and holds `each`.

    `barred` keys may not stand there, for the reason given.
    """

    name: str
    each: Key | Mapping[str, Any]
    meaning: str
    pattern: str = ".+"
    form: str = "a text"
    words: tuple[str, ...] = ()
    barred: Mapping[str, str] = field(default_factory=dict)


_COLUMN = r"[a-z][a-z0-9_]*"
_COLUMN_FORM = "the column's name: small letters, digits, _"
_STATE = r"-?\d{1,5}|[a-z][a-z0-9_]*"
_STATE_FORM = 'the value of the state, such as "2"'
_STATUSES = tuple(status.value for status in CaseStatus)
_JOURNALS = ("work_notes", "comments")

_FIELD: Mapping[str, Key] = {
    "case": Key(str, "the case field this column holds", words=tuple(sorted(CASE_FIELDS))),
    "direction": Key(
        str,
        "which way it goes",
        "both for title and description, else to_incident",
        words=("both", "to_incident", "to_case"),
    ),
    "policy": Key(str, "whose value stays if both sides changed", "servicenow", words=("servicenow", "aws")),
    "transform": Key(str, "how a value is said on the other side", "by the kind of field", words=tuple(MEANING)),
    "choices": Key(dict, "for `choice`: case value = column value"),
    "separator": Key(
        str, "for `list`: what stands between the members", '", "', pattern=r"(?s).+", form="at least one character"
    ),
    "limit_case": Key(int, "longest text on the case", "what the API takes", range=(1, 8000)),
    "limit_incident": Key(
        int, "longest text of the column", "160 and 4000 for the two default columns", range=(1, 65000)
    ),
    "enabled": Key(bool, "false: leave this column alone", "true"),
}

SCHEMA: Mapping[str, Any] = {
    "table": Key(
        str,
        "the table incidents live in, if not the module's own",
        "incident or sn_si_incident",
        pattern=_COLUMN,
        form=_COLUMN_FORM,
    ),
    "context": Key(bool, "tell accounts, regions, dates and the like as work notes", "true"),
    "investigations": Key(bool, "mirror AWS's investigation results as work notes", "false"),
    "case_closes_when": Key(
        str, "which state closes the case, which cannot be undone", "closed", words=("closed", "resolved")
    ),
    "fields": AnyKey("<column>", _FIELD, "One table per column of the incident.", pattern=_COLUMN, form=_COLUMN_FORM),
    "status": {
        "policy": Key(str, "whose status stays if both sides changed", "servicenow", words=("servicenow", "aws")),
        "to_state": AnyKey(
            "<case status>",
            Key(str, "the state to set", pattern=_STATE, form=_STATE_FORM),
            "Case status → state.",
            words=_STATUSES,
        ),
        "accepted": AnyKey(
            "<state>",
            Key(
                list,
                "the statuses it may stand beside; the first that can be set is what it translates to",
                words=_STATUSES,
            ),
            "State → case statuses.",
            pattern=_STATE,
            form=_STATE_FORM,
        ),
        "fallbacks": AnyKey(
            "<state>",
            Key(list, "states tried in turn where the instance refuses this one", pattern=_STATE, form=_STATE_FORM),
            "State → other states.",
            pattern=_STATE,
            form=_STATE_FORM,
        ),
        "labels": AnyKey(
            "<state>", Key(str, "what people call it, for notes"), "State → label.", pattern=_STATE, form=_STATE_FORM
        ),
    },
    "comments": {
        "case_comments_to": Key(str, "which journal comments of the case go to", "work_notes", words=_JOURNALS),
        "mirrored": Key(list, "journals that become comments of the case", "both", words=_JOURNALS),
        "work_notes": Key(str, "private: no work note leaves ServiceNow", "mirrored", words=("mirrored", "private")),
        "private_prefix": Key(
            str,
            "an entry that begins so stays in ServiceNow",
            "[private]",
            pattern=r"\S(.*\S)?",
            form="something to see, on one line",
        ),
        "journal_limit": Key(int, "longest journal entry; longer comments are split", "4000", range=(500, 1_000_000)),
        "comment_limit": Key(int, "longest comment of a case; longer entries are split", "12000", range=(500, 12000)),
    },
    "closure": {
        "codes": Key(
            list,
            "resolution codes in order of preference; the first the instance offers is taken",
            pattern=".+",
            form="a text",
        ),
        "by_closure_code": AnyKey(
            "<AWS closure code>", Key(str, "the resolution code that says it"), "Tried first.", words=CLOSURE_CODES
        ),
        "notes": Key(
            str,
            "what the resolution notes begin with",
            "Closed in AWS Security Incident Response.",
            pattern=r"(?s).*\S.*",
            form="a text",
        ),
    },
    "creation": {
        "incident": AnyKey(
            "<column>",
            Key(str, "a constant of a new incident"),
            "Columns set once, at creation.",
            pattern=_COLUMN,
            form=_COLUMN_FORM,
            barred=OWN_COLUMNS,
        ),
        "exempt": Key(
            list,
            "user names whose incidents the brake on new cases neither counts nor holds, as of a monitoring system",
            "nobody",
            pattern=r"\S(.*\S)?",
            form="a user name (User ID)",
        ),
        "case": {
            "resolverType": Key(str, "who works the case", "Self", words=("Self", "AWS")),
            "engagementType": Key(
                str, "what the case is", "Security Incident", words=("Security Incident", "Investigation")
            ),
            "impactedAccounts": Key(
                list, "accounts of every new case", "none", pattern=r"[0-9]{12}", form="the 12 digits of an account"
            ),
            "impactedServices": Key(
                list,
                "services of every new case",
                "none",
                pattern=r"[a-zA-Z0-9 -.():]{2,50}",
                form="2 to 50 letters, digits, spaces",
            ),
            "impactedAwsRegions": Key(
                list,
                "regions of every new case",
                "none",
                pattern=r"[a-z]{2}(-[a-z]+)+-\d",
                form="a Region such as eu-central-1",
            ),
        },
    },
    "watchers": {
        "enabled": Key(bool, "keep watchers in step with the watch list", "true"),
        "column": Key(str, "the column that lists them", "watch_list", pattern=_COLUMN, form=_COLUMN_FORM),
        "response_team": Key(bool, "put the membership's response team on new cases", "false"),
        "domains": Key(
            list,
            "domains whose addresses may go to the other side; others stay where they are, which is said there",
            "those of the membership's response team",
            pattern=r"(?i)[a-z0-9-]+(\.[a-z0-9-]+)+",
            form="a domain such as example.com, without @ or *",
        ),
    },
    "attachments": {
        "enabled": Key(bool, "carry files both ways", "true"),
        "max_mb": Key(int, "larger files are told about, not carried; MiB", "5", range=(1, 100)),
        "private_prefix": Key(
            str,
            "a file of ServiceNow whose name begins so stays there, and nothing tells of it",
            "[private]",
            pattern=r"\S(.*\S)?",
            form="something to see, on one line",
        ),
    },
}


def problems_of(given: Mapping[str, Any]) -> list[Problem]:
    """Unknown keys, wrong types and words; whether the parts fit together is seen when rules are built."""
    return list(_table_problems((), SCHEMA, given))


def _table_problems(path: tuple[str, ...], schema: Any, given: Any) -> Iterator[Problem]:
    if isinstance(schema, Key):
        yield from _value_problems(path, schema, given)
    elif not isinstance(given, Mapping):
        yield Problem(path, f"a table is expected, not {_shown(given)}", f"Write it as [{'.'.join(path)}].")
    elif isinstance(schema, AnyKey):
        for key, value in given.items():
            if schema.words and key not in schema.words:
                yield Problem((*path, key), f"unknown {schema.name.strip('<>')}", nearest(key, schema.words))
            elif key in schema.barred:
                yield Problem((*path, key), "this cannot be set here", schema.barred[key])
            elif not re.fullmatch(schema.pattern, key):
                yield Problem((*path, key), f"not a {schema.name.strip('<>')}", f"Write {schema.form}.")
            else:
                yield from _table_problems((*path, key), schema.each, value)
    else:
        for key, value in given.items():
            if key in schema:
                yield from _table_problems((*path, key), schema[key], value)
            else:
                yield Problem((*path, key), "unknown key", nearest(key, schema))


_KINDS = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a number",
    list: "a list of texts",
    dict: "a table of texts",
}


def _value_problems(path: tuple[str, ...], key: Key, value: Any) -> Iterator[Problem]:
    if not _is_kind(key.kind, value):
        yield Problem(path, f"{_KINDS[key.kind]} is expected, not {_shown(value)}", f"It says: {key.meaning}.")
        return
    if key.range and not key.range[0] <= value <= key.range[1]:
        yield Problem(path, f"{value} is out of range", f"Use a number from {key.range[0]} to {key.range[1]}.")
    for member in value if isinstance(value, list) else [value]:
        if key.words and member not in key.words:
            yield Problem(path, f"{member!r} is not known here", nearest(member, key.words))
        if key.pattern and not re.fullmatch(key.pattern, member):
            yield Problem(path, f"{member!r} cannot stand here", f"Write {key.form}.")


def _is_kind(kind: type, value: Any) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is list:
        return isinstance(value, list) and all(isinstance(member, str) for member in value)
    if kind is dict:
        return isinstance(value, Mapping) and all(isinstance(member, str) for member in value.values())
    return isinstance(value, kind)


def _shown(value: Any) -> str:
    words: Mapping[type, str] = {bool: "true or false", str: "a text", list: "a list", dict: "a table"}
    return words.get(type(value), "a number" if isinstance(value, int | float) else type(value).__name__)
