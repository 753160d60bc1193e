"""The HTML page as a reader uses it, in Chromium. Set KSTREAM_SCREENSHOTS to a folder to look at what it shows."""

import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from kstream_cli.render.page import Path as RecordPath
from kstream_cli.render.page import Step, page_of
from tests.render.topologies import counting, hostile, reading_one_table

pytestmark = pytest.mark.browser

SEEN = "() => document.querySelector('#world').getBoundingClientRect().toJSON()"
LIT = "() => [...document.querySelectorAll('.vertex.lit')].map((each) => each.dataset.id)"
FOCUSED = "() => document.activeElement.dataset?.id || document.activeElement.id"


@pytest.fixture
def show(browser, tmp_path, request):
    """Opens a page; its test fails when the page's script does, or asks for anything from elsewhere."""
    contexts, faults = [], []

    def show(html, *, fragment="", scheme="light", **options):
        file = tmp_path / "topology.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme, **options)
        context.set_default_timeout(8_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: message.type == "error" and faults.append(message.text))
        page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: asked.url.startswith("file:") or faults.append(f"asks for {asked.url}"))
        page.goto(f"{file.as_uri()}{fragment}")
        page.wait_for_selector("#world")
        return page

    yield show
    if folder := os.environ.get("KSTREAM_SCREENSHOTS"):
        for number, context in enumerate(contexts):
            for page in context.pages:
                name = re.sub(r"\W+", "-", request.node.name)
                page.screenshot(path=Path(folder) / f"{name}-{number}.png")
    for context in contexts:
        context.close()
    assert faults == []


def at(page, id):
    return page.locator(f'[data-id="{id}"]')


def fields(page):
    return {name: value for name, [value] in parse_qs(urlsplit(page.url).fragment).items()}


@pytest.fixture(scope="module")
def small():
    return page_of([counting(1)])


@pytest.fixture(scope="module")
def large():
    return page_of([counting(7)])


def test_a_small_topology_is_open_and_a_large_one_folded_into_its_parts(show, small, large):
    assert show(small).locator(".part").count() == 2
    page = show(large)
    assert page.locator(".part").count() == 0
    assert page.locator(".vertex.subtopology").count() == 14


def test_a_click_shows_details_and_lights_what_is_above_and_below(show, small):
    page = show(small)
    at(page, "KSTREAM-MAP-0000000002").click()
    details = page.locator("#details").inner_text()
    assert "makes a new key and value of each record" in details
    assert re.search(r"topologies\.py:\d+", details)
    lit = set(page.evaluate(LIT))
    assert {"topic in-0", "KSTREAM-AGGREGATE-0000000003", "store counts-0", "topic out"} <= lit
    assert at(page, "KSTREAM-MAP-0000000002").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.evaluate(LIT) == []


def test_a_node_found_by_search_is_unfolded_and_in_the_middle(show, large):
    page = show(large)
    page.keyboard.press("/")
    page.keyboard.type("counts-5")
    page.wait_for_selector("#found li")
    assert page.locator("#found li").first.inner_text().startswith("counts-5")
    page.keyboard.press("Enter")
    assert fields(page)["s"] == "store counts-5"
    assert page.locator(".part").count() == 1
    box, frame = at(page, "store counts-5").bounding_box(), page.locator("#picture").bounding_box()
    assert abs(box["x"] + box["width"] / 2 - frame["x"] - frame["width"] / 2) < 30


def test_a_search_finds_nodes_by_the_topics_they_use_and_says_when_there_are_none(show, small):
    page = show(small)
    page.fill("#search", "in-0 source")
    assert "KSTREAM-SOURCE-0000000000" in page.locator("#found").inner_text()
    page.fill("#search", "no such thing")
    assert page.locator("#found").inner_text() == "nothing found"


def test_a_link_shows_what_was_chosen_and_open(show, large):
    first = show(large)
    first.fill("#search", "counts-3")
    first.keyboard.press("Enter")
    second = show(large, fragment=f"#{urlsplit(first.url).fragment}")
    assert second.evaluate(LIT) == first.evaluate(LIT) != []
    assert second.locator(".part").count() == 1


def test_parts_unfold_and_fold_where_they_are(show, large):
    page = show(large)
    box = page.locator(".vertex.subtopology").nth(3)
    before = box.bounding_box()
    title = box.get_attribute("aria-label").split(",")[0]
    box.click()
    opened = page.locator(".part").bounding_box()
    assert abs(opened["x"] - before["x"]) < 2
    assert abs(opened["y"] - before["y"]) < 2
    page.get_by_role("button", name=f"Collapse {title}").click()
    assert page.locator(".part").count() == 0
    page.keyboard.press("e")
    assert page.locator(".part").count() == 14
    page.keyboard.press("c")
    assert page.locator(".part").count() == 0


def test_wheel_and_pointer_zoom_and_move_the_picture(show, small):
    page = show(small)
    before = page.evaluate(SEEN)
    page.mouse.move(400, 400)
    page.mouse.wheel(0, -400)
    larger = page.evaluate(SEEN)
    assert larger["width"] > before["width"] * 1.3
    page.mouse.down()
    page.mouse.move(500, 450)
    page.mouse.up()
    moved = page.evaluate(SEEN)
    assert (round(moved["x"] - larger["x"]), round(moved["y"] - larger["y"])) == (100, 50)
    assert page.evaluate(LIT) == []
    page.keyboard.press("0")
    assert round(page.evaluate(SEEN)["width"]) == round(before["width"])


def test_text_that_is_too_small_to_read_is_left_out(show, small):
    page = show(small)
    text = at(page, "topic in-0").locator("text").first
    assert text.is_visible()
    page.mouse.move(400, 400)
    page.mouse.wheel(0, 3000)
    assert not text.is_visible()
    page.keyboard.press("0")
    assert text.is_visible()


def test_a_picture_that_moves_is_a_layer_until_it_rests(show, small):
    page = show(small)
    page.mouse.move(600, 600)
    page.mouse.down()
    page.mouse.move(650, 650)
    assert page.locator("#picture > svg.moving").count() == 1
    page.mouse.up()
    page.wait_for_selector("#picture > svg:not(.moving)", state="attached")


def test_parts_that_read_one_table_are_not_drawn_out_into_one_row(show):
    box = show(page_of([reading_one_table(24)])).locator("#world").bounding_box()
    assert box["width"] < 4 * box["height"]


def test_the_keyboard_alone_reaches_nodes_follows_records_and_shows_details(show, small):
    page = show(small)
    page.locator("#picture").focus()
    at(page, "topic in-0").focus()
    for expected in ("KSTREAM-SOURCE-0000000000", "KSTREAM-FILTER-0000000001", "KSTREAM-MAP-0000000002"):
        page.keyboard.press("ArrowDown")
        assert page.evaluate(FOCUSED) == expected
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert "filter" in page.locator("#details h2").inner_text()


def test_a_screen_reader_is_told_names_states_and_changes(show, small):
    page = show(small)
    assert "Stream topology counting" in page.locator("#picture").get_attribute("aria-label")
    assert page.get_by_role("button", name="store counts-0 key-value, 1 in, 0 out").count() == 1
    assert page.locator("#details").get_attribute("aria-live") == "polite"
    page.locator("summary").click()
    page.locator("#list").get_by_role("button", name="counts-0 key-value").click()
    assert fields(page)["s"] == "store counts-0"


@pytest.mark.parametrize(("scheme", "background"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(13, 17, 23)")])
def test_the_page_follows_the_readers_setting_and_the_theme_button(show, small, scheme, background):
    page = show(small, scheme=scheme)
    colour = "() => getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == background
    page.click("#theme")
    assert page.evaluate(colour) != background


def test_the_picture_is_copied_as_an_svg_that_stands_alone(show, small):
    page = show(small, permissions=["clipboard-read", "clipboard-write"])
    page.click("#copy")
    page.wait_for_function("() => document.getElementById('status').textContent.startsWith('Copied')")
    root = ElementTree.fromstring(page.evaluate("() => navigator.clipboard.readText()"))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "counts-0" in texts
    assert all(text.get("fill") for text in root.iter("{http://www.w3.org/2000/svg}text"))


def test_a_path_is_stepped_through(show):
    steps = (
        Step(vertex="topic in-0", title="in-0 offset 0", lines=("a: 1",)),
        Step(vertex="KSTREAM-MAP-0000000002", title="map", lines=("a: 1 -> 1: 1",)),
        Step(vertex="store counts-0", title="counts-0", lines=("1: null -> 1",)),
    )
    page = show(page_of([counting(7)], paths=[RecordPath(title="the record a", steps=steps)]))
    page.get_by_role("button", name="Start").click()
    page.keyboard.press("n")
    assert page.locator('#path li[aria-current="step"]').inner_text().split("\n") == ["map", "a: 1 -> 1: 1"]
    assert "chosen" in at(page, "KSTREAM-MAP-0000000002").get_attribute("class")
    assert set(page.evaluate(LIT)) == {step.vertex for step in steps}
    assert fields(page)["p"] == "0.1"
    page.keyboard.press("n")
    assert page.get_by_role("button", name="Next").is_disabled()
    page.keyboard.press("p")
    assert fields(page)["p"] == "0.1"


def test_hostile_names_run_nothing_and_ask_for_nothing(show):
    page = show(page_of([hostile()]))
    page.keyboard.press("e")
    for vertex in page.locator(".vertex").all()[:60:7]:
        vertex.dispatch_event("click")
    page.fill("#search", "script")
    page.wait_for_selector("#found li")
    assert page.locator("#world script, #world image, #details img, #found img").count() == 0


def test_no_two_nodes_overlap_and_no_link_crosses_a_title(show, large):
    page = show(large)
    page.keyboard.press("e")
    boxes = page.evaluate(
        "() => [...document.querySelectorAll('.vertex')].map((each) => each.getBoundingClientRect().toJSON())"
    )
    boxes += page.evaluate(
        "() => [...document.querySelectorAll('.fold')].map((each) => each.getBoundingClientRect().toJSON())"
    )
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = one["right"] <= other["left"] + 0.5 or other["right"] <= one["left"] + 0.5
            assert apart or one["bottom"] <= other["top"] + 0.5 or other["bottom"] <= one["top"] + 0.5
    crossed = page.evaluate(
        """() => [...document.querySelectorAll('.edge')].filter((edge) => {
            const length = edge.getTotalLength();
            return [...document.querySelectorAll('.fold .hit')].some((hit) => {
                const box = hit.getBBox();
                for (let at = 0; at <= length; at += 3) {
                    const {x, y} = edge.getPointAtLength(at);
                    if (x > box.x && x < box.x + box.width && y > box.y + 3 && y < box.y + box.height) return true;
                }
            });
        }).length"""
    )
    assert crossed == 0


def test_a_thousand_nodes_are_drawn_and_found(show):
    page = show(page_of([counting(95)]))
    page.keyboard.press("e")
    assert page.locator(".vertex").count() > 1_000
    page.fill("#search", "counts-90")
    page.keyboard.press("Enter")
    assert fields(page)["s"] == "store counts-90"
