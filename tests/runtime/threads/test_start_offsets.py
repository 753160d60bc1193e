import time
from types import SimpleNamespace

import pytest
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, KafkaException, TopicPartition

from kstream_cli import Config, StreamsBuilder
from kstream_cli.errors import BrokerUnavailableError, LostOffsetsError
from kstream_cli.runtime.cluster.assignment import CurrentPlacement, Placement
from kstream_cli.runtime.threads.start_offsets import StartOffsets


class Consumer:
    """Answers for the times it is asked for, after some failures."""

    def __init__(self, answer=0, failures=0, committed=()):
        self.answer, self.failures, self._committed = answer, failures, committed
        self.asked = []

    def offsets_for_times(self, partitions, timeout):
        if self.failures:
            self.failures -= 1
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        self.asked += [(each.topic, each.partition, each.offset) for each in partitions]
        return [TopicPartition(each.topic, each.partition, self.answer) for each in partitions]

    def committed(self, partitions, timeout):
        return [
            TopicPartition("in", each.partition, 5 if each.partition in self._committed else -1001)
            for each in partitions
        ]

    def get_watermark_offsets(self, partition, timeout):
        return (0, 0) if partition.partition == 0 else (3, 8)


def start_offsets(consumer, *, source=None, config=None, topics=None):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str, offset_reset=source).to("out")
    settings = Config.from_mapping({"application.id": "app", **(config or {})})
    return StartOffsets(builder.build(), settings, consumer, topics or CurrentPlacement(placed(4)))


def placed(partitions):
    return Placement({"in": 0}, {0: {"in": partitions}})


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
    assert start_offsets(Consumer(), source="latest").of("in", 0) == OFFSET_END
    assert start_offsets(Consumer(), config={"auto.offset.reset": "latest"}).of("in", 0) == OFFSET_END
    assert start_offsets(None).of("in", 0) == OFFSET_BEGINNING


def test_none_is_an_error_for_every_partition():
    offsets = start_offsets(None, source="none")
    for partition in (0, 1):
        with pytest.raises(LostOffsetsError, match=f"in-{partition}"):
            offsets.of("in", partition)


@pytest.mark.parametrize("policy", ["latest", "by_duration:PT1S", "earliest"])
def test_a_partition_that_came_while_the_application_runs_starts_at_its_beginning(policy):
    topics = CurrentPlacement(placed(1))
    offsets = start_offsets(Consumer(OFFSET_END), source=policy, topics=topics)
    topics.replace(placed(3))
    assert [offsets.of("in", partition) for partition in (1, 2)] == [OFFSET_BEGINNING] * 2
    assert offsets.of("in", 0) == (OFFSET_BEGINNING if policy == "earliest" else OFFSET_END)


def test_records_that_latest_skips_are_named_where_the_group_has_read_the_topic_before(caplog):
    assert start_offsets(Consumer(committed=[2]), source="latest").of("in", 1) == OFFSET_END
    assert "in-1 is read from its end" in caplog.text
    assert "its offsets 3 to 7 are skipped" in caplog.text


@pytest.mark.parametrize(("committed", "partition"), [([], 1), ([2], 0)], ids=["the first start", "nothing to skip"])
def test_where_latest_skips_nothing_of_a_group_that_was_there_it_is_silent(caplog, committed, partition):
    assert start_offsets(Consumer(committed=committed), source="latest").of("in", partition) == OFFSET_END
    assert not caplog.text


@pytest.mark.parametrize(("failures", "is_found"), [(2, True), (3, False)])
def test_a_lookup_is_tried_three_times(failures, is_found):
    offsets = start_offsets(Consumer(7, failures=failures), source="by_duration:PT1H")
    if is_found:
        assert offsets.of("in", 0) == 7
    else:
        with pytest.raises(BrokerUnavailableError, match=r"where in-0 starts, by its timestamps, is not known: .+"):
            offsets.of("in", 0)


def test_a_partition_that_has_no_leader_is_asked_for_again():
    answers = [
        SimpleNamespace(error=KafkaError(KafkaError.LEADER_NOT_AVAILABLE, "no leader"), offset=3),
        SimpleNamespace(error=None, offset=5),
    ]
    consumer = SimpleNamespace(offsets_for_times=lambda partitions, seconds: [answers.pop(0)])
    assert start_offsets(consumer, source="by_duration:PT1H").of("in", 0) == 5
    answers[:] = [SimpleNamespace(error=KafkaError(KafkaError.LEADER_NOT_AVAILABLE, "no leader"), offset=3)] * 3
    with pytest.raises(BrokerUnavailableError, match="is not known: no leader"):
        start_offsets(consumer, source="by_duration:PT1H").of("in", 0)


def test_what_the_application_wrote_to_a_topic_of_its_own_is_read_from_the_beginning():
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).repartition(name="again").to("out")
    settings = Config.from_mapping({"application.id": "app", "auto.offset.reset": "none"})
    own = Placement({"in": 0, "app-again-repartition": 1}, {0: {"in": 4}, 1: {"app-again-repartition": 4}})
    offsets = StartOffsets(builder.build(), settings, Consumer(), CurrentPlacement(own))
    assert offsets.of("app-again-repartition", 0) == OFFSET_BEGINNING
    with pytest.raises(LostOffsetsError, match="group 'app' has no offset for in-0"):
        offsets.of("in", 0)


def test_where_nobody_can_tell_what_is_skipped_a_partition_starts_all_the_same(caplog):
    class Away(Consumer):
        def committed(self, partitions, timeout):
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    assert start_offsets(Away(), source="latest").of("in", 1) == OFFSET_END
    assert not caplog.text


def test_the_group_is_asked_about_all_partitions_of_the_topic():
    asked = []

    class Asked(Consumer):
        def committed(self, partitions, timeout):
            asked.append([(each.topic, each.partition) for each in partitions])
            return super().committed(partitions, timeout)

    start_offsets(Asked(), source="latest").of("in", 1)
    assert asked == [[("in", 0), ("in", 1), ("in", 2), ("in", 3)]]


def test_a_partition_that_came_while_the_application_runs_is_named_in_the_log(caplog):
    caplog.set_level("INFO")
    topics = CurrentPlacement(placed(1))
    offsets = start_offsets(Consumer(), source="latest", topics=topics)
    topics.replace(placed(3))
    offsets.of("in", 1)
    assert caplog.messages == ["in-1 is new and read from its beginning"]
