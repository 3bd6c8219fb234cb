"""All checks in order: the account, the key, the sign-in, the instance, what is deployed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from integration.aws.errors import SYSTEM as AWS
from integration.aws.signing import signing_key
from integration.cases.declaration import CASES
from integration.clients.errors import RemoteError
from integration.clients.servicenow.table import Table
from integration.clients.servicenow.transport import instance_url
from integration.declaration import roles_of
from integration.module import Module
from integration.operations.checking import aws_side, event
from integration.operations.checking.access import access
from integration.operations.checking.alarm_side import receivers
from integration.operations.checking.assumptions import standings
from integration.operations.checking.deployment_side import setup
from integration.operations.checking.given import differing, filter_of, key_verdicts, sys_id_remark
from integration.operations.checking.incident_filter import filter_terms
from integration.operations.checking.instance_name import named_as_expected, own_name
from integration.operations.checking.log_side import notifications_log
from integration.operations.checking.own import chosen
from integration.operations.checking.preflight import preflight
from integration.operations.checking.probe import probe
from integration.operations.checking.queries import batch, sweeps
from integration.operations.checking.records import reads
from integration.operations.checking.rights import rights
from integration.operations.checking.setup_tables import CLEANED, setup_tables
from integration.operations.checking.sign_in import Credentials, sign_in
from integration.operations.checking.verdict import Verdict, fail, skip, warn
from integration.operations.checking.webhook import token_in_instance, webhook
from integration.operations.deployment.account import Account, open_account
from integration.operations.deployment.cloudformation import Stacks
from integration.operations.deployment.deployed import AS_BEFORE, Deployed, deploying, deploys, find
from integration.operations.deployment.key_file import read_key
from integration.operations.deployment.remembered import deployed_qualifier
from integration.operations.terminal.failure import Failure, explained
from integration.operations.terminal.output import DONE, NOT_IN_ORDER, Output, command
from mappers.mapping_file import load
from mappers.mapping_rules import MappingRules, rules_for
from mappers.problem import MappingError
from servicenow_setup.credential import mark_of, stored_mark
from servicenow_setup.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from integration.clients.servicenow.http import Http
    from integration.names import Names
    from integration.operations.checking.own import Checks, Own

GIVE = "--instance-id, --client-id, --client-secret, --user-sys-id, --private-key-path"


@dataclass(frozen=True)
class Asked:
    """The command's options."""

    names: Names
    region: str | None = None
    profile: str | None = None
    instance_id: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    user_sys_id: str | None = None
    private_key_path: Path | None = None
    integration_module: str | None = None
    certificate: Path | None = None
    incident_filter: str | None = None
    mapping_file: Path | None = None
    probe: bool | None = None
    setup: str = "rest"
    qualifier: str = ""
    only: str | None = None
    as_json: bool = False


def run(asked: Asked, own: Own) -> int:
    """`own`: what else is looked at. The exit code: 0 where nothing fails; warnings do not fail."""
    output = Output(quiet=asked.as_json)
    verdicts = []
    for verdict in _to_the_end(asked, own):
        verdicts.append(verdict)
        output.verdict(verdict.subject, verdict.state, verdict.told, verdict.fix)
    failed = sum(verdict.state == "fail" for verdict in verdicts)
    if asked.as_json:
        output.document(
            {"ok": not failed, "checks": [asdict(verdict) for verdict in verdicts], "assumptions": standings(verdicts)}
        )
    output.result(f"{failed} of {len(verdicts)} checks failed." if failed else "Everything is in order.")
    return NOT_IN_ORDER if failed else DONE


def _to_the_end(asked: Asked, own: Own) -> Iterator[Verdict]:
    """What no check foresaw is a verdict, too: whoever reads the document finds it there."""
    try:
        yield from all_checks(asked, own)
    except Exception as error:  # noqa: BLE001 - this command's entry point; `explained` keeps the trace of a bug
        failure = explained(error)
        yield fail("check", failure.sentence, failure.then)


def all_checks(asked: Asked, own: Own) -> Iterator[Verdict]:
    account = deployed = None
    if asked.only != "servicenow" or not asked.instance_id:
        try:
            account = open_account(asked.profile, asked.region)
        except Failure as failure:
            yield fail("identity", failure.sentence, failure.then)
    if account:
        try:
            deployed = _deployed(account, asked.names)
        except RemoteError as error:
            yield fail("deployment", str(error), "Allow cloudformation:DescribeStacks.")
        if asked.only != "servicenow":
            yield from _account(account, asked.names, _qualifier(asked, account), deployed)
    if asked.only == "aws":
        return
    if deployed:
        yield from _given(asked, deployed)
    yield from _key(asked)
    yield from _instance(asked, own, deployed, "" if account else "could not be looked up (identity)")
    if deployed and not _elsewhere(asked, deployed):
        yield from _deployment(deployed)
        for checks in chosen(own, deployed):
            yield from checks.deployment(deployed)


def _elsewhere(asked: Asked, deployed: Deployed) -> bool:
    """Another instance is asked about than the deployed one, or one that is none."""
    if not asked.instance_id:
        return False
    try:
        return instance_url(asked.instance_id) != instance_url(deployed.connection.settings.instance)
    except RemoteError:
        return True


def _deploying(asked: Asked, deployed: Deployed | None, options: str = AS_BEFORE) -> str:
    """What is deployed, again; before, what deploys where nothing else is named."""
    return deploying(deployed, options) if deployed else command(deploys(()), asked.names.name, options)


def _deployed(account: Account, names: Names) -> Deployed | None:
    try:
        return find(account, names)
    except Failure:
        return None


def _qualifier(asked: Asked, account: Account) -> str:
    """As given, else as deployed; what cannot be read was told, or is told by the next look."""
    try:
        return asked.qualifier or deployed_qualifier(Stacks(account), asked.names)
    except RemoteError:
        return ""


def _account(account: Account, names: Names, qualifier: str, deployed: Deployed | None) -> Iterator[Verdict]:
    yield aws_side.identity(account)
    yield aws_side.membership(account)
    yield aws_side.bootstrap(account, qualifier)
    yield aws_side.node()
    yield from aws_side.stacks(account, names)
    yield from preflight(account, names, qualifier)
    if deployed:
        yield from receivers(deployed)


def _given(asked: Asked, deployed: Deployed) -> Iterator[Verdict]:
    try:
        yield from differing(asked, deployed)
    except (RemoteError, MappingError) as error:
        yield skip("given", f"what is deployed cannot be read: {error}")


def _key(asked: Asked) -> Iterator[Verdict]:
    if asked.private_key_path is None:
        return
    try:
        yield from key_verdicts(read_key(asked.private_key_path), asked.certificate)
    except Failure as failure:
        yield fail("key", failure.sentence, failure.then)


def _instance(asked: Asked, own: Own, deployed: Deployed | None, unseen: str) -> Iterator[Verdict]:
    """`unseen`: why nobody knows what is deployed."""
    try:
        credentials = _credentials(asked, deployed)
        rules = _rules(asked, deployed)
    except MappingError as error:
        yield from (fail("mapping", str(problem), "Mend the mapping file.") for problem in error.problems)
        return
    except Failure as failure:
        if asked.private_key_path is None:
            yield fail("key", failure.sentence, failure.then)
        return
    except RemoteError as error:
        yield fail("deployment", str(error), _deploying(asked, deployed))
        return
    if credentials is None or rules is None:
        told = f"what is deployed {unseen}" if unseen else "nothing is deployed here"
        yield skip("sign-in", f"{told}: give {GIVE} and --integration-module")
        return
    if remark := sys_id_remark(credentials.user_sys_id):
        yield warn("sys_id", remark)
    signed_in = True
    for verdict in sign_in(credentials):
        signed_in = signed_in and verdict.state != "fail"
        yield verdict
    if signed_in:
        stands = None if deployed is None or _elsewhere(asked, deployed) else deployed
        yield from _behind_the_door(
            asked, chosen(own, deployed), credentials, rules, filter_of(asked, deployed), stands
        )


def _behind_the_door(
    asked: Asked,
    own: Iterable[Checks],
    credentials: Credentials,
    rules: MappingRules,
    incident_filter: str,
    deployed: Deployed | None,
) -> Iterator[Verdict]:
    try:
        http = credentials.http()
    except RemoteError as error:
        yield fail("sign-in", str(error), "Check --instance-id and --private-key-path.")
        return
    with_cases = deployed is None or CASES in deployed.integrations
    for verdict in reads(http, rules, credentials.user_sys_id, records=with_cases):
        yield verdict
        if verdict.subject == "scope":
            return
    yield named_as_expected(own_name(Table(http)), credentials.instance, deployed)
    sets_up = deployed is None and asked.setup == "rest"
    yield from access(http, rules, sets_up=sets_up)
    needed = roles_of(deployed.integrations) if deployed else ()
    lock = _deploying(asked, deployed, "… --lock")
    yield from rights(Table(http), rules.table, credentials.user_sys_id, lock, needed, sets_up=sets_up)
    yield from sweeps(http, rules)
    yield batch(http, rules)
    for checks in own:
        yield from checks.instance(http, rules)
    yield from filter_terms(http, rules.table, incident_filter)
    if deployed is None and asked.setup != "none":
        yield from _set_up(asked, http, rules, credentials.user_sys_id)
    yield from _written(asked, http, rules, deployed)


def _set_up(asked: Asked, http: Http, rules: MappingRules, user_sys_id: str) -> Iterator[Verdict]:
    """Writes and takes away again."""
    if asked.probe is False:
        yield skip(CLEANED, "not tried (--probe makes one inactive record of each table and takes them away again)")
    else:
        yield from setup_tables(http, rules.table, user_sys_id, asked.setup)


def _written(asked: Asked, http: Http, rules: MappingRules, deployed: Deployed | None) -> Iterator[Verdict]:
    """One record of the module's table, and its event where something is deployed."""
    if deployed and CASES not in deployed.integrations:
        told = f"cases are not deployed: nobody makes records of {rules.table}, and no rule of ours tells of one"
        yield from (skip(subject, told) for subject in ("write", event.SUBJECT))
        return
    if asked.probe is False:
        yield skip("write", "not tried (--probe makes one test record and takes it away again)")
        if deployed:
            yield skip(event.SUBJECT, "not tried: it is that of the test record")
        return
    ear = event.listening(deployed) if deployed else None
    if isinstance(ear, Verdict):
        yield ear
        ear = None
    yield from probe(http, rules, again=bool(asked.probe), ear=ear)


def _credentials(asked: Asked, deployed: Deployed | None) -> Credentials | None:
    """What was given, the rest as it is deployed; None where neither has it. Raises `RemoteError`, `Failure`."""
    pem = read_key(asked.private_key_path).pem if asked.private_key_path else b""
    if deployed is None:
        given = (asked.instance_id, asked.client_id, asked.client_secret, asked.user_sys_id)
        instance, client_id, client_secret, user = (each or "" for each in given)
        return Credentials(instance, client_id, client_secret, user, pem) if all(given) and pem else None
    stored = deployed.connection.settings
    return Credentials(
        asked.instance_id or stored.instance,
        asked.client_id or stored.client_id,
        asked.client_secret or stored.client_secret,
        asked.user_sys_id or stored.user_sys_id,
        pem or signing_key(stored, deployed.client, deployed.account.account_id),
        str(stored.values.get("audience") or ""),
        "" if asked.private_key_path else str(stored.values.get("key_id") or ""),
    )


def _rules(asked: Asked, deployed: Deployed | None) -> MappingRules | None:
    """Raises `MappingError`."""
    if asked.integration_module is None and deployed is None:
        return None
    if deployed and not asked.mapping_file and asked.integration_module in (None, deployed.cases.rules.module.value):
        return deployed.cases.rules
    module = Module(asked.integration_module) if asked.integration_module else deployed.cases.rules.module  # type: ignore[union-attr]  # one of both is there
    return rules_for(module, load(asked.mapping_file, module) if asked.mapping_file else {})


def _deployment(deployed: Deployed) -> Iterator[Verdict]:
    """The webhook and what stands in the instance. A failed sign-in was told before."""
    name, again = deployed.names.name, deploying(deployed)
    yield notifications_log(deployed)
    try:
        tokens = deployed.connection.webhook_token.read()
    except RemoteError as error:
        yield fail("webhook token", str(error), command("rotate", name))
        return
    yield webhook(deployed.environment["WEBHOOK_URL"], tokens.current.token, name)
    try:
        table = Table(deployed.connection.http)
        stored = stored_mark(table, deployed.connection.setup.prefix)
        yield token_in_instance(stored, [mark_of(token) for token in tokens.accepted], name, again)
        yield from setup(table, deployed.connection.setup, again)
    except (SetupError, RemoteError) as error:
        if isinstance(error, RemoteError) and error.system == AWS:
            raise
        yield fail("rules", str(error), "See the roles in docs/servicenow-setup.md.")
