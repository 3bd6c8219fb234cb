"""The front door: what ServiceNow may send, how fast, and who looks first."""

import json
import re

import jsonschema
import pytest

from servicenow_setup.desired import desired
from servicenow_setup.settings import SetupSettings


@pytest.fixture(scope="module")
def post(plain):
    return plain.named("AWS::ApiGateway::Method", "HttpMethod", "POST")["Properties"]


def test_a_call_passes_the_authorizer_and_the_model(plain, post):
    assert post["AuthorizationType"] == "CUSTOM"
    assert post["Integration"]["Type"] == "AWS_PROXY"
    assert "application/json" in post["RequestModels"]
    validator = plain.only("AWS::ApiGateway::RequestValidator")["Properties"]
    assert validator["ValidateRequestBody"] is True
    assert plain.only("AWS::ApiGateway::Resource")["Properties"]["PathPart"] == "webhook"


def test_a_decision_of_the_authorizer_is_kept_a_minute_at_most(plain):
    """Longer, and a token taken away by a rotation would go on working."""
    authorizer = plain.only("AWS::ApiGateway::Authorizer")["Properties"]
    assert authorizer["Type"] == "TOKEN"
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    assert 0 < authorizer["AuthorizerResultTtlInSeconds"] <= 60


TAKEN = ["Bearer " + "a1" * 24, "Bearer " + "a_-" * 14 + "z", "bearer  " + "x" * 43, "y" * 48]
REFUSED = ["Bearer short", "Basic " + "x" * 48, "Bearer " + "x" * 513, "Bearer " + "ü" * 43, "Bearer a b", ""]


def test_only_what_looks_like_a_token_costs_a_function(plain):
    """API Gateway refuses the rest itself; every form of a token that we or an operator make passes."""
    form = plain.only("AWS::ApiGateway::Authorizer")["Properties"]["IdentityValidationExpression"]
    assert [each for each in TAKEN + REFUSED if re.search(form, each)] == TAKEN


def test_options_answers_every_origin_without_credentials(plain):
    """As documented; no browser calls it, so the answer is a constant and allows nothing secret."""
    options = plain.named("AWS::ApiGateway::Method", "HttpMethod", "OPTIONS")["Properties"]
    assert options["AuthorizationType"] == "NONE"
    assert options["Integration"]["Type"] == "MOCK"
    (answer,) = options["Integration"]["IntegrationResponses"]
    headers = answer["ResponseParameters"]
    assert headers["method.response.header.Access-Control-Allow-Origin"] == "'*'"
    assert "POST" in headers["method.response.header.Access-Control-Allow-Methods"]
    assert not any("Credentials" in header for header in headers)


def test_the_stage_is_throttled_and_logs_no_header(plain):
    stage = plain.only("AWS::ApiGateway::Stage")["Properties"]
    assert stage["StageName"] == "prod"
    (settings,) = stage["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == 20
    assert settings["ThrottlingBurstLimit"] == 1000
    assert settings["DataTraceEnabled"] is False
    assert set(json.loads(stage["AccessLogSetting"]["Format"])) == {
        "requestId", "ip", "requestTime", "httpMethod", "resourcePath", "status", "protocol", "tlsVersion",
        "responseLength",
    }  # fmt: skip
    assert "Authorization" not in stage["AccessLogSetting"]["Format"]


def test_a_handshake_below_tls_1_2_is_refused(plain):
    """A Regional API takes TLS 1.0 unless told otherwise; the policy is one that API Gateway knows."""
    import botocore.session

    api = plain.only("AWS::ApiGateway::RestApi")["Properties"]
    known = botocore.session.get_session().get_service_model("apigateway").shape_for("SecurityPolicy").enum
    assert api["SecurityPolicy"] in known
    assert "_TLS13_1_2_" in api["SecurityPolicy"]
    assert api["EndpointAccessMode"] == "STRICT"


GOOD = {
    "event_type": "IncidentUpdated", "incident_number": "INC0010001", "sys_id": "0" * 32, "table": "incident",
    "sys_mod_count": 3, "attachment_action": "added", "instance_name": "dev12345",
}  # fmt: skip
BAD = {
    "another event": {"event_type": "CaseCreated"},
    "no event": {"event_type": None},
    "a sys_id of another form": {"sys_id": "../../x"},
    "another table": {"table": "sys_user"},
}


@pytest.mark.parametrize("body", [GOOD, {"event_type": "Ping"}], ids=["event", "probe"])
def test_the_model_takes_what_the_rules_send(plain, body):
    schema = plain.only("AWS::ApiGateway::Model")["Properties"]["Schema"]
    jsonschema.Draft4Validator(schema).validate(body)


@pytest.mark.parametrize("table", ["incident", "sn_si_incident"])
def test_the_model_takes_what_the_test_button_of_the_message_sends(plain, table):
    """The REST message's own samples, put into its content as an instance does."""
    settings = SetupSettings(
        prefix="abc", owner="1/r/d", table=table, webhook_url="https://a.example/prod/webhook", user_sys_id="9"
    )
    values = {record.kind: record.values for record in desired(settings).records}
    content = values["function"]["content"]
    for kind, sample in values.items():
        if kind.startswith("parameter/"):
            content = content.replace(f"${{{sample['name']}}}", sample["value"])
    body = json.loads(content)
    assert (body["event_type"], body["table"]) == ("Ping", table)
    schema = plain.only("AWS::ApiGateway::Model")["Properties"]["Schema"]
    jsonschema.Draft4Validator(schema).validate(body)


@pytest.mark.parametrize("change", BAD.values(), ids=list(BAD))
def test_the_model_refuses_what_no_rule_sends(plain, change):
    body = {key: value for key, value in (GOOD | change).items() if value is not None}
    schema = plain.only("AWS::ApiGateway::Model")["Properties"]["Schema"]
    assert list(jsonschema.Draft4Validator(schema).iter_errors(body))


def test_addresses_are_limited_only_where_asked(plain, blue):
    assert "Policy" not in plain.only("AWS::ApiGateway::RestApi")["Properties"]
    policy = blue.only("AWS::ApiGateway::RestApi")["Properties"]["Policy"]
    (denied,) = (s for s in policy["Statement"] if s["Effect"] == "Deny")
    assert denied["Condition"] == {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}


def test_the_token_is_made_by_secrets_manager(plain):
    """`{"token": "<48 letters and digits>"}`, encrypted with our key."""
    secret = plain.only("AWS::SecretsManager::Secret")["Properties"]
    made = secret["GenerateSecretString"]
    assert made["GenerateStringKey"] == "token"
    assert made["PasswordLength"] >= 43
    assert made["ExcludePunctuation"] is True
    assert secret["KmsKeyId"]
    assert "SecretString" not in secret


def test_rotation_waits_until_the_instance_knows_the_first_token(plain):
    rotation = plain.only("AWS::SecretsManager::RotationSchedule")
    assert rotation["Properties"]["RotateImmediatelyOnUpdate"] is False
    assert rotation["Properties"]["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert set(plain.of_type("Custom::ServiceNowResources")) <= set(rotation["DependsOn"])


def test_the_instance_is_set_up_once_the_webhook_answers(plain):
    """CloudFormation calls our function itself; any change of what we want there is an update."""
    resource = plain.only("Custom::ServiceNowResources")
    setup = next(
        i
        for i, f in plain.of_type("AWS::Lambda::Function").items()
        if f["Properties"]["FunctionName"] == "ServiceNowResourceSetupLambda"
    )
    assert resource["Properties"]["ServiceToken"] == {"Fn::GetAtt": [setup, "Arn"]}
    assert len(resource["Properties"]["Digest"]) == 64
    assert set(plain.of_type("AWS::ApiGateway::Stage")) <= set(resource["DependsOn"])
    assert set(plain.of_type("AWS::SSM::Parameter")) <= set(resource["DependsOn"])


def test_an_update_set_needs_no_custom_resource(blue):
    assert not blue.of_type("Custom::ServiceNowResources")


def test_a_changed_authorizer_is_deployed(plain, edited):
    """API Gateway serves what was deployed last; CDK deploys again only if the deployment's id changes."""
    assert edited.only("AWS::ApiGateway::Authorizer")["Properties"]["AuthorizerResultTtlInSeconds"] == 30
    [new] = edited.of_type("AWS::ApiGateway::Deployment")
    assert new not in plain.of_type("AWS::ApiGateway::Deployment")
