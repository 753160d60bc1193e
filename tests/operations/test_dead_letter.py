"""What a dead letter says of the record that failed."""

import pytest

from kstream_cli import LogAndContinueProcessingExceptionHandler, StreamsBuilder
from kstream_cli.operations.dead_letter import REPLAYS_HEADER, DeadLetter
from kstream_cli.testing.topology_test_driver import TopologyTestDriver


class Consumed:
    def __init__(self, headers, key=b"k", value=b"v"):
        self._headers, self._key, self._value = headers, key, value

    def partition(self):
        return 1

    def offset(self):
        return 7

    def timestamp(self):
        return (1, 5_000)

    def key(self):
        return self._key

    def value(self):
        return self._value

    def headers(self):
        return self._headers


def letter_of(*headers):
    return DeadLetter.of(Consumed(list(headers)))


def test_a_letter_of_the_test_driver_names_its_processor_and_its_source():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).map_values(lambda text: int(text), name="parse").to("out", value=int)
    settings = {
        "processing.exception.handler": LogAndContinueProcessingExceptionHandler,
        "errors.dead.letter.queue.topic.name": "dead",
    }
    with TopologyTestDriver(builder.build(), settings) as driver:
        driver.pipe_raw("in", b"a", b"x 12", 7, [("h", b"1"), (REPLAYS_HEADER, b"2")])
        [raw] = driver.produced
    letter = DeadLetter.of(Consumed(list(raw.headers), raw.key, raw.value))
    assert (letter.exception, letter.processor, letter.topic) == ("ValueError", "parse", "in")
    assert (letter.partition, letter.offset, letter.replays) == (0, 0, 2)
    assert letter.replay_headers == (("h", b"1"), (REPLAYS_HEADER, b"3"))
    assert letter.reason == "invalid literal for int() with base …: …"
    assert letter.all_headers[:2] == (("h", b"1"), (REPLAYS_HEADER, b"2"))


def test_the_processor_of_a_letter_of_java_is_taken_from_its_text():
    message = b"Exception caught in process. taskId=0_0, processor=KSTREAM-SOURCE-0000000000, topic=in"
    assert letter_of(("__streams.errors.message", message)).processor == "KSTREAM-SOURCE-0000000000"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"no customer 12", b"no customer 7"),
        (b"bad 'ada'", b"bad 'bob'"),
        (b"at 0xff31", b"at 0x1"),
        (b"first\nsecond", b"first\nthird"),
    ],
)
def test_what_varies_from_record_to_record_is_no_part_of_the_reason(one, other):
    reasons = {letter_of(("__streams.errors.message", text)).reason for text in (one, other)}
    assert len(reasons) == 1


@pytest.mark.parametrize("number", [b"-1", b"x", b"", b"\xff", None, b"9" * 30, "²".encode()])
def test_a_header_that_is_no_number_says_nothing(number):
    letter = letter_of(("__streams.errors.partition", number), (REPLAYS_HEADER, number))
    assert (letter.partition, letter.replays) == (None, 0)


def test_a_record_of_another_program_is_a_letter_without_reasons():
    letter = DeadLetter.of(Consumed(None))
    assert (letter.exception, letter.topic, letter.reason, letter.stacktrace) == (None, None, "", "")
