from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.module import Module
from mappers import service_now_sir_mapper as tables
from mappers.mapping_file import PARAMETER_BYTES, load, size_problem, to_json
from mappers.mapping_rules import rules_for
from mappers.problem import MappingError
from mappers.schema import SCHEMA, AnyKey, Key

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.toml"))


def problems(text, module=Module.ITSM):
    with pytest.raises(MappingError) as caught:
        load(text, module)
    return [(problem.line, problem.where) for problem in caught.value.problems]


# -------------------------------------------------------------------------------- examples
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_loads_for_the_modules_it_names_and_changes_something(path):
    modules = re.findall(r"\b(itsm|ir)\b", re.search(r"For modules? (.+)\.", path.read_text())[1])
    assert modules
    for module in map(Module, modules):
        overrides = load(path, module)
        rules = rules_for(module, overrides)
        assert rules.digest != rules_for(module).digest
        assert rules_for(module, json.loads(to_json(overrides))) == rules


def test_there_are_ten_examples():
    assert len(EXAMPLES) >= 10


# -------------------------------------------------------------------------------- mistakes with lines
MISTAKES = [
    ("context = true\n\ncontxt = false\n", [(3, "contxt")]),
    ("# said\ncontext = 'yes'\n", [(2, "context")]),
    ("fields = 3\n", [(1, "fields")]),
    ("[fields.u_x]\ncase = 'title'\n", [(2, "fields.u_x.case")]),
    ("[fields.u_x]\ndirection = 'both'\n", [(1, "fields.u_x")]),
    ("[fields.u_x]\ncase = 'titel'\n", [(2, "fields.u_x.case")]),
    ("[fields]\nu_x = { case = 'impactedAccounts', direction = 'both' }\n", [(2, "fields.u_x.direction")]),
    ("[fields.u_x]\ncase = 'resolverType'\ndirection = 'sideways'\n", [(3, "fields.u_x.direction")]),
    ("[fields.description]\npolicy = 'newest'\n", [(2, "fields.description.policy")]),
    ("[fields.description]\ntransform = 'rot13'\n", [(2, "fields.description.transform")]),
    ("[fields.description]\ntransform = 'upper'\n", [(2, "fields.description.transform")]),
    ("[fields.description]\ntransform = 'date'\n", [(2, "fields.description.transform")]),
    ("[fields.u_x]\ncase = 'engagementType'\ntransform = 'choice'\n", [(3, "fields.u_x.transform")]),
    ("[fields.u_x]\ncase = 'impactedAccounts'\ntransform = 'text'\n", [(3, "fields.u_x.transform")]),
    ("[fields.u_x]\ncase = 'engagementType'\nchoices = { Investigation = 1 }\n", [(3, "fields.u_x.choices")]),
    ("[fields.u_x]\ncase = 'pendingAction'\nchoices = { Custommer = 'us' }\n", [(3, "fields.u_x.choices.Custommer")]),
    ("[fields.state]\ncase = 'title'\n", [(1, "fields.state")]),
    ("[fields.Bad-Column]\ncase = 'title'\n", [(1, "fields.Bad-Column")]),
    ("[fields.description]\nlimit_incident = 0\n", [(2, "fields.description.limit_incident")]),
    ("[fields.description]\nlimit_incident = true\n", [(2, "fields.description.limit_incident")]),
    ("[status.to_state]\n'Post-Incident Activity' = '6'\n", [(2, "status.to_state.Post-Incident Activity")]),
    ("[status.to_state]\nClosed = 7\n", [(2, "status.to_state.Closed")]),
    ("[status.to_state]\n\nAcknowledged = '11'\n", [(3, "status.to_state.Acknowledged")]),
    ("[status.accepted]\n'1' = ['Submitted']\n'4' = ['Ready to Close']\n", [(3, "status.accepted.4")]),
    ("[status.accepted]\n'2' = [\n  'Detection and Analysis',\n  'Detekt',\n]\n", [(2, "status.accepted.2")]),
    ("[comments]\nmirrored = ['comments', 'notes']\n", [(2, "comments.mirrored")]),
    ("[comments]\njournal_limit = 20\n", [(2, "comments.journal_limit")]),
    ("[comments]\nprivate_prefix = ''\n", [(2, "comments.private_prefix")]),
    ("[creation.incident]\nstate = '2'\n", [(2, "creation.incident.state")]),
    ("[creation.case]\nimpactedAccounts = ['1234']\n", [(2, "creation.case.impactedAccounts")]),
    ("[attachments]\nmax_mb = 101\n", [(2, "attachments.max_mb")]),
    ("context = \n", [(1, "mapping")]),
    ("context = true\nx = [1,\n", [(2, "mapping")]),
    ("a = 1\n[fields.u_x]\nb = '''\n[c]\n'''\nd = 2\n", [(1, "a"), (3, "fields.u_x.b"), (6, "fields.u_x.d")]),
]


@pytest.mark.parametrize(("text", "found"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_named_with_its_line(text, found):
    assert problems(text) == found


def test_every_mistake_says_what_to_do():
    for text, _ in MISTAKES:
        with pytest.raises(MappingError) as caught:
            load(text, Module.ITSM)
        assert all(problem.fix.strip() and problem.what.strip() for problem in caught.value.problems)


def test_a_status_nobody_maps_to_is_refused(monkeypatch):
    text = "[status.accepted]\n'1' = ['Detection and Analysis']\n"
    monkeypatch.setattr(tables, "STATUS_MAPPING", {"Closed": "7"})
    assert problems(text) == [(1, "status.accepted")]


def test_no_other_table_is_refused():
    """Not invertible, several states for one status, a status only observed: all of that may stand."""
    load("[status.to_state]\nSubmitted = '2'\n'Ready to Close' = '7'\nClosed = '2'\n", Module.ITSM)


def test_a_mistake_in_a_file_is_found_whatever_its_encoding(tmp_path):
    file = tmp_path / "mapping.toml"
    file.write_bytes(b"\xef\xbb\xbfcontext = false\n")
    assert load(file) == {"context": False}
    file.write_bytes(b"context = '\xff'\n")
    with pytest.raises(MappingError, match="UTF-8"):
        load(file)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.toml")


WORDS = st.sampled_from([*SCHEMA, "to_state", "accepted", "u_x", "case", "Closed", "7", "mirrored", "codes"])
SETTINGS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)


def _named(attempt):
    """The problems of an attempt; any other error goes on."""
    try:
        attempt()
    except MappingError as error:
        return [problem.what for problem in error.problems]
    return ["none"]


@given(st.text(max_size=200))
def test_any_text_is_loaded_or_named(text):
    assert all(_named(lambda: load(text, Module.IR)))


@given(st.dictionaries(WORDS, SETTINGS, max_size=5))
def test_any_settings_are_taken_or_named(overrides):
    """What comes back from the settings parameter is checked like a file."""
    assert all(_named(lambda: rules_for(Module.ITSM, overrides)))


# -------------------------------------------------------------------------------- storing
def test_settings_are_compact_and_their_size_is_watched():
    assert to_json({"status": {"labels": {"11": "Wartet auf ÄWS"}}}) == '{"status":{"labels":{"11":"Wartet auf ÄWS"}}}'
    assert size_problem("x" * PARAMETER_BYTES) is None
    assert "4097 bytes" in size_problem("x" * (PARAMETER_BYTES + 1)).what


# -------------------------------------------------------------------------------- the digest
def test_a_digest_names_one_mapping_for_good(rules):
    assert rules.digest == rules_for(rules.module, {}).digest
    assert re.fullmatch("[0-9a-f]{64}", rules.digest)
    assert rules_for(Module.ITSM).digest != rules_for(Module.IR).digest


def test_order_in_a_file_does_not_matter_and_every_key_does():
    fields = {"u_a": {"case": "closureCode"}, "u_b": {"case": "pendingAction"}}
    one = {"fields": fields, "context": False}
    other = {"context": False, "fields": dict(reversed(fields.items()))}
    assert rules_for(Module.ITSM, one).digest == rules_for(Module.ITSM, other).digest


CHANGES = [
    {"table": "u_security"},
    {"context": False},
    {"investigations": True},
    {"case_closes_when": "resolved"},
    {"fields": {"description": {"policy": "aws"}}},
    {"status": {"policy": "aws"}},
    {"comments": {"work_notes": "private"}},
    {"closure": {"notes": "x"}},
    {"creation": {"incident": {"category": "x"}}},
    {"watchers": {"enabled": False}},
    {"attachments": {"max_mb": 6}},
]


@pytest.mark.parametrize("overrides", CHANGES, ids=str)
def test_every_change_changes_the_digest(overrides):
    assert rules_for(Module.ITSM, overrides).digest != rules_for(Module.ITSM).digest


DIGEST = """
import sys
from integration.module import Module
from mappers.mapping_rules import rules_for
print(rules_for(Module(sys.argv[1])).digest)
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_digest_is_the_same_in_every_process(rules, seed):
    """Sets have no order of their own; a digest that took theirs would plan every link anew after each cold start."""
    command = [sys.executable, "-c", DIGEST, str(rules.module)]
    got = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONHASHSEED": seed})
    assert got.stdout.strip() == rules.digest


def test_every_key_says_what_it_means():
    assert all(meaning for meaning in _meanings(SCHEMA))


def _meanings(schema):
    if isinstance(schema, Key):
        yield schema.meaning
    elif isinstance(schema, AnyKey):
        yield from _meanings(schema.each)
    else:
        for inner in schema.values():
            yield from _meanings(inner)


def test_the_columns_a_read_must_ask_for(rules):
    own = {column for column in rules.columns if not column.startswith("u_")}
    assert own == {"close_code", "close_notes", "description", "short_description", "state", "watch_list"}
    assert "watch_list" not in rules_for(rules.module, {"watchers": {"enabled": False}}).columns
