"""Odd records fare in the test driver as with Kafka's producer: refused where they are given, or written alike."""

from __future__ import annotations

from typing import Any

import confluent_kafka
import pytest

from kstream_cli import Record, Serde, StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import StreamsError
from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier
from kstream_cli.runtime.clients.senders import sender
from kstream_cli.testing import captured_output, topology_test_driver
from kstream_cli.testing.captured_output import CapturedOutput

NOWHERE = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0}


class ToKafka(CapturedOutput):
    """Writes to a producer that finds no broker: what it refuses by itself is refused."""

    client: Any = None

    def sender(self, topic: str, report: Any, text: int = 0) -> Any:
        send, capture = sender(self.client, topic, report, text), super().sender(topic, report, text)

        def both(value: Any, key: Any, partition: int, timestamp: Any, headers: Any) -> None:
            send(value, key, partition, timestamp, headers)
            capture(value, key, partition, timestamp, headers)

        return both


def client(kind: str) -> Any:
    if kind == "native":
        return DefaultClientSupplier().producer(NOWHERE)
    return confluent_kafka.Producer(NOWHERE)


def with_record(change: Any) -> Any:
    return lambda stream: stream.process(lambda record, context: change(record)).to("out", key=str, value=str)


def with_headers(headers: Any) -> Any:
    return with_record(lambda record: record.with_headers(headers))


def to(topic: Any) -> Any:
    return lambda stream: stream.to(lambda key, value, context: topic)


def at(partition: Any) -> Any:
    return lambda stream: stream.to("out", partitioner=lambda topic, key, value, count: partition)


def written_as(data: Any) -> Any:
    return lambda stream: stream.to("out", value=Serde.of(lambda value: data, bytes))


TAKEN = {
    "headers in a dict": with_headers({"h": b"1"}),
    "headers of text": with_headers([("h", "v")]),
    "a header of null": with_headers([("h", None)]),
    "no headers, as confluent-kafka says it": with_headers(None),
    "headers that are lists": with_headers([["h", b"v"]]),
    "a header of a bytearray": with_headers([("h", bytearray(b"v"))]),
    "an empty header": with_headers({"": b""}),
    "the time 1970": with_record(lambda record: record.with_timestamp(0)),
    "a value of a bytearray": written_as(bytearray(b"x")),
    "a key of a bytearray": lambda stream: stream.to("out", key=Serde.of(lambda key: bytearray(b"k"), bytes)),
    "the only partition": at(0),
    "several partitions": at([0]),
    "no partition": at(()),
    "the default partition": at(None),
    "a topic of 249 letters": to("t" * 249),
}
REFUSED = {
    "a header of a number": with_headers([("h", 5)]),
    "a header's name in bytes": with_headers([(b"h", b"v")]),
    "a header of three parts": with_headers([("h", b"v", 1)]),
    "a header's name with a NUL": with_headers([("a\0b", b"v")]),
    "a header's name of half a character": with_headers([("\ud800", b"v")]),
    "a header of half a character": with_headers([("h", "\ud800")]),
    "headers that are text": with_headers("h"),
    "headers that are a number": with_headers(5),
    "a dict with names in bytes": with_headers({b"h": b"v"}),
    "a time with a fraction": with_record(lambda record: record.with_timestamp(1.5)),
    "a time in text": with_record(lambda record: record.with_timestamp("1")),
    "a time below 0": with_record(lambda record: record.with_timestamp(-1)),
    "a time of 65 bits": with_record(lambda record: record.with_timestamp(2**63)),
    "a partition that is not there": at(1),
    "several partitions, one not there": at([0, 7]),
    "a partition below 0": at(-1),
    "a partition of text": at("0"),
    "a partition with a fraction": at(0.5),
    "several partitions, one below 0": at([0, -7]),
    "a topic with a blank": to("no topic"),
    "a topic of 250 letters": to("t" * 250),
    "a topic of bytes": to(b"out"),
    "no topic": to(None),
    "two dots": to(".."),
    "a value that the serde made text": written_as("x"),
    "a value that the serde made a number": written_as(5),
}


def verdict(make: Any) -> tuple[str, list[Any]]:
    builder = StreamsBuilder()
    make(builder.stream("in", key=str, value=str))
    written: list[Any] = []
    try:
        # A driver that was not told how many partitions there are takes any, as Java's does.
        with TopologyTestDriver(builder, partitions={"out": 1}) as driver:
            driver.input("in").pipe([("a", "x")], timestamp=5)
            written = driver.produced
    except StreamsError as error:
        return str(error), []
    return "", [(each.topic, each.key, bytes(each.value), each.timestamp, each.headers) for each in written]


@pytest.mark.parametrize("name", [*TAKEN, *REFUSED])
@pytest.mark.parametrize("kind", ["native", "confluent"])
def test_the_driver_and_kafkas_producer_give_one_verdict(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make = {**TAKEN, **REFUSED}[name]
    in_driver = verdict(make)
    monkeypatch.setattr(ToKafka, "client", client(kind))
    monkeypatch.setattr(topology_test_driver, "CapturedOutput", ToKafka)
    monkeypatch.setattr(captured_output, "check_outgoing", lambda *record, **limits: None)
    assert verdict(make) == in_driver
    assert bool(in_driver[0]) is (name in REFUSED)


@pytest.mark.parametrize("name", [name for name in REFUSED if "serde" not in name])
def test_what_is_refused_names_the_users_line(name: str) -> None:
    assert "test_one_verdict.py:" in verdict(REFUSED[name])[0]


def test_a_record_that_is_larger_than_the_producer_takes_is_refused() -> None:
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).map_values(lambda value: value * 600).to("out")
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe([("a", "x" * 1000)])
    with (
        TopologyTestDriver(builder, {"producer.max.request.size": 1_000}) as driver,
        pytest.raises(StreamsError, match=r"raise producer\.max\.request\.size"),
    ):
        driver.input("in").pipe([("a", "x" * 1000)])


@pytest.mark.parametrize("given", [{"h": b"1"}, [("h", "1")], ((("h", b"1")),)])
def test_a_record_holds_headers_as_kafka_does(given: Any) -> None:
    assert Record("k", "v", 1, given).headers == (("h", b"1"),)
