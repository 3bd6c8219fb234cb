"""Finds and checks an asymmetric KMS key that signs in the private key's place, and makes its certificate."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from integration.aws.errors import error_for
from integration.aws.signing import ALGORITHM, KmsSigner
from integration.operations.deployment.key_file import certificate_of, key_id, write
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import USAGE

if TYPE_CHECKING:
    from pathlib import Path

    from integration.operations.deployment.account import Account
    from integration.operations.deployment.request import Request

CREATE = "aws kms create-key --key-spec RSA_2048 --key-usage SIGN_VERIFY"


@dataclass(frozen=True)
class SigningKey:
    """A usable key of KMS; it stands where a `KeyFile` does, and has nothing to store."""

    arn: str
    key_id: str
    """As of a `KeyFile`; always sent as the `kid`, so that its successor can be taught to the instance beside it."""
    public: RSAPublicKey = field(repr=False)
    signer: KmsSigner = field(repr=False)
    pem: ClassVar[None] = None


def find_key(kms: Any, name: str) -> SigningKey:
    """`name`: an alias, an id or an ARN. Raises `RemoteError`, and `Failure` for a key that cannot sign assertions."""
    try:
        found = kms.describe_key(KeyId=name)["KeyMetadata"]
        if ALGORITHM not in found.get("SigningAlgorithms", ()) or not found["Enabled"]:
            raise Failure(f"The KMS key {name} is off, or none that signs with {ALGORITHM}.", CREATE)
        public = load_der_public_key(kms.get_public_key(KeyId=found["Arn"])["PublicKey"])
    except kms.exceptions.NotFoundException:
        raise Failure(f"There is no KMS key {name} in this account and region.", CREATE) from None
    except (ClientError, BotoCoreError) as error:
        raise error_for(error, f"describe_key and get_public_key of {name}") from None
    assert isinstance(public, RSAPublicKey)
    return SigningKey(found["Arn"], key_id(public), public, KmsSigner(kms, found["Arn"]))


def keyed(request: Request, account: Account | None) -> Request:
    """With the key that signs; the KMS key by its ARN, since a role names it. Raises `RemoteError`, `Failure`."""
    if not request.signing_key:
        if request.key is None:
            raise Failure("Nothing is given that signs us in.", "Give --private-key-path or --signing-key.", USAGE)
        return request
    if request.key is not None:
        raise Failure(
            f"A private key is given, and the KMS key {request.signing_key} signs us in.",
            "Leave out --private-key-path (and SERVICENOW_PRIVATE_KEY_PATH), or add --signing-key '' --weaken.", USAGE,
        )  # fmt: skip
    if account is None:
        raise Failure("--signing-key: without credentials nobody can ask KMS.", "Log in to AWS and try again.")
    key = find_key(account.client("kms"), request.signing_key)
    return replace(request, key=key, signing_key=key.arn)


def make_certificate(key: SigningKey, path: Path, days: int, common_name: str) -> None:
    """Signed by the key itself. Raises `RemoteError`, `Failure`.

    `cryptography` signs with keys it holds only: a key of the same size, used for nothing else, signs first. What is
    signed says nothing of who signs, and the signature is the last thing in it (RFC 5280, 4.1).
    """
    other = generate_private_key(public_exponent=65537, key_size=key.public.key_size)
    made = certificate_of(key.public, other, days, common_name)
    body, signature = made.public_bytes(Encoding.DER), key.signer(made.tbs_certificate_bytes)
    signed = x509.load_der_x509_certificate(body[: -len(signature)] + signature)
    signed.verify_directly_issued_by(signed)
    write(path, signed.public_bytes(Encoding.PEM), 0o644)
