"""docs/CDK_BOOTSTRAP_POLICY.md: the policies are made for exactly the types of the templates."""

from tests.docs.bootstrap_policy import TYPES


def test_the_policy_knows_the_types_of_the_templates(plain, blue):
    """A new resource type without its rights would fail half-way through somebody's deployment."""
    types = {r["Type"] for stacks in (plain, blue) for t in stacks.templates for r in t["Resources"].values()}
    assert types - {"Custom::ServiceNowResources"} == set(TYPES)
