"""The rules against ServiceNow's own typings, and against ES5: what a name that does not exist would do at night."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instance_scripts import second_opinion

RULES = Path("servicenow_setup/business_rules")
pytestmark = [
    pytest.mark.skipif(not second_opinion.there(), reason=second_opinion.MISSING),
    pytest.mark.xdist_group("rules"),
]


@pytest.fixture
def sources():
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(RULES.glob("*.js"))}


def test_every_call_and_column_is_known(sources, tmp_path):
    assert second_opinion.types(sources, tmp_path) == ""


def test_every_script_is_es5_and_clean(sources, tmp_path):
    assert second_opinion.lint(sources, tmp_path) == ""


TYPOS = [
    ("a column", "this.text(incident, 'number')", "this.text(incident, 'numbr')"),
    ("a column of an attachment", "'table_sys_id'", "'table_id'"),
    ("a column asked for", "addQuery('name'", "addQuery('nam'"),
    ("a key of the payload", "payload.attachment_action", "payload.attachmentAction"),
    ("a call on a message", "setHttpTimeout", "setHttpTimout"),
    ("a call on an element", "getDecryptedValue", "getDecryptdValue"),
    ("a call on the system", "gs.error", "gs.eror"),
    ("a class", "sn_ws.RESTMessageV2", "sn_ws.RESTMessage"),
    ("a number that is a text", "this.TIMEOUT_MS)", "'10000')"),
    ("an argument too many", "(this.MESSAGE, 'POST')", "(this.MESSAGE, 'POST', true)"),
]


def test_the_typings_find_what_they_are_for(sources, tmp_path):
    """One file per slip, all compiled at once: each is found."""
    shared = sources["shared.js"]
    slips = {}
    for number, (what, right, wrong) in enumerate(TYPOS):
        assert right in shared, what
        slips[f"slip{number}.js"] = shared.replace(right, wrong).replace("AwsSecurityIr", f"Slip{number}")
    said = second_opinion.types(slips, tmp_path)
    assert [what for number, (what, _, _) in enumerate(TYPOS) if f"slip{number}.js" not in said] == []


NEWER = {
    "let.js": "let a = 1; gs.info(a);",
    "arrow.js": "gs.info((() => 1)());",
    "template.js": "gs.info(`x`);",
    "library.js": "gs.info('abc'.includes('a'), Object.assign({}, {}));",
    "promise.js": "gs.info(Promise);",
    "unknown.js": "gs.info(nothing);",
    "unused.js": "(function () { var left = 1; }());",
}


def test_the_linter_finds_what_it_is_for(tmp_path):
    said = second_opinion.lint(NEWER, tmp_path)
    assert [name for name in NEWER if name not in said] == []
