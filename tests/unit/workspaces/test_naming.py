"""Names of persons, workspaces, buckets and files: what can stand, and the sentence for what cannot."""

from __future__ import annotations

import re
import unicodedata

import pytest

from integration.workspaces.naming import (
    BadName,
    BucketNames,
    file_name,
    id_of_order,
    id_of_person,
    is_regional,
    name_of,
    person_of,
    person_of_record,
    prefix_of,
    slug_of,
)

GOOD = [
    ("your.name", "your.name"),
    (" Ada Lovelace ", "Ada Lovelace"),
    ("Ada  \u00a0Lovelace", "Ada Lovelace"),
    ("O'Neill-Smith", "O'Neill-Smith"),
    ("a@b.example+c_d", "a@b.example+c_d"),
    ("Grüße", "Grüße"),
    ("李小龍", "李小龍"),
    ("नमस्ते", "नमस्ते"),
    ("٣", "٣"),
    ("\uff21\uff44\uff41", "Ada"),
    ("x" * 64, "x" * 64),
    ("1", "1"),
]
BAD = [
    ("", "1 to 64"),
    ("   ", "1 to 64"),
    ("x" * 65, "1 to 64"),
    ("Ada 😀", "U\\+1F600"),
    ("../../etc/passwd", "/ \\(U\\+002F\\)"),
    ("..", "at least one letter or digit"),
    ("<script>", "< \\(U\\+003C\\)"),
    ("a\0b", "U\\+0000"),
    ("a\u202eb", "U\\+202E"),
    ("a\nb", "U\\+000A"),
    ("-'@+", "at least one letter or digit"),
    ("a\u200db", "U\\+200D"),
    ("\ud800", "U\\+D800"),
    ("Ⅻ½", "\u2044 \\(U\\+2044\\)"),
]


@pytest.mark.parametrize(("typed", "shown"), GOOD)
def test_a_name(typed: str, shown: str) -> None:
    """Letters, marks and digits of any script; NFKC and trimmed."""
    assert name_of(typed) == shown


@pytest.mark.parametrize(("typed", "sentence"), BAD)
def test_no_name(typed: str, sentence: str) -> None:
    """The sentence names the character, and does not repeat the name."""
    with pytest.raises(BadName, match=sentence) as refused:
        name_of(typed)
    assert typed.strip() in {"", ".."} or typed not in str(refused.value)


@pytest.mark.parametrize("typed", ["Straße", "STRASSE", "strasse", " straße", "\uff53trasse"])
def test_the_same_person(typed: str) -> None:
    """Equal after NFKC and casefold."""
    assert person_of(typed).key == "name/strasse"


def test_a_record_is_the_person_whatever_it_is_called() -> None:
    """The key is the record; the name is only shown, without what would turn a line around."""
    person = person_of_record("dev1", "abc", "A\u202eda <x>")
    assert (person.key, person.shown) == ("sn/dev1/abc", "Ada <x>")
    assert person_of_record("dev1", "abc", "\0").shown == "abc"
    assert person.digest != person_of("Ada").digest


def test_ids_are_the_same_again() -> None:
    """A repeat names the same workspace; the next after it is gone is another."""
    person = person_of("Ada")
    assert id_of_person(person, 0) == id_of_person(person_of("ADA"), 0) != id_of_person(person, 1)
    assert id_of_order("o", 1) == id_of_order("o", 1) != id_of_order("o", 2)
    assert id_of_person(person, 0) == "8fa4e375-6c1b-57de-8cad-fb253bd7377d"


@pytest.mark.parametrize(
    ("shown", "slug"),
    [("Your.Name", "your-name"), ("Ada Lovelace II", "ada-lovelac"), ("Grüße", "grusse"), ("李小龍", "user"),
     ("--a--", "a"), ("abcdefghij-klm", "abcdefghij")],
)  # fmt: skip
def test_slug(shown: str, slug: str) -> None:
    """What of a name may stand in a bucket's."""
    assert slug_of(shown) == slug


@pytest.mark.parametrize("shown", ["x" * 64, "李小龍", "a.b", "Ada Lovelace", "-a-", "1"])
@pytest.mark.parametrize("regional", [True, False])
def test_every_bucket_has_a_legal_name(shown: str, regional: bool) -> None:
    """S3's rules, with the longest region there is; the next attempt differs where names may be taken."""
    workspace = id_of_person(person_of(shown), 0)

    def named(attempt: int) -> str:
        return BucketNames("123456789012", "ap-southeast-1", regional).of(workspace, slug_of(shown), attempt)

    assert re.fullmatch(r"sandbox-spa-[a-z0-9-]*[a-z0-9]", named(1))
    assert len(named(1)) <= 63
    assert named(1) == named(1) != named(2)
    assert named(1).endswith("-123456789012-ap-southeast-1-an") is regional
    assert is_regional(named(1)) is regional


DEPLOYMENTS = ("", "a", "a-b", "spa", "spa-a", "b" * 16, "default")


@pytest.mark.parametrize("regional", [True, False])
@pytest.mark.parametrize("mine", DEPLOYMENTS)
def test_no_deployment_reaches_a_bucket_of_another(mine: str, regional: bool) -> None:
    """The pattern of its rights is its prefix; in one account the same person is the same workspace in each."""
    workspace = id_of_person(person_of("Ada"), 0)
    place = "123456789012", "ap-southeast-1", regional
    names = {each: BucketNames(*place, each).of(workspace, "ada-lovelac", 1) for each in DEPLOYMENTS}
    assert [each for each, name in names.items() if name.startswith(prefix_of(mine))] == [mine]
    assert all(re.fullmatch(r"[a-z0-9-]{3,62}[a-z0-9]", name) and len(name) <= 63 for name in names.values())


def test_in_the_world_s_namespace_each_account_and_region_has_names_of_its_own() -> None:
    """Else the second would find its first name taken, by itself or by another."""
    workspace = id_of_person(person_of("Ada"), 0)
    places = [("1" * 12, "eu-west-1"), ("1" * 12, "us-east-1"), ("2" * 12, "eu-west-1")]
    assert len({BucketNames(*place, regional=False).of(workspace, "ada", 1) for place in places}) == 3


def test_the_default_deployment_has_the_names_of_the_specification() -> None:
    """Golden: changed, each live workspace would lose its bucket."""
    names = BucketNames("123456789012", "eu-central-1")
    workspace = "8fa4e375-6c1b-57de-8cad-fb253bd7377d"
    assert names.of(workspace, "ada", 1) == "sandbox-spa-ada-8fa4e375-123456789012-eu-central-1-an"


GOOD_FILES = ["a b.txt", "grüße.txt", "a#?%.txt", "x/y/z", "..a", "a..", "x" * 255, "/".join(["y" * 100] * 8), "文.pdf"]
BAD_FILES = [
    ("", "1 to 900"),
    ("../x", "empty part"),
    ("a/../b", "empty part"),
    ("./x", "empty part"),
    ("a//b", "empty part"),
    ("/a", "empty part"),
    ("a/", "empty part"),
    ("x" * 256, "255 bytes"),
    ("ü" * 128, "255 bytes"),
    ("/".join(["x" * 200] * 5), "1 to 900"),
    ("x" * 1025, "1 to 900"),
    ("a\0", "U\\+0000"),
    ("a\tb", "U\\+0009"),
    ("a\u202eb", "U\\+202E"),
    ("\udcff", "U\\+DCFF"),
    (".workspace-check", "taken"),
    ("a/${filename}", "taken"),
]


@pytest.mark.parametrize("name", GOOD_FILES)
def test_a_file(name: str) -> None:
    """It comes back as it was given."""
    assert file_name(name) == name


def test_a_file_is_the_same_however_its_accents_are_written() -> None:
    """NFC: macOS sends letter and accent apart."""
    assert file_name(unicodedata.normalize("NFD", "ü.txt")) == "ü.txt"


@pytest.mark.parametrize(("name", "sentence"), BAD_FILES)
def test_no_file(name: str, sentence: str) -> None:
    """What no list, browser or disk shows as it is."""
    with pytest.raises(BadName, match=sentence):
        file_name(name)
