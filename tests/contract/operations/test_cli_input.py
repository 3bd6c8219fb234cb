"""What is typed: the documented command line, secrets from elsewhere, and each wrong or missing value."""

import errno
import json

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError
from click.testing import CliRunner

from integration.clients.errors import Misconfigured, Unavailable
from integration.names import Names
from integration.operations import app
from integration.operations.deployment.request import as_text, request_of
from integration.operations.terminal import failure, output
from integration.operations.terminal.failure import Failure, explained, report
from servicenow_setup.errors import MissingRole

REQUIRED = {
    "--instance-id": "dev1234",
    "--client-id": "test-1234",
    "--client-secret": "XXXXXXXXXXXXXXXXXXXX",
    "--user-sys-id": "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6",
    "--private-key-path": "private.key",
    "--integration-module": "ir",
}


@pytest.fixture
def asked(run, monkeypatch, pair, tmp_path):
    """Runs `service-now` up to the request; gives it, or the failed result."""
    (tmp_path / "private.key").write_bytes(pair[0].read_bytes())
    caught = []

    def call(*words, stdin=None, env=None, **changes):
        def catch(request, *_):
            caught.append(request)
            raise KeyboardInterrupt

        monkeypatch.setattr("integration.operations.rollout.command.Steps", catch)
        given = REQUIRED | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
        options = [word for pair in given.items() if pair[1] is not None for word in pair]
        done = run("service-now", *options, "--dry-run", *words, stdin=stdin, env=env)
        call.told.append(done.stderr)
        return caught[-1] if caught else done

    call.told = []
    return call


def test_the_documented_example_is_accepted(asked):
    """Word for word, its odd sys_id included."""
    request = asked("--log-level", "info")
    assert request.instance == "dev1234"
    assert request.log_level == "info"
    assert request.module == "ir"


def test_the_log_level_is_error_by_default(asked):
    assert asked().log_level == "error"


@pytest.mark.parametrize("option", [each for each in REQUIRED if each != "--private-key-path"])
def test_a_missing_option_is_named(asked, option):
    done = asked(**{option.removeprefix("--").replace("-", "_"): None})
    assert done.exit_code == output.USAGE
    assert f"Missing option '{option}'" in done.stderr


def test_both_modules_are_named(asked):
    done = asked(integration_module="csm")
    assert done.exit_code == output.USAGE
    assert "'itsm', 'ir'" in done.stderr


def test_the_secret_from_a_file(asked, tmp_path):
    (tmp_path / "secret.txt").write_text("from-file\n")
    assert asked(client_secret="@secret.txt").client_secret == "from-file"


def test_a_mark_of_windows_editors_is_no_part_of_the_secret(asked, tmp_path):
    (tmp_path / "secret.txt").write_bytes(b"\xef\xbb\xbffrom-file\r\n")
    assert asked(client_secret="@secret.txt").client_secret == "from-file"


def test_the_secret_from_standard_input(asked):
    assert asked(client_secret="-", stdin="from-stdin\n").client_secret == "from-stdin"


def test_the_secret_from_the_environment(asked):
    request = asked(client_secret=None, env={"SERVICENOW_CLIENT_SECRET": "from-environment"})
    assert request.client_secret == "from-environment"


def test_a_secret_that_others_may_see_is_warned_of(asked, tmp_path):
    """In an argument, as the documented example has it, and in a file of a loose mode; neither is shown."""
    asked(client_secret="in-an-argument")
    (tmp_path / "secret.txt").write_text("in-a-file")
    (tmp_path / "secret.txt").chmod(0o644)
    asked(client_secret="@secret.txt")
    (tmp_path / "secret.txt").chmod(0o600)
    told = asked.told
    assert "list of processes" in told[0]
    assert "secret.txt can be read by others" in told[1]
    asked(client_secret="@secret.txt")
    assert "warning: a secret" not in told[2]
    assert "can be read by others on this machine: chmod 600 secret" not in told[2]
    assert not [each for each in told if "in-a" in each]


@pytest.mark.parametrize("given", ["@nowhere.txt", "", "@empty.txt"])
def test_a_secret_that_is_none(asked, tmp_path, given):
    (tmp_path / "empty.txt").write_text("\n")
    assert asked(client_secret=given).exit_code == output.USAGE


def test_a_secret_shows_in_no_text_of_the_request(asked):
    request = asked(client_secret="hidden-value")
    assert "hidden-value" not in repr(request)
    assert "BEGIN" not in repr(request)


WRONG = [
    ("instance_id", "http://example.com", "--instance-id"),
    ("user_sys_id", "a;b", "--user-sys-id"),
    ("case_tag", "=x", "--case-tag"),
    ("allowed_ips", "300.1.1.1", "--allowed-ips"),
    ("tag", "team", "--tag"),
    ("tag", "Application=x", "are ours"),
    ("subnets", "subnet-0a0a0a0a", "both"),
    ("security_groups", "group", "--security-groups"),
    ("incident_filter", "a=1^ORDERBYnumber", "--incident-filter"),
    ("incident_filter", "^", "cannot be set up in ServiceNow"),
    ("incident_filter", "category=security^NQ", "--incident-filter"),
    ("allowed_ips", "10.0.0.1/8", "host bits set"),
    ("alarm_email", "nobody", "nobody is no mail address"),
    ("alarm_email", "a@b", "a@b is no mail address"),
    ("alarm_email", "soc@example.com,duty", "duty is no mail address"),
    ("alarm_topic", "pager", "--alarm-topic is no ARN"),
    ("alarm_topic", "arn:aws:sqs:eu-central-1:123456789012:queue", "--alarm-topic is no ARN"),
    ("instance_id", "dev 12345", "--instance-id"),
    ("instance_id", "https://user@example.com", "--instance-id"),
    ("new_cases_per_hour", "0", "--new-cases-per-hour"),
    ("setup", "xml", "--setup"),
    ("client_secret", "@nowhere", "cannot be read"),
    ("client_secret", "-", "holds nothing"),
    ("private_key_path", ".", "--private-key-path"),
    ("user_sys_id", "aws.integration", "--user-sys-id"),
    ("mapping_file", "nowhere.toml", "--mapping-file"),
    ("name", "Bad_Name", "deployment name"),
    ("max_attachment_mb", "101", "--max-attachment-mb"),
    ("log_level", "trace", "--log-level"),
]


@pytest.mark.parametrize(("option", "value", "said"), WRONG, ids=[f"{option} {value}" for option, value, _ in WRONG])
def test_a_wrong_value_is_wrong_usage(asked, option, value, said):
    done = asked(**{option: value})
    assert done.exit_code == output.USAGE, done.output
    assert said in done.stderr


def test_a_profile_that_is_named_is_looked_into_or_nothing_is_planned(asked, tmp_path, monkeypatch):
    """A dry run without AWS plans for an empty account; a slip in a name must not read as one."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    done = asked("--profile", "prdo")
    assert (done.exit_code, done.stdout) == (output.REFUSED, "")
    assert "There is no AWS profile prdo." in done.stderr


def test_a_bad_mapping_file_shows_every_line(asked, tmp_path):
    (tmp_path / "mapping.toml").write_text("[fields.u_x]\ncase = 'nothing'\n[colour]\nred = 1\n")
    done = asked(mapping_file="mapping.toml")
    assert done.exit_code == output.USAGE
    assert "line 2" in done.stderr
    assert "colour" in done.stderr


def test_addresses_may_be_repeated_or_listed(asked):
    request = asked("--allowed-ips", "198.51.100.0/24,203.0.113.7", "--allowed-ips", "192.0.2.0/24")
    assert request.allowed_ips == ("198.51.100.0/24", "203.0.113.7/32", "192.0.2.0/24")


def test_what_an_organisation_demands_may_be_repeated(asked):
    request = asked("--tag", "team=soc", "--tag", "cost=a=b", "--subnets", "subnet-0a0a0a0a,subnet-0b0b0b0b",
                    "--security-groups", "sg-0c0c0c0c")  # fmt: skip
    assert request.tags == (("team", "soc"), ("cost", "a=b"))
    assert request.subnets == ("subnet-0a0a0a0a", "subnet-0b0b0b0b")
    assert request.security_groups == ("sg-0c0c0c0c",)


@pytest.mark.parametrize(
    ("instance", "name"),
    [
        ("dev12345", "dev12345"),
        ("Dev12345", "dev12345"),
        ("https://dev12345.service-now.com", "dev12345"),
        ("https://Dev12345.Service-Now.com:443/", "dev12345"),
        ("https://help.example.com", ""),
        ("https://service-now.com.example.com", ""),
        ("http://127.0.0.1:8080", ""),
        ("dev12345.service-now.com", "dev12345"),
        ("https://dev12345.service-now.com/nav_to.do?uri=incident.do%3Fsys_id=1", "dev12345"),
        (" https://dev12345.service-now.com/now/nav/ui/classic/params#x ", "dev12345"),
        ("DEV12345", "dev12345"),
        ("https://dev12345.service-now.com:8443", "dev12345"),
    ],
)
def test_an_instance_s_name_is_known_from_its_address(asked, instance, name):
    """By it a clone's events are told apart; behind a domain of one's own it is unknown, and any name counts."""
    assert asked(instance_id=instance).instance_name == name


def test_settings_hold_only_what_was_asked_for(pair):
    request = request_of(Names(), "dev1", "c", "s", "a" * 32, pair[0], "itsm", incident_filter="priority=1")
    settings = request.settings({}, "dev1", 1000.5)
    assert settings == {"installed_at": 1000, "incident_filter": "priority=1", "instance_name": "dev1"}
    assert json.loads(as_text(settings)) == settings


def test_a_named_key_keeps_its_name_and_another_loses_it(pair):
    """After `rotate-key` the next deployment must not forget the `kid`, nor give it to another key."""
    request = request_of(Names(), "dev1", "c", "s", "a" * 32, pair[0], "itsm")
    assert request.settings({"key_id": request.key.key_id}, "", 1)["key_id"] == request.key.key_id
    assert "key_id" not in request.settings({"key_id": "another"}, "", 1)


def test_settings_too_long_for_a_parameter():
    with pytest.raises(Failure) as failed:
        as_text({"mapping": "x" * 9000})
    assert "mapping file" in failed.value.then


# --------------------------------------------------------------------------------------------------- failures
def client_error(code, status=400):
    answer = {"Error": {"Code": code, "Message": "quotes a secret"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutParameter")


TOLD = [
    (KeyboardInterrupt(), output.INTERRUPTED),
    (client_error("AccessDeniedException"), output.REFUSED),
    (client_error("ThrottlingException"), output.NO_ANSWER),
    (EndpointConnectionError(endpoint_url="https://x"), output.NO_ANSWER),
    (Misconfigured("aws", "get_item: AccessDenied"), output.REFUSED),
    (Unavailable("servicenow", "no answer"), output.NO_ANSWER),
    (Misconfigured("servicenow", "no role"), output.REFUSED),
    (Unavailable("aws", "busy"), output.NO_ANSWER),
    (MissingRole("sys_script", "create", "business_rule_admin"), output.REFUSED),
    (Failure("sentence", code=output.DEPLOYMENT_FAILED), output.DEPLOYMENT_FAILED),
    (ResponseParserError("Unable to parse: quotes a secret"), output.NO_ANSWER),
    (OSError(errno.ENOSPC, "No space left on device"), output.REFUSED),
    (OSError(errno.EROFS, "Read-only file system", "/etc/keys"), output.REFUSED),
    (ZeroDivisionError("bug"), output.BUG),
]


@pytest.mark.parametrize(("error", "code"), TOLD, ids=[type(error).__name__ for error, _ in TOLD])
def test_every_failure_is_a_sentence_with_a_code(error, code, capsys, monkeypatch):
    """No trace on the screen, nothing quoted from a request, and a next step."""
    monkeypatch.setattr(failure, "unheard", lambda _name: None)  # the test's own stream is not full
    assert report(error) == code
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert "Traceback" not in shown
    assert "quotes a secret" not in shown
    assert explained(error).sentence.endswith((".", "sentence"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "credentials have expired"), ("RequestExpired", "credentials have expired"),
        ("InvalidClientTokenId", "does not know these credentials"), ("Throttled", "does not say who we are"),
    ],
)  # fmt: skip
def test_credentials_that_are_of_no_use_are_told_before_anything_else(run, monkeypatch, code, said):
    class Sts:
        def get_caller_identity(self):
            raise client_error(code, 403)

    monkeypatch.setattr("integration.aws.errors.connect", lambda *_: Sts())
    for words in (("status",), ("destroy", "--yes"), ("replay",)):
        done = run(*words, env={"AWS_DEFAULT_REGION": "us-east-1"})
        assert done.exit_code == output.REFUSED
        assert said in done.stderr
        assert "--profile" in done.stderr


def test_a_bug_leaves_its_trace_in_a_file(capsys, tmp_path):
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0
    report(caught.value)
    [file] = (tmp_path / "cache").rglob("log/*.txt")
    assert "ZeroDivisionError" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert str(file) in capsys.readouterr().err


def test_no_command_shows_a_trace(monkeypatch):
    """Through the group, as the console script runs it."""
    monkeypatch.setattr(app.Commands, "get_command", lambda *_: 1 / 0)
    done = CliRunner().invoke(app.cli, ["status"])
    assert done.exit_code == output.BUG
    assert "Traceback" not in done.output
