from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kstream_cli.serde.built_in import LongSerde, StringSerde
from kstream_cli.serde.json import JsonSerde
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.builders import KeyValueStoreBuilder, SessionStoreBuilder, WindowStoreBuilder
from kstream_cli.state.cache.record_cache import Expiry
from kstream_cli.state.thread_cache import ThreadCache
from kstream_cli.testing.raw_record import ConsumedRecord

COUNTS: KeyValueStoreBuilder[str, int] = KeyValueStoreBuilder(
    name="counts", key=StringSerde(), value=LongSerde(), timestamped=True, caching=True
)


@pytest.fixture
def told() -> list[Any]:
    return []


@pytest.fixture
def context(context: Any) -> Any:
    context.cache = ThreadCache(1_000_000)
    return context


@pytest.fixture(params=["memory", "rocksdb"])
def builder(request: pytest.FixtureRequest) -> Any:
    return replace(COUNTS, persistent=request.param == "rocksdb")


def opened(builder: Any, context: Any, told: list[Any] | None = None, *, old: bool = False) -> Any:
    store = builder.build()
    store.open(context)
    if told is not None:
        store.set_flush_listener(lambda *update: told.append(update), send_old_values=old)
    return store


def one(number: int) -> bytes:
    return number.to_bytes(8, "big")


def test_only_the_last_update_of_a_key_goes_out_at_the_flush(builder: Any, context: Any, told: list[Any]) -> None:
    store = opened(builder, context, told)
    assert store.cached
    store.put("a", (1, 10))
    store.put("b", (1, 11))
    store.put("a", (2, 12))
    assert (store.get("a"), told, context.logged["counts"]) == ((2, 12), [], [])
    store.flush()
    # A key that is put again goes to the end of the row.
    assert told == [("b", 1, None, 11, ()), ("a", 2, None, 12, ())]
    assert context.logged["counts"] == [(b"b", one(1), 11, ()), (b"a", one(2), 12, ())]
    store.flush()
    assert len(told) == 2
    store.close()


@pytest.mark.parametrize("committed", [False, True])
def test_the_old_value_is_the_one_last_passed_on(builder: Any, context: Any, told: list[Any], committed: bool) -> None:
    store = opened(builder, context, told, old=True)
    store.put("a", (1, 10))
    store.flush()
    if committed:
        store.commit(1)
    store.put("a", (2, 11))
    store.put("a", (3, 12))
    store.flush()
    context.timestamp = 13
    store.put("a", None)
    store.flush()
    assert told == [("a", 1, None, 10, ()), ("a", 3, 1, 12, ()), ("a", None, 3, 13, ())]
    assert store.get("a") is None
    assert list(store.all()) == []
    store.close()


def test_the_old_value_is_read_from_the_disk_where_memory_does_not_know_it(context: Any, told: list[Any]) -> None:
    store = opened(COUNTS, context)
    store.put("a", (1, 10))
    store.flush()
    store.commit(1)
    store.close()
    store = opened(COUNTS, context, told, old=True)
    store.put("a", (2, 11))
    store.flush()
    assert told == [("a", 2, 1, 11, ())]
    store.close()


def test_a_key_put_and_deleted_between_flushes_vanishes(builder: Any, context: Any, told: list[Any]) -> None:
    store = opened(builder, context, told)
    store.put("a", (1, 10))
    store.put("a", None)
    store.flush()
    assert (told, context.logged["counts"]) == ([], [])
    store.commit(1)
    assert list(store.all()) == []
    store.close()


def test_without_a_listener_every_deletion_is_logged(builder: Any, context: Any) -> None:
    store = opened(builder, context)
    store.delete("a")
    store.flush()
    assert context.logged["counts"] == [(b"a", None, 0, ())]
    store.close()


def test_an_update_goes_out_in_the_context_of_its_own_record(builder: Any, context: Any) -> None:
    seen = []
    store = opened(replace(builder, timestamped=False), context)
    store.set_flush_listener(
        lambda key, new, old, timestamp, headers: seen.append((key, timestamp, headers, context.current)),
        send_old_values=False,
    )
    first, second = (ConsumedRecord("in", None, None, number, offset=number) for number in (1, 2))
    for number, record in ((1, first), (2, second)):
        context.current, context.timestamp, context.headers = record, number, (("h", b"%d" % number),)
        store.put(str(number), number)
    context.current, context.timestamp, context.headers = None, 99, ()
    store.flush()
    assert seen == [("1", 1, (("h", b"1"),), first), ("2", 2, (("h", b"2"),), second)]
    assert (context.current, context.timestamp, context.headers) == (None, 99, ())
    assert [record[2:] for record in context.logged["counts"]] == [(1, ()), (2, ())]
    store.close()


def test_a_full_cache_flushes_early_and_still_writes_nothing_to_the_disk(context: Any, told: list[Any]) -> None:
    context.cache = ThreadCache(10_000)
    store = opened(COUNTS, context, told)
    for number in range(1_500):
        store.put(str(number), (number, number))
    assert len(told) >= 1_000
    store.close()
    store = opened(COUNTS, context)
    assert list(store.all()) == []
    store.close()


def test_updates_not_flushed_are_not_committed(context: Any, told: list[Any]) -> None:
    store = opened(COUNTS, context, told)
    store.put("a", (1, 10))
    store.flush()
    store.put("a", (2, 11))
    store.put("b", (1, 11))
    store.commit(1)
    store.close()
    store = opened(COUNTS, context)
    assert list(store.all()) == [("a", (1, 10))]
    store.close()


def test_ranges_show_cached_updates(builder: Any, context: Any) -> None:
    store = opened(builder, context)
    store.put_all([("a", (1, 1)), ("b", (2, 2)), ("c", (3, 3))])
    store.flush()
    store.commit(1)
    store.put("b", None)
    store.put("ab", (4, 4))
    assert list(store.all()) == [("a", (1, 1)), ("ab", (4, 4)), ("c", (3, 3))]
    store.close()


def test_old_and_new_are_copies_where_values_can_be_changed(builder: Any, context: Any, told: list[Any]) -> None:
    store = opened(replace(builder, value=JsonSerde(list)), context, told, old=True)
    value = [1]
    store.put("a", (value, 1))
    value.append(2)
    store.flush()
    held = store.get("a")[0]
    held.append(5)
    store.put("a", (held, 2))
    store.flush()
    assert told == [("a", [1], None, 1, ()), ("a", [1, 5], [1], 2, ())]
    store.close()


def test_cache_size_0_or_caching_off_writes_through(builder: Any, context: Any) -> None:
    assert not opened(replace(builder, caching=False), context).cached
    context.cache = ThreadCache(0)
    store = opened(replace(builder, name="other"), context)
    store.put("a", (1, 1))
    assert not store.cached
    assert len(context.logged["other"]) == 1
    store.close()


@pytest.mark.parametrize("persistent", [False, True])
def test_windows_go_out_with_windowed_keys_in_order_of_their_last_put(
    context: Any, told: list[Any], persistent: bool
) -> None:
    builder = WindowStoreBuilder(
        name="w",
        key=StringSerde(),
        value=LongSerde(),
        retention_ms=100_000,
        window_size_ms=10,
        timestamped=True,
        caching=True,
        persistent=persistent,
    )
    store = opened(builder, context, told, old=True)
    store.put("a", (1, 5), 0)
    store.put("a", (1, 15), 10)
    store.put("a", (2, 6), 0)
    assert list(store.fetch_range("a", 0, 100)) == [(0, (2, 6)), (10, (1, 15))]
    store.flush()
    store.commit(1)
    store.put("a", None, 10)
    store.flush()
    assert told == [
        (Windowed("a", 10, 20), 1, None, 15, ()),
        (Windowed("a", 0, 10), 2, None, 6, ()),
        (Windowed("a", 10, 20), None, 1, 0, ()),
    ]
    assert [record[0] for record in context.logged["w"]] == [
        b"a" + one(10) + bytes(4),
        b"a" + one(0) + bytes(4),
        b"a" + one(10) + bytes(4),
    ]
    store.close()


@pytest.mark.parametrize("persistent", [False, True])
def test_sessions_go_out_stamped_with_their_end(context: Any, told: list[Any], persistent: bool) -> None:
    builder = SessionStoreBuilder(
        name="s", key=StringSerde(), value=LongSerde(), retention_ms=100_000, caching=True, persistent=persistent
    )
    store = opened(builder, context, told, old=True)
    context.timestamp = 7
    store.put(Windowed("a", 1, 5), 1)
    store.flush()
    store.remove(Windowed("a", 1, 5))
    store.put(Windowed("a", 1, 9), 2)
    assert list(store.find_sessions("a", 0, 100)) == [(Windowed("a", 1, 9), 2)]
    store.flush()
    assert told == [
        (Windowed("a", 1, 5), 1, None, 5, ()),
        (Windowed("a", 1, 5), None, 1, 5, ()),
        (Windowed("a", 1, 9), 2, None, 9, ()),
    ]
    assert [record[2] for record in context.logged["s"]] == [7, 7, 7]
    store.close()


def test_who_reads_the_store_while_it_is_flushed_sees_what_was_put_however_much_is_read(context: Any) -> None:
    store = opened(COUNTS, context)
    names = [f"k{number:02}" for number in range(60)]
    for name in names:
        store.put(name, (1, 10))
    store.flush()
    store.commit(1)
    store._cache.forget()
    seen: list[Any] = []

    def read_all(key: Any, *_: Any) -> None:
        for name in names:
            store.get(name)
        seen.append(store.get("k00"))

    store.set_flush_listener(read_all, send_old_values=False)
    store.put("k01", (2, 11))
    store.put("k00", (2, 12))
    store._cache.limit, store._table._room = 4, 4
    store._table._make_room()
    store._table._make_room()
    store.flush()
    assert seen == [(2, 12), (2, 12)]
    assert store.get("k00") == (2, 12)
    store.close()


def test_a_flush_within_a_flush_does_not_end_what_the_outer_one_hides(context: Any, told: list[Any]) -> None:
    store = opened(COUNTS, context)
    names = [f"k{number:04}" for number in range(1_500)]
    for name in names:
        store.put(name, (1, 10))
    store.flush()
    store.commit(1)
    store.close()
    store.open(context)
    for name in names:
        store.get(name)
    store._cache.limit = 4

    def put_more(key: Any, *_: Any) -> None:
        if not told:
            told.append(None)
            for name in names[1_000:1_010]:
                store.put(name, (3, 12))
            told[0] = dict(store.all())["k0000"]

    store.set_flush_listener(put_more, send_old_values=False)
    store.put("k0000", (2, 11))
    store.put("k0001", (2, 11))
    store.flush()
    assert told == [(2, 11)]
    store.close()


def test_what_is_put_during_a_flush_is_passed_on_after_it(context: Any, told: list[Any]) -> None:
    context.cache = ThreadCache(200)
    store = opened(COUNTS, context)

    def put_more(key: Any, new: Any, *_: Any) -> None:
        told.append((key, new))
        if key == "trigger" and len(told) == 1:
            for name in ("x", "1", "2", "3", "4"):
                store.put(name, (1000, 12))
            store.flush()

    store.set_flush_listener(put_more, send_old_values=False)
    store.put("trigger", (1, 11))
    store.put("x", (1, 11))
    store.flush()
    store.flush()
    assert [new for key, new in told if key == "x"] == [1, 1000]
    assert [value for key, value, *_ in context.logged["counts"] if key == b"x"] == [one(1), one(1000)]
    assert store.get("x") == (1000, 12)
    store.close()


def test_a_put_of_the_key_that_room_is_made_for_is_not_lost(context: Any, told: list[Any]) -> None:
    context.cache = ThreadCache(200)
    store = opened(COUNTS, context)

    def give_a_bonus(key: Any, *_: Any) -> None:
        if key == "0":
            store.put("x", (1000, 12))

    store.set_flush_listener(give_a_bonus, send_old_values=False)
    for name in ("0", "1", "2", "3"):
        store.put(name, (1, 11))
    assert store._cache.groups[0].find("x").cell == (1000, 12)
    assert store.get("x") == (1000, 12)
    store.flush()
    assert (b"x", one(1000), 12, ()) in context.logged["counts"]
    store.close()


def test_a_row_that_has_to_go_is_passed_on_before_those_that_were_put_earlier(context: Any, told: list[Any]) -> None:
    context.cache = ThreadCache(200)
    store = opened(COUNTS, context, told)
    for number, name in enumerate("abc"):
        store.put(name, (number, 11))
    store.get("a")
    assert told == []
    store.put("d", (3, 11))
    assert [key for key, *_ in told] == ["b", "a", "c", "d"]
    store.close()


def test_a_row_that_is_put_again_while_its_deletion_is_passed_on_stays(context: Any, told: list[Any]) -> None:
    store = opened(COUNTS, context)
    store.put("a", (1, 10))
    store.flush()

    def put_again(key: Any, *_: Any) -> None:
        if key == "trigger" and not told:
            told.append(key)
            store.put("a", (2, 12))
            assert ("a", (2, 12)) in list(store.all())

    store.set_flush_listener(put_again, send_old_values=False)
    store.put("trigger", (1, 11))
    store.put("a", None)
    store.flush()
    store.flush()
    store._cache.forget()
    assert store.get("a") == (2, 12)
    store.close()


def test_a_deleted_row_takes_no_room_once_it_is_passed_on(builder: Any, context: Any) -> None:
    store = opened(builder, context)
    store.put("a", (1, 10))
    store.flush()
    store.put("a", None)
    assert store._cache.size_bytes
    store.flush()
    assert (store._cache.size_bytes, context.cache.size) == (0, 0)
    store.close()


def test_a_cache_that_forgets_keeps_its_updates(builder: Any, context: Any, told: list[Any]) -> None:
    store = opened(builder, context, told)
    store.put("a", (1, 10))
    store.put("b", (1, 10))
    store.flush()
    store.put("a", (2, 11))
    store._cache.forget()
    assert list(store._cache.groups[0]) == ["a"]
    assert store.get("a") == (2, 11)
    store.flush()
    assert told[2:] == [("a", 2, None, 11, ())]
    store.close()


def test_a_row_is_past_the_retention_once_it_is_as_old() -> None:
    expiry = Expiry(10, lambda key: 0, observed=20)
    assert [time for time in range(8, 13) if expiry.is_over(time)] == [8, 9, 10]
