"""What `template-export` makes of the templates: no CDK, no secret, the archive's place as parameters."""

import json

import pytest

from integration.names import Names
from integration.operations.commands import template_export
from integration.operations.commands.template_export import ARCHIVE, CODE_PARAMETERS, _page, portable
from integration.operations.terminal.failure import Failure
from tests.stacks.test_checks import said_by_cfn_lint


def test_where_the_code_lies_is_a_parameter(plain):
    """The bootstrap's bucket of assets is named nowhere."""
    exported = portable(plain.servicenow)
    functions = [r["Properties"] for r in exported["Resources"].values() if r["Type"] == "AWS::Lambda::Function"]
    assert [each["Code"] for each in functions] == [
        {"S3Bucket": {"Ref": "codeBucket"}, "S3Key": {"Ref": "codeKey"}}
    ] * 7
    assert exported["Parameters"]["codeKey"]["Default"] == ARCHIVE
    assert set(exported["Parameters"]) == set(plain.servicenow["Parameters"]) | {"codeBucket", "codeKey"}


def test_nothing_of_it_needs_the_cdk(plain):
    for template in plain.templates:
        text = json.dumps(portable(template))
        assert "cdk-hnb659fds" not in text
        assert "aws:cdk" not in text


def test_the_rest_stays_as_it_is(plain):
    given = json.dumps(plain.servicenow)
    assert portable(plain.servicenow)["Resources"].keys() == plain.servicenow["Resources"].keys()
    assert json.dumps(plain.servicenow) == given
    assert portable(plain.common)["Resources"].keys() == plain.common["Resources"].keys()
    assert "Parameters" not in portable(plain.state)
    assert portable(plain.servicenow)["Outputs"] == plain.servicenow["Outputs"]


def test_cfn_lint_is_silent(plain, tmp_path):
    path = tmp_path / "exported.template.json"
    path.write_text(json.dumps(portable(plain.servicenow)))
    assert said_by_cfn_lint(path) == []


def test_the_page_names_every_stack_and_what_is_left():
    names = Names("blue")
    written = {names.state_stack: {}, names.common_stack: {}, names.servicenow_stack: {"Parameters": CODE_PARAMETERS}}
    written |= {(archive := names.of("servicenow-spa-creator-state")): {}}
    page = _page(names, written)
    assert [page.count(f"deploy --stack-name {stack} ") for stack in written] == [1, 1, 1, 1]
    protected = [line.split()[-1] for line in page.splitlines() if "--enable-termination-protection" in line]
    assert protected == [names.state_stack, archive]
    assert page.count("--parameter-overrides codeBucket=") == 1
    for left in ("/SecurityIncidentResponse/blue/serviceNowClientSecret", "servicenow/private-key.pem", ARCHIVE):
        assert left in page


def asked(monkeypatch, tmp_path, **options):
    """The deployment that `template-export` would write, with these options besides the needed ones."""
    monkeypatch.setattr(template_export, "functions_archive", lambda: tmp_path)
    needed = {"instance_id": "dev12345", "client_id": "c", "user_sys_id": "u", "integration_module": "itsm"}
    needed |= {"integrations": ("cases",)}
    return template_export._deployment(names=Names(), api_log_role=True, **(needed | options))


AS_OF_SERVICE_NOW = [
    ({"integrations": ("workspace",)}, "integrations", ("workspace",)),
    ({"allowed_ips": ["198.51.100.7"]}, "allowed_ips", ("198.51.100.7/32",)),
    ({"alarm_email": ["soc@example.com"]}, "alarm_emails", ("soc@example.com",)),
    ({"log_policy": "account"}, "log_policy", "account"),
    ({"setup": None}, "setup", "rest"),
    ({"tags": ["team=soc"]}, "tags", (("team", "soc"),)),
    ({"qualifier": "acme"}, "qualifier", "acme"),
    ({"instance_id": " https://help.example.com/now/nav "}, "instance", "https://help.example.com"),
    ({"client_id": "c1\n"}, "client_id", "c1"),
    ({"user_sys_id": " u1"}, "user_sys_id", "u1"),
]


@pytest.mark.parametrize(
    ("options", "field", "value"), AS_OF_SERVICE_NOW, ids=[field for _, field, _ in AS_OF_SERVICE_NOW]
)
def test_it_takes_what_service_now_takes(monkeypatch, tmp_path, options, field, value):
    assert getattr(asked(monkeypatch, tmp_path, **options), field) == value


@pytest.mark.parametrize("wrong", [{"instance_id": "dev 1"}, {"user_sys_id": "aws.integration"}])
def test_it_refuses_what_service_now_refuses(monkeypatch, tmp_path, wrong):
    with pytest.raises(Failure) as failed:
        asked(monkeypatch, tmp_path, **wrong)
    assert failed.value.code == 2


def test_settings_are_written_as_a_deployment_writes_them(monkeypatch, tmp_path):
    file = tmp_path / "mapping.toml"
    file.write_text('[watchers]\ncolumn = "work_notes_list"\n')
    given = {"incident_filter": "priority=1", "case_tag": "servicenow=yes", "mapping_file": file}
    settings = json.loads(asked(monkeypatch, tmp_path, **given).settings)
    assert settings.pop("installed_at") > 0
    assert settings.pop("mapping")
    assert settings == {"incident_filter": "priority=1", "case_tag": "servicenow=yes"}


@pytest.mark.parametrize(
    "wrong", [{"allowed_ips": ["300.1.1.1"]}, {"case_tag": "=x"}, {"incident_filter": "^"}], ids=str
)
def test_what_service_now_refuses_is_not_asked(monkeypatch, tmp_path, wrong):
    with pytest.raises(Failure):
        asked(monkeypatch, tmp_path, **wrong)
