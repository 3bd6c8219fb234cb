"""validate → state → secrets → bundle → synth → diff → deploy → verify; safe to repeat and to be interrupted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration import names as n
from integration.aws.errors import AwsError, meaning
from integration.cli.checking import aws_side
from integration.cli.checking.deployment_side import setup
from integration.cli.checking.given import sys_id_remark
from integration.cli.checking.incident_filter import filter_terms
from integration.cli.checking.sign_in import Credentials, sign_in
from integration.cli.checking.webhook import webhook
from integration.cli.deployed import find
from integration.cli.deploying.assembly import functions_archive, synthesise
from integration.cli.deploying.difference import differences, summed
from integration.cli.deploying.request import as_text
from integration.cli.deploying.secrets import Secrets, former_settings
from integration.cli.failure import Failure
from integration.cli.stacks import Stacks, all_names
from integration.cli.talk import DEPLOYMENT_FAILED, Talk, command
from integration.servicenow.errors import ServiceNowError
from integration.servicenow.query import Query
from integration.servicenow.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from integration.cli.account import Account
    from integration.cli.checking.verdict import Verdict
    from integration.cli.deployed import Deployed
    from integration.cli.deploying.assembly import Assembly
    from integration.cli.deploying.cdk import Cdk
    from integration.cli.deploying.difference import Difference
    from integration.cli.deploying.request import Request
    from integration.cli.stacks import Stack

NO_ANSWER = "does not answer"
FRESH = "0:0"
"""The revision before there are secrets."""


@dataclass(frozen=True)
class Outcome:
    """For `--json`. `changes` are what was (or would be) changed."""

    changes: tuple[Difference, ...]
    deployed: bool
    webhook_url: str = ""
    verdicts: tuple[Verdict, ...] = ()


class Steps:
    """One deployment of one request. `account` None: only what needs no account, for a dry run without credentials.

    `archive` and `synthesise` make what is deployed; tests, which deploy nothing, give others.
    """

    def __init__(
        self,
        request: Request,
        account: Account | None,
        cdk: Cdk | None,
        talk: Talk,
        archive: Callable[[], Path] = functions_archive,
        synthesise: Callable[..., Assembly] = synthesise,
    ) -> None:
        self.request, self.account, self.cdk, self.talk = request, account, cdk, talk
        self.stacks = Stacks(account) if account else None
        self._archive, self._synthesise = archive, synthesise

    # --------------------------------------------------------------------------------------------------- dry run
    def plan(self) -> Outcome:
        """What would be done. Nothing is written but this machine's cache."""
        self.validate(strict=False)
        there = self._there()
        settings, _ = self._settings()
        revision = self._secrets(there[self.request.names.state_stack]).revision() if self._has_state(there) else FRESH
        archive = self._bundled()
        assembly = self._synthesised(settings, archive, revision)
        changes = self._changes(assembly, there)
        self.show(changes)
        self.talk.result("Nothing was changed (--dry-run).")
        return Outcome(tuple(changes), deployed=False)

    # --------------------------------------------------------------------------------------------------- for real
    def run(self, *, yes: bool) -> Outcome:
        """Raises `Failure`; the next run goes on from there."""
        self.validate(strict=True)
        there = self._settled()
        settings, instance_name = self._settings()
        archive = self._bundled()
        if not self._has_state(there):
            self._confirm(self._changes(self._synthesised(settings, archive, FRESH), there), yes=yes)
            self._deploy(self._synthesised(settings, archive, FRESH), [self.request.names.state_stack])
            there, yes = self._there(), True
        stored = self._store(there)
        assembly = self._synthesised(settings, archive, stored)
        changes = self._changes(assembly, there)
        if changes or not all(stack and stack.usable for stack in there.values()):
            if not yes:
                self._confirm(changes, yes=yes)
            self._deploy(assembly, list(all_names(self.request.names)))
        else:
            self.talk.say("Nothing to change: everything is deployed as asked.")
        return self._verified(tuple(changes), instance_name)

    # --------------------------------------------------------------------------------------------------- validate
    def validate(self, *, strict: bool) -> None:
        """The account, the sign-in, the filter. Not strict: what fails is told and the plan goes on."""
        with self.talk.step("validate"):
            verdicts = list(self._verdicts())
        for remark in (*self.request.warnings(), sys_id_remark(self.request.user_sys_id)):
            if remark:
                self.talk.warn(remark)
        failed = [each for each in verdicts if each.state == "fail"]
        for each in (each for each in verdicts if each.state == "warn"):
            self.talk.warn(f"{each.subject}: {each.told}")
        if failed and strict:
            said = "\n".join(f"  {each.subject}: {each.told}\n      → {each.fix}" for each in failed)
            raise Failure(f"Nothing was changed, since this fails:\n{said}", "Mend it and run the same command again.")
        for each in failed:
            self.talk.warn(f"{each.subject}: {each.told} → {each.fix}")

    def _verdicts(self) -> Iterator[Verdict]:
        yield aws_side.node()
        if self.account:
            yield aws_side.membership(self.account)
            yield aws_side.bootstrap(self.account)
        for verdict in sign_in(self._credentials):
            unreachable = verdict.subject == "sign-in" and verdict.state == "fail" and _no_answer(verdict.told)
            if unreachable:
                # Only the functions must reach the instance; this machine may be shut out by an access list.
                self.talk.warn(f"the instance was not asked anything from here: {verdict.told}")
                return
            yield verdict
            if verdict.state == "fail":
                return
        yield from filter_terms(self._credentials.http(), self.request.module.table, self.request.incident_filter)

    @property
    def _credentials(self) -> Credentials:
        asked = self.request
        return Credentials(asked.instance, asked.client_id, asked.client_secret, asked.user_sys_id, asked.key.pem)

    # --------------------------------------------------------------------------------------------------- state
    def _there(self) -> dict[str, Stack | None]:
        names = all_names(self.request.names)
        return {name: self.stacks.get(name) if self.stacks else None for name in names}

    def _settled(self) -> dict[str, Stack | None]:
        """What an earlier run left moving is waited for; a rollback that got stuck is continued."""
        assert self.stacks is not None
        for name, stack in self._there().items():
            if stack is None or stack.usable:
                continue
            with self.talk.step(f"{name} is {stack.status}: pick it up") as tick:
                settled = self.stacks.settled(name, tick)
                if settled is not None and settled.stuck:
                    self.stacks.continue_rollback(name)
                    self.stacks.settled(name, tick)
        return self._there()

    def _has_state(self, there: Mapping[str, Stack | None]) -> bool:
        state = there[self.request.names.state_stack]
        return state is not None and state.usable and n.OUTPUT_KEY_BUCKET in state.outputs

    # --------------------------------------------------------------------------------------------------- secrets
    def _secrets(self, state: Stack | None) -> Secrets:
        assert self.account is not None
        assert state is not None
        data_key, bucket = state.outputs[n.OUTPUT_DATA_KEY], state.outputs[n.OUTPUT_KEY_BUCKET]
        return Secrets(self.account, self.request.names, data_key, bucket)

    def _store(self, there: Mapping[str, Stack | None]) -> str:
        with self.talk.step("secrets"):
            secrets = self._secrets(there[self.request.names.state_stack])
            stored = secrets.store(self.request.client_secret, self.request.key.pem)
        self.talk.say(f"  stored: {', '.join(stored.written) or 'nothing new'}")
        return stored.revision

    def _settings(self) -> tuple[str, str]:
        """The settings' text, and the instance's name ("": unknown, events of any name count)."""
        former = former_settings(self.account, self.request.names) if self.account else {}
        name = self._instance_name() or str(former.get("instance_name") or "")
        settings = self.request.settings(former, name, time.time())
        for key in sorted(former.keys() | settings.keys()):
            before, after = former.get(key), settings.get(key)
            if former and before != after and key != "mapping":
                self.talk.say(f"  setting {key}: {before!r} -> {after!r}")
        return as_text(settings), name

    def _instance_name(self) -> str:
        """What the rules will say of themselves: the property, where we may read it, else the id."""
        query = Query().equals("name", "instance_name")
        try:
            found = Table(self._credentials.http()).query("sys_properties", query, ["name", "value"], limit=1)
        except ServiceNowError:
            found = []
        if found and found[0].get("value"):
            return found[0]["value"]
        return "" if "://" in self.request.instance else self.request.instance.lower()

    # --------------------------------------------------------------------------------------------------- assembly
    def _bundled(self) -> Path:
        with self.talk.step("bundle"):
            return self._archive()

    def _synthesised(self, settings: str, archive: Path, revision: str) -> Assembly:
        with self.talk.step("synth"):
            role = self._api_log_role()
            return self._synthesise(self.request, settings, archive, revision, self.account, api_log_role=role)

    def _api_log_role(self) -> bool:
        """API Gateway has one role for logs per account and region: ours, unless somebody's stands already."""
        if self.account is None or self.stacks is None:
            return True
        state = self.request.names.state_stack
        if self.stacks.get(state) and any(
            kind == "AWS::ApiGateway::Account" for kind, _ in self.stacks.resources(state).values()
        ):
            return True
        try:
            return not self.account.client("apigateway").get_account().get("cloudwatchRoleArn")
        except (ClientError, BotoCoreError) as error:
            raise meaning(error, "get_account of API Gateway") from None

    # --------------------------------------------------------------------------------------------------- diff
    def _changes(self, assembly: Assembly, there: Mapping[str, Stack | None]) -> list[Difference]:
        with self.talk.step("diff"):
            return [
                change
                for name, wanted in assembly.templates.items()
                for change in differences(name, wanted, self._former_template(there[name]))
            ]

    def _former_template(self, stack: Stack | None) -> Mapping[str, Any] | None:
        if stack is None or self.stacks is None or stack.status in {"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}:
            return None
        return self.stacks.template(stack.name)

    def show(self, changes: list[Difference]) -> None:
        if not changes:
            self.talk.result("Nothing to change.")
            return
        new = [name for name, stack in self._there().items() if self._former_template(stack) is None]
        careful = sum(c.careful for c in changes)
        title = f"{len(changes)} changes, {careful} of them of rights or keys"
        self.talk.table(title, ("", "stack", "type", "resource"), summed(changes, new))

    def _confirm(self, changes: list[Difference], *, yes: bool) -> None:
        """The documented command line asks nobody, so without a terminal nobody is asked."""
        self.show(changes)
        self.talk.sure_if_asked("Deploy this?", yes=yes)

    # --------------------------------------------------------------------------------------------------- deploy
    def _deploy(self, assembly: Assembly, stacks: list[str]) -> None:
        assert self.cdk is not None
        began = time.time() - 5
        try:
            with self.talk.step("deploy") as tick:
                self.cdk.deploy(assembly.folder, stacks, tick)
        except Failure as failure:
            if failure.code != DEPLOYMENT_FAILED:
                raise
            raise self._explained(failure, stacks, began) from None

    def _explained(self, failure: Failure, stacks: list[str], began: float) -> Failure:
        """CloudFormation's own reasons, which name the missing role, before the CLI's summary."""
        assert self.stacks is not None
        reasons = [reason for name in stacks for reason in self.stacks.failures(name, began)]
        if not reasons:
            return failure
        said = "\n".join(f"  {reason}" for reason in reasons[:5])
        then = f"{command('check', self.request.names.name)}, mend it, then run the same command again. {failure.then}"
        return Failure(f"The deployment failed and was rolled back:\n{said}", then, DEPLOYMENT_FAILED)

    # --------------------------------------------------------------------------------------------------- verify
    def _verified(self, changes: tuple[Difference, ...], instance_name: str) -> Outcome:
        assert self.account is not None
        deployed = find(self.account, self.request.names)
        url = deployed.environment[n.ENV_WEBHOOK_URL]
        verdicts: list[Verdict] = []
        with self.talk.step("verify"):
            try:
                verdicts += self._looked_at(deployed, url)
            except (AwsError, ServiceNowError) as error:
                self.talk.warn(f"deployed, but not all of it could be looked at: {error}")
        for each in verdicts:
            self.talk.verdict(each.subject, each.state, each.told, each.fix)
        self._closing_words(url, instance_name)
        return Outcome(changes, deployed=True, webhook_url=url, verdicts=tuple(verdicts))

    def _looked_at(self, deployed: Deployed, url: str) -> Iterator[Verdict]:
        name = self.request.names.name
        yield webhook(url, deployed.webhook_token.read().current.token, name)
        if self.request.setup == "rest":
            yield from setup(Table(deployed.http), deployed.setup, name)

    def _closing_words(self, url: str, instance_name: str) -> None:
        name = self.request.names.name
        self.talk.result(f"Deployed. The webhook is {url}")
        if not instance_name:
            self.talk.result("Events of any instance_name count, since the instance did not tell its own.")
        if self.request.setup == "update-set":
            self.talk.result(f"Next: {command('setup-export', name, '> update-set.xml')}, and import it.")
        self.talk.result(f"New incidents and cases are in step within minutes: {command('status', name)}")


def _no_answer(told: str) -> bool:
    return told.startswith(("no connection to the instance", "no answer from the instance", "the token endpoint"))
