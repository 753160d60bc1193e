"""What a refused join of the group means: to be waited out for a while, as others may leave the group, or for good."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError

from kstream_cli.config import Config
from kstream_cli.errors import GroupJoinError
from kstream_cli.logs import logger

log = logger(__name__)

WAIT_SECONDS = 90.0
"""Twice as long as a Java member, which does not leave its group when it is stopped, is in it by default."""
ANSWER_SECONDS = 10.0
OTHERS_IN_IT = {
    KafkaError.INCONSISTENT_GROUP_PROTOCOL: (
        "Stop that application, or give this one another application.id",
        " A Java application that was just stopped stays in its group until its session ends, 45 s by default.",
    ),
    KafkaError.GROUP_MAX_SIZE_REACHED: (
        "Each stream thread is a member: run fewer, or raise the brokers' group.max.size (or group.streams.max.size)",
        "",
    ),
    KafkaError.UNRELEASED_INSTANCE_ID: (
        "Another member has this group.instance.id: stop it, or give each instance a different one",
        "",
    ),
}
"""These end when others leave the group: what to do about each, and why to wait."""
FOR_GOOD = {
    KafkaError.INVALID_SESSION_TIMEOUT: (
        "set consumer.session.timeout.ms within the brokers' group.min.session.timeout.ms and "
        "group.max.session.timeout.ms"
    ),
    KafkaError.INVALID_GROUP_ID: "choose another application.id",
    KafkaError.UNSUPPORTED_ASSIGNOR: "take consumer.group.remote.assignor out of the configuration",
    KafkaError.UNSUPPORTED_VERSION: "the brokers are too old for this client",
    KafkaError._UNSUPPORTED_FEATURE: "the brokers are too old for this client",
}
"""These do not end, and what to do about each."""


class JoinRefusal:
    """Told of each refusal by the stream threads of one instance, which all try to join the same group.

    One that ends when others leave the group is logged once, with who they are; then it is silent until the time is up.
    """

    def __init__(
        self, config: Config, ask: Callable[[], Future[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._group = config.application_id
        self._limit = min(WAIT_SECONDS, config.task_timeout_ms / 1000)
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._since: float | None = None
        self._answer: Future[str] | None = None
        self._occupants: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it has been told of a refusal, and of no way in since."""
        return self._since is not None

    def joined(self) -> None:
        """A thread is in the group: whatever was in the way has gone."""
        with self._lock:
            if self._since is not None:
                self._since = self._answer = self._occupants = None
                log.info("group %s can be joined now", self._group)

    def take(self, error: Any) -> bool:
        """Whether an error is a refused join that is waited out. Raises GroupJoinError for one that is final."""
        if error.code() in FOR_GOOD:
            raise GroupJoinError(
                f"the brokers do not let this application into group {self._group!r}: {error.str()}: "
                f"{FOR_GOOD[error.code()]}"
            )
        if error.code() not in OTHERS_IN_IT:
            return False
        with self._lock:
            self._wait(error)
        return True

    def _wait(self, error: Any) -> None:
        now = self._clock()
        if self._since is None:
            self._since = now
            self._answer = self._ask()
        waited = now - self._since
        remedy, hope = OTHERS_IN_IT[error.code()]
        if self._occupants is None and self._answer is not None and (self._answer.done() or waited > ANSWER_SECONDS):
            self._occupants = self._told(self._answer)
            log.warning(
                "group %s cannot be joined: %s. In it: %s. %s.%s Trying for %.0f s",
                *(self._group, error.str().rstrip("."), self._occupants, remedy, hope, self._limit),
            )
        if waited >= self._limit:
            raise GroupJoinError(
                f"group {self._group!r} could not be joined for {waited:.0f} s: {error.str().rstrip('.')}. In it: "
                f"{self._occupants or 'members that the brokers do not tell'}. {remedy}"
            )

    def _told(self, answer: Future[str]) -> str:
        if not answer.done():
            return "members that the brokers do not tell"
        failure = answer.exception()
        return answer.result() if failure is None else f"members that the brokers do not tell ({failure})"
