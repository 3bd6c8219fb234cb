"""`rotate-key`: replaces the private key; at every moment the instance takes one of the two.

An instance tells keys apart by `kid` once a registration has two verifier maps. So the key in use gets its name first,
then the new one is added beside it, then the functions change over, then the old map goes. Every run finds by trying
how far that is, does the next step and says what an administrator does next.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from integration import names as n
from integration.aws.errors import raising_ours
from integration.aws.settings import private_key
from integration.operations.checking.sign_in import Credentials, exchange, failure_of
from integration.operations.deployment.account import open_account
from integration.operations.deployment.cloudformation import Stacks
from integration.operations.deployment.deployed import deploying, find
from integration.operations.deployment.key_file import certificate_problem, key_id, parsed, read_key
from integration.operations.deployment.request import as_text
from integration.operations.rollout.secrets import Secrets
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import Output, command

if TYPE_CHECKING:
    from integration.operations.deployment.deployed import Deployed

MAP_OF_OLD = (
    "In ServiceNow, System OAuth > Application Registry, open the registration and its JWT Verifier Map: set Kid to "
)
MAP_OF_NEW = (
    "In ServiceNow, System Definition > Certificates, add the new certificate; then in the registration add a second "
    "JWT Verifier Map with that certificate and Kid "
)


@click.command(name="rotate-key")
@click.option(
    "--private-key-path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The new key (see keygen).",
)
@click.option(
    "--certificate", type=click.Path(dir_okay=False, path_type=Path), help="Its certificate: are they a pair?"
)
@options.deployment
@options.yes
@options.as_json
def rotate_key(private_key_path: Path, certificate: Path | None, yes: bool, as_json: bool, **where: Any) -> None:
    """Change the private key that signs us in to ServiceNow. Run it again after each thing it asks for.

    \b
    Examples:
      ./deploy_integrations_solution.py keygen --out new.key --certificate new.cer
      ./deploy_integrations_solution.py rotate-key --private-key-path new.key --certificate new.cer
    """
    output = Output(quiet=as_json)
    key = read_key(private_key_path)
    problem = certificate_problem(certificate, key) if certificate else ""
    if problem:
        raise Failure(f"{certificate}: {problem}.", command("keygen"))
    deployed = find(open_account(where["profile"], where["region"]), where["names"])
    refuse_kms(deployed)
    change = Change(deployed, output)
    if change.pem == key.pem and not change.finished(key.key_id):
        raise Failure("This key is in use already.", command("keygen", "", "--out new.key --certificate new.cer"))
    if change.pem != key.pem:
        if exchange_fails(replace(change.old, key=key.pem, key_id=key.key_id)):
            change.make_ready(key.key_id, yes=yes)
        output.sure_if_asked("The instance takes the new key. Change over?", yes=yes)
        change.over(key.pem, key.key_id)
    output.result("The functions sign with the new key. Next: delete the old JWT Verifier Map and its certificate.")
    output.result(f"From now on: {deploying(deployed, f'… --private-key-path {private_key_path}')}")
    if as_json:
        output.document({"key_id": key.key_id, "changed": True})


def refuse_kms(deployed: Deployed) -> None:
    """Raises `Failure` where a key of KMS signs, which a file cannot follow: its successor is deployed."""
    if deployed.connection.values.get(n.SIGNING_KEY):
        raise Failure(
            f"The KMS key {deployed.connection.values[n.SIGNING_KEY]} signs us in, not a private key.",
            f"Make another KMS key and its certificate ({command('keygen', '', '--kms KEY')}), add a second JWT "
            f"Verifier Map with both, then {deploying(deployed, '… --signing-key KEY')}.",
        )


def exchange_fails(credentials: Credentials) -> str:
    """Empty, or why the instance does not take this key. Raises `RemoteError` where it does not answer."""
    answer = exchange(credentials, credentials.auth().assertion())
    return "" if answer.good else failure_of(answer)[0]


class Change:
    """From the key in use to another."""

    def __init__(self, deployed: Deployed, output: Output) -> None:
        self._deployed, self._output = deployed, output
        stored = deployed.connection.settings
        self.pem = private_key(deployed.client("s3"), stored, deployed.account.account_id)
        self.old = Credentials(
            stored.instance, stored.client_id, stored.client_secret, stored.user_sys_id, self.pem,
            str(stored.values.get("audience") or ""), str(stored.values.get("key_id") or ""),
        )  # fmt: skip
        self._named = self.old.key_id

    def make_ready(self, new_key_id: str, *, yes: bool) -> None:
        """Give the key in use its name, then ask for the second map. Always raises `Failure` with what comes next."""
        again = "Then run the same command again."
        if not self.old.key_id:
            own = key_id(parsed(self.pem, "the key in use").public_key())
            if exchange_fails(replace(self.old, key_id=own)):
                raise Failure("The instance does not know the key in use by name yet.", f"{MAP_OF_OLD}{own}. {again}")
            self._output.sure_if_asked(f"The functions now name their key, {own}. Go on?", yes=yes)
            self._name(own)
        self._restart(self._secrets.revision())
        raise Failure("The instance does not take the new key yet.", f"{MAP_OF_NEW}{new_key_id}. {again}")

    def over(self, pem: bytes, new_key_id: str) -> None:
        """The key first, then its name, then fresh functions: between these, warm ones go on with the old pair."""
        revision = self._secrets.store(self._deployed.connection.settings.client_secret, pem)
        self._name(new_key_id)
        self._restart(revision)

    def finished(self, key_id: str) -> bool:
        """What a run that died after storing the key left to do; False: nothing."""
        if not self.old.key_id:
            return False
        named = self.old.key_id != key_id
        if named:
            self._name(key_id)
        return self._restart(self._secrets.revision()) or named

    @cached_property
    def _secrets(self) -> Secrets:
        state = Stacks(self._deployed.account).get(self._deployed.names.state_stack)
        assert state is not None
        data_key, bucket = state.outputs[n.OUTPUT_DATA_KEY], state.outputs[n.OUTPUT_KEY_BUCKET]
        return Secrets(self._deployed.account, self._deployed.names, data_key, bucket)

    def _name(self, value: str) -> None:
        """The template says the same from the next deployment on, which takes the key's name over."""
        self._named = value
        text = as_text({**self._deployed.connection.values, "key_id": value})
        name = self._deployed.names.parameter_prefix + n.PARAM_SETTINGS
        with raising_ours("put_parameter"):
            ssm = self._deployed.client("ssm")
            ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True, Tier="Intelligent-Tiering")

    def _restart(self, revision: str) -> bool:
        """Warm functions keep the key they read; a new value in their environment starts them anew. Whether any did."""
        client, names = self._deployed.client("lambda"), self._deployed.names
        value, done = f"{revision}:{self._named}", False
        standing = (each for one in self._deployed.integrations for each in one.functions)
        for function in (names.of(each.owner) for each in standing if each.signs_in):
            with raising_ours(f"update_function_configuration of {function}"):
                environment = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
                if environment.get(n.ENV_REVISION) != value:
                    environment[n.ENV_REVISION], done = value, True
                    client.update_function_configuration(FunctionName=function, Environment={"Variables": environment})
        return done
