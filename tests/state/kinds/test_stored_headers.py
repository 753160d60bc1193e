"""Stores whose rows keep headers (KIP-1271): what is put comes back, is logged as Java logs it, and is restored."""

from dataclasses import replace

import pytest

from kstream_cli import AggregationWithHeaders, Stores, ValueTimestampHeaders, Windowed, serde_for
from kstream_cli.config import Config
from kstream_cli.state.builders import SuppressBufferBuilder
from kstream_cli.state.stored_headers import pack_headers, unpack_headers
from kstream_cli.state.thread_cache import ThreadCache

TRACE = (("trace", b"1"), ("empty", None))
OTHER = (("trace", b"2"),)

KINDS = [
    pytest.param({"persistent": persistent, "caching": caching}, id=f"{'disk' if persistent else 'memory'}-{caching}")
    for persistent in (True, False)
    for caching in (False, True)
]


def opened(builder, context):
    store = builder.build()
    store.open(context)
    return store


@pytest.fixture(params=KINDS)
def options(request, context):
    context.cache = ThreadCache(1_000_000)
    return request.param


@pytest.fixture(params=[str, dict], ids=["immutable", "mutable"])
def value(request):
    return request.param, {str: "x", dict: {"a": [1]}}[request.param]


def test_a_key_value_store_gives_back_value_timestamp_and_headers(options, value, context):
    kind, given = value
    store = opened(Stores.key_value("s", key=str, value=kind, headers=True, **options), context)
    store.put("a", ValueTimestampHeaders(given, 5, TRACE))
    store.put("b", (given, 6))
    store.commit(None)
    assert store.get("a") == ValueTimestampHeaders(given, 5, TRACE)
    assert (store.get("b").value, store.get("b").timestamp, store.get("b").headers) == (given, 6, ())
    with store.all() as rows:
        assert [(key, row.headers) for key, row in rows] == [("a", TRACE), ("b", ())]


def test_rows_are_read_back_from_the_disk_with_their_headers(value, context):
    kind, given = value
    builder = Stores.key_value("s", key=str, value=kind, headers=True)
    store = opened(builder, context)
    store.put("a", ValueTimestampHeaders(given, 5, TRACE))
    store.commit(7)
    store.close()
    assert opened(builder, context).get("a") == ValueTimestampHeaders(given, 5, TRACE)


def test_a_change_is_logged_with_the_rows_headers_and_a_deletion_with_the_records(options, context):
    store = opened(Stores.key_value("s", key=str, value=str, headers=True, **options), context)
    context.headers, context.timestamp = OTHER, 9
    store.put("a", ValueTimestampHeaders("x", 5, TRACE))
    store.flush()
    store.delete("a")
    store.flush()
    assert context.logged["s"] == [(b"a", b"x", 5, TRACE), (b"a", None, 9, OTHER)]


def test_a_restored_row_has_its_records_headers(options, context):
    store = opened(Stores.key_value("s", key=str, value=str, headers=True, **options), context)
    assert store.restores_headers
    store.restore([(b"a", b"x", 5, TRACE), (b"b", b"y", 6, ()), (b"c", None, 7, TRACE)])
    assert store.get("a") == ValueTimestampHeaders("x", 5, TRACE)
    assert store.get("b") == ("y", 6)
    assert store.get("c") is None


def test_a_window_store_keeps_headers(options, value, context):
    kind, given = value
    builder = Stores.window("s", retention=100, window_size=10, key=str, value=kind, headers=True, **options)
    store = opened(builder, context)
    store.put("a", ValueTimestampHeaders(given, 5, TRACE), 0)
    store.restore([(b"b" + bytes(8) + bytes(4), builder.value.serializer("t")(given), 6, OTHER)])
    assert store.fetch("a", 0) == ValueTimestampHeaders(given, 5, TRACE)
    with store.all() as rows:
        assert [(window.key, row.headers) for window, row in rows] == [("a", TRACE), ("b", OTHER)]


def test_a_window_store_with_duplicates_keeps_headers(context):
    options = {"retention": 100, "window_size": 10, "key": str, "value": str}
    store = opened(Stores.window("s", **options, headers=True, retain_duplicates=True), context)
    for headers in (TRACE, OTHER):
        store.put("a", ValueTimestampHeaders("x", 5, headers), 5)
    with store.fetch_range("a", 0, 10) as rows:
        assert [row.headers for _, row in rows] == [TRACE, OTHER]
    assert [record[3] for record in context.logged["s"]] == [TRACE, OTHER]


def test_a_session_store_keeps_headers(options, value, context):
    kind, given = value
    store = opened(Stores.session("s", retention=100, key=str, value=kind, headers=True, **options), context)
    session = Windowed("a", 0, 5)
    store.put(session, AggregationWithHeaders(given, TRACE))
    assert store.fetch_session("a", 0, 5) == AggregationWithHeaders(given, TRACE)
    with store.fetch("a") as rows:
        assert [(found, row.headers) for found, row in rows] == [(session, TRACE)]


def test_a_session_store_logs_and_restores_headers(context):
    builder = Stores.session("s", retention=100, key=str, value=str, headers=True)
    store = opened(builder, context)
    context.headers = OTHER
    store.put(Windowed("a", 0, 5), AggregationWithHeaders("x", TRACE))
    store.remove(Windowed("a", 0, 5))
    logged = context.logged["s"]
    assert [(value, headers) for _, value, _, headers in logged] == [(b"x", TRACE), (None, OTHER)]
    store = opened(replace(builder, name="again"), context)
    store.restore([(*logged[0][:3], TRACE)])
    assert store.fetch_session("a", 0, 5) == AggregationWithHeaders("x", TRACE)


def test_an_lru_map_keeps_headers(context):
    builder = replace(Stores.lru_map("s", 1, key=str, value=str, timestamped=True), headers=True)
    store = opened(builder, context)
    store.put("a", ValueTimestampHeaders("x", 5, TRACE))
    store.put("b", ValueTimestampHeaders("y", 6, OTHER))
    assert (store.get("a"), store.get("b").headers) == (None, OTHER)


def test_rows_without_headers_are_not_misread_when_headers_are_switched_on(context):
    plain = Stores.key_value("s", key=str, value=str, timestamped=True)
    store = opened(plain, context)
    store.put("a", ("x", 5))
    store.commit(1)
    store.close()
    store = opened(replace(plain, headers=True), context)
    assert store.committed_offset is None, "it is restored from its changelog"
    assert store.get("a") is None


def test_headers_are_laid_out_as_java_lays_them_out():
    # From the recorded changelog of a suppress buffer: size, number, and each as sized name and value.
    recorded = bytes.fromhex("1404026e0230027404696e")
    assert pack_headers((("n", b"0"), ("t", b"in"))) == recorded
    assert unpack_headers(recorded) == ((("n", b"0"), ("t", b"in")), len(recorded))
    assert pack_headers(()) == b"\x00"
    assert unpack_headers(pack_headers(TRACE)) == (TRACE, len(pack_headers(TRACE)))


def test_a_row_is_equal_to_a_pair_only_when_it_has_no_headers():
    assert ValueTimestampHeaders("x", 5) == ("x", 5)
    assert ValueTimestampHeaders("x", 5, TRACE) != ("x", 5)
    assert ValueTimestampHeaders("x", 5, TRACE) == ValueTimestampHeaders("x", 5, list(TRACE))


def test_the_suppress_buffer_of_a_headers_topology_is_restored_as_it_was_logged(context):
    context.config = Config.from_mapping({"application.id": "test", "dsl.store.format": "HEADERS"})
    builder = SuppressBufferBuilder(name="s", key=serde_for(str), value=serde_for(str))
    store = opened(builder, context)
    for number, (new, old) in enumerate([("b", "a"), ("c", "b")]):
        context.timestamp, context.headers = number, (("n", b"%d" % number),)
        store.put(number, "k", (new, old, True))
    store.flush()
    first = context.logged["s"][-1]
    size = store.size_bytes
    store.close()
    again = opened(builder, context)
    again.restore([(first[0], first[1], 0, first[3])])
    assert again.size_bytes == size
    again.put(2, "k", ("d", "c", True))
    again.flush()
    assert [name for name, _ in context.logged["s"][-1][3]] == ["v", "vh.prior", "vh.old"]
    assert dict(context.logged["s"][-1][3])["vh.old"] == pack_headers((("n", b"1"),)) + (1).to_bytes(8, "big")
