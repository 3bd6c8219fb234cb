"""Columns of task and of what extends it. Those of incident: what an unprojected GET of a real one returns."""

from __future__ import annotations

TASK = """
number string(40) Number
sys_class_name string(80) Task type
sys_domain ref:sys_user_group=global Domain
sys_domain_path string(255)=/ Domain Path
active boolean=true Active
state choice=1 State
short_description string(160) Short description
description string(4000) Description
priority choice Priority
impact choice=3 Impact
urgency choice=3 Urgency
assigned_to ref:sys_user Assigned to
assignment_group ref:sys_user_group Assignment group
additional_assignee_list list:sys_user Additional assignee list
group_list list:sys_user_group Group list
watch_list list:sys_user Watch list
work_notes_list list:sys_user Work notes list
work_notes journal Work notes
comments journal Additional comments
comments_and_work_notes journal_list Comments and Work notes
opened_at datetime Opened
opened_by ref:sys_user Opened by
closed_at datetime Closed
closed_by ref:sys_user Closed by
close_notes string(4000) Resolution notes
approval choice=not%20requested Approval
approval_set datetime Approval set
approval_history string Approval history
upon_approval choice=proceed Upon approval
upon_reject choice=cancel Upon reject
business_duration duration Business duration
calendar_duration duration Duration
business_service ref:cmdb_ci Service
service_offering ref:cmdb_ci Service offering
cmdb_ci ref:cmdb_ci Configuration item
company ref:core_company Company
location ref:cmn_location Location
contact_type choice Channel
contract string(32) Contract
correlation_id string(100) Correlation ID
correlation_display string(100) Correlation display
delivery_plan string(32) Delivery plan
delivery_task string(32) Delivery task
due_date datetime Due date
expected_start datetime Expected start
escalation choice=0 Escalation
follow_up datetime Follow up
knowledge boolean=false Knowledge
made_sla boolean=true Made SLA
order integer Order
parent ref:task Parent
reassignment_count integer=0 Reassignment count
sla_due datetime SLA due
activity_due datetime Activity due
skills string Skills
time_worked duration Time worked
universal_request ref:task Universal Request
user_input string User input
work_start datetime Actual start
work_end datetime Actual end
route_reason integer Transfer reason
task_effective_number string(40) Effective number
"""
INCIDENT = """
caller_id ref:sys_user Caller
category choice=inquiry Category
subcategory choice Subcategory
severity choice=3 Severity
incident_state choice=1 Incident state
hold_reason choice On hold reason
close_code choice Resolution code
resolved_at datetime Resolved
resolved_by ref:sys_user Resolved by
reopen_count integer=0 Reopen count
reopened_by ref:sys_user Last reopened by
reopened_time datetime Last reopened at
parent_incident ref:incident Parent Incident
child_incidents integer=0 Child Incidents
problem_id ref:task Problem
rfc ref:task Change Request
caused_by ref:task Caused by Change
cause string(4000) Probable cause
business_impact string(4000) Business impact
business_stc integer Business resolve time
calendar_stc integer Resolve time
notify choice=1 Notify
origin_id document_id Origin
origin_table table_name Origin table
"""
SN_SI_INCIDENT = """
state choice=10 State
substate choice Substate
category choice Category
subcategory choice Subcategory
severity choice=3 Severity
business_criticality choice=3 Business criticality
risk_score integer=0 Risk score
affected_user ref:sys_user Affected user
caller ref:sys_user Requested by
opened_for ref:sys_user Opened for
attack_vector choice Attack vector
alert_id string(100) Alert ID
alert_rule string(255) Alert rule
alert_sensor choice Alert sensor
parent_security_incident ref:sn_si_incident Parent security incident
incident ref:incident Incident
problem ref:task Problem
change_request ref:task Change request
security_tags string Security tags
secure_notes password2 Secure notes
special_access_read list:sys_user Read access
special_access_write list:sys_user Privileged access
close_code choice Close code
"""
