"""A record collector by itself: what each send is given, and what comes of one that fails, at once or later."""

from __future__ import annotations

import inspect
from functools import partial
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli import Config, Response
from kstream_cli.errors import (
    ProducerError,
    ProducerFencedError,
    StateError,
    StreamsError,
    TaskCorruptedError,
    TopologyError,
)
from kstream_cli.processor.code import function_of
from kstream_cli.processor.error_context import OutgoingRecord
from kstream_cli.processor.partitioners import murmur2
from kstream_cli.serde.built_in import IntegerSerde, StringSerde
from kstream_cli.serde.json import JsonSerde
from kstream_cli.serde.windowed import SessionWindowedSerde, TimeWindowedSerde, Windowed
from kstream_cli.task.fencing import PRODUCER_FENCED
from kstream_cli.task.origin import ORIGIN_HEADER
from kstream_cli.task.record_collector import RecordCollector
from kstream_cli.task.record_producer import KEY_IS_TEXT, VALUE_IS_TEXT
from kstream_cli.task.task_context import TaskContext
from kstream_cli.topology.nodes import SinkNode

NOW = 777
FULL = BufferError("queue full")
HEADERS = (("h", b"1"),)


def refused(code: int = KafkaError.MSG_SIZE_TOO_LARGE, text: str = "too large") -> KafkaException:
    return KafkaException(KafkaError(code, text))


class Task:
    """A collector whose producer and handler write what is asked of them into one list."""

    def __init__(self, *, takes_text: bool = False, answer: Any = None, **settings: Any) -> None:
        self.calls: list[Any] = []
        self.failures: list[Exception] = []
        """What the sends to come raise, one after the other, before they succeed."""
        self.takes_text = takes_text
        self.partition_counts = {"topic": 4, "app-topic": 4}
        self.reports: dict[str, Any] = {}
        self.all_reports: list[Any] = []
        self.counts: list[int] = []
        """How many records the senders to come have sent."""
        self.texts: list[int] = []
        if answer is not None:
            settings["production.exception.handler"] = self
        self.answer = answer
        self.context = TaskContext(
            config=Config.from_mapping({"application.id": "app", **settings}),
            task="0_1",
            directory=Path("unused"),
            clock=lambda: NOW,
            changelogs={},
        )
        self.collector = RecordCollector(self.context, self, lambda topic: f"app-{topic}")

    # The producer

    def sender(self, topic: str, report: Any, text: int = 0) -> Any:
        self.reports[topic] = report
        self.all_reports.append(report)
        self.texts.append(text)

        def send(*record: Any) -> None:
            self.calls.append((topic, *record))
            if self.failures:
                raise self.failures.pop(0)

        if self.counts:
            send.sent = self.counts.pop(0)  # type: ignore[attr-defined]
        return send

    def has_partition(self, topic: str, partition: int) -> bool:
        return 0 <= partition < self.partition_counts[topic]

    def make_room(self) -> None:
        self.calls.append("make room")

    # The handler

    def handle_error(self, context: Any, record: OutgoingRecord, error: Exception, origin: str = "") -> Response:
        self.calls.append((context.node, record, error))
        return self.answer.pop(0) if isinstance(self.answer, list) else self.answer

    handle_serialization_error = handle_error

    # The test

    def sink(self, **options: Any) -> Any:
        given = {"topic": "topic", "key": StringSerde(), "value": StringSerde(), **options}
        return function_of(self.collector.sink(SinkNode("sink", (), **given)))

    def sent(self) -> list[Any]:
        """Partition and topic of what was sent."""
        return [(topic, partition) for topic, _, _, partition, *_ in self.calls]


# What a send is given


def test_a_sink_sends_bytes_to_its_topic_and_lets_the_producer_choose_the_partition() -> None:
    task = Task()
    task.sink()("key", "value", 5, HEADERS)
    assert task.calls == [("app-topic", b"value", b"key", -1, 5, HEADERS)]


def test_nothing_is_sent_as_nothing() -> None:
    task = Task(takes_text=True)
    task.sink(key=IntegerSerde(), value=IntegerSerde())(None, None, 5, ())
    assert task.calls == [("app-topic", None, None, -1, 5, ())]


def test_a_changelog_takes_each_change_to_its_own_partition() -> None:
    task = Task()
    append = task.collector.changelog("store", "changelog", 3)
    append(b"key", b"value", 5, HEADERS)
    append(b"key", None, None, ())
    assert task.calls == [("changelog", b"value", b"key", 3, 5, HEADERS), ("changelog", None, b"key", 3, None, ())]


def test_a_record_in_bytes_goes_as_it_is() -> None:
    task = Task()
    task.collector.send_as_is(OutgoingRecord("letters", b"key", b"value", 5, {"h": "1"}, 2))
    assert task.calls == [("letters", b"value", b"key", 2, 5, (("h", b"1"),))]


def test_a_record_in_bytes_is_stamped_with_the_clock_and_placed_by_the_producer_unless_it_says_otherwise() -> None:
    task = Task()
    task.collector.send_as_is(OutgoingRecord("letters", b"key", b"value"))
    task.collector.send_as_is(OutgoingRecord("letters", b"key", b"value", 0, (), 0))
    assert [call[3:5] for call in task.calls] == [(-1, NOW), (0, 0)]
    assert len(task.texts) == 1


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        (StringSerde(), StringSerde(), VALUE_IS_TEXT + KEY_IS_TEXT),
        (StringSerde(), IntegerSerde(), KEY_IS_TEXT),
        (IntegerSerde(), StringSerde(), VALUE_IS_TEXT),
        (IntegerSerde(), IntegerSerde(), 0),
    ],
)
def test_text_is_left_to_a_producer_that_encodes_it(key: Any, value: Any, text: int) -> None:
    given: dict[Any, Any] = {StringSerde: ("7", b"7"), IntegerSerde: (7, b"\0\0\0\7")}
    for takes_text in (True, False):
        task = Task(takes_text=takes_text)
        task.sink(key=key, value=value)(given[type(key)][0], given[type(value)][0], 5, ())
        is_text = takes_text and (isinstance(value, StringSerde), isinstance(key, StringSerde))
        expected = tuple(
            given[type(each)][0 if is_text and is_text[number] else 1] for number, each in enumerate((value, key))
        )
        assert task.calls[0][1:3] == expected
        assert task.texts == [text if takes_text else 0, 0]


@pytest.mark.parametrize("part", ["key", "value"])
def test_a_part_without_a_serde_is_written_by_the_default_for_it(part: str) -> None:
    task = Task(**{f"default.{part}.serde": IntegerSerde()})
    task.sink(**{part: None})(*(7 if each == part else "7" for each in ("key", "value")), 5, ())
    assert task.calls[0][1:3] == ((b"7", b"\0\0\0\7") if part == "key" else (b"\0\0\0\7", b"7"))
    with pytest.raises(TopologyError) as thrown:
        Task().sink(**{part: None})
    assert str(thrown.value) == (
        f"sink 'sink' has no serde for its {part}: give one with {part}=, or set default.{part}.serde"
    )


def test_a_serde_is_told_both_defaults_for_what_it_leaves_open() -> None:
    told = []

    class Open(StringSerde):
        def with_defaults(self, key: Any, value: Any) -> Any:
            told.append((key, value))
            return self

    defaults = {"default.key.serde": IntegerSerde(), "default.value.serde": JsonSerde(int)}
    Task(**defaults).sink(key=Open(), value=Open())
    assert told == [tuple(defaults.values())] * 2


def test_json_is_in_bytes_of_its_own_where_the_producer_does_not_copy_it_and_so_is_a_key() -> None:
    task = Task()
    send = task.sink(key=JsonSerde(int), value=JsonSerde(int))
    send(1, 2, 5, ())
    send(3, 4, 5, ())
    assert [call[1:3] for call in task.calls] == [(b"2", b"1"), (b"4", b"3")]


def test_what_all_sinks_have_sent_is_added_up_where_the_client_counts_it() -> None:
    task = Task()
    task.counts = [1, 20, 300, 4000]
    task.sink()
    task.sink()
    assert task.collector.sent == 4321
    task.sink()
    assert task.collector.sent is None


def test_what_is_counted_through_metrics_is_what_the_clients_sender_counts() -> None:
    task = Task()
    task.counts = [20]
    through = SimpleNamespace(
        takes_text=False, sender=lambda *given: SimpleNamespace(counted=SimpleNamespace(sent=1), sent=500)
    )
    task.collector.metrics = SimpleNamespace(producer=lambda *given: through)  # type: ignore[assignment]
    task.sink()
    assert task.collector.sent == 21


def test_a_windowed_serde_without_an_inner_one_takes_the_default_of_its_part() -> None:
    task = Task(**{"default.key.serde": StringSerde(), "default.value.serde": IntegerSerde()})
    task.sink(key=TimeWindowedSerde(None, 10), value=StringSerde())(Windowed("key", 0, 10), "value", 5, ())
    assert task.calls[0][2].startswith(b"key")


def test_a_sink_that_nobody_gave_a_topic_is_refused() -> None:
    with pytest.raises(TopologyError, match=r"^sink 'sink' has neither a topic nor an extractor that names one$"):
        Task().sink(topic=None)


def test_what_a_sink_sends_is_counted_where_that_is_asked_for() -> None:
    task, counted = Task(), Task()
    asked: list[Any] = []
    task.collector.metrics = SimpleNamespace(
        producer=lambda node, topic, producer: asked.append((node, topic, producer)) or counted
    )
    task.sink()("key", "value", 5, ())
    assert asked == [("sink", "app-topic", task)]
    assert (len(counted.calls), task.calls) == (1, [])


def test_the_written_lines_name_what_they_use() -> None:
    placed = Task().sink(key=TimeWindowedSerde(IntegerSerde(), 10), value=JsonSerde(int))
    copied = Task(takes_text=True).sink(key=IntegerSerde(), value=JsonSerde(int))
    assert dedent(inspect.getsource(placed)).splitlines() == [
        "def function(key, value, timestamp, headers):",
        "    partition_1 = key_hashes_5[write_inner_2(key[0])] % partition_counts_3[topic_4]",
        "    try:",
        (
            "        send_8(None if value is None else write_6(value), None if key is None else write_7(key), "
            "partition_1, timestamp, headers)"
        ),
        "    except Exception as error:",
        "        failed_9(key, value, partition_1, timestamp, headers, error)",
    ]
    assert "send_4(None if value is None else write_into_2(value, buffer_1) or buffer_1," in inspect.getsource(copied)


# Partitions


@pytest.mark.parametrize(
    "serde", [TimeWindowedSerde(StringSerde(), 10), SessionWindowedSerde(StringSerde())], ids=["time", "session"]
)
def test_a_windowed_key_goes_where_its_plain_key_goes(serde: Any) -> None:
    task = Task()
    send = task.sink(key=serde)
    for number in range(9):
        send(Windowed(f"key {number}", 0, 10), "value", 5, ())
    assert [partition for _, partition in task.sent()] == [murmur2(b"key %d" % n) % 2**31 % 4 for n in range(9)]


@pytest.mark.parametrize(("chosen", "partitions"), [(3, [3]), (0, [0]), (None, [-1]), ([2, 0], [2, 0]), ((1,), [1])])
def test_a_record_goes_to_the_partitions_that_its_partitioner_chooses(chosen: Any, partitions: list[int]) -> None:
    task, seen = Task(), []

    def choose(topic: str, key: Any, value: Any, count: int) -> Any:
        seen.append((topic, key, value, count))
        return chosen

    task.sink(partitioner=choose)("key", "value", 5, HEADERS)
    assert task.calls == [("app-topic", b"value", b"key", partition, 5, HEADERS) for partition in partitions]
    assert seen == [("app-topic", "key", "value", 4)]


def test_a_partitioner_may_look_at_the_headers() -> None:
    task = Task()
    task.sink(partitioner=lambda topic, key, value, headers, count: len(headers))("key", "value", 5, HEADERS)
    assert task.sent() == [("app-topic", 1)]


@pytest.mark.parametrize("chosen", [4, -1, "1", 1.0, [0, 4], [1, None]])
def test_a_partition_that_there_is_not_is_refused_before_anything_is_sent(chosen: Any) -> None:
    task = Task()
    bad = chosen[1] if isinstance(chosen, list) else chosen
    with pytest.raises(StreamsError) as thrown:
        task.sink(partitioner=lambda *given: chosen)("key", "value", 5, ())
    told = f"the partitioner of sink 'sink' gave {bad!r}: topic 'app-topic' has no partition {bad!r}, as there are 4"
    assert str(thrown.value).startswith(f"{told}. Give one of them, several, or None (")
    assert "test_sends.py" in str(thrown.value)
    assert task.calls == []


def test_what_is_given_instead_of_a_partition_or_a_topic_is_shown_in_part() -> None:
    with pytest.raises(StreamsError) as thrown:
        Task().sink(partitioner=lambda *given: 10**499)("key", "value", 5, ())
    assert str(thrown.value).count(f" 1{'0' * 79}… (500 characters)") == 2
    with pytest.raises(StreamsError) as thrown:
        Task().sink(topic=None, extractor=lambda *given: "x" * 500)("key", "value", 5, ())
    assert f"gave '{'x' * 299}… (502 characters) instead" in str(thrown.value)


def test_a_function_that_is_not_written_in_python_has_no_place_to_be_told() -> None:
    with pytest.raises(StreamsError, match=r"Give one of them, several, or None$"):
        Task().sink(partitioner=partial(lambda *given: 4))("key", "value", 5, ())


def test_a_partitioner_that_chooses_none_drops_the_record_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    task = Task()
    task.sink(partitioner=lambda *given: ())("key", "value", 5, ())
    assert task.calls == []
    assert task.context.drops.by_reason == {"the partitioner chose no partition of topic app-topic": 1}


# Topics chosen for each record


def test_an_extractor_is_given_the_record_and_where_it_came_from() -> None:
    task, seen = Task(), []

    def choose(key: Any, value: Any, context: Any) -> str:
        seen.append((key, value, context.topic, context.partition, context.offset, context.timestamp, context.headers))
        return f"to-{value}"

    send = task.sink(topic=None, extractor=choose)
    task.context.current = SimpleNamespace(topic=lambda: "in", partition=lambda: 2, offset=lambda: 9)
    send("key", "a", 5, HEADERS)
    task.context.current = SimpleNamespace(topic=lambda: "in", partition=lambda: None, offset=lambda: None)
    send("key", "b", 6, ())
    task.context.current = None
    send("key", "a", 7, ())
    assert seen == [
        ("key", "a", "in", 2, 9, 5, HEADERS),
        ("key", "b", "in", -1, -1, 6, ()),
        ("key", "a", None, -1, -1, 7, ()),
    ]
    assert task.calls == [
        ("app-to-a", b"a", b"key", -1, 5, HEADERS),
        ("app-to-b", b"b", b"key", -1, 6, ()),
        ("app-to-a", b"a", b"key", -1, 7, ()),
    ]


def test_a_topic_that_is_chosen_is_in_the_cluster_of_the_sink_and_serdes_are_told_its_name_there() -> None:
    task = Task()
    told = []

    class Told(StringSerde):
        def serializer(self, topic: str, *, is_key: bool = False) -> Any:
            told.append((topic, is_key))
            return super().serializer(topic, is_key=is_key)

    task.partition_counts["east:app-orders"] = 1
    send = task.sink(
        topic=None,
        cluster="east",
        extractor=lambda key, value, context: "orders",
        key=TimeWindowedSerde(Told(), 10),
        value=Told(),
    )
    send(Windowed("key", 0, 10), "value", 5, ())
    assert task.calls[0][0] == "east:app-orders"
    assert told == [("app-orders", True), ("app-orders", False), ("app-orders", True)]


def test_a_topic_that_was_chosen_before_costs_nothing_to_set_up_again() -> None:
    task = Task()
    send = task.sink(topic=None, extractor=lambda key, value, context: value)
    for value in "aab":
        send("key", value, 5, ())
    assert len(task.texts) == 2 * 2


@pytest.mark.parametrize("name", [None, 5, "", "a b", "x" * 250])
def test_what_is_no_topics_name_is_refused_with_the_place_of_the_function(name: Any) -> None:
    task = Task()
    with pytest.raises(StreamsError) as thrown:
        task.sink(topic=None, extractor=lambda key, value, context: name)("key", "value", 5, ())
    assert str(thrown.value).startswith(
        f"the function that chooses the topic of sink 'sink' gave {name!r} instead of a topic's name: "
        "up to 249 letters, digits, '.', '_' and '-' ("
    )
    assert task.calls == []


# Sends that fail at once


def test_a_full_queue_is_waited_for_and_the_same_record_is_sent_next() -> None:
    task = Task()
    task.failures = [FULL, FULL]
    task.sink()("key", "value", 5, HEADERS)
    sent = ("app-topic", b"value", b"key", -1, 5, HEADERS)
    assert task.calls == [sent, "make room", sent, "make room", sent]


def test_a_record_that_waited_for_room_goes_to_the_partition_that_was_chosen() -> None:
    task = Task()
    task.failures = [FULL]
    task.sink(partitioner=lambda *given: 0)("key", "value", 5, ())
    assert [call[3] for call in task.calls if call != "make room"] == [0, 0]


def test_a_record_that_waited_for_room_tells_the_same_origin() -> None:
    task = Task(**{"foreign.sinks.origin.headers": "true"})
    task.context.current = SimpleNamespace(topic=lambda: "in", partition=lambda: 2, offset=lambda: 9)
    task.failures = [FULL]
    task.sink(topic=None, cluster="east", extractor=lambda *given: "orders")("key", "value", 5, HEADERS)
    sent = ("east:app-orders", b"value", b"key", -1, 5, (*HEADERS, (ORIGIN_HEADER, b"in/2/9/0")))
    assert task.calls == [sent, "make room", sent]


def test_a_change_of_a_store_that_waited_for_room_is_the_same() -> None:
    task = Task()
    task.failures = [FULL]
    task.collector.changelog("store", "changelog", 3)(b"key", b"value", None, HEADERS)
    sent = ("changelog", b"value", b"key", 3, None, HEADERS)
    assert task.calls == [sent, "make room", sent]


def test_a_record_in_bytes_that_waited_for_room_is_the_same() -> None:
    task = Task()
    task.failures = [FULL, FULL]
    task.collector.send_as_is(OutgoingRecord("letters", b"key", b"value", headers={"h": "1"}))
    sent = ("letters", b"value", b"key", -1, NOW, HEADERS)
    assert task.calls == [sent, "make room", sent, "make room", sent]


@pytest.mark.parametrize("before", [[], [FULL]], ids=["at once", "after a wait for room"])
def test_a_record_in_bytes_that_cannot_be_sent_is_an_error_that_no_handler_is_asked_about(before: list[Any]) -> None:
    task = Task(answer=Response.resume())
    task.failures = [*before, refused()]
    with pytest.raises(ProducerError, match=r"^a record cannot be sent to topic 'letters': .*too large"):
        task.collector.send_as_is(OutgoingRecord("letters", b"key", b"value"))
    assert [call for call in task.calls if call[0] != "letters"] == ["make room"] * len(before)


SENDS: dict[str, Any] = {
    "sink": lambda task: task.sink()("key", "value", 5, ()),
    "changelog": lambda task: task.collector.changelog("store", "app-topic", 3)(b"key", b"value", 5, ()),
    "as it is": lambda task: task.collector.send_as_is(OutgoingRecord("app-topic", b"key", b"value")),
}


@pytest.mark.parametrize("send", SENDS)
@pytest.mark.parametrize("name", [*sorted(PRODUCER_FENCED), "FENCED_INSTANCE_ID"])
def test_a_fenced_producer_is_told_by_each_send_and_by_each_name(send: str, name: str) -> None:
    task = Task(answer=Response.resume())
    task.failures = [refused(getattr(KafkaError, name), "fenced")]
    with pytest.raises(ProducerFencedError) as thrown:
        SENDS[send](task)
    assert str(thrown.value) == "task 0_1 cannot send a record to topic 'app-topic': fenced"
    assert len(task.calls) == 1


@pytest.mark.parametrize("send", ["sink", "changelog"])
def test_an_error_that_says_what_is_wrong_is_raised_as_it_is(send: str) -> None:
    task = Task(answer=Response.resume())
    task.failures = [FULL, StateError("stopped")]
    with pytest.raises(StateError, match=r"^stopped$"):
        SENDS[send](task)
    assert task.calls[1:2] == ["make room"]
    assert len(task.calls) == 3


@pytest.mark.parametrize(
    ("send", "node", "partition"), [("sink", "sink", None), ("changelog", "store", 3)], ids=["sink", "changelog"]
)
def test_a_handler_is_asked_with_the_record_in_bytes_and_may_have_it_dropped(
    send: str, node: str, partition: int | None
) -> None:
    task = Task(answer=Response.resume())
    task.failures = [error := refused()]
    SENDS[send](task)
    assert task.calls[1:] == [(node, OutgoingRecord("app-topic", b"key", b"value", 5, (), partition), error)]
    assert task.context.drops.total == 1


@pytest.mark.parametrize("send", ["sink", "changelog"])
def test_a_handler_may_have_it_sent_again_until_it_is_taken(send: str) -> None:
    task = Task(answer=[Response.retry(), Response.retry()])
    task.failures = [refused(), refused()]
    SENDS[send](task)
    assert [call[0] for call in task.calls] == [
        "app-topic",
        *(("sink" if send == "sink" else "store", "app-topic") * 2),
    ]
    assert task.context.drops.total == 0


def test_what_cannot_be_written_is_told_with_the_part_that_it_is() -> None:
    for part, given in (("key", (7, "value")), ("value", ("key", 7))):
        with pytest.raises(StreamsError, match=f"sink 'sink' cannot write the {part} 7"):
            Task().sink()(*given, 5, ())


def test_a_serde_that_gives_no_bytes_is_told_as_such() -> None:
    class Lists(StringSerde):
        def serializer(self, topic: str, *, is_key: bool = False) -> Any:
            return lambda value: [value]

    task = Task()
    task.failures = [TypeError("expected bytes, not list")]
    with pytest.raises(StreamsError) as thrown:
        task.sink(value=Lists())("key", "x" * 500, 5, ())
    assert f"its serde gave ['{'x' * 78}… (504 characters), which is no bytes" in str(thrown.value)


def test_a_handler_is_told_of_nothing_as_nothing() -> None:
    task = Task(answer=Response.resume())
    task.failures = [refused()]
    task.sink()(None, None, 5, ())
    assert task.calls[1][1] == OutgoingRecord("app-topic", None, None, 5, (), None)


def test_the_dead_letters_of_a_handler_are_sent_as_they_are() -> None:
    task = Task(answer=Response.resume([OutgoingRecord("letters", b"k", b"v", 7)]))
    task.failures = [refused()]
    task.sink()("key", "value", 5, ())
    assert task.calls[-1] == ("letters", b"v", b"k", -1, 7, ())


# Sends that fail later


def report(code: int, text: str = "why", *, fatal: bool = False) -> KafkaError:
    return KafkaError(code, text, fatal)


MESSAGE: Any = SimpleNamespace(key=lambda: b"key", value=lambda: b"value", timestamp=lambda: (1, 5))


def reporting(task: Task) -> Any:
    task.sink()
    return task.reports["app-topic"]


@pytest.mark.parametrize("error", [None, report(KafkaError._PURGE_QUEUE), report(KafkaError._PURGE_INFLIGHT)])
def test_a_record_that_arrived_or_was_given_up_is_no_error(error: Any) -> None:
    task = Task()
    reporting(task)(error, MESSAGE)
    task.collector.check()


def test_a_failed_delivery_is_raised_once() -> None:
    task = Task()
    reporting(task)(report(KafkaError.MSG_SIZE_TOO_LARGE), MESSAGE)
    with pytest.raises(ProducerError, match=r"^task 0_1 cannot send a record to topic 'app-topic': why"):
        task.collector.check()
    task.collector.check()


def test_each_way_out_of_a_sink_reports_what_was_not_delivered() -> None:
    task = Task()
    task.sink()
    assert len(task.all_reports) == 2
    for tell in task.all_reports:
        tell(report(KafkaError.MSG_SIZE_TOO_LARGE), MESSAGE)
        with pytest.raises(ProducerError):
            task.collector.check()


def test_of_several_failed_deliveries_the_first_is_raised() -> None:
    task = Task()
    tell = reporting(task)
    tell(report(KafkaError.MSG_SIZE_TOO_LARGE, "first"), MESSAGE)
    tell(report(KafkaError.MSG_SIZE_TOO_LARGE, "second"), MESSAGE)
    with pytest.raises(ProducerError, match="first"):
        task.collector.check()


@pytest.mark.parametrize("name", [*sorted(PRODUCER_FENCED), "FENCED_INSTANCE_ID"])
def test_that_the_producer_was_fenced_goes_before_what_went_wrong_earlier(name: str) -> None:
    task = Task()
    tell = reporting(task)
    tell(report(KafkaError.MSG_SIZE_TOO_LARGE, "first"), MESSAGE)
    tell(report(getattr(KafkaError, name), "fenced"), MESSAGE)
    tell(report(KafkaError.MSG_SIZE_TOO_LARGE, "later"), MESSAGE)
    with pytest.raises(ProducerFencedError) as thrown:
        task.collector.check()
    assert str(thrown.value) == "task 0_1 cannot send a record to topic 'app-topic': fenced"


def test_a_handler_is_asked_about_a_failed_delivery_and_may_let_it_pass() -> None:
    task = Task(answer=Response.resume())
    reporting(task)(report(KafkaError.MSG_SIZE_TOO_LARGE), MESSAGE)
    task.collector.check()
    [(node, record, error)] = task.calls
    assert (node, record) == ("sink", OutgoingRecord("app-topic", b"key", b"value", 5))
    assert isinstance(error, ProducerError)
    assert error.args[0].name() == "MSG_SIZE_TOO_LARGE"


def test_a_delivery_that_is_to_be_tried_again_has_all_since_the_last_commit_done_again() -> None:
    task = Task(answer=Response.retry())
    reporting(task)(report(KafkaError.MSG_SIZE_TOO_LARGE), MESSAGE)
    with pytest.raises(TaskCorruptedError, match=r"^task 0_1 cannot send a record to topic 'app-topic': why$"):
        task.collector.check()


def test_the_deliveries_of_a_changelog_are_the_stores() -> None:
    task = Task(answer=Response.resume())
    task.collector.changelog("store", "changelog", 3)
    task.reports["changelog"](report(KafkaError.MSG_SIZE_TOO_LARGE), MESSAGE)
    assert task.calls[0][:2] == ("store", OutgoingRecord("changelog", b"key", b"value", 5))


def test_the_deliveries_of_a_record_in_bytes_are_its_topics() -> None:
    task = Task(answer=Response.resume())
    task.collector.send_as_is(OutgoingRecord("letters", b"key", b"value"))
    task.reports["letters"](report(KafkaError.MSG_SIZE_TOO_LARGE), MESSAGE)
    assert task.calls[1][:2] == ("letters", OutgoingRecord("letters", b"key", b"value", 5))
