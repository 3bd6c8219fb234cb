"""What is not given stays as it is deployed; taking a protection away takes a word."""

import json

import boto3
import pytest

from integration.operations.deployment.cloudformation import Stacks
from integration.operations.deployment.remembered import WORD, completed, deployed_options, deployed_qualifier
from integration.operations.terminal.failure import Failure
from tests.contract.operations.deployed_world import NAMES

TOPIC = "arn:aws:sns:us-east-1:123456789012:pager"
FIRST = {
    "incident_filter": "priority=1", "case_tag": "servicenow=yes", "max_attachment_mb": 7, "new_cases_per_hour": 9,
    "allowed_ips": ["198.51.100.0/24"], "alarm_email": ["soc@example.com", "duty@example.com"],
    "alarm_topic": TOPIC, "setup": "update-set", "log_level": "debug", "tags": ["team=soc"],
    "permissions_boundary": "Boundary", "subnets": ["subnet-0123abcd"], "security_groups": ["sg-0123abcd"],
    "gate_answers_to": ["api.github.com"], "gate_allowed_ips": ["192.0.2.0/24"],
    "bucket_namespace": "global",
}  # fmt: skip
TAKEN = [
    ({"incident_filter": ""}, "every new incident would become a case"),
    ({"no_allowed_ips": True}, "anybody could call the webhook"),
    ({"allowed_ips": ["0.0.0.0/0"]}, "anybody could call the webhook"),
    ({"no_alarm_email": True, "alarm_topic": ""}, "nobody would be told"),
    ({"no_permissions_boundary": True}, "nothing would bound the roles, not even Boundary"),
    ({"gate_allowed_ips": [""]}, "anybody could call the gate's hooks, not only 192.0.2.0/24"),
]
HARMLESS = [
    {"no_alarm_email": True}, {"alarm_topic": ""}, {"case_tag": ""}, {"incident_filter": "priority=2"},
    {"allowed_ips": ["203.0.113.0/24"]}, {"log_level": "error"},
    {"gate_answers_to": [""]}, {"gate_allowed_ips": ["203.0.113.0/24"]},
    {"no_tags": True}, {"no_subnets": True}, {"permissions_boundary": "Another"},
]  # fmt: skip


@pytest.fixture
def standing(world, tmp_path):
    """A deployment with every option given."""
    boto3.client("sns").create_topic(Name="pager")
    file = tmp_path / "mapping.toml"
    file.write_text('[watchers]\ncolumn = "work_notes_list"\n')
    world.deploy(**FIRST, mapping_file=file)
    world.store_settings()
    return world


def test_a_second_run_without_options_changes_nothing(standing):
    """Neither settings nor templates: who leaves an option out has not asked for anything."""
    assert standing.settings()["mapping"]
    outcome = standing.deploy()
    assert outcome.changes == ()
    kept = completed(standing.request(), deployed_options(Stacks(standing.account), NAMES, standing.settings()))
    assert kept.allowed_ips == ("198.51.100.0/24",)
    assert (kept.gate_answers_to, kept.gate_allowed_ips) == (("api.github.com",), ("192.0.2.0/24",))
    assert kept.bucket_namespace == "global"
    assert kept.alarm_emails == ("soc@example.com", "duty@example.com")
    assert (kept.tags, kept.permissions_boundary) == ((("team", "soc"),), "Boundary")
    assert (kept.subnets, kept.security_groups) == (("subnet-0123abcd",), ("sg-0123abcd",))
    assert (kept.alarm_topic, kept.setup, kept.log_level) == (TOPIC, "update-set", "debug")


@pytest.mark.parametrize(("options", "said"), TAKEN, ids=[next(iter(options)) for options, _ in TAKEN])
def test_what_protects_is_taken_away_with_the_word_only(standing, options, said):
    """Terminal or not, `--yes` or not; a dry run ends as the run would."""
    before = len(standing.cdk.commands)
    for act in (lambda: standing.deploy(**options), lambda: standing.steps(**options).plan()):
        with pytest.raises(Failure) as failed:
            act()
        assert said in failed.value.sentence
        assert WORD in failed.value.then
    assert standing.cdk.commands[before:] == []
    assert standing.deploy(**options, weaken=True).changes


@pytest.mark.parametrize("options", HARMLESS, ids=str)
def test_other_changes_take_no_word(standing, options):
    assert standing.deploy(**options).deployed


def test_a_mapping_is_taken_away_by_its_word(standing):
    standing.deploy(no_mapping_file=True)
    assert "mapping" not in standing.settings()
    assert standing.settings()["incident_filter"] == "priority=1"


def test_the_namespace_of_buckets_is_taken_back_by_naming_the_account_s(standing):
    """What is made already stays where it is, and is known by its name."""
    assert standing.settings()["bucket_namespace"] == "global"
    standing.deploy(bucket_namespace="account")
    assert "bucket_namespace" not in standing.settings()


DEMANDED = [
    ({"no_tags": True}, {"tags": ()}),
    ({"no_subnets": True}, {"subnets": (), "security_groups": ()}),
    ({"no_permissions_boundary": True, "weaken": True}, {"permissions_boundary": ""}),
]


@pytest.mark.parametrize(("words", "gone"), DEMANDED, ids=[next(iter(words)) for words, _ in DEMANDED])
def test_what_an_organisation_demanded_is_taken_away_by_a_word(standing, words, gone):
    """That alone; an empty variable of a job asks for nothing."""
    standing.deploy(**words)
    left = deployed_options(Stacks(standing.account), NAMES, {})
    assert {name: left[name] for name in gone} == gone
    kept = {"tags": (("team", "soc"),), "permissions_boundary": "Boundary", "subnets": ("subnet-0123abcd",)}
    assert {name: left[name] for name in kept if name not in gone} == {k: v for k, v in kept.items() if k not in gone}
    standing.deploy(permissions_boundary="", qualifier="")
    assert deployed_options(Stacks(standing.account), NAMES, {}) == left


def test_the_qualifier_is_the_deployed_one_or_the_cdk_s_own(world):
    """Another bootstrap than the CDK's is looked for and kept until the CDK's is named."""
    boto3.client("ssm").put_parameter(Name="/cdk-bootstrap/acme/version", Value="33", Type="String")
    stacks, told = Stacks(world.account), []
    for words in ({}, {"qualifier": "acme"}, {}, {"qualifier": "hnb659fds"}, {}):
        world.deploy(**words)
        told.append(deployed_qualifier(stacks, NAMES) or "hnb659fds")
    assert told == ["hnb659fds", "acme", "acme", "hnb659fds", "hnb659fds"]
    boto3.client("ssm").delete_parameter(Name="/cdk-bootstrap/hnb659fds/version")
    with pytest.raises(Failure, match="Give --qualifier acme"):
        world.deploy()


@pytest.mark.parametrize("both", [
    {"no_tags": True, "tags": ["team=soc"]}, {"no_permissions_boundary": True, "permissions_boundary": "B"},
    {"no_subnets": True, "subnets": ["subnet-0123abcd"], "security_groups": ["sg-0123abcd"]},
], ids=lambda both: next(iter(both)))  # fmt: skip
def test_nothing_is_given_and_taken_away_at_once(world, both):
    with pytest.raises(Failure, match="given and taken away at once"):
        world.request(**both)


def test_the_first_deployment_takes_no_word(world):
    """The documented command line has none of these options."""
    assert world.deploy().deployed


def test_the_settings_name_every_remembered_one(standing):
    """What `deployed_options` reads under these names is what `Request.settings` writes."""
    names = {"incident_filter", "case_tag", "mapping", "max_attachment_mb", "new_cases_per_hour"}
    assert names <= set(json.loads(json.dumps(standing.settings())))
