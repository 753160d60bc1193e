import json
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from kstream_cli import EmitStrategy, Processor, Stores, StreamsBuilder, TimeWindows, Topology
from kstream_cli.described.built import described
from kstream_cli.described.model import ClusterView
from kstream_cli.described.saved import json_of
from kstream_cli.render.dot import dot_of, picture_of
from kstream_cli.render.graph import Shows, graph_of
from kstream_cli.render.markdown import markdown_of
from kstream_cli.render.mermaid import mermaid_of
from kstream_cli.render.palette import DARK, LIGHT
from kstream_cli.render.tree import text_lines, tree_of
from kstream_cli.render.words import duration
from tests.render.topologies import reading_one_table


class Count(Processor):
    def process(self, record):
        pass


def counted():
    return (
        Topology()
        .add_source("read", "lines", key=str, value=str)
        .add_processor("split", Count, parents="read")
        .add_processor("count", Count, parents="split")
        .add_state_store(Stores.key_value("counts", key=str, value=int), "count")
        .add_sink("write", "totals", parents="count", key=str, value=int)
        .add_sink("copy", "copies", parents="count", key=str, value=int)
    )


@pytest.fixture
def view():
    return described(counted(), name="counting", application_id="app")


def test_the_tree_shows_nodes_in_the_order_of_the_records(view):
    assert list(text_lines(tree_of(view))) == [
        "counting  application.id app",
        "  Subtopology 0  one task for each partition of lines",
        "    source    read  reads lines  (String, String)",
        "    ↓ process split",
        "    ↓ process count  uses counts",
        "    ├─ sink    copy  writes copies  (String, Long)",
        "    └─ sink    write  writes totals  (String, Long)",
        "    store counts  (String, Long)  key-value, on disk, changelog app-counts-changelog",
    ]


def test_with_a_cluster_the_tree_says_how_many_tasks_there_are_and_what_is_missing(view):
    cluster = ClusterView(bootstrap_servers="broker:9092", partitions={"lines": 3, "totals": None})
    text = "\n".join(text_lines(tree_of(view, cluster)))
    assert "3 tasks (0_0 to 0_2): one for each partition of lines" in text
    assert "totals  missing" in text


def test_json_holds_every_node_and_the_clusters_facts(view):
    document = json.loads(
        json_of(view, ClusterView(bootstrap_servers="broker:9092", partitions={"lines": 3, "totals": None}))
    )
    (part,) = document["subtopologies"]
    assert [node["name"] for node in part["nodes"]] == ["read", "split", "count", "copy", "write"]
    assert document["cluster"]["tasks"] == {"0": 3}
    assert part["id"] == 0
    assert document["cluster"]["missing"] == ["totals"]


def test_the_graph_joins_processors_stores_and_topics(view):
    graph = graph_of(view)
    assert [topic.label for topic in graph.topics] == ["lines", "copies", "totals"]
    ends = {(edge.tail, edge.head, edge.kind) for edge in graph.edges}
    assert ("topic lines", "read", "flow") in ends
    assert ("count", "store counts", "uses") in ends
    assert ("write", "topic totals", "flow") in ends


def test_dot_tells_kinds_apart_by_shape_and_colour(view):
    dot = dot_of(graph_of(view))
    looks: dict[Any, str] = {
        kind: next(line for line in dot.splitlines() if f"class={kind} " in line)
        for kind in ("source", "processor", "sink", "store", "topic")
    }
    shapes = {kind: line.split("shape=")[1].split()[0] for kind, line in looks.items()}
    assert len({(shapes[kind], LIGHT.kinds[kind]) for kind in looks}) == len(looks)
    assert shapes["store"] == "cylinder"


def test_an_svg_is_named_described_and_follows_the_readers_dark_setting(view):
    svg = picture_of(graph_of(view), "svg").decode()
    root = ElementTree.fromstring(svg.partition("?>")[2].partition(">")[2] if "<!DOCTYPE" in svg else svg)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.findtext(f"{space}title") == "counting"
    assert "lines" in root.findtext(f"{space}desc", "")
    assert "prefers-color-scheme:dark" in svg


def test_a_dark_svg_is_dark_everywhere(view):
    svg = picture_of(graph_of(view), "svg", "dark").decode()
    assert DARK.background in svg
    assert "prefers-color-scheme" not in svg


def test_a_png_is_a_png(view):
    assert picture_of(graph_of(view), "png").startswith(b"\x89PNG")


def in_parts(parts=2):
    """Subtopologies that no topic joins."""
    builder = StreamsBuilder()
    for each in range(parts):
        builder.stream(f"{each}", key=str, value=int).map_values(str, value=float).to(f"{each}-out")
    return described(builder.build({}), name="parts")


def test_types_stand_on_the_edges_also_where_a_picture_has_several_parts():
    svg = picture_of(graph_of(in_parts(), Shows(types=True)), "svg").decode()
    assert svg.count(">(String, Long)</text>") == 4
    assert svg.count(">(String, Double)</text>") == 4


def test_every_label_is_in_the_middle_of_its_shape_beside_types_and_titles():
    svg = picture_of(graph_of(in_parts(), Shows(types=True)), "svg").decode()
    for node in re.findall(r'<g id="node.*?</g>\n</g>', svg, re.DOTALL):
        outline = re.search(r'points="([^"]*)"', node)
        middles = {float(x) for x in re.findall(r'<text [^>]*text-anchor="middle" x="([^"]*)"', node)}
        across = [float(pair.split(",")[0]) for pair in outline[1].split()] if outline else sorted(middles)
        assert min(across) <= min(middles) <= max(middles) <= max(across)


def test_a_box_of_an_overview_has_one_line_to_each_of_its_stores():
    graph = graph_of(reading_one_table(1), Shows(level="subtopologies", stores=True))
    lines = [frozenset((edge.tail, edge.head)) for edge in graph.edges if edge.kind == "uses"]
    assert sorted(map(len, lines)) == [2, 2, 2]
    assert len(set(lines)) == 3


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("level", ["subtopologies", "processors"])
def test_parts_that_nothing_joins_fill_about_a_page(direction, level):
    svg = picture_of(graph_of(in_parts(24), Shows(level=level)), "svg", direction=direction).decode()
    found = re.search(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    assert found is not None
    assert 0.8 < float(found[1]) / float(found[2]) < 3


def test_mermaid_has_a_subgraph_for_each_subtopology_and_a_line_for_each_edge(view):
    graph = graph_of(view)
    text = mermaid_of(graph)
    assert text.count("subgraph") == len(graph.clusters)
    assert text.count(" --> ") + text.count(" -.- ") == len(graph.edges)


def test_names_with_special_characters_do_not_break_a_picture():
    topology = (
        Topology()
        .add_source("a:<b>", "t.1", key=str, value=str)
        .add_sink('s"x', "out", parents="a:<b>", key=str, value=str)
    )
    graph = graph_of(described(topology, name='q"uo<te'))
    ElementTree.fromstring(picture_of(graph, "svg").decode().partition("?>")[2].partition('.dtd">')[2])
    assert "a:#60;b#62;" in mermaid_of(graph)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_fill(palette):
    fills = [fill for fill, _ in palette.kinds.values()] + [palette.background, palette.cluster]
    for fill in fills:
        assert contrast(palette.text, fill) >= 4.5
        assert contrast(palette.muted, fill) >= 4.5


def contrast(one, other):
    """The ratio that WCAG defines."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("ms", "text"), [(600_000, "10 min"), (86_400_000, "1 d"), (1_500, "1500 ms"), (3_600_000, "1 h")]
)
def test_a_duration_is_told_in_its_largest_whole_unit(ms, text):
    assert duration(ms) == text


def test_the_canvas_of_a_picture_that_follows_the_system_turns_dark():
    svg = picture_of(graph_of(described(counted(), name="t", application_id="t")), "svg").decode()
    # The canvas is the first shape; the rule must name the elements around it as Graphviz nests them.
    canvas = re.search(r'<svg.*?<g id="graph0" class="graph"[^>]*>(.*?)<polygon fill="#ffffff"', svg, re.DOTALL)
    assert canvas is not None
    nested = re.findall(r"<(g|a)\b", canvas[1])
    assert f"{'>'.join(['.graph', *nested, 'polygon'])}{{fill:#0d1117}}" in svg


@pytest.mark.parametrize(
    "show",
    [
        lambda view: "\n".join(text_lines(tree_of(view))),
        lambda view: markdown_of([view]),
        lambda view: dot_of(graph_of(view)),
        lambda view: mermaid_of(graph_of(view)),
    ],
    ids=["tree", "markdown", "dot", "mermaid"],
)
def test_what_emits_on_idle_is_marked(show):
    builder = StreamsBuilder()
    seconds = builder.stream("in", key=str, value=str).group_by_key().windowed_by(TimeWindows.of_size(1_000))
    seconds.emit_strategy(EmitStrategy.on_window_close(emit_on_idle=30_000)).count(store="counts")
    view = described(builder.build({"application.id": "app"}), name="mine")
    text = show(view)
    assert "not deterministic" in text
    assert "emits on idle after 30 s" in text
    assert '"emit_on_idle_ms": 30000' in json_of(view)
