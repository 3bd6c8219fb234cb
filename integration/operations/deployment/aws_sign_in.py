"""Turns what botocore and STS raise at sign-in into a sentence and the command that mends it.

Sources: docstrings and `fmt` of `botocore.exceptions`; error codes of STS (API reference, "Common errors").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore import exceptions as b
from botocore.exceptions import BotoCoreError, ClientError

from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import NO_ANSWER, REFUSED

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_IN = "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or give --profile, and try again."
SSO, LOGIN = "aws sso login{at}", "aws login{at}"
LOOK = "See what `aws configure list{at}` finds, and mend that profile in ~/.aws/config."

SAID: Mapping[type[Exception], tuple[str, str]] = {
    b.ProfileNotFound: ("There is no AWS profile {profile}.", "aws configure list-profiles"),
    b.NoRegionError: ("No AWS region is set.", "Give --region, or set AWS_REGION."),
    b.InvalidRegionError: ("{told}.", "Give a region such as eu-central-1 with --region."),
    b.NoCredentialsError: ("There are no usable AWS credentials.", LOG_IN),
    b.SSOTokenLoadError: ("The SSO session of {who} was never begun, or its token is not there any more.", SSO),
    b.UnauthorizedSSOTokenError: ("The SSO session of {who} has expired.", SSO),
    b.SSOError: ("SSO gives {who} no credentials.", SSO),
    b.NoAuthTokenError: ("There is no SSO token for {who}.", SSO),
    b.TokenRetrievalError: ("The SSO token of {who} could not be renewed.", SSO),
    b.LoginInsufficientPermissions: (
        "The identity behind `aws login` of {who} may not get credentials.",
        "Allow it signin:CreateOAuth2Token, or give another --profile.",
    ),
    b.LoginError: ("The login session of {who} has ended, or was begun by somebody else.", LOGIN),
    b.MissingDependencyException: (
        "{who} was made by `aws login`, whose credentials need a further package.",
        "python -m pip install 'botocore[crt]'",
    ),
    b.CredentialRetrievalError: (
        "The program or source behind {who} ({provider}) gave no credentials.",
        "Run what stands in its credential_process by hand; what it says there is the reason.",
    ),
    b.MetadataRetrievalError: ("This machine's role gave no credentials.", LOG_IN),
    b.PartialCredentialsError: ("The credentials in {provider} are half: {cred_var} is missing.", LOG_IN),
    b.RefreshWithMFAUnsupportedError: (
        "The role of {who} asks for an MFA code, which cannot be asked for again here.",
        "aws configure export-credentials{at} --format env, and set what it prints.",
    ),
    b.InvalidConfigError: ("The configuration of {who} makes no sense: {told}", LOOK),
    b.UnknownCredentialError: ("The configuration of {who} makes no sense: {told}", LOOK),
    b.ConfigParseError: ("The AWS configuration cannot be read: {told}.", "Mend that file: it is not in INI form."),
    b.ProxyConnectionError: ("The proxy does not let us through to AWS.", "See HTTPS_PROXY and NO_PROXY."),
    b.SSLError: (
        "AWS's certificate is not trusted here: something in between shows its own.",
        "Set AWS_CA_BUNDLE to the file with your company's certificates.",
    ),
    b.EndpointConnectionError: ("AWS does not answer in {region}.", "See that the region exists and AWS is reachable."),
}
"""In the order of Python's own: the most special class that fits counts."""
_NO_ANSWER = (b.EndpointConnectionError, b.ProxyConnectionError, b.HTTPClientError, b.ConnectionError)

CODES: Mapping[str, str] = {
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
        "The AWS credentials have expired.",
    ),
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"),
        "AWS does not know these credentials.",
    ),
    "AccessDenied": "The profile's role may not be assumed, or the account refuses the call.",
}


def sign_in_failure(error: ClientError | BotoCoreError, profile: str | None, region: str | None) -> Failure:
    """Nothing of what botocore quotes of a program's output or a request is shown."""
    if isinstance(error, ClientError):
        said = str(error.response.get("Error", {}).get("Code"))
        return Failure(CODES.get(said, f"AWS does not say who we are: {said}."), LOG_IN)
    known = next((SAID[kind] for kind in type(error).__mro__ if kind in SAID), None)
    if known is None:
        return Failure(f"AWS was not asked who we are: {type(error).__name__}.", "Try again in a moment.", NO_ANSWER)
    code = NO_ANSWER if isinstance(error, _NO_ANSWER) else REFUSED
    words = _words(error, profile, region)
    sentence, then = (text.format_map(words) for text in known)
    return Failure(sentence[:1].upper() + sentence[1:], then, code)


def _words(error: BotoCoreError, profile: str | None, region: str | None) -> dict[str, str]:
    given = getattr(error, "kwargs", {})
    return {
        "profile": profile or "default",
        "who": f"profile {profile}" if profile else "the default profile",
        "at": f" --profile {profile}" if profile else "",
        "told": str(error).strip().removesuffix("."),
        "region": region or "this region",
        "provider": str(given.get("provider", "")),
        "cred_var": str(given.get("cred_var", "")),
    }
