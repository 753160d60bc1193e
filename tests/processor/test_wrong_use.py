"""What a processor or an extractor does wrong is told with the thing to do, and with the user's own line."""

from typing import Any

import pytest

from kstream_cli import PunctuationType, StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import StreamsError


def pipe_through(processor, **source):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str, **source).process(processor, name="work")
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe("v")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("5", PunctuationType.STREAM_TIME, print), "interval is milliseconds or a timedelta, not '5'"),
        ((0, PunctuationType.STREAM_TIME, print), "at least 1 ms"),
        ((5, "wall", print), r"PunctuationType.STREAM_TIME or .WALL_CLOCK_TIME, not 'wall'"),
        ((5, PunctuationType.STREAM_TIME, "x"), r"punctuation callback\(timestamp\) must be a function, not 'x'"),
    ],
)
def test_a_punctuation_that_cannot_be_is_refused_when_it_is_scheduled(arguments, text):
    with pytest.raises(StreamsError, match=text):
        pipe_through(lambda record, context: context.schedule(*arguments))


def test_an_extractor_must_give_milliseconds():
    with pytest.raises(StreamsError, match=r"timestamp extractor of source .* whole milliseconds, not '9:00'"):
        pipe_through(lambda record, context: None, timestamp_extractor=lambda *record: "9:00")


def test_a_frozen_records_error_shows_the_users_line_not_generated_code():
    def change(record, context):
        record.key = "other"

    with pytest.raises(StreamsError, match=r"processor 'work' .* \(at .*test_wrong_use\.py:\d+ in .*change\)"):
        pipe_through(change)


def test_what_a_store_cannot_write_is_found_by_the_processor_that_puts_it_into_the_cache():
    builder = StreamsBuilder()
    grouped: Any = builder.stream("in", key=str, value=str).group_by_key()
    grouped.aggregate(int, lambda key, value, count: "text", value=int, store="counts")
    driver = TopologyTestDriver(builder)
    with pytest.raises(StreamsError, match=r"^processor 'KSTREAM-AGGREGATE-\d+' .*store 'counts'"):
        driver.input("in").pipe([("k", "v")])
