"""The private key as a file: reads it, checks it against its certificate, makes a new one."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import command

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

LARGEST_BYTES = 64 * 1024
SHORTEST_BITS = 2048
SOON = timedelta(days=30)


@dataclass(frozen=True)
class KeyFile:
    """A usable private key. `pem` is what was in the file, whichever of the two forms it has."""

    path: Path
    pem: bytes = field(repr=False)
    bits: int
    form: str
    key_id: str
    """16 hex digits of the SHA-256 of the public key: tells keys apart, and is the `kid` while two are in use."""
    public: RSAPublicKey = field(repr=False)

    @property
    def signer(self) -> bytes:
        """What the clients sign with."""
        return self.pem

    @property
    def loose(self) -> bool:
        """Whether others on this machine may read it."""
        return os.name == "posix" and bool(stat.S_IMODE(self.path.stat().st_mode) & 0o077)


def read_key(path: Path) -> KeyFile:
    """Raises `Failure`: no file, no private RSA key of 2048 bits or more, or an encrypted one."""
    try:
        with path.open("rb") as file:
            pem = file.read(LARGEST_BYTES)
    except OSError as error:
        raise Failure(f"The private key {path} cannot be read: {error.strerror}.", command("keygen")) from None
    key = parsed(pem, str(path))
    form = "PKCS#1" if b"BEGIN RSA PRIVATE KEY" in pem else "PKCS#8"
    return KeyFile(path, pem, key.key_size, form, key_id(key.public_key()), key.public_key())


_KEY = re.compile(
    rb"-----BEGIN (?P<label>(?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----.*?-----END (?P=label)-----", re.DOTALL
)
_CONVERT = "openssl rsa -in <it> -out private.key"
OTHER_FORMS = (
    (b"-----BEGIN OPENSSH PRIVATE KEY", "is in OpenSSH's own form", "ssh-keygen -p -N '' -m PEM -f <a copy of it>"),
    (b"-----BEGIN CERTIFICATE", "is a certificate or public key, not the private key", "Give --private-key-path."),
    (b"-----BEGIN PUBLIC KEY", "is a certificate or public key, not the private key", "Give --private-key-path."),
    (b"\xff\xfe", "is text in UTF-16", "Save it as plain ASCII text."),
    (b"\xfe\xff", "is text in UTF-16", "Save it as plain ASCII text."),
    (b"\x30\x82", "is in DER form, not PEM", "openssl pkey -inform DER -in <it> -out private.key"),
    (b"-----BEGIN ", "is cut off, or holds no private key", command("keygen")),
)
"""What a file that holds no whole private key in PEM form holds (at its beginning, or in a line) → why, what to do."""


def parsed(pem: bytes, where: str) -> RSAPrivateKey:
    """Whatever stands around the key (its certificate, remarks) does not matter. No reason quotes the file."""
    found = _KEY.search(pem)
    if found is None:
        raise _without_key(pem, where)
    armoured = found[0]
    if b"BEGIN ENCRYPTED" in armoured or b"Proc-Type: 4,ENCRYPTED" in armoured:
        raise Failure(f"{where} is encrypted.", _CONVERT)
    try:
        key = _loaded(armoured)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Failure(f"{where} is not a private key in PEM form.", command("keygen")) from None
    if not isinstance(key, RSAPrivateKey):
        raise Failure(f"{where} is not an RSA key; ServiceNow's certificate needs one.", command("keygen"))
    if key.key_size < SHORTEST_BITS:
        raise Failure(f"{where} has {key.key_size} bits; {SHORTEST_BITS} are the least.", command("keygen"))
    return key


@functools.lru_cache(maxsize=4)
def _loaded(armoured: bytes) -> PrivateKeyTypes:
    """Once for each key: it takes 36 ms."""
    return load_pem_private_key(armoured, password=None)


def _without_key(pem: bytes, where: str) -> Failure:
    for mark, why, then in OTHER_FORMS:
        if pem.startswith(mark) or (mark.startswith(b"-") and mark in pem):
            return Failure(f"{where} {why}.", then)
    return Failure(f"{where} is not a private key in PEM form.", command("keygen"))


def key_id(public: RSAPublicKey) -> str:
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def certificate_problem(path: Path, key: KeyFile, now: datetime | None = None) -> str:
    """Empty, or why this certificate does not stand for the key. Raises `Failure` where it is none."""
    moment = now or datetime.now(UTC)
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise Failure(f"The certificate {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise Failure(f"{path} is not an X.509 certificate in PEM form.", command("keygen")) from None
    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey) or key_id(public) != key.key_id:
        return "it is the certificate of another key"
    if certificate.not_valid_after_utc <= moment:
        return f"it expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if certificate.not_valid_after_utc <= moment + SOON:
        return f"it expires on {certificate.not_valid_after_utc:%Y-%m-%d}"
    return ""


def make_pair(key_path: Path, certificate_path: Path, bits: int, days: int, common_name: str) -> str:
    """Both files, neither overwritten; the key's id. Raises `Failure`."""
    for path in (key_path, certificate_path):
        if path.exists():
            raise Failure(f"{path} is there already and is not overwritten.", "Name other files, or move it away.")
    key = generate_private_key(public_exponent=65537, key_size=bits)
    made = certificate_of(key.public_key(), key, days, common_name)
    write(key_path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    write(certificate_path, made.public_bytes(Encoding.PEM), 0o644)
    return key_id(key.public_key())


def certificate_of(public: RSAPublicKey, signer: RSAPrivateKey, days: int, common_name: str) -> x509.Certificate:
    """Names itself as its issuer, whoever signs."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    begin = datetime.now(UTC) - timedelta(minutes=5)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )


def write(path: Path, content: bytes, mode: int) -> None:
    """Made with its mode, so that the key is at no moment readable by others."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
