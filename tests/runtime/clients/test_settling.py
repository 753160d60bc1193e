"""A cluster is asked again while it elects a leader or a coordinator."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.runtime.clients import settling
from kstream_cli.runtime.clients.settling import once_settled


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(settling, "PAUSE_SECONDS", 0)


def answering(*answers):
    waiting = list(answers)

    def ask():
        answer = waiting.pop(0)
        if isinstance(answer, int):
            raise KafkaException(KafkaError(answer))
        return answer

    return ask


@pytest.mark.parametrize("code", sorted(settling.SETTLING))
def test_an_election_is_waited_for(code):
    assert once_settled(answering(code, code, "told"), 60) == "told"


def test_another_error_is_not_asked_about_again():
    with pytest.raises(KafkaException):
        once_settled(answering(KafkaError.TOPIC_AUTHORIZATION_FAILED, "told"), 60)


def test_an_election_that_does_not_end_is_told():
    with pytest.raises(KafkaException):
        once_settled(answering(KafkaError.NOT_LEADER_FOR_PARTITION, "told"), -1)
