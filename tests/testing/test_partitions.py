"""The test driver with several partitions: records are placed, tasks are separate, repartition topics repartition."""

import re

import pytest

from kstream_cli import JoinWindows, Processor, PunctuationType, Stores, StreamsBuilder, TestRecord, TopologyTestDriver
from kstream_cli.errors import CoPartitioningError, StoreError, TopologyError, UnknownStoreError
from kstream_cli.processor.partitioners import partition_for_key

KEYS = [f"k{number}" for number in range(12)]


def place(key, count=3):
    return partition_for_key(key.encode(), count)


def word_count():
    builder = StreamsBuilder()
    words = builder.stream("lines", key=str, value=str).flat_map_values(str.split)
    counts = words.group_by(lambda key, word: word, key=str, value=str).count(store="counts")
    counts.to_stream().to("counts-out", key=str, value=int)
    return builder


def test_records_are_placed_by_their_keys_as_the_producer_places_them():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out", key=str, value=str)
    with TopologyTestDriver(builder, partitions=3) as driver:
        driver.input("in").pipe([(key, "v") for key in KEYS])
        found = driver.output("out").read_records()
    assert {record.key: record.partition for record in found} == {key: place(key) for key in KEYS}


def test_records_without_a_key_are_spread():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out", key=str, value=str)
    with TopologyTestDriver(builder, partitions=3) as driver:
        driver.input("in").pipe_values("abcdef")
        assert {record.partition for record in driver.output("out").read_records()} == {0, 1, 2}


def test_a_record_may_be_piped_into_a_partition():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count(store="counts")
    with TopologyTestDriver(builder, partitions=3) as driver:
        source = driver.input("in")
        source.pipe(("a", "x"), partition=2)
        source.pipe(TestRecord("a", "x", partition=1))
        assert [driver.store("counts", partition=number).get("a") for number in range(3)] == [None, (1, 0), (1, 0)]
        with pytest.raises(TopologyError, match="3 partitions"):
            source.pipe(("a", "x"), partition=3)


def test_a_repartition_topic_brings_equal_keys_together():
    with TopologyTestDriver(word_count(), partitions=3) as driver:
        driver.input("lines").pipe([("1", "a b"), ("2", "b c"), ("3", "a b")])
        assert driver.output("counts-out").read_map() == {"a": 2, "b": 3, "c": 1}
        topic = "test-counts-repartition"
        placed = {(record.key, record.partition) for record in driver.produced if record.topic == topic}
        assert placed == {(key.encode(), place(key)) for key in "abc"}
        for key in "abc":
            assert driver.store("counts", partition=place(key)).get(key) is not None


def test_keys_that_were_changed_and_not_repartitioned_are_found():
    class CountByValue(Processor):
        stores = (Stores.key_value("seen", key=str, value=int),)

        def init(self, context):
            self.context, self.seen = context, context.store("seen")

        def process(self, record):
            count = (self.seen.get(record.value) or 0) + 1
            self.seen.put(record.value, count)
            self.context.forward(record.with_key(record.value).with_value(count))

    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).process(CountByValue).to("out", key=str, value=int)
    counts = {}
    for partitions in (1, 3):
        with TopologyTestDriver(builder, partitions=partitions) as driver:
            driver.input("in").pipe([(key, "same") for key in KEYS])
            counts[partitions] = max(driver.output("out").read_values())
    assert counts[1] == 12
    assert counts[3] < 12, "each task counts for itself"


def joined():
    builder = StreamsBuilder()
    orders, users = builder.stream("orders", key=str, value=str), builder.table("users", key=str, value=str)
    orders.join(users, lambda order, user: f"{order} {user}").to("out", key=str, value=str)
    return builder


def test_a_join_of_topics_with_different_numbers_of_partitions_is_an_error():
    with pytest.raises(CoPartitioningError, match=r"orders has 3.*users has 2"):
        TopologyTestDriver(joined(), partitions={"orders": 3, "users": 2})


def test_a_join_finds_rows_of_its_own_partition_only():
    with TopologyTestDriver(joined(), partitions=3) as driver:
        driver.input("users").pipe([(key, "user") for key in KEYS])
        driver.input("orders").pipe([(key, "order") for key in KEYS])
        assert len(driver.output("out").read()) == len(KEYS)
        driver.input("orders").pipe(("k1", "lost"), partition=(place("k1") + 1) % 3)
        assert driver.output("out").is_empty


def test_a_topic_that_a_join_repartitions_gets_the_partitions_of_the_other():
    builder = StreamsBuilder()
    left = builder.stream("left", key=str, value=str).select_key(lambda key, value: value)
    right = builder.stream("right", key=str, value=str)
    left.join(right, lambda one, other: one + other, JoinWindows.of_time_difference(10), key=str, value=str).to(
        "out", key=str, value=str
    )
    with TopologyTestDriver(builder, partitions={"left": 2, "right": 5}) as driver:
        driver.input("left").pipe([(None, key) for key in KEYS])
        driver.input("right").pipe([(key, "!") for key in KEYS])
        assert len(driver.output("out", key=str, value=str).read()) == len(KEYS)
        repartitioned = {record.partition for record in driver.produced if "repartition" in record.topic}
        assert repartitioned == {place(key, 5) for key in KEYS}


def test_each_partition_has_a_stream_time_of_its_own():
    ticks = []

    class Ticks(Processor):
        def init(self, context):
            callback = lambda now: ticks.append((context.task_id, now))  # noqa: E731
            context.schedule(100, PunctuationType.STREAM_TIME, callback)

        def process(self, record):
            pass

    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).process(Ticks)
    with TopologyTestDriver(builder, partitions=2) as driver:
        driver.input("in").pipe(("a", "x"), timestamp=1000, partition=0)
        driver.input("in").pipe(("b", "x"), timestamp=50, partition=1)
    assert ticks == [("0_0", 1000), ("0_1", 50)]


def test_reads_of_a_store_show_all_partitions_and_writes_need_one():
    with TopologyTestDriver(word_count(), partitions=3) as driver:
        driver.input("lines").pipe(("1", "a b c"))
        counts = driver.store("counts")
        assert counts.get("a") == (1, 0)
        assert counts.get("z") is None
        assert counts.approximate_num_entries() == 3
        with counts.all() as rows:
            assert sorted(key for key, _ in rows) == ["a", "b", "c"]
        with pytest.raises(StoreError, match="partition=0"):
            counts.put("a", (5, 0))
        driver.store("counts", partition=place("a")).put("a", (5, 0))
        assert counts.get("a") == (5, 0)
        with pytest.raises(UnknownStoreError, match="partition 3"):
            driver.store("counts", partition=3)


@pytest.mark.parametrize("given", [{"partitions": {"out": 2}}, {}])
def test_a_partition_that_is_not_there_is_an_error_where_the_driver_knows_how_many_there_are(given):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out", partitioner=lambda topic, key, value, count: {1, 7})
    with TopologyTestDriver(builder, **given) as driver:
        if given:
            with pytest.raises(Exception, match=r"topic 'out' has no partition 7, as there are 2"):
                driver.input("in").pipe(("a", "x"))
        else:
            driver.input("in").pipe(("a", "x"))
            assert [record.partition for record in driver.produced] == [1, 7]


def test_a_partitioner_decides_and_one_that_names_no_partition_is_an_error():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to(
        "out", key=str, value=str, partitioner=lambda topic, key, value, count: int(value)
    )
    with TopologyTestDriver(builder, partitions=3) as driver:
        driver.input("in").pipe(("a", "2"))
        assert driver.output("out", key=str, value=str).read_record().partition == 2
        with pytest.raises(Exception, match="no partition 3"):
            driver.input("in").pipe(("a", "3"))


def test_a_global_table_is_whole_in_each_task():
    builder = StreamsBuilder()
    stream, table = builder.stream("s", key=str, value=str), builder.global_table("g", key=str, value=str)
    stream.join(table, lambda value, row: row, selector=lambda key, value: value).to("out", key=str, value=str)
    with TopologyTestDriver(builder, partitions=3) as driver:
        driver.input("g", key=str, value=str).pipe([(key, key.upper()) for key in KEYS])
        driver.input("s").pipe([(key, KEYS[-1 - number]) for number, key in enumerate(KEYS)])
        assert sorted(driver.output("out").read_values()) == sorted(key.upper() for key in KEYS)


def test_a_pattern_reads_topics_with_partitions():
    builder = StreamsBuilder()
    builder.stream(re.compile("in-.*"), key=str, value=str).to("out", key=str, value=str)
    with TopologyTestDriver(builder, partitions={"in-a": 2, "in-b": 4}) as driver:
        driver.input("in-b", key=str, value=str).pipe([(key, "v") for key in KEYS])
        driver.input("in-a", key=str, value=str).pipe([(key, "v") for key in KEYS])
        assert len(driver.output("out").read()) == 2 * len(KEYS)


@pytest.mark.parametrize("partitions", [0, -1, True, {"in": 0}, {"in": "3"}])
def test_a_number_of_partitions_is_one_or_more(partitions):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out", key=str, value=str)
    with pytest.raises(TopologyError, match="one partition or more"):
        TopologyTestDriver(builder, partitions=partitions)


def test_a_misspelt_topic_is_named():
    builder = StreamsBuilder()
    builder.stream("orders", key=str, value=str).to("out")
    with pytest.raises(TopologyError, match=r"'order'.*orders"):
        TopologyTestDriver(builder, partitions={"order": 3})
