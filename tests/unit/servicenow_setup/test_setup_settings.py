"""A value that could break out of a script, a query or a header never gets that far."""

from __future__ import annotations

from dataclasses import replace

import pytest

from servicenow_setup.errors import BadSetting
from servicenow_setup.marker import Marker, marker_in


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prefix", ""),
        ("prefix", "a'b"),
        ("prefix", "a" * 17),
        ("owner", "a b"),
        ("owner", "a^b"),
        ("table", "Incident"),
        ("webhook_url", "http://example.com/"),
        ("webhook_url", "https://example.com/\nX: y"),
        ("webhook_url", "https://user:pw@example.com/"),
        ("user_sys_id", "' || true || '"),
        ("incident_filter", "a=1\nb=2"),
        ("incident_filter", "a=1^ORDERBYa"),
        ("incident_filter", "a=1^NQ"),
        ("incident_filter", "^NQa=1"),
        ("incident_filter", "a=1^NQ^NQb=1"),
    ],
)
def test_what_cannot_be_set_up_is_refused_by_name(name, value, settings):
    with pytest.raises(BadSetting, match=name):
        replace(settings, **{name: value})


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/prod/webhook", "https://api.example.com:8443/prod/webhook"])
def test_real_and_local_webhooks_are_taken(url, settings):
    assert replace(settings, webhook_url=url).webhook_url == url


def test_a_marker_reads_back_as_written():
    marker = Marker("1/eu/default", "a1b2", "rule/incident_saved/incident", {"order": "abc", "active": "def"})
    assert marker_in(f"Some words. {marker} and more") == marker
    assert marker_in("made by hand") is None
