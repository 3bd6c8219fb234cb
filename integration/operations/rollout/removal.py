"""The steps of `destroy`, ordered so that each interruption leaves something to go on from."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration import names as n
from integration.aws.errors import error_for
from integration.clients.errors import RemoteError
from integration.clients.servicenow.table import Table
from integration.connection.declaration import CONNECTION
from integration.declaration import setup_parts
from integration.operations.deployment.cloudformation import Stacks, all_names, lasting
from integration.operations.deployment.deployed import deploying, find
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import command
from integration.registry import INTEGRATIONS
from servicenow_setup.apply import apply, remove
from servicenow_setup.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from integration.declaration import Integration
    from integration.names import Names
    from integration.operations.deployment.account import Account
    from integration.operations.terminal.output import Output, Tick
    from servicenow_setup.changes import Changes

KEY_GONE_AFTER_DAYS = 7
"""The shortest KMS allows."""
GONE = {
    "ResourceNotFoundException", "NoSuchBucket", "NoSuchEntity", "NotFoundException", "ParameterNotFound", "404",
    "KMSInvalidStateException",
}  # fmt: skip


class Removal:
    """Of the deployment, or of `only` one integration in a stack of its own, beside which the others stay as they are.

    `removed` and `kept` name things for a person. Every step is safe to repeat.
    """

    def __init__(self, account: Account, names: Names, output: Output, only: Integration | None = None) -> None:
        self._only = only
        self._account, self._names, self._output = account, names, output
        self._stacks = Stacks(account)
        self.removed: list[str] = []
        self.kept: list[str] = []

    def standing(self) -> list[str]:
        """Stacks there are, in the order they go."""
        every = reversed(all_names(self._names, INTEGRATIONS))
        named = [self._names.of(self._only.stack)] if self._only else every
        return [name for name in named if self._stacks.get(name)]

    @property
    def state_stands(self) -> bool:
        return any(self._stacks.get(name) for name in lasting(self._names))

    def left(self) -> str:
        """What becomes of the rest, with the command for it."""
        try:
            deployed = find(self._account, self._names)
        except Failure:
            deployed = None
        if deployed is None or deployed.integrations == (CONNECTION,):
            return f"Nothing but what all share is left: {command('destroy', self._names.name)}"
        return f"The webhook lets its events in until the next deployment: {deploying(deployed)}"

    # ----------------------------------------------------------------------------------------------- ServiceNow
    def instance(self) -> None:
        """Our records, while the credentials still stand. Raises `Failure` where that cannot be done."""
        stack = self._stacks.get(self._names.servicenow_stack)
        if stack is None or n.OUTPUT_WEBHOOK not in stack.outputs:
            return
        try:
            with self._output.step("remove our records from ServiceNow"):
                changes = self._cleaned()
        except (SetupError, RemoteError) as error:
            raise Failure(
                f"ServiceNow was not cleaned, and nothing else was touched: {error}",
                f"Mend it and repeat; or, after backing the update set out or if the instance is gone: "
                f"{command('destroy', self._names.name, '--leave-servicenow')}",
            ) from None
        self.removed += [f"{change.table} {change.name}" for change in changes.writes]

    def _cleaned(self) -> Changes:
        """Where one is to go, what the others want is what may stay."""
        deployed = find(self._account, self._names)
        table, setup = Table(deployed.connection.http), deployed.connection.setup
        if self._only is None:
            return remove(table, setup)
        rest = setup_parts(each for each in deployed.integrations if each is not self._only)
        return apply(table, replace(setup, parts=rest))

    # ----------------------------------------------------------------------------------------------- stacks
    def stacks(self) -> None:
        """All but what holds data. Raises `StackFailed`."""
        for name in self.standing():
            if name in lasting(self._names):
                continue
            with self._output.step(f"delete {name}") as tick:
                self._stacks.settled(name, tick)
                self._stacks.delete(name, tick)
            self.removed.append(name)

    def secret(self) -> None:
        """What no stack holds, so that none takes it along: the client secret, and the list of former instances."""
        for each in (n.PARAM_CLIENT_SECRET, n.PARAM_FORMER):
            name = self._names.parameter_prefix + each
            self._done(name, self._call("ssm", "delete_parameter", Name=name))

    # ----------------------------------------------------------------------------------------------- data
    def data(self) -> None:
        """The retained resources before their stack, so that an interrupted run still finds them by it."""
        for name in reversed(lasting(self._names)):
            if self._stacks.get(name) is not None:
                self._data_of(name)

    def _data_of(self, name: str) -> None:
        with self._output.step(f"delete the data of {name}") as tick:
            self._retained(self._stacks.resources(name).values(), tick)
            if name == self._names.state_stack:
                self._former_log_role()
            self._stacks.settled(name, tick)
            self._stacks.unprotect(name)
            self._stacks.delete(name, tick)
        self.removed.append(name)

    def failed_creation(self) -> None:
        """What a state stack that was never finished left behind: empty, and in the way of the next attempt.

        Only what that very attempt made: a table that stood before made it fail, and stays.
        """
        name = self._names.state_stack
        with self._output.step(f"clear away what the failed creation of {name} left") as tick:
            self._retained(self._stacks.left_behind(name), tick)
            self._stacks.unprotect(name)
            self._stacks.delete(name, tick)

    def _retained(self, found: Iterable[tuple[str, str]], tick: Tick) -> None:
        removers: dict[str, Callable[[str], None]] = {
            "AWS::S3::Bucket": self._bucket,
            "AWS::DynamoDB::Table": self._table,
            "AWS::KMS::Key": self._key,
            "AWS::IAM::Role": self._log_role,
        }
        for kind, physical_id in self._in_order(found, removers):
            tick(kind, 0, 0)
            removers[kind](physical_id)

    @staticmethod
    def _in_order(found: Iterable[tuple[str, str]], kinds: Iterable[str]) -> list[tuple[str, str]]:
        order = list(kinds)
        return sorted(
            ((kind, place) for kind, place in found if kind in order and place), key=lambda x: order.index(x[0])
        )

    def _bucket(self, bucket: str) -> None:
        """Every version; a bucket that holds anything cannot be deleted."""
        owner = {"Bucket": bucket, "ExpectedBucketOwner": self._account.account_id}
        while True:
            page = self._call("s3", "list_object_versions", **owner)
            entries = [*(page or {}).get("Versions", ()), *(page or {}).get("DeleteMarkers", ())]
            if not entries:
                break
            keys = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
            self._call("s3", "delete_objects", **owner, Delete={"Objects": keys, "Quiet": True})
        self._done(bucket, self._call("s3", "delete_bucket", **owner))

    def _table(self, table: str) -> None:
        if self._call("dynamodb", "update_table", TableName=table, DeletionProtectionEnabled=False) is None:
            return
        waiter = self._account.client("dynamodb")
        waiter.get_waiter("table_exists").wait(TableName=table)
        self._done(table, self._call("dynamodb", "delete_table", TableName=table))
        waiter.get_waiter("table_not_exists").wait(TableName=table)

    def _key(self, key: str) -> None:
        days = KEY_GONE_AFTER_DAYS
        answer = self._call("kms", "schedule_key_deletion", KeyId=key, PendingWindowInDays=days)
        self._done(f"key {key} (gone in {days} days)", answer)

    def _former_log_role(self) -> None:
        """Earlier versions named the role, and an update leaves it standing; its trust says in which region."""
        name = self._names.former_api_log_role
        role = (self._call("iam", "get_role", RoleName=name) or {}).get("Role") or {}
        if f":apigateway:{self._account.region}:" in json.dumps(role.get("AssumeRolePolicyDocument")):
            self._log_role(name)

    def _log_role(self, role: str) -> None:
        """API Gateway writes the logs of every API of the account and region through it, so it goes with the last."""
        apis = (self._call("apigateway", "get_rest_apis") or {}).get("items") or []
        account = self._call("apigateway", "get_account") or {}
        ours = str(account.get("cloudwatchRoleArn") or "").endswith(f"/{role}")
        if ours and apis:
            self.kept.append(f"role {role}: other APIs of this account log through it")
            self._output.say(f"Kept: {self.kept[-1]}.")
            return
        if ours:
            operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}
            self._call("apigateway", "update_account", patchOperations=[operation])
        attached = self._call("iam", "list_attached_role_policies", RoleName=role) or {}
        for policy in attached.get("AttachedPolicies") or ():
            self._call("iam", "detach_role_policy", RoleName=role, PolicyArn=policy["PolicyArn"])
        self._done(f"role {role}", self._call("iam", "delete_role", RoleName=role))

    def _done(self, what: str, answer: dict[str, Any] | None) -> None:
        if answer is not None:
            self.removed.append(what)

    def _call(self, service: str, operation: str, **asked: Any) -> dict[str, Any] | None:
        """None: it is gone already."""
        try:
            answer: dict[str, Any] = getattr(self._account.client(service), operation)(**asked)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in GONE:
                return None
            raise error_for(error, operation) from None
        except BotoCoreError as error:
            raise error_for(error, operation) from None
        return answer or {}
