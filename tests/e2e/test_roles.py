"""The integration user's roles: all these systems run with the smallest sets, which the instance enforces.

With the roles of the published specification the same day passes in test_deploy_to_plane.
"""

import json
from contextlib import contextmanager

from click.testing import CliRunner

from integration.operations.app import cli
from integration.operations.cases.tour import DAY
from integration.operations.local import tour
from integration.operations.terminal.output import NOT_IN_ORDER
from servicenow_setup.roles import roles


def held(day):
    names = {row["sys_id"]: row["name"] for row in day.rows("sys_user_role")}
    return {names[row["role"]] for row in day.rows("sys_user_has_role") if row["user"] == day.running.user_sys_id}


@contextmanager
def only(day, wanted):
    """Exactly these roles, and the former ones again."""
    before = held(day)
    day.roles(revoke=sorted(before - set(wanted)), grant=sorted(set(wanted) - before))
    try:
        yield
    finally:
        day.roles(grant=sorted(before))


def test_the_systems_of_these_tests_hold_the_smallest_set_and_no_more(day):
    """So every test that runs on them is one of the set for setup over REST."""
    assert held(day) == set(roles(day.table, "rest"))
    assert day.servicenow.send("GET", "config")["enforce_roles"] is True


def asked(day, key, verdicts, *words):
    """What a command says of the instance: its exit code, and verdicts as (subject, state, told)."""
    running = day.running
    given = {
        "SERVICENOW_INSTANCE_ID": running.servicenow_url, "SERVICENOW_CLIENT_ID": running.credentials.client_id,
        "SERVICENOW_CLIENT_SECRET": running.credentials.client_secret, "SERVICENOW_PRIVATE_KEY_PATH": str(key),
        "SERVICENOW_USER_SYS_ID": running.user_sys_id, "SERVICENOW_MODULE": day.module,
    }  # fmt: skip
    done = CliRunner().invoke(cli, [*words, "--json"], env=given | running.plane.operator_environment())
    said = json.loads(done.stdout)[verdicts]
    return done.exit_code, [(each["subject"], each["state"], each["told"]) for each in said]


def test_a_whole_day_passes_once_the_roles_of_the_set_up_are_gone(lone_day, monkeypatch, tmp_path):
    """`--lock` names them, and finds them gone. What is left is the set of an update set, where an administrator may
    enter the token, too: every step arrives, and `check` says what a thief of this user could do.
    """
    day, key = lone_day, tmp_path / "private.key"
    key.write_text(day.running.credentials.private_key_pem)
    key.chmod(0o600)
    monkeypatch.setattr(tour, "PATIENCE_S", 120.0)
    day.quiet()
    kept, least = roles(day.table, "update-set"), roles(day.table, "update-set", optional=False)
    over = sorted(set(roles(day.table, "rest")) - set(kept))
    ends, said = asked(day, key, "verdicts", "service-now", "--lock")
    assert ends == NOT_IN_ORDER
    assert [told.partition(" ")[0] for subject, _, told in said if subject == "roles"] == over
    assert {told.partition(" ")[0] for subject, _, told in said if subject == "writes"} >= {"sys_script"}
    with only(day, kept):
        assert asked(day, key, "verdicts", "service-now", "--lock") == (0, [
            ("roles", "ok", "what is left is needed to run"),
            ("writes", "ok", "rules, scripts and REST messages are refused to this user"),
        ])  # fmt: skip
        _, said = asked(day, key, "checks", "check", "--only", "servicenow", "--no-probe")
        worth = "it may replace and use the instance's credentials (credential_admin)"
        assert [each for each in said if each[0] == "rights"] == [("rights", "ok", worth)]
    with only(day, least):
        toured = tour.run([DAY], day, day.module, lambda: sum(day.dead().values()), day.poll, lambda _outcome: None)
        day.quiet()
    assert {step.name: step.why for step in toured.steps if not step.arrived} == {}
    assert (toured.duplicates, toured.dead_letters) == (0, 0)
