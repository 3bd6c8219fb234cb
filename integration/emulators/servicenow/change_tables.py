"""Tables of Change Management, as data: the columns of an unprojected answer, and what the process around them needs.

Columns of change_request: ServiceNowDocs, api-reference/rest-apis/change-management-api.md, GET one.
"""

from __future__ import annotations

CHANGE_REQUEST = """
state choice=-5 State
type choice=normal Type
chg_model ref:chg_model Model
std_change_producer_version ref:std_change_producer_version Standard Change Template version
proposed_change string(4000) Proposed change
category choice=Other Category
reason choice Reason
priority choice=4 Priority
risk choice=3 Risk
risk_value string(40) Risk value
risk_impact_analysis string(4000) Risk and impact analysis
scope choice=3 Scope
justification string(4000) Justification
implementation_plan string(4000) Implementation plan
backout_plan string(4000) Backout plan
test_plan string(4000) Test plan
change_plan string(4000) Change plan
start_date datetime Planned start date
end_date datetime Planned end date
requested_by ref:sys_user Requested by
requested_by_date datetime Requested by date
production_system boolean=false Production system
unauthorized boolean=false Unauthorized
outside_maintenance_schedule boolean=false Outside maintenance schedule
on_hold boolean=false On hold
on_hold_reason string(4000) On hold reason
on_hold_task list:change_task On hold Change Tasks
conflict_status choice=Not%20Run Conflict status
conflict_last_run datetime Conflict last run
cab_required boolean=false CAB required
cab_date datetime CAB date/time
cab_delegate ref:sys_user CAB delegate
cab_recommendation string(4000) CAB recommendation
close_code choice Close code
close_notes string(4000) Close notes
phase choice=requested Phase
phase_state choice=open Phase state
review_status choice Review status
review_date datetime Review date
review_comments string(4000) Review comments
is_bulk boolean=false Bulk CI
ci_class table_name(80)=cmdb_ci CI class
rejection_goto ref:task Rejection goto
wf_activity string(32) Workflow activity
"""
CHANGE_TASK = """
state choice=1 State
change_request ref:change_request Change request
change_task_type choice=planning Type
planned_start_date datetime Planned start date
planned_end_date datetime Planned end date
close_code choice Close code
close_notes string(4000) Close notes
on_hold boolean=false On hold
on_hold_reason string(4000) On hold reason
created_from choice=manual Created from
"""
_APPROVER = """
sysapproval ref:task Approval for
document_id document_id(32) Approving
source_table table_name(80) Source table
approver ref:sys_user Approver
state choice=requested State
group ref:sysapproval_group Group assignment
comments journal Comments
expected_start datetime Expected start
due_date datetime Due date
iteration integer Iteration
wf_activity string(32) Workflow activity
"""
_MODEL = """
name string(100) Name
description string(4000) Description
active boolean=true Active
available_in_ui boolean=true Available in Create New
default_change_model boolean=false Default change model
record_preset string(4000) Record preset
table_name table_name(80)=change_request Table
state_field string(80)=state State field
color string(40) Color
sys_name string(255) Display name
sys_class_name string(80)=chg_model Class
"""
_MODEL_STATE = """
chg_model ref:chg_model Change Model
state string(40) State
initial_state boolean=false Initial State
allow_ci_modification boolean=false Attribute allow_ci_modification
allow_implementation boolean=false Attribute allow_implementation
asks string(40) Process: who is asked for approval
approves boolean=false Process: approves
makes_tasks boolean=false Process: makes change tasks
cancels_tasks boolean=false Process: cancels the tasks it made
"""
"""The columns of the process stand for the flow attached to a state; `asks` is `assignment_group` or a group."""
_TRANSITION = """
name string(100) Name
chg_model ref:chg_model Change Model
from_state string(40) From
to_state string(40) To
automatic_transition boolean=false Automatic Transition
active boolean=true Active
"""
_CONDITION = """
name string(100) Name
description string(4000) Description
transition ref:sttrm_state_transition State Transition
mandatory_fields string(4000) Mandatory fields
condition string(4000) Condition
no_task string(4000) No change task of it is
script script Condition (script)
active boolean=true Active
"""
"""Each part that is filled has to hold; `no_task` stands for the platform's own script about tasks."""
_SCHEDULE = """
name string(80) Name
time_zone string(80) Time zone
type string(40) Type
active boolean=true Active
"""
_SPAN = """
name string(80) Name
schedule ref:cmn_schedule Schedule
start_date_time string(40) When
end_date_time string(40) To
repeat_type choice Repeats
repeat_until string(40) Repeat until
type choice Type
"""
_CONFLICT = """
change ref:change_request Change
type choice Type
configuration_item ref:cmdb_ci Affected CI
related_configuration_item ref:cmdb_ci Related CI
conflicting_change ref:change_request Conflicting change
schedule ref:cmn_schedule Schedule
last_checked datetime Last checked
"""
_PRODUCER = """
name string(100) Name
sys_name string(255) Display name
short_description string(160) Short description
active boolean=true Active
retired boolean=false Retired
template ref:std_change_template Template
current_version ref:std_change_producer_version Current version
table_name table_name(80)=change_request Table
sys_class_name string(80)=std_change_record_producer Class
"""
_VERSION = """
name string(100) Name
std_change_producer ref:std_change_record_producer Standard Change Template
version integer=1 Version
active boolean=true Active
closed_change_count integer=0 Closed Change count
unsuccessful_change_count integer=0 Unsuccessful Change count
"""
_CI = """
name string(255) Name
active boolean=true Active
description string(4000) Description
sys_class_name string(80)=cmdb_ci Class
install_status choice=1 Status
operational_status choice=1 Operational status
assignment_group ref:sys_user_group Support group
change_control ref:sys_user_group Change group
assigned_to ref:sys_user Assigned to
maintenance_schedule ref:cmn_schedule Maintenance schedule
"""
CHANGE_TABLES: list[tuple[str, str, str, str, str, str]] = [
    # name, label, parent, display, prefix, columns
    ("change_request", "Change Request", "task", "number", "CHG", CHANGE_REQUEST),
    ("change_task", "Change Task", "task", "number", "CTASK", CHANGE_TASK),
    ("sysapproval_approver", "Approval", "", "sysapproval", "", _APPROVER),
    ("sysapproval_group", "Group approval", "task", "number", "GAPRV", ""),
    ("chg_model", "Change Model", "", "name", "", _MODEL),
    ("chg_model_state", "Change Model State", "", "state", "", _MODEL_STATE),
    ("sttrm_state_transition", "Model State Transition", "", "name", "", _TRANSITION),
    ("sttrm_transition_condition", "Model State Transition Condition", "", "name", "", _CONDITION),
    ("std_change_record_producer", "Standard Change Template", "", "name", "", _PRODUCER),
    ("std_change_producer_version", "Standard Change Template Version", "", "name", "", _VERSION),
    ("std_change_template", "Change Template", "", "name", "", "name string(100) Name\ntemplate string Template"),
    ("cmn_schedule", "Schedule", "", "name", "", _SCHEDULE),
    ("cmn_schedule_condition", "Schedule with condition", "cmn_schedule", "name", "", """
applies_to table_name(80)=cmdb_ci Applies to
condition string(4000) Condition
"""),
    ("cmn_schedule_blackout", "Blackout Schedule", "cmn_schedule_condition", "name", "", ""),
    ("cmn_schedule_maintenance", "Maintenance Schedule", "cmn_schedule_condition", "name", "", ""),
    ("cmn_schedule_span", "Schedule Entry", "", "name", "", _SPAN),
    ("conflict", "Conflict", "", "type", "", _CONFLICT),
    ("chg_mgt_worker", "Change Management Worker", "", "sys_id", "", """
type string(40) Type
state choice=1 State
request string Request
payload string Payload
messages string Messages
change ref:change_request Change
"""),
    ("cmdb_ci", "Configuration Item", "", "name", "", _CI),
    ("cmdb_rel_ci", "CI Relationship", "", "sys_id", "", "parent ref:cmdb_ci Parent\nchild ref:cmdb_ci Child"),
    ("task_ci", "CIs Affected", "", "ci_item", "", "task ref:task Task\nci_item ref:cmdb_ci Configuration Item"),
    ("task_cmdb_ci_service", "Impacted Services/CIs", "", "cmdb_ci_service", "", """
task ref:task Task
cmdb_ci_service ref:cmdb_ci Service
"""),
    ("task_service_offering", "Impacted Service Offerings", "", "service_offering", "", """
task ref:task Task
service_offering ref:cmdb_ci Service offering
"""),
]  # fmt: skip
FIRST_NUMBERS = {"change_request": 30001}
"""CHG0030001 and on: ServiceNowDocs, the samples of the same page."""
NUMBERS = frozenset({"state", "priority", "impact", "urgency", "escalation", "risk", "scope", "reassignment_count"})
"""Choice columns whose values are numbers: JSON of sn_chg_rest gives them as such."""
