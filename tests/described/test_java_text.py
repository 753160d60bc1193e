import json
from pathlib import Path

import pytest

from kstream_cli import JoinWindows, StreamsBuilder
from kstream_cli.described.java_text import from_java_text, is_java_text, java_text
from kstream_cli.described.saved import from_json, json_of
from kstream_cli.errors import TopologyError

RECORDED = {
    file.stem: text
    for file in sorted((Path(__file__).parents[1] / "oracle" / "cases").glob("*/*.json"))
    if (text := json.loads(file.read_text())["describe"]) is not None
}
"""What Java's Topology.describe() printed."""

SMALL = """Topologies:
   Sub-topology: 0
    Source: read (topics: [in])
      --> keep
    Processor: keep (stores: [kept])
      --> write
      <-- read
    Sink: write (topic: out)
      <-- keep

"""


@pytest.mark.parametrize("text", RECORDED.values(), ids=RECORDED.keys())
def test_javas_text_is_read_and_written_again_to_the_letter(text):
    assert is_java_text(text)
    found = from_java_text(text, name="java")
    assert java_text(found) == text
    assert java_text(from_json(json_of(found))) == text


def joined_with_row(kind, name):
    def add(stream, builder):
        table = builder.table("rows", key=str, value=str, store="rows")
        getattr(stream, kind)(table, lambda one, two: one, name=name)

    return add


def joined_with_stream(kind):
    def add(stream, builder):
        within = JoinWindows.of_time_difference(seconds=1)
        getattr(stream, kind)(builder.stream("other", key=str, value=str), lambda one, two: one, within, name="two")

    return add


@pytest.mark.parametrize(
    ("add", "does"),
    [
        (lambda stream, builder: stream.group_by_key().count(), "drop_null_keys"),
        (joined_with_row("join", None), "drop_null_keys"),
        (joined_with_row("left_join", None), "repartition_filter"),
        (joined_with_row("join", "named"), "repartition_filter"),
        (joined_with_stream("join"), "drop_null_keys"),
        (joined_with_stream("left_join"), "repartition_filter"),
        (joined_with_stream("outer_join"), "repartition_filter"),
    ],
)
def test_the_filter_before_a_repartition_topic_is_said_to_drop_null_keys_only_where_names_tell(add, does):
    builder = StreamsBuilder()
    add(builder.stream("in", key=str, value=str).select_key(lambda key, value: value, key=str), builder)
    found = from_java_text(str(builder.build().describe()), name="java")
    (sink,) = [node for node in found.nodes() if node.kind == "sink"]
    (before,) = [node for node in found.nodes() if node.name in sink.parents]
    assert (before.operation, before.drops_null_keys) == (does, does == "drop_null_keys")


def test_what_the_text_does_not_say_is_left_out():
    (part,) = from_java_text(SMALL, name="java").subtopologies
    (store,) = part.stores
    assert (store.kind, store.persistent, store.changelog, store.retention_ms) == (None, None, None, None)
    assert all(node.key is None and node.windows is None and node.position is None for node in part.nodes)


def test_a_text_of_an_older_kafka_and_of_another_indentation_is_read():
    text = SMALL.replace("Topologies:", "Sub-topologies:").replace("    ", "\t").replace("\n", "\r\n")
    assert java_text(from_java_text(text, name="java")) == SMALL


def test_a_text_of_kafka_1_has_fewer_blanks_and_brackets():
    text = SMALL.replace("Topologies:", "Sub-topologies: ").replace(" (", "(").replace("[in]", "in")
    text += "Global Stores:\n  none\n"
    assert java_text(from_java_text(text, name="java")) == SMALL


def test_what_a_logger_writes_before_the_text_is_left_out():
    text = f"2026-11-30 10:00:00.000  INFO 1 --- [main] shop.App : {SMALL}"
    assert is_java_text(text)
    assert java_text(from_java_text(text, name="java")) == SMALL


@pytest.mark.parametrize("before", ["2026-11-30 10:00:00.{}  INFO 1 --- [main] shop.App : ", "app-1  | "])
def test_what_a_logger_writes_before_each_line_is_left_out(before):
    text = "".join(f"{before.format(n)}{line}".rstrip() + "\n" for n, line in enumerate(SMALL.split("\n")))
    assert is_java_text(text)
    assert java_text(from_java_text(text, name="java")) == SMALL
    with pytest.raises(TopologyError, match=r"line 5: .*Processr: keep"):
        from_java_text(text.replace("Processor:", "Processr:"), name="java")


def test_a_repartition_topic_says_which_node_changes_the_key():
    found = from_java_text(RECORDED["select_key_group_store_named"], name="java")
    (sink,) = [node for node in found.nodes() if node.repartition and node.kind == "sink"]
    assert sink.repartition.because == "KSTREAM-KEY-SELECT-0000000001"
    assert sink.repartition.operation == "select_key"


def named_topology():
    """Java's text of operations that are named by the user."""
    builder = StreamsBuilder()
    left, right = (builder.stream(topic, key=str, value=str) for topic in ("left", "right"))
    keyed = left.select_key(lambda key, value: value, name="by-value")
    joined = keyed.left_join(right, lambda one, two: one, JoinWindows.of_time_difference(seconds=1), name="pay")
    joined.group_by(lambda key, value: value, key=str, value=str, name="chosen").count(store="counts")
    left.repartition(name="spread").to("out")
    rows, others = (builder.table(topic, key=str, value=str, store=topic) for topic in ("rows", "others"))
    rows.join(others, lambda one, two: one, foreign_key=lambda row: row, value=str, name="fk")
    return from_java_text(str(builder.build({}).describe()), name="java")


def test_operations_that_the_user_names_are_known_by_what_kafka_streams_adds_to_the_name():
    nodes = {node.name: node for node in named_topology().nodes()}
    operations = {name: node.operation for name, node in nodes.items() if name.startswith(("pay-", "fk-"))}
    assert operations["pay-this-windowed"] == operations["pay-other-windowed"] == "join_window"
    assert operations["pay-this-join"] == operations["pay-outer-other-join"] == "join"
    assert operations["pay-merge"] == "merge"
    assert nodes["pay-this-join"].join.kind == "left"
    assert operations["fk-subscription-response-resolver"] == "foreign_key_resolve"
    assert nodes["fk-subscription-response-resolver"].join.other_topic == "others"


@pytest.mark.parametrize("name", ["fk", None])
def test_the_topics_of_a_foreign_key_join_are_internal(name):
    builder = StreamsBuilder()
    rows, others = (builder.table(topic, key=str, value=str, store=topic) for topic in ("rows", "others"))
    rows.join(others, lambda one, two: one, foreign_key=lambda row: row, value=str, name=name)
    found = from_java_text(str(builder.build({}).describe()), name="java")
    read = {topic for node in found.nodes() if node.kind == "source" for topic in node.topics}
    assert set(found.internal_topics) == read - {"rows", "others"}
    assert len(found.internal_topics) == 2


def test_why_a_repartition_topic_is_there_is_left_out_where_the_text_does_not_tell():
    reasons = {node.name: node.repartition for node in named_topology().nodes() if node.kind == "sink"}
    assert reasons["pay-left-repartition-sink"] is None
    assert reasons["chosen-repartition-sink"] is None
    assert reasons["spread-repartition-sink"].operation == "repartition"


@pytest.mark.parametrize(
    ("case", "kind"), [("ss_inner", "inner"), ("ss_left", "left"), ("ss_outer", "outer"), ("st_inner", "inner")]
)
def test_a_join_has_its_kind_and_both_sides(case, kind):
    found = from_java_text(RECORDED[case], name="java")
    nodes = {node.name: node for node in found.nodes()}
    joins = [node for node in nodes.values() if node.join]
    assert joins
    assert {node.join.kind for node in joins} == {kind}
    for node in joins:
        assert node.join.this in node.parents
        assert node.join.other in nodes
        assert node.join.other != node.join.this


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("      <-- keep\n", "", "line 5: 'keep' has --> write, which has no <-- keep"),
        ("      --> write\n", "", "line 5: 'keep' has no line -->"),
        ("Sink: write (topic: out)", "Sinks: write", "line 8: 'Sinks: write' is no line of Java's description"),
        ("    Sink: write (topic: out)\n      <-- keep\n", "", "write, which is no node of sub-topology 0"),
        ("      --> keep\n", "      --> keep\n      --> keep\n", "line 5: 'read' has a second -->"),
        ("   Sub-topology: 0\n", "", "line 2: Sub-topology: was expected"),
        ("Processor: keep (stores: [kept])", "Sink: read (topic: x)", "there are two nodes named 'read'"),
        ("    Source: read (topics: [in])\n", "", "line 3: an arrow stands before the first node"),
    ],
)
def test_a_text_that_is_almost_javas_is_refused_with_its_line(before, after, said):
    assert before in SMALL
    with pytest.raises(TopologyError) as refused:
        from_java_text(SMALL.replace(before, after, 1), name="java")
    assert said in str(refused.value)


@pytest.mark.parametrize("lines", range(2, 9))
def test_a_text_that_is_cut_off_is_refused(lines):
    cut = "\n".join(SMALL.splitlines()[:lines])
    with pytest.raises(TopologyError):
        from_java_text(cut, name="java")


def test_a_node_that_emits_on_idle_is_marked_and_read_again():
    text = SMALL.replace("[kept])", "[kept]) (not deterministic: emits on idle after 30000 ms)")
    found = from_java_text(text, name="java")
    assert [node.emit_on_idle_ms for node in found.nodes()] == [None, 30_000, None]
    assert java_text(found) == text
