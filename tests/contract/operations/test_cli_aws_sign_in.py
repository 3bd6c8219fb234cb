"""Each way in which AWS does not take us has its own sentence and the command to type, whoever asks."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore import exceptions as b

from integration.aws.errors import error_for
from integration.clients.errors import Misconfigured
from integration.operations.deployment.aws_sign_in import SAID, sign_in_failure
from integration.operations.terminal import output

SSO = "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Deployer\n"
CORP = "[sso-session corp]\nsso_start_url = https://corp.example.com/start\nsso_region = us-east-1\n"
PROFILES = [
    ("an SSO session that was never begun", SSO, "SSO session of profile x", "aws sso login --profile x"),
    (
        "a session of `aws login`",
        "login_session = arn:aws:iam::123456789012:user/a\n",
        "was made by `aws login`",
        "pip install 'botocore[crt]'",
    ),
    (
        "a role chain that begins nowhere",
        "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = gone\n",
        '"gone"',
        "aws configure list --profile x",
    ),
    (
        "a role chain that goes round",
        "role_arn = arn:aws:iam::1:role/r\nsource_profile = y\n[profile y]\nrole_arn = r\nsource_profile = x\n",
        "Infinite loop",
        "aws configure list --profile x",
    ),
    (
        "a source nobody knows",
        "role_arn = arn:aws:iam::123456789012:role/r\ncredential_source = Nowhere\n",
        "makes no sense",
        "aws configure list --profile x",
    ),
    ("a program that fails", "credential_process = false\n", "gave no credentials", "credential_process by hand"),
    ("half a profile", "aws_access_key_id = AKIA\n", "aws_secret_access_key is missing", "AWS_SECRET_ACCESS_KEY"),
    ("a file that is not INI", "[profile x\n", "configuration cannot be read", "not in INI form"),
    ("a region that is none", "region = Frankfurt!\n", "Frankfurt!", "--region"),
]


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """Writes profile `x` and makes its file the one that counts."""

    def write(text):
        (tmp_path / "config").write_text(f"{CORP}[profile x]\n{text}")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    monkeypatch.setenv("HOME", str(tmp_path))  # nobody's SSO tokens
    return write


@pytest.mark.parametrize(("text", "said", "fix"), [row[1:] for row in PROFILES], ids=[row[0] for row in PROFILES])
def test_each_kind_of_profile_that_is_of_no_use_is_told(run, profile, text, said, fix):
    """`check --json` is a document all the same, and no other command says `try again`."""
    profile(text)
    region = [] if "region" in text and "sso" not in text else ["--region", "us-east-1"]
    done = run("check", "--profile", "x", *region, "--only", "aws", "--json")
    assert done.exit_code == output.NOT_IN_ORDER
    [verdict] = json.loads(done.stdout)["checks"]
    assert verdict["subject"] == "identity"
    assert said in verdict["told"]
    assert fix in verdict["fix"]
    other = run("status", "--profile", "x", *region)
    assert other.exit_code == output.REFUSED
    assert said in other.stderr
    assert "Try again in a moment" not in other.stderr


RAISED = [
    (b.UnauthorizedSSOTokenError(), "has expired", "aws sso login --profile x"),
    (b.LoginRefreshRequired(), "login session", "aws login --profile x"),
    (b.LoginTokenLoadError(error_msg=""), "login session", "aws login --profile x"),
    (b.LoginInsufficientPermissions(), "may not get credentials", "signin:CreateOAuth2Token"),
    (b.TokenRetrievalError(provider="sso", error_msg="secret"), "could not be renewed", "aws sso login --profile x"),
    (b.RefreshWithMFAUnsupportedError(), "MFA", "aws configure export-credentials --profile x"),
    (b.SSLError(endpoint_url="https://sts", error="secret"), "not trusted", "AWS_CA_BUNDLE"),
    (b.ProxyConnectionError(proxy_url="https://u:secret@p"), "proxy", "HTTPS_PROXY"),
    (b.EndpointConnectionError(endpoint_url="https://secret"), "does not answer in eu-x", "region exists"),
    (b.ReadTimeoutError(endpoint_url="https://secret"), "ReadTimeoutError", "Try again"),
    (b.CredentialRetrievalError(provider="custom-process", error_msg="secret"), "custom-process", "by hand"),
]


@pytest.mark.parametrize(("error", "said", "fix"), RAISED, ids=lambda x: type(x).__name__)
def test_what_takes_a_network_to_happen_is_told_by_its_type(error, said, fix):
    """And nothing that the exception quotes of a program's output or an address is repeated."""
    failure = sign_in_failure(error, "x", "eu-x")
    assert said in failure.sentence
    assert fix in failure.then
    assert "secret" not in failure.sentence + failure.then


def test_every_exception_about_credentials_is_in_the_table():
    """A newer botocore that brings another one fails here instead of being told as a network's fault."""
    words = ("SSO", "Login", "Credential", "Token", "Profile")
    kinds = [kind for name, kind in vars(b).items() if isinstance(kind, type) and name.startswith(words)]
    untold = [kind.__name__ for kind in kinds if not any(parent in SAID for parent in kind.__mro__)]
    assert untold == []


@pytest.mark.parametrize("kind", [b.UnauthorizedSSOTokenError, b.LoginRefreshRequired])
def test_a_session_that_ends_on_the_way_is_nothing_to_wait_for(kind):
    assert isinstance(error_for(kind(), "get_item"), Misconfigured)


@pytest.mark.parametrize(("minutes", "state"), [(5, "warn"), (55, "ok")])
def test_a_session_about_to_end_is_warned_of(run, aws, monkeypatch, minutes, state):
    """The CDK CLI cannot renew the credentials it is started with, and a deployment takes minutes."""
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", ends.isoformat())
    found = json.loads(run("check", "--only", "aws", "--json").stdout)["checks"]
    assert found[0]["subject"] == "identity"
    assert found[0]["state"] == state


def test_a_session_that_has_ended_is_told(run, aws, monkeypatch):
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", (datetime.now(UTC) - timedelta(minutes=1)).isoformat())
    done = run("status")
    assert done.exit_code == output.REFUSED
    assert "have expired" in done.stderr


def test_a_bug_in_a_check_is_a_document_too(run, monkeypatch):
    monkeypatch.setattr("integration.operations.checking.run.all_checks", lambda *_: iter([1 / 0]))
    document = json.loads(run("check", "--json").stdout)
    assert document["ok"] is False
    assert "should not have happened" in document["checks"][0]["told"]


@pytest.mark.parametrize(
    ("words", "said", "fix"),
    [
        (("--profile", "nobody", "--region", "us-east-1"), "nobody", "aws configure list-profiles"),
        (("--profile", "x"), "region", "--region"),
    ],
    ids=["unknown profile", "no region"],
)
def test_what_was_left_out_or_misspelt_is_named(run, profile, words, said, fix):
    profile("aws_access_key_id = AKIA\naws_secret_access_key = x\n")
    [verdict] = json.loads(run("check", *words, "--only", "aws", "--json").stdout)["checks"]
    assert said in verdict["told"]
    assert fix in verdict["fix"]
