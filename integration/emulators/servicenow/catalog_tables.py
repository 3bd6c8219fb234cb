"""Tables of the Service Catalog, as data: items with their variables, carts, requests, request items and tasks.

Columns and choices are assumed where no line says from where: ServiceNowDocs has pages of the catalog, none of its
dictionary.
"""

from __future__ import annotations

from .change_choices import APPROVALS

_APPLICATION_FILE = """
sys_class_name string(80) Class
sys_name string(255) Display name
sys_package string(40)=global Package
sys_policy choice Protection policy
sys_scope string(40)=global Application
sys_update_name string(255) Update name
"""
_CATALOG = (
    _APPLICATION_FILE
    + """
title string(100) Title
description string(4000) Description
active boolean=true Active
manager ref:sys_user Manager
"""
)
_CATEGORY = (
    _APPLICATION_FILE
    + """
title string(100) Title
description string(4000) Description
active boolean=true Active
order integer=0 Order
parent ref:sc_category Parent
sc_catalog ref:sc_catalog Catalog
"""
)
_ITEM = (
    _APPLICATION_FILE
    + """
name string(100) Name
short_description string(200) Short description
description string Description
meta string(4000) Meta
active boolean=true Active
category ref:sc_category Category
sc_catalogs list:sc_catalog Catalogs
price string(20)=0 Price
order integer=0 Order
group ref:sys_user_group Fulfillment group
delivery_time duration Delivery time
availability choice=on_desktop Availability
no_cart boolean=false No cart
no_order boolean=false No order
no_order_now boolean=false No order now
no_quantity boolean=false No quantity
no_proceed_checkout boolean=false No proceed checkout
use_sc_layout boolean=true Use cart layout
visible_standalone boolean=true Visible standalone
workflow string(32) Workflow
delivery_plan string(32) Execution plan
flow_designer_flow string(32) Flow
asks string(40) Process: who approves
makes_tasks integer=0 Process: so many catalog tasks
"""
)
"""The columns of the process stand for the flow or plan behind an item; `asks` is `manager`, a group or a person."""
_VARIABLE = (
    _APPLICATION_FILE
    + """
cat_item ref:sc_cat_item Catalog item
name string(100) Name
question_text string(255) Question
type choice=6 Type
order integer=100 Order
active boolean=true Active
mandatory boolean=false Mandatory
hidden boolean=false Hidden
read_only boolean=false Read only
default_value string(1024) Default value
help_text string(255) Help text
reference table_name(80) Reference
list_table table_name(80) List table
include_none boolean=false Include none
variable_set string(32) Variable set
also_request_for boolean=false Enable also request for
"""
)
_CHOICE = (
    _APPLICATION_FILE
    + """
question ref:item_option_new Question
text string(100) Text
value string(100) Value
order integer=100 Order
inactive boolean=false Inactive
"""
)
_REQUEST = """
requested_for ref:sys_user Requested for
request_state choice=requested Request state
stage choice=requested Stage
price string(20)=0 Price
delivery_address string(4000) Delivery address
special_instructions string(4000) Special instructions
requested_date datetime Requested for date
"""
_REQUEST_ITEM = """
cat_item ref:sc_cat_item Item
request ref:sc_request Request
requested_for ref:sys_user Requested for
quantity integer=1 Quantity
stage choice Stage
price string(20)=0 Price
sc_catalog ref:sc_catalog Catalog
configuration_item ref:cmdb_ci Configuration item
estimated_delivery datetime Estimated delivery
backordered boolean=false Backordered
billable boolean=true Billable
context string(32) Context
flow_context string(32) Flow context
order_guide string(32) Order guide
"""
_CRITERIA = """
name string(255) Name
active boolean=true Active
user list:sys_user Users
group list:sys_user_group Groups
role list:sys_user_role Roles
company list:core_company Companies
match_all boolean=false Match all
"""
_OF_ITEM = "sc_cat_item ref:sc_cat_item Catalog item\nuser_criteria ref:user_criteria User criteria"
CATALOG_TABLES: list[tuple[str, str, str, str, str, str]] = [
    # name, label, parent, display, prefix, columns
    ("sc_catalog", "Catalog", "", "title", "", _CATALOG),
    ("sc_category", "Category", "", "title", "", _CATEGORY),
    ("sc_cat_item", "Catalog Item", "", "name", "", _ITEM),
    ("item_option_new", "Variable", "", "question_text", "", _VARIABLE),
    ("question_choice", "Question Choice", "", "text", "", _CHOICE),
    ("user_criteria", "User Criteria", "", "name", "", _CRITERIA),
    ("sc_cat_item_user_criteria_mtom", "Catalog Item Available For", "", "user_criteria", "", _OF_ITEM),
    ("sc_cat_item_user_criteria_no_mtom", "Catalog Item Not Available For", "", "user_criteria", "", _OF_ITEM),
    ("sc_request", "Request", "task", "number", "REQ", _REQUEST),
    ("sc_req_item", "Requested Item", "task", "number", "RITM", _REQUEST_ITEM),
    ("sc_task", "Catalog Task", "task", "number", "SCTASK", """
request_item ref:sc_req_item Request item
request ref:sc_request Request
sc_catalog ref:sc_catalog Catalog
"""),
    ("sc_item_option", "Options", "", "item_option_new", "", """
item_option_new ref:item_option_new Question
value string(4000) Value
order integer Order
cart_item ref:sc_cart_item Cart item
"""),
    ("sc_item_option_mtom", "Item Option Ownership", "", "request_item", "", """
request_item ref:sc_req_item Parent item
sc_item_option ref:sc_item_option Dependent item
"""),
    ("sc_cart", "Shopping Cart", "", "name", "", """
name string(100)=DEFAULT Name
user ref:sys_user User
requested_for ref:sys_user Requested for
delivery_address string(4000) Delivery address
special_instructions string(4000) Special instructions
"""),
    ("sc_cart_item", "Cart Item", "", "cat_item", "", """
cart ref:sc_cart Cart
cat_item ref:sc_cat_item Item
quantity integer=1 Quantity
also_request_for list:sys_user Also request for
"""),
]  # fmt: skip
COMPLETE, INCOMPLETE, SKIPPED = "3", "4", "7"
ENDED = frozenset({COMPLETE, INCOMPLETE, SKIPPED})
"""States of a task in which it is closed."""
WAITING, FULFILLMENT, COMPLETED, CANCELLED_STAGE = (
    "waiting_for_approval",
    "fulfillment",
    "completed",
    "Request Cancelled",
)
CATALOG_CHOICES: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("sc_request", "approval"): APPROVALS,
    ("sc_req_item", "approval"): APPROVALS,
    ("sc_task", "approval"): APPROVALS,
    ("sc_request", "request_state"): [
        ("requested", "Pending Approval"), ("in_process", "Approved"), ("closed_complete", "Closed Complete"),
        ("closed_incomplete", "Closed Incomplete"), ("closed_cancelled", "Closed Cancelled"),
        ("closed_rejected", "Closed Rejected"),
    ],
    ("item_option_new", "type"): [
        ("1", "Yes / No"), ("2", "Multi Line Text"), ("3", "Multiple Choice"), ("5", "Select Box"),
        ("6", "Single Line Text"), ("7", "CheckBox"), ("8", "Reference"), ("9", "Date"),
        ("16", "Wide Single Line Text"), ("21", "List Collector"), ("25", "Masked"), ("31", "Requested For"),
    ],
}  # fmt: skip
