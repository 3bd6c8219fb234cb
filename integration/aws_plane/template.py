"""CloudFormation templates: what depends on what, and what an expression is worth.

Everything this does not know raises `Unresolvable` with the place; nothing is passed on half resolved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

NO_VALUE = "AWS::NoValue"
_WORD = re.compile(r"\$\{(!?)([^}]+)\}")
_NOTHING = object()


class Unresolvable(ValueError):
    """A template says something the plane cannot give a value; the message names it."""


@dataclass(frozen=True)
class Template:
    name: str
    body: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Template:
        """The stack is named as CDK names the file: `<stack>.template.json`."""
        return cls(path.name.removesuffix(".template.json").removesuffix(".json"), json.loads(path.read_text()))

    @property
    def resources(self) -> Mapping[str, Any]:
        return self.body.get("Resources", {})  # type: ignore[no-any-return]

    @property
    def outputs(self) -> Mapping[str, Any]:
        return self.body.get("Outputs", {})  # type: ignore[no-any-return]

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.body.get("Parameters", {})  # type: ignore[no-any-return]

    def imports(self) -> set[str]:
        """Names of exports of other stacks it needs, where they stand as plain text."""
        return {v for k, v in _expressions(self.body) if k == "Fn::ImportValue" and isinstance(v, str)}

    def exports(self) -> set[str]:
        names = (output.get("Export", {}).get("Name") for output in self.outputs.values())
        return {name for name in names if isinstance(name, str)}


def stacks_in_order(templates: list[Template]) -> list[Template]:
    """Exporters first."""
    owner = {name: template.name for template in templates for name in template.exports()}
    by_name = {template.name: template for template in templates}
    graph = {t.name: {owner[i] for i in t.imports() if i in owner} - {t.name} for t in templates}
    return [by_name[name] for name in _sorted(graph, "stacks")]


def resources_in_order(template: Template) -> list[str]:
    """Logical ids, what is needed first."""
    graph = {logical: _needs(resource) & set(template.resources) for logical, resource in template.resources.items()}
    return _sorted(graph, template.name)


def _sorted(graph: Mapping[str, set[str]], what: str) -> list[str]:
    try:
        return list(TopologicalSorter({k: sorted(v) for k, v in graph.items()}).static_order())
    except CycleError as error:
        raise Unresolvable(f"{what} depend on each other: {' → '.join(error.args[1])}") from error


def _needs(resource: Mapping[str, Any]) -> set[str]:
    explicit = resource.get("DependsOn", [])
    found = {explicit} if isinstance(explicit, str) else set(explicit)
    for function, value in _expressions(resource.get("Properties", {})):
        if function == "Ref":
            found.add(value)
        elif function == "Fn::GetAtt":
            found.add(_attribute(value)[0])
        elif function == "Fn::Sub":
            found |= {word.split(".")[0] for bang, word in _WORD.findall(_sub_text(value)) if not bang}
    return found


def _expressions(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Ref" or key.startswith("Fn::"):
                yield key, inner
            yield from _expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _expressions(inner)


def _attribute(value: Any) -> tuple[str, str]:
    parts = value.split(".", 1) if isinstance(value, str) else value
    return parts[0], parts[1]


def _sub_text(value: Any) -> str:
    return str(value if isinstance(value, str) else value[0])


@dataclass
class Scope:
    """What names are worth while one stack is deployed; `refs` and `attributes` grow with every resource made.

    `rewrite` replaces parts of finished strings: addresses that on AWS would be Amazon's and here are ours.
    """

    template: Template
    pseudo: Mapping[str, str]
    given: Mapping[str, Any] = field(default_factory=dict)
    imports: Mapping[str, Any] = field(default_factory=dict)
    refs: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    rewrites: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        unknown = set(self.given) - set(self.template.parameters)
        if unknown:
            raise Unresolvable(f"{self.template.name} has no parameter {', '.join(sorted(unknown))}")

    def resolve(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._plain(value)
        if isinstance(value, list):
            return [r for r in map(self.resolve, value) if r is not _NOTHING]
        if isinstance(value, Mapping):
            if len(value) == 1:
                ((key, inner),) = value.items()
                if key == "Ref" or key.startswith("Fn::"):
                    return self._function(key, inner)
            resolved = {k: self.resolve(v) for k, v in value.items()}
            return {k: v for k, v in resolved.items() if v is not _NOTHING}
        return value

    def parameters(self) -> dict[str, str]:
        """Every declared parameter with its value as text, given or default."""
        values = {name: self.given.get(name, told.get("Default")) for name, told in self.template.parameters.items()}
        return {name: str(value) for name, value in values.items() if value is not None}

    def wanted(self, resource: Mapping[str, Any]) -> bool:
        return "Condition" not in resource or self.condition(resource["Condition"])

    def condition(self, name: str) -> bool:
        conditions = self.template.body.get("Conditions", {})
        if name not in conditions:
            raise Unresolvable(f"{self.template.name} has no condition {name}")
        return self._truth(conditions[name])

    def _plain(self, text: str) -> str:
        if "{{resolve:" in text:
            raise Unresolvable(f"{self.template.name}: a dynamic reference, which would put a secret into a property")
        for pattern, replacement in self.rewrites:
            text = pattern.sub(replacement, text)
        return text

    def _function(self, name: str, value: Any) -> Any:
        known: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref, "Fn::GetAtt": self._get_attribute, "Fn::Sub": self._sub, "Fn::Join": self._join,
            "Fn::Select": self._select, "Fn::Split": self._split, "Fn::If": self._if, "Fn::ImportValue": self._import,
            "Fn::FindInMap": self._find, "Fn::ToJsonString": lambda inner: json.dumps(self.resolve(inner)),
        }  # fmt: skip
        if name not in known:
            raise Unresolvable(f"{self.template.name}: the plane does not know {name}")
        return known[name](value)

    def _ref(self, name: str) -> Any:
        if name == NO_VALUE:
            return _NOTHING
        for known in (self.pseudo, self.refs):
            if name in known:
                return known[name]
        if name in self.template.parameters:
            return self._parameter(name)
        raise Unresolvable(f"{self.template.name}: Ref to {name}, which nothing made")

    def _parameter(self, name: str) -> Any:
        declared = self.template.parameters[name]
        value = self.given.get(name, declared.get("Default"))
        if value is None:
            raise Unresolvable(f"{self.template.name} needs parameter {name}")
        if "AllowedValues" in declared and value not in declared["AllowedValues"]:
            raise Unresolvable(f"parameter {name} is {value!r}; allowed: {', '.join(declared['AllowedValues'])}")
        if declared["Type"] in ("CommaDelimitedList", "List<String>"):
            return value.split(",")
        return value

    def _get_attribute(self, value: Any) -> Any:
        logical, attribute = _attribute(value)
        found = self.attributes.get(logical, {})
        if attribute not in found:
            raise Unresolvable(f"{self.template.name}: {logical} gives no {attribute}")
        return found[attribute]

    def _sub(self, value: Any) -> str:
        own = {} if isinstance(value, str) else {k: self.resolve(v) for k, v in value[1].items()}

        def word(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name in own:
                return str(own[name])
            return str(self._get_attribute(name) if "." in name else self._ref(name))

        return self._plain(_WORD.sub(word, _sub_text(value)))

    def _join(self, value: Any) -> str:
        between, parts = value
        return self._plain(between.join(str(part) for part in self.resolve(parts)))

    def _select(self, value: Any) -> Any:
        return self.resolve(value[1])[int(self.resolve(value[0]))]

    def _split(self, value: Any) -> list[str]:
        return self.resolve(value[1]).split(value[0])  # type: ignore[no-any-return]

    def _if(self, value: Any) -> Any:
        return self.resolve(value[1] if self.condition(value[0]) else value[2])

    def _import(self, value: Any) -> Any:
        name = self.resolve(value)
        if name not in self.imports:
            raise Unresolvable(f"{self.template.name} imports {name}, which no deployed stack exports")
        return self.imports[name]

    def _find(self, value: Any) -> Any:
        table, first, second = (self.resolve(part) for part in value)
        try:
            return self.template.body["Mappings"][table][first][second]
        except KeyError as error:
            raise Unresolvable(f"{self.template.name}: mapping {table} has no {first}/{second}") from error

    def _truth(self, value: Any) -> bool:
        if isinstance(value, Mapping) and len(value) == 1:
            ((key, inner),) = value.items()
            known: dict[str, Callable[[Any], bool]] = {
                "Condition": self.condition,
                "Fn::Equals": lambda pair: bool(self.resolve(pair[0]) == self.resolve(pair[1])),
                "Fn::Not": lambda one: not self._truth(one[0]),
                "Fn::And": lambda many: all(self._truth(each) for each in many),
                "Fn::Or": lambda many: any(self._truth(each) for each in many),
            }
            if key in known:
                return bool(known[key](inner))
        raise Unresolvable(f"{self.template.name}: condition {value!r}")
