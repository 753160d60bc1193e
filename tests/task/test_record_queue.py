"""The records of one partition: which is the head, which are passed over, and where the partition goes on."""

from __future__ import annotations

from typing import Any

import pytest
from read_records import Run

from kstream_cli.errors import StreamsError
from kstream_cli.processor.code import Written
from kstream_cli.processor.extractors import fail_on_invalid_timestamp
from kstream_cli.serde.built_in import lossy_text
from kstream_cli.task.record_queue import RecordQueue
from kstream_cli.testing.raw_record import ConsumedRecord


class Queue:
    """A queue that writes down what it asks of others; fed as by confluent-kafka's consumer, or by the native one."""

    def __init__(self, gathered: Any = list, *, extractor: Any = fail_on_invalid_timestamp, read: Any = int) -> None:
        self.gathered = gathered
        self.told: list[Any] = []
        self.error: BaseException | None = None
        self.queue = RecordQueue(
            "in",
            0,
            source="source",
            written=Written.call("source", lambda *record: None),
            read_key=lossy_text,
            read_value=read,
            extractor=extractor,
            on_decode_failed=self.decode_failed,
            on_negative_timestamp=lambda record: self.told.append(("negative", record.offset())),
        )

    def decode_failed(self, source: str, record: Any, error: Exception) -> None:
        self.told.append((source, record.offset(), type(error)))
        if self.error is not None:
            raise self.error

    def add(self, *values: str | None, first: int = 0, time: int = 5) -> None:
        self.queue.add(
            self.gathered(
                ConsumedRecord("in", b"k", None if value is None else value.encode(), time, offset=first + number)
                for number, value in enumerate(values)
            )
        )

    def head(self) -> Any:
        """The value that is next."""
        return self.queue.value if self.queue.next_head() else "none"


@pytest.fixture(params=[list, Run], ids=["taken", "read"])
def gathered(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_records_become_the_head_one_after_the_other(gathered: Any) -> None:
    under_test = Queue(gathered)
    under_test.add("1", "2")
    under_test.add(None, first=2)
    queue = under_test.queue
    assert (len(queue), queue.taken(), queue.record) == (3, 0, None)
    assert under_test.head() == 1
    assert (queue.key, queue.time, queue.headers) == ("k", 5, ())
    assert (len(queue), queue.taken()) == (3, 0)
    assert under_test.head() == 2
    assert (len(queue), queue.taken()) == (2, 1)
    assert under_test.head() is None
    assert under_test.head() == "none"
    assert (len(queue), queue.taken(), queue.record) == (0, 3, None)


def test_where_nothing_was_read_nobody_knows_where_the_partition_goes_on(gathered: Any) -> None:
    queue = Queue(gathered).queue
    assert (queue.next_offset(), queue.position, queue.failed_at, queue.partition_time) == (None, None, None, -1)


def test_the_next_offset_is_that_of_the_head_then_of_the_first_that_waits_then_past_the_last(gathered: Any) -> None:
    under_test = Queue(gathered)
    queue = under_test.queue
    under_test.add("1", "2", first=7)
    assert queue.next_offset() == 7
    under_test.head()
    assert queue.next_offset() == 7
    queue.skip(queue.record)  # type: ignore[arg-type]
    under_test.head()
    assert queue.next_offset() == 8
    queue.skip(queue.record)  # type: ignore[arg-type]
    under_test.head()
    assert queue.next_offset() == 9
    assert queue.position == 9


def test_a_record_that_failed_is_read_again_whatever_was_processed_after_it(gathered: Any) -> None:
    under_test = Queue(gathered)
    queue = under_test.queue
    under_test.add("1", "2", first=7)
    under_test.head()
    queue.fail(queue.record)  # type: ignore[arg-type]
    queue.skip(queue.record)  # type: ignore[arg-type]
    under_test.head()
    queue.fail(queue.record)  # type: ignore[arg-type]
    queue.skip(queue.record)  # type: ignore[arg-type]
    assert (queue.failed_at, queue.next_offset()) == (7, 7)


def test_what_cannot_be_decoded_is_passed_over_where_the_handler_says_so(gathered: Any) -> None:
    under_test = Queue(gathered)
    under_test.add("x", "y", "3", first=7)
    assert under_test.head() == 3
    assert under_test.told == [("source", 7, ValueError), ("source", 8, ValueError)]
    assert (under_test.queue.position, len(under_test.queue), under_test.queue.taken()) == (9, 1, 2)


@pytest.mark.parametrize("error", [StreamsError("no"), KeyboardInterrupt()])
def test_what_cannot_be_decoded_and_is_not_passed_over_is_read_again(gathered: Any, error: BaseException) -> None:
    under_test = Queue(gathered)
    under_test.error = error
    under_test.add("x", first=7)
    with pytest.raises(type(error)):
        under_test.head()
    assert (under_test.queue.failed_at, under_test.queue.next_offset()) == (7, 7)


def test_a_record_before_1970_is_passed_over(gathered: Any) -> None:
    under_test = Queue(gathered, extractor=lambda record, key, value, time: value)
    under_test.add("-1", "0", first=7)
    assert under_test.head() == 0
    assert under_test.told == [("negative", 7)]
    assert (under_test.queue.position, under_test.queue.time) == (8, 0)


def test_an_extractor_is_given_the_record_and_the_partitions_time(gathered: Any) -> None:
    seen: list[Any] = []

    def extract(record: Any, key: Any, value: Any, partition_time: int) -> int:
        seen.append((record.offset(), key, value, partition_time))
        return 9

    under_test = Queue(gathered, extractor=extract)
    under_test.queue.partition_time = 4
    under_test.add("1", first=7)
    under_test.head()
    assert (seen, under_test.queue.time) == ([(7, "k", 1, 4)], 9)


def test_the_extractor_of_kafka_is_asked_only_about_records_without_a_timestamp(gathered: Any) -> None:
    under_test = Queue(gathered)
    under_test.add("1", time=0)
    assert under_test.head() == 1
    under_test.add("2", first=7, time=-1)
    with pytest.raises(StreamsError):
        under_test.head()
    assert under_test.queue.failed_at == 7


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("x", "whole milliseconds, not 'x'"),
        (1.5, "whole milliseconds, not 1.5"),
        (2**63, "64 bits: 9223372036854775808"),
    ],
)
def test_an_extractor_that_gives_no_timestamp_is_named_with_the_record(gathered: Any, given: Any, reason: str) -> None:
    under_test = Queue(gathered, extractor=lambda *record: given)
    under_test.add("1", first=7)
    with pytest.raises(
        StreamsError, match=r"the timestamp extractor of source 'source' raised .* for record in-0@7$"
    ) as e:
        under_test.head()
    assert reason in str(e.value)
    assert under_test.queue.failed_at == 7


def test_the_last_timestamp_that_there_is_is_taken(gathered: Any) -> None:
    under_test = Queue(gathered, extractor=lambda *record: 2**63 - 1)
    under_test.add("1")
    assert under_test.head() == 1


def test_an_error_of_an_extractor_that_says_what_is_wrong_is_raised_as_it_is(gathered: Any) -> None:
    def extract(*record: Any) -> int:
        raise StreamsError("no time")

    under_test = Queue(gathered, extractor=extract)
    under_test.add("1", first=7)
    with pytest.raises(StreamsError, match=r"^no time$"):
        under_test.head()
    assert under_test.queue.failed_at == 7


def test_a_head_that_is_put_back_is_the_next_one_again(gathered: Any) -> None:
    under_test = Queue(gathered)
    under_test.queue.unread_head()
    under_test.add("1", "2")
    under_test.head()
    under_test.queue.unread_head()
    assert (under_test.queue.record, len(under_test.queue)) == (None, 2)
    assert [under_test.head(), under_test.head(), under_test.head()] == [1, 2, "none"]


def test_a_cleared_queue_has_no_records(gathered: Any) -> None:
    under_test = Queue(gathered)
    under_test.add("1", "2")
    under_test.head()
    under_test.queue.clear()
    assert (len(under_test.queue), under_test.head()) == (0, "none")


def test_each_batch_is_shown_to_who_measures(gathered: Any) -> None:
    under_test = Queue(gathered)
    under_test.add("1")
    sizes: list[int] = []
    under_test.queue.measure = lambda records: sizes.append(len(records))
    under_test.add("2", "3")
    assert sizes == [2]


def test_text_is_decoded_by_who_reads_it() -> None:
    for read, text in ((int, 2), (lossy_text, 3)):
        under_test = Queue(Run, read=read)
        under_test.add("1")
        assert under_test.queue.text_parts == text
        assert under_test.head() == read(b"1")
    assert Queue(list).queue.text_parts == 0
