"""Suppress and transform_values, beyond what the recorded cases show."""

from __future__ import annotations

import pytest

from kstream_cli import (
    BufferConfig,
    Materialized,
    SessionWindows,
    Stores,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    TopologyTestDriver,
    ValueTransformer,
)
from kstream_cli.errors import ProcessingError, StreamsError, TopologyError

UNBOUNDED = BufferConfig.unbounded()


def results(builder, records, config=None):
    """(key, value) of what comes out of `out` for (key, value, timestamp) records of `in`."""
    with TopologyTestDriver(builder, config) as driver:
        for key, value, timestamp in records:
            driver.input("in", key=str, value=str).pipe((key, value), timestamp=timestamp)
        return driver.output("out", key=str, value=str).read()


def suppressed_table(suppressed):
    builder = StreamsBuilder()
    builder.table("in", key=str, value=str).suppress(suppressed).to_stream().to("out")
    return builder


def final_counts(windows, suppressed=None):
    builder = StreamsBuilder()
    counts = builder.stream("in", key=str, value=str).group_by_key().windowed_by(windows).count()
    final = counts.suppress(suppressed or Suppressed.until_window_closes(UNBOUNDED))
    final.to_stream(lambda windowed, count: windowed.key).map_values(str).to("out", key=str, value=str)
    return builder


def test_until_a_time_limit_only_the_latest_value_of_a_key_comes_out():
    builder = suppressed_table(Suppressed.until_time_limit(10, UNBOUNDED))
    assert results(builder, [("a", "1", 0), ("a", "2", 9), ("b", "x", 10)]) == [("a", "2")]


def test_a_later_update_does_not_prolong_the_wait():
    builder = suppressed_table(Suppressed.until_time_limit(10, UNBOUNDED))
    assert results(builder, [("a", "1", 0), ("a", "2", 5), ("a", "3", 10), ("a", "4", 11)]) == [("a", "3")]


def test_a_full_buffer_lets_the_oldest_go_early():
    builder = suppressed_table(Suppressed.until_time_limit(1000, BufferConfig.max_records(1)))
    assert results(builder, [("b", "1", 0), ("a", "2", 1), ("c", "3", 2)]) == [("b", "1"), ("a", "2")]


def test_a_full_buffer_that_must_not_emit_early_stops_and_says_how_full_it_is():
    builder = suppressed_table(Suppressed.until_time_limit(1000, BufferConfig.max_records(1).shut_down_when_full()))
    with pytest.raises(ProcessingError, match="2 records of 1"):
        results(builder, [("a", "1", 0), ("b", "2", 1)])


def test_each_window_has_one_final_result_when_its_grace_is_over():
    builder = final_counts(TimeWindows.of_size(10).grace(5))
    records = [("a", "x", 0), ("a", "x", 12), ("a", "late", 3), ("b", "x", 15)]
    assert results(builder, records) == [("a", "2")]


def test_sessions_wait_for_gap_and_grace():
    builder = final_counts(SessionWindows.of_inactivity_gap(10).grace(5))
    assert results(builder, [("a", "x", 0), ("a", "x", 8), ("b", "x", 22)]) == []
    assert results(builder, [("a", "x", 0), ("a", "x", 8), ("b", "x", 23)]) == [("a", "2")]


def test_a_cached_aggregation_is_suppressed_just_the_same():
    builder = final_counts(TimeWindows.of_size(10))
    records = [("a", "x", 0), ("a", "x", 5), ("b", "x", 10)]
    assert results(builder, records, {"statestore.cache.max.bytes": 100_000}) == [("a", "2")]


def test_an_aggregate_changed_in_place_is_held_as_it_was():
    def add(key, value, items):
        items.append(value)
        return items

    builder = StreamsBuilder()
    lists = builder.stream("in", key=str, value=str).group_by_key().aggregate(list, add, value=list)
    held = lists.suppress(Suppressed.until_time_limit(0, BufferConfig.max_records(5)))
    held.to_stream().map_values(",".join).to("out", key=str, value=str)
    assert results(builder, [("a", "1", 0), ("a", "2", 1)]) == [("a", "1"), ("a", "1,2")]


def test_what_stands_below_still_sees_the_value_before_the_one_held_back():
    builder = StreamsBuilder()
    table = builder.table("t", key=str, value=str).suppress(Suppressed.until_time_limit(10, UNBOUNDED))
    builder.stream("in", key=str, value=str).left_join(table, lambda left, right: f"{left}+{right}").to(
        "out", value=str
    )
    with TopologyTestDriver(builder) as driver:
        rows, stream = driver.input("t"), driver.input("in")
        rows.pipe(("a", "old"), timestamp=0)
        stream.pipe(("a", "1"), timestamp=0)
        rows.pipe(("b", "-"), timestamp=10)
        rows.pipe(("a", "new"), timestamp=11)
        stream.pipe(("a", "2"), timestamp=11)
        rows.pipe(("b", "-"), timestamp=30)
        stream.pipe(("a", "3"), timestamp=30)
        assert driver.output("out", key=str, value=str).read_values() == ["1+None", "2+old", "3+new"]


def test_a_name_names_the_processor_and_its_store():
    topology = suppressed_table(Suppressed.until_time_limit(10, UNBOUNDED, name="rest")).build()
    assert "rest" in topology.nodes
    assert "rest-store" in topology.stores


def test_without_logging_the_buffer_has_no_changelog():
    topology = suppressed_table(Suppressed.until_time_limit(10, UNBOUNDED.without_logging(), name="rest")).build()
    assert not topology.stores["rest-store"].logging
    logged = suppressed_table(Suppressed.until_time_limit(10, UNBOUNDED.with_logging({"a": "b"}), name="rest")).build()
    assert logged.stores["rest-store"].changelog_config == {"a": "b"}


def test_final_results_cannot_be_emitted_early():
    with pytest.raises(TopologyError, match="shut_down_when_full"):
        Suppressed.until_window_closes(BufferConfig.max_records(1))


def test_final_results_need_windows():
    with pytest.raises(TopologyError, match="is not windowed"):
        suppressed_table(Suppressed.until_window_closes(UNBOUNDED))


def test_a_versioned_table_cannot_be_suppressed():
    builder = StreamsBuilder()
    store = Materialized(supplier=Stores.versioned("v", history_retention=100))
    builder.table("in", store=store).filter(lambda key, value: True).suppress(Suppressed.until_time_limit(1, UNBOUNDED))
    with pytest.raises(TopologyError, match="versioned"):
        builder.build()


class Numbered(ValueTransformer):
    def init(self, context):
        super().init(context)
        self.seen = context.store("seen")

    def transform(self, key, value):
        number = (self.seen.get(key) or 0) + 1
        self.seen.put(key, number)
        return f"{value}#{number}"


def numbered(transformer, **options):
    builder = StreamsBuilder()
    builder.add_state_store(Stores.key_value("seen", key=str, value=int, persistent=False))
    table = builder.table("in", key=str, value=str)
    table.transform_values(transformer, stores="seen", value=str, **options).to_stream().to("out")
    return builder


@pytest.mark.parametrize("options", [{}, {"store": "own"}])
def test_a_transformer_uses_its_store_and_is_given_deleted_rows(options):
    builder = numbered(Numbered, **options)
    assert results(builder, [("a", "x", 0), ("a", None, 1)]) == [("a", "x#1"), ("a", "None#2")]


def test_a_transformer_cannot_forward():
    class Forwarding(Numbered):
        def transform(self, key, value):
            self.context.forward(None)

    with pytest.raises(StreamsError):
        results(numbered(Forwarding), [("a", "x", 0)])
