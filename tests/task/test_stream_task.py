"""One task: order, offsets, punctuations, errors and commits."""

import pytest

from kstream_cli import (
    BufferConfig,
    Processor,
    PunctuationType,
    Record,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    Topology,
)
from kstream_cli.errors import ProcessingError, SerializationError, StateError
from kstream_cli.task import commit_metadata
from kstream_cli.task.sent_once import is_sent_once_or_dropped
from kstream_cli.task.task_state import TaskState


def passing(*topics, supplier=lambda record, context: context.forward(record)):
    topology = Topology().add_source("src", *(topics or ("in",)), key=str, value=str)
    return topology.add_processor("p", supplier, parents="src").add_sink("snk", "out", parents="p", key=str, value=str)


def failing_on(bad):
    def process(record, context):
        if record.value == bad:
            raise KeyError("not there")
        context.forward(record)

    return process


class Ticking(Processor):
    """Forwards a tick every 100 ms of stream time."""

    def init(self, context):
        super().init(context)
        context.schedule(100, PunctuationType.STREAM_TIME, self.tick)

    def tick(self, now):
        self.context.forward(Record("tick", str(now), now))

    def process(self, record):
        self.context.forward(record)


def test_records_of_one_partition_are_processed_in_their_order(run_task):
    under_test = run_task(passing())
    under_test.add("a", "b", "c")
    assert under_test.task.process(10) == 3
    assert under_test.written() == [("out", "a"), ("out", "b"), ("out", "c")]


def test_no_more_records_are_processed_than_asked_for(run_task):
    under_test = run_task(passing())
    under_test.add("a", "b", "c")
    assert under_test.task.process(2) == 2
    assert under_test.task.buffered("in", 0) == 1


@pytest.mark.parametrize("topics", [("in",), ("in", "other")], ids=["one partition", "several"])
def test_between_two_batches_no_record_is_the_current_one(run_task, topics):
    current = []

    def process(record, context):
        current.append(under_test.task.context.current.value())
        failing_on("bad")(record, context)

    under_test = run_task(passing(*topics, supplier=process), inputs=[(topic, 0) for topic in topics])
    for topic in topics:
        under_test.add("a", topic=topic)
    under_test.task.process(10)
    assert current == [b"a"] * len(topics)
    assert under_test.task.context.current is None
    under_test.add("bad")
    with pytest.raises(ProcessingError):
        under_test.task.process(10)
    assert under_test.task.context.current is None


def test_the_partition_with_the_smallest_timestamp_is_next(run_task):
    under_test = run_task(passing("in", "other"), inputs=[("in", 0), ("other", 0)])
    under_test.add("late", at=10)
    under_test.add("early", topic="other", at=5)
    under_test.add("later", topic="other", at=20)
    under_test.task.process(10)
    assert under_test.written() == [("out", "early"), ("out", "late"), ("out", "later")]


def test_the_next_offset_to_read_is_committed(run_task):
    under_test = run_task(passing())
    under_test.add("a", "b", "c")
    under_test.task.process(2)
    [(partition, (offset, _))] = under_test.task.prepare_commit().items()
    assert (partition, offset) == (("in", 0), 2)


def test_the_head_that_waits_is_the_next_offset_of_each_of_several_partitions(run_task):
    under_test = run_task(passing("in", "other"), inputs=[("in", 0), ("other", 0)])
    under_test.add("a", "b", at=1)
    under_test.add("c", topic="other", at=2)
    under_test.task.process(1)
    offsets = {name: offset for name, (offset, _) in under_test.task.prepare_commit().items()}
    assert offsets == {("in", 0): 1, ("other", 0): 0}


def test_the_consumers_position_counts_where_nothing_is_buffered(run_task):
    under_test = run_task(passing())
    under_test.add("a")
    under_test.task.process(1)
    assert under_test.task.prepare_commit({("in", 0): 5})["in", 0][0] == 5


def test_nothing_is_committed_twice(run_task):
    under_test = run_task(passing())
    under_test.add("a")
    under_test.task.process(1)
    under_test.task.post_commit(offsets=under_test.task.prepare_commit())
    assert not under_test.task.commit_needed
    assert under_test.task.prepare_commit() == {}


def test_partition_time_is_committed_beside_the_offset(run_task):
    under_test = run_task(passing())
    under_test.add("a", at=70)
    under_test.task.process(1)
    assert commit_metadata.decode(under_test.task.prepare_commit()["in", 0][1]) == (70, {})


def test_stream_time_goes_on_from_what_was_committed(run_task):
    under_test = run_task(passing(), committed={("in", 0): (3, commit_metadata.encode(70, {"closed": 9}))})
    assert under_test.task.context.stream_time == 70
    assert under_test.task.context.metadata == {"closed": 9}


def test_what_user_code_raises_names_processor_record_file_and_line(run_task):
    under_test = run_task(passing(supplier=failing_on("b")))
    under_test.add("a", "b")
    with pytest.raises(ProcessingError) as caught:
        under_test.task.process(10)
    error = caught.value
    assert (error.task, error.node, error.topic, error.partition, error.offset) == ("0_0", "p", "in", 0, 1)
    assert "KeyError: 'not there'" in str(error)
    assert f"{__file__}:{failing_on.__code__.co_firstlineno + 3} in" in str(error)
    assert isinstance(error.__cause__, KeyError)


@pytest.mark.parametrize("topics", [("in",), ("in", "other")])
def test_no_offset_past_a_record_that_failed_is_committed(run_task, topics):
    under_test = run_task(passing(*topics, supplier=failing_on("b")), inputs=[(topic, 0) for topic in topics])
    under_test.add("a", "b", "c")
    with pytest.raises(ProcessingError):
        under_test.task.process(10)
    under_test.task.process(10)
    assert under_test.task.prepare_commit({("in", 0): 3})["in", 0][0] == 1


@pytest.mark.parametrize("topics", [("in",), ("in", "other")])
def test_no_offset_past_a_record_that_cannot_be_decoded_is_committed(run_task, topics):
    topology = Topology().add_source("src", *topics, key=str, value=bool).add_sink("snk", "out", parents="src")
    under_test = run_task(
        topology,
        inputs=[(topic, 0) for topic in topics],
        config={"default.key.serde": str, "default.value.serde": bool},
    )

    def run():  # With several inputs the head is decoded when it is added.
        under_test.add("bad", "bad")
        under_test.task.process(10)

    with pytest.raises(SerializationError):
        run()
    assert under_test.task.prepare_commit()["in", 0][0] == 0


def test_bytes_that_cannot_be_decoded_name_the_record_and_its_source(run_task):
    topology = Topology().add_source("src", "in", key=str, value=int).add_sink("snk", "out", parents="src", value=int)
    under_test = run_task(topology, config={"default.key.serde": str})
    under_test.add("short")
    with pytest.raises(SerializationError, match=r"record in-0@0 cannot be decoded by source 'src'"):
        under_test.task.process(1)


def test_a_punctuation_of_stream_time_runs_between_the_records_of_a_batch(run_task):
    under_test = run_task(passing(supplier=Ticking))
    under_test.add("a", at=10)
    under_test.add("b", at=120)
    under_test.add("c", at=130)
    under_test.task.process(10)
    values = [value for _, value in under_test.written()]
    assert values == ["a", "10", "b", "120", "c"]


def test_wall_clock_punctuations_run_when_the_clock_says_so(run_task):
    class WallClock(Ticking):
        def init(self, context):
            self.context = context
            context.schedule(100, PunctuationType.WALL_CLOCK_TIME, self.tick)

    under_test = run_task(passing(supplier=WallClock))
    assert not under_test.task.punctuate()
    under_test.time = 100
    assert under_test.task.punctuate()
    assert under_test.task.commit_needed
    assert under_test.written() == [("out", "100")]


def test_a_punctuation_has_no_record(run_task):
    seen = []

    class Looking(Ticking):
        def tick(self, now):
            seen.append(self.context.record_metadata())

    under_test = run_task(passing(supplier=Looking))
    under_test.add("a")
    under_test.task.process(1)
    assert seen == [None]


def test_what_a_punctuation_raises_names_the_processor(run_task):
    class Failing(Ticking):
        def tick(self, now):
            raise ValueError("no")

    under_test = run_task(passing(supplier=Failing))
    under_test.add("a")
    with pytest.raises(ProcessingError, match=r"processor 'p' of task 0_0 failed in a punctuation: ValueError: no"):
        under_test.task.process(1)


def test_record_metadata_says_where_the_record_came_from(run_task):
    seen = []
    under_test = run_task(passing(supplier=lambda record, context: seen.append(context.record_metadata())))
    under_test.add("a", "b")
    under_test.task.process(2)
    assert seen == [("in", 0, 0), ("in", 0, 1)]


def test_a_processor_can_ask_for_a_commit(run_task):
    under_test = run_task(passing(supplier=lambda record, context: context.commit()))
    under_test.add("a")
    under_test.task.process(1)
    assert under_test.task.commit_requested
    under_test.task.post_commit()
    assert not under_test.task.commit_requested


def test_a_task_waits_for_an_empty_partition_that_has_records_on_the_broker(run_task):
    under_test = run_task(passing("in", "other"), inputs=[("in", 0), ("other", 0)], lag=lambda topic, partition: 1)
    under_test.add("a")
    assert not under_test.task.ready()
    assert under_test.task.process(10) == 0


def test_a_task_waits_for_an_idle_partition_as_long_as_configured(run_task):
    under_test = run_task(passing("in", "other"), inputs=[("in", 0), ("other", 0)], config={"max.task.idle.ms": 100})
    under_test.add("a")
    assert under_test.task.process(10) == 0
    under_test.time = 100
    assert under_test.task.process(10) == 1


def test_a_task_names_the_partitions_that_its_records_wait_for(run_task):
    under_test = run_task(passing("in", "other"), inputs=[("in", 0), ("other", 0)], lag=lambda topic, partition: 1)
    assert under_test.task.waits_for() == ()
    under_test.add("a")
    assert under_test.task.waits_for() == (("other", 0),)
    under_test.add("b", topic="other")
    assert under_test.task.waits_for() == ()


def test_a_task_that_never_waits_names_no_partition(run_task):
    two = [("in", 0), ("other", 0)]
    under_test = run_task(passing("in", "other"), inputs=two, config={"max.task.idle.ms": -1})
    under_test.add("a")
    assert under_test.task.waits_for() == ()


def test_a_task_tells_what_suppress_holds(run_task):
    builder = StreamsBuilder()
    windows = builder.stream("in", key=str, value=str).group_by_key().windowed_by(TimeWindows.of_size(10).grace(0))
    held = Suppressed.until_window_closes(BufferConfig.unbounded(), name="held")
    windows.count(store="counts").suppress(held).to_stream().to("out")
    under_test = run_task(builder.build())
    assert under_test.task.held == ()
    under_test.add("a", key=b"x", at=1)
    under_test.add("a", key=b"y", at=2)
    under_test.task.process(10)
    assert under_test.task.held == (("held-store", 2, 10),)


def simple(make):
    builder = StreamsBuilder()
    make(builder.stream("in", key=str, value=str)).to("out")
    return builder.build()


@pytest.mark.parametrize(
    ("make", "can_be_told"),
    [
        (lambda stream: stream.filter(lambda key, value: value).map_values(str.upper), True),
        (lambda stream: stream.peek(print).map(lambda key, value: (value, key)).select_key(str), True),
        (lambda stream: stream.flat_map_values(str.split), False),
        (lambda stream: stream.to_table().to_stream(), False),
        (lambda stream: stream.process(Ticking), False),
    ],
)
def test_what_is_filtered_can_be_told_where_a_record_is_sent_once_or_dropped(make, can_be_told):
    assert is_sent_once_or_dropped(simple(make).nodes.values()) is can_be_told


def test_a_record_that_goes_two_ways_may_be_sent_twice():
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    stream.to("out")
    stream.filter(lambda key, value: value).to("other")
    assert not is_sent_once_or_dropped(builder.build().nodes.values())


def test_records_of_a_partition_that_is_no_input_are_refused(run_task):
    under_test = run_task(passing())
    with pytest.raises(StateError, match="other-0 is no input of this task: in-0"):
        under_test.add("a", topic="other")


def test_a_suspended_task_processes_nothing(run_task):
    under_test = run_task(passing())
    under_test.add("a")
    under_test.task.suspend()
    assert under_test.task.process(10) == 0
    assert under_test.task.state is TaskState.SUSPENDED


def test_closing_a_task_closes_its_processors_once(run_task):
    closed = []

    class Closing(Ticking):
        def close(self):
            closed.append("p")

    under_test = run_task(passing(supplier=Closing))
    under_test.task.close()
    under_test.task.close()
    assert closed == ["p"]
    assert under_test.task.state is TaskState.CLOSED


def test_a_closed_task_cannot_be_opened_again(run_task):
    under_test = run_task(passing())
    under_test.task.close()
    with pytest.raises(StateError, match="closed cannot become restoring"):
        under_test.task.open()


def test_partition_times_are_kept_apart_where_one_of_several_partitions_has_records(run_task):
    under_test = run_task(passing("in", "other"), inputs=[("in", 0), ("other", 0)])
    under_test.add("a", at=100)
    under_test.task.process(10)
    under_test.add("b", topic="other", at=7)
    under_test.task.process(10)
    times = {name: commit_metadata.decode(text)[0] for name, (_, text) in under_test.task.prepare_commit().items()}
    assert times == {("in", 0): 100, ("other", 0): 7}
    assert under_test.task.context.stream_time == 100


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_the_order_does_not_depend_on_how_many_records_are_asked_for(run_task, limit):
    under_test = run_task(passing("in", "other"), inputs=[("in", 0), ("other", 0)])
    for at in (1, 4, 4, 9, 30, 31):
        under_test.add(f"in{at}", at=at)
    for at in (2, 4, 8, 10):
        under_test.add(f"other{at}", topic="other", at=at)
    while under_test.task.process(limit):
        pass
    values = [value for _, value in under_test.written()]
    assert values == ["in1", "other2", "in4", "other4", "in4", "other8", "in9", "other10", "in30", "in31"]


def test_a_processor_that_cannot_be_initialised_is_named(run_task):
    class Unready(Ticking):
        def init(self, context):
            raise KeyError("model")

    with pytest.raises(ProcessingError, match=r"processor 'p' of task 0_0 could not be initialised: KeyError: 'model'"):
        run_task(passing(supplier=Unready))


def test_what_fails_while_caches_are_flushed_names_the_processor(run_task):
    def fail(key, value):
        raise ValueError("too late")

    builder = StreamsBuilder()
    counts = builder.stream("in", key=str, value=str).group_by_key().count(store="counts")
    counts.to_stream().foreach(fail, name="failing")
    under_test = run_task(builder.build(), cache_bytes=1_000_000)
    under_test.add("a")
    under_test.task.process(1)
    with pytest.raises(ProcessingError, match="failed while its caches were flushed: ValueError") as caught:
        under_test.task.prepare_commit()
    assert caught.value.node == "failing"
