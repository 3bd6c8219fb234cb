"""The steps of `service-now`: validate → bundle → synth → diff → state → secrets → deploy → verify; each repeatable."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.errors import raising_ours
from integration.clients.servicenow.table import Table
from integration.operations.checking.instance_name import own_name
from integration.operations.checking.sign_in import Credentials
from integration.operations.deployment.cloudformation import GONE, Stacks, all_names
from integration.operations.deployment.remembered import completed, deployed_options, refuse_weaker
from integration.operations.deployment.request import as_text
from integration.operations.deployment.signing_key import keyed
from integration.operations.rollout.assembly import functions_archive, synthesise, warn_of_slow_starts
from integration.operations.rollout.difference import differences
from integration.operations.rollout.drift import drifted
from integration.operations.rollout.plan import NEVER_FINISHED, Outcome, Plan, show
from integration.operations.rollout.removal import Removal
from integration.operations.rollout.secrets import Secrets, former_settings, remember_instance
from integration.operations.rollout.validation import remarks, try_set_up, validate
from integration.operations.rollout.verification import setup_lines, verified
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import DEPLOYMENT_FAILED, command
from integration.registry import with_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from integration.operations.deployment.account import Account
    from integration.operations.deployment.cdk import Cdk
    from integration.operations.deployment.cloudformation import Stack
    from integration.operations.deployment.request import Request
    from integration.operations.rollout.assembly import Assembly
    from integration.operations.terminal.output import Output

TO_COME = "to come"
"""Stands for the revision while secrets are yet to be stored."""
MENDED = {
    "explicit deny in a service control policy": "give what your organisation demands (--tag KEY=VALUE for a mandatory "
    "tag; the others are in docs/install-aws.md, Guardrails of an organisation) or ask its administrator,",
    "/AWSCloudFormation is not authorized to perform": "bootstrap again with the policies of "
    "docs/CDK_BOOTSTRAP_POLICY.md,",
}
"""What a reason says → what to do. Source: IAM user guide, "Troubleshoot access denied error messages"."""


class Steps:
    """One deployment of one request. `account` None: only what needs no account, for a dry run without credentials.

    `archive` and `synthesise` make what is deployed; tests, which deploy nothing, give others.
    """

    def __init__(
        self,
        request: Request,
        account: Account | None,
        cdk: Cdk | None,
        output: Output,
        archive: Callable[[], Path] = functions_archive,
        synthesise: Callable[..., Assembly] = synthesise,
    ) -> None:
        self.request, self.account, self.cdk, self.output = request, account, cdk, output
        self.stacks = Stacks(account) if account else None
        self._archive, self._synthesise = archive, synthesise

    @cached_property
    def _former(self) -> Mapping[str, Any]:
        """The settings as they are deployed."""
        return former_settings(self.account, self.request.names) if self.account else {}

    # --------------------------------------------------------------------------------------------------- two ways
    def plan(self) -> Outcome:
        """What would be done; only this machine's cache is written. Raises `Failure` at the end, where `run` would."""
        deployed = self._remember()
        verdicts = validate(self.request, self.account, self._credentials, self.output)
        plan = self._planned()
        show(plan, self.request.names, self.stacks, self.output)
        for line in setup_lines(self.request, self.account, self._credentials):
            self.output.result(f"  {line}")
        self.output.result("Nothing was changed (--dry-run).")
        remarks(self.request, verdicts, self.output)
        refuse_weaker(self.request, deployed)
        return Outcome(plan.changes, plan.secrets, deployed=False)

    def run(self, *, yes: bool) -> Outcome:
        """Raises `Failure`; the next run goes on from there."""
        assert self.account is not None
        deployed = self._remember()
        refuse_weaker(self.request, deployed)
        validated = validate(self.request, self.account, self._credentials, self.output)
        remarks(self.request, validated, self.output)
        self._pick_up()
        plan = self._planned()
        if plan.empty:
            self.output.say("Nothing to change: everything is deployed as asked.")
        else:
            show(plan, self.request.names, self.stacks, self.output)
            warn_of_slow_starts(self.output)
            # The documented command line asks nobody, so without a terminal nobody is asked.
            self.output.sure_if_asked("Deploy this?", yes=yes)
            if plan.first:
                try_set_up(self.request, self._credentials, validated, self.output)
            self._carry_out(plan)
        url, verdicts = verified(self.request, self.account, self.output)
        return Outcome(plan.changes, plan.secrets, deployed=True, webhook_url=url, verdicts=verdicts)

    # --------------------------------------------------------------------------------------------------- plan
    def _planned(self) -> Plan:
        there = self._there()
        settings, archive = self._settings(), self._bundled()
        secrets = self._secrets(there)
        asked = self.request
        pem, every = asked.signs.pem, ("client secret", "private key")
        pending = secrets.differing(asked.client_secret, pem) if secrets else every[: 2 if pem else 1]
        revision = TO_COME if pending or not secrets else secrets.revision()
        assembly = self._synthesised(settings, archive, revision)
        with self.output.step("diff"):
            changes = tuple(
                change
                for name, wanted in assembly.templates.items()
                for change in differences(name, wanted, self._former_template(there[name]))
            )
        return Plan(there, archive, settings, assembly, changes, pending)

    def _remember(self) -> Mapping[str, Any]:
        """The options as they are deployed; the request is completed by them."""
        deployed = deployed_options(self.stacks, self.request.names, self._former) if self.stacks else {}
        self.request = keyed(completed(self.request, deployed), self.account)
        return deployed

    def _carry_out(self, plan: Plan) -> None:
        """The state stack first, where it is missing: the secrets are stored in it before the functions read them."""
        assert self.account is not None
        names, assembly = self.request.names, plan.assembly
        remember_instance(self.account, names, self.request.instance)
        secrets = self._secrets(plan.there)
        if secrets is None:
            self._deploy(assembly, [names.state_stack])
            secrets = self._secrets(self._there())
        if secrets is None:
            raise Failure(f"{names.state_stack} has no outputs.", command("check", names.name), DEPLOYMENT_FAILED)
        if plan.secrets:
            with self.output.step("secrets"):
                revision = secrets.store(self.request.client_secret, self.request.signs.pem)
            assembly = self._synthesised(plan.settings, plan.archive, revision)
        self._deploy(assembly, list(plan.there))

    @property
    def _credentials(self) -> Credentials:
        asked = self.request
        return Credentials(
            asked.instance,
            asked.client_id,
            asked.client_secret,
            asked.user_sys_id,
            asked.signs.signer,
            asked.audience,
            asked.key_id(self._former),
        )

    # --------------------------------------------------------------------------------------------------- stacks
    def _there(self) -> dict[str, Stack | None]:
        names = all_names(self.request.names, with_connection(self.request.integrations))
        return {name: self.stacks.get(name) if self.stacks else None for name in names}

    def _pick_up(self) -> None:
        """What an earlier run left moving is waited for; a rollback that got stuck is continued."""
        assert self.stacks is not None
        for name, stack in self._there().items():
            if stack is None or stack.usable:
                continue
            with self.output.step(f"{name} is {stack.status}: pick it up") as tick:
                settled = self.stacks.settled(name, tick)
                if settled is not None and settled.stuck:
                    self.stacks.continue_rollback(name)
                    self.stacks.settled(name, tick)
        state = self.stacks.get(self.request.names.state_stack)
        if state is not None and state.status in NEVER_FINISHED:
            assert self.account is not None
            Removal(self.account, self.request.names, self.output).failed_creation()

    def _secrets(self, there: Mapping[str, Stack | None]) -> Secrets | None:
        """None: there is no place for them yet."""
        state = there[self.request.names.state_stack]
        if self.account is None or state is None or not state.usable or n.OUTPUT_KEY_BUCKET not in state.outputs:
            return None
        data_key, bucket = state.outputs[n.OUTPUT_DATA_KEY], state.outputs[n.OUTPUT_KEY_BUCKET]
        return Secrets(self.account, self.request.names, data_key, bucket)

    def _former_template(self, stack: Stack | None) -> Mapping[str, Any] | None:
        if stack is None or self.stacks is None or stack.status in GONE:
            return None
        return self.stacks.template(stack.name)

    # --------------------------------------------------------------------------------------------------- settings
    def _settings(self) -> str:
        """As text; what differs from what is deployed is told."""
        former = self._former
        settings = self.request.settings(former, self._instance_name() or former.get("instance_name", ""), time.time())
        settings |= self._set_up_again()
        for key in sorted(former.keys() | settings.keys()) if former else ():
            before, after = former.get(key), settings.get(key)
            if before != after:
                self.output.say(f"  setting {key}: " + ("changed" if key == "mapping" else f"{before!r} -> {after!r}"))
        return as_text(settings)

    def _set_up_again(self) -> dict[str, int]:
        """A moment that changes only where ServiceNow lost what was deployed: the set-up function then runs again."""
        if drifted(self.request, self.account, self._credentials):
            self.output.say("  records of ours are missing or changed in ServiceNow: they are set up again")
            return {"set_up_at": int(time.time())}
        return {"set_up_at": self._former["set_up_at"]} if "set_up_at" in self._former else {}

    def _instance_name(self) -> str:
        """What the rules will say of themselves: the property, where we may read it, else what the address tells."""
        return own_name(Table(self._credentials.http())) or self.request.instance_name

    # --------------------------------------------------------------------------------------------------- assembly
    def _bundled(self) -> Path:
        with self.output.step("bundle"):
            return self._archive()

    def _synthesised(self, settings: str, archive: Path, revision: str) -> Assembly:
        with self.output.step("synth"):
            role = self._api_log_role()
            return self._synthesise(self.request, settings, archive, revision, self.account, api_log_role=role)

    def _api_log_role(self) -> bool:
        """API Gateway has one role for logs per account and region: ours, unless somebody's stands already."""
        if self.account is None or self.stacks is None:
            return True
        state = self.request.names.state_stack
        if self.stacks.get(state):
            kinds = {kind for kind, _ in self.stacks.resources(state).values()}
            if "AWS::ApiGateway::Account" in kinds:
                return True
        with raising_ours("get_account of API Gateway"):
            return not self.account.client("apigateway").get_account().get("cloudwatchRoleArn")

    # --------------------------------------------------------------------------------------------------- deploy
    def _deploy(self, assembly: Assembly, stacks: list[str]) -> None:
        assert self.cdk is not None
        assert self.stacks is not None
        before = {name: self.stacks.latest_event(name) for name in stacks}
        try:
            with self.output.step("deploy") as tick:
                self.cdk.deploy(assembly.folder, stacks, tick)
        except Failure as failure:
            if failure.code != DEPLOYMENT_FAILED:
                raise
            raise self._explained(failure, before) from None

    def _explained(self, failure: Failure, before: Mapping[str, float]) -> Failure:
        """CloudFormation's own reasons, which name the missing role, before the CLI's summary."""
        assert self.stacks is not None
        looks = (self.stacks.refusals, self.stacks.failures)
        reasons = [reason for name, moment in before.items() for look in looks for reason in look(name, moment)]
        if not reasons:
            return failure
        said = "\n".join(f"  {reason}" for reason in reasons[:5])
        mend = next((way for words, way in MENDED.items() if any(words in each for each in reasons)), "mend it,")
        then = f"{command('check', self.request.names.name)}, {mend} then run the same command again. {failure.then}"
        return Failure(f"The deployment failed and was rolled back:\n{said}", then, DEPLOYMENT_FAILED)
