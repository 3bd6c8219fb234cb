"""Names that are kept, and who is notified: neither holds a deployment up."""

from __future__ import annotations

import json

import pytest
import requests
import responses

from integration.clients.servicenow.transport import is_address
from integration.operations.changes.name_cache import KEPT_S, NameCache
from integration.operations.changes.notifying import notify

URL = "https://dev12345.service-now.com"
GROUP = "a" * 32


class Clock:
    now = 1_795_250_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_name_is_known_again_for_a_day(tmp_path, clock):
    NameCache(tmp_path / "names", URL, clock).put("sys_user_group", "DevOps Team", GROUP)
    again = NameCache(tmp_path / "names", URL, clock)
    assert again.get("sys_user_group", "DevOps Team") == GROUP
    assert again.get("cmdb_ci", "DevOps Team") == ""
    clock.now += KEPT_S
    assert again.get("sys_user_group", "DevOps Team") == ""


def test_each_instance_has_names_of_its_own(tmp_path, clock):
    NameCache(tmp_path, URL, clock).put("sys_user_group", "DevOps Team", GROUP)
    assert NameCache(tmp_path, "https://other.service-now.com", clock).get("sys_user_group", "DevOps Team") == ""


def test_without_a_folder_they_are_known_while_the_command_runs(clock):
    names = NameCache(None, URL, clock)
    names.put("sys_user_group", "DevOps Team", GROUP)
    assert names.get("sys_user_group", "DevOps Team") == GROUP


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": 1}', '{"a": ["x"]}', '{"sys_user_group/DevOps Team": [1, "x"]}']
)
def test_a_file_nobody_can_read_is_looked_up_again(tmp_path, clock, text):
    NameCache(tmp_path, URL, clock).put("t", "n", GROUP)
    [file] = tmp_path.iterdir()
    file.write_text(text)
    assert NameCache(tmp_path, URL, clock).get("sys_user_group", "DevOps Team") == ""


def test_a_folder_nobody_may_write_is_done_without(tmp_path, clock):
    (tmp_path / "file").touch()
    names = NameCache(tmp_path / "file" / "names", URL, clock)
    names.put("t", "n", GROUP)
    assert names.get("t", "n") == GROUP


HOOK = "https://hooks.example.com/services/T0/B0/s3cret"


def test_a_chat_gets_one_text_that_is_no_markup():
    with responses.RequestsMock() as mock:
        mock.post(HOOK)
        notify(HOOK, "CHG1: <!channel> & *more*", pytest.fail)
        assert json.loads(mock.calls[0].request.body) == {"text": "CHG1: &lt;!channel&gt; &amp; *more*"}


@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 302}, {"body": requests.ConnectionError("…")}])
def test_a_chat_that_does_not_answer_is_warned_of_without_its_address(answer):
    warned = []
    with responses.RequestsMock() as mock:
        mock.post(HOOK, **answer)
        notify(HOOK, "text", warned.append)
    assert len(warned) == 1
    assert "s3cret" not in "".join(warned)


def test_an_address_is_https_or_loopback():
    assert [is_address(each) for each in (HOOK, "http://127.0.0.1:8/x")] == [True, True]
    others = ("http://hooks.example.com/x", "hooks.example.com", "", "file:///etc", "https://[x")
    assert not any(map(is_address, others))
