"""What no role may do: everything granted to another role or deployment, but for what is listed here."""

from __future__ import annotations

from collections import defaultdict

import pytest

from integration.aws_plane.iam import Principal, judge, statements
from integration.names import Names
from integration.operations.registry import chosen, grants

GRANTS = grants(chosen(("cases",)))

PSEUDO = {"AWS::Region": "us-east-1", "AWS::AccountId": "111122223333", "AWS::Partition": "aws"}
NOBODY = Principal("AWS", ("arn:aws:iam::111122223333:role/judged",))
CLIENTS = ("security_ir_client", "servicenow_client")
SIGNERS = ("poller", "resource_setup", *CLIENTS, "token_rotation")
TABLE = ("notifications_handler", "poller", *CLIENTS)
SHARED = {
    **{
        f"security-ir:{name}": CLIENTS
        for name in (
            "GetCase", "ListComments", "ListInvestigations", "ListTagsForResource", "GetCaseAttachmentDownloadUrl",
            "UpdateCase", "UpdateCaseStatus", "CloseCase", "CreateCaseComment", "GetCaseAttachmentUploadUrl",
            "ListMemberships", "GetMembership",
        )
    },
    **{f"dynamodb:{name}": ("poller", *CLIENTS) for name in ("GetItem", "PutItem", "BatchGetItem")},
    **{f"dynamodb:{name}": CLIENTS for name in ("UpdateItem", "Query")},
    "events:PutEvents": ("notifications_handler", "poller"),
    "ssm:GetParametersByPath": SIGNERS,
    "s3:GetObject": SIGNERS,
    "secretsmanager:GetSecretValue": ("authorizer", "resource_setup", "token_rotation"),
    "kms:Decrypt": CLIENTS,
    "kms:Decrypt ssm": SIGNERS,
    "kms:Decrypt secretsmanager": ("authorizer", "resource_setup", *CLIENTS, "token_rotation"),
    "kms:GenerateDataKey secretsmanager": ("security_ir_client", "token_rotation"),
    **{
        f"kms:{name} dynamodb": TABLE
        for name in (
            "Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
            "DescribeKey",
        )
    },
}  # fmt: skip
"""Action, and the service it comes through → who may. What is not here, one role may."""
OF_THE_ACCOUNT = ("arn:aws:security-ir:us-east-1:111122223333:", "*")
"""Cases have no names of ours; whose they are stands in their tag."""


def resolved(part, where):
    """Plain texts; what a reference stands for is told by the deployment and its logical id."""
    if isinstance(part, list):
        return [resolved(each, where) for each in part]
    if not isinstance(part, dict):
        return part
    if set(part) == {"Ref"}:
        return PSEUDO.get(part["Ref"], f"{where}/{part['Ref']}")
    if set(part) == {"Fn::GetAtt"}:
        return f"{where}/{'.'.join(part['Fn::GetAtt'])}"
    if set(part) in ({"Fn::ImportValue"}, {"Fn::Join"}):
        separator, pieces = part.get("Fn::Join", ("", [where, "/", part.get("Fn::ImportValue")]))
        return separator.join(resolved(pieces, where))
    assert not any(key.startswith("Fn::") for key in part), part
    return {key: resolved(value, where) for key, value in part.items()}


def policies(stacks, name):
    """Owner → the statements of its role."""
    names = Names(name)
    roles = stacks.of_type("AWS::IAM::Role")
    found = {}
    for owner in GRANTS:
        if owner == "poll_schedule":
            reference = stacks.only("AWS::Scheduler::Schedule")["Properties"]["Target"]["RoleArn"]
        else:
            reference = stacks.function(getattr(names, owner))["Role"]
        policy = roles[reference["Fn::GetAtt"][0]]["Properties"]["Policies"][0]["PolicyDocument"]
        found[owner] = statements(resolved(policy, name or "default"), owner)
    return found


def asked(policy):
    """Each action on each resource, with the service it comes through, as its owner would ask."""
    for statement in policy:
        keys = {key: value for each in statement.conditions.values() for key, value in each.items()}
        for via in keys.get("kms:ViaService", [""]):
            context = {"kms:ViaService": via} if via else {}
            context |= {"dynamodb:LeadingKeys": keys.get("dynamodb:LeadingKeys", ["Case#1"])}
            for action in statement.actions:
                for resource in statement.resources:
                    one = resource if resource == "*" else resource.replace("*", "x")
                    yield action, one, context


def allowed(policy, action, resource, context):
    return judge(policy, [], NOBODY, action, resource, context).allowed


def test_a_role_may_do_of_others_what_is_listed_only(plain):
    roles = policies(plain, "")
    found = defaultdict(set)
    for owner, policy in roles.items():
        for action, resource, context in asked(policy):
            if context["dynamodb:LeadingKeys"] != ["Case#1"]:
                continue
            may = {each for each in roles if allowed(roles[each], action, resource, context)}
            assert owner in may
            via = context.get("kms:ViaService", "").partition(".")[0]
            if len(may) > 1:
                found[f"{action} {via.replace('s3', 'ssm')}".strip()] |= may
    assert {key: sorted(may) for key, may in found.items()} == {key: sorted(may) for key, may in SHARED.items()}


@pytest.mark.parametrize("ours", ["", "blue"])
def test_no_role_may_do_anything_of_another_deployment(ours, plain, blue):
    """But for cases, which belong to the account."""
    both = {"": policies(plain, ""), "blue": policies(blue, "blue")}
    theirs = both["blue" if not ours else ""]
    crossing = {
        (owner, action, resource)
        for owner, policy in both[ours].items()
        for other in theirs.values()
        for action, resource, context in asked(other)
        if not resource.startswith(OF_THE_ACCOUNT) and allowed(policy, action, resource, context)
    }
    assert crossing == set()


def test_our_own_policy_is_judged_at_all(plain):
    """The run above would pass over an empty template too."""
    assert sum(1 for policy in policies(plain, "").values() for _ in asked(policy)) > 100
