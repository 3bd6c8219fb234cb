"""The credentials of a local run: made here for the emulator, given by the caller for a real instance."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

VALID_DAYS = 3650


@dataclass(frozen=True)
class Credentials:
    """Of the integration user's OAuth registration. `private_key_pem`: an unencrypted RSA key."""

    client_id: str
    user_sys_id: str
    client_secret: str = field(repr=False)
    private_key_pem: str = field(repr=False)


@dataclass(frozen=True)
class KeyPair:
    """PEM texts of a new RSA key (2048 bits) and its self-signed certificate, as `openssl req -x509` makes them."""

    private_key: str = field(repr=False)
    certificate: str


def new_key_pair(name: str = "aws-security-ir") -> KeyPair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return KeyPair(pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode())


def new_secret() -> str:
    return secrets.token_urlsafe(32)
