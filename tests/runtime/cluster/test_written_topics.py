"""A topic that the application writes to and that is deleted is named at once, and once."""

from __future__ import annotations

from types import SimpleNamespace

from confluent_kafka import KafkaError, KafkaException

from kstream_cli.runtime.cluster.written_topics import WrittenTopics


class Consumer:
    def __init__(self):
        self.topics, self.is_away = {"a", "b"}, False

    def list_topics(self, topic, timeout):
        if self.is_away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        error = None if topic in self.topics else KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)
        return SimpleNamespace(topics={topic: SimpleNamespace(error=error)})


def test_a_topic_that_is_gone_is_named_once_for_each_time(caplog):
    consumer = Consumer()
    topics = WrittenTopics(consumer, ["a", "b"])
    topics.look()
    assert not caplog.text
    for _ in range(2):
        consumer.topics = {"a"}
        topics.look()
        topics.look()
        consumer.topics = {"a", "b"}
        topics.look()
    assert [each.message.split(":")[0] for each in caplog.records] == ["topic b is gone"] * 2


def test_a_topic_that_was_never_seen_is_not_called_gone(caplog):
    consumer = Consumer()
    consumer.topics = set()
    WrittenTopics(consumer, ["a", "b"]).look()
    assert not caplog.text


def test_brokers_that_are_away_are_no_reason_to_call_a_topic_gone(caplog):
    consumer = Consumer()
    topics = WrittenTopics(consumer, ["a", "b"])
    topics.look()
    consumer.is_away = True
    topics.look()
    assert not caplog.text
