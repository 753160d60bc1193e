"""A store that comes back to a thread after another one has had it: local state, then the changelog's tail."""

from __future__ import annotations

from typing import Any

from kstream_cli.serde.built_in import LongSerde, StringSerde
from kstream_cli.state.builders import WindowStoreBuilder
from kstream_cli.state.kinds.key_schema import START_AND_SEQUENCE


def test_windows_that_another_owner_began_are_found_after_the_tail_is_restored(context: Any) -> None:
    builder = WindowStoreBuilder(
        name="w", key=StringSerde(), value=LongSerde(), retention_ms=300_000, window_size_ms=100
    )
    store: Any = builder.build()
    store.open(context)
    store.put("a", 1, 0)
    store.flush()
    store.commit(1)
    store.close()

    again: Any = builder.build()
    again.open(context)
    again.restore([(b"a" + START_AND_SEQUENCE.pack(100, 0), (7).to_bytes(8, "big"), 100)])
    again.commit(2)

    assert again.fetch("a", 0) == 1
    assert again.fetch("a", 100) == 7
    again.close()
