"""EventBridge rules about cases and incidents, and their target queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_events as events
from constructs import Construct

from integration import names as n
from integration.operations.stacks.queues import EventQueue, to

if TYPE_CHECKING:
    from integration.names import Names


class EventRules(Construct):
    """Edits of cases to one queue, of incidents to another; new records of both to a third, so that edits overtake a
    burst of them.
    """

    def __init__(
        self, scope: Construct, names: Names, cases: EventQueue, incidents: EventQueue, backfill: EventQueue
    ) -> None:
        super().__init__(scope, "Rules")
        edits = [detail_type for detail_type in n.NATIVE_DETAIL_TYPES if detail_type != n.NATIVE_NEW]
        own = [Stack.of(self).account]  # another account's bus may forward such events, and they keep their source
        bus = events.EventBus.from_event_bus_name(self, "Bus", names.bus)
        events.Rule(
            self,
            "ServiceNowClientRule",
            rule_name=names.servicenow_client_rule,
            event_bus=bus,
            event_pattern=events.EventPattern(source=[n.SOURCE_CASES], detail_type=[n.CASE_UPDATED]),
            targets=[to(cases)],
        )
        events.Rule(
            self,
            "NativeRule",
            rule_name=names.native_rule,
            description="AWS Security Incident Response's own events, on the default bus",
            event_pattern=events.EventPattern(source=[n.NATIVE_SOURCE], detail_type=edits, account=own),
            targets=[to(cases)],
        )
        events.Rule(
            self,
            "SecurityIrClientRule",
            rule_name=names.security_ir_client_rule,
            event_bus=bus,
            event_pattern=events.EventPattern(
                source=[n.SOURCE_INCIDENTS], detail_type=[n.INCIDENT_UPDATED, n.INCIDENT_DELETED]
            ),
            targets=[to(incidents)],
        )
        events.Rule(
            self,
            "NewRecordsRule",
            rule_name=names.new_records_rule,
            event_bus=bus,
            event_pattern=events.EventPattern(
                source=[n.SOURCE_CASES, n.SOURCE_INCIDENTS], detail_type=[n.CASE_CREATED, n.INCIDENT_CREATED]
            ),
            targets=[to(backfill)],
        )
        events.Rule(
            self,
            "NativeNewCasesRule",
            rule_name=names.native_new_cases_rule,
            description="New cases, of AWS's own events on the default bus",
            event_pattern=events.EventPattern(source=[n.NATIVE_SOURCE], detail_type=[n.NATIVE_NEW], account=own),
            targets=[to(backfill)],
        )
