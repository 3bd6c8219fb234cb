"""Personal links and the bearers they are exchanged for."""

from __future__ import annotations

import random
import string
from dataclasses import replace

import pytest

from integration.workspaces import links, sessions
from integration.workspaces.model import Member, Row

KEY, NOW = "a signing secret", 1_800_000_000.0
ADA, BOB = Member("a" * 32, "encrypted"), Member("b" * 32, "encrypted")
ROW = Row(id="6f1d9a52-3d7c-5f0e-9c52-1f6b4b6f2a10", members=(ADA, BOB))
OTHER = replace(ROW, id="00000000-3d7c-5f0e-9c52-1f6b4b6f2a10")
PAGE = "https://api.example/prod/w"


def test_a_link_names_its_holder_and_is_the_same_each_time() -> None:
    """Whoever writes it again after a death writes the same; nothing is stored."""
    link = links.link(KEY, PAGE, ROW, ADA)
    assert link == links.link(KEY, PAGE, ROW, ADA)
    assert link.startswith(f"{PAGE}#{ROW.id}.{ADA.id}.")
    assert links.workspace_in(link) == ROW.id
    assert links.holder(KEY, link, ROW) == ADA
    assert links.holder(KEY, link.partition("#")[2], ROW) == ADA


@pytest.mark.parametrize(
    ("key", "row"),
    [
        pytest.param(KEY, OTHER, id="another workspace"),
        pytest.param("another deployment's", ROW, id="another secret"),
        pytest.param(KEY, replace(ROW, members=links.renewed(ROW)), id="renewed"),
        pytest.param(KEY, replace(ROW, members=(BOB,)), id="no member any more"),
    ],
)
def test_a_link_is_nobodys_elsewhere(key: str, row: Row) -> None:
    assert links.holder(key, links.link(KEY, PAGE, ROW, ADA), row) is None
    token, _ = sessions.bearer(KEY, ROW, ADA, NOW)
    assert sessions.holder(key, token, row, NOW) is None


def test_one_members_renewal_leaves_the_others_alone() -> None:
    renewed = replace(ROW, members=links.renewed(ROW, lambda member: member.id == ADA.id))
    assert links.holder(KEY, links.link(KEY, PAGE, ROW, ADA), renewed) is None
    assert links.holder(KEY, links.link(KEY, PAGE, ROW, BOB), renewed) == BOB


def test_a_link_guessed_a_thousand_times_is_never_right() -> None:
    """Also where only one character differs, and where a bearer's signature is tried as a link's."""
    invented = random.Random(20)
    link = links.link(KEY, PAGE, ROW, ADA)
    prefix, secret = link[:-43], link[-43:]
    token, _ = sessions.bearer(KEY, ROW, ADA, NOW)
    letters = string.ascii_letters + string.digits + "-_"
    guesses = {prefix + token[-43:]}
    while len(guesses) < 1000:
        at = invented.randrange(43)
        guesses.add(prefix + secret[:at] + invented.choice(letters) + secret[at + 1 :])
        guesses.add(prefix + "".join(invented.choices(letters, k=43)))
    assert [each for each in guesses - {link} if links.holder(KEY, each, ROW)] == []


@pytest.mark.parametrize(
    "given", ["", "#", "x" * 10_000, f"{ROW.id}..", "ä" * 43, f"{ROW.id}.{ADA.id}.{'ä' * 43}", "\0"]
)
def test_what_is_no_link_is_no_link(given: str) -> None:
    assert links.workspace_in(given) == ""
    assert links.holder(KEY, given, ROW) is None
    assert sessions.workspace_in(given) == ""
    assert sessions.holder(KEY, given, ROW, NOW) is None


def test_a_bearer_lives_eight_hours_and_says_so_truly() -> None:
    token, until = sessions.bearer(KEY, ROW, ADA, NOW)
    assert until == NOW + 8 * 3600
    assert sessions.holder(KEY, token, ROW, until - 1) == ADA
    assert sessions.holder(KEY, token, ROW, until) is None
    longer = token.replace(str(until), str(until + 1))
    assert sessions.holder(KEY, longer, ROW, NOW) is None
