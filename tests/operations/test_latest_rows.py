"""The newest row of each key is kept, in bounded memory."""

import tracemalloc

from kstream_cli.operations.latest_rows import LatestRow, LatestRows


def row(key, value, *, partition=0, timestamp=0, offset=0):
    return LatestRow(key, partition, value, timestamp, offset)


def test_the_last_row_put_wins():
    with LatestRows() as rows:
        for value in (b"1", b"2"):
            rows.put(row(b"a", value))
        assert list(rows) == [row(b"a", b"2")]


def test_a_deletion_reaches_rows_put_long_before():
    with LatestRows() as rows:
        for number in range(25_000):
            rows.put(row(number.to_bytes(4, "big"), b"x"))
        for number in range(24_999):
            rows.put(row(number.to_bytes(4, "big"), None))
        assert [found.row for found in rows] == [(24_999).to_bytes(4, "big")]


def test_the_same_key_in_two_partitions_is_two_rows():
    with LatestRows() as rows:
        rows.put(row(b"a", b"1", partition=1))
        rows.put(row(b"a", b"0", partition=0))
        assert [found.value for found in rows] == [b"0", b"1"]


def test_versions_of_a_key_stay_beside_one_another():
    with LatestRows(versions=True) as rows:
        rows.put(row(b"a", b"2", timestamp=200))
        rows.put(row(b"a", b"1", timestamp=100))
        rows.put(row(b"a", None, timestamp=200))
        assert [(found.timestamp, found.value) for found in rows] == [(100, b"1"), (200, None)]


def test_many_rows_take_little_memory():
    payload = bytes(200)
    tracemalloc.start()
    try:
        with LatestRows() as rows:
            for number in range(60_000):
                rows.put(row(number.to_bytes(8, "big"), payload + number.to_bytes(8, "big")))
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60_000 * 200
