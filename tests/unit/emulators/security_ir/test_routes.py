"""Routes, outputs and statuses are the model's, for every operation it has."""

import json

import pytest

from integration.emulators.security_ir.errors import ApiError
from integration.emulators.security_ir.model import error_statuses, service_model
from integration.emulators.security_ir.operations import OPERATIONS
from integration.emulators.security_ir.protocol import route, write_output
from integration.emulators.security_ir.validation import Problems, check

ARN = "arn:aws:security-ir:us-east-1:111122223333:case/1234567890"


def test_every_operation_of_the_model_has_a_handler_and_no_other():
    assert set(OPERATIONS) == set(service_model().operation_names)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_the_path_of_the_model_leads_to_its_operation(operation):
    http = service_model().operation_model(operation).http
    labels = {
        "caseId": "1234567890",
        "membershipId": "m-0123456789",
        "commentId": "000001",
        "resultId": "inv-0123456789",
    }
    labels |= {"attachmentId": "0F1E2D3C-0000-4000-8000-000000000000", "resourceArn": ARN.replace("/", "%2F")}
    assert route(http["method"], http["requestUri"].format(**labels))[0] == operation


@pytest.mark.parametrize("path", [ARN, ARN.replace("/", "%2F"), ARN.replace("/", "%2F").replace(":", "%3A")])
def test_an_arn_in_the_path_is_known_encoded_and_decoded(path):
    """A proxy in front may have decoded it: WSGI servers do."""
    assert route("GET", f"/v1/tags/{path}") == ("ListTagsForResource", {"resourceArn": ARN})


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/create-case"), ("POST", "/v1/cases"), ("GET", "/")])
def test_a_path_nobody_serves_is_an_unknown_operation(method, path):
    with pytest.raises(ApiError) as refused:
        route(method, path)
    assert refused.value.members["reason"] == "UNKNOWN_OPERATION"


def test_statuses_of_errors_are_the_models():
    assert error_statuses() == {
        "AccessDeniedException": 403,
        "ConflictException": 409,
        "InternalServerException": 500,
        "InvalidTokenException": 423,
        "ResourceNotFoundException": 404,
        "SecurityIncidentResponseNotActiveException": 400,
        "ServiceQuotaExceededException": 402,
        "ThrottlingException": 429,
        "ValidationException": 400,
    }


def test_every_answer_fits_the_models_output(account):
    """One walk through all case operations: members, lengths, patterns and words of each answer are the model's."""
    account.service.switches.update({"scan_delay_s": 0, "list_order": "insertion"})
    case_id = account.create(tags={"team": "blue"})
    arn = account.case(case_id).arn
    membership_id = next(iter(account.service.memberships))
    of_case = {"caseId": case_id}
    calls = [
        ("GetCase", of_case),
        ("ListCases", {}),
        ("UpdateCase", {**of_case, "title": "Other", "caseMetadata": [{"key": "k", "value": "v"}]}),
        ("UpdateCaseStatus", {**of_case, "caseStatus": "Detection and Analysis"}),
        ("UpdateResolverType", {**of_case, "resolverType": "AWS"}),
        ("CreateCaseComment", {**of_case, "body": "Hello"}),
        ("UpdateCaseComment", {**of_case, "commentId": "000000", "body": "Hello again"}),
        ("ListComments", of_case),
        ("ListCaseEdits", of_case),
        ("ListInvestigations", of_case),
        ("TagResource", {"resourceArn": arn, "tags": {"a": "b"}}),
        ("UntagResource", {"resourceArn": arn, "tagKeys": ["a"]}),
        ("ListTagsForResource", {"resourceArn": arn}),
        ("ListMemberships", {}),
        ("GetMembership", {"membershipId": membership_id}),
        ("BatchGetMemberAccountDetails", {"membershipId": membership_id, "accountIds": ["111122223333", "0" * 12]}),
        ("GetFindingMetrics", {"membershipId": membership_id, "startDate": 1, "endDate": 2}),
        ("CloseCase", of_case),
        ("GetCase", of_case),
    ]
    for operation, ask in calls:
        status, body = write_output(operation, account(operation, **ask))
        problems: Problems = []
        check(service_model().operation_model(operation).output_shape, json.loads(body or b"{}"), "", problems)
        assert (operation, problems) == (operation, [])
        assert status == service_model().operation_model(operation).http["responseCode"]
