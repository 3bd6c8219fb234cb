"""What a waiting system says becomes one ask, or a sentence that says what is wrong with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json

import pytest

from integration.aws.telemetry import Telemetry
from integration.changes.gate.addresses import Allowed
from integration.changes.gate.front_door import LARGEST_BODY, FrontDoor
from integration.changes.gate.hook_secrets import KEPT_S, LOOK_AGAIN_S, HookSecrets
from integration.changes.gate.intake import from_codepipeline, from_step_functions
from integration.changes.gate.messages import wake_of
from integration.changes.gate.signing import TIMESTAMP, signed
from integration.changes.gate.waiter import Kind
from integration.clients.errors import Unavailable
from integration.reconcile.verdict import Malformed

NOW = 1_800_000_000.0
TOKEN, WEBHOOK_SECRET = "k" * 43, "w" * 40
WANTED = {"app": "shop", "version": "2.3.0", "environment": "production"}
CALLBACK = "https://api.github.com/repos/octo/shop/actions/runs/99/deployment_protection_rule"
GITHUB = {
    "action": "requested", "environment": "production", "deployment_callback_url": CALLBACK,
    "deployment": {"sha": "f" * 40}, "installation": {"id": 5},
    "repository": {"full_name": "octo/shop", "html_url": "https://github.com/octo/shop"},
}  # fmt: skip
AZURE = {
    "PlanUrl": "https://dev.azure.com/acme/", "ProjectId": "p-1", "HubName": "checks", "PlanId": "pl-1", "JobId": "j-1",
    "TaskInstanceId": "t-1", "AuthToken": "jwt",
}  # fmt: skip
RUN = {"ci": "jenkins", "server": "https://ci.example.com", "project": "shop", "run": "jenkins-shop-7"}
BODIES = {
    "github": GITHUB,
    "azure": {"run": "77", "project": "Shop", "change": WANTED},
    "gitlab": {
        "run": RUN | {"ci": "gitlab", "server": "https://gitlab.example.com"}, "change": WANTED,
        "gitlab": {"project": 17, "pipeline": "31"},
    },
    "url": {"run": RUN, "change": WANTED, "callback_url": "https://ci.example.com/webhook-step/abc"},
}  # fmt: skip
LISTED = ("api.github.com", "dev.azure.com/acme", "gitlab.example.com", "ci.example.com")


class Secret:
    """Secrets Manager with the gate's one secret; reads are counted."""

    def __init__(self):
        self.members, self.reads = {"token": TOKEN, "github": {"webhook_secret": WEBHOOK_SECRET}}, 0

    def get_secret_value(self, **_which):
        self.reads += 1
        return {"SecretString": json.dumps(self.members)}


class Door:
    """The front door, and what it put into the queue; `now` is its clock, which starts at `NOW`."""

    def __init__(self, listed=LISTED):
        self.sent, self.log, self.failing, self.now, self.secret = [], io.StringIO(), False, NOW, Secret()
        telemetry, secrets = Telemetry("front door", "test", stream=self.log), HookSecrets(self.secret, "s", self.clock)
        self.door = FrontDoor(secrets, lambda: Allowed(listed), self._send, telemetry, self.clock)

    def clock(self):
        return self.now

    @property
    def told(self):
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def _send(self, ask):
        if self.failing:
            raise Unavailable("aws", "the queue did not take it")
        self.sent.append(ask)

    def post(self, kind, body=None, headers=None, at=NOW, **event):
        content = body if isinstance(body, str) else json.dumps(BODIES.get(kind, {}) if body is None else body)
        given = headers_of(kind, content, at) if headers is None else headers
        answer = self.door.answer({"path": f"/gate/{kind}", "headers": given, "body": content, **event})
        return answer["statusCode"], json.loads(answer["body"])


def headers_of(kind, content, at=NOW):
    if kind == "github":
        mac = hmac.new(WEBHOOK_SECRET.encode(), content.encode(), hashlib.sha256).hexdigest()
        return {"X-GitHub-Event": "deployment_protection_rule", "X-Hub-Signature-256": f"sha256={mac}"}
    if kind == "azure":
        return {"Authorization": f"Bearer {TOKEN}", **AZURE}
    return signed(TOKEN, at, content.encode())


@pytest.fixture
def door():
    return Door()


@pytest.mark.parametrize("kind", BODIES)
def test_each_hook_takes_what_its_system_sends(door, kind):
    assert door.post(kind) == (200, {"accepted": True})
    [sent] = door.sent
    wake = wake_of({"detail-type": "ChangeAsked", "detail": json.loads(json.dumps(sent))}, NOW)
    wake.check(TOKEN)
    assert (wake.ask.waiter.kind, wake.ask.fault, wake.ask.wanted["app"]) == (Kind(kind), "", "shop")


def test_an_ask_that_somebody_put_into_the_queue_as_the_front_doors_is_malformed(door):
    """Roles of the account may send there: an approved change must not let them answer for other pipelines."""
    door.post("github")
    [sent] = door.sent
    forged = {**sent, "ask": sent["ask"].replace('"run": "99"', '"run": "100"')}
    assert forged != sent
    wake = wake_of({"detail-type": "ChangeAsked", "detail": forged}, NOW)
    with pytest.raises(Malformed):
        wake.check(TOKEN)


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_in_base64_is_the_same(door, kind):
    content = json.dumps(BODIES[kind])
    encoded = base64.b64encode(content.encode()).decode()
    assert door.post(kind, encoded, headers_of(kind, content), isBase64Encoded=True)[0] == 200


@pytest.mark.parametrize("raw", ["ÿ", "a", "a!==", "\ud800"])
def test_a_body_that_is_not_what_its_encoding_says_is_told_so(door, raw):
    answer = door.post("url", raw, {}, isBase64Encoded=raw != "\ud800")
    assert answer == (400, {"error": "the body is not what its encoding says"})


@pytest.mark.parametrize("timestamp", ["", "-1", "1e9", "²", "9" * 12])
def test_a_time_that_is_none_is_no_signature(door, timestamp):
    headers = signed(TOKEN, NOW, b"{}") | {TIMESTAMP: timestamp}
    assert door.post("url", "{}", headers)[0] == 401


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("tampered", ["body", "headers", "none"])
def test_without_the_right_signature_or_token_nothing_is_read(door, kind, tampered):
    content = json.dumps(BODIES[kind])
    headers = headers_of(kind, content)
    if tampered == "headers":
        headers = {name: value[:-1] + ("0" if value[-1] != "0" else "1") for name, value in headers.items()}
    if tampered == "none":
        headers = {}
    if tampered == "body":
        content = content.replace("shop", "sh0p")
    expected = 200 if (kind, tampered) == ("azure", "body") else 401
    assert door.post(kind, content, headers)[0] == expected
    assert len(door.sent) == (expected == 200)


@pytest.mark.parametrize("kind", ["gitlab", "url"])
@pytest.mark.parametrize(("off_s", "status"), [(-301, 401), (-299, 200), (299, 200), (301, 401)])
def test_a_signed_ask_counts_for_five_minutes(door, kind, off_s, status):
    assert door.post(kind, at=NOW + off_s)[0] == status


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("github", GITHUB | {"deployment_callback_url": CALLBACK.replace("github", "evil")}, "on no list"),
        ("github", GITHUB | {"deployment_callback_url": "https://api.github.com/repos/octo/shop"}, "none of a"),
        ("github", GITHUB | {"repository": {"full_name": "octo/other"}}, "another repository"),
        ("github", {k: v for k, v in GITHUB.items() if k != "environment"}, "environment is missing"),
        ("gitlab", BODIES["gitlab"] | {"gitlab": {"project": "../1", "pipeline": 31}}, "are numbers"),
        ("gitlab", BODIES["gitlab"] | {"run": RUN}, ""),
        ("url", BODIES["url"] | {"callback_url": "https://evil.example/"}, "on no list"),
        ("url", BODIES["url"] | {"callback_url": "http://ci.example.com/"}, "on no list"),
        ("url", {"callback_url": "https://ci.example.com/x"}, "run is missing"),
        ("url", "[]", "no JSON object"),
        ("url", "{", "no JSON object"),
        ("url", "[" * 100_000, "no JSON object"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_a_sentence_and_goes_nowhere(door, kind, body, said):
    status, answer = door.post(kind, body)
    assert (status, door.sent) == (400, []) if said else status == 200
    assert said in answer.get("error", "")


@pytest.mark.parametrize("name", ["PlanId", "HubName", "JobId", "TaskInstanceId", "ProjectId", "AuthToken"])
@pytest.mark.parametrize("value", ["", "../x", "a/b", "a b"])
def test_a_header_of_azure_of_another_form_is_refused(door, name, value):
    headers = headers_of("azure", "") | {name: value}
    taken = name == "AuthToken" and value
    assert door.post("azure", headers=headers)[0] == (200 if taken else 400)


def test_an_organisation_that_is_not_listed_is_refused(door):
    headers = headers_of("azure", "") | {"PlanUrl": "https://dev.azure.com/evil/"}
    assert door.post("azure", headers=headers) == (400, {"error": door.post("azure", headers=headers)[1]["error"]})
    assert door.sent == []


@pytest.mark.parametrize("kind", ["", "jenkins", "codepipeline", "step-functions"])
def test_an_unknown_hook_names_those_there_are(door, kind):
    status, answer = door.post(kind, {}, {})
    assert status == 404
    assert "github, azure, gitlab, url" in answer["error"]


def test_a_body_that_is_too_large_is_refused(door):
    assert door.post("url", json.dumps({"x": "a" * LARGEST_BODY}))[0] == 413


@pytest.mark.parametrize("event", ["ping", "installation", "deployment_protection_rule"])
def test_what_github_also_tells_is_ignored(door, event):
    content = json.dumps({"action": "created"})
    headers = headers_of("github", content) | {"X-GitHub-Event": event}
    assert door.post("github", content, headers)[0] == 200
    assert door.sent == []


def test_an_ask_that_could_not_be_taken_is_to_be_sent_again(door):
    door.failing = True
    assert door.post("url") == (503, {"error": "not taken; send it again"})


@pytest.mark.parametrize(
    ("kind", "missing"), [("github", "github"), ("azure", "token"), ("gitlab", "token"), ("url", "token")]
)
def test_a_hook_without_its_secret_lets_nobody_in_and_is_no_trouble_of_ours(door, kind, missing):
    """Anybody can call it: 503 would ring the alarm of the hooks, and a line for each call fill the log."""
    content = json.dumps(BODIES[kind])
    del door.secret.members[missing]
    refused = (401, {"error": "signature or token is not ours, or too old"})
    answers = [door.post(kind, content, headers_of(kind, content)) for _ in range(50)]
    assert answers == [refused] * 50
    assert [(line["level"], line["outcome"], line["count"]) for line in door.told] == [("WARNING", "no secret", 1)]
    assert door.secret.reads <= 2


def test_a_secret_that_is_entered_counts_from_the_next_look_on(door):
    """What is missing is looked for again after ten seconds, what is there after five minutes."""
    entered = door.secret.members.pop("github")
    assert door.post("github")[0] == 401
    door.secret.members["github"] = entered
    assert door.post("github")[0] == 401
    door.now += LOOK_AGAIN_S
    assert door.post("github")[0] == 200
    reads = door.secret.reads
    door.now += KEPT_S - 1
    assert (door.post("github")[0], door.secret.reads) == (200, reads)


@pytest.mark.parametrize("kind", ["github", "url", "jenkins"])
def test_what_nobody_signed_makes_one_line_a_minute(door, kind):
    for second in range(150):
        door.now = NOW + second
        door.post(kind, "{}", {})
    assert [line["count"] for line in door.told] == [1, 60, 60]


def test_each_signed_ask_that_is_wrong_is_told(door):
    """Nobody but those we let in writes these lines."""
    for _ in range(3):
        door.post("url", BODIES["url"] | {"callback_url": "https://evil.example/"})
    assert [line["status"] for line in door.told] == [400, 400, 400]


def test_trouble_of_ours_makes_one_line_a_minute(door):
    door.failing = True
    for second in range(150):
        door.now = NOW + second
        assert door.post("azure")[0] == 503
    assert [line["count"] for line in door.told if line["level"] == "ERROR"] == [1, 60, 60]


def test_neither_a_token_nor_a_text_stands_in_the_log(door):
    door.post("url", BODIES["url"] | {"callback_url": "https://evil.example/secret-path"})
    door.failing = True
    door.post("azure")
    for told in ("secret-path", "jwt", TOKEN, "shop"):
        assert told not in door.log.getvalue()


# ---- by the queue


def approval(**more):
    told = {
        "pipelineName": "shop", "stageName": "Deploy", "actionName": "Change", "token": "t" * 36,
        "expires": "2027-02-01T20:22Z", "customData": json.dumps(WANTED | {"run": "execution-1"}),
    }  # fmt: skip
    return {"region": "us-east-1", "consoleLink": "https://console", "approval": told | more}


def test_an_approval_of_codepipeline_waits_as_long_as_it_says():
    ask = from_codepipeline(approval(), NOW)
    assert (ask.fault, ask.run.run, ask.run.ci) == ("", "execution-1", "key")
    assert ask.waiter.ends == 1_801_513_320
    assert ask.waiter.address == {"pipeline": "shop", "stage": "Deploy", "action": "Change"}


@pytest.mark.parametrize(
    ("custom", "said"),
    [
        ("", "no JSON object"),
        ("deploy please", "no JSON object"),
        ("[1]", "no JSON object"),
        (json.dumps(WANTED), "run must be said"),
        (json.dumps({"run": "1"}), "app and version and environment must be said"),
        (json.dumps(WANTED | {"run": "1", "group": "x"}), "'group' is nothing that can be asked for"),
        (json.dumps(WANTED | {"run": "1", "risk": 3}), "risk is no text"),
        (json.dumps(WANTED | {"run": "1", "kind": "urgent"}), "'urgent' is none of"),
        (json.dumps(WANTED | {"run": "1", "description": "x" * 4001}), "description is no text of at most"),
    ],
)
def test_custom_data_that_asks_for_no_change_is_a_fault_that_is_answered(custom, said):
    """The pipeline is told by its rejection: nobody else would tell it."""
    ask = from_codepipeline(approval(customData=custom), NOW)
    assert said in ask.fault
    assert ask.waiter.secret == "t" * 36


def test_a_wait_that_is_over_when_it_is_heard_of_is_a_fault():
    assert "over" in from_codepipeline(approval(expires="2016-07-07T20:22Z"), NOW).fault


@pytest.mark.parametrize("missing", ["token", "pipelineName", "expires"])
def test_an_approval_that_cannot_be_answered_is_malformed(missing):
    with pytest.raises(Malformed, match=missing):
        from_codepipeline(approval(**{missing: None}), NOW)


@pytest.mark.parametrize(
    ("asked", "lasts"), [(600, 600)] + [(each, 7 * 86_400) for each in (None, 9e9, 10**400, "x")], ids=range(5)
)
def test_a_task_waits_a_week_or_as_long_as_it_says(asked, lasts):
    body = {"task_token": "AAAA", "run": "arn:execution", "change": WANTED, "timeout_s": asked}
    assert from_step_functions(body, NOW).waiter.ends == NOW + lasts


def test_github_waits_thirty_days_and_azure_two(door):
    door.post("github")
    door.post("azure")
    assert [json.loads(sent["ask"])["waiter"]["ends"] - NOW for sent in door.sent] == [30 * 86_400, 2 * 86_400]


SNS = {"Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:1:t", "Message": json.dumps(approval())}
TASK = {"task_token": "AAAA", "run": "arn:execution", "change": WANTED}


@pytest.mark.parametrize("body", [SNS, approval(), TASK, {"detail-type": "ChangeRequested", "detail": TASK}], ids=str)
def test_every_sender_of_the_queue_is_understood(body):
    wake = wake_of(body, NOW)
    assert wake.ask is not None
    assert wake.key.startswith("chg:")


def test_events_name_the_change_or_the_row():
    assert wake_of({"detail-type": "ChangeUpdated", "detail": {"sys_id": "f" * 32}}, NOW).sys_id == "f" * 32
    assert wake_of({"detail-type": "ChangeDue", "detail": {"key": "chg:1"}}, NOW).due == "chg:1"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"detail-type": "ChangeUpdated"}, {"detail-type": "ChangeUpdated", "detail": {"sys_id": "../x"}},
        {"detail-type": "IncidentUpdated", "detail": {}}, {"detail-type": "ChangeDue", "detail": {}},
        {"detail-type": "ChangeAsked", "detail": {}}, {"TopicArn": "arn", "Message": "hello"}, {"approval": "yes"},
        {"detail-type": "ChangeAsked", "detail": {"ask": "{}", "mac": ""}},
        {"detail-type": "ChangeAsked", "detail": {"ask": "x"}},
    ],
    ids=str,
)  # fmt: skip
def test_what_nobody_of_ours_can_have_sent_is_malformed(body):
    with pytest.raises(Malformed):
        wake_of(body, NOW)
