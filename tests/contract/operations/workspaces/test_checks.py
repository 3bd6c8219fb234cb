"""What `check` finds wrong with workspaces, each with the next thing to type; nothing is written anywhere."""

from __future__ import annotations

import ssl
from types import SimpleNamespace

import pytest
import requests
import responses
from botocore.exceptions import ClientError

from integration import names as n
from integration.connection.probe import CLOSED
from integration.emulators import servicenow
from integration.names import Names
from integration.operations.registry import checks
from integration.operations.workspaces.checks import CHECKS, MARK
from integration.operations.workspaces.outputs import OUTPUT_KEY, OUTPUT_URL
from integration.workspaces import names as w
from integration.workspaces.declaration import WORKSPACES
from servicenow_setup.workspaces import VARIABLES
from tests.contract.emulated import Instance, key_and_certificate

URL = "https://a1.execute-api.eu-west-1.amazonaws.com/prod"
DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no such text is shown"}}, "Any")
OUTPUTS = {OUTPUT_URL: URL, OUTPUT_KEY: "key1"}


class Aws:
    """Each service of an account; what is asked is kept."""

    def __init__(self):
        self.asked, self.enabled, self.dead, self.outputs, self.refused = [], True, {}, OUTPUTS, ""

    class exceptions:  # noqa: N801 - as boto3 has it
        class MessageNotInflight(Exception): ...

        class ReceiptHandleIsInvalid(Exception): ...

    def __getattr__(self, operation):
        def call(**given):
            self.asked.append(operation)
            if operation == self.refused:
                raise DENIED
            return getattr(self, f"on_{operation}")(**given)

        return call

    def on_get_api_key(self, apiKey):  # noqa: N803 - AWS's spelling
        assert apiKey == "key1"
        return {"enabled": self.enabled}

    def on_get_queue_url(self, QueueName):  # noqa: N803 - AWS's spelling
        return {"QueueUrl": QueueName}

    def on_get_queue_attributes(self, QueueUrl, **_):  # noqa: N803 - AWS's spelling
        return {"Attributes": {"ApproximateNumberOfMessages": str(self.dead.get(QueueUrl, 0))}}

    def on_describe_stacks(self, StackName):  # noqa: N803 - AWS's spelling
        given = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()]
        return {"Stacks": [{"StackName": StackName, "StackStatus": "CREATE_COMPLETE", "Outputs": given}]}


@pytest.fixture
def aws():
    return Aws()


@pytest.fixture
def found(aws):
    """Subject → verdict, of workspaces whose API answers so."""

    def look(machines=403, page=200, text="Forbidden"):
        account = SimpleNamespace(client=lambda _service: aws)
        deployed = SimpleNamespace(names=Names("blue"), account=account, client=account.client)
        with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
            for path, status in ((w.MACHINES, machines), (w.PEOPLE, page)):
                silent = isinstance(status, Exception)
                web.get(f"{URL}/{path}", body=status if silent else text, status=400 if silent else status)
            verdicts = list(CHECKS.deployment(deployed))
        return {each.subject: each for each in verdicts}

    return look


def test_what_is_in_order_is_said_to_be_and_nothing_is_written(aws, found):
    verdicts = found()
    assert {each.state for each in verdicts.values()} == {"ok"}
    assert set(verdicts) == {"workspace API", "workspace page", "workspace key", "workspace queue"}
    assert set(aws.asked) <= {"get_api_key", "get_queue_url", "get_queue_attributes", "describe_stacks"}


WRONG = {
    "no address": ({"outputs": {}}, {}, "workspace API", "fail", "gives no address", "workspace deploy --name blue"),
    "an API that lets in": ({}, {"machines": 200}, "workspace API", "fail", "200 to anybody", "workspace deploy"),
    "an API that is silent": (
        {}, {"machines": requests.ConnectionError("x")}, "workspace API", "fail", "does not answer", "`status`",
    ),
    "certificate nobody trusts": (
        {}, {"machines": requests.exceptions.SSLError(ssl.SSLCertVerificationError("x"))}, "workspace API", "fail",
        "cannot be verified", "REQUESTS_CA_BUNDLE",
    ),
    "closed to us": ({}, {"text": CLOSED}, "workspace API", "skip", "--allowed-ips", ""),
    "a page that is not there": ({}, {"page": 502}, "workspace page", "fail", "answers 502", "workspace deploy"),
    "a key that is off": ({"enabled": False}, {}, "workspace key", "fail", "switched off", "update-api-key"),
    "a key that may not be read": (
        {"refused": "get_api_key"}, {}, "workspace key", "fail", "AccessDenied", "`workspace create` may read",
    ),
    "dead letters": (
        {"dead": {f"{w.QUEUE}-blue{n.DEAD_SUFFIX}": 2, f"{w.SCHEDULE}-blue{n.DEAD_SUFFIX}": 1}}, {},
        "workspace queue", "warn", "3 dead letters", "replay --name blue",
    ),
    "a queue that may not be read": (
        {"refused": "get_queue_attributes"}, {}, "workspace queue", "fail", "AccessDenied", "`status` may read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_a_sentence_with_what_to_type(aws, found, what):
    """And hides no other look."""
    account, answers, subject, state, said, then = WRONG[what]
    vars(aws).update(account)
    verdicts = found(**answers)
    verdict = verdicts[subject]
    assert (verdict.state, said in verdict.told, then in verdict.fix) == (state, True, True), verdict
    assert "workspace queue" in verdicts


# ------------------------------------------------------------------------------------------------ of the instance
@pytest.fixture(scope="module")
def shop():
    with servicenow.serve(servicenow.create_app()) as url:
        instance = Instance(url)
        instance.fresh(*key_and_certificate(), "itil", "snc_platform_rest_api_access")
        yield instance


@pytest.fixture
def asked(shop):
    """Subject → verdict, of what the instance shows our user."""
    http = shop.http()
    return lambda: {each.subject: each for each in CHECKS.instance(http, None)}


def test_what_the_instance_lacks_or_hides_is_said_before_an_order_waits_for_it(shop, asked):
    """One story, since an instance takes a while: nothing made; nothing ordered; read; hidden; switched off."""
    assert (asked()["catalog item"].state, "workspace deploy" in asked()["catalog item"].fix) == ("fail", True)
    item = shop.seed("sc_cat_item", name="Workspace", meta=f"[x prefix:abc {MARK}set:y]", active="true")
    for each in VARIABLES:
        shop.seed("item_option_new", cat_item=item, name=each.name, type="6", question_text=each.name)
    assert {subject: each.state for subject, each in asked().items()} == {"catalog item": "ok", "request items": "skip"}
    shop.people.in_catalog("joe.employee", "order", item=item, variables={"days": "soon"})
    assert asked()["request items"].state == "ok", "whatever makes no sense in it"
    for switches, said in (
        ({"catalog_values_for": []}, "sc_item_option"),
        ({"field_acls": [_hidden("sc_req_item", "approval")]}, "no column approval"),
        ({"field_acls": [_hidden("sc_item_option", "value")]}, "no column sc_item_option.value"),
        ({"field_acls": [_hidden("sc_req_item", "sys_updated_on", "query_range")]}, "may not search by a"),
    ):
        shop.config(**switches)
        verdict = asked()["request items"]
        assert (verdict.state, said in verdict.told, "access rule" in verdict.fix) == ("fail", True, True), verdict
        shop.config(field_acls=[], catalog_values_for=["itil"])
    shop.config(field_acls=[_hidden("sc_cat_item", "meta")])
    assert (asked()["catalog item"].state, "not looked at" in asked()["catalog item"].told) == ("skip", True)
    shop.config(field_acls=[])
    shop.act("update", "sc_cat_item", who="admin", sys_id=item, values={"active": "false"}, enforce=False)
    assert (asked()["catalog item"].state, "Set Active" in asked()["catalog item"].fix) == ("warn", True)
    shop.revoke("itil")
    verdict = asked()["request items"]
    assert (verdict.state, "not shown" in verdict.told) == ("fail", True), verdict


def _hidden(table, field, operation="read"):
    return {"table": table, "field": field, "operation": operation, "roles": ["nobody"]}


def test_check_knows_workspaces():
    assert checks()[WORKSPACES.key] is CHECKS
