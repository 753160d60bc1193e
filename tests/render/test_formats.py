import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import msgspec
import pytest

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed, TimeWindows
from kstream_cli.described.built import described
from kstream_cli.described.java_text import from_java_text, java_text
from kstream_cli.described.saved import from_json, json_of
from kstream_cli.printable import printable, printable_lines
from kstream_cli.render.dot import broken, dot_of, picture_of
from kstream_cli.render.graph import Shows, graph_of
from kstream_cli.render.markdown import markdown_of
from kstream_cli.render.mermaid import mermaid_of
from kstream_cli.render.page import page_of
from kstream_cli.render.tree import text_lines, tree_of
from tests.render.topologies import HOSTILE, counting, hostile, reading_one_table

SVG = "{http://www.w3.org/2000/svg}"
CASES = sorted((Path(__file__).parents[1] / "oracle" / "cases").glob("*/*.json"))
RECORDED = {file.stem: text for file in CASES if (text := json.loads(file.read_text())["describe"])}


def parsed(svg):
    return ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", svg))


def groups(root, kind):
    return [group for group in root.iter(f"{SVG}g") if kind in group.get("class", "").split()]


@pytest.mark.parametrize("text", [RECORDED[name] for name in list(RECORDED)[::7]], ids=list(RECORDED)[::7])
def test_a_picture_of_javas_text_has_every_node_and_every_edge(text):
    graph = graph_of(from_java_text(text, name="java"))
    root = parsed(picture_of(graph, "svg").decode())
    titles = [group for group in groups(root, "node") if "title" in group.get("class").split()]
    assert len(groups(root, "node")) - len(titles) == len(graph.vertices)
    assert len(groups(root, "edge")) == len(graph.edges)
    arrows = sum(line.count(", ") + 1 for line in re.findall(r"--> (.*)", text) if line != "none")
    inner = {node.name for node in from_java_text(text, name="java").nodes()}
    assert sum(edge.tail in inner and edge.head in inner for edge in graph.edges) == arrows


def test_every_recorded_text_becomes_a_graph_with_all_its_nodes_stores_and_topics():
    for text in RECORDED.values():
        found = from_java_text(text, name="java")
        vertices = {vertex.id for vertex in graph_of(found).vertices}
        assert {node.name for node in found.nodes()} <= vertices
        assert {f"store {store.name}" for store in found.stores()} <= vertices
        assert {f"topic {topic}" for topic in found.topics()} <= vertices


def test_a_join_with_a_global_table_has_its_edge():
    found = from_json(json_of(joined_with_global_table()))
    edges = {(edge.tail, edge.head) for edge in graph_of(found).edges}
    assert ("store users-store", "look-up") in edges


def joined_with_global_table():
    from kstream_cli import StreamsBuilder
    from kstream_cli.described.built import described

    builder = StreamsBuilder()
    users = builder.global_table("users", key=str, value=str, store="users-store")
    clicks = builder.stream("clicks", key=str, value=str)
    clicks.join(users, lambda one, other: one, selector=lambda key, value: key, name="look-up").to("out")
    return described(builder.build(), name="joins")


def test_no_edge_crosses_the_title_of_a_subtopology():
    root = parsed(picture_of(graph_of(counting(4)), "svg").decode())
    titles = [text for group in groups(root, "title") for text in group.iter(f"{SVG}text")]
    assert len(titles) == 8
    boxes = []
    for text in titles:
        x, y = float(text.get("x")), float(text.get("y"))
        boxes.append((x - 35, x + 35, y - 9, y + 2))
    for group in groups(root, "edge"):
        for path in group.iter(f"{SVG}path"):
            for x, y in along(path.get("d")):
                assert not any(left < x < right and top < y < bottom for left, right, top, bottom in boxes)


def along(d):
    """Points on a path of cubic curves."""
    points = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", d)]
    for at in range(0, len(points) - 3, 3):
        a, b, c, e = points[at : at + 4]
        for step in range(21):
            t = step / 20
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
            yield tuple(sum(w * point[axis] for w, point in zip(weights, (a, b, c, e), strict=True)) for axis in (0, 1))


def test_a_long_name_does_not_make_its_shape_wide():
    assert broken("big-counts-per-product-of-region-1-repartition") == [
        "big-counts-per-product-of-",
        "region-1-repartition",
    ]
    assert max(map(len, broken("x" * 100))) <= 26
    root = parsed(picture_of(graph_of(counting(1, name="an-application-with-a-long-name")), "svg").decode())
    (topic,) = groups(root, "repartition")
    across = [
        float(x) for polygon in topic.iter(f"{SVG}polygon") for x in re.findall(r"(-?[\d.]+),", polygon.get("points"))
    ]
    assert max(across) - min(across) < 220


@pytest.mark.parametrize(
    ("level", "kinds"), [("subtopologies", {"subtopology": 6}), ("apps", {"app": 1, "repartition": 0})]
)
def test_a_level_shows_a_box_for_each_part(level, kinds):
    graph = graph_of(counting(3), Shows(level=level))
    found = [vertex.kind for vertex in graph.vertices]
    assert {kind: found.count(kind) for kind in kinds} == kinds
    assert all(edge.tail != edge.head for edge in graph.edges)


@pytest.mark.parametrize(
    ("level", "ends"),
    [
        ("processors", {("KTABLE-SOURCE-0000000001", "rated-0"), ("KTABLE-SOURCE-0000000003", "own-0")}),
        ("subtopologies", {("Subtopology 0, global store", "Subtopology 1")}),
    ],
)
def test_a_join_keeps_its_edge_where_stores_are_not_shown(level, ends):
    graph = graph_of(reading_one_table(1), Shows(level=level, stores=False))
    assert {(edge.tail, edge.head) for edge in graph.edges if edge.kind == "uses"} == ends


def test_many_topics_beside_a_box_stand_in_several_rows():
    overview = dot_of(graph_of(reading_one_table(12), Shows(level="apps")))
    assert {f"minlen={length}" in overview for length in (2, 3)} == {True}
    assert "minlen" not in dot_of(graph_of(reading_one_table(12)))


def test_several_topologies_are_joined_by_the_topics_they_share_and_by_no_other():
    one, other = counting(1, name="one"), counting(1, name="other")
    graph = graph_of([one, other])
    assert [vertex.label for vertex in graph.topics if vertex.kind == "topic"] == ["in-0", "out"]
    assert len([vertex for vertex in graph.topics if vertex.kind == "repartition"]) == 2
    assert [cluster.title for cluster in graph.clusters] == ["one", "other"]
    parsed(picture_of(graph, "svg").decode())


def test_what_is_shown_can_be_chosen():
    everything = Shows(stores=True, changelogs=True, types=True, legend=True)
    graph = graph_of(counting(1), everything)
    assert [vertex.label for vertex in graph.vertices if vertex.kind == "changelog"] == ["counting-counts-0-changelog"]
    assert any(edge.label == "(String, Long)" for edge in graph.edges)
    assert {vertex.kind for vertex in graph.legend} == {vertex.kind for vertex in graph.vertices}
    assert "(String, Long)" in dot_of(graph)
    bare = graph_of(counting(1), Shows(stores=False, names=False))
    assert not [vertex for vertex in bare.vertices if vertex.kind == "store" or "KSTREAM" in vertex.detail]


def test_a_picture_from_left_to_right_is_wider():
    def size(direction):
        root = parsed(picture_of(graph_of(counting(1)), "svg", direction=direction).decode())
        return float(root.get("width").removesuffix("pt")), float(root.get("height").removesuffix("pt"))

    assert size("TB")[1] > size("TB")[0]
    assert size("LR")[0] > size("LR")[1]


def test_a_png_grows_with_its_scale():
    def width(scale):
        return int.from_bytes(picture_of(graph_of(counting(1)), "png", scale=scale)[16:20])

    assert width(3) == pytest.approx(3 * width(1), abs=4)


def test_hostile_names_are_text_in_an_svg():
    graph = graph_of(hostile())
    svg = picture_of(graph, "svg").decode()
    root = parsed(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "g", "path", "polygon", "polyline", "ellipse", "text", "a",
    }  # fmt: skip
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or name == "href"]
    assert len(groups(root, "edge")) == len(graph.edges)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", svg)


def test_hostile_names_are_text_in_mermaid():
    graph = graph_of(hostile())
    for line in mermaid_of(graph).splitlines():
        assert re.fullmatch(
            r"flowchart TB|  acc(Title|Descr): [^#\"<>`;]*|  classDef .*|  n\d+ (-->|-\.-) n\d+|  end"
            r"|  subgraph s\d+\[\"[^\"<>`]*\"\]"
            r"|  +n\d+(\(\[|\[|\[\[|\[\(|\[/)\"[^\"<>`]*(<br><small>[^\"<>`]*</small>)?\"(\]\)|\]|\]\]|\)\]|/\]):::\w+",
            line,
        ), line


def test_hostile_names_are_text_in_markdown():
    text = markdown_of([hostile()])
    tables = text.partition("\n```\n")[2]
    assert not re.search(r"[<>`*\\~$\[\]]|(?<!&)#(?!#| )", tables.replace("## ", ""))
    cells = {line.count("|") for line in tables.splitlines() if line.startswith("|")}
    assert cells <= {4, 5, 6}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\ud800]", text)


def test_hostile_names_stay_on_their_line_of_the_tree():
    lines = [printable(line) for line in text_lines(tree_of(hostile(), wide=True))]
    assert not any(re.search(r"[\x00-\x1f\u202e\ud800]", line) for line in lines)
    for number, name in enumerate(HOSTILE):
        assert any(printable(f"p{number}{name}") in line for line in lines)


def test_hostile_names_cannot_leave_the_data_of_the_page():
    page = page_of([hostile()])
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    data = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[0]
    assert not set("<>&") & set(data)
    assert len(json.loads(data)["shapes"]) == len(graph_of(hostile()).vertices)
    assert "http:" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https:" not in page


def test_hostile_names_survive_being_saved():
    # Half a character is in no JSON: it is saved as it is shown.
    whole = msgspec.structs.replace(hostile(), subtopologies=hostile().subtopologies[:-3])
    assert from_json(json_of(whole)) == whole
    assert len(from_json(printable_lines(json_of(hostile()))).subtopologies) == len(hostile().subtopologies)
    assert java_text(hostile()).count("Processor: ") == len(HOSTILE)


def test_the_page_of_documentation_is_the_same_each_time_and_lists_topics_stores_and_sinks():
    text = markdown_of([counting(1)])
    assert text == markdown_of([counting(1)])
    assert "```mermaid\nflowchart TB" in text
    rows = ("| in-0 |", "| counts-0 | key-value, on disk, cached, changelog counting-counts-0-changelog |")
    for row in (*rows, "changes the key"):
        assert row in text


def test_the_page_and_the_tables_say_until_when_a_suppression_waits():
    builder = StreamsBuilder()
    windows = TimeWindows.of_size(minutes=5).grace(minutes=1)
    counts = builder.stream("in", key=str, value=str).group_by_key().windowed_by(windows).count()
    counts.suppress(Suppressed.until_window_closes(BufferConfig.unbounded()))
    view = described(builder.build({}), name="final")
    said = "until their window has ended, and 1 min of grace are over"
    assert said in markdown_of([view])
    assert said in page_of([view])
    assert "records without a key" in page_of([view])
