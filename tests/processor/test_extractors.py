"""The built-in timestamp extractors."""

import time

import pytest

from kstream_cli import (
    FailOnInvalidTimestamp,
    LogAndSkipOnInvalidTimestamp,
    UsePartitionTimeOnInvalidTimestamp,
    WallclockTimestampExtractor,
)
from kstream_cli.errors import StreamsError
from kstream_cli.testing.raw_record import ConsumedRecord


def record(timestamp):
    return ConsumedRecord("in", b"k", b"v", timestamp, offset=7)


@pytest.mark.parametrize(
    "extract", [FailOnInvalidTimestamp, LogAndSkipOnInvalidTimestamp, UsePartitionTimeOnInvalidTimestamp]
)
def test_a_valid_timestamp_is_taken_as_it_is(extract):
    assert extract(record(5), "k", "v", 100) == 5


def test_the_default_extractor_names_the_record_with_a_negative_timestamp():
    with pytest.raises(StreamsError, match=r"in-0@7 has the invalid timestamp -1"):
        FailOnInvalidTimestamp(record(-1), "k", "v", 100)


def test_log_and_skip_gives_the_negative_timestamp_back():
    assert LogAndSkipOnInvalidTimestamp(record(-3), "k", "v", 100) == -3


def test_the_partition_time_stands_in_for_a_negative_timestamp():
    assert UsePartitionTimeOnInvalidTimestamp(record(-1), "k", "v", 100) == 100


def test_without_a_partition_time_a_negative_timestamp_is_an_error():
    with pytest.raises(StreamsError, match="no valid one yet"):
        UsePartitionTimeOnInvalidTimestamp(record(-1), "k", "v", -1)


def test_the_wall_clock_extractor_gives_the_present_time():
    assert abs(WallclockTimestampExtractor(record(5), "k", "v", 100) - time.time() * 1000) < 60_000
