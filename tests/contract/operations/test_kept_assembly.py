"""An assembly is made anew only where something it is made of has changed."""

import json

import pytest

from integration.module import Module
from integration.names import Names
from integration.operations.deployment import synthesis
from integration.operations.deployment.cloudformation import all_names
from integration.operations.deployment.key_file import KeyFile
from integration.operations.deployment.request import Request
from integration.operations.rollout import assembly
from integration.registry import INTEGRATIONS


@pytest.fixture
def synthesise(monkeypatch, tmp_path):
    """As the command line does it, with a cache of its own and a CDK whose templates hold what it is given; how often
    it was asked.
    """
    code = tmp_path / "functions.zip"
    code.write_bytes(b"PK\x05\x06" + b"\0" * 18)
    request = Request(
        names=Names(), module=Module.ITSM, instance="dev12345", client_id="client-1", client_secret="never told",
        user_sys_id="a" * 32, key=KeyFile(code, b"", 2048, "PKCS#8", "0" * 16, b""),
    )  # fmt: skip
    asked = []

    def cdk(folder, options, given):
        assert options == ["--deployment"]
        asked.append(1)
        for name in all_names(request.names, INTEGRATIONS):
            (folder / f"{name}.template.json").write_text(given)
        (folder / "manifest.json").write_text("{}")
        (folder / "asset.1.zip").write_bytes(code.read_bytes())

    monkeypatch.setattr(assembly, "cache_folder", lambda *parts: tmp_path.joinpath("cache", *parts))
    monkeypatch.setattr(synthesis, "synthesise", cdk)

    def once(revision="1", settings="{}", code=code):
        made = assembly.synthesise(request, settings, code, revision, None)
        return made, len(asked)

    return once


def test_the_same_is_not_made_again(synthesise):
    first, _ = synthesise()
    (first.folder / "manifest.json").unlink()  # the CDK CLI writes into its folder; what is kept is not that one
    again, asked = synthesise()
    assert (again.templates, asked) == (first.templates, 1)
    assert (again.folder / "manifest.json").exists()
    assert list(again.folder.glob("asset.*.zip"))


def test_clones_that_share_their_cache_by_a_link_share_what_is_made(synthesise, tmp_path):
    shared = tmp_path / "elsewhere"
    shared.symlink_to(tmp_path)
    synthesise()
    assert synthesise(code=shared / "functions.zip")[1] == 1


@pytest.mark.parametrize("changed", [{"revision": "2"}, {"settings": json.dumps({"incident_filter": "x=y"})}])
def test_what_differs_is_made(synthesise, changed):
    first, _ = synthesise()
    other, asked = synthesise(**changed)
    assert asked == 2
    assert other.templates != first.templates


def test_what_cdk_asked_no_rules_of_is_never_taken_for_what_was_checked(synthesise, monkeypatch):
    monkeypatch.setenv(synthesis.RULES, "false")
    assert synthesise()[1] == 1
    monkeypatch.delenv(synthesis.RULES)
    assert synthesise()[1] == 2
