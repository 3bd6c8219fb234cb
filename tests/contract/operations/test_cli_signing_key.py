"""A key of KMS signs us in: found, judged, certified, deployed, kept; nobody has a private key then."""

import json

import boto3
import pytest
from cryptography import x509

from integration import names as n
from integration.names import Names
from integration.operations.commands import template_export
from integration.operations.deployment.key_file import key_id
from integration.operations.deployment.signing_key import find_key
from integration.operations.terminal.failure import Failure
from tests.contract.operations.conftest import stand

ALIAS = "alias/servicenow-sign-in"
KINDS = [
    ({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}, "none that signs"),
    ({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}, "none that signs"),
    ({}, "none that signs"),
]


@pytest.fixture
def kms(aws):
    return boto3.client("kms")


@pytest.fixture
def arn(kms):
    made = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=made)
    return made


@pytest.fixture
def registered(run, arn, instance, tmp_path):
    """The instance knows the certificate that `keygen --kms` made, and no other."""
    done = run("keygen", "--kms", ALIAS, "--certificate", "kms.cer")
    assert done.exit_code == 0, done.stderr
    named = x509.load_pem_x509_certificate((tmp_path / "kms.cer").read_bytes()).public_key()
    instance.register(tmp_path / "kms.cer", kid=key_id(named))
    return instance


def in_bucket():
    return boto3.client("s3").list_objects_v2(Bucket="keys").get("Contents", [])


def test_keygen_writes_a_certificate_the_kms_key_signed_and_nothing_else(run, kms, arn, tmp_path):
    """ServiceNow takes X.509 of the public key; the private one never leaves KMS."""
    done = run("keygen", "--kms", ALIAS, "--certificate", "kms.cer", "--days", "30")
    assert done.exit_code == 0, done.stderr
    made = x509.load_pem_x509_certificate((tmp_path / "kms.cer").read_bytes())
    made.verify_directly_issued_by(made)
    assert key_id(made.public_key()) == find_key(kms, arn).key_id
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days == 30
    assert arn in done.stdout
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["kms.cer"]
    assert run("keygen", "--kms", ALIAS, "--certificate", "kms.cer").exit_code == 3, "nothing is overwritten"


@pytest.mark.parametrize(("kind", "said"), KINDS, ids=["encrypts", "elliptic", "symmetric"])
def test_a_key_that_cannot_sign_an_assertion_is_refused(kms, kind, said):
    other = kms.create_key(**kind)["KeyMetadata"]["Arn"]
    with pytest.raises(Failure, match=said) as failed:
        find_key(kms, other)
    assert "aws kms create-key" in failed.value.then


def test_a_key_that_is_off_or_absent_is_refused(kms, arn):
    kms.disable_key(KeyId=arn.rpartition("/")[2])  # moto knows it by no ARN
    with pytest.raises(Failure, match="is off"):
        find_key(kms, ALIAS)
    with pytest.raises(Failure, match="There is no KMS key"):
        find_key(kms, "alias/none")


def test_it_is_deployed_in_place_of_a_private_key_and_kept(world, registered, arn):
    """The sign-in that comes before a deployment is the KMS key's; the alias is followed once, for roles name keys."""
    world.key = None
    done = world.deploy(signing_key=ALIAS)
    assert done.secrets == ("client secret",)
    assert in_bucket() == []
    assert world.settings()["signing_key"] == arn
    assert world.settings()["key_id"] == find_key(boto3.client("kms"), arn).key_id
    world.store_settings()
    assert world.deploy().changes == ()
    assert world.settings()["signing_key"] == arn


def test_a_run_with_a_private_key_does_not_take_its_place_unasked(world, registered, arn):
    path, world.key = world.key, None
    world.deploy(signing_key=arn)
    world.store_settings()
    world.key = path
    with pytest.raises(Failure, match="A private key is given, and the KMS key"):
        world.deploy()
    with pytest.raises(Failure, match="private key again"):
        world.deploy(signing_key="")
    [own, _] = registered.records("jwt_verifier_map")
    for each in registered.records("jwt_verifier_map"):
        registered.admin("POST", "/seed", jwt_verifier_map=[{**each, "active": str(each == own).lower()}])
    world.deploy(signing_key="", weaken=True)
    assert "signing_key" not in world.settings()
    assert len(in_bucket()) == 1


def test_one_of_both_must_be_given(world):
    world.key = None
    with pytest.raises(Failure, match="Nothing is given that signs us in"):
        world.deploy()


def test_check_signs_in_with_it(run, aws, registered, arn):
    """As it is deployed: there is no private key to read."""
    kid = find_key(boto3.client("kms"), arn).key_id
    stand(Names(), registered, b"", settings={n.SIGNING_KEY: arn, "key_id": kid})
    boto3.client("s3").delete_object(Bucket="keys-default", Key=n.KEY_OBJECT)
    done = run("check", "--only", "servicenow", "--no-probe")
    assert "the instance takes client, key and user" in done.stdout


def test_check_says_that_the_kms_key_does_not_sign(run, aws, instance):
    gone = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    stand(Names(), instance, b"", settings={n.SIGNING_KEY: gone})
    done = run("check", "--only", "servicenow", "--no-probe")
    assert "NotFoundException" in done.stdout
    assert "Allow kms:Sign" in done.stdout


def test_rotate_key_says_how_a_kms_key_is_changed(run, aws, registered, arn, pair):
    stand(Names(), registered, b"", settings={n.SIGNING_KEY: arn})
    done = run("rotate-key", "--private-key-path", pair[0])
    assert done.exit_code == 3
    assert arn in done.stderr
    assert "keygen --kms KEY" in " ".join(done.stderr.split())


def test_an_export_names_the_key_and_leaves_no_private_key_to_bring(run, arn, kms, tmp_path, monkeypatch):
    """As `service-now` stores it: the alias followed, and the name that the instance knows it by."""
    monkeypatch.setattr(template_export, "functions_archive", lambda: tmp_path)
    written = []
    monkeypatch.setattr(template_export, "write", lambda deployment, _out: written.append(deployment) or {})
    done = run(
        "template-export", "--signing-key", ALIAS, "--instance-id", "dev12345", "--client-id", "c",
        "--user-sys-id", "a1" * 16, "--integration-module", "itsm", "--out", "exported",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    [deployment] = written
    assert (deployment.signing_key, json.loads(deployment.settings)["key_id"]) == (arn, find_key(kms, arn).key_id)
    page = template_export._page(deployment.names, {}, deployment.signing_key)
    assert f"{arn} signs" in page
    assert "private.key" not in page


def test_an_export_with_no_such_key_is_refused(run, aws):
    done = run(
        "template-export", "--signing-key", "alias/none", "--instance-id", "dev12345", "--client-id", "c",
        "--user-sys-id", "a1" * 16, "--integration-module", "itsm", "--out", "exported",
    )  # fmt: skip
    assert done.exit_code == 3
    assert "There is no KMS key alias/none" in done.stderr
