"""Under which name a function of ours appears on what it writes on AWS."""

import pytest

from integration.cases.aws_side import session_of


@pytest.mark.parametrize(
    ("role", "session"),
    [
        ("arn:aws:iam::111122223333:role/Client", "arn:aws:sts::111122223333:assumed-role/Client/Function"),
        ("arn:aws:iam::111122223333:role/some/path/Client", "arn:aws:sts::111122223333:assumed-role/Client/Function"),
        ("arn:aws-cn:iam::111122223333:role/Client", "arn:aws-cn:sts::111122223333:assumed-role/Client/Function"),
    ],
)
def test_a_session_names_account_role_and_function(role: str, session: str) -> None:
    assert session_of(role, "Function") == session
