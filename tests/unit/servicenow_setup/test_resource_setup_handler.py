"""The custom resource answers every request once, names what is missing, and holds no stack hostage."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
import responses

from integration.aws.secrets import Tokens, Version
from integration.clients.errors import Misconfigured, Unavailable
from integration.connection import custom_resource
from lambdas.service_now_resource_setup_handler import index
from servicenow_setup.apply import apply
from servicenow_setup.credential import mark_of, store_token, stored_mark

URL = "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x?X-Amz-Signature=abc"
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)


@pytest.fixture
def stage(instance, settings, token, monkeypatch):
    """The handler over an instance in memory; `gone` instances do not answer."""
    there = Stage(instance, settings, token)
    monkeypatch.setattr(index, "_connection", lambda _event: there.connection())
    monkeypatch.setattr(custom_resource._put.retry, "sleep", lambda seconds: None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as line:
        there.line = line
        line.put(URL, status=200)
        yield there


class Stage:
    def __init__(self, instance, setup, token):
        self.instance, self.setup = instance, setup
        self.tokens = Tokens(Version(token))
        self.values, self.id = {}, "dev1"
        self.gone, self.others, self.broken = set(), {}, None

    def read(self):
        return self.tokens

    def connection(self):
        if self.broken:
            raise self.broken
        settings = SimpleNamespace(instance=self.id, values=self.values, former_instances=())
        return SimpleNamespace(
            settings=settings, values=self.values, setup=self.setup, table=self.table, webhook_token=self
        )

    def table(self, instance):
        if instance in self.gone:
            raise Unavailable("servicenow", "no answer")
        return self.others.get(instance, self.instance)

    def call(self, request_type, context=CONTEXT, **more):
        event = {
            "RequestType": request_type, "ResponseURL": URL, "StackId": "stack", "RequestId": "request",
            "LogicalResourceId": "Resource", "ResourceProperties": {"Digest": "d", "Instance": self.id}, **more,
        }  # fmt: skip
        index.handler(event, context)
        return json.loads(self.line.calls[-1].request.body)


def test_a_creation_sets_everything_up_and_answers_with_the_ids_it_was_asked_with(stage, token):
    told = stage.call("Create")
    assert told["Status"] == "SUCCESS"
    assert (told["StackId"], told["RequestId"], told["LogicalResourceId"]) == ("stack", "request", "Resource")
    assert stored_mark(stage.instance, stage.setup.prefix) == mark_of(token)
    assert len(stage.instance.all("sys_script")) == 4
    [call] = stage.line.calls
    assert call.request.headers["Content-Type"] == "", "the URL is signed for none"
    assert token not in call.request.body.decode()


def test_the_physical_id_never_changes_so_that_an_update_deletes_nothing(stage):
    made = stage.call("Create")["PhysicalResourceId"]
    assert stage.call("Update", PhysicalResourceId=made)["PhysicalResourceId"] == made
    stage.instance.refuses.add("sys_script")
    assert stage.call("Create")["PhysicalResourceId"] == made


def test_a_repeat_changes_nothing(stage):
    stage.call("Create")
    before = stage.instance.snapshot()
    assert stage.call("Create")["Data"]["Written"] == "0"
    assert stage.instance.snapshot() == before


@pytest.mark.parametrize("held", ["current", "pending"])
def test_a_token_that_the_instance_holds_rightly_is_left(held, stage):
    """During a rotation the pending one is right: handing the current one over would undo a step."""
    stage.call("Create")
    stage.tokens = Tokens(current=Version("c" * 43), pending=Version("p" * 43))
    chosen = getattr(stage.tokens, held).token
    store_token(stage.instance, stage.setup.prefix, chosen)
    stage.call("Update")
    assert stored_mark(stage.instance, stage.setup.prefix) == mark_of(chosen)


def test_an_unknown_token_is_replaced_by_the_current_one(stage, token):
    """A clone brought somebody else's."""
    stage.call("Create")
    store_token(stage.instance, stage.setup.prefix, "x" * 43)
    stage.call("Update")
    assert stored_mark(stage.instance, stage.setup.prefix) == mark_of(token)


def test_a_missing_role_fails_the_deployment_and_names_role_and_command(stage):
    stage.instance.refuses.add("sys_script")
    told = stage.call("Create")
    assert told["Status"] == "FAILED"
    assert "business_rule_admin" in told["Reason"]
    assert "./deploy_integrations_solution.py check" in told["Reason"]


def test_an_unexpected_failure_is_answered_by_its_kind_only(stage, token):
    stage.broken = RuntimeError(f"boom {token}")
    told = stage.call("Create")
    assert told["Status"] == "FAILED"
    assert "RuntimeError" in told["Reason"]
    assert token not in json.dumps(told)


def test_work_that_does_not_end_is_answered_in_time(stage, monkeypatch):
    monkeypatch.setattr(index, "TO_ANSWER_S", 0.9)
    monkeypatch.setattr(stage.instance, "query", lambda *args, **kwargs: time.sleep(30))
    told = stage.call("Create", SimpleNamespace(get_remaining_time_in_millis=lambda: 1000))
    assert told["Status"] == "FAILED"
    assert "in time" in told["Reason"]


def test_a_deletion_removes_everything(stage):
    stage.call("Create")
    assert stage.call("Delete", PhysicalResourceId="x")["Status"] == "SUCCESS"
    assert stage.instance.snapshot() == {}


@pytest.mark.parametrize("trouble", ["unreachable", "role taken away", "parameters gone"])
def test_a_deletion_that_cannot_be_done_warns_and_lets_the_stack_go(trouble, stage):
    stage.call("Create")
    if trouble == "unreachable":
        stage.gone.add("dev1")
    elif trouble == "parameters gone":
        stage.broken = Misconfigured("aws", "parameter serviceNowClientId is missing")
    else:
        stage.instance.refuses.add("sys_script")
    told = stage.call("Delete", PhysicalResourceId="x")
    assert told["Status"] == "SUCCESS"
    assert told["Reason"]
    assert stage.instance.all("sys_script")


def test_another_instance_gets_everything_and_the_former_is_left_clean(stage):
    stage.call("Create")
    former, stage.instance = stage.instance, type(stage.instance)()
    stage.id, stage.others = "dev2", {"dev1": former}
    told = stage.call("Update", OldResourceProperties={"Digest": "d", "Instance": "dev1"})
    assert told["Status"] == "SUCCESS"
    assert former.snapshot() == {}
    assert len(stage.instance.all("sys_script")) == 4


def test_a_former_instance_that_is_gone_does_not_fail_the_update(stage):
    stage.call("Create")
    stage.gone.add("dev0")
    assert stage.call("Update", OldResourceProperties={"Instance": "dev0"})["Status"] == "SUCCESS"


@pytest.mark.parametrize("restored", [False, True])
def test_changes_made_in_the_instance_are_kept_unless_told_otherwise(restored, stage, settings):
    apply(stage.instance, settings)
    stage.instance.named("sys_script", "incident saved")["order"] = "350"
    stage.values = {"restore_rules": restored}
    stage.call("Update")
    assert stage.instance.named("sys_script", "incident saved")["order"] == ("200" if restored else "350")


def test_the_answer_is_tried_again_and_its_url_is_never_told(stage):
    stage.line.reset()
    stage.line.put(URL, status=500)
    stage.line.put(URL, status=500)
    stage.line.put(URL, status=200)
    assert stage.call("Create")["Status"] == "SUCCESS"
    stage.line.reset()
    stage.line.put(URL, status=500)
    with pytest.raises(custom_resource.NotAnswered) as caught:
        stage.call("Create")
    assert "Signature" not in str(caught.value)


def test_a_long_reason_fits_into_an_answer(stage):
    stage.broken = Misconfigured("aws", "x" * 10_000)
    stage.call("Create")
    assert len(stage.line.calls[-1].request.body) < 4096
