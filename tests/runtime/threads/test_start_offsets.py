import time

import pytest
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, KafkaException, TopicPartition

from kstream_cli import Config, StreamsBuilder
from kstream_cli.errors import BrokerUnavailableError, LostOffsetsError
from kstream_cli.runtime.threads.start_offsets import StartOffsets


class Consumer:
    """Answers for the times it is asked for, after some failures."""

    def __init__(self, answer, failures=0):
        self.answer, self.failures = answer, failures
        self.asked = []

    def offsets_for_times(self, partitions, timeout):
        if self.failures:
            self.failures -= 1
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        self.asked += [(each.topic, each.partition, each.offset) for each in partitions]
        return [TopicPartition(each.topic, each.partition, self.answer) for each in partitions]


def start_offsets(consumer, *, source=None, config=None):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str, offset_reset=source).to("out")
    settings = Config.from_mapping({"application.id": "app", **(config or {})})
    return StartOffsets(builder.build(), settings, consumer)


@pytest.mark.parametrize(
    "given",
    [{"source": "by_duration:PT1H"}, {"config": {"consumer.auto.offset.reset": "by_duration:PT1H"}}],
    ids=["of the source", "of the configuration"],
)
def test_a_duration_starts_at_the_first_record_that_is_no_older(given):
    consumer = Consumer(42)
    assert start_offsets(consumer, **given).of("in", 3) == 42
    [(topic, partition, since)] = consumer.asked
    assert (topic, partition) == ("in", 3)
    assert abs(time.time() * 1000 - 3_600_000 - since) < 60_000


def test_every_partition_is_asked_for_by_itself():
    consumer = Consumer(1)
    offsets = start_offsets(consumer, source="by_duration:PT1H")
    for partition in (0, 1):
        offsets.of("in", partition)
    assert [partition for _, partition, _ in consumer.asked] == [0, 1]


def test_a_duration_longer_than_time_starts_at_the_epoch():
    consumer = Consumer(0)
    start_offsets(consumer, source="by_duration:P99999D").of("in", 0)
    assert consumer.asked == [("in", 0, 0)]


def test_a_partition_without_a_record_that_young_starts_at_its_end():
    assert start_offsets(Consumer(OFFSET_END), source="by_duration:PT1S").of("in", 0) == OFFSET_END


def test_a_lookup_that_fails_once_is_done_again():
    assert start_offsets(Consumer(7, failures=1), source="by_duration:PT1H").of("in", 0) == 7


def test_a_broker_that_does_not_answer_is_named():
    with pytest.raises(BrokerUnavailableError, match="where in-0 starts"):
        start_offsets(Consumer(7, failures=99), source="by_duration:PT1H").of("in", 0)


def test_the_policy_of_a_source_goes_before_that_of_the_configuration():
    assert start_offsets(None, source="latest").of("in", 0) == OFFSET_END
    assert start_offsets(None, config={"auto.offset.reset": "latest"}).of("in", 0) == OFFSET_END
    assert start_offsets(None).of("in", 0) == OFFSET_BEGINNING


def test_none_is_an_error_for_every_partition():
    offsets = start_offsets(None, source="none")
    for partition in (0, 1):
        with pytest.raises(LostOffsetsError, match=f"in-{partition}"):
            offsets.of("in", partition)
