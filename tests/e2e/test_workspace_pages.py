"""What the pages of workspaces say is done as it stands, over one local system: an account after `cdk bootstrap`.

From a fresh clone and from the package unpacked beside it, in order, nothing else typed; the end is the removal. No
clock is set forward: whoever deploys is refused where this machine's is late.
"""

import json
import re

import pytest
import yaml

from integration.operations.commands.template_export import portable
from integration.operations.local.system import Options, start
from integration.workspaces import names as w
from tests.docs.workspace_files import plain
from tests.e2e.desk import PACKAGE, make_desk

GUIDE, REMOVE = "DEPLOYMENT-GUIDE.md", "## Remove\n"
ITEM = "Workspace for files"
DIGESTS = re.compile(r'(?<=RestApiDeployment)[0-9A-F]{8}[0-9a-f]{32}|(?<="CONFIGURATION_REVISION": ")[0-9a-f]{12}')


@pytest.fixture(scope="module")
def account():
    with start(Options(deploy=False, integrations=("workspace",))) as running:
        yield running


@pytest.fixture(scope="module")
def desk(account, tmp_path_factory):
    return make_desk(tmp_path_factory.mktemp("desk"), account)


@pytest.fixture(scope="module")
def said(desk):
    """By the guide, up to its removal."""
    return desk.do(GUIDE, "clone", until_heading=REMOVE)


def test_the_guide_deploys_and_its_package_passes_the_flow(said, account):
    """Unpacked elsewhere there is nothing left to deploy."""
    assert "Nothing to change: everything is deployed as asked." in said
    assert "\nPASSED\n" in said
    assert account.plane.denied() == ()


def test_the_stack_that_reviewers_read_is_the_one_deployed(said, account, desk):
    written = yaml.safe_load((desk.folder / PACKAGE / "spa-creator-stack.yaml").read_text())
    place, deployed = account.plane.place, portable(account.plane.stack(w.STACK).template.body)
    assert filled(written, place) == filled(deployed, place)


def filled(template, place):
    """The resources with account and Region, which the CDK writes where it knows them, and without what they change."""
    text = json.dumps(plain(template["Resources"]))
    text = text.replace("${AWS::AccountId}", place.account).replace("${AWS::Region}", place.region)
    return json.loads(DIGESTS.sub("…", text))


@pytest.mark.parametrize(
    ("page", "where"),
    [
        ("API-REFERENCE.md", PACKAGE), ("SERVICENOW-INTEGRATION.md", "clone"), ("OPERATIONS.md", "clone"),
        ("DEMO-SCRIPT.md", "clone"),
    ],
)  # fmt: skip
def test_what_a_page_says_is_done_as_it_stands(said, desk, page, where):
    assert desk.do(page, where)


def test_what_the_guide_removes_is_gone_on_both_sides(said, account, desk):
    """Table and archive stay."""
    desk.do(GUIDE, PACKAGE, from_heading=REMOVE)
    assert w.STACK not in account.plane.stacks.deployed
    assert w.STATE_STACK in account.plane.stacks.deployed
    assert ITEM not in {row["name"] for row in account.people().rows("sc_cat_item")}
