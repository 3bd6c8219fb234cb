"""The text of docs/mapping.md, from the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.model import CaseStatus
from integration.module import Module
from mappers.field_names import CASE_FIELDS, CASE_WRITABLE
from mappers.mapping_rules import rules_for
from mappers.schema import SCHEMA, AnyKey, Key
from mappers.statuses import LEGAL
from mappers.transform import MEANING, TWO_WAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mappers.mapping_rules import MappingRules

_INTRODUCTION = """\
# Mapping

What corresponds to what between a case on AWS and an incident in ServiceNow.
This page is written by `make docs`; a test keeps it equal to the code.

Two ways to change it, which may be combined:

- edit `FIELD_MAPPING`, `STATUS_MAPPING` and the tables below them in `mappers/service_now_sir_mapper.py` and deploy;
- write a mapping file (TOML) and deploy with `--mapping-file FILE`. It goes before the tables.

Both are checked before anything is deployed; each mistake is named with its line and what to do.
After a change, `remap` applies it to records that are already in step; it shows what it would do first.
Ready-made mapping files lie in [`examples/`](examples/).
"""

_WAYS = """\
## Ways between case statuses

A status that cannot be set directly is reached step by step, by the shortest way. `CloseCase` leads from anywhere to
Closed, and nothing leads out of it. Cases managed by AWS can only be closed from here.

"""

_COMMENTS = """\
## Comments

Comments of the case go to `{to}`. Entries of {mirrored} become comments of the case,
but for those that begin with `{prefix}`
([what counts](#what-keeps-an-entry-in-servicenow)). Each carries one line that says who wrote it and when:

    [AWS] AWS Responder · 2026-11-21 12:03:11 UTC · comment 000123
    [ServiceNow] beth.anglin · 2026-11-21 12:03:11 UTC · work note 8b3f0c5e9d1a4f7e8b3f0c5e9d1a4f7e

An edit on AWS arrives as a further entry whose line ends with `· edited <stamp>`.
A text that is too long for one entry arrives in parts (`· part 2/3`).
An entry in ServiceNow holds {journal} characters, a comment on AWS {comment}.
What the integration itself has to say begins with `[Integration]`.
"""

_RULES = """\
### What keeps an entry in ServiceNow

What a person reads at its beginning counts. So capitals, spaces and invisible characters do not matter, nor do
other brackets (`(private)`, 【private】, full width), emphasis (`**[private]**`), bullets, `>` of a quotation or emojis
before it, pictures or hidden parts of a formatted entry. In doubt an entry stays, since AWS deletes no comment.
A letter or digit before the mark is content: an entry with a greeting above the mark goes to AWS.

## What holds whatever is mapped

- A text that is too long for the other side is cut there, and what was cut stands in a note.
  The cut is never written back: an edit of it is put together with the rest, and one that reaches its end, where
  nobody can tell how the rest goes on, is not carried over but told and replaced by the beginning of the whole.
- If both sides changed one field, its policy decides, and the losing value stands in a note.
- A change that the other side cannot take is told in a note, with the reason it gave.
- Comments are known by the ledger and by the reference in their header, never by their text: two people who write
  the same are two comments.
- Entries of AWS's published sample (`[AWS Security Incident Response Update]`, `[service-now Update]`) are
  not mirrored back where its user wrote them on a case from before the installation, or on AWS before it.
- Text arrives readable and cannot execute: `[code]` and HTML tags from AWS lose their meaning by an invisible
  character, control characters go, HTML in `[code]` entries of ServiceNow is turned into the text it shows.
  A picture that stands in the entry itself (`data:`) becomes `[image]`.
"""


def page() -> str:
    """The whole of docs/mapping.md."""
    parts = [_INTRODUCTION]
    parts += [_module_part(rules_for(module)) for module in Module]
    parts += [_ways(), _comment_part(rules_for(Module.ITSM)), _RULES, _file_part()]
    return "\n".join(parts)


def _module_part(rules: MappingRules) -> str:
    fields = [(f"`{r.incident}`", f"`{r.case}`", r.direction, r.policy, r.transform.name) for r in rules.fields]
    statuses = [(status.value, _state(rules, rules.status.targets[status])) for status in CaseStatus]
    states = [
        (_state(rules, state), " · ".join(beside), _translation(rules, state))
        for state, beside in rules.status.pairs.items()
    ]
    falls = [
        f"Where an instance refuses or drops {s}, {' then '.join(f)} is set." for s, f in rules.status.fallbacks.items()
    ]
    return "\n".join([
        f"## Module `{rules.module}`: table `{rules.table}`\n",
        _table(("column", "case field", "direction", "policy", "transform"), fields),
        "When the status of the case changes:\n",
        _table(("case status", "state set"), statuses),
        "When the state of the incident changes (a pair that may stand is left alone, whichever side changed):\n",
        _table(("state", "may stand beside", "else sets the case to"), states),
        *(f"{fall}\n" for fall in falls),
        f"Resolution codes tried in turn: {', '.join(rules.closure.codes)}.\n",
    ])  # fmt: skip


def _state(rules: MappingRules, state: str) -> str:
    return f"{state} {rules.status.labels.get(state, '')}".strip()


def _translation(rules: MappingRules, state: str) -> str:
    status = rules.status.case_status_for(state)
    return "nothing: no way leads back to Submitted" if status in {None, CaseStatus.SUBMITTED} else str(status)


def _ways() -> str:
    rows = [(start, " · ".join(after) or "nothing") for start, after in LEGAL.items()]
    return _WAYS + _table(("from", "to"), rows)


def _comment_part(rules: MappingRules) -> str:
    comments = rules.comments
    return _COMMENTS.format(
        to=comments.case_comments_to,
        mirrored=" and ".join(f"`{journal}`" for journal in comments.mirrored),
        prefix=comments.private_prefix,
        journal=comments.journal_limit,
        comment=comments.comment_limit,
    )


def _file_part() -> str:
    fields = [
        (f"`{name}`", "both ways" if name in CASE_WRITABLE else "to the incident") for name in sorted(CASE_FIELDS)
    ]
    transforms = [(f"`{n}`", m, "both ways" if n in TWO_WAY else "to the incident") for n, m in MEANING.items()]
    return "\n".join([
        "## The mapping file\n",
        "Every key may be left out; unknown keys are refused.\n",
        _table(("key", "meaning", "value", "if left out"), _keys((), SCHEMA)),
        "### Case fields that a column may hold\n",
        _table(("field", "direction"), fields),
        "### Transforms\n",
        _table(("transform", "meaning", "direction"), transforms),
    ])  # fmt: skip


def _keys(path: tuple[str, ...], schema: Mapping[str, Any] | AnyKey | Key) -> Iterator[tuple[str, str, str, str]]:
    if isinstance(schema, Key):
        yield f"`{'.'.join(path)}`", schema.meaning, _value(schema), schema.default
    elif isinstance(schema, AnyKey):
        yield from _keys((*path, schema.name), schema.each)
    else:
        for name, inner in schema.items():
            yield from _keys((*path, name), inner)


def _value(key: Key) -> str:
    kinds = {bool: "true, false", str: "text", int: "number", list: "list", dict: "table"}
    if key.words and len(key.words) <= 4:
        return ", ".join(f"`{word}`" for word in key.words)
    if key.range:
        return f"{key.range[0]} to {key.range[1]}"
    return kinds[key.kind] + (f": {key.form}" if key.form else "")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
