"""Where it is published that instances behave as this emulator does, as data; the page of the emulator shows it.

A source is an address, or a repository and a path in it.
"""

from __future__ import annotations

DOCS = "ServiceNow/ServiceNowDocs, markdown/"
SECURITY = DOCS + "platform-security/"
RULES = DOCS + "api-reference/business-rules-classic/c_BusinessRules.md"
GIPITY = "GipityAI/registry, kits/integrations/servicenow/scripts/lib/servicenow-realtime-setup.js"
RECORDED = "rapid7/insightconnect-plugins, plugins/servicenow/unit_test/payloads"
SAMPLE = (
    "aws-samples/sample-aws-security-incident-response-integrations, tests/acceptance/service_now/test_service_now.py"
)
GOOGLE_SECOPS = "https://cloud.google.com/chronicle/docs/soar/marketplace-integrations/servicenow"
SEEN = "seen, source not published"
CHANGE = DOCS + "it-service-management/change-management/"
CHANGE_API = DOCS + "api-reference/rest-apis/change-management-api.md"
CATALOG = DOCS + "servicenow-platform/service-catalog/"
CATALOG_API = DOCS + "api-reference/rest-apis/c_ServiceCatalogAPI.md"
SIR = DOCS + "security-management/security-incident-response/"
PYSNC = "ServiceNow/PySNC, test/"
NAMED = "ericcames/dc1.azure and toharris-rh/aap.lightspeed.patching, .claude/skills/servicenow/SKILL.md"

BEHAVIOURS: tuple[tuple[str, str], ...] = (
    ("Values longer than their column are cut without a word.", NAMED),
    (
        "`password2` columns take a value only with `sysparm_input_display_value=true`.",
        f"{DOCS}api-reference/rest-apis/c_TableAPI.md",
    ),
    (
        "Their raw value is a cipher, displayed as `********`; scripts read it with `getDecryptedValue()`.",
        f"{SECURITY}platform-encryption/password-2way-encrypted-fields.md",
    ),
    ("`sys_user.user_password` displays `********`, and no write over REST changes it.", f"{PYSNC} (test_attrs)"),
    (
        "sys_journal_field looks empty to all but `admin` and `audit_viewer`.",
        f"{SECURITY}granular-admin-roles-for-auditing.md; {GOOGLE_SECOPS}",
    ),
    ("`sn_si_incident` is of the scope `sn_si`; rules written over REST are global.", RULES),
    ("A rule on a table of another scope is asynchronous, or sets values before, without a script.", RULES),
    ("`when` is `before`, `after`, `async_always`, `before_display` or the older `async`; or it is empty.", GIPITY),
    (
        "An asynchronous rule loads its record when the job runs: none for one that was deleted.",
        "https://support.servicenow.com/kb?id=kb_article_view&sysparm_article=KB0687840",
    ),
    (
        "Filtering and sorting have access rules of their own, `query_match` and `query_range`.",
        f"{SECURITY}access-control/query-acl-rule.md",
    ),
    ("Security incidents store a number as close code.", f"{RECORDED}/get_security_incident_success.json.resp"),
    (
        "`system` updates a file about two seconds after its upload, and rules run for that.",
        f"{RECORDED}/get_attachment_by_table_sys_id_many.json.resp",
    ),
    ("A POST without body and Content-Type inserts an empty record.", f"{PYSNC}test_snc_api_write.py"),
    (
        "`POST /api/now/tinyurl` gives a long address an id, which `sysparm_tiny` stands for.",
        f"`GlideNavigation.open` of the platform's own pages posts there; {SEEN}",
    ),
    (
        '`BETWEEN` takes two `javascript:` values; `gs.dateGenerate("<day> <time>")` one text.',
        "rbw/pysnow, pysnow/query_builder.py",
    ),
    (
        "A Script Include is found by its `api_name` in its scope; a commit of an update set fills neither in.",
        f"exports of opsgenie/opsgenie-integration, jacebenson/update-set-host; in consequence: {SEEN}",
    ),
    ("`sn_si.external` contains `service_fulfiller`.", f"{SIR}installed-with-sir.md"),
    ("`business_rule_admin` writes rules.", f"{SECURITY}access-control/c_DefaultDenyProperty.md"),
    ("`web_service_admin` writes REST messages.", f"{DOCS}api-reference/web-services/t_ConfiguringARESTMessage.md"),
    ("`credential_admin` and `script_include_admin` write what they name.", f"{SECURITY}granular-admin-roles.md"),
)
"""What a client meets on an instance and may not expect. Each is kept by tests/unit/emulators/servicenow."""
