"""What `template-export` makes of the templates: no CDK, no secret, the archive's place as parameters."""

import json

from cfnlint.api import lint_file

from integration.cli.template_export import ARCHIVE, _page, _portable
from integration.names import Names
from tests.unit.stacks.test_checks import SAID_TWICE


def test_where_the_code_lies_is_a_parameter(plain):
    """The bootstrap's bucket of assets is named nowhere."""
    portable = _portable(plain.servicenow)
    functions = [r["Properties"] for r in portable["Resources"].values() if r["Type"] == "AWS::Lambda::Function"]
    assert [each["Code"] for each in functions] == [
        {"S3Bucket": {"Ref": "codeBucket"}, "S3Key": {"Ref": "codeKey"}}
    ] * 7
    assert portable["Parameters"]["codeKey"]["Default"] == ARCHIVE
    assert set(portable["Parameters"]) == set(plain.servicenow["Parameters"]) | {"codeBucket", "codeKey"}


def test_nothing_of_it_needs_the_cdk(plain):
    for template in plain.templates:
        text = json.dumps(_portable(template))
        assert "cdk-hnb659fds" not in text
        assert "aws:cdk" not in text


def test_the_rest_stays_as_it_is(plain):
    assert _portable(plain.common)["Resources"].keys() == plain.common["Resources"].keys()
    assert "Parameters" not in _portable(plain.state)
    assert _portable(plain.servicenow)["Outputs"] == plain.servicenow["Outputs"]


def test_cfn_lint_is_silent(plain, tmp_path):
    path = tmp_path / "exported.template.json"
    path.write_text(json.dumps(_portable(plain.servicenow)))
    assert [str(match) for match in lint_file(path) if match.rule.id != SAID_TWICE] == []


def test_the_page_names_every_stack_and_what_is_left():
    names = Names("blue")
    page = _page(names)
    for stack in (names.state_stack, names.common_stack, names.servicenow_stack):
        assert f"--stack-name {stack} " in page
    for left in ("/SecurityIncidentResponse/blue/serviceNowClientSecret", "servicenow/private-key.pem", ARCHIVE):
        assert left in page
