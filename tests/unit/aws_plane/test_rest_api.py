"""A REST API finds its method by path parameters, wants keys where a method says so, and counts what plans allow."""

import json
from types import SimpleNamespace

import pytest

from integration.aws_plane.api import Api, Bucket, Method, Stage, Validator
from integration.aws_plane.authority import Place
from integration.aws_plane.environment import Outcome
from integration.aws_plane.http_server import Request
from integration.aws_plane.iam import statements
from integration.aws_plane.plane import Plane
from integration.aws_plane.resources.gateway_api import KINDS as OF_API
from integration.aws_plane.resources.gateway_keys import KINDS as OF_KEYS
from integration.aws_plane.resources.kinds import Resource, UnknownResource
from integration.aws_plane.usage import ApiKey, Plan, Usage
from integration.aws_plane.webhook import Front

PLACE = Place("123456789012", "us-east-1")
PARENTS = {
    "s": ("root", "workspaces"), "one": ("s", "{id}"), "known": ("s", "count"), "ext": ("one", "extend"),
    "f": ("root", "f"), "rest": ("f", "{path+}"),
}  # fmt: skip
URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:echo/invocations"
)
INVOKED = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": "*"}}
KEY = "k" * 40
DAY_S = 86400
SUNDAY = 1_767_484_800
"""2026-01-04T00:00:00Z"""


class Functions(dict):
    def __init__(self, answer=None):
        self.asked, self.answer = [], answer or {"statusCode": 200, "body": "ok"}

    def __getitem__(self, name):
        definition = SimpleNamespace(arn="arn")
        return SimpleNamespace(definition=definition, permissions=statements(INVOKED, "p"), invoke=self.invoke)

    def invoke(self, event):
        self.asked.append(event)
        return Outcome(json.dumps(self.answer).encode())


class World(SimpleNamespace):
    """As much of a plane as an API's resources are made into."""

    def __init__(self, answer=None, **of_api):
        self.now, self.place, self.usage = SUNDAY, PLACE, Usage()
        api = Api("abc", "api", "root", parents=PARENTS)
        for resource in ("root", *PARENTS):
            api.methods[resource, "GET"] = Method("GET", "NONE", {"Type": "AWS_PROXY", "Uri": URI}, **of_api)
        api.stages["prod"] = Stage("prod")
        self.api, self.apis, self.functions = api, {"abc": api}, Functions(answer)
        self.front = Front(self.apis, self.functions, PLACE, self.usage, lambda: self.now)

    def get(self, path, body=b"", **headers):
        return self.front.answer(Request("GET", path, {k.replace("_", "-"): v for k, v in headers.items()}, body))

    def open_with(self, **limits):
        self.usage.keys["id"] = ApiKey("id", "machines", KEY)
        self.usage.plans["plan"] = Plan("plan", frozenset({("abc", "prod")}), **limits)
        self.usage.members.add(("plan", "id"))


PATHS = [
    ("/workspaces", "/workspaces", None),
    ("/workspaces/", "/workspaces", None),
    ("/workspaces/1-2", "/workspaces/{id}", {"id": "1-2"}),
    ("/workspaces/a%20b", "/workspaces/{id}", {"id": "a%20b"}),
    ("/workspaces/count", "/workspaces/count", None),
    ("/workspaces/count/extend", "/workspaces/{id}/extend", {"id": "count"}),
    ("/f/a", "/f/{path+}", {"path": "a"}),
    ("/f/a/b/c", "/f/{path+}", {"path": "a/b/c"}),
]


@pytest.mark.parametrize(("path", "template", "values"), PATHS)
def test_a_function_is_told_what_the_path_stands_for(path, template, values):
    """As it was sent: a REST API does not decode it. The literal segment wins over the parameter."""
    world = World()
    assert world.get("/prod" + path).status == 200
    (event,) = world.functions.asked
    told = (event["resource"], event["path"], event["pathParameters"], event["requestContext"]["resourcePath"])
    assert told == (template, path, values, template)


@pytest.mark.parametrize("path", ["/workspaces//extend", "/workspaces/1/2", "/other", "/workspaces/1/extend/x"])
def test_a_path_of_no_resource_is_as_if_nobody_had_asked(path):
    answer = World().get("/prod" + path)
    assert (answer.status, json.loads(answer.body)) == (403, {"message": "Missing Authentication Token"})


@pytest.mark.parametrize("shown", [{}, {"x_api_key": ""}, {"x_api_key": "wrong"}, {"x_api_key": KEY[:-1]}])
def test_without_its_key_a_method_is_forbidden(shown):
    world = World(key_required=True)
    world.open_with()
    answer = world.get("/prod/workspaces", **shown)
    assert (answer.status, json.loads(answer.body)) == (403, {"message": "Forbidden"})
    assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"
    assert not world.functions.asked


@pytest.mark.parametrize("lost", ["disabled", "another stage", "in no plan"])
def test_a_key_opens_only_stages_of_a_plan_it_is_in(lost):
    world = World(key_required=True)
    world.open_with()
    assert world.get("/prod/workspaces", x_api_key=KEY).status == 200
    if lost == "disabled":
        world.usage.keys["id"] = ApiKey("id", "machines", KEY, enabled=False)
    if lost == "another stage":
        world.usage.plans["plan"] = Plan("plan", frozenset({("abc", "test")}))
    if lost == "in no plan":
        world.usage.members.clear()
    assert world.get("/prod/workspaces", x_api_key=KEY).status == 403


def test_the_function_is_told_whose_key_it_was():
    world = World(key_required=True)
    world.open_with()
    world.get("/prod/workspaces", x_api_key=KEY)
    identity = world.functions.asked[0]["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == (KEY, "id")


def test_a_method_that_wants_no_key_looks_at_none():
    assert World().get("/prod/workspaces", x_api_key="wrong").status == 200


@pytest.mark.parametrize(("period", "later"), [("DAY", DAY_S), ("WEEK", 7 * DAY_S), ("MONTH", 28 * DAY_S)])
def test_a_quota_is_over_until_its_period_is(period, later):
    """Periods are days, weeks from Sunday and months, in UTC."""
    world = World(key_required=True)
    world.open_with(quota=3, offset=1, period=period)
    assert [world.get("/prod/workspaces", x_api_key=KEY).status for _ in range(3)] == [200, 200, 429]
    answer = world.get("/prod/workspaces", x_api_key=KEY)
    assert json.loads(answer.body) == {"message": "Limit Exceeded"}
    world.now += later - 1
    assert world.get("/prod/workspaces", x_api_key=KEY).status == 429
    world.now += 1
    assert [world.get("/prod/workspaces", x_api_key=KEY).status for _ in range(4)] == [200, 200, 200, 429]


def test_a_plans_rate_refuses_and_uses_up_no_quota():
    world = World(key_required=True)
    world.open_with(rate=1e-9, burst=2, quota=10)
    assert [world.get("/prod/workspaces", x_api_key=KEY).status for _ in range(4)] == [200, 200, 429, 429]
    assert json.loads(world.get("/prod/workspaces", x_api_key=KEY).body) == {"message": "Too Many Requests"}
    assert world.usage._counts["plan", "id"][1] == 2


def test_a_plan_may_bind_one_method_by_itself():
    """Each with a bucket of its own; the plan's holds for the others."""
    world = World(key_required=True)
    world.open_with(rate=1e-9, burst=1, methods={("abc", "prod", "/workspaces/{id}/GET"): (1e-9, 2)})
    asked = ["workspaces/1", "workspaces/2", "workspaces/3", "workspaces", "f/1"]
    assert [world.get(f"/prod/{path}", x_api_key=KEY).status for path in asked] == [200, 200, 429, 200, 429]


def test_the_most_particular_throttle_of_a_stage_counts():
    world = World()
    throttles = {("*", "*"): Bucket(1e-9, 1), ("/workspaces/{id}", "GET"): Bucket(1e-9, 2)}
    world.api.stages["prod"] = Stage("prod", throttles)
    asked = ["/f/1", "/f/2", "/workspaces/1", "/workspaces/2", "/workspaces/3"]
    assert [world.get("/prod" + path).status for path in asked] == [200, 429, 200, 200, 429]


def test_a_policy_binds_one_path_to_its_callers():
    world = World()
    world.api.policy = statements({"Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"},
        {
            "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke",
            "Resource": ["arn:aws:execute-api:us-east-1:123456789012:abc/prod/*/workspaces",
                         "arn:aws:execute-api:us-east-1:123456789012:abc/prod/*/workspaces/*"],
            "Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
        },
    ]}, "api")  # fmt: skip
    assert [world.get(f"/prod/{path}").status for path in ("workspaces", "workspaces/1", "f/1")] == [403, 403, 200]
    world.front.source_ip = lambda _request: "192.0.2.7"
    assert world.get("/prod/workspaces").status == 200


def test_a_validator_asks_for_what_stands_in_query_and_headers():
    world = World(validator="v", required=("querystring.order", "header.X-Asked", "path.id"))
    world.api.validators["v"] = Validator(body=False, parameters=True)
    answer = world.get("/prod/workspaces/1")
    assert (answer.status, json.loads(answer.body)) == (
        400, {"message": "Missing required request parameters: [order, X-Asked]"},
    )  # fmt: skip
    assert world.get("/prod/workspaces/1?order=", x_asked="yes").status == 200


PNG = {"statusCode": 200, "headers": {"Content-Type": "image/png"}, "body": "iVA=", "isBase64Encoded": True}


@pytest.mark.parametrize(("binary", "accept", "body"), [
    ((), "image/png", b"iVA="), (("image/png",), "image/png,*/*", b"\x89P"), (("image/png",), "text/html", b"iVA="),
    (("*/*",), "", b"\x89P"),
])  # fmt: skip
def test_bytes_go_out_where_the_api_has_their_type_and_the_caller_accepts_it(binary, accept, body):
    world = World(answer=PNG)
    world.api.binary = binary
    assert world.get("/prod/f/x.png", accept=accept).body == body


def test_bytes_of_a_binary_type_come_in_as_base64():
    world = World()
    world.api.binary = ("application/zip",)
    world.get("/prod/f/x", body=b"text", content_type="application/zip")
    assert (world.functions.asked[0]["body"], world.functions.asked[0]["isBase64Encoded"]) == ("dGV4dA==", True)


def test_each_of_two_apis_answers_at_its_own_address_and_in_its_own_words():
    world = World(key_required=True)
    other = Api("xyz", "other", "root", parents={"o": ("root", "only")})
    other.methods["o", "GET"] = Method("GET", "NONE", {"Type": "AWS_PROXY", "Uri": URI}, key_required=True)
    other.stages["prod"] = Stage("prod")
    other.gateway_responses["INVALID_API_KEY"] = {
        "ResponseTemplates": {"application/json": '{"message":"send x-api-key"}'}
    }
    world.apis["xyz"] = other
    assert world.get("/xyz/prod/only").body == b'{"message":"send x-api-key"}'
    assert json.loads(world.get("/prod/workspaces").body) == {"message": "Forbidden"}
    assert world.get("/abc/prod/workspaces").status == 403


def test_the_webhook_is_the_post_that_an_authorizer_guards_whichever_api_has_it():
    def webhook(*apis):
        return Plane.webhook_url.fget(
            SimpleNamespace(url="http://h", world=SimpleNamespace(apis={a.id: a for a in apis}))
        )

    ours = Api("abc", "ours", "root", parents={"w": ("root", "webhook")}, stages={"prod": Stage("prod")})
    ours.methods["w", "POST"] = Method("POST", "CUSTOM", {})
    other = Api("xyz", "other", "root", parents={"o": ("root", "orders")}, stages={"prod": Stage("prod")})
    other.methods["o", "POST"] = Method("POST", "NONE", {})
    assert webhook(ours, other) == webhook(ours) == "http://h/prod/webhook"
    assert webhook(other, ours) == "http://h/abc/prod/webhook"
    assert webhook(other) == "http://h/prod/orders"
    with pytest.raises(LookupError):
        webhook()


def made(world, kind, **properties):
    resource = Resource("Stack", "id", kind + "1", f"AWS::ApiGateway::{kind}", properties)
    return {**OF_API, **OF_KEYS}[resource.type].create(world, resource)


def test_keys_and_plans_of_a_template_open_its_methods_until_they_go():
    world = World(key_required=True)
    key = made(world, "ApiKey", Name="machines", Enabled=True)
    plan = made(world, "UsagePlan", ApiStages=[{"ApiId": "abc", "Stage": "prod"}], Quota={"Limit": 1, "Period": "DAY"})
    member = made(world, "UsagePlanKey", KeyId=key.physical_id, UsagePlanId=plan.physical_id, KeyType="API_KEY")
    value = world.usage.keys[key.physical_id].value
    assert (len(value), key.attributes["APIKeyId"]) == (40, key.physical_id)
    assert [world.get("/prod/f/1", x_api_key=value).status for _ in range(2)] == [200, 429]
    OF_KEYS["AWS::ApiGateway::UsagePlanKey"].delete(world, None, member)
    assert world.get("/prod/f/1", x_api_key=value).status == 403


@pytest.mark.parametrize(("kind", "properties", "told"), [
    ("ApiKey", {"Value": "short"}, "20 to 128"),
    ("RestApi", {"Name": "a", "ApiKeySourceType": "AUTHORIZER"}, "AUTHORIZER"),
    ("UsagePlanKey", {"KeyId": "k", "UsagePlanId": "p", "KeyType": "OTHER"}, "OTHER"),
    ("Resource", {"RestApiId": "abc", "ParentId": "root", "PathPart": "a{b}"}, "a{b}"),
])  # fmt: skip
def test_what_api_gateway_would_refuse_fails_the_deployment(kind, properties, told):
    with pytest.raises(UnknownResource, match=told):
        made(World(), kind, **properties)
