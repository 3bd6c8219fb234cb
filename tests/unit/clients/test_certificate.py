"""A certificate that cannot be verified is told as that, by each library's error, with what to do about it."""

from __future__ import annotations

import ssl

import botocore.exceptions
import pytest
import requests
import urllib3

from integration.aws.errors import error_for
from integration.clients.certificate import untrusted
from integration.clients.errors import Misconfigured, Unavailable, Untrusted
from integration.clients.security_ir import error_for as of_cases
from integration.operations.terminal.failure import explained
from integration.operations.terminal.output import REFUSED

WHY = {
    # OpenSSL's code: why, what to do
    9: ("not valid yet", "clock"),
    10: ("expired", "renew"),
    18: ("authority that signed it is not known", "export REQUESTS_CA_BUNDLE="),
    19: ("authority that signed it is not known", "export REQUESTS_CA_BUNDLE="),
    20: ("authority that signed it is not known", "export REQUESTS_CA_BUNDLE="),
    62: ("another host's", "address"),
    64: ("another address's", "name"),
}


def refused(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed: for secret.example.com")
    error.verify_code = code
    return error


def of_requests(error: ssl.SSLError) -> requests.RequestException:
    """As requests wraps what urllib3 wraps."""
    beneath = urllib3.exceptions.MaxRetryError(None, "/secret", urllib3.exceptions.SSLError(error))  # type: ignore[arg-type]  # no pool
    return requests.exceptions.SSLError(beneath)


@pytest.mark.parametrize("code", WHY)
def test_why_it_is_not_trusted_comes_with_what_to_do(code: int) -> None:
    why, then = WHY[code]
    found = untrusted(of_requests(refused(code)), "servicenow")
    assert isinstance(found, Misconfigured)
    assert why in str(found)
    assert "secret" not in str(found)
    told = explained(found)
    assert (told.code, why in told.sentence, then in told.then) == (REFUSED, True, True)


@pytest.mark.parametrize(
    "error", [requests.ConnectTimeout("x"), of_requests(ssl.SSLError("EOF")), ValueError(OSError())]
)
def test_what_is_about_something_else_is_not_told_as_that(error: Exception) -> None:
    assert untrusted(error, "servicenow") is None


@pytest.mark.parametrize("words", [error_for, of_cases.error_for])
def test_aws_is_told_alike_with_the_variable_that_botocore_reads(words: object) -> None:
    error = botocore.exceptions.SSLError(endpoint_url="https://x", error=urllib3.exceptions.SSLError(refused(20)))
    found = words(error, "GetCase")  # type: ignore[operator]  # both take these
    assert isinstance(found, Untrusted)
    assert "export AWS_CA_BUNDLE=" in explained(found).then
    assert isinstance(words(botocore.exceptions.SSLError(endpoint_url="x", error="EOF"), "GetCase"), Unavailable)  # type: ignore[operator]  # as above
