"""The token endpoint: what an assertion must say, what is told when it does not, and how long a token lives."""

from __future__ import annotations

import datetime as dt
import itertools
from functools import cache
from urllib.parse import urlencode

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.oauth import JWT_BEARER
from integration.emulators.servicenow.registering import change_roles, register_application, save_key, save_user
from integration.emulators.servicenow.seed import ADMIN_ID
from tests.keys import rsa_key

ME = fixed_id("user", "aws_integration")
DENIED = {"error_description": "access_denied", "error": "server_error"}
_ids = itertools.count()


@cache
def certificate(whose: str = "ours", days: int = 3650) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "integration")])
    key, start = rsa_key(whose), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + dt.timedelta(days=days))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def app(instance):
    return register_application(
        instance, {"certificate_pem": certificate(), "client_id": "client", "client_secret": "secret"}
    )


@pytest.fixture
def exchange(desk, app, clock):
    """Sends an assertion; keywords change claims, a claim of None is left out."""

    def send(
        *,
        key=None,
        kid: str | None = None,
        algorithm: str = "RS256",
        form: dict[str, str | None] | None = None,
        **claims,
    ):
        now = clock()
        said = {
            "iss": "client",
            "sub": ME,
            "aud": "client",
            "iat": now - 5,
            "exp": now + 290,
            "jti": f"j{next(_ids)}",
            **claims,
        }
        claims = {k: v for k, v in said.items() if v is not None}
        token = jwt.encode(claims, key or rsa_key(), algorithm, headers={"kid": kid} if kid else None)
        fields = {
            "grant_type": JWT_BEARER,
            "assertion": token,
            "client_id": "client",
            "client_secret": "secret",
            **(form or {}),
        }
        body = urlencode({k: v for k, v in fields.items() if v is not None}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "authorization": ""}
        return desk("POST", "/oauth_token.do", body=body, headers=headers)

    return send


def test_a_good_assertion_gets_a_token_that_opens_the_api(desk, exchange):
    body = exchange().json
    assert {name: body[name] for name in ("scope", "token_type", "expires_in")} == {
        "scope": "useraccount", "token_type": "Bearer", "expires_in": 1800,
    }  # fmt: skip
    assert len(body["access_token"]) >= 80
    answer = desk("GET", f"/api/now/table/sys_user/{ME}", headers={"authorization": f"Bearer {body['access_token']}"})
    assert answer.result["user_name"] == "aws_integration"


def test_the_same_token_is_given_until_it_expires(desk, exchange, clock):
    first = exchange().json
    clock.advance(1700)
    second = exchange().json
    assert (second["access_token"], second["expires_in"]) == (first["access_token"], 100)
    clock.advance(100)
    third = exchange().json
    assert third["access_token"] != first["access_token"]
    old = {"authorization": f"Bearer {first['access_token']}"}
    assert desk("GET", "/api/now/table/incident", headers=old).status == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "other"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"aud": "https://dev.example/oauth_token.do"},
        {"exp": None}, {"exp": "soon"}, {"exp": 1.0}, {"nbf": 9e9}, {"iat": 9e9}, {"jti": None}, {"jti": ""},
    ],
)  # fmt: skip
def test_a_wrong_claim_is_denied_without_a_reason(exchange, instance, claims):
    """The reason stands in syslog only."""
    answer = exchange(**claims)
    assert (answer.status, answer.json) == (401, DENIED)
    assert instance.store.rows("syslog")[-1]["source"] == "oauth"


@pytest.mark.parametrize(("skew", "late", "status"), [(300, 299, 200), (300, 301, 401), (0, -1, 200), (0, 1, 401)])
def test_clock_skew_extends_the_life_of_an_assertion(exchange, instance, app, clock, skew, late, status):
    instance.store.change("oauth_jwt", app["oauth_jwt"], {"clock_skew": str(skew)})
    assert exchange(exp=clock() - late).status == status


@pytest.mark.parametrize(("skew", "status"), [(300, 200), (0, 401)])
def test_clock_skew_applies_to_nbf(exchange, instance, app, clock, skew, status):
    instance.store.change("oauth_jwt", app["oauth_jwt"], {"clock_skew": str(skew)})
    assert exchange(nbf=clock() + 60).status == status


@pytest.mark.parametrize(
    ("accepted", "audience", "status"),
    [
        (["endpoint"], "https://dev.example/oauth_token.do", 200),
        (["endpoint"], "client", 401),
        (["client_id", "endpoint"], ["x", "client"], 200),
        (["urn:mine"], "urn:mine", 200),
    ],
)
def test_accepted_audiences_are_a_switch(exchange, instance, accepted, audience, status):
    instance.switches.audiences = accepted
    assert exchange(aud=audience).status == status


def test_an_assertion_is_good_once(exchange):
    assert exchange(jti="once").status == 200
    assert exchange(jti="once").json == DENIED


def test_replays_are_allowed_where_the_application_says_so(exchange, instance, app):
    instance.store.change("oauth_jwt", app["oauth_jwt"], {"enable_jti_verification": "false"})
    assert [exchange(jti="same").status for _ in range(2)] == [200, 200]


def test_another_key_or_algorithm_is_denied(exchange):
    assert exchange(key=rsa_key("theirs")).json == DENIED
    assert exchange(key="k" * 32, algorithm="HS256").json == DENIED
    assert exchange(form={"assertion": "not.a.jwt"}).json == DENIED
    assert exchange(form={"assertion": None}).json == DENIED


def test_a_single_verifier_needs_no_kid_but_a_wrong_one_is_denied(exchange, instance, app):
    assert [exchange(kid=kid).status for kid in (None, "any")] == [200, 200]
    instance.store.change("jwt_verifier_map", app["jwt_verifier_map"], {"kid": "client"})
    assert [exchange(kid=kid).status for kid in (None, "client", "other")] == [200, 200, 401]


def test_two_verifiers_are_told_apart_by_kid(exchange, instance, app):
    """As while a certificate is being replaced."""
    instance.store.change("jwt_verifier_map", app["jwt_verifier_map"], {"kid": "old"})
    register_application(
        instance,
        {"certificate_pem": certificate("theirs"), "client_id": "client", "client_secret": "secret", "kid": "new"},
    )
    ours, theirs = rsa_key(), rsa_key("theirs")
    attempts = [(ours, "old"), (theirs, "new"), (ours, "new"), (ours, None)]
    assert [exchange(key=key, kid=kid).status for key, kid in attempts] == [200, 200, 401, 401]


UNUSABLE = {"expired": lambda: certificate(days=30), "none": lambda: "no certificate", "empty": lambda: ""}


@pytest.mark.parametrize("pem", UNUSABLE.values(), ids=UNUSABLE)
def test_a_certificate_that_cannot_be_used_verifies_nothing(exchange, instance, app, pem):
    """The expired one is of the key that signs: nothing else is wrong with it."""
    instance.store.change("sys_certificate", app["sys_certificate"], {"pem_certificate": pem()})
    assert exchange().json == DENIED


@pytest.mark.parametrize(
    "form",
    [
        {"client_id": "other"},
        {"client_secret": "wrong"},
        {"client_secret": None},
        {"client_id": None},
        {"grant_type": "password"},
    ],
)
def test_client_and_secret_must_be_right_and_stand_in_the_body(exchange, form):
    answer = exchange(form=form)
    assert (answer.status, answer.json) == (401, DENIED)


def test_a_missing_grant_is_an_invalid_request(exchange):
    answer = exchange(form={"grant_type": None})
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_only_forms_are_read(desk, app):
    answer = desk("POST", "/oauth_token.do", body={"grant_type": JWT_BEARER})
    assert (answer.status, answer.json["error_description"]) == (401, "unspecified error")
    assert desk("GET", "/oauth_token.do").status == 405


@pytest.mark.parametrize("role", ["admin", "security_admin"])
def test_an_administrator_may_not_be_the_subject(exchange, instance, role):
    change_roles(instance, {"user_name": "aws_integration", "grant": [role]})
    answer = exchange()
    assert (answer.status, answer.json) == (
        401,
        {"error_description": "Grant access token to admin is not allowed", "error": "invalid_grant"},
    )
    assert exchange(sub=ADMIN_ID).json["error"] == "invalid_grant"


@pytest.mark.parametrize("subject", ["aws_integration", "0" * 32, "", None, 7])
def test_the_subject_is_looked_up_in_the_configured_field_only(exchange, subject):
    answer = exchange(sub=subject)
    assert (answer.status, answer.json) == (401, {"error_description": "User not found", "error": "invalid_grant"})


def test_the_subjects_field_is_a_setting_of_the_application(exchange, instance, app):
    instance.store.change("oauth_jwt", app["oauth_jwt"], {"user_field": "email"})
    assert exchange(sub="aws_integration@example.com").status == 200


@pytest.mark.parametrize("change", [{"active": "false"}, {"locked_out": "true"}])
def test_an_inactive_user_gets_none_and_loses_the_one_they_have(desk, exchange, instance, change):
    token = exchange().json["access_token"]
    save_user(instance, {"user_name": "aws_integration", **change})
    assert exchange().json == DENIED
    assert desk("GET", "/api/now/table/incident", headers={"authorization": f"Bearer {token}"}).status == 401


def test_an_inactive_application_gets_none(exchange, instance, app):
    instance.store.change("oauth_jwt", app["oauth_jwt"], {"active": "false"})
    assert exchange().json == DENIED


def test_client_credentials_need_a_property_and_a_user(exchange, instance, app, desk):
    form = {"grant_type": "client_credentials", "assertion": None}
    assert exchange(form=form).json == DENIED
    name = "glide.oauth.inbound.client.credential.grant_type.enabled"
    instance.plant("sys_properties", {**instance.store.find("sys_properties", name=name)[0], "value": "true"})
    assert exchange(form=form).status == 200
    instance.store.change("oauth_jwt", app["oauth_jwt"], {"user": ""})
    assert exchange(form=form).json == DENIED


def test_an_application_registered_over_rest_works_alike(desk, exchange, instance, app):
    """The records an administrator makes: certificate, application, verifier map."""
    instance.store.change("oauth_jwt", app["oauth_jwt"], {"active": "false"})
    stored = desk.create("sys_certificate", name="c", format="PEM", type="trust_store", pem_certificate=certificate())
    values = {"name": "a", "client_id": "mine", "client_secret": "s3", "user_field": "sys_id", "clock_skew": "300"}
    made = desk("POST", "/api/now/table/oauth_jwt?sysparm_input_display_value=true", body=values).result
    desk.create("jwt_verifier_map", name="v", oauth_jwt=made["sys_id"], sys_certificate=stored["sys_id"], kid="mine")
    assert made["client_secret"] != "s3"
    body = exchange(iss="mine", aud="mine", form={"client_id": "mine", "client_secret": "s3"}).json
    assert body["expires_in"] == 1800


def test_tokens_can_be_revoked_all_at_once(desk, exchange, instance):
    token = exchange().json["access_token"]
    instance.oauth.expire_all()
    assert desk("GET", "/api/now/table/incident", headers={"authorization": f"Bearer {token}"}).status == 401
    assert exchange().json["access_token"] != token


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 403)])
def test_a_securely_scoped_client_is_refused_per_api_and_method(desk, exchange, instance, method, status):
    token = {"authorization": f"Bearer {exchange().json['access_token']}"}
    instance.switches.unscoped_refused = ["POST table"]
    answer = desk(method, "/api/now/table/incident", headers=token, body={})
    assert answer.status == status
    if status == 403:
        assert answer.refusal[1:] == ("User Not Authorized", "Access to unscoped api is not allowed")
        instance.plant("sys_properties", {"name": "glide.security.oauth_allow_unscoped_clients", "value": "true"})
        assert desk(method, "/api/now/table/incident", headers=token, body={}).status == 201


def test_how_a_refusal_looks_is_a_switch(exchange, instance):
    instance.switches.token_failure_status = 400
    assert exchange(iss="x").status == 400
    instance.switches.token_failure_as_200 = True
    assert (exchange(iss="x").status, exchange(iss="x").json) == (200, DENIED)


def test_the_token_table_shows_tokens_without_their_text(desk, exchange):
    token = exchange().json["access_token"]
    answer = desk("GET", "/api/now/table/oauth_credential")
    assert [row["expires"] for row in answer.result] == ["2026-09-21 14:50:00"]
    assert token.encode() not in answer.raw


PASSWORD = {"grant_type": "password", "assertion": None, "username": "beth.anglin", "password": "beth.anglin"}


def test_a_password_gets_a_token_and_one_that_renews_it(desk, exchange, clock):
    body = exchange(form=PASSWORD).json
    bearer = {"authorization": f"Bearer {body['access_token']}"}
    who = desk("GET", "/api/now/table/sys_user?sysparm_query=sys_id=javascript:gs.getUserID()", headers=bearer).result
    assert [row["user_name"] for row in who] == ["beth.anglin"]
    clock.advance(1800)
    assert desk("GET", "/api/now/table/incident", headers=bearer).status == 401
    form = {"grant_type": "refresh_token", "assertion": None, "refresh_token": body["refresh_token"]}
    renewed = exchange(form=form).json
    assert renewed["access_token"] != body["access_token"]
    assert renewed["refresh_token"] == body["refresh_token"]
    clock.advance(8_640_000)
    assert exchange(form=form).json == DENIED


@pytest.mark.parametrize(
    ("switched", "form"),
    [
        (False, {}), (True, {"password": "wrong"}), (True, {"username": "nobody"}),
        (True, {"username": "aws_integration", "password": "aws"}),
    ],
)  # fmt: skip
def test_a_password_that_opens_nothing(exchange, instance, switched, form):
    """Where single sign-on is forced, none does."""
    instance.switches.password_grant = switched
    assert exchange(form=PASSWORD | form).json == DENIED


def test_other_grants_give_nothing_to_renew_with(exchange):
    assert "refresh_token" not in exchange().json
    unknown = {"grant_type": "refresh_token", "assertion": None, "refresh_token": "guessed"}
    assert exchange(form=unknown).json == DENIED


def test_an_application_without_a_certificate_takes_client_credentials(exchange, instance):
    register_application(instance, {"client_id": "ci", "client_secret": "s", "user_name": "beth.anglin"})
    name = "glide.oauth.inbound.client.credential.grant_type.enabled"
    instance.plant("sys_properties", {**instance.store.find("sys_properties", name=name)[0], "value": "true"})
    form = {"grant_type": "client_credentials", "assertion": None, "client_id": "ci", "client_secret": "s"}
    assert "refresh_token" not in exchange(form=form).json


@pytest.mark.parametrize(
    ("key", "apis", "expires", "path", "status"),
    [
        ("k" * 20, ["table"], "", "/api/now/table/sys_user", 200),
        ("other", ["table"], "", "/api/now/table/sys_user", 401),
        ("k" * 20, ["sn_chg_rest"], "", "/api/now/table/sys_user", 401),
        ("k" * 20, ["sn_chg_rest"], "", "/api/sn_chg_rest/change", 200),
        ("k" * 20, ["table"], "2026-09-21 14:20:00", "/api/now/table/sys_user", 401),
    ],
)  # fmt: skip
def test_an_api_key_opens_the_apis_whose_policies_take_keys(desk, instance, key, apis, expires, path, status):
    """Each API has an access policy of its own; a key may expire."""
    made = save_key(instance, {"user_name": "beth.anglin", "key": "k" * 20, "apis": apis})
    instance.store.change("api_key", made["sys_id"], {"expires": expires})
    assert desk("GET", path, headers={"authorization": "", "x-sn-apikey": key}).status == status
    assert instance.store.row("api_key", made["sys_id"])["token"] != "k" * 20
