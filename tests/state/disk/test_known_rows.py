"""What is known of a database is never wrong, and complete as long as nothing was forgotten."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.state.disk import known_rows
from kstream_cli.state.disk.known_rows import KnownRows, RowDictionaries, close_known_rows, open_known_rows

MEGABYTE = 1024 * 1024
UNKNOWN = object()
KEYS = st.binary(min_size=1, max_size=2)
VALUES = st.none() | st.binary(max_size=40)
STEPS = st.lists(
    st.tuples(st.just("update"), st.dictionaries(KEYS, VALUES, max_size=20))
    | st.tuples(st.just("read"), KEYS)
    | st.tuples(st.just("delete_below"), KEYS)
    | st.tuples(st.just("clear"), st.none())
)


def kinds() -> list[Any]:
    try:
        from kstream_cli.native.rows import KnownRows as Native
    except ImportError:
        return [RowDictionaries]
    return [RowDictionaries, Native]


each_kind = pytest.mark.parametrize("kind", kinds())


def rows_of(kind: Any, limit: int = MEGABYTE, *, is_complete: bool = True) -> KnownRows:
    memory: KnownRows = kind(is_complete)
    memory.keep_within(limit)
    return memory


def changed(database: dict[bytes, bytes], memory: KnownRows, step: str, given_: Any) -> dict[bytes, bytes]:
    """What is in the database after a step that changes it, which the memory is told of."""
    if step == "delete_below":
        memory.delete_below(given_)
        return {key: value for key, value in database.items() if key >= given_}
    memory.update(list(given_), list(given_.values()))
    return {key: value for key, value in (database | given_).items() if value is not None}


@each_kind
@pytest.mark.parametrize("limit", [0, 20_000, 30_000, MEGABYTE])
@given(steps=STEPS, is_complete=st.booleans())
def test_what_it_knows_is_what_the_database_has(kind: Any, limit: int, steps: list[Any], is_complete: bool) -> None:
    database: dict[bytes, bytes] = {} if is_complete else {b"a": b"1", b"zz": b"2"}
    memory = rows_of(kind, limit, is_complete=is_complete)
    forgets = not is_complete or limit < MEGABYTE
    for step, given_ in steps:
        if step in ("update", "delete_below"):
            database = changed(database, memory, step, given_)
        elif step == "clear":
            forgets = True
            memory.clear()
        else:
            known = memory.get(given_, UNKNOWN)
            assert known == database.get(given_) or (known is UNKNOWN and forgets)
            memory.fill(given_, database.get(given_))


BOUNDS = st.none() | KEYS
SCANS = st.lists(
    st.tuples(st.just("update"), st.dictionaries(KEYS, VALUES, max_size=20))
    | st.tuples(st.just("fill"), KEYS)
    | st.tuples(st.just("delete_below"), KEYS)
    | st.tuples(st.just("clear"), st.none())
    | st.tuples(st.just("keep_within"), st.sampled_from([0, MEGABYTE]))
    | st.tuples(st.just("scan"), st.tuples(BOUNDS, BOUNDS, st.booleans()))
    | st.tuples(st.just("take"), st.integers(0, 5))
)


@given(steps=SCANS)
def test_a_scan_gives_the_rows_that_there_were_when_it_was_made(steps: list[Any]) -> None:
    native = pytest.importorskip("kstream_cli.native.rows", reason="the extension was not built")
    memory, database = rows_of(native.KnownRows), dict[bytes, bytes]()
    scans: list[tuple[Any, list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]] = []

    def take(count: int) -> None:
        for scan, found, _ in scans:
            keys, values = scan.take(count)
            assert len(keys) <= count
            found.extend(zip(keys, values, strict=True))

    for step, given_ in steps:
        if step in ("update", "delete_below"):
            database = changed(database, memory, step, given_)
        elif step == "fill":
            memory.fill(given_, database.get(given_))
        elif step == "scan":
            low, end, backwards = given_
            scan = memory.scan(low, end, backwards)
            rows = [row for row in database.items() if (low is None or row[0] >= low) and (end is None or row[0] < end)]
            if scan is not None:
                scans.append((scan, [], sorted(rows, reverse=backwards)))
        elif step == "take":
            take(given_)
        elif step == "clear":
            memory.clear()
        else:
            memory.keep_within(given_)
    take(1_000)
    for _, found, expected in scans:
        assert found == expected


def test_many_rows_are_not_sorted_for_some_of_them() -> None:
    native = pytest.importorskip("kstream_cli.native.rows", reason="the extension was not built")
    memory, keys = rows_of(native.KnownRows), [b"%05d" % number for number in range(10_000)]
    memory.update(keys[::-1], keys)
    assert memory.scan(b"00010", b"00012", False) is None
    whole = memory.scan(None, None, False)
    assert whole.take(20_000) == (keys, keys[::-1])
    assert memory.scan(b"00010", b"00012", False).take(5) == (keys[10:12], [keys[9_989], keys[9_988]])


def test_a_scan_may_outlive_its_cache() -> None:
    native = pytest.importorskip("kstream_cli.native.rows", reason="the extension was not built")
    memory = rows_of(native.KnownRows)
    memory.update([b"a", b"b", b"c"], [b"1", b"2", b"3"])
    scan, unread = memory.scan(None, None, True), memory.scan(None, None, False)
    assert scan.take(1) == ([b"c"], [b"3"])
    memory.update([b"b"], [None])
    del memory, unread
    assert scan.take(9) == ([b"b", b"a"], [b"2", b"1"])
    assert scan.take(9) == ([], [])


@each_kind
def test_an_answer_is_kept_but_never_replaces_what_is_known(kind: Any) -> None:
    memory = rows_of(kind, is_complete=False)
    assert memory.get(b"a", UNKNOWN) is UNKNOWN
    memory.fill(b"a", b"1")
    memory.fill(b"b", None)
    assert (memory.get(b"a", UNKNOWN), memory.get(b"b", UNKNOWN)) == (b"1", None)
    memory.update([b"a", b"b"], [b"2", b"3"])
    memory.fill(b"a", b"1")
    memory.fill(b"b", None)
    assert (memory.get(b"a", UNKNOWN), memory.get(b"b", UNKNOWN)) == (b"2", b"3")


@each_kind
def test_beyond_its_limit_it_forgets_what_was_not_used_for_longest(kind: Any) -> None:
    memory = rows_of(kind, 200_000)
    keys = [b"%05d" % number for number in range(3_000)]
    memory.update([b"used"], [b"always"])
    for key in keys:
        memory.update([key], [bytes(100)])
        assert memory.get(b"used", UNKNOWN) == b"always"
    assert memory.get(keys[-1], UNKNOWN) == bytes(100)
    assert memory.get(keys[0], UNKNOWN) is UNKNOWN
    assert memory.get(b"never put", UNKNOWN) is UNKNOWN


@each_kind
def test_a_value_may_grow_shrink_go_and_come_back(kind: Any) -> None:
    memory = rows_of(kind)
    for value in (b"1", bytes(100), b"", None, None, b"12345678", bytes(1000), None, b"1"):
        memory.update([b"a", b"b"], [value, b"beside"])
        assert memory.get(b"a", UNKNOWN) == value
        assert memory.get(b"b", UNKNOWN) == b"beside"


@pytest.mark.parametrize(
    ("method", "rows"),
    [
        ("update", ([b"a"], [])),
        ("update", ([b"a"], ["text"])),
        ("update", (["text"], [b"a"])),
        ("get", ("text", None)),
        ("fill", ("text", None)),
        ("fill", (b"a",)),
        ("delete_below", ("text",)),
        ("scan", ("text", None, False)),
        ("scan", (None, b"a")),
    ],
)
def test_what_is_no_row_is_refused(method: str, rows: Any) -> None:
    native = pytest.importorskip("kstream_cli.native.rows", reason="the extension was not built")
    with pytest.raises(TypeError):
        getattr(rows_of(native.KnownRows), method)(*rows)


def test_all_that_are_open_share_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_rows, "_open", [])
    said: list[tuple[str, int]] = []

    class Cache:
        def __init__(self, name: str) -> None:
            self.keep_within = lambda limit: said.append((name, limit))
            self.clear = lambda: None

    memories = iter([Cache("first"), Cache("second")])
    monkeypatch.setattr(known_rows, "extension", lambda name: SimpleNamespace(KnownRows=lambda _: next(memories)))
    monkeypatch.setattr(known_rows, "_LIMIT_BYTES", 100)
    open_known_rows(is_complete=True)
    second = open_known_rows(is_complete=True)
    close_known_rows(second)
    close_known_rows(second)
    assert said == [("first", 100), ("first", 50), ("second", 50), ("first", 100)]


@each_kind
def test_it_keeps_its_limit_within_a_batch_and_when_it_becomes_less(kind: Any) -> None:
    memory, keys = rows_of(kind, MEGABYTE), [b"%05d" % number for number in range(2_000)]

    def known() -> int:
        return sum(memory.get(key, UNKNOWN) is not UNKNOWN for key in keys)

    memory.update(keys, [bytes(10_000)] * len(keys))
    assert 40 <= known() <= 100
    memory.keep_within(MEGABYTE // 10)
    memory.fill(b"another", None)
    assert known() <= 10


@each_kind
def test_what_the_database_answers_counts_as_well(kind: Any) -> None:
    memory, keys = rows_of(kind, MEGABYTE, is_complete=False), [b"%05d" % number for number in range(2_000)]
    for key in keys:
        memory.fill(key, bytes(10_000))
    assert 40 <= sum(memory.get(key, UNKNOWN) is not UNKNOWN for key in keys) <= 100
