"""Encoded queries, parsed into groups of conditions; no text is an error, see `Query`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATORS = (
    "ISNOTEMPTY", "ISEMPTY", "EMPTYSTRING", "ANYTHING", "NOT LIKE", "NOT IN", "STARTSWITH", "ENDSWITH", "BETWEEN",
    "NSAMEAS", "SAMEAS", "GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD", "GT_FIELD", "LT_FIELD", "RELATIVEGE",
    "RELATIVELE", "RELATIVEGT", "RELATIVELT", "RELATIVEEE", "VALCHANGES", "CHANGESTO", "CHANGESFROM", "INSTANCEOF",
    "DYNAMIC", "NOTON", "ON", "LIKE", "IN", "!=", "!*", ">=", "<=", "=", "<", ">", "%", "*",
)  # fmt: skip
MATCH_OPERATORS = frozenset({"=", "!=", "IN", "NOT IN", "SAMEAS", "ISEMPTY", "ISNOTEMPTY", "ANYTHING"})
"""What the access rule `query_match` covers; all others, and sorting, are `query_range`'s."""
SORTING = "ORDERBY"
TEXT_SEARCH = "123TEXTQUERY321"
_LONGEST_FIRST = "|".join(re.escape(each) for each in sorted(OPERATORS, key=len, reverse=True))
_TERM = re.compile(rf"([A-Za-z0-9_.]+?)({_LONGEST_FIRST})(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `operator` is one of OPERATORS."""

    field: str
    operator: str
    value: str


Alternatives = tuple[Term, ...]
"""Conditions joined by ^OR: any of them."""


@dataclass(frozen=True, slots=True)
class Query:
    """Any of `groups` (joined by ^NQ), each all of its alternatives, ordered by (field, descending) pairs.

    What cannot be read as a condition is left out, as instances do, and counted in `unreadable`.
    """

    groups: tuple[tuple[Alternatives, ...], ...]
    order: tuple[tuple[str, bool], ...] = ()
    unreadable: int = 0

    @property
    def fields(self) -> set[str]:
        """Every field the query filters or sorts by, dot-walks included."""
        terms = {term.field for group in self.groups for alternatives in group for term in alternatives}
        return terms | {field for field, _ in self.order}

    def only(self, allowed: Callable[[str, str], bool]) -> Query:
        """Without the conditions and sortings for which `allowed(field, operator)` is false; these then match all."""
        kept = tuple(
            tuple(filter(None, (_allowed(alternatives, allowed) for alternatives in group))) for group in self.groups
        )
        order = tuple(each for each in self.order if allowed(each[0], SORTING))
        return Query(kept, order, self.unreadable)


def _allowed(alternatives: Alternatives, allowed: Callable[[str, str], bool]) -> Alternatives:
    return tuple(term for term in alternatives if allowed(term.field, term.operator))


class _Parser:
    def __init__(self) -> None:
        self.groups: list[list[list[Term]]] = [[]]
        self.order: list[tuple[str, bool]] = []
        self.unreadable = 0
        self._in_related = False

    def take(self, token: str) -> None:
        if token.startswith(("RLQUERY", "ENDRLQUERY")) or self._in_related:
            self.unreadable += token.startswith("RLQUERY")
            self._in_related = not token.startswith("ENDRLQUERY")
        elif token.startswith("ORDERBYDESC"):
            self.order.append((token.removeprefix("ORDERBYDESC"), True))
        elif token.startswith("ORDERBY"):
            self.order.append((token.removeprefix("ORDERBY"), False))
        elif token.startswith("NQ"):
            self.groups.append([])
            self._condition(token.removeprefix("NQ"), alternative=False)
        elif token.startswith("OR"):
            self._condition(token.removeprefix("OR"), alternative=True)
        elif token not in ("", "EQ") and not token.startswith("GROUPBY"):
            self._condition(token, alternative=False)

    def _condition(self, text: str, *, alternative: bool) -> None:
        match = _TERM.fullmatch(text)
        if match is None:
            self.unreadable += 1
            return
        group = self.groups[-1]
        term = Term(*match.groups())
        if alternative and group:
            group[-1].append(term)
        else:
            group.append([term])


def parse(text: str) -> Query:
    """`a=1^b=2^ORb=3^NQc=4^ORDERBYd` is (a=1 and (b=2 or b=3)) or c=4, ordered by d."""
    parser = _Parser()
    for token in text.split("^"):
        parser.take(token)
    groups = tuple(tuple(tuple(alternatives) for alternatives in group) for group in parser.groups)
    return Query(groups, tuple(parser.order), parser.unreadable)


def assignments(text: str) -> dict[str, str]:
    """What a template or a preset sets, `<column>=<value>` pairs."""
    terms = [term for group in parse(text).groups for term, *_ in group]
    return {term.field: term.value for term in terms}
