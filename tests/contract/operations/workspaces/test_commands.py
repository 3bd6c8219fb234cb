"""What operators do with workspaces: order, look, extend, end, and see that nothing is left."""

from __future__ import annotations

import csv
import io

import pytest
import requests
from click.testing import CliRunner

from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import NO_ANSWER, USAGE
from integration.operations.workspaces import machine
from integration.operations.workspaces.commands.workspace import workspace
from integration.workspaces.model import DAY_S, Phase
from integration.workspaces.naming import prefix_of

UNNAMED = [
    (["create"], "Say for whom"),
    (["create", "--user", "a/b"], "cannot be a name"),
    (["create", "--user", ""], "cannot be a name"),
    (["create", "--user", "ada", "--user", "bob"], "one --user"),
    (["create", "--user", "x" * 9000], "^.{0,120}$"),
    (["end", "--yes"], "Nothing was chosen"),
]
NOBODY = {
    "a list": ["list", "--user"], "an end": ["end", "--yes", "--person"], "a hand-over": ["hand-over", "1b4e", "--to"],
}  # fmt: skip


def made(run, user="ada", *more):
    [one] = run("create", "--user", user, *more)["workspaces"]
    return one


def ended(world, run, key):
    run("end", "--id", key, "--yes")
    world.system.settle(world.system.now + 2000)


def test_a_workspace_is_made_and_its_link_opens_it(world, run):
    one = made(run)
    assert (one["phase"], one["username"]) == (Phase.READY, "ada")
    assert world.edge.token(one["link"])


def test_a_person_reads_the_link_and_until_when(world, say):
    assert "#" in say("create", "--user", "ada")


def test_a_file_of_names_makes_one_for_each_and_asked_again_none(world, run, tmp_path):
    """Duplicates and empty lines count for nothing; the key makes a repeat the same."""
    names = tmp_path / "names"
    names.write_text("ada\n\ngrace\nÇelik\nada\n", encoding="utf-8")
    first = run("create", "--names", str(names), "--key", "spring")
    again = run("create", "--names", str(names), "--key", "spring")
    assert [each["username"] for each in first["workspaces"]] == ["ada", "grace", "Çelik"]
    assert {each["kind"] for each in first["workspaces"]} == {"class"}
    ids = [[each["workspace_id"] for each in told["workspaces"]] for told in (first, again)]
    assert ids[0] == ids[1]
    assert len(world.system.buckets.buckets) == 3


@pytest.mark.parametrize(("arguments", "sentence"), UNNAMED)
def test_what_cannot_be_is_said_before_anything_is_made(world, run, arguments, sentence):
    with pytest.raises(Failure, match=sentence) as failure:
        run(*arguments)
    assert failure.value.code == USAGE
    assert world.sent == []


@pytest.mark.parametrize("name", ["", " ", "../x", "<script>", "x" * 65])
@pytest.mark.parametrize("what", NOBODY)
def test_who_cannot_be_anybody_is_told_so(world, what, name):
    """An empty variable is nobody, and not everybody."""
    told = CliRunner().invoke(workspace, [*NOBODY[what], name])
    assert (told.exit_code, "cannot be a name" in told.stderr) == (USAGE, True), (told.output, told.exception)
    assert world.sent == []


def silent_about(world, monkeypatch, who):
    """The API does not answer to what is asked about this person."""

    def request(method, url, *, json, **how):
        if (json or {}).get("username") == who:
            raise requests.ConnectionError
        return world.request(method, url, json=json, **how)

    monkeypatch.setattr(machine.requests, "request", request)


def test_one_call_without_an_answer_hides_no_link_of_the_others(world, run, monkeypatch, tmp_path):
    """Nobody knows whether it was made: with the key that is said, a repeat makes it once."""
    names = tmp_path / "names"
    names.write_text("ada\nbob\n")
    silent_about(world, monkeypatch, "bob")
    told = run("create", "--names", str(names), code=1)
    assert ["link" in each for each in told["workspaces"]] == [True, False]
    monkeypatch.setattr(machine.requests, "request", world.request)
    assert len(run("create", "--names", str(names), "--key", told["key"])["workspaces"]) == 2
    assert len(world.system.buckets.buckets) == 2


def test_the_only_call_without_an_answer_says_how_it_is_repeated(world, run, monkeypatch):
    silent_about(world, monkeypatch, "ada")
    with pytest.raises(Failure, match="no answer") as failure:
        made(run, "ada", "--kind", "demo", "--key", "spring")
    assert (failure.value.code, "--key spring" in failure.value.then) == (NO_ANSWER, True)


def test_one_end_without_an_answer_hides_no_other(world, run, monkeypatch):
    first, second = made(run), made(run, "grace")

    def request(method, url, **how):
        if url.endswith(first["workspace_id"]):
            raise requests.ConnectionError
        return world.request(method, url, **how)

    monkeypatch.setattr(machine.requests, "request", request)
    told = run("end", "--all", "--yes", code=1)
    assert [each["workspace"] for each in told["ended"]] == [second["workspace_id"]]
    assert told["failed"] == [first["workspace_id"]]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_api_is_asked_again(world, run, status):
    """500 is what API Gateway answers where the account runs no further function."""
    world.busy, world.busy_status = 3, status
    assert made(run)["phase"] == Phase.READY
    assert len(world.sent) == 4


def test_the_apis_own_sentence_is_what_a_person_reads(world, run):
    with pytest.raises(Failure, match="Days are a number from 1 to 365"):
        made(run, "ada", "--days", "4000")


def test_the_list_shows_no_name(world, run):
    made(run, "Ada Lovelace")
    shown = run("list")
    assert len(shown["workspaces"]) == 1
    assert "lovelace" not in str(shown).lower()


def test_the_list_is_of_those_that_live_or_all_or_a_persons(world, run):
    first, second, _ = made(run), made(run, "grace"), made(run, "joan")
    ended(world, run, first["workspace_id"])
    assert len(run("list")["workspaces"]) == 2
    assert len(run("list", "--all")["workspaces"]) == 3
    [hers] = run("list", "--user", "Grace")["workspaces"]
    assert hers["workspace"] == second["workspace_id"]


def test_one_is_shown_by_the_first_letters_of_its_id(world, run, say):
    key = made(run, "ada", "--cost-center", "4711")["workspace_id"]
    shown = run("show", key[:8])
    assert (shown["workspace"], shown["phase"], shown["cost_center"]) == (key, "ready", "4711")
    assert "blocked: none" in say("show", key[:8])


def test_an_unknown_one_is_no_traceback(world, run):
    with pytest.raises(Failure, match="no such workspace"):
        run("show", "ffff")


def test_one_lives_longer(world, run):
    one = made(run)
    assert run("extend", one["workspace_id"], "--days", "7")["expires_at"] == one["expires_at"] + 7 * DAY_S


def test_a_team_has_links_and_new_ones_end_the_old(world, run):
    """The records are asked for it; the API then writes the new ones."""
    one = made(run, "ada", "--kind", "team", "--team", "grace")
    links = run("link", one["workspace_id"])["links"]
    assert len(links) == 2
    renewed = run("link", one["workspace_id"], "--new", "--yes")["links"]
    assert not set(links) & set(renewed)
    assert world.edge.person("POST", "/w/session", {"link": links[0]}).status == 403


def test_a_successor_gets_the_place_and_the_old_link_ends(world, run):
    one = made(run)
    link = run("hand-over", one["workspace_id"], "--to", "grace", "--yes")["link"]
    assert world.edge.token(link)
    assert world.edge.person("POST", "/w/session", {"link": one["link"]}).status == 403
    [hers] = run("list", "--user", "grace")["workspaces"]
    assert hers["workspace"] == one["workspace_id"]


CHOICES = [
    (["--person", "Ada"], {"ada"}),
    (["--all-of-class"], {"joan"}),
    (["--all"], {"ada", "grace", "joan"}),
]


@pytest.mark.parametrize(("choice", "gone"), CHOICES)
def test_those_that_are_chosen_end(world, run, choice, gone):
    ids = {user: made(run, user)["workspace_id"] for user in ("ada", "grace")}
    ids["joan"] = made(run, "joan", "--kind", "class")["workspace_id"]
    assert {each["workspace"] for each in run("end", *choice, "--yes")["ended"]} == {ids[user] for user in gone}
    world.system.settle(world.system.now + 2000)
    assert {user for user, key in ids.items() if world.system.row(key).phase is Phase.GONE} == gone
    world.system.at_rest()


def test_what_ended_is_proven_by_the_archive(world, run):
    one = made(run)
    world.edge.put(world.edge.token(one["link"]), "notes.txt", b"kept")
    ended(world, run, one["workspace_id"])
    shown = run("proof", one["workspace_id"])
    assert (shown["proof"]["files"], shown["proof"]["bytes"], shown["differences"]) == (1, 4, [])


def test_an_archive_that_was_touched_is_no_proof(world, run):
    """A file that is not there any more, a manifest that says something else: each is said, exit code 1."""
    one = made(run)
    world.edge.put(world.edge.token(one["link"]), "notes.txt", b"kept")
    ended(world, run, one["workspace_id"])
    archive = world.system.buckets.archive
    for key in archive:
        archive[key] = archive[key] if "proof" in key else b'{"entries": []}'
    assert "manifest" in str(run("proof", one["workspace_id"], code=1)["differences"])
    del archive[next(key for key in archive if "proof" in key)]
    assert run("proof", one["workspace_id"], code=1)["differences"] == ["the archive has no proof of it"]


def test_one_that_lives_has_no_proof(world, run):
    with pytest.raises(Failure, match="not ended yet"):
        run("proof", made(run)["workspace_id"])


def test_nothing_is_left_over(world, run):
    made(run)
    ended(world, run, made(run, "grace")["workspace_id"])
    assert run("audit") == {"buckets": 1, "orphans": [], "missing": []}


def test_a_bucket_of_nobody_and_a_workspace_without_one_are_named(world, run):
    """Another deployment's are none of ours, nor are those of ours in another region."""
    one = made(run)
    world.extra["sandbox-spa-left"] = {"Workspace": "x", "Deployment": "default"}
    world.extra["sandbox-spa-theirs"] = {"Workspace": "y", "Deployment": "second"}
    world.extra[prefix_of("second") + "bare"] = {}
    world.extra["sandbox-spa-far"] = {"Workspace": "z", "Deployment": "default"}
    world.regions["sandbox-spa-far"] = "us-east-1"
    world.system.buckets.buckets.clear()
    found = run("audit", code=1)
    assert (found["orphans"], found["missing"]) == (["sandbox-spa-left"], [one["workspace_id"]])


def test_a_bucket_named_as_ours_without_tags_is_named(world, run):
    world.extra["sandbox-spa-bare"] = {}
    world.untagged.add("sandbox-spa-bare")
    assert run("audit", code=1)["orphans"] == ["sandbox-spa-bare"]


def test_the_report_counts_and_says_who_is_idle(world, run):
    one = made(run, "ada", "--days", "60", "--cost-center", "4711")
    made(run, "grace", "--days", "60")
    ended(world, run, made(run, "joan")["workspace_id"])
    world.system.now += 14 * DAY_S
    world.edge.put(world.edge.token(one["link"]), "notes.txt")
    world.system.now += 1
    told = run("report")
    assert (told["workspaces"], told["phases"]["ready"], told["phases"]["gone"]) == (3, 2, 1)
    assert (told["idle"], told["cost_centers"]) == (1, {"4711": 1, "none": 1})
    assert told["delivery_s"] == {"median": 0.0, "p95": 0.0}


def test_the_report_is_a_table_for_spreadsheets(world, run, say):
    key = made(run)["workspace_id"]
    [line] = csv.DictReader(io.StringIO(say("report", "--csv")))
    assert (line["workspace"], line["phase"]) == (key, "ready")


def test_half_deployed_the_next_command_is_said(world, run, monkeypatch):
    monkeypatch.setattr(world, "stack", lambda _name: None)
    with pytest.raises(Failure, match="not deployed to the end") as failure:
        run("list")
    assert "workspace deploy" in failure.value.then


def test_an_end_that_means_nothing_says_so(world, run, say):
    """A leaver's name that is mistyped is no success."""
    made(run)
    assert "none that is left was chosen" in say("end", "--person", "adda", "--yes")


def test_a_sentence_ends_once(world, run):
    key = made(run)["workspace_id"]
    ended(world, run, key)
    with pytest.raises(Failure) as failure:
        run("extend", key)
    assert failure.value.sentence == "The workspace has ended: order another."
