"""What `check` finds wrong with the gate, each with the next thing to type; nothing is written anywhere."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import requests
import responses
from botocore.exceptions import ClientError

from integration import names as n
from integration.changes.declaration import CHANGES
from integration.changes.gate import names as g
from integration.connection.probe import CLOSED
from integration.names import Names
from integration.operations.changes.checks import CHECKS
from integration.operations.registry import checks
from tests.keys import pem, rsa_key

URL = "https://a1.execute-api.eu-west-1.amazonaws.com/prod/gate"
TOKEN = {"token": "t" * 48}
GITHUB = {"app_id": "4711", "private_key": pem(rsa_key()).decode(), "webhook_secret": "w" * 40}
READS = {"get_secret_value", "get_queue_url", "get_queue_attributes", "describe_stacks"}


class Absent(ClientError):
    def __init__(self, code):
        super().__init__({"Error": {"Code": code, "Message": "no such text is shown"}}, "GetSecretValue")


class Aws:
    """Each service of an account; what is asked is kept."""

    def __init__(self):
        self.asked, self.secret, self.dead = [], TOKEN, {}
        self.outputs = [{"OutputKey": g.OUTPUT_HOOKS, "OutputValue": URL}]

    class exceptions:  # noqa: N801 - as boto3 has it
        class ResourceNotFoundException(Absent): ...

        class InvalidRequestException(Absent): ...

        class MessageNotInflight(Exception): ...

        class ReceiptHandleIsInvalid(Exception): ...

    def __getattr__(self, operation):
        def call(**given):
            self.asked.append(operation)
            return getattr(self, f"on_{operation}")(**given)

        return call

    def on_get_secret_value(self, SecretId):  # noqa: N803 - AWS's spelling
        assert SecretId == g.SECRET
        if isinstance(self.secret, Exception):
            raise self.secret
        return {"SecretString": self.secret if isinstance(self.secret, str) else json.dumps(self.secret)}

    def on_get_queue_url(self, QueueName):  # noqa: N803 - AWS's spelling
        return {"QueueUrl": QueueName}

    def on_get_queue_attributes(self, QueueUrl, **_):  # noqa: N803 - AWS's spelling
        return {"Attributes": {"ApproximateNumberOfMessages": str(self.dead.get(QueueUrl, 0))}}

    def on_describe_stacks(self, StackName):  # noqa: N803 - AWS's spelling
        return {"Stacks": [{"StackName": StackName, "StackStatus": "CREATE_COMPLETE", "Outputs": self.outputs}]}


@pytest.fixture
def aws():
    return Aws()


@pytest.fixture
def found(aws):
    """Subject → verdict, of a gate with these settings whose hooks answer so."""

    def look(status=400, text="", **settings):
        account = SimpleNamespace(client=lambda _service: aws)
        connection = SimpleNamespace(values=settings)
        deployed = SimpleNamespace(names=Names(), account=account, client=account.client, connection=connection)
        with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
            body = status if isinstance(status, Exception) else text
            web.post(f"{URL}/url", body=body, status=400 if isinstance(status, Exception) else status)
            verdicts = list(CHECKS.deployment(deployed))
        return {each.subject: each for each in verdicts}

    return look


def test_a_gate_in_order_is_said_to_be_and_nothing_is_written(aws, found):
    aws.secret = {**TOKEN, "github": GITHUB, "gitlab": {"token": "glpat"}}
    verdicts = found(gate_answers_to=["api.github.com", "gitlab.com"])
    assert {each.state for each in verdicts.values()} == {"ok"}
    assert set(verdicts) == {"gate answers", "gate secret", "gate github", "gate gitlab", "gate hooks", "gate queue"}
    assert set(aws.asked) <= READS


WRONG = {
    "no address": ({}, {}, "gate answers", "warn", "and nobody else", "--gate-answers-to"),
    "an address that is none": (
        {}, {"gate_answers_to": ["https://x y"]}, "gate answers", "fail", "is no host", "change deploy",
    ),
    "no token": ({"secret": {"github": GITHUB}}, {}, "gate secret", "fail", "no member token", "put-secret-value"),
    "no JSON": ({"secret": "token"}, {}, "gate secret", "fail", "no member token", "put-secret-value"),
    "scheduled for deletion": (
        {"secret": Aws.exceptions.InvalidRequestException("InvalidRequestException")}, {},
        "gate secret", "fail", "is deleted", "restore-secret",
    ),
    "gone": (
        {"secret": Aws.exceptions.ResourceNotFoundException("ResourceNotFoundException")}, {},
        "gate secret", "fail", "is deleted", "change deploy",
    ),
    "may not be read": (
        {"secret": Absent("AccessDeniedException")}, {}, "gate secret", "fail", "AccessDenied", "may read",
    ),
    "github was never entered": (
        {}, {"gate_answers_to": ["api.github.com"]}, "gate github", "fail", "says nothing of github", "gate.md",
    ),
    "gitlab was never entered": (
        {}, {"gate_answers_to": ["gitlab.example.com"]}, "gate gitlab", "fail", "says nothing of gitlab", "gate.md",
    ),
    "github is entered in part": (
        {"secret": {**TOKEN, "github": {"app_id": "1", "private_key": ""}}}, {},
        "gate github", "fail", "lacks github.private_key, github.webhook_secret", "put-secret-value",
    ),
    "no key": (
        {"secret": {**TOKEN, "github": {**GITHUB, "private_key": "k"}}}, {},
        "gate github", "fail", "github.private_key is no PEM key", "put-secret-value",
    ),
    "no hooks": ({"outputs": []}, {}, "gate hooks", "fail", "gives no address", "change deploy"),
    "hooks that let in": ({}, {"status": 200}, "gate hooks", "fail", "they answer 200", "change deploy"),
    "hooks that are silent": (
        {}, {"status": requests.ConnectionError("x")}, "gate hooks", "fail", "does not answer", "`status`",
    ),
    "closed to us": ({}, {"status": 403, "text": CLOSED}, "gate hooks", "skip", "--gate-allowed-ips", ""),
    "dead letters": (
        {"dead": {g.QUEUE + n.DEAD_SUFFIX: 2, g.SCHEDULE + n.DEAD_SUFFIX: 1}}, {},
        "gate queue", "warn", "3 dead letters", "replay",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_a_sentence_with_what_to_type(aws, found, what):
    account, told, subject, state, said, then = WRONG[what]
    vars(aws).update(account)
    verdict = found(**told)[subject]
    assert (verdict.state, said in verdict.told, then in verdict.fix) == (state, True, True), verdict
    shown = verdict.told + verdict.fix
    assert not [secret for secret in (TOKEN["token"], GITHUB["webhook_secret"]) if secret in shown]


def test_a_right_that_is_missing_hides_no_other_look(aws, found):
    aws.secret = Absent("AccessDeniedException")
    verdicts = found(gate_answers_to=["ci.example.com"])
    assert {subject: each.state for subject, each in verdicts.items()} == {
        "gate answers": "ok", "gate secret": "fail", "gate hooks": "ok", "gate queue": "ok",
    }  # fmt: skip


def test_check_knows_the_gate():
    assert checks()[CHANGES.key] is CHECKS
