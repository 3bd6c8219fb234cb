"""Authentication: the scope of the signature, and the principal behind the access key.

The signature itself is not computed: the AWS plane in front knows keys and policies and says who it was in
`x-emulated-principal`. Without a plane the `principals` switch maps access keys, else the caller is the account.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .errors import denied, unsigned, wrong_scope
from .model import SERVICE, shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .records import Caller
    from .service import Service

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/\d{8}/[a-z0-9-]+/(?P<service>[a-z0-9-]+)/aws4_request,\s*"
    r"SignedHeaders=[a-z0-9;-]+,\s*Signature=[0-9a-f]{64}"
)


def access_key_of(headers: Mapping[str, str]) -> str:
    """The access key id of a request signed for this service. Raises ApiError 403."""
    if "authorization" not in headers:
        raise unsigned()
    match = _AUTHORIZATION.fullmatch(headers["authorization"])
    if not match:
        raise wrong_scope("Authorization header is not a complete AWS Signature Version 4")
    if match["service"] != SERVICE:
        raise wrong_scope(f"Credential should be scoped to correct service: '{SERVICE}'.")
    return match["key"]


def caller_of(service: Service, headers: Mapping[str, str], access_key: str, base_url: str) -> Caller:
    """Raises ApiError AccessDeniedException for a principal that no `creator` could show."""
    principal = headers.get("x-emulated-principal") or service.switches.principals.get(access_key, service.account)
    if not re.fullmatch(shape("PrincipalId").metadata["pattern"], principal, re.ASCII):
        raise denied("The emulated principal is not an account id or an IAM or STS ARN")
    return service.caller(principal, base_url)
