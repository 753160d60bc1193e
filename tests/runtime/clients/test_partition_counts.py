"""How many partitions a topic has, without asking the brokers for each record."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.errors import ProducerError, TaskCorruptedError
from kstream_cli.runtime.clients.partition_counts import PartitionCounts


class Brokers:
    """They say what `answers` holds: a number, or an error."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.time = 0.0
        self.counts = PartitionCounts(self.look_up, clock=lambda: self.time)

    def look_up(self, topic):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return (0, answer) if isinstance(answer, KafkaError) else (answer, None)

    def after(self, seconds):
        self.time += seconds
        self.counts.forget_old()
        return self.counts["out"]


def away():
    return KafkaException(KafkaError(KafkaError._TRANSPORT))


def test_brokers_are_asked_once_a_minute():
    brokers = Brokers(3, 4)
    assert [brokers.after(0), brokers.after(59), brokers.after(1)] == [3, 3, 4]


def test_a_minute_begins_with_the_first_question():
    brokers = Brokers(3, 4)
    assert [brokers.after(100), brokers.after(59), brokers.after(1)] == [3, 3, 4]


def test_what_brokers_said_last_counts_while_they_are_away():
    brokers = Brokers(3, away(), 4)
    assert [brokers.after(0), brokers.after(60), brokers.after(59), brokers.after(1)] == [3, 3, 3, 4]


def test_a_task_begins_anew_where_nobody_knows():
    with pytest.raises(TaskCorruptedError, match="'out' cannot be looked up"):
        Brokers(away()).after(0)


def test_a_topic_that_may_not_be_written_to_is_named():
    with pytest.raises(ProducerError, match="'out' cannot be written to"):
        Brokers(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)).after(0)


def test_no_count_is_older_than_a_minute_however_many_topics_are_looked_up_later():
    brokers = Brokers(3, 7, 4)
    brokers.after(0)
    brokers.time += 59
    assert brokers.counts["more"] == 7
    assert brokers.after(1) == 4
