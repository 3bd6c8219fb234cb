"""The tables of the emulated instance, as data; columns of tasks stand in `task_tables.py`."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from .catalog_tables import CATALOG_TABLES
from .change_tables import CHANGE_TABLES, FIRST_NUMBERS
from .lengths import PUBLISHED
from .schema import Schema, Table, columns
from .set_up_tables import SET_UP
from .task_tables import INCIDENT, SN_SI_INCIDENT, TASK

if TYPE_CHECKING:
    from .schema import Column

_CREATED = """
sys_id guid(32) Sys ID
sys_created_on datetime Created
sys_created_by string(40) Created by
sys_tags string Tags
"""
_SYSTEM = (
    _CREATED
    + """
sys_updated_on datetime Updated
sys_updated_by string(40) Updated by
sys_mod_count integer Updates
"""
)
_NAMED = "name string(255) Name\nactive boolean=true Active\ndescription string(4000) Description\n"
_OAUTH = """
name string(255) Name
type choice=client Type
client_id string(255) Client ID
client_secret password2(255) Client Secret
active boolean=true Active
access choice=public Accessible from
access_token_lifespan integer=1800 Access Token Lifespan
refresh_token_lifespan integer=8640000 Refresh Token Lifespan
token_format choice=opaque Token Format
inbound_grant_type string(40) Inbound grant type
user ref:sys_user OAuth Application User
scope_restriction choice Scope Restriction
comments string(1000) Comments
"""
_TABLES: list[tuple[str, str, str, str, str, str]] = [
    # name, label, parent, display, prefix, columns
    ("task", "Task", "", "number", "TASK", TASK),
    ("incident", "Incident", "task", "number", "INC", INCIDENT),
    ("sn_si_incident", "Security Incident", "task", "number", "SIR", SN_SI_INCIDENT),
    ("sys_user", "User", "", "name", "", """
user_name string(40) User ID
first_name string(50) First name
last_name string(50) Last name
name string(151) Name
email string(100) Email
active boolean=true Active
locked_out boolean=false Locked out
time_zone choice Time zone
date_format choice Date format
time_format choice Time format
title string(60) Title
department string(32) Department
company ref:core_company Company
manager ref:sys_user Manager
phone string(40) Business phone
identity_type choice Identity type
web_service_access_only boolean=false Web service access only
internal_integration_user boolean=false Internal Integration User
preferred_language choice Language
user_password password Password
"""),
    ("sys_user_group", "Group", "", "name", "", _NAMED + """
manager ref:sys_user Manager
email string(100) Group email
type string(255) Type
"""),
    ("sys_user_grmember", "Group Member", "", "user", "", "user ref:sys_user User\ngroup ref:sys_user_group Group"),
    ("sys_user_role", "Role", "", "name", "", "name string(100) Name\ndescription string(4000) Description"),
    ("sys_user_has_role", "User Role", "", "role", "", """
user ref:sys_user User
role ref:sys_user_role Role
state choice=active State
inherited boolean=false Inherited
"""),
    ("sys_choice", "Choice", "", "label", "", """
name table_name(80) Table
element string(80) Element
value string(255) Value
label string(255) Label
language string(5)=en Language
sequence integer Sequence
inactive boolean=false Inactive
dependent_value string(255) Dependent value
"""),
    ("sys_dictionary", "Dictionary Entry", "", "element", "", """
name table_name(80) Table
element string(80) Column name
column_label string(255) Column label
internal_type string(40) Type
reference table_name(80) Reference
max_length integer Max length
default_value string(255) Default value
mandatory boolean=false Mandatory
active boolean=true Active
"""),
    ("sys_db_object", "Table", "", "label", "", """
name table_name(80) Name
label string(80) Label
super_class ref:sys_db_object Extends table
"""),
    ("sys_plugins", "Plugin", "", "name", "", "id string(255) ID\nname string(255) Name\nactive choice Status"),
    ("sys_number", "Number", "", "category", "", """
category table_name(80) Table
prefix string(40) Prefix
number integer Number
maximum_digits integer=7 Number of digits
"""),
    ("sys_attachment", "Attachment", "", "file_name", "", """
file_name string(255) File name
content_type string(255) Content type
table_name table_name(80) Table
table_sys_id document_id(32) Table sys ID
size_bytes integer Size bytes
size_compressed integer Size compressed
compressed boolean=true Compressed
chunk_size_bytes integer=700000 Chunk size bytes
hash string(64) Hash
state choice State
average_image_color string(40) Average image color
image_width integer Image width
image_height integer Image height
encryption_context string(32) Encryption context
"""),
    ("sys_journal_field", "Journal Entry", "", "element", "", """
name table_name(80) Name
element_id document_id(32) Element ID
element string(80) Element
value string Value
"""),
    *SET_UP,
    ("sys_auth_profile_basic", "Basic Auth Profile", "", "name", "", """
name string(100) Name
username string(100) Username
password password2(255) Password
active boolean=true Active
"""),
    ("sys_alias", "Connection & Credential Alias", "", "name", "", _NAMED + "type choice Type"),
    ("http_connection", "HTTP(s) Connection", "", "name", "", """
name string(100) Name
connection_alias ref:sys_alias Connection alias
credential ref:discovery_credentials Credential
connection_url string(1024) Connection URL
active boolean=true Active
"""),
    ("sys_properties", "System Property", "", "name", "", """
name string(100) Name
value string Value
type choice=string Type
description string(512) Description
"""),
    ("sys_certificate", "X.509 Certificate", "", "name", "", _NAMED + """
format choice=pem Format
type choice=trust_store Type
pem_certificate string PEM Certificate
expires datetime Expires
"""),
    ("oauth_entity", "Application Registry", "", "name", "", _OAUTH),
    ("oauth_jwt", "OAuth JWT Application", "oauth_entity", "name", "", """
user_field string(80)=user_name User field
sub_claim string(80) Subject claim
clock_skew integer=300 Clock skew
enable_jti_verification boolean=true Enable JTI verification
jti_claim string(80)=jti JTI claim
jwks_cache_lifespan integer=720 JWKS cache lifespan
"""),
    ("jwt_verifier_map", "JWT Verifier Map", "", "name", "", """
name string(255) Name
oauth_jwt ref:oauth_jwt OAuth JWT
sys_certificate ref:sys_certificate Sys certificate
kid string(255) Kid
active boolean=true Active
"""),
    ("oauth_entity_profile", "OAuth Entity Profile", "", "name", "", """
name string(255) Name
oauth_entity ref:oauth_entity OAuth provider
grant_type choice Grant type
default boolean=false Default
"""),
    ("oauth_entity_scope", "OAuth Entity Scope", "", "name", "", """
name string(255) Name
oauth_entity ref:oauth_entity OAuth provider
oauth_entity_scope string(255) OAuth scope
"""),
    ("oauth_entity_profile_scope", "OAuth Entity Profile Scope", "", "sys_id", "", """
oauth_entity_profile ref:oauth_entity_profile OAuth Entity Profile
oauth_entity_scope ref:oauth_entity_scope OAuth Entity Scope
"""),
    ("oauth_credential", "OAuth Token", "", "sys_id", "", """
peer ref:oauth_entity Peer
user ref:sys_user User
type choice=access_token Type
expires datetime Expires
scopes string(255) Scopes
"""),
    ("sys_update_set", "Update Set", "", "name", "", _NAMED + """
state choice=in_progress State
application string(40)=global Application
remote_sys_id string(32) Remote sys ID
"""),
    ("sys_remote_update_set", "Retrieved Update Set", "", "name", "", _NAMED + """
state choice=loaded State
application_name string(100) Application name
commit_date datetime Commit date
update_set ref:sys_update_set Update set
"""),
    ("sys_update_xml", "Customer Update", "", "name", "", """
name string(255) Name
type string(80) Type
target_name string(255) Target name
action choice=INSERT_OR_UPDATE Action
payload string Payload
update_set ref:sys_update_set Update set
remote_update_set ref:sys_remote_update_set Remote update set
"""),
    ("sys_audit_delete", "Audit Deleted Record", "", "display_value", "", """
tablename table_name(80) Table name
documentkey document_id(32) Document key
display_value string(255) Display value
"""),
    ("syslog", "Log Entry", "", "message", "", """
level choice=0 Level
message string Message
source string(255) Source
"""),
    ("sysevent", "Event", "", "name", "", """
name string(100) Name
table table_name(80) Table
instance document_id(32) Instance
parm1 string Parm1
parm2 string Parm2
state choice=ready State
"""),
    ("sys_security_acl", "Access Control", "", "name", "", _NAMED + """
operation string(40) Operation
type choice=record Type
condition string(4000) Data condition
script script Script
advanced boolean=false Advanced
admin_overrides boolean=true Admin overrides
"""),
    ("sys_security_acl_role", "Access Role", "", "sys_user_role", "", """
sys_security_acl ref:sys_security_acl Access Control
sys_user_role ref:sys_user_role Role
"""),
    ("sys_tiny_url", "Tiny URL", "", "tiny_url", "", "tiny_url string(32) Tiny URL\nurl string URL"),
    *CHANGE_TABLES,
    *CATALOG_TABLES,
    ("core_company", "Company", "", "name", "", "name string(80) Name"),
    ("cmn_location", "Location", "", "name", "", "name string(100) Name"),
]  # fmt: skip
APPEND_ONLY = frozenset({"sys_journal_field"})
"""Tables whose rows have no sys_updated_* and no sys_mod_count."""
SIR_TABLES = frozenset({"sn_si_incident"})
"""What the plugin com.snc.security_incident brings, in an application scope of its own, sn_si."""


def base_schema() -> Schema:
    """A new one each time: columns may be added to it."""
    return Schema({name: replace(table, columns=dict(table.columns)) for name, table in _tables().items()})


@functools.cache
def _tables() -> dict[str, Table]:
    tables = {}
    for name, label, parent, display, prefix, own in _TABLES:
        system = "" if parent else (_CREATED if name in APPEND_ONLY else _SYSTEM)
        scope = "sn_si" if name in SIR_TABLES else "global"
        fitted, first = _fitted(name, columns(system + own)), FIRST_NUMBERS.get(name, 10_001)
        tables[name] = Table(name, label, fitted, parent, display, prefix, scope, first)
    return tables


def _fitted(table: str, found: dict[str, Column]) -> dict[str, Column]:
    """With the published lengths."""
    lengths = {name: PUBLISHED.get(f"{table}.{name}") for name in found}
    return {
        name: replace(column, max_length=length.characters) if (length := lengths[name]) else column
        for name, column in found.items()
    }
