"""Memberships: one is there from the start, active, with its response team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cases import require_tags
from .errors import conflict, invalid, not_found
from .model import structure
from .paging import page
from .records import Membership

if TYPE_CHECKING:
    from .records import Caller, Fields
    from .service import Service

_RELATIONSHIP = {"relationshipStatus": "Associated", "relationshipType": "Organization"}


def establish(service: Service) -> None:
    """The membership an account that uses the service has. Dates lie a day back, as if set up yesterday."""
    team = [
        {"name": "Responder One", "jobTitle": "Incident lead", "email": "one@example.com"},
        {"name": "Responder Two", "jobTitle": "Analyst", "email": "two@example.net"},
    ]
    ask = {"membershipName": "emulated", "incidentResponseTeam": team, "coverEntireOrganization": True}
    membership_id = create_membership(service, service.system, ask)["membershipId"]
    service.memberships[membership_id].fields["membershipActivationTimestamp"] -= 86_400


def _membership(service: Service, ask: Fields) -> Membership:
    if ask["membershipId"] not in service.memberships:
        raise not_found(f"Membership {ask['membershipId']} was not found")
    return service.memberships[ask["membershipId"]]


def create_membership(service: Service, _: Caller, ask: Fields) -> Fields:
    live = [each for each in service.memberships.values() if each.fields["membershipStatus"] == "Active"]
    if live:
        raise conflict("The account has a membership", live[0].membership_id, "Membership")
    membership_id = service.name("m-")
    fields = {
        "membershipId": membership_id,
        "accountId": service.account,
        "region": service.region,
        "membershipName": ask["membershipName"],
        "membershipArn": f"arn:aws:security-ir:{service.region}:{service.account}:membership/{membership_id}",
        "membershipStatus": "Active",
        "membershipActivationTimestamp": service.clock(),
        "customerType": "Organization" if ask.get("coverEntireOrganization") else "Standalone",
        "numberOfAccountsCovered": 1,
        "incidentResponseTeam": ask["incidentResponseTeam"],
        "optInFeatures": ask.get("optInFeatures"),
        "membershipAccountsConfigurations": {
            "coverEntireOrganization": ask.get("coverEntireOrganization", False),
            "organizationalUnits": [],
        },
    }
    service.memberships[membership_id] = Membership(membership_id, fields, require_tags(ask.get("tags", {})))
    return {"membershipId": membership_id}


def get_membership(service: Service, _: Caller, ask: Fields) -> Fields:
    return _membership(service, ask).fields


def list_memberships(service: Service, _: Caller, ask: Fields) -> Fields:
    items = {key: each.fields for key, each in service.memberships.items()}
    found, token = page(items, service.order(), "ListMemberships", ask.get("maxResults"), ask.get("nextToken"))
    return {"items": found, "nextToken": token}


def update_membership(service: Service, _: Caller, ask: Fields) -> Fields:
    fields = _membership(service, ask).fields
    if ask.get("undoMembershipCancellation") is False:
        raise invalid("undoMembershipCancellation can only be true")
    if "undoMembershipCancellation" in ask:
        if fields["membershipStatus"] != "Cancelled":
            raise conflict("The membership is not cancelled", fields["membershipId"], "Membership")
        fields["membershipStatus"] = "Active"
    plain = ("membershipName", "incidentResponseTeam", "optInFeatures")
    fields |= {name: ask[name] for name in plain if name in ask}
    _update_units(fields["membershipAccountsConfigurations"], ask.get("membershipAccountsConfigurationsUpdate", {}))
    return {}


def _update_units(configuration: Fields, change: Fields) -> None:
    if "coverEntireOrganization" in change:
        configuration["coverEntireOrganization"] = change["coverEntireOrganization"]
    gone = set(change.get("organizationalUnitsToRemove", ()))
    left = [unit for unit in configuration["organizationalUnits"] if unit not in gone]
    added = [unit for unit in change.get("organizationalUnitsToAdd", ()) if unit not in left]
    configuration["organizationalUnits"] = left + added


def cancel_membership(service: Service, _: Caller, ask: Fields) -> Fields:
    fields = _membership(service, ask).fields
    if fields["membershipStatus"] != "Active":
        raise conflict("The membership is not active", fields["membershipId"], "Membership")
    fields |= {"membershipStatus": "Cancelled", "membershipDeactivationTimestamp": service.clock()}
    return {"membershipId": fields["membershipId"]}


def batch_get_member_account_details(service: Service, _: Caller, ask: Fields) -> Fields:
    """The emulated organisation has one account: the membership's own."""
    _membership(service, ask)
    items = [{"accountId": each, **_RELATIONSHIP} for each in ask["accountIds"] if each == service.account]
    unknown = [each for each in ask["accountIds"] if each != service.account]
    error = {"error": "ResourceNotFoundException", "message": "The account is not part of the membership"}
    return {"items": items, "errors": [{"accountId": each, **error} for each in unknown]}


def get_finding_metrics(service: Service, _: Caller, ask: Fields) -> Fields:
    """Counters an admin set, zero otherwise, whatever the range: nothing here triages findings."""
    findings = _membership(service, ask).findings
    if ask["startDate"] > ask["endDate"]:
        raise invalid("startDate is after endDate")
    return {name: findings.get(name, 0) for name in structure("GetFindingMetricsResponse").members}
