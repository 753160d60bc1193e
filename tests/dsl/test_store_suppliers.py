"""Which store the DSL chooses, and what it says about one that may lose results."""

import pytest

from kstream_cli import EmitStrategy, Materialized, SessionWindows, StreamsBuilder, TimeWindows
from kstream_cli.config import Config

SIZE = TimeWindows.of_size(10)
GAP = SessionWindows.of_inactivity_gap(10)


def built(windows, settings, **materialized):
    builder = StreamsBuilder()
    grouped = builder.stream("in", key=str, value=str).group_by_key()
    final = grouped.windowed_by(windows).emit_strategy(EmitStrategy.on_window_close())
    final.count(store=Materialized("final", **materialized))
    return builder.build(Config.from_mapping(settings))


def is_warned(caplog):
    return "may be gone before they are emitted" in caplog.text


@pytest.mark.parametrize("windows", [SIZE, GAP])
@pytest.mark.parametrize("in_memory", ["setting", "store"])
def test_final_results_in_memory_without_grace_are_warned_of(windows, in_memory, caplog):
    if in_memory == "setting":
        built(windows, {"default.dsl.store": "in_memory"})
    else:
        built(windows, {}, store_type="in_memory")
    assert is_warned(caplog)


@pytest.mark.parametrize(
    ("windows", "settings", "materialized"),
    [
        (SIZE, {}, {}),
        (GAP, {}, {}),
        (SIZE.grace(5), {"default.dsl.store": "in_memory"}, {}),
        (SIZE, {"default.dsl.store": "in_memory"}, {"retention": 100}),
    ],
)
def test_stores_that_keep_rows_long_enough_are_not(windows, settings, materialized, caplog):
    built(windows, settings, **materialized)
    assert not is_warned(caplog)


@pytest.mark.parametrize(
    ("settings", "materialized", "keeps"),
    [
        ({"dsl.store.format": "HEADERS"}, {}, True),
        ({"dsl.store.format": "headers"}, {"store_type": "rocksdb"}, True),
        ({"dsl.store.format": "HEADERS"}, {"store_type": "in_memory"}, False),
        ({"dsl.store.format": "HEADERS", "default.dsl.store": "in_memory"}, {}, False),
        ({}, {}, False),
    ],
)
def test_stores_on_disk_keep_headers_where_the_format_says_so(settings, materialized, keeps):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count(store=Materialized("counts", **materialized))
    assert builder.build(Config.from_mapping(settings)).stores["counts"].headers is keeps
