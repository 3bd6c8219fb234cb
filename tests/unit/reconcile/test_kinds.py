"""Which words logs and rows have for what ended a pass, and who is to act on it."""

import pytest

from integration.aws.errors import AwsError
from integration.aws.settings import SettingsError
from integration.clients.errors import Missing, Unavailable
from integration.clients.servicenow.errors import TokenRefused
from integration.clients.servicenow.query import BadFilter, BadQuery
from integration.reconcile.batch import said
from integration.reconcile.errors import EXPECTED, Braked, ClaimLost, kind_of

KINDS = [
    (TokenRefused("servicenow", "401"), "Misconfigured"),
    (SettingsError("aws", "no parameter"), "Misconfigured"),
    (BadFilter("servicenow", "no query"), "Misconfigured"),
    (BadQuery("a value"), "Refused"),
    (Missing("servicenow", "gone"), "Refused"),
    (Braked("ten an hour"), "CreationStopped"),
    (ClaimLost(), "Fenced"),
    (AwsError("put_item: ValidationException"), "AwsError"),
    (KeyError("x"), "KeyError"),
]


@pytest.mark.parametrize(("error", "word"), KINDS, ids=[type(error).__name__ for error, _ in KINDS])
def test_what_a_client_alone_knows_has_the_word_of_its_kind(error, word):
    """Alarms, `status` and older rows know these words; whether it waits or dies goes by the kind too."""
    assert kind_of(error) == word
    assert isinstance(error, EXPECTED) == (word not in {"AwsError", "KeyError"})


def test_a_line_says_which_system_it_is_about():
    """The message of what is not ours may quote a record, so it is withheld."""
    assert said(Unavailable("servicenow", "no answer")) == "servicenow: no answer"
    assert "Mr Smith" not in said(KeyError("Mr Smith"))
