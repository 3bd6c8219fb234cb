"""`rotate` waits for the function that rotates the webhook's token, and may drop the former one."""

import json

import pytest

from integration.operations.connection.commands.rotate import Rotation
from integration.operations.terminal.failure import Failure


class Secret:
    """Secrets Manager while a rotation function works: the version becomes current at the third look."""

    def __init__(self, error=None):
        self.stages = {"old": ["AWSCURRENT"], "older": ["AWSPREVIOUS"]}
        self.looks, self.error = 0, error

    def rotate_secret(self, **_):
        if self.error:
            raise self.error
        self.stages["new"] = ["AWSPENDING"]
        return {"VersionId": "new"}

    def describe_secret(self, **_):
        self.looks += 1
        if self.looks == 3:
            self.stages = {"new": ["AWSCURRENT"], "old": ["AWSPREVIOUS"]}
        return {"VersionIdsToStages": self.stages}

    def update_secret_version_stage(self, VersionStage, RemoveFromVersionId, **_):  # noqa: N803 - boto3's names
        self.stages[RemoveFromVersionId].remove(VersionStage)
        return {}


def test_a_rotation_is_waited_for():
    secret = Secret()
    slept = []
    assert Rotation(secret, "s", "", slept.append).run(lambda *_: None) == "new"
    assert len(slept) == 2


def test_the_former_token_can_be_dropped_at_once():
    secret = Secret()
    rotation = Rotation(secret, "s", "", lambda _: None)
    rotation.run(lambda *_: None)
    assert rotation.drop_previous()
    assert secret.stages["old"] == []


def test_a_rotation_that_hangs_says_so(monkeypatch):
    monkeypatch.setattr("integration.operations.connection.commands.rotate.PATIENCE_S", -1)
    with pytest.raises(Failure) as failed:
        Rotation(Secret(), "s", "", lambda _: None).run(lambda *_: None)
    assert failed.value.code == 5


def test_its_document_names_the_version(run, deployed, monkeypatch):
    monkeypatch.setattr(Rotation, "run", lambda *_: "new")
    assert json.loads(run("rotate", "--yes", "--json").stdout) == {"version": "new", "previous_dropped": False}
