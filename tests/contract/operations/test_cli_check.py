"""`check` tells each known failure apart and says the fix. Both systems answer over HTTP."""

import json
import re
import uuid
from types import SimpleNamespace

import boto3
import pytest

from integration.cases.adopting import CASE_ARN
from integration.clients.servicenow import auth
from integration.names import PROBE_MARK
from integration.operations.checking import probe
from integration.operations.checking.caller_columns import open_to_callers
from integration.operations.checking.incident_filter import terms_of

NO_SET_UP = ("--setup", "none")
"""The probe alone: its record, its file, its note."""
GRAVITY = ["skip", "ok", "warn", "fail"]


@pytest.fixture
def check(run, instance, pair):
    """The checks of the instance with the six options; subject → its gravest verdict."""

    def call(*words, module="itsm", key=pair[0], only="servicenow"):
        which = ["--only", only] if only else []
        done = run("check", *instance.flags(key, module), "--json", *which, *words)
        document = json.loads(done.stdout)
        found = {}
        for verdict in document["checks"]:
            graver = GRAVITY.index(verdict["state"])
            if verdict["subject"] not in found or graver > GRAVITY.index(found[verdict["subject"]]["state"]):
                found[verdict["subject"]] = verdict
        assert document["ok"] == (done.exit_code == 0)
        return found

    return call


def failed(found):
    return {subject: verdict["told"] for subject, verdict in found.items() if verdict["state"] == "fail"}


@pytest.mark.parametrize("module", ["itsm", "ir"])
def test_everything_in_order(check, aws, module):
    """With key, registration and roles as documented nothing fails, and each subject was looked at."""
    found = check(module=module, only="")
    assert failed(found) == {}
    assert {
        "identity", "membership", "bootstrap", "node", "key", "clock", "sign-in", "jti", "user", "table", "journal",
        "attachments", "instance name", "states", "closure codes", "write", "update", "attach", "cleaned up",
    } <= set(found)  # fmt: skip


def test_it_is_shown_to_people(run, aws, instance, pair):
    """Without --json each verdict is a line, and no secret is in any of them."""
    done = run("check", *instance.flags(pair[0]))
    assert done.exit_code == 0, done.output
    assert "Everything is in order." in done.stdout
    assert "a-very-secret-secret" not in done.output


def an_administrator(instance):
    instance.admin("POST", "/roles", user_name="aws_integration", grant=["admin"])


def another_user_field(instance):
    """The registration looks users up by another column than Sys ID."""
    [app] = [row for row in instance.records("oauth_jwt") if row["client_id"] == "client-1"]
    instance.admin("POST", "/seed", oauth_jwt=[{**app, "user_field": "user_name"}])


def a_clock_that_is_off(instance):
    instance.admin("POST", "/clock", advance_s=3600)


def a_scoped_client(instance):
    """The token is given and every call is refused."""
    instance.config(unscoped_refused=["* table"])


def another_secret(instance):
    [app] = [row for row in instance.records("oauth_jwt") if row["client_id"] == "client-1"]
    instance.admin("POST", "/seed", oauth_jwt=[{**app, "client_secret": "another"}])


def another_certificate(instance):
    [row] = instance.records("sys_certificate")
    instance.admin("POST", "/seed", sys_certificate=[{**row, "pem_certificate": "none"}])


def an_inactive_registration(instance):
    [app] = [row for row in instance.records("oauth_jwt") if row["client_id"] == "client-1"]
    instance.admin("POST", "/seed", oauth_jwt=[{**app, "active": "false"}])


UNSAID = "refuses us without saying why"
SIGN_IN_FAILURES = [
    (an_administrator, "sign-in", "is an administrator", "Take admin and security_admin away"),
    (another_user_field, "sign-in", "no user is found", "set User field to Sys ID"),
    (a_clock_that_is_off, "sign-in", "s behind the instance's", "NTP"),
    (a_scoped_client, "scope", "securely scoped", "auth scope useraccount"),
    (another_secret, "sign-in", UNSAID, "Compare client id and secret"),
    (another_certificate, "sign-in", UNSAID, "JWT Verifier Map holds the certificate"),
    (an_inactive_registration, "sign-in", UNSAID, "registration and user are active"),
]


@pytest.mark.parametrize(
    ("mistake", "subject", "told", "fix"), SIGN_IN_FAILURES, ids=lambda x: getattr(x, "__name__", "")
)
def test_each_mistake_in_the_registration_is_told_apart_with_its_fix(check, instance, mistake, subject, told, fix):
    """An instance gives some of them one text; then the fix names all that could be meant."""
    mistake(instance)
    found = check()
    assert found[subject]["state"] == "fail"
    assert told in found[subject]["told"]
    assert fix in found[subject]["fix"]
    assert "write" not in found  # nothing is tried where nothing can work


def test_the_clock_is_told_in_seconds(check, instance):
    a_clock_that_is_off(instance)
    off = re.search(r"(\d+) s behind", check()["sign-in"]["told"])
    assert 3590 <= int(off[1]) <= 3610  # the instance tells whole seconds, and answers in its own time


def test_an_assertion_that_was_used_before_is_told_from_a_wrong_key(check, monkeypatch):
    """A proxy repeats a request: the instance says nothing but no, and takes the next assertion."""
    repeated = uuid.UUID(int=1)
    given = iter([repeated, repeated])
    monkeypatch.setattr(auth, "uuid", SimpleNamespace(uuid4=lambda: next(given, None) or uuid.uuid4()))
    check("--no-probe")
    given = iter([repeated])
    found = check("--no-probe")
    assert "used before (jti)" in found["sign-in"]["told"]
    assert "proxy" in found["sign-in"]["fix"]


def test_another_key_than_the_registered_one(check, run, tmp_path):
    run("keygen", "--out", "other.key", "--certificate", "other.cer")
    found = check(key=tmp_path / "other.key")
    assert UNSAID in found["sign-in"]["told"]
    assert "this very key" in found["sign-in"]["fix"]


def test_assertions_taken_twice_are_a_warning(check, instance):
    """JTI verification is off: nothing breaks, but a copied assertion could be used again."""
    [app] = [row for row in instance.records("oauth_jwt") if row["client_id"] == "client-1"]
    instance.admin("POST", "/seed", oauth_jwt=[{**app, "enable_jti_verification": "false"}])
    assert check("--no-probe")["jti"]["state"] == "warn"


def test_a_replayed_assertion_is_refused(check):
    assert check("--no-probe")["jti"]["state"] == "ok"


def test_a_missing_role_is_named(check, instance, monkeypatch):
    monkeypatch.setattr(probe, "PATIENCE_S", 0.2)
    instance.admin("POST", "/roles", user_name="aws_integration", revoke=["itil", "sn_si.analyst"])
    found = check(*NO_SET_UP)
    assert found["table"]["state"] == "warn"
    assert found["journal"]["state"] == "fail"
    assert "itil" in found["journal"]["fix"]


def test_a_journal_hidden_later_is_noticed_without_another_probe(check, instance, monkeypatch):
    """The note of the former probe is looked for; nothing is written."""
    monkeypatch.setattr(probe, "PATIENCE_S", 0.2)
    for _ in range(2):
        assert check(*NO_SET_UP)["journal"]["state"] != "warn"
    records = instance.records("incident")
    instance.config(journal_access={"*": "empty"})
    found = check(*NO_SET_UP)
    assert found["write"]["state"] == "skip"
    assert "sys_journal_field" in found["journal"]["told"]
    assert found["journal"]["state"] == "warn"
    assert instance.records("incident") == records


def test_a_field_dropped_without_a_word(check, instance):
    acl = {"table": "incident", "field": "correlation_id", "operation": "write", "roles": ["admin"]}
    instance.config(field_acls=[acl])
    assert "drops correlation_id" in failed(check(*NO_SET_UP))["write"]


def test_what_the_instance_demands_is_told(check, instance):
    """A data policy on creation is found by the probe, with the labels the instance names."""
    rule = {"table": "incident", "condition": "state=1", "fields": ["business_service"]}
    instance.config(mandatory=[rule])
    found = check(*NO_SET_UP)
    assert found["write"]["state"] == "fail"
    assert "creation.incident" in found["write"]["fix"]


@pytest.mark.parametrize("module", ["itsm", "ir"])
def test_the_probe_cleans_up(check, instance, module):
    """Its record is deleted or cancelled, its file is gone, and a second probe makes no second record."""
    table = "incident" if module == "itsm" else "sn_si_incident"
    check(*NO_SET_UP, module=module)
    check(*NO_SET_UP, module=module)
    left = [row for row in instance.records(table) if row["correlation_id"] == PROBE_MARK]
    assert len(left) <= 1
    assert all(row["state"] in ("8", "7") for row in left)
    assert check("--probe", *NO_SET_UP, module=module)["write"]["state"] == "ok"
    assert instance.records("sys_attachment") == []


def test_no_deployment_makes_a_case_of_the_probe():
    """Its correlation_id has the form of a case's ARN, so a pass that meets it looks for that case and finds none."""
    assert CASE_ARN.fullmatch(PROBE_MARK)


def test_without_probe_nothing_is_written(check, instance):
    before = instance.admin("GET", "/state")["last"]
    found = check("--no-probe")
    assert found["write"]["state"] == "skip"
    assert instance.records("incident") == []
    assert before is not None


FILTERS = [
    ("active=true^priorityIN1,2", True),
    ("category=security^ORcategory=network^EQ", True),
    ("caller_id.user_name=abel.tuter", True),
    ("no_such_column=1", False),
    ("active=true^NQprioritie=1", False),
    ("priority~1", False),
    ("ORDERBYnumber", False),
]


WHO_ASKS = [
    ("assigned_to=javascript:gs.getUserID()", True),
    ("assigned_toDYNAMIC90d1921e5f510100a9ad2572f2b477fe", True),
    ("active=true^ORassignment_group=javascript:getMyGroups()", True),
    ("opened_at>=javascript:gs.beginningOfLast7Days()", False),
    ("opened_at>javascript:gs.hoursAgoStart(3)", False),
    ("category=security", False),
]


RIGHTS = [
    (("itil", "credential_admin"), (), "update-set", "ok", "credentials"),
    (("itil", "business_rule_admin", "web_service_admin"), (), "rest", "ok", "run as system"),
    (("itil", "business_rule_admin"), (), "update-set", "warn", "business_rule_admin: it may write rules that run as"),
    (("itil", "oauth_admin"), (), "rest", "warn", "oauth_admin: it may"),
    (("itil", "asset"), (), "rest", "warn", "asset: nothing here needs it"),
    (("itil",), ("inherited",), "rest", "ok", ""),
]


@pytest.mark.parametrize(("granted", "bent", "way", "state", "told"), RIGHTS)
def test_what_the_running_user_could_do_is_said(check, instance, granted, bent, way, state, told):
    """Each role beyond what is documented is named, and what it is worth; what a role contains is none of it."""
    held = {row["role"]: row for row in instance.records("sys_user_has_role") if row["user"] == instance.user}
    names = {row["sys_id"]: row["name"] for row in instance.records("sys_user_role")}
    instance.admin(
        "POST", "/roles", user_name="aws_integration", revoke=[names[role] for role in held], grant=list(granted)
    )
    if bent:
        contained = [row for row in instance.records("sys_user_role") if row["name"] == "sn_incident_write"]
        row = {"user": instance.user, "role": contained[0]["sys_id"], "inherited": "true"}
        instance.admin("POST", "/seed", sys_user_has_role=[row])
    found = check("--no-probe", "--setup", way)
    assert found["own roles"]["state"] == "ok"
    assert (found["rights"]["state"], told in found["rights"]["told"]) == (state, True), found["rights"]


def test_roles_that_are_not_shown_are_said_to_be_unknown(check, instance):
    """Nothing is judged then, least of all as harmless."""
    names = {row["sys_id"]: row["name"] for row in instance.records("sys_user_role")}
    held = [names[row["role"]] for row in instance.records("sys_user_has_role") if row["user"] == instance.user]
    instance.admin("POST", "/roles", user_name="aws_integration", revoke=held)
    found = check("--no-probe")
    assert (found["own roles"]["state"], "rights" in found) == ("warn", False)


@pytest.mark.parametrize(("encoded", "columns"), [
    ("category=security^priorityIN1,2", {"category", "priority"}),
    ("short_descriptionLIKEphish^ORassignment_group=0a^active=true", {"short_description", "active"}),
    ("caller_id.vip=true", {"caller_id"}),
    ("123TEXTQUERY321=malware", {"the words of a text"}),
    ("assigned_toISEMPTY^assignment_group!=0a^EQ", {"assigned_to", "assignment_group"}),
    ("assignment_group=0a^NQurgency=1", {"urgency"}),
    ("category=security^assignment_group=0a", set()),
    ("category=security^assignment_group.nameSTARTSWITHSOC", set()),
    ("u_to_aws=true^state!=7", set()),
    ("assignment_group=0a^ORassignment_group=0b^categoryISNOTEMPTY", set()),
])  # fmt: skip
def test_what_callers_get_through_a_filter_by(encoded, columns):
    """A way through is a condition each of whose parts a caller fills, or a new record has."""
    assert open_to_callers(encoded) == columns


@pytest.mark.parametrize(("encoded", "warned"), [("category=security", True), ("assignment_group=0a", False)])
def test_a_filter_that_callers_pass_is_warned_of(check, encoded, warned):
    assert ("filter, who passes" in check("--no-probe", "--incident-filter", encoded)) == warned


@pytest.mark.parametrize(("encoded", "warned"), WHO_ASKS)
def test_a_filter_about_me_is_warned_of(check, encoded, warned):
    """In the rule it is whoever saves, in our look-ups the integration user: nothing would ever become a case."""
    assert ("filter, who asks" in check("--no-probe", "--incident-filter", encoded)) == warned


@pytest.mark.parametrize("hidden", ["false", "true"], ids=["dropped", "no rows"])
@pytest.mark.parametrize(("encoded", "good"), FILTERS)
def test_each_term_of_a_filter_is_tried(check, instance, encoded, good, hidden):
    """An instance drops unknown terms and answers with everything, or (by a property) with nothing; both are found."""
    instance.admin("POST", "/seed", incident=[{"short_description": "one"}])
    instance.admin("PATCH", "/properties", **{"glide.invalid_query.returns_no_rows": hidden})
    found = check("--no-probe", "--incident-filter", encoded)
    assert (found["filter"]["state"] == "ok") == good, found["filter"]


def test_terms_are_taken_apart():
    assert terms_of("a=1^ORb=2^NQc=3^d=4^EQ") == ["a=1", "b=2", "c=3", "d=4"]


def test_a_mapping_that_names_unknown_states(check, tmp_path):
    file = tmp_path / "mapping.toml"
    file.write_text('[status.to_state]\n"Containment, Eradication and Recovery" = "42"\n[status.accepted]\n'
                    '"42" = ["Containment, Eradication and Recovery"]\n')  # fmt: skip
    found = check("--no-probe", "--mapping-file", file)
    assert "42" in failed(found).get("states", "") or found["states"]["state"] == "skip"


def test_a_certificate_of_another_key(check, run, tmp_path):
    run("keygen", "--out", "other.key", "--certificate", "other.cer")
    assert "another key" in failed(check("--no-probe", "--certificate", tmp_path / "other.cer"))["certificate"]


def test_an_account_that_is_not_bootstrapped(check, aws):
    boto3.client("ssm").delete_parameter(Name="/cdk-bootstrap/hnb659fds/version")
    found = check(only="aws")
    assert "not bootstrapped" in found["bootstrap"]["told"]
    assert "bootstrap aws://123456789012/us-east-1" in found["bootstrap"]["fix"]


def test_an_instance_that_does_not_answer(run, aws, instance, pair):
    words = instance.flags(pair[0])
    words[1] = "http://127.0.0.1:9"
    done = run("check", *words)
    assert done.exit_code == 1
    assert "no connection to the instance" in done.stdout


def test_without_credentials_it_says_so(run):
    """No account: the rest that can be told is told."""
    done = run("check", "--region", "us-east-1")
    assert done.exit_code == 1
    assert "no usable AWS credentials" in done.stdout


def test_without_a_region_that_is_said_and_nothing_of_what_is_deployed(run, monkeypatch, tmp_path):
    """Nobody looked, so nobody knows: who has a deployment there must not read that there is none."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    done = run("check", "--json")
    found = [(each["subject"], each["told"]) for each in json.loads(done.stdout)["checks"]]
    assert found[0] == ("identity", "No AWS region is set.")
    assert dict(found)["sign-in"].startswith("what is deployed could not be looked up (identity): give --instance-id")


def test_what_is_given_is_compared_with_what_is_deployed(run, deployed, instance):
    """Else a check of other values than the functions run with would be taken for one of the deployment."""
    words = ("--no-probe", "--instance-id", instance.url, "--incident-filter", "active=true", "--json")
    found = json.loads(run("check", *words).stdout)["checks"]
    [told] = [each["told"] for each in found if each["subject"] == "given"]
    assert told == "--incident-filter is not what is deployed (none)"


def test_a_deployment_is_checked_as_it_stands(run, deployed):
    """Without options the deployed values are taken, and what should stand in ServiceNow is compared."""
    done = run("check", "--json", "--no-probe")
    document = json.loads(done.stdout)
    subjects = {verdict["subject"] for verdict in document["checks"]}
    assert {"stacks", "sign-in", "webhook", "webhook token", "rules"} <= subjects
    assert any("create is due" in verdict["told"] for verdict in document["checks"])
