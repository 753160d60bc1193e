import math

import pytest

from kstream_cli import (
    BufferConfig,
    EmitStrategy,
    Materialized,
    Processor,
    PunctuationType,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    Topology,
    TopologyTestDriver,
)
from kstream_cli.errors import ProcessingError

DEBUG = {"metrics.recording.level": "DEBUG"}


def found(driver, name, **tags):
    """The one value of a metric with these tags."""
    wanted = {tag.replace("_", "-"): value for tag, value in tags.items()}
    metrics = driver.metrics().items()
    [value] = [value for key, value in metrics if key.name == name and wanted.items() <= key.tags.items()]
    return value


def names(driver):
    return {key.name for key in driver.metrics()}


def doubling():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=int).map_values(lambda value: value * 2, name="double").to("out", name="sink")
    return builder


def counting(**options):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count(store="counts", **options).to_stream().to("out")
    return builder


def test_records_processed_and_consumed_are_counted():
    with TopologyTestDriver(doubling()) as driver:
        driver.input("in").pipe([("a", 1), ("b", 2)])
        assert found(driver, "process-total", task_id="0_0") == 2
        assert found(driver, "records-consumed-total", topic="in") == 2
        assert found(driver, "active-buffer-count") == 0


def test_dropped_records_are_counted():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count().to_stream().to("out")
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe([(None, "x"), ("a", "x")])
        assert found(driver, "dropped-records-total") == 1


def test_latency_of_a_source_is_from_the_records_time_to_the_clocks():
    with TopologyTestDriver(doubling(), start_ms=10_000) as driver:
        driver.input("in", start=9_000).pipe(("a", 1))
        assert found(driver, "record-e2e-latency-max") == 1_000
        driver.input("in", start=10_000).pipe(("a", 1))
        assert found(driver, "record-e2e-latency-min") == 0


def test_punctuations_are_counted():
    class Ticker(Processor):
        def init(self, context):
            context.schedule(100, PunctuationType.WALL_CLOCK_TIME, lambda now: None)

        def process(self, record):
            """Nothing to do."""

    topology = Topology().add_source("source", "in", key=str, value=str).add_processor("p", Ticker, parents="source")
    with TopologyTestDriver(topology) as driver:
        driver.advance_wall_clock(100)
        driver.advance_wall_clock(100)
        assert found(driver, "punctuate-total") == 2


def test_calls_of_nodes_and_stores_are_not_counted_unless_asked_for():
    with TopologyTestDriver(counting()) as driver:
        driver.input("in").pipe(("a", "x"))
        assert not {"put-rate", "bytes-consumed-total", "record-lateness-avg"} & names(driver)
        assert not [key for key in driver.metrics() if key.name == "process-total" and "processor-node-id" in key.tags]


def test_each_node_counts_its_records_at_debug():
    with TopologyTestDriver(doubling(), DEBUG) as driver:
        driver.input("in").pipe([("a", 1), ("b", 2), ("c", 3)])
        assert found(driver, "process-total", processor_node_id="double") == 3
        assert found(driver, "process-total", processor_node_id="sink") == 3
        assert found(driver, "process-total", processor_node_id="KSTREAM-SOURCE-0000000000") == 3


def test_records_and_bytes_of_topics_are_counted_at_debug_as_java_counts_them():
    with TopologyTestDriver(doubling(), DEBUG) as driver:
        driver.input("in").pipe(("abc", 1))
        assert found(driver, "bytes-consumed-total", topic="in") == 3 + 8 + 20 + len("in")
        assert found(driver, "records-produced-total", topic="out", processor_node_id="sink") == 1
        assert found(driver, "bytes-produced-total", topic="out") == 3 + 8 + 20 + len("out")


def test_lateness_is_how_far_a_record_is_behind_stream_time():
    with TopologyTestDriver(doubling(), DEBUG) as driver:
        topic = driver.input("in", start=5_000)
        topic.pipe(("a", 1))
        driver.input("in", start=2_000).pipe(("a", 1))
        assert found(driver, "record-lateness-max") == 3_000


def test_results_are_the_same_at_every_level():
    for level in ("INFO", "DEBUG", "TRACE"):
        with TopologyTestDriver(counting(), {"metrics.recording.level": level}) as driver:
            driver.input("in").pipe([("a", "x"), ("a", "y"), ("b", "z")])
            assert driver.output("out").read() == [("a", 1), ("a", 2), ("b", 1)]


def test_calls_of_a_store_are_timed_at_debug_under_its_kind_and_name():
    with TopologyTestDriver(counting(), DEBUG | {"statestore.cache.max.bytes": 0}) as driver:
        driver.input("in").pipe([("a", "x"), ("a", "y")])
        assert found(driver, "put-total", rocksdb_state_id="counts") == 2
        assert found(driver, "get-total", rocksdb_state_id="counts") == 2
        assert found(driver, "put-latency-avg", rocksdb_state_id="counts") > 0
        assert math.isnan(found(driver, "prefix-scan-latency-avg", rocksdb_state_id="counts"))


def test_ages_of_records_at_a_store_are_told_at_trace():
    with TopologyTestDriver(counting(), {"metrics.recording.level": "TRACE"}, start_ms=5_000) as driver:
        driver.input("in", start=3_000).pipe(("a", "x"))
        assert found(driver, "record-e2e-latency-max", rocksdb_state_id="counts") == 2_000


def test_commits_of_a_store_are_timed_at_every_level():
    with TopologyTestDriver(counting()) as driver:
        driver.input("in").pipe(("a", "x"))
        assert found(driver, "commit-total", rocksdb_state_id="counts") == 1
        assert found(driver, "flush-latency-max", rocksdb_state_id="counts") > 0


def test_rocksdb_tells_its_numbers():
    with TopologyTestDriver(counting()) as driver:
        assert found(driver, "block-cache-capacity", rocksdb_state_id="counts") > 0
        assert found(driver, "background-errors", rocksdb_state_id="counts") == 0


def test_a_store_in_memory_tells_how_many_keys_it_has():
    builder = StreamsBuilder()
    store = Materialized("counts", store_type="in_memory")
    builder.stream("in", key=str, value=str).group_by_key().count(store=store).to_stream().to("out")
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe([("a", "x"), ("b", "x"), ("a", "x")])
        assert found(driver, "num-keys", in_memory_state_id="counts") == 2


def test_open_iterators_are_counted_until_they_are_closed():
    with TopologyTestDriver(counting(), DEBUG) as driver:
        driver.input("in").pipe([("a", "x"), ("b", "x")])
        rows = driver.store("counts").all()
        assert found(driver, "num-open-iterators", rocksdb_state_id="counts") == 1
        assert found(driver, "oldest-iterator-open-since-ms", rocksdb_state_id="counts") > 0
        rows.close()
        assert found(driver, "num-open-iterators", rocksdb_state_id="counts") == 0
        assert found(driver, "iterator-duration-max", rocksdb_state_id="counts") > 0


def test_an_iterator_that_came_to_its_end_is_not_open():
    with TopologyTestDriver(counting(), DEBUG) as driver:
        driver.input("in").pipe(("a", "x"))
        assert len(list(driver.store("counts").all())) == 1
        assert found(driver, "num-open-iterators", rocksdb_state_id="counts") == 0


def test_reads_that_memory_answers_are_hits_of_the_record_cache():
    with TopologyTestDriver(counting(), DEBUG) as driver:
        driver.input("in").pipe([("a", "x"), ("a", "x")])
        assert found(driver, "hit-ratio-avg", record_cache_id="counts") == 1.0


def test_a_suppress_tells_what_it_holds_and_what_it_emitted():
    builder = StreamsBuilder()
    (
        builder.stream("in", key=str, value=str)
        .group_by_key()
        .windowed_by(TimeWindows.of_size(10))
        .count()
        .suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name="held"))
        .to_stream()
        .to("out")
    )
    with TopologyTestDriver(builder, DEBUG) as driver:
        driver.input("in", start=0).pipe([("a", "x"), ("b", "x")])
        assert found(driver, "suppression-buffer-count-max") == 2
        assert found(driver, "suppression-emit-total", processor_node_id="held") == 0
        driver.input("in", start=10).pipe(("a", "x"))
        assert found(driver, "suppression-emit-total", processor_node_id="held") == 2


def test_windows_emitted_when_closed_are_counted():
    builder = StreamsBuilder()
    (
        builder.stream("in", key=str, value=str)
        .group_by_key()
        .windowed_by(TimeWindows.of_size(10))
        .emit_strategy(EmitStrategy.on_window_close())
        .count(name="final")
        .to_stream()
        .to("out")
    )
    with TopologyTestDriver(builder, DEBUG) as driver:
        driver.input("in", start=0).pipe([("a", "x"), ("b", "x")])
        driver.input("in", start=10).pipe(("a", "x"))
        assert found(driver, "window-aggregate-final-emit-total", processor_node_id="final") == 2


def test_an_error_still_names_its_processor_when_nodes_are_counted():
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=int).map_values(lambda value: value, name="first")
    stream.map_values(lambda value: 1 // value, name="second").to("out")
    with TopologyTestDriver(builder, DEBUG) as driver, pytest.raises(ProcessingError) as caught:
        driver.input("in").pipe(("a", 0))
    assert caught.value.node == "second"
