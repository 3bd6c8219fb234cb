"""The private key: which ones are taken, which mistakes are named, how one is made and changed."""

import json
import shutil
import stat
import subprocess

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from integration import names as n
from integration.names import Names
from integration.operations.connection.commands import rotate_key
from integration.operations.deployment.key_file import certificate_problem, key_id, make_pair, read_key
from integration.operations.terminal.failure import Failure
from tests.keys import pem, rsa_key

WRONG = [
    (lambda: b"", "not a private key"),
    (lambda: b"-----BEGIN CERTIFICATE-----\n", "certificate or public key"),
    (
        lambda: rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "certificate or public key",
    ),
    (lambda: pem(rsa_key(), encryption=BestAvailableEncryption(b"x")), "encrypted"),
    (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
    (lambda: pem(rsa_key(bits=1024)), "1024 bits"),
    (lambda: b"ssh-rsa AAAA", "not a private key"),
    (lambda: rsa_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), "DER form"),
    (lambda: pem(rsa_key())[:600], "cut off"),
    (lambda: pem(rsa_key()).decode().encode("utf-16"), "UTF-16"),
    (lambda: pem(rsa_key(), PrivateFormat.OpenSSH), "OpenSSH's own form"),
    (lambda: pem(rsa_key(), PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"x")), "encrypted"),
]
AROUND = [
    (
        "with its certificate, as `openssl pkcs12 -nodes` gives both",
        b"-----BEGIN CERTIFICATE-----\nMIIA\n-----END CERTIFICATE-----\n",
        b"",
    ),
    ("with a remark", b"# this one is not ENCRYPTED\n", b""),
    ("with attributes of a bag", b"Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n", b"\n"),
    ("with the mark of an editor", b"\xef\xbb\xbf", b"\n\n"),
]


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8], ids=["PKCS#1", "PKCS#8"])
def test_both_forms_are_taken(tmp_path, form):
    path = tmp_path / "private.key"
    path.write_bytes(pem(rsa_key(), form))
    assert read_key(path).bits == 2048


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in AROUND], ids=[row[0] for row in AROUND])
def test_what_stands_around_the_key_does_not_matter(tmp_path, before, after):
    """The functions load such a file, too, and the bytes go to them as they are."""
    path = tmp_path / "private.key"
    path.write_bytes(before + pem(rsa_key()) + after)
    assert read_key(path).key_id == key_id(rsa_key().public_key())
    assert load_pem_private_key(path.read_bytes(), password=None)


def test_a_key_with_the_line_ends_of_windows_is_taken(tmp_path):
    path = tmp_path / "private.key"
    path.write_bytes(pem(rsa_key()).replace(b"\n", b"\r\n"))
    assert read_key(path).key_id == key_id(rsa_key().public_key())
    assert load_pem_private_key(path.read_bytes(), password=None)


@pytest.mark.parametrize(("content", "said"), WRONG, ids=[said for _, said in WRONG])
def test_each_mistake_is_named(tmp_path, content, said):
    """And nothing of the file is quoted."""
    path = tmp_path / "private.key"
    path.write_bytes(content())
    with pytest.raises(Failure) as failed:
        read_key(path)
    assert said in failed.value.sentence
    assert "MII" not in str(failed.value)


def test_a_file_that_is_not_there(run):
    done = run(
        "service-now", "--instance-id", "dev1", "--client-id", "c", "--client-secret", "s", "--user-sys-id", "a" * 32,
        "--private-key-path", "nowhere.key", "--integration-module", "itsm",
    )  # fmt: skip
    assert done.exit_code == 3
    assert "nowhere.key cannot be read: No such file" in done.stderr
    assert "keygen" in done.stderr


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed here")
def test_the_documented_openssl_commands_give_a_pair(tmp_path):
    """`openssl genrsa` and `openssl req -x509`, as the published specification types them."""
    subprocess.run(["openssl", "genrsa", "-out", "private.key", "2048"], cwd=tmp_path, check=True, capture_output=True)
    subprocess.run(
        ["openssl", "req", "-new", "-x509", "-key", "private.key", "-out", "publickey.cer", "-days", "3650",
         "-subj", "/CN=test"], cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    assert certificate_problem(tmp_path / "publickey.cer", read_key(tmp_path / "private.key")) == ""


def test_keygen_makes_a_pair_only_its_owner_can_read(run, tmp_path):
    done = run("keygen", "--out", "k.key", "--certificate", "k.cer")
    assert done.exit_code == 0
    assert stat.S_IMODE((tmp_path / "k.key").stat().st_mode) == 0o600
    assert b"BEGIN PRIVATE KEY" in (tmp_path / "k.key").read_bytes()
    assert certificate_problem(tmp_path / "k.cer", read_key(tmp_path / "k.key")) == ""


@pytest.mark.parametrize("there", ["k.key", "k.cer"])
def test_keygen_overwrites_nothing(run, tmp_path, there):
    (tmp_path / there).write_text("precious")
    done = run("keygen", "--out", "k.key", "--certificate", "k.cer")
    assert done.exit_code == 3
    assert (tmp_path / there).read_text() == "precious"
    assert len(list(tmp_path.glob("k.*"))) == 1


def test_a_certificate_about_to_expire(tmp_path):
    make_pair(tmp_path / "k.key", tmp_path / "k.cer", 2048, 5, "test")
    assert "expires on" in certificate_problem(tmp_path / "k.cer", read_key(tmp_path / "k.key"))


# --------------------------------------------------------------------------------------------------- rotate-key
@pytest.fixture
def restarted(monkeypatch):
    """Functions that were started anew; moto's own need an archive nobody has here."""
    revisions = []
    monkeypatch.setattr(rotate_key.Change, "_restart", lambda _self, revision: revisions.append(revision) or False)
    return revisions


@pytest.fixture
def new_pair(tmp_path):
    make_pair(tmp_path / "new.key", tmp_path / "new.cer", 2048, 365, "test")
    return tmp_path / "new.key", tmp_path / "new.cer"


def stored_settings():
    name = Names().parameter_prefix + n.PARAM_SETTINGS
    return json.loads(boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])


def stored_key():
    return boto3.client("s3").get_object(Bucket="keys-default", Key=n.KEY_OBJECT)["Body"].read()


def test_a_key_changes_hands_step_by_step(run, deployed, instance, pair, new_pair, restarted):
    """The key in use gets its name, the new one a map of its own, then the functions change over."""
    words = ("rotate-key", "--private-key-path", new_pair[0], "--certificate", new_pair[1])
    old, new = read_key(pair[0]), read_key(new_pair[0])

    first = run(*words)
    assert first.exit_code == 3
    assert f"Kid {new.key_id}" in first.stderr
    assert stored_settings()["key_id"] == old.key_id
    assert stored_key() == old.pem

    [own_map] = instance.records("jwt_verifier_map")
    instance.admin("POST", "/seed", jwt_verifier_map=[{**own_map, "kid": old.key_id}])
    instance.register(new_pair[1], kid=new.key_id)
    second = run(*words, "--json")
    assert second.exit_code == 0, second.output
    assert json.loads(second.stdout) == {"key_id": new.key_id, "changed": True}
    assert stored_key() == new.pem
    assert stored_settings()["key_id"] == new.key_id
    assert len(restarted) >= 2


def test_the_key_in_use_must_be_known_by_name_first(run, deployed, instance, new_pair, restarted):
    """Where the map names another key, the instance would refuse ours: nothing is changed."""
    [own_map] = instance.records("jwt_verifier_map")
    instance.admin("POST", "/seed", jwt_verifier_map=[{**own_map, "kid": "something"}])
    done = run("rotate-key", "--private-key-path", new_pair[0])
    assert done.exit_code == 3
    assert "set Kid to" in done.stderr
    assert "key_id" not in stored_settings()
    assert restarted == []


def test_the_key_in_use_is_no_new_one(run, deployed, pair, restarted):
    done = run("rotate-key", "--private-key-path", pair[0])
    assert done.exit_code == 3
    assert "in use already" in done.stderr


class Functions:
    """Lambda: the environment of each function; `update` fails once where told to."""

    def __init__(self):
        self.variables, self.dies = {}, False

    def get_function_configuration(self, FunctionName):  # noqa: N803 - boto3's names
        return {"Environment": {"Variables": dict(self.variables.get(FunctionName, {n.ENV_REVISION: "first"}))}}

    def update_function_configuration(self, FunctionName, Environment):  # noqa: N803 - as above
        if self.dies:
            raise KeyboardInterrupt
        self.variables[FunctionName] = Environment["Variables"]
        return {}


def test_a_change_of_keys_can_be_interrupted(run, deployed, instance, pair, new_pair, monkeypatch):
    """The key is stored, then we die: the next run starts the functions anew instead of saying that all is well."""
    functions, real = Functions(), rotate_key.find(deployed, Names()).client
    monkeypatch.setattr(
        "integration.operations.deployment.deployed.Deployed.client",
        lambda self, service: functions if service == "lambda" else real(service),
    )
    old, new = read_key(pair[0]), read_key(new_pair[0])
    words = ("rotate-key", "--private-key-path", new_pair[0])
    assert run(*words).exit_code == 3
    [own_map] = instance.records("jwt_verifier_map")
    instance.admin("POST", "/seed", jwt_verifier_map=[{**own_map, "kid": old.key_id}])
    instance.register(new_pair[1], kid=new.key_id)

    functions.dies = True
    assert run(*words).exit_code == 130
    assert stored_key() == new.pem
    functions.dies = False
    assert run(*words).exit_code == 0
    revisions = {each[n.ENV_REVISION] for each in functions.variables.values()}
    assert len(functions.variables) == 5
    assert [revision.endswith(new.key_id) for revision in revisions] == [True]
    assert "in use already" in run(*words).stderr
