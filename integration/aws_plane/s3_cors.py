"""CORS of a bucket: what a browser is told of a page of another origin.

Source: S3 user guide, "Using cross-origin resource sharing" and "Elements of a CORS configuration"; S3 API reference,
"OPTIONS object".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.aws_plane import error_shapes
from integration.aws_plane.http_server import Response
from integration.aws_plane.iam import like

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integration.aws_plane.http_server import Request

Rule = dict[str, Any]
"""As GetBucketCors tells it."""
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
_MISSING = "Insufficient information. {} request header needed."
_NOT_ENABLED = "CORSResponse: CORS is not enabled for this bucket."
_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)
"""As S3 spells it."""


def preflight(request: Request, rules: list[Rule] | None) -> Response:
    """`rules` is None where there is no such bucket, whose rules would be none."""
    origin, method = request.headers.get("origin", ""), request.headers.get("access-control-request-method", "")
    if not origin or not method:
        told = _MISSING.format("Access-Control-Request-Method" if origin else "Origin")
        return error_shapes.error("s3", 400, "BadRequest", told)
    wanted = _words(request.headers.get("access-control-request-headers", ""))
    rule = _first(rules or [], origin, method, wanted)
    if rule is None:
        return error_shapes.error("s3", 403, "AccessForbidden", _NOT_ALLOWED if rules else _NOT_ENABLED)
    more = {"Access-Control-Allow-Headers": ", ".join(wanted)} if wanted else {}
    return Response(200, b"", {**_headers(rule, origin), **more})


def told_to_pages(request: Request, response: Response, rules: Iterable[Rule]) -> Response:
    """The answer with what lets the page read it, where a rule lets it; refusals too."""
    origin = request.headers.get("origin", "")
    rule = _first(rules, origin, request.method, [])
    if rule is None:
        return response
    return Response(response.status, response.body, {**response.headers, **_headers(rule, origin)})


def _first(rules: Iterable[Rule], origin: str, method: str, wanted: list[str]) -> Rule | None:
    return next((rule for rule in rules if _allows(rule, origin, method, wanted)), None)


def _allows(rule: Rule, origin: str, method: str, wanted: list[str]) -> bool:
    """Origins and methods with their case, headers without; a `*` in an origin or a header stands for anything."""
    return (
        bool(origin)
        and method in rule["AllowedMethods"]
        and any(_like(pattern, origin) for pattern in rule["AllowedOrigins"])
        and all(any(_like(p.lower(), name) for p in rule.get("AllowedHeaders", [])) for name in wanted)
    )


def _like(pattern: str, text: str) -> bool:
    """A question mark is no wildcard here."""
    return pattern == text or ("?" not in pattern and like(pattern, text))


def _headers(rule: Rule, origin: str) -> Mapping[str, str]:
    anyone = "*" in rule["AllowedOrigins"]
    found = {
        "Access-Control-Allow-Origin": "*" if anyone else origin,
        "Access-Control-Allow-Methods": ", ".join(rule["AllowedMethods"]), "Vary": _VARY,
    }  # fmt: skip
    if not anyone:
        found["Access-Control-Allow-Credentials"] = "true"
    if rule.get("ExposeHeaders"):
        found["Access-Control-Expose-Headers"] = ", ".join(rule["ExposeHeaders"])
    if "MaxAgeSeconds" in rule:
        found["Access-Control-Max-Age"] = str(rule["MaxAgeSeconds"])
    return found


def _words(told: str) -> list[str]:
    return [name.strip().lower() for name in told.split(",") if name.strip()]
