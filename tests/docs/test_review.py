"""docs/security.md answers what reviewers' checkers find, and nothing they no longer find."""

from tests.docs import review


def test_every_finding_is_answered_and_every_answer_has_a_finding():
    """`make review` runs the checkers anew."""
    assert set(review.stored()["checkov"]) == set(review.ANSWERS)
    assert f"checkov=={review.stored()['version']}" == review.CHECKOV


def test_the_page_says_how_many_rules_were_passed():
    page = (review.DOCS / "security.md").read_text()
    assert f"checkov {review.stored()['version']}: {review.stored()['passed']} checks passed" in page
