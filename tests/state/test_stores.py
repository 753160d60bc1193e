from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kstream_cli.errors import TopologyError
from kstream_cli.serde.built_in import LongSerde, StringSerde
from kstream_cli.state.stores import Stores


def test_types_become_serdes_and_durations_milliseconds() -> None:
    builder = Stores.window("w", retention=timedelta(hours=1), window_size=60_000, key=str, value=int)
    assert isinstance(builder.key, StringSerde)
    assert isinstance(builder.value, LongSerde)
    assert (builder.retention_ms, builder.window_size_ms) == (3_600_000, 60_000)


def test_logging_is_on_off_or_the_changelogs_configuration() -> None:
    for given, expected in [(True, (True, {})), (False, (False, {})), ({"a": "b"}, (True, {"a": "b"}))]:
        builder = Stores.key_value("s", logging=given)
        assert (builder.logging, builder.changelog_config) == expected


@pytest.mark.parametrize(
    "builder",
    [
        Stores.key_value("s", key=str, value=int),
        Stores.key_value("s", key=str, value=int, persistent=False, timestamped=True),
        Stores.lru_map("s", 5, key=str, value=int),
        Stores.window("s", retention=1_000, window_size=100, key=str, value=int),
        Stores.session("s", retention=1_000, key=str, value=int),
        Stores.versioned("s", history_retention=1_000, key=str, value=int),
    ],
    ids=lambda builder: type(builder).__name__,
)
def test_every_kind_opens_commits_and_closes(builder: Any, context: Any) -> None:
    store = builder.build()
    assert (store.name, store.is_open) == ("s", False)
    store.open(context)
    store.flush()
    store.commit(3)
    assert store.is_open
    assert store.committed_offset == 3
    store.close()
    assert not store.is_open


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Stores.key_value(""), "name must be a non-empty text"),
        (lambda: Stores.lru_map("s", 0), "max_entries must be above 0"),
        (lambda: Stores.window("s", retention=-1, window_size=0), "cannot be negative"),
        (lambda: Stores.window("s", retention=10, window_size=20), "must be at least the window size"),
        (lambda: Stores.session("s", retention=-1), "cannot be negative"),
        (lambda: Stores.versioned("s", history_retention=-1), "cannot be negative"),
        (lambda: Stores.versioned("s", history_retention=1, segment_interval=0), "must be above 0"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, message: str) -> None:
    with pytest.raises(TopologyError, match=message):
        make()
