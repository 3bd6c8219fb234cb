"""Rules, Script Includes, REST messages and credentials: what an integration brings along, as data."""

from __future__ import annotations

_FILE = """
access choice=package_private Accessible from
sys_class_name string(80) Class
sys_name string(255) Display name
sys_overrides string(32) Overrides
sys_package string(40)=global Package
sys_policy choice Protection policy
sys_scope string(40)=global Application
sys_update_name string(255) Update name
"""
"""What every application file has, and every export of one carries."""
SET_UP: list[tuple[str, str, str, str, str, str]] = [
    # name, label, parent, display, prefix, columns
    ("sys_script", "Business Rule", "", "name", "", _FILE + """
name string(40) Name
collection table_name(80) Table
when choice=before When
order integer=100 Order
active boolean=true Active
advanced boolean=false Advanced
condition script(254) Condition
filter_condition string(4000) Filter Conditions
script script Script
description string(1000) Description
action_insert boolean=false Insert
action_update boolean=false Update
action_delete boolean=false Delete
action_query boolean=false Query
role_conditions list:sys_user_role Role conditions
template string Set field values
priority integer=100 Priority
abort_action boolean=false Abort action
add_message boolean=false Add message
message string(4000) Message
rest_service string(32) REST service
client_callable boolean=false Client callable
change_fields boolean=false Change fields
execute_function boolean=false Execute function
is_rest boolean=false REST
rest_method string(32) REST method
rest_method_text string(255) REST method text
rest_service_text string(255) REST service text
rest_variables string REST variables
sys_domain string(32)=global Domain
sys_domain_path string(255)=/ Domain path
"""),
    ("sys_script_include", "Script Include", "", "name", "", _FILE + """
name string(40) Name
api_name string(80) API Name
script script Script
description string(1000) Description
active boolean=true Active
client_callable boolean=false Client callable
caller_access choice Caller access
mobile_callable boolean=false Mobile callable
sandbox_callable boolean=false Sandbox enabled
"""),
    ("sys_rest_message", "REST Message", "", "name", "", _FILE + """
name string Name
description string Description
rest_endpoint string Endpoint
authentication_type choice=no_authentication Authentication type
basic_auth_profile string(32) Basic auth profile
oauth2_profile string(32) OAuth profile
protocol_name string(40) Protocol
use_basic_auth boolean=false Use basic auth
use_mutual_auth boolean=false Use mutual authentication
"""),
    ("sys_rest_message_headers", "HTTP Header", "", "name", "", """
rest_message ref:sys_rest_message REST Message
name string(100) Name
value string(4000) Value
"""),
    ("sys_rest_message_fn", "HTTP Method", "", "function_name", "", _FILE + """
rest_message ref:sys_rest_message REST Message
function_name string Name
http_method choice HTTP method
rest_endpoint string Endpoint
content string(1000) Content
authentication_type choice=inherit_from_parent Authentication type
qualified_name string(255) Qualified name
lock boolean=false Lock
use_mid_server string(32) Use MID Server
use_mutual_auth boolean=false Use mutual authentication
"""),
    ("sys_rest_message_fn_headers", "HTTP Method Header", "", "name", "", _FILE + """
rest_message_function ref:sys_rest_message_fn HTTP Method
name string(40) Name
value string(200) Value
"""),
    ("sys_rest_message_fn_parameters", "HTTP Method Parameter", "", "name", "", _FILE + """
rest_message_function ref:sys_rest_message_fn HTTP Method
name string(40) Name
value string(200) Value
type choice String type
"""),
    ("discovery_credentials", "Credential", "", "name", "", """
name string(40) Name
type choice Type
user_name string(40) User name
password password2(255) Password
active boolean=true Active
order integer=100 Order
tag string(100) Credential alias
applies_to choice=all Applies to
mid_list string Mid servers
"""),
    ("basic_auth_credentials", "Basic Auth Credential", "discovery_credentials", "name", "", ""),
    ("api_key_credentials", "API Key Credential", "discovery_credentials", "name", "", "api_key password2 API Key"),
    ("api_key", "REST API Key", "", "name", "", """
name string(100) Name
user ref:sys_user User
token password2 Token
apis string APIs with an access policy for keys
expires datetime Expiry
active boolean=true Active
"""),
]  # fmt: skip
