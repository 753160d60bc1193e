"""Any bytes as keys, values and headers, at any time: each record is processed, skipped or dropped, or stops the task
with an error of kstream's that names it; nothing is lost without a word.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from kstream_cli import (
    JoinWindows,
    LogAndContinueExceptionHandler,
    LogAndFailExceptionHandler,
    LogAndSkipOnInvalidTimestamp,
    SessionWindows,
    SlidingWindows,
    StreamsBuilder,
    TimeWindows,
    TopologyTestDriver,
)
from kstream_cli.errors import StreamsError

MINUTE = 60_000
TIMES = st.sampled_from([0, 1, MINUTE, 2**41, 2**62, 2**63 - 1, -1, -(2**62)]) | st.integers(0, 10 * MINUTE)
HEADERS = st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=5)), max_size=3).map(tuple)
DATA = st.none() | st.binary(max_size=12) | st.sampled_from([b"a", b"b", (7).to_bytes(8, "big"), b'{"a": [1, null]}'])
RECORDS = st.lists(st.tuples(st.sampled_from(["in", "other"]), DATA, DATA, TIMES, HEADERS), max_size=12)
FUZZ = settings(max_examples=30)


def pipe(driver, records):
    for topic, key, value, timestamp, headers in records:
        driver.pipe_raw(topic, key, value, timestamp, headers)


def config(handler):
    return {
        "deserialization.exception.handler": handler,
        "default.timestamp.extractor": LogAndSkipOnInvalidTimestamp,
    }


def straight():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=int).merge(builder.stream("other", key=str, value=int)).to(
        "out", key=str, value=int
    )
    return builder


def everything():
    """Each kind of store, fed by the same records."""
    builder = StreamsBuilder()
    left, right = builder.stream("in", key=str, value=str), builder.stream("other", key=str, value=str)
    grouped = left.group_by_key()
    grouped.count(store="counts").to_stream().to("counts")
    grouped.windowed_by(TimeWindows.of_size(MINUTE)).count(store="tumbling").to_stream().to("tumbling")
    grouped.windowed_by(SlidingWindows.of_time_difference(MINUTE)).count(store="sliding").to_stream().to("sliding")
    grouped.windowed_by(SessionWindows.of_inactivity_gap(MINUTE)).count(store="session").to_stream().to("session")
    joined = left.outer_join(right, lambda a, b: f"{a}{b}", JoinWindows.of_time_difference(MINUTE))
    joined.to("joined", value=str)
    table = right.to_table(store="table")
    left.left_join(table, lambda a, b: f"{a}{b}").to("looked-up", value=str)
    return builder


@FUZZ
@given(records=RECORDS)
def test_log_and_continue_passes_on_or_counts_every_record(records):
    with TopologyTestDriver(straight(), config(LogAndContinueExceptionHandler)) as driver:
        pipe(driver, records)
        assert len(driver.output("out").read_records()) + driver.dropped_records.total() == len(records)


@FUZZ
@given(records=RECORDS)
def test_log_and_fail_stops_at_the_first_record_that_cannot_be_read_and_names_it(records):
    with TopologyTestDriver(straight(), config(LogAndFailExceptionHandler)) as driver:
        said = None
        done = 0
        for record in records:
            try:
                pipe(driver, [record])
            except StreamsError as error:
                said = str(error)
                break
            done += 1
        assert len(driver.output("out").read_records()) + driver.dropped_records.total() == done
        assert done == len(records) or f"{records[done][0]}-0@" in (said or "")


@FUZZ
@given(records=RECORDS)
def test_bytes_pass_through_as_they_are(records):
    builder = StreamsBuilder()
    builder.stream(["in", "other"], key=bytes, value=bytes).to("out")
    with TopologyTestDriver(builder, config(LogAndFailExceptionHandler)) as driver:
        pipe(driver, records)
        passed = [(record.key, record.value, record.timestamp, record.headers) for record in driver.produced]
        assert passed == [record[1:] for record in records if record[3] >= 0]


@settings(max_examples=30)
@given(records=RECORDS)
def test_aggregations_and_joins_take_any_record_at_any_time(records):
    with TopologyTestDriver(everything(), config(LogAndContinueExceptionHandler)) as driver:
        pipe(driver, records)
        driver.advance_wall_clock(MINUTE)
