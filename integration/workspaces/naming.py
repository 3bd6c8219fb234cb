"""Names: of persons, of workspaces and their buckets, of files. What cannot be one is refused, and says why. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from dataclasses import dataclass

from integration.workspaces.model import BadOrder, Person

NAMESPACE = uuid.UUID("6f1d9a52-3d7c-5f0e-9c52-1f6b4b6f2a10")
"""Ids of workspaces are made in it: changed, a repeated order would make a second workspace."""
SLUG_MOST, SHORT, BUCKET_MOST = 11, 8, 63
NAME_MOST, SEGMENT_MOST, FILE_MOST = 64, 255, 900
CHECK_FILE = ".workspace-check"
"""Written and removed before a workspace is handed over; no list shows it, no archive keeps it."""
PLACEHOLDER = "${filename}"
"""The store puts another name in its place (S3, POST policy)."""
REGIONAL = "-an"
_ALLOWED = " ._-'@+"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class BadName(BadOrder):
    """The sentence names the character, never the name."""

    def __init__(self, sentence: str) -> None:
        super().__init__("name", sentence)


def name_of(typed: str) -> str:
    """A person's name as it is shown: NFKC, trimmed, one space between words; letters, marks, digits of any script and
    a few signs.
    """
    name = re.sub(" +", " ", unicodedata.normalize("NFKC", typed).strip())
    if not 1 <= len(name) <= NAME_MOST:
        raise BadName(f"a name has 1 to {NAME_MOST} characters")
    for character in name:
        if not (_is_letter_or_digit(character) or unicodedata.category(character)[0] == "M" or character in _ALLOWED):
            raise BadName(f"a name cannot hold {_said(character)}; letters, digits, space and . _ - ' @ + can stand")
    if not any(map(_is_letter_or_digit, name)):
        raise BadName("a name has at least one letter or digit")
    return name


def person_of(typed: str) -> Person:
    """Whoever is known by a name only. Equal after NFKC and casefold: the same person."""
    shown = name_of(typed)
    return Person(f"name/{unicodedata.normalize('NFKC', shown.casefold())}", shown)


def person_of_record(instance: str, sys_id: str, shown: str) -> Person:
    """Whoever is a record of an instance. His name there may be anything, and is only shown."""
    clean = "".join(each for each in unicodedata.normalize("NFKC", shown) if not _unseen(each)).strip()
    return Person(f"sn/{instance}/{sys_id}", clean[:NAME_MOST] or sys_id)


def id_of_person(person: Person, generation: int) -> str:
    """His personal workspace, the next after each that is gone."""
    return str(uuid.uuid5(NAMESPACE, f"{person.key}/{generation}"))


def id_of_order(order: str, index: int = 0) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{order}/{index}"))


def slug_of(shown: str) -> str:
    """What of a name can stand in a bucket's; "user" stands for what leaves nothing."""
    plain = unicodedata.normalize("NFKD", shown.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG_MOST].strip("-") or "user"


@dataclass(frozen=True, slots=True)
class BucketNames:
    """Of one deployment (its name, or ""): none begins as one of another does. `regional`: in the account's own
    namespace, where no name is ever taken by others (S3, account regional namespaces). Elsewhere each attempt has
    another name, and so has each account and region: the same person is the same workspace in all of them.
    """

    account: str
    region: str
    regional: bool = True
    deployment: str = ""

    def of(self, workspace: str, slug: str, attempt: int) -> str:
        prefix, end = prefix_of(self.deployment), f"-{self.account}-{self.region}{REGIONAL}" if self.regional else ""
        own = workspace.replace("-", "")[:SHORT]
        world = "" if self.regional else f"/{self.account}/{self.region}"
        short = own if self.regional and attempt <= 1 else _digest(f"{workspace}{world}/{attempt}")
        room = BUCKET_MOST - len(f"{prefix}-{short}{end}")
        if room < 1:
            raise ValueError(f"the bucket's name would have over {BUCKET_MOST} characters: the region is too long")
        return f"{prefix}{slug[:room].rstrip('-')}-{short}{end}"


def prefix_of(deployment: str) -> str:
    """A digest in place of the deployment's name: as long for each, so that no pattern for one matches another's, as
    that for "a" would match those of "a-b"; and never `spa`.
    """
    return f"sandbox-{_digest(deployment)}-" if deployment else "sandbox-spa-"


def is_regional(bucket: str) -> bool:
    """Which namespace it was named for, whatever the deployment says today: in everybody's, ours end with digits."""
    return bucket.endswith(REGIONAL)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:SHORT]


def file_name(given: str) -> str:
    """A file's name as it is stored: NFC, else untouched, so that it comes back as it was given."""
    name = unicodedata.normalize("NFC", given)
    for character in name:
        if _unseen(character) or unicodedata.category(character) == "Cs":
            raise BadName(f"a file's name cannot hold {_said(character)}")
    size = len(name.encode())
    if not 1 <= size <= FILE_MOST:
        raise BadName(f"a file's name has 1 to {FILE_MOST} bytes, this has {size}")
    for segment in name.split("/"):
        if segment in {"", ".", ".."}:
            raise BadName("a file's name has no empty part, and none that is . or ..")
        if len(segment.encode()) > SEGMENT_MOST:
            raise BadName(f"each part of a file's name has at most {SEGMENT_MOST} bytes")
    if name == CHECK_FILE or PLACEHOLDER in name:
        said = f"{CHECK_FILE} is taken, and for {PLACEHOLDER} S3 would put another name in its place"
        raise BadName(f"{said}: give the file another name")
    return name


def _is_letter_or_digit(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "L" or category == "Nd"


def _unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cc" or character in _BIDI or character in "\u2028\u2029"


def _said(character: str) -> str:
    """The character where it can be shown, and its number in any case."""
    code = f"U+{ord(character):04X}"
    shown = unicodedata.category(character)[0] not in "CZ" and not unicodedata.combining(character)
    return f"{character} ({code})" if shown else f"the character {code}"
