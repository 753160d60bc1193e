"""Headers are found in records of every shape, though librdkafka is not asked for those that can have none."""

from __future__ import annotations

import pytest

from kstream_cli.runtime.clients.native_clients import native

pytestmark = pytest.mark.skipif(native() is None, reason="the extension was not built")

PARTS = (None, b"", b"x", b"\0", b"\0\1\2", bytes(300), b"\xff" * 70_000)
HEADERS = ([], [("h", b"1")], [("h", None)], [("", b"")], [("same", b"1"), ("same", b"2")], [("long", bytes(5_000))])
RECORDS = [(key, value, headers) for headers in HEADERS for key in PARTS[:6] for value in PARTS]


@pytest.mark.parametrize("compression", ["none", "gzip", "lz4", "zstd"])
def test_each_record_comes_back_with_its_headers(fetched, compression):
    records = fetched(RECORDS, **{"compression.type": compression})
    assert [(key, value, list(headers)) for key, value, _, headers in map(tuple, records.read(1_000, 0))] == RECORDS


def test_messages_have_the_same_headers_as_records_that_are_read(fetched):
    records = fetched(RECORDS[::5])
    assert [(each.key(), each.value(), each.headers() or []) for each in records] == RECORDS[::5]
