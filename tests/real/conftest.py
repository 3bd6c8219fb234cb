"""The strict emulator as a foreign system: a process of its own, known by its address; only tests use its /_admin."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field

import pytest
import requests

from integration.operations.local.credentials import new_key_pair
from servicenow_setup.roles import roles
from tests.real.administrator import Administrator
from tests.real.given import given

USER = "aws_integration"
NOISE = {"syslog", "sys_audit_delete", "sys_audit", "ecc_queue", "oauth_credential"}
"""What an instance writes by itself, and nobody takes away."""


@dataclass
class Foreign:
    admin_url: str
    environment: dict[str, str]
    before: set[tuple[str, str]] = field(default_factory=set)

    def admin(self, method, path, body=None):
        answer = requests.request(method, f"{self.admin_url}/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def fault(self, kind, **rule):
        self.admin("POST", "faults", {"kind": kind, **rule})

    def records(self):
        tables = self.admin("GET", "state")["tables"]
        return {(name, row["sys_id"]) for name, rows in tables.items() if name not in NOISE for row in rows}

    @property
    def left(self):
        """What stands there and did not before."""
        return self.records() - self.before

    @property
    def given(self):
        return given(self.environment)

    @property
    def people(self):
        return Administrator(self.given.url, "admin", "admin")


@pytest.fixture
def foreign(tmp_path):
    command = [sys.executable, "-m", "integration.emulators.servicenow", "--port", "0", "--attached"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        ready = json.loads(process.stdout.readline())
        yield _known(Foreign(ready["admin"], {"SERVICENOW_TEST_URL": ready["url"]}), tmp_path / "private.key")
        process.terminate()
        process.communicate(timeout=30)


def _known(instance, key):
    """What docs/real-instance.md asks an administrator to do by hand."""
    pair = new_key_pair()
    key.touch(mode=0o600)
    key.write_text(pair.private_key)
    granted = [*roles("incident", "rest"), "audit_viewer"]
    instance.admin("POST", "roles", {"user_name": USER, "grant": granted})
    application = {"certificate_pem": pair.certificate, "client_id": "kit", "client_secret": "kept", "user_name": USER}
    registered = instance.admin("POST", "oauth", application)
    instance.environment |= {
        "SERVICENOW_TEST_USER": "admin", "SERVICENOW_TEST_PASSWORD": "admin", "SERVICENOW_CLIENT_ID": "kit",
        "SERVICENOW_CLIENT_SECRET": "kept", "SERVICENOW_USER_SYS_ID": registered["user_sys_id"],
        "SERVICENOW_PRIVATE_KEY_PATH": str(key),
    }  # fmt: skip
    instance.before = instance.records()
    return instance
