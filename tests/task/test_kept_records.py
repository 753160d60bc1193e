"""Cached updates keep the record that made them where somebody may ask for it when they are flushed."""

from __future__ import annotations

import pytest

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed, TimeWindows
from kstream_cli.processor.exception_handlers import Response


def looking(seen):
    return lambda record, context: seen.append((record.key, record.value, context.record_metadata()))


def counting():
    builder = StreamsBuilder()
    return builder, builder.stream("in", key=str, value=str).group_by_key().count(store="counts")


def no_one():
    builder, counts = counting()
    counts.filter(lambda key, count: count > 1).map_values(str, value=str).to_stream().peek(print).to("out")
    return builder


def a_processor_below():
    builder, counts = counting()
    counts.to_stream().process(lambda record, context: None)
    return builder


def a_processor_above():
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str).process_values(lambda record, context: record.value, value=str)
    stream.group_by_key().count(store="counts").to_stream().to("out")
    return builder


def a_topic_extractor():
    builder, counts = counting()
    counts.to_stream().to(lambda key, value, record: record.topic)
    return builder


def a_buffer():
    builder = StreamsBuilder()
    windows = builder.stream("in", key=str, value=str).group_by_key().windowed_by(TimeWindows.of_size(10))
    windows.count(store="counts").suppress(Suppressed.until_window_closes(BufferConfig.unbounded())).to_stream().to(
        "out"
    )
    return builder


def handler(context, record, error):
    return Response.resume()


@pytest.mark.parametrize(
    ("topology", "config", "kept"),
    [
        (no_one, {}, False),
        (a_processor_above, {}, False),
        (a_processor_below, {}, True),
        (a_topic_extractor, {}, True),
        (a_buffer, {}, True),
        (no_one, {"processing.exception.handler": handler}, True),
        (no_one, {"production.exception.handler": handler}, True),
        (no_one, {"errors.dead.letter.queue.topic.name": "letters"}, True),
        (no_one, {"processor.wrapper.class": lambda name, operator: operator}, True),
    ],
)
def test_records_are_kept_for_who_may_ask(run_task, topology, config, kept):
    under_test = run_task(topology().build(), config=config, cache_bytes=1_000_000)
    under_test.add("a")
    under_test.task.process(1)
    [row] = under_test.task.stores["counts"].cached_rows._fresh
    assert (row.current is not None) is kept


def test_a_processor_below_a_cache_sees_the_last_record_of_each_key(run_task):
    seen = []
    builder, counts = counting()
    counts.to_stream().process(looking(seen))
    under_test = run_task(builder.build(), cache_bytes=1_000_000)
    under_test.add("a", "b", key=b"k")
    under_test.add("c", key=b"l")
    under_test.task.process(3)
    assert seen == []
    under_test.task.prepare_commit()
    assert seen == [("k", 2, ("in", 0, 1)), ("l", 1, ("in", 0, 2))]
