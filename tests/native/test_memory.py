"""The extension's memory stays valid while other threads, finalisers and __hash__ run; sanitizers look closer."""

from __future__ import annotations

import collections
import gc
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import KafkaException, TopicPartition

from kstream_cli.native import extension
from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier
from kstream_cli.runtime.clients.native_clients import NativeConsumer, native
from kstream_cli.serde.json import JsonSerde

pytestmark = pytest.mark.skipif(native() is None, reason="the extension was not built")
NOBODY = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0}
collects_inside = pytest.mark.skipif(sys.version_info >= (3, 12), reason="there the collector runs between bytecodes")


def collect_inside(call, *arguments, then):
    """The call, and Python's collector when it makes its first list, which frees an object that does `then`."""

    class Finalised:
        def __init__(self):
            self.circle = self

        def __del__(self):
            then()

    threshold = gc.get_threshold()
    gc.collect()
    gc.disable()
    gc.set_threshold(1, 1_000_000, 1_000_000)
    Finalised()
    gc.enable()
    try:
        return call(*arguments)
    finally:
        gc.set_threshold(*threshold)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data.__setitem__(slice(None), b"y" * len(data)), id="changed"),
        pytest.param(lambda data: (data.clear(), data.extend(bytes(3_000_000))), id="moved"),
    ],
)
@pytest.mark.parametrize("part", ["key", "value"])
def test_a_bytearray_is_sent_as_it_was_though_it_changes_while_the_send_waits(change, part):
    producer: Any = DefaultClientSupplier().producer({**NOBODY, "queue.buffering.max.messages": 10})
    told = []
    send = producer.sender("t", lambda error, record: told.append(getattr(record, part)()), 0)
    with pytest.raises(BufferError):
        collections.deque(iter(lambda: send(bytes(60_000), None, 0, 1, ()), "never"))
    data = bytearray(b"x" * 60_000)

    def make_room():
        time.sleep(0.03)  # The send waits for room by now.
        change(data)
        producer.purge()

    helper = threading.Thread(target=make_room)
    helper.start()
    send(data if part == "value" else None, data if part == "key" else None, 0, 1, ())
    helper.join()
    producer.purge()
    producer.flush(5)
    assert told[-1] == b"x" * 60_000


def test_a_bytearray_as_a_header_is_sent(fetched):
    [record] = fetched([(b"k", bytearray(b"v"), [("h", bytearray(b"1")), ("none", None)])])
    assert (record.value(), record.headers()) == (b"v", [("h", b"1"), ("none", None)])


class Refusing(bytes):
    def __hash__(self):
        raise AssertionError("asked for its hash")


def test_rows_do_not_ask_keys_for_a_hash_of_their_own():
    rows, known = extension("rows").LatestRows(1_000), extension("rows").KnownRows(True)
    known.keep_within(1_000_000)
    keys = [Refusing(b"%d" % number) for number in range(20)]
    for extend in (rows.extend, known.update):
        extend(keys, list(map(bytes, keys)))
        extend(keys, list(map(bytes, keys)))
    assert len(rows) == 20
    assert [known.get(key, 1) for key in keys] == keys


def test_a_key_whose_hash_empties_the_list_that_is_read_is_no_row():
    class Emptying:
        def __hash__(self):
            keys.clear()
            return 1

    for make in (lambda: extension("rows").LatestRows(1_000).extend, lambda: extension("rows").KnownRows(True).update):
        extend = make()
        keys: list[Any] = [b"%d" % number for number in range(20)]
        extend(keys, keys)
        keys[12] = Emptying()
        with pytest.raises(TypeError):
            extend(keys, list(keys))
        assert len(keys) == 20


@collects_inside
def test_rows_that_a_finaliser_clears_while_they_are_listed_are_gone():
    rows = extension("rows").LatestRows(1_000)
    rows.extend([b"1", b"2"], [b"a", b"b"])
    rows.sort()
    with pytest.raises(IndexError):
        collect_inside(rows.part, 0, 2, then=rows.clear)
    assert len(rows) == 0


def test_a_finaliser_that_reads_on_does_not_change_what_is_being_read(fetched):
    reader = iter(fetched([(None, b"%d" % number, [("h", b"x")]) for number in range(4)]).read(4, 0))
    inside = []

    class Reading:
        def __del__(self):
            inside.append(next(reader)[1])

    next(reader)[3].append(Reading())
    outside = [parts[1] for parts in reader]
    assert inside == [b"2"]
    assert outside == [b"1", b"3"]


def test_records_that_were_taken_are_not_had_by_an_index_from_the_end(fetched):
    records = fetched([(None, b"%d" % number, []) for number in range(4)])
    records.popleft()
    assert records[-3].value() == b"1"
    for index in (-4, 3):
        with pytest.raises(IndexError):
            records[index]


@collects_inside
def test_the_queues_of_a_consumer_stay_while_they_are_fetched_from():
    consumer, refused = NativeConsumer({**NOBODY, "group.id": "g"}), []
    queues = consumer._queues
    queues.follow("t", 0)

    def use():
        for call in (
            queues.close,
            lambda: queues.leave("t", 0),
            lambda: queues.follow("t", 1),
            lambda: queues.fetch(1),
        ):
            try:
                call()
            except RuntimeError as error:
                refused.append(str(error))

    collect_inside(queues.fetch, 10, then=use)
    assert len(refused) == 4
    assert set(refused) == {"another thread fetches from this consumer: one thread uses it at a time"}
    consumer.close()


@pytest.mark.parametrize(("count", "error"), [(-1, ValueError), (2**61, MemoryError), (2**60 + 1, MemoryError)])
def test_a_fetch_of_a_number_of_records_that_cannot_be_is_an_error(count, error):
    consumer = NativeConsumer({**NOBODY, "group.id": "g"})
    with pytest.raises(error):
        consumer._queues.fetch(count)
    consumer.close()


def test_offsets_that_are_taken_out_while_they_are_read_are_held():
    consumer, offsets = NativeConsumer({**NOBODY, "group.id": "g"}), []

    class Vanishing:
        partition, offset, metadata, leader_epoch = 0, 1, "kept", None

        @property
        def topic(self):
            offsets.clear()
            gc.collect()
            return "t"

    offsets += [Vanishing(), Vanishing()]
    with pytest.raises(KafkaException):
        consumer._offsets.committed(offsets, 0.01)
    assert offsets == []
    consumer.close()


def test_offsets_are_not_asked_for_once_reading_them_has_closed_the_client():
    consumer = NativeConsumer({**NOBODY, "group.id": "g"})
    offsets = consumer._offsets

    class Closing(TopicPartition):
        @property
        def metadata(self):  # type: ignore[override]
            offsets.close()

    for call in (lambda: offsets.committed([Closing("t", 0)], 0.01), lambda: offsets.commit([Closing("t", 0)])):
        with pytest.raises(RuntimeError, match="closed"):
            call()
    consumer.close()


@dataclass
class Order:
    items: list[str]


def test_values_that_a_finaliser_takes_out_while_they_are_looked_at_are_held():
    orders = [Order([f"{number}"]) for number in range(50)]
    serialize = JsonSerde(list[Order]).serializer("t")
    written = collect_inside(serialize, orders, then=orders.clear)
    assert written in (b"[]", str.encode("[" + ",".join(f'{{"items":["{number}"]}}' for number in range(50)) + "]"))


@collects_inside
def test_a_value_of_a_union_that_a_finaliser_takes_out_while_it_is_looked_at_is_held():
    values: list[Any] = [{"a", number} for number in range(50)]  # Neither all text nor a dict.
    serialize = JsonSerde(list[set[str] | dict[str, int]]).serializer("t")
    assert collect_inside(serialize, values, then=values.clear) == b"[]"
