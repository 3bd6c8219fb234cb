"""The page of a workspace in a real browser: files come and go, people come and go, and it says how things stand."""

import os
import re
from pathlib import Path

import pytest

from integration.aws_plane.plane import Plane
from integration.operations import waiting
from tests.browser.workspace_server import serve_workspaces, state_of

MEGABYTE = 1024 * 1024
HOSTILE = "<img src=x onerror=document.title='owned'>.html"
UNNAMED = """() => [...document.querySelectorAll('button, input:not([hidden]), progress, meter')]
    .filter((each) => !each.textContent.trim() && !each.getAttribute('aria-label')).map((each) => each.outerHTML)"""


@pytest.fixture(scope="module")
def served():
    with serve_workspaces() as server:
        yield server


@pytest.fixture
def made(served, request):
    return served.made(re.sub(r"\W", ".", request.node.name)[:60])


@pytest.fixture
def enter(chromium, served):
    """`enter(link, **options)` gives a page; at the end nothing of it had failed, or was sent elsewhere."""
    contexts = []

    def open_page(link, **options):
        context = chromium.new_context(
            **{"viewport": {"width": 900, "height": 800}, "color_scheme": "light", **options}
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.errors, page.elsewhere = [], []
        contexts.append((context, page))
        ours = tuple(f"http://127.0.0.1:{each.server_port}/" for each in (served.api, served.store))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda said: page.errors.append(said.text) if _is_trouble(said) else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith((*ours, "data:")) else page.elsewhere.append(asked.url),
        )
        page.goto(link)
        return page

    yield open_page
    told = [(page.errors, page.elsewhere) for _, page in contexts]
    for context, _ in contexts:
        context.close()
    assert told == [([], [])] * len(contexts)


def _is_trouble(said):
    """What the server refused is shown on the page; that the browser also says so is none."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@pytest.fixture
def page(enter, made):
    page = enter(made["link"])
    page.locator("#adding").wait_for()
    return page


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plans" / "2026").mkdir(parents=True)
    for name in ("a b.txt", "2026/ü #?%.csv", "2026/empty"):
        (tmp_path / "plans" / name).write_bytes(b"" if name.endswith("empty") else name.encode())
    return tmp_path / "plans"


def names(page):
    return page.locator("#files bdi").all_inner_texts()


def shows(page, *wanted):
    """Looked at anew, so that nobody waits for the next poll."""
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    waiting.until(lambda: names(page) == list(wanted), 15, f"the list of {wanted}")


def hours_left(page):
    return int(page.locator("#until").inner_text().partition(" hours left")[0])


def drop(page, *paths):
    """What the operating system does where something is dragged from a folder."""
    box = page.locator("#drop").bounding_box()
    tab = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "data": data}
    for kind in ("dragEnter", "dragOver", "drop"):
        tab.send("Input.dispatchDragEvent", {"type": kind, **at})
    tab.detach()


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def picture(page, name, tmp_path):
    """Kept where `PICTURES` names a folder."""
    page.screenshot(path=Path(os.environ.get("PICTURES") or tmp_path) / f"workspace-{name}.png", full_page=True)


# ------------------------------------------------------------------------------------------------ signing in
def test_a_link_opens_the_workspace_and_leaves_the_address_bar(page, made):
    """The secret is nowhere but in the link; a reload needs none."""
    assert page.url == made["url"]
    assert made["link"][-43:] not in str(state_of(page))
    assert page.evaluate("() => history.length") <= 2
    page.reload()
    page.locator("#adding").wait_for()
    assert "left, until" in page.locator("#until").inner_text()


def test_without_a_link_the_page_says_what_to_do(enter, served):
    for link in (f"{served.origin}/prod/w", f"{served.origin}/prod/w#{'x' * 80}"):
        page = enter(link)
        page.locator("#state", has_text="link").wait_for()
        assert page.locator("#adding, #stored, #ways").filter(visible=True).count() == 0


def test_a_renewed_link_ends_the_open_page(enter, page, served, made):
    """Within one look; the new link, opened in the same tab, goes on."""
    with served.lock:
        served.edge.renew(made["workspace_id"])
    page.locator("#state", has_text="the new one if it was renewed").wait_for()
    assert state_of(page) == {"token": ""}
    again = enter(made["link"])
    again.locator("#state", has_text="whoever ordered the workspace has the new one").wait_for()
    page.goto(served.made(request_name(made, served))["link"])
    page.locator("#adding").wait_for()


def request_name(made, served):
    with served.lock:
        row = served.system.row(made["workspace_id"])
        return served.system.unobserved(lambda: served.system.records.shown(row, row.members[0]))


# ------------------------------------------------------------------------------------------------ files
def test_files_dropped_from_a_folder_arrive_as_they_are(page, served, made, tmp_path):
    one, two = tmp_path / "ü #?%.txt", tmp_path / HOSTILE.replace("/", "")
    one.write_bytes(b"one")
    two.write_bytes(b"two")
    drop(page, one, two)
    page.locator("#said", has_text="All is uploaded").wait_for()
    assert served.held(made) == {one.name: b"one", two.name: b"two"}
    shows(page, two.name, one.name)
    assert page.title().startswith("Workspace of")
    assert page.locator("main img, main script, main iframe").count() == 0


def test_a_dropped_folder_keeps_its_paths(page, served, made, folder):
    drop(page, folder)
    shows(page, "plans/2026/empty", "plans/2026/ü #?%.csv", "plans/a b.txt")
    assert served.held(made)["plans/a b.txt"] == b"a b.txt"


def test_buttons_do_what_dropping_does(page, served, made, folder):
    page.locator("#pick").set_input_files(folder / "a b.txt")
    shows(page, "a b.txt")
    page.locator("#pick-folder").set_input_files(folder)
    shows(page, "a b.txt", "plans/2026/empty", "plans/2026/ü #?%.csv", "plans/a b.txt")


def test_a_download_is_saved_and_nothing_is_shown(page, served, made):
    served.put(made, HOSTILE, b"<script>document.title='owned'</script>")
    shows(page, HOSTILE)
    with page.expect_download() as saved:
        button(page, f"Download {HOSTILE}").click()
    assert Path(saved.value.path()).read_bytes() == b"<script>document.title='owned'</script>"
    assert page.url == made["url"]


def test_replacing_is_asked_before_it_happens(page, served, made, tmp_path):
    served.put(made, "a.txt", b"old")
    shows(page, "a.txt")
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(b"new")
    drop(page, tmp_path / "a.txt")
    page.locator("#ask[open]", has_text="Replace 1 file?").wait_for()
    page.keyboard.press("Escape")
    assert served.held(made) == {"a.txt": b"old"}
    drop(page, tmp_path / "a.txt", tmp_path / "b.txt")
    button(page, "Skip them").click()
    shows(page, "a.txt", "b.txt")
    assert served.held(made) == {"a.txt": b"old", "b.txt": b"new"}
    drop(page, tmp_path / "a.txt")
    button(page, "Replace").click()
    waiting.until(lambda: served.held(made)["a.txt"] == b"new", 10, "the replacement")


def test_a_removal_can_be_undone(page, served, made):
    served.put(made, "a.txt", b"kept")
    shows(page, "a.txt")
    button(page, "Remove a.txt").click()
    undo = button(page, "Undo the removal of a.txt")
    undo.wait_for()
    assert served.held(made) == {}
    assert undo.evaluate("each => each === document.activeElement")
    page.keyboard.press("Enter")
    shows(page, "a.txt")
    assert served.held(made) == {"a.txt": b"kept"}


def test_an_upload_that_was_refused_can_be_tried_again(page, served, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"x" * MEGABYTE)
    served.refuse = [403]
    drop(page, tmp_path / "a.bin")
    page.locator("#uploads .failed", has_text="refused").wait_for()
    page.locator("#said", has_text="Not uploaded: a.bin").wait_for()
    button(page, "Retry a.bin").click()
    shows(page, "a.bin")
    page.locator("#uploads li").wait_for(state="detached")


def test_a_busy_store_is_tried_again_by_itself_and_takes_room_once(page, served, made, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"x" * MEGABYTE)
    served.refuse = [503]
    drop(page, tmp_path / "a.bin")
    page.locator("#said", has_text="All is uploaded").wait_for()
    assert served.system.row(made["workspace_id"]).room == 49 * MEGABYTE


def test_what_does_not_fit_says_so_and_the_rest_goes_on(page, served, made, tmp_path):
    (tmp_path / "large").write_bytes(b"x" * (51 * MEGABYTE))
    (tmp_path / "small").write_bytes(b"x")
    drop(page, tmp_path / "large", tmp_path / "small")
    shows(page, "small")
    page.locator("#uploads .failed", has_text="One file has at most 50 MB here").wait_for()
    button(page, "Dismiss large").click()
    page.locator("#uploads li").wait_for(state="detached")
    assert page.evaluate("() => document.activeElement.id") == "drop"


def test_an_upload_shows_how_far_it_is(page, served, tmp_path):
    """A bar as wide as the list."""
    (tmp_path / "a.bin").write_bytes(b"x" * MEGABYTE)
    served.take_in.clear()
    drop(page, tmp_path / "a.bin")
    page.locator("#uploads li", has_text="100 %").wait_for()
    bar, room = (page.locator(each).bounding_box()["width"] for each in ("#uploads progress", "#uploads"))
    served.take_in.set()
    assert bar > room * 0.9
    shows(page, "a.bin")


def test_without_a_network_it_waits_and_goes_on_by_itself(page, served, made, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"later")
    page.context.set_offline(True)
    page.locator("#offline").wait_for()
    drop(page, tmp_path / "a.txt")
    page.locator("#uploads .failed", has_text="No connection").wait_for()
    page.context.set_offline(False)
    shows(page, "a.txt")
    page.locator("#offline").wait_for(state="hidden")
    assert served.held(made) == {"a.txt": b"later"}


def test_what_others_add_appears_within_four_seconds(enter, served):
    made = served.made("team.lead", kind="team", team=["second.person"])
    one, two = (enter(link) for link in made["links"])
    for page in (one, two):
        page.locator("#adding").wait_for()
    assert two.title() == "Workspace of second.person"
    one.locator("#pick").set_input_files({"name": "shared.txt", "mimeType": "text/plain", "buffer": b"x"})
    two.locator("#files li", has_text="shared.txt").wait_for(timeout=4000)


def test_a_hidden_page_asks_nothing(page):
    """Once it is looked at again it asks at once."""
    page.clock.install()
    page.reload()
    page.locator("#adding").wait_for()
    hide(page, hidden=True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(60_000)
    assert asked == []
    with page.expect_response("**/w/files"):
        hide(page, hidden=False)
    with page.expect_response("**/w/files"):
        page.clock.run_for(3_000)


def hide(page, *, hidden):
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


PLAIN = """() => {
    const list = document.createElement("ul");
    for (let number = 0; number < 1000; number++) {
        const line = list.appendChild(document.createElement("li"));
        for (const word of ["name", "size", "Download", "Remove"])
            line.appendChild(document.createElement("button")).textContent = word;
    }
    document.body.append(list);
    list.offsetHeight;
    list.remove();
}"""


def test_a_thousand_files_stay_smooth(page, served, made):
    """All that the page computes, when they come and when they are looked at again, is a dozen times at most what a
    thousand plain lines take on the same machine (usually four or five). By the page's own processor time: who halts it
    is not its fault.
    """
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.enable", {"timeDomain": "threadTicks"})
    began = computed_s(meter)
    for _ in range(3):
        page.evaluate(PLAIN)
    plain = (computed_s(meter) - began) / 3
    for number in range(1000):
        served.put(made, f"file {number:04}")
    page.locator("#files > li:nth-child(1000)").wait_for(state="attached")
    for _look in range(2):  # the second begins when the page has drawn what the first said
        with page.expect_response("**/w/files"):
            pass
    ours = computed_s(meter) - began - 3 * plain
    assert ours < 12 * plain


def computed_s(meter):
    metrics = meter.send("Performance.getMetrics")["metrics"]
    return next(each["value"] for each in metrics if each["name"] == "TaskDuration")


def test_with_the_door_to_s3_files_go_and_come_back(chromium, monkeypatch, tmp_path):
    """Preflight, form and address by Chromium, signed by the functions' own code, judged by the plane."""
    with Plane() as plane:
        monkeypatch.setenv("AWS_ENDPOINT_URL", plane.aws_url)
        with serve_workspaces(plane=plane) as served:
            page = chromium.new_page()
            page.goto(served.made(kind="team")["link"])
            page.locator("#adding").wait_for()
            (tmp_path / "ü #%.html").write_bytes(b"<p>text</p>")
            drop(page, tmp_path / "ü #%.html")
            page.locator("#said", has_text="All is uploaded").wait_for()
            with page.expect_download() as saved:
                button(page, "Download ü #%.html").click()
            assert saved.value.suggested_filename == "ü #%.html"
            assert Path(saved.value.path()).read_bytes() == b"<p>text</p>"
            button(page, "Remove ü #%.html").click()
            button(page, "Undo the removal of ü #%.html").click()
            button(page, "Remove ü #%.html").wait_for()
            page.close()


# ------------------------------------------------------------------------------------------------ its life
def test_one_click_extends_it(page, served, made):
    button(page, "Extend").click()
    page.locator("#said", has_text="It lives until").wait_for()
    page.locator("#until", has_text="28 days left").wait_for()


def test_ending_spells_out_how_many_files_go_and_shows_the_proof(page, served, made, tmp_path):
    for name in ("a", "b", "c"):
        served.put(made, name)
    shows(page, "a", "b", "c")
    button(page, "End this workspace").click()
    button(page, "Cancel").click()
    assert served.system.row(made["workspace_id"]).ended is None
    button(page, "End this workspace").click()
    picture(page, "end", tmp_path)
    button(page, "End it and archive 3 files").click()
    page.locator("#state", has_text="is ending").wait_for()
    button(page, "Keep it after all").click()
    page.locator("#adding").wait_for()
    button(page, "End this workspace").click()
    button(page, "End it and archive 3 files").click()
    page.locator("#state", has_text="is ending").wait_for()
    served.settle()
    page.locator("#state", has_text="Proof").wait_for()
    assert page.locator("#adding, #stored, #ways").filter(visible=True).count() == 0


def test_an_hour_later_everything_goes_on(enter, served, tmp_path):
    """The session is good; an address of before is not used again, a new one is asked for by itself."""
    made = served.made("an.hour", days=1)
    page = enter(made["link"])
    page.locator("#until", has_text="hours left").wait_for()
    before = hours_left(page)
    (tmp_path / "a.bin").write_bytes(b"x")
    page.route(f"**:{served.store.server_port}/**", lambda route: route.abort())
    drop(page, tmp_path / "a.bin")
    page.locator("#uploads .failed", has_text="broke off").wait_for()
    page.unroute_all()
    served.pass_by(3600)
    waiting.until(lambda: hours_left(page) < before, 15, "the page has taken in a look after that hour")
    with page.expect_request("**/w/uploads"):
        button(page, "Retry a.bin").click()
    shows(page, "a.bin")
    assert served.held(made) == {"a.bin": b"x"}


def test_a_session_of_yesterday_says_what_to_open(page, served, made):
    """After eight hours; the link opens it again, in the same tab."""
    served.pass_by(9 * 3600)
    page.locator("#state", has_text="open your personal link again").wait_for()
    page.goto(made["link"])
    page.locator("#adding").wait_for()


def test_what_is_sent_while_it_expires_is_in_the_archive(enter, served, tmp_path):
    """The page says that it ends, the upload goes on to its end, and nothing new is taken."""
    made = served.made("last.minute", days=1)
    (tmp_path / "late.txt").write_bytes(b"late")
    served.pass_by(24 * 3600 - 60)
    page = enter(served.made("last.minute")["link"])
    served.arriving.clear()
    served.take_in.clear()
    served.put(made, "a.txt")
    shows(page, "a.txt")
    button(page, "Remove a.txt").click()
    button(page, "Undo the removal of a.txt").wait_for()
    drop(page, tmp_path / "late.txt")
    waiting.until(served.arriving.is_set, 10, "an upload that arrives")
    served.pass_by(61)
    page.locator("#state", has_text="may still arrive").wait_for()
    assert page.locator("#drop, #choose-folder, #undo").filter(visible=True).count() == 0
    assert page.locator("#uploads progress").is_visible()
    served.take_in.set()
    page.locator("#said", has_text="All is uploaded").wait_for()
    served.pass_by(1800)
    page.locator("#state", has_text="Proof").wait_for()
    assert b"late" in served.system.buckets.archive.values()
    assert served.system.row(made["workspace_id"]).proof.startswith("1 files")


# ------------------------------------------------------------------------------------------------ how it looks
@pytest.fixture
def full_page(enter, served, made, tmp_path):
    def open_page(**options):
        for name in ("report 2026.pdf", "plans/" + "long" * 60 + ".csv", HOSTILE, "表/文件.txt"):
            served.put(made, name, b"x" * 123_456)
        page = enter(made["link"], **options)
        page.locator("#files li").nth(3).wait_for()
        return page

    return open_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 900])
def test_a_phone_needs_no_sideways_scrolling(full_page, width, scheme, tmp_path):
    page = full_page(viewport={"width": width, "height": 640}, color_scheme=scheme)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    picture(page, f"{width}-{scheme}", tmp_path)
    smallest = min(each.bounding_box()["height"] for each in page.get_by_role("button").all())
    assert smallest >= 40


def test_themes_differ_and_can_be_read(full_page):
    """Texts have a contrast of 4.5 or more on what they stand on."""
    for scheme in ("light", "dark"):
        page = full_page(color_scheme=scheme)
        faint = page.evaluate(CONTRAST)
        assert faint == []


def test_everything_has_a_name_and_keys_are_enough(full_page):
    """Tab reaches drop zone, folder, files, ways; Enter opens the dialog, Escape brings the focus back."""
    page = full_page()
    assert page.evaluate(UNNAMED) == []
    seen = []
    for _ in range(14):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("() => document.activeElement.id || document.activeElement.ariaLabel"))
    assert seen[1:3] == ["drop", "choose-folder"]
    assert {"Remove report 2026.pdf", "extend", "end"} <= set(seen)
    button(page, "End this workspace").focus()
    page.keyboard.press("Enter")
    page.locator("#ask[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("#ask").wait_for(state="hidden")
    assert page.evaluate("() => document.activeElement.id") == "end"


CONTRAST = """() => {
    const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgb = (colour) => {
        paint.clearRect(0, 0, 1, 1);
        paint.fillStyle = colour;
        paint.fillRect(0, 0, 1, 1);
        return [...paint.getImageData(0, 0, 1, 1).data];
    };
    const linear = (each) => each <= .03928 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => .2126 * linear(r / 255) + .7152 * linear(g / 255) + .0722 * linear(b / 255);
    const ground = (node) => {
        for (; node; node = node.parentElement) {
            const found = rgb(getComputedStyle(node).backgroundColor);
            if (found[3] === 255) return found;
        }
        return [255, 255, 255];
    };
    const faint = [];
    for (const node of document.querySelectorAll("h1, h2, p, span, strong, bdi, button")) {
        if (!node.textContent.trim() || !node.checkVisibility()) continue;
        const [more, less] = [rgb(getComputedStyle(node).color), ground(node)].map(light).sort((x, y) => y - x);
        if ((more + .05) / (less + .05) < 4.5) faint.push([node.outerHTML.slice(0, 80), more, less]);
    }
    return faint;
}"""
