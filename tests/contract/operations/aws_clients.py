"""Clients of AWS that tests share: to make one takes longer than what it asks."""

import functools
import os

import boto3

_make_client, _clients = boto3.Session.client, {}


def kept_client(session, service, region_name=None, config=None, **options):
    """One for the same place, credentials and options."""
    session.get_credentials()  # looked up where a session makes its first client
    environment = sorted(each for each in os.environ.items() if each[0].startswith("AWS_"))
    place = service, region_name or session.region_name, session.profile_name
    key = *place, config, *sorted(options.items()), *environment
    if key not in _clients:
        _clients[key] = _make_client(session, service, region_name=region_name, config=config, **options)
    return _clients[key]


@functools.cache
def own_client(service, **options):
    """The tests' own."""
    return _make_client(boto3.Session("testing", "testing", region_name="us-east-1"), service, **options)
