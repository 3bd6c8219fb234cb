"""What an administrator sets up by hand: users with roles, and the OAuth application of an integration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .session import granted_roles

if TYPE_CHECKING:
    from .service import Service
    from .store import Row

_PERSON = (
    "first_name", "last_name", "name", "email", "active", "locked_out", "time_zone", "date_format", "time_format",
    "sys_id",
)  # fmt: skip
_APIS = ("table", "attachment", "batch", "sn_chg_rest")


def text_of(body: dict[str, Any], name: str) -> str:
    """Raises ValueError when the member is missing or no text."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is needed, a text")
    return value


def person(service: Service, user_name: str) -> Row:
    """Raises ValueError when there is none."""
    users = service.store.find("sys_user", user_name=user_name)
    if not users:
        raise ValueError(f"there is no user {user_name!r}")
    return users[0]


def save_user(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    """Makes or changes a user; `roles` are added to those they hold, `password` is for basic authentication."""
    user_name = text_of(body, "user_name")
    known = service.store.find("sys_user", user_name=user_name)
    values = {name: str(body[name]) for name in _PERSON if name in body}
    if "name" not in values and not known:
        values["name"] = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip() or user_name
    service.plant("sys_user", {**(known[0] if known else {"active": "true"}), **values, "user_name": user_name})
    if "password" in body:
        service.set_password(user_name, text_of(body, "password"))
    return change_roles(service, {"user_name": user_name, "grant": body.get("roles", [])})


def change_roles(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    """`{user_name, revoke: [...], grant: [...]}`, in this order; unknown roles are made. Returns all roles held."""
    user = person(service, text_of(body, "user_name"))
    for name in body.get("revoke", []):
        for grant in service.store.find(
            "sys_user_has_role", user=user["sys_id"], role=_role(service, str(name))["sys_id"]
        ):
            service.store.remove("sys_user_has_role", grant["sys_id"], service.clock.stamp(), "admin")
    for name in body.get("grant", []):
        role = _role(service, str(name))
        if not service.store.find("sys_user_has_role", user=user["sys_id"], role=role["sys_id"]):
            service.plant("sys_user_has_role", {"user": user["sys_id"], "role": role["sys_id"], "state": "active"})
    roles = sorted(granted_roles(service.store, user["sys_id"]))
    return {"user_name": user["user_name"], "sys_id": user["sys_id"], "roles": roles}


def _role(service: Service, name: str) -> Row:
    roles = service.store.find("sys_user_role", name=name)
    return roles[0] if roles else service.plant("sys_user_role", {"name": name})


def save_key(service: Service, body: dict[str, Any]) -> dict[str, str]:
    """`{user_name, key}` and the `apis` whose access policies let keys in. Returns the sys_id."""
    user = person(service, text_of(body, "user_name"))
    apis = [str(each) for each in body.get("apis") or _APIS]
    key = service.plant("api_key", {
        "name": "Integration key", "user": user["sys_id"], "token": service.cipher.encrypt(text_of(body, "key")),
        "apis": ",".join(apis),
    })  # fmt: skip
    return {"sys_id": key["sys_id"]}


def register_application(service: Service, body: dict[str, Any]) -> dict[str, str]:
    """`{certificate_pem, client_id, client_secret, user_name}`, optionally kid, lifespan_s, clock_skew_s, user_field.

    A client_id that is registered gets a further certificate, as for a rotation; without a certificate it is for
    client credentials and passwords. Returns the ids of the records.
    """
    client_id = text_of(body, "client_id")
    user = person(service, str(body.get("user_name") or "aws_integration"))
    if not body.get("certificate_pem"):
        entity = _entity(service, body, client_id, user)
        return {"oauth_entity": entity["sys_id"], "user_sys_id": user["sys_id"], "client_id": client_id}
    certificate = service.plant("sys_certificate", {
        "name": "Integration certificate", "format": "pem", "type": "trust_store",
        "pem_certificate": text_of(body, "certificate_pem"),
    })  # fmt: skip
    apps = service.store.find("oauth_jwt", client_id=client_id)
    app = apps[0] if apps else _application(service, body, client_id, user)
    verifier = service.plant("jwt_verifier_map", {
        "name": "Integration verifier", "oauth_jwt": app["sys_id"], "sys_certificate": certificate["sys_id"],
        "kid": str(body.get("kid", "")), "active": "true",
    })  # fmt: skip
    return {
        "oauth_jwt": app["sys_id"], "sys_certificate": certificate["sys_id"], "jwt_verifier_map": verifier["sys_id"],
        "user_sys_id": user["sys_id"], "client_id": client_id,
    }  # fmt: skip


def _entity(service: Service, body: dict[str, Any], client_id: str, user: Row) -> Row:
    return service.plant("oauth_entity", {
        "name": "Integration", "client_id": client_id, "active": "true", "user": user["sys_id"],
        "client_secret": service.cipher.encrypt(text_of(body, "client_secret")),
        "access_token_lifespan": str(int(body.get("lifespan_s", 1800))),
    })  # fmt: skip


def _application(service: Service, body: dict[str, Any], client_id: str, user: Row) -> Row:
    return service.plant("oauth_jwt", {
        "name": "Integration", "client_id": client_id, "active": "true", "inbound_grant_type": "jwt",
        "client_secret": service.cipher.encrypt(text_of(body, "client_secret")),
        "access_token_lifespan": str(int(body.get("lifespan_s", 1800))),
        "clock_skew": str(int(body.get("clock_skew_s", 300))),
        "user_field": str(body.get("user_field", "sys_id")), "sub_claim": "sub",
        "enable_jti_verification": "true", "jti_claim": "jti", "user": user["sys_id"],
    })  # fmt: skip
