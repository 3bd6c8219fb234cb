"""The front door as API Gateway answers it: authorizer and cache, validation, proxy, mock."""

import json

import pytest
import requests

from integration.operations.waiting import until

BODY = {"event_type": "IncidentCreated"}


def post(plane, body=BODY, token="Bearer good", path="", **headers):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    given = {"Content-Type": "application/json", **headers}
    if token is not None:
        given["Authorization"] = token
    return requests.post(plane.webhook_url + path, data=data, headers=given, timeout=10)


def test_an_accepted_event_reaches_the_function_in_the_form_of_a_proxy_event(plane):
    answer = post(plane, path="?a=1&a=2")
    assert answer.status_code == 202
    assert answer.headers["X-Own"] == "yes"
    event = answer.json()["event"]
    assert answer.json()["who"] == "good"
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/webhook", "/webhook", "POST")
    assert event["queryStringParameters"] == {"a": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert json.loads(event["body"]) == BODY
    context = event["requestContext"]
    assert context["authorizer"] == {
        "who": "good",
        "fine": "true",
        "principalId": "servicenow",
        "integrationLatency": 0,
    }
    assert (context["stage"], context["path"]) == ("prod", "/prod/webhook")
    assert context["identity"]["sourceIp"] == "127.0.0.1"


REFUSED = {
    "no token": ({"token": None}, 401, {"message": "Unauthorized"}),
    "refused by name": ({"token": "Bearer unauthorized"}, 401, {"message": "Unauthorized"}),
    "wrong token": (
        {"token": "Bearer bad"}, 403,
        {"Message": "User is not authorized to access this resource with an explicit deny"},
    ),
    "an authorizer that answers nonsense": ({"token": "Bearer broken"}, 500, {"message": None}),
    "another path": ({"path": "/other"}, 403, {"message": "Missing Authentication Token"}),
    "no JSON": ({"body": "{"}, 400, {"message": "Invalid request body"}),
    "a missing member": ({"body": {}}, 400, {"message": "Invalid request body"}),
    "a wrong type": ({"body": {"event_type": 3}}, 400, {"message": "Invalid request body"}),
    "no body": ({"body": ""}, 400, {"message": "Invalid request body"}),
    "bytes": ({"body": b"\xff\xfe"}, 400, {"message": "Invalid request body"}),
    "nesting": ({"body": "[" * 100_000}, 400, {"message": "Invalid request body"}),
    "a handler that raises": ({"body": {"event_type": "IncidentDeleted"}}, 502, {"message": "Internal server error"}),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_refused_in_the_words_of_api_gateway(plane, what):
    asked, status, answer = REFUSED[what]
    got = post(plane, **asked)
    assert (got.status_code, got.json()) == (status, answer)


def test_an_authorizers_word_is_kept_for_its_time(plane):
    """A log line comes a moment after the answer; by the one who is asked last, those before have come."""

    def asked():
        return [line for line in plane.logs("tiny-authorizing") if "good-cached" in line]

    for _ in range(3):
        assert post(plane, token="Bearer good-cached").status_code == 202
    plane.front.forget_permits()
    assert post(plane, token="Bearer good-cached").status_code == 202
    assert post(plane, token="Bearer good-cached-and-last").status_code == 202
    until(lambda: any("last" in line for line in asked()))
    assert len(asked()) == 3


def test_another_content_type_is_not_validated_as_on_aws(plane):
    """The function has to look for itself."""
    assert post(plane, body=json.dumps(BODY), **{"Content-Type": "text/plain"}).status_code == 202


def test_options_is_answered_without_a_function(plane):
    answer = requests.options(plane.webhook_url, timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_more_than_the_burst_is_throttled(plane):
    bucket = next(iter(plane.world.apis.values())).stages["prod"].throttles["*", "*"]
    bucket.rate, before = 0.0, bucket.rate
    bucket.burst, bucket._tokens = 1, -1.0
    try:
        answers = [post(plane).status_code for _ in range(3)]
    finally:
        bucket.rate, bucket.burst, bucket._tokens = before, 50, -1.0
    assert answers == [202, 429, 429]


def test_a_function_that_does_not_let_the_api_in_is_a_500(fresh, stacks):
    template = stacks.application()
    resources = {k: v for k, v in template.resources.items() if k != "MayReceive"}
    fresh.deploy(
        [stacks.STATE, type(template)(template.name, {**template.body, "Resources": resources})],
        {"TinyApplication": {"instance": "x"}},
    )
    assert post(fresh).status_code == 500


def test_a_resource_policy_lets_only_named_addresses_in(fresh, stacks):
    policy = {"Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
         "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}},
    ]}  # fmt: skip
    api = stacks.resource("AWS::ApiGateway::RestApi", Name="TinyApi", Policy=policy)
    fresh.deploy([stacks.STATE, stacks.application(Api=api)], {"TinyApplication": {"instance": "x"}})
    refused = post(fresh)
    assert refused.status_code == 403
    assert "with an explicit deny" in refused.json()["Message"]
    fresh.front.source_ip = lambda _request: "10.1.2.3"
    assert post(fresh).status_code == 202
