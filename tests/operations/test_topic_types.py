"""What an application's topics hold is known from its topology: changelogs of each kind of store, too."""

from dataclasses import dataclass

import pytest

from kstream_cli import (
    BufferConfig,
    Config,
    JoinWindows,
    Materialized,
    SessionWindows,
    Stores,
    StreamsBuilder,
    Suppressed,
    TestRecord,
    TimeWindows,
    TopologyTestDriver,
    Windowed,
)
from kstream_cli.errors import SerializationError
from kstream_cli.operations.changelog_rows import BufferedChange, BufferedRecord
from kstream_cli.operations.topic_types import TopicTypes

CONFIG = {"application.id": "app", "errors.dead.letter.queue.topic.name": "dead"}


def changes(builder, topic, *inputs):
    """The rows that a changelog has got once the inputs are piped, as they are read back."""
    with TopologyTestDriver(builder, CONFIG) as driver:
        for name, records in inputs:
            driver.input(name).pipe([TestRecord(*record) for record in records])
        written = [record for record in driver.produced if record.topic == topic]
        types = TopicTypes(driver.topology, Config.from_mapping(CONFIG))
        return [types.of(topic).decoded(record.key, record.value, record.headers) for record in written]


def test_a_count_is_read_from_its_changelog():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count(store="counts")
    assert changes(builder, "app-counts-changelog", ("in", [("a", "x"), ("a", "y")])) == [("a", 1), ("a", 2)]


def test_a_window_is_read_with_its_start_and_end():
    builder = StreamsBuilder()
    windows = TimeWindows.of_size(60_000)
    builder.stream("in", key=str, value=str).group_by_key().windowed_by(windows).count(store="counts")
    rows = changes(builder, "app-counts-changelog", ("in", [("a", "x", 61_000)]))
    assert rows == [(Windowed("a", 60_000, 120_000), 1)]


def test_a_session_is_read_with_its_start_and_end():
    builder = StreamsBuilder()
    sessions = SessionWindows.of_inactivity_gap(10_000)
    builder.stream("in", key=str, value=str).group_by_key().windowed_by(sessions).count(store="visits")
    rows = changes(builder, "app-visits-changelog", ("in", [("a", "x", 1_000), ("a", "y", 5_000)]))
    assert rows[-1] == (Windowed("a", 1_000, 5_000), 2)


def test_a_versioned_store_is_read_from_its_changelog():
    builder = StreamsBuilder()
    store = Materialized(supplier=Stores.versioned("v", history_retention=60_000))
    builder.stream("in", key=str, value=int).to_table(store=store)
    assert changes(builder, "app-v-changelog", ("in", [("a", 5)])) == [("a", 5)]


def test_a_suppressed_change_is_read_with_where_it_came_from():
    builder = StreamsBuilder()
    (
        builder.stream("in", key=str, value=str)
        .group_by_key()
        .windowed_by(TimeWindows.of_size(1_000))
        .count(store="counts")
        .suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name="held"))
    )
    rows = changes(builder, "app-held-store-changelog", ("in", [("a", "x", 100)]))
    assert rows == [(Windowed("a", 0, 1_000), BufferedChange(1, 1_000, "in", 0, 0))]


def test_a_record_that_waits_for_a_join_is_read():
    builder = StreamsBuilder()
    versions = Materialized(supplier=Stores.versioned("prices", history_retention=60_000))
    prices = builder.table("prices", key=str, value=int, store=versions)
    orders = builder.stream("orders", key=str, value=int)
    orders.join(prices, lambda order, price: order * price, grace=10_000, name="priced").to("out", value=int)
    rows = changes(builder, "app-priced-Buffer-changelog", ("orders", [("pen", 3, 500)]))
    assert rows == [("pen", BufferedRecord(3, 500, "orders", 0, 0))]


def test_both_sides_of_a_stream_join_are_read():
    builder = StreamsBuilder()
    left, right = (builder.stream(topic, key=str, value=str) for topic in ("left", "right"))
    left.join(right, lambda a, b: a + b, JoinWindows.of_time_difference(1_000), store="j", name="j").to(
        "out", value=str
    )
    rows = changes(builder, "app-j-this-join-store-changelog", ("left", [("a", "x", 100)]))
    assert [(key.key, key.start, value) for key, value in rows] == [("a", 100, "x")]


def test_a_repartition_topic_has_the_types_of_what_goes_through_it():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by(lambda k, v: len(v), key=int).count(store="by-length")
    types = TopicTypes(builder.build(), Config.from_mapping(CONFIG))
    assert types.of("app-by-length-repartition").role == "repartition"
    assert types.of("app-by-length-repartition").decoded(bytes(7) + b"\x02", b"ab") == (2, "ab")


def test_dead_letters_are_bytes():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=int).to("out")
    types = TopicTypes(builder.build(), Config.from_mapping(CONFIG))
    assert types.of("dead").role == "dead letter"
    assert types.of("dead").decoded(b"k", b"\x00\xff") == (b"k", b"\x00\xff")


def test_what_cannot_be_read_stays_bytes():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=int).to("out")
    assert TopicTypes(builder.build(), Config.from_mapping(CONFIG)).of("in").decoded(b"k", b"no number") == (
        "k",
        b"no number",
    )


@dataclass(frozen=True)
class Order:
    item: str
    amount: int = 1


def test_json_from_outside_gets_the_fields_left_out():
    builder = StreamsBuilder()
    builder.stream("orders", key=str, value=Order).to("out")
    orders = TopicTypes(builder.build(), Config.from_mapping(CONFIG)).of("orders")
    assert orders.encoded("k", {"item": "pen"}) == orders.encoded("k", Order("pen"))


def test_a_value_that_does_not_fit_names_its_field():
    builder = StreamsBuilder()
    builder.stream("orders", key=str, value=Order).to("out")
    orders = TopicTypes(builder.build(), Config.from_mapping(CONFIG)).of("orders")
    with pytest.raises(SerializationError, match=r"orders: the value .*amount"):
        orders.encoded("k", {"item": "pen", "amount": "three"})


@pytest.mark.parametrize(
    ("kind", "text", "expected"), [(str, "5", b"5"), (int, "5", bytes(7) + b"\x05"), (bool, "true", b"\x01")]
)
def test_text_becomes_what_the_topic_takes(kind, text, expected):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=kind).to("out")
    assert TopicTypes(builder.build(), Config.from_mapping(CONFIG)).of("in").encoded("k", text, is_text=True) == (
        b"k",
        expected,
    )
