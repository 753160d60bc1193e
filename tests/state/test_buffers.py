from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kstream_cli.serde.built_in import StringSerde
from kstream_cli.state.builders import SuppressBufferBuilder, TimeOrderedBufferBuilder
from kstream_cli.state.kinds.java_hash_order import JavaHashOrder
from kstream_cli.state.kinds.record_context import RestoredRecord

SUPPRESS: SuppressBufferBuilder[str, str] = SuppressBufferBuilder(
    name="b", key=StringSerde(), value=StringSerde(), persistent=False
)
GRACE: TimeOrderedBufferBuilder[str, str] = TimeOrderedBufferBuilder(
    name="g", key=StringSerde(), value=StringSerde(), grace_ms=10
)


def process(context: Any, timestamp: int, offset: int, headers: Any = ()) -> None:
    context.current = RestoredRecord("in", 0, offset, timestamp, headers)
    context.timestamp, context.headers = timestamp, headers


@pytest.fixture
def suppress(context: Any) -> Any:
    store = SUPPRESS.build()
    store.open(context)
    return store


def test_the_first_change_of_a_key_keeps_its_place_and_the_last_one_goes_out(suppress: Any, context: Any) -> None:
    emitted: list[Any] = []
    process(context, 5, 1)
    suppress.put(5, "a", ("1", None, True))
    process(context, 6, 2)
    suppress.put(6, "b", ("1", None, True))
    process(context, 9, 3, (("h", b"x"),))
    suppress.put(9, "a", ("2", "1", True))
    assert (suppress.num_records, suppress.min_time) == (2, 5)
    process(context, 20, 4)
    suppress.evict_while(lambda: suppress.min_time <= 5, lambda *change: emitted.append((*change, context.current)))
    assert emitted == [("a", ("2", "1", True), 9, (("h", b"x"),), RestoredRecord("in", 0, 3, 9, (("h", b"x"),)))]
    assert (context.timestamp, context.headers, suppress.num_records) == (20, (), 1)


def test_the_prior_value_is_the_old_one_of_the_first_change(suppress: Any, context: Any) -> None:
    suppress.put(5, "a", ("2", "1", True))
    suppress.put(6, "a", ("3", "2", True))
    suppress.put(6, "b", ("1", None, True))
    assert [suppress.prior_value(key) for key in "abc"] == [(True, "1"), (True, None), (False, None)]


def test_changed_keys_are_logged_at_the_flush_as_java_writes_them(suppress: Any, context: Any) -> None:
    process(context, 0, 0)
    suppress.put(0, "a", ("1", None, True))
    suppress.flush()
    process(context, 50, 2)
    suppress.put(50, "a", ("3", "1", True))
    suppress.flush()
    suppress.evict_while(lambda: True, lambda *_: None)
    suppress.flush()
    first = "0000000000000000000000000000000000000002696e0000000000000000ffffffffffffffff00000001310000000000000000"
    second = "0000000000000032000000000000000200000002696e0000000000000000ffffffff000000013100000001330000000000000000"
    assert context.logged["b"] == [
        (b"a", bytes.fromhex(first), None, (("v", b"\x03"),)),
        (b"a", bytes.fromhex(second), None, (("v", b"\x03"),)),
        (b"a", None, None, ()),
    ]


def test_a_restored_buffer_goes_on_where_the_other_one_was(suppress: Any, context: Any) -> None:
    process(context, 5, 1, (("h", b"x"), ("n", None)))
    suppress.put(5, "a", ("2", "1", True))
    suppress.put(6, "a", ("3", "1", True))
    suppress.put(7, "b", (None, "1", True))
    suppress.put(8, "c", ("2", "1", True))
    suppress.flush()
    log = [(key, value, 0) for key, value, _, _ in context.logged["b"]] + [(b"c", None, 0)]
    size = suppress.size_bytes
    restored: Any = replace(SUPPRESS, name="r").build()
    restored.open(context)
    restored.restore(log)
    restored.commit(4)
    emitted: list[Any] = []
    assert (restored.num_records, restored.committed_offset) == (2, 4)
    assert 0 < restored.size_bytes < size
    restored.evict_while(lambda: True, lambda *change: emitted.append(change))
    headers = (("h", b"x"), ("n", None))
    assert emitted == [("a", ("3", "1", True), 5, headers), ("b", (None, "1", True), 5, headers)]
    assert restored.size_bytes == 0


def test_the_size_counts_what_java_counts(suppress: Any, context: Any) -> None:
    process(context, 5, 1)
    suppress.put(5, "a", ("22", None, True))
    assert suppress.size_bytes == 8 + 1 + 2 + (8 + 8 + 2 + 4)
    suppress.put(6, "a", ("333", None, True))
    assert suppress.size_bytes == 8 + 1 + 3 + (8 + 8 + 2 + 4)


def test_a_change_that_could_not_be_emitted_stays(suppress: Any, context: Any) -> None:
    suppress.put(5, "a", ("1", None, True))

    def emit(*change: Any) -> None:
        raise ValueError("a mapper failed")

    with pytest.raises(ValueError, match="mapper"):
        suppress.evict_while(lambda: True, emit)
    assert suppress.num_records == 1


def test_keys_come_in_the_order_of_javas_hash_set() -> None:
    order = JavaHashOrder()
    for key in (b"c", b"b", b"a", b"p", b"\xff", b"a"):
        order.add(key)
    # The hashes of a, b, c and p are 128, 129, 130 and 143; that of 0xff, -1 as a signed byte, is 30.
    assert order.drain() == [b"a", b"b", b"c", b"\xff", b"p"]
    assert order.drain() == []


@pytest.mark.parametrize("persistent", [False, True])
def test_records_wait_for_their_grace_and_come_in_order(context: Any, persistent: bool) -> None:
    store: Any = replace(GRACE, persistent=persistent).build()
    store.open(context)
    emitted: list[Any] = []
    for offset, (timestamp, value) in enumerate([(5, "s5"), (3, "s3"), (13, "s13")]):
        process(context, timestamp, offset)
        assert store.put("a", value, timestamp)
        store.evict(lambda *record: emitted.append(record))
        store.commit(offset)
    assert emitted == [("a", "s3", 3, ())]
    assert not store.put("a", "late", 2)
    at_the_edge: Any = replace(GRACE, name="edge", persistent=persistent).build()
    at_the_edge.open(context)
    assert [at_the_edge.put("a", "x", timestamp) for timestamp in (13, 3, 2)] == [True, True, False]
    at_the_edge.close()
    key = "0000000000000000056100000001"
    value = "0000000000000005000000000000000000000002696e0000000000000000ffffffffffffffff0000000273350000000000000000"
    assert context.logged["g"][0] == (bytes.fromhex(key), bytes.fromhex(value), None, ())
    assert context.logged["g"][3] == (bytes.fromhex("0000000000000000036100000002"), None, None, ())
    log = [record[:3] for record in context.logged["g"]]
    store.close()
    restored: Any = replace(GRACE, name="r", persistent=persistent).build()
    restored.open(context)
    restored.restore([(key, value, 0) for key, value, _ in log])
    restored.commit(4)
    process(context, 15, 5)
    restored.put("a", "s15", 15)
    restored.evict(lambda *record: emitted.append(record))
    assert emitted == [("a", "s3", 3, ()), ("a", "s5", 5, ())]
    assert context.logged["r"][0][0][-4:] == b"\x00\x00\x00\x04"
    restored.close()


def test_a_reopened_grace_buffer_shows_its_last_commit(context: Any) -> None:
    store: Any = GRACE.build()
    store.open(context)
    process(context, 5, 0)
    store.put("a", "kept", 5)
    store.commit(1)
    store.put("a", "lost", 30)
    store.close()
    store.open(context)
    emitted: list[Any] = []
    store.evict(lambda *record: emitted.append(record[1]))
    assert emitted == []
    assert not store.put("a", "late before the restart, too", -6)
    store.put("a", "new", 16)
    store.evict(lambda *record: emitted.append(record[1]))
    assert emitted == ["kept"]
    store.close()


def test_a_grace_buffer_takes_no_null_key(context: Any) -> None:
    store: Any = GRACE.build()
    store.open(context)
    with pytest.raises(TypeError, match="store 'g' takes no null key"):
        store.put(None, "x", 1)
    store.close()
