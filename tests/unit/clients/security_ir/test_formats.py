from __future__ import annotations

import ipaddress
import re

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.clients.security_ir.formats import canonical_ip, service_name

MODEL = botocore.session.get_session().get_service_model("security-ir")
IP = re.compile(MODEL.shape_for("IPAddress").metadata["pattern"])
SERVICE = re.compile(MODEL.shape_for("AwsService").metadata["pattern"])


@given(st.ip_addresses())
def test_every_address_is_written_as_the_service_wants_it(address):
    """The model takes IPv6 in eight full groups of upper-case hex only."""
    assert IP.fullmatch(canonical_ip(str(address)))
    assert ipaddress.ip_address(canonical_ip(str(address))) == address


@pytest.mark.parametrize("text", ["", "host", "10.0.0.0/8", "1.2.3", "fe80::1%eth0", "1.2.3.4:80"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        canonical_ip(text)


@given(st.text(max_size=200))
def test_every_name_is_allowed_or_refused(text):
    """Never sent and refused there: one bad name would refuse the whole case."""
    try:
        name = service_name(text)
    except ValueError:
        return
    assert SERVICE.fullmatch(name)
    assert 2 <= len(name) <= 50


@pytest.mark.parametrize(
    ("text", "name"),
    [("Amazon S3", "Amazon S3"), ("EC2/VPC", "EC2 VPC"), ("a_b;c", "a b c"), ("  S3  ", "S3"), ("é S3", "S3")],
)
def test_names(text, name):
    assert service_name(text) == name
