"""`keygen`: makes the private key that signs us in, and the certificate that ServiceNow knows it by."""

from __future__ import annotations

from pathlib import Path

import click

from integration.operations.deployment.account import open_account
from integration.operations.deployment.key_file import make_pair
from integration.operations.deployment.signing_key import find_key, make_certificate
from integration.operations.terminal import options
from integration.operations.terminal.output import Output

TO_BE_PASTED = "to be pasted into ServiceNow (System Definition > Certificates)."


@click.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("private.key"),
    show_default=True,
    help="Where the private key goes, mode 0600.",
)
@click.option(
    "--certificate",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("publickey.cer"),
    show_default=True,
    help="Where its certificate goes.",
)
@click.option("--kms", metavar="ALIAS|ARN", help="Only the certificate, of this key of KMS: see --signing-key.")
@click.option("--bits", type=click.IntRange(2048, 8192), default=2048, show_default=True, help="Size of the RSA key.")
@click.option("--days", type=click.IntRange(1, 7300), default=3650, show_default=True, help="The certificate is valid.")
@click.option("--common-name", default="aws-security-ir", show_default=True, help="Subject of the certificate.")
@options.place
def keygen(
    out: Path, certificate: Path, kms: str | None, bits: int, days: int, common_name: str,
    profile: str | None, region: str | None,
) -> None:  # fmt: skip
    """Make an RSA key (PKCS#8) and a self-signed X.509 certificate. Nothing is overwritten.

    With --kms the key stays in KMS, where it was made, and nothing but the certificate is written.

    \b
    Examples:
      ./deploy_integrations_solution.py keygen
      ./deploy_integrations_solution.py keygen --out second.key --certificate second.cer
      ./deploy_integrations_solution.py keygen --kms alias/servicenow-sign-in
    """
    output = Output()
    if kms:
        key = find_key(open_account(profile, region).client("kms"), kms)
        make_certificate(key, certificate, days, common_name)
        output.result(f"{certificate}: the certificate of {key.arn}, {TO_BE_PASTED}")
        output.result(f"Key id {key.key_id}: set the Kid of its JWT Verifier Map to it.")
        return
    made = make_pair(out, certificate, bits, days, common_name)
    output.result(f"{out}: the private key, for --private-key-path. Never commit it.")
    output.result(f"{certificate}: its certificate, {TO_BE_PASTED}")
    output.result(f"Key id {made}: the Kid of its JWT Verifier Map, if there is ever more than one map.")
