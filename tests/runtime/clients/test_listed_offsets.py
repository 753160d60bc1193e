"""The offsets of partitions are asked of their leaders, again while one is elected."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kstream_cli.runtime.clients.listed_offsets import listed_offsets


class Admin:
    """Answers with these errors first, then with the offset 7."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.options: list[dict[str, Any]] = []

    def list_offsets(self, asked: dict[Any, Any], **options: Any) -> dict[Any, Future[Any]]:
        self.options.append(options)
        answer: Future[Any] = Future()
        if self.codes:
            answer.set_exception(KafkaException(KafkaError(self.codes.pop(0))))
        else:
            answer.set_result(SimpleNamespace(offset=7))
        return dict.fromkeys(asked, answer)


def test_a_partition_is_asked_again_while_its_leader_is_elected() -> None:
    admin = Admin(KafkaError.LEADER_NOT_AVAILABLE)
    assert listed_offsets(admin, [("views", 0)], spec=None, seconds=10.0) == {("views", 0): 7}
    assert len(admin.options) == 2


def test_another_error_is_raised_at_once() -> None:
    admin = Admin(KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaException):
        listed_offsets(admin, [("views", 0)], spec=None, seconds=10.0)
    assert len(admin.options) == 1


def test_nobody_is_asked_about_no_partitions() -> None:
    admin = Admin()
    assert listed_offsets(admin, [], spec=None, seconds=10.0) == {}
    assert admin.options == []
