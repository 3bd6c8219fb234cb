"""Says why a certificate cannot be verified, and what to do about it, for every client."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from integration.clients.errors import Untrusted

if TYPE_CHECKING:
    from collections.abc import Iterator

OF_REQUESTS, OF_AWS = "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"
"""The variables by which requests and botocore learn of further authorities (their documentation on certificates)."""
_OTHERWISE = {
    9: ("it is not valid yet", "Set this machine's clock; else whoever runs the other side has to renew it."),
    10: ("it has expired", "Whoever runs the other side has to renew it; see also this machine's clock."),
    62: ("it is another host's", "See that the address is right, and what stands in between."),
    64: ("it is another address's", "Ask for the host by its name; see what stands in between."),
}
"""By OpenSSL's code (docs: X509_STORE_CTX_get_error). All others are about who signed it."""


def untrusted(error: BaseException, system: str, variable: str = OF_REQUESTS) -> Untrusted | None:
    """What is to be raised in place of a library's own error; None: it is about something else."""
    found = next((each for each in _beneath(error) if isinstance(each, ssl.SSLCertVerificationError)), None)
    if found is None:
        return None
    file = f"export {variable}=company.pem, a file with that authority's certificates"
    unknown = f"{file}: your company's, if a proxy of it shows a certificate of its own."
    otherwise = ("the authority that signed it is not known here", unknown)
    why, then = _OTHERWISE.get(getattr(found, "verify_code", 0), otherwise)
    return Untrusted(system, f"the certificate of {system} cannot be verified: {why}", then)


def _beneath(error: BaseException) -> Iterator[BaseException]:
    """The error and what libraries wrapped in it, each in a way of its own."""
    yield error
    wrapped = (*error.args, getattr(error, "reason", None), *getattr(error, "kwargs", {}).values(), error.__cause__)
    for each in wrapped:
        if isinstance(each, BaseException):
            yield from _beneath(each)
